"""Every state × every target × every role, generated from MOVES; and what each action does."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from chanjiao.kernel.period import Quarter
from chanjiao.kernel.verdict import Conflict, Invalid, Refused
from chanjiao.needs import actions, rules
from chanjiao.needs.enums import EDITABLE, MOVES, ON_SHOW, ListingState
from chanjiao.needs.kinds import KINDS, POSTS
from chanjiao.needs.models import Listing, NumberSeries, Post
from chanjiao.needs.numbers import take_numbers
from chanjiao.trail.models import Entry
from chanjiao.trail.queries import verify_chain
from tests.needs.world import POST, World, in_state, make_listing, make_post, make_world
from tests.people.world import AT

pytestmark = pytest.mark.django_db
S = ListingState
OWN, OFFICE = "recruiter", "office"
ROLES = ("recruiter", "rival", "office", "outsider", "stranger")

# Which action leads from any allowed state to the target, and who may ask for it.
Act = Callable[[Listing, Any], Any]
WAYS: dict[str, tuple[S, frozenset[str], Act]] = {
    "submit": (S.SUBMITTED, frozenset({OWN}), lambda r, by: actions.submit_listing(r, by=by, at=AT)),
    "withdraw": (S.DRAFT, frozenset({OWN}), lambda r, by: actions.withdraw_listing(r, by=by, at=AT)),
    "return": (
        S.RETURNED, frozenset({OFFICE}),
        lambda r, by: actions.return_listing(r, {"title": "请写全称"}, by=by, at=AT),
    ),
    "publish": (S.PUBLISHED, frozenset({OFFICE}), lambda r, by: actions.publish_listing(r, by=by, at=AT)),
    "match": (S.MATCHED, frozenset({OFFICE}), lambda r, by: actions.mark_matched(r, by=by, at=AT)),
    "close": (
        S.CLOSED, frozenset({OWN, OFFICE}),
        lambda r, by: actions.close_listing(r, "不再需要", by=by, at=AT),
    ),
    "reopen": (
        S.PUBLISHED, frozenset({OFFICE}),
        lambda r, by: actions.reopen_listing(r, "对方退出", by=by, at=AT),
    ),
}  # fmt: skip


def allowed_from(name: str) -> set[S]:
    """From MOVES; a matched row is reopened with a reason, not published again."""
    target = WAYS[name][0]
    sources = {S(state) for state in MOVES if target in MOVES[state]}
    if name == "publish":
        return sources - {S.MATCHED}
    return sources & {S.MATCHED} if name == "reopen" else sources


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("name", list(WAYS))
def test_each_move_for_each_role(world: World, name: str, state: S):
    target, who, act = WAYS[name]
    for role in ROLES:
        row = in_state(make_post(world), state)
        entries = Entry.objects.count()
        actor = getattr(world, role)
        if role in who and state in allowed_from(name):
            moved = act(row, actor)
            assert moved.state == target and moved.revision == row.revision + 1
            assert Entry.objects.count() == entries + 1
        else:
            with pytest.raises(Refused):
                act(row, actor)
            assert Entry.objects.count() == entries
        row.refresh_from_db()
        assert row.state == (target if role in who and state in allowed_from(name) else state)
        Post.objects.all().delete()


@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("role", ROLES)
def test_who_edits_and_deletes_in_which_state(world: World, role: str, state: S):
    row, actor = in_state(make_post(world), state), getattr(world, role)
    assert bool(rules.may_edit(actor, row)) == (role == OWN and state in EDITABLE)
    assert bool(rules.may_delete(actor, row)) == (role == OWN and state == S.DRAFT)
    assert bool(rules.may_confirm(actor, row)) == (role == OWN and state in ON_SHOW)
    assert bool(rules.may_assign(actor, row)) == (role == OFFICE and state != S.CLOSED)
    assert bool(rules.may_carry_forward(actor, row, "2027Q1")) == (role == OWN and state in ON_SHOW)
    for verdict in (rules.may_edit(actor, row), rules.may_delete(actor, row)):
        assert verdict or verdict.reason.endswith("。")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.slug)
def test_every_kind_goes_the_whole_way(world: World, kind):
    unit, own = world.home(kind)
    row = make_listing(world, kind)
    assert row.number == f"{kind.prefix}-2026Q4-0001" and row.unit == unit
    actions.submit_listing(row, by=own, at=AT)
    actions.return_listing(row, {"title": "请写全称", "": "见各项"}, by=world.office, at=AT)
    row.refresh_from_db()
    assert row.returned_reasons == {"title": "请写全称", "": "见各项"}
    actions.update_listing(row, {"title": "全称"}, revision=row.revision, by=own, at=AT)
    actions.submit_listing(row, by=own, at=AT)
    actions.publish_listing(row, by=world.office, at=AT)
    row.refresh_from_db()
    assert (row.state, row.title, row.returned_reasons) == (S.PUBLISHED, "全称", {})
    assert row.confirmed_at == AT
    verbs = list(
        Entry.objects.filter(subject=row._meta.label_lower).values_list("action", flat=True)
    )
    assert verbs == [
        "needs.create", "needs.submit", "needs.return", "needs.update", "needs.submit",
        "needs.publish",
    ]  # fmt: skip
    assert verify_chain().fault == ""


def test_the_slower_of_two_editors_is_refused_and_nothing_is_lost(world: World):
    row = make_post(world)
    actions.update_listing(row, {"headcount": 9}, revision=1, by=world.recruiter, at=AT)
    with pytest.raises(Conflict, match="已被他人修改"):
        actions.update_listing(row, {"headcount": 3}, revision=1, by=world.recruiter, at=AT)
    row.refresh_from_db()
    assert (row.headcount, row.revision) == (9, 2)
    change = Entry.objects.get(action="needs.update").data
    assert (change["before"], change["after"]) == ({"headcount": 6}, {"headcount": 9})


def test_an_edit_of_a_deleted_draft_is_a_conflict(world: World):
    row = make_post(world)
    actions.delete_listing(Post.objects.get(pk=row.pk), by=world.recruiter, at=AT)
    with pytest.raises(Conflict):
        actions.update_listing(row, {"headcount": 9}, revision=1, by=world.recruiter, at=AT)
    assert Entry.objects.get(action="needs.delete").data["values"]["headcount"] == 6


def test_numbers_are_not_given_twice_even_after_a_deletion(world: World):
    row = make_post(world)
    actions.delete_listing(row, by=world.recruiter, at=AT)
    assert make_post(world).number == "RC-2026Q4-0002"
    assert take_numbers(POSTS, "2026Q4", 3) == [f"RC-2026Q4-000{n}" for n in (3, 4, 5)]
    assert make_post(world, quarter="2027Q1").number == "RC-2027Q1-0001"
    assert NumberSeries.objects.count() == 2


def test_a_returned_reason_names_a_field_that_exists(world: World):
    row = in_state(make_post(world), S.SUBMITTED)
    with pytest.raises(Refused):
        actions.return_listing(row, {"password": "x"}, by=world.office, at=AT)
    with pytest.raises(Invalid, match="至少写明一处"):
        actions.return_listing(row, {"title": "  "}, by=world.office, at=AT)


def test_many_are_published_together_or_not_at_all(world: World):
    ready = in_state(make_post(world), S.SUBMITTED)
    draft = make_post(world)
    with pytest.raises(Refused):
        actions.publish_listings([ready, draft], by=world.office, at=AT)
    ready.refresh_from_db()
    assert ready.state == S.SUBMITTED


def test_carrying_forward_links_and_happens_once(world: World):
    row = in_state(make_post(world, hazards=["noise"]), S.PUBLISHED)
    [copy] = actions.carry_forward([row], "2027Q1", by=world.recruiter, at=AT)
    assert (copy.previous, copy.quarter, copy.state) == (row, "2027Q1", S.DRAFT)
    assert copy.number == "RC-2027Q1-0001" and copy.hazards == ["noise"]
    assert actions.carry_forward([row], "2027Q1", by=world.recruiter, at=AT) == []
    with pytest.raises(Refused, match="之后的季度"):
        earlier = in_state(make_post(world), S.PUBLISHED)
        actions.carry_forward([earlier], "2026Q4", by=world.recruiter, at=AT)


def test_a_unit_that_left_lists_nothing_new(world: World):
    membership = world.firm.memberships.get()
    membership.left_on, membership.left_reason = AT.date(), "退出"
    membership.save()
    with pytest.raises(Refused, match=r"不是.*在任成员"):
        make_post(world)


def test_a_firm_has_no_cohorts_and_the_office_lists_for_a_member(world: World):
    from chanjiao.needs.actions import create_listing
    from chanjiao.needs.kinds import COHORTS
    from tests.needs.world import COHORT

    with pytest.raises(Refused, match="没有学生批次清单"):
        create_listing(
            COHORTS, COHORT, consortium=world.consortium, unit=world.firm, by=world.recruiter, at=AT
        )
    row = create_listing(
        POSTS, POST, consortium=world.consortium, unit=world.firm, by=world.office, at=AT
    )
    assert row.state == S.SUBMITTED and row.entered_by_office
    actions.update_listing(row, {"place": "更正"}, revision=1, by=world.office, at=AT)
    plain = in_state(make_post(world), S.SUBMITTED)
    with pytest.raises(Refused, match="本单位的人员"):
        actions.update_listing(plain, {"place": "更正"}, revision=1, by=world.office, at=AT)


def test_an_owner_is_of_the_unit_or_the_office_and_the_day_is_ahead(world: World):
    row = in_state(make_post(world), S.SUBMITTED)
    day = AT.date() + timedelta(days=3)
    with pytest.raises(Invalid, match="在任人员"):
        actions.assign_owner(row, world.rival.user, day, by=world.office, at=AT)
    with pytest.raises(Invalid, match="不能早于今天"):
        actions.assign_owner(row, world.recruiter.user, date(2026, 1, 1), by=world.office, at=AT)
    held = actions.assign_owner(row, world.recruiter.user, day, by=world.office, at=AT)
    assert (held.owner, held.answer_due_on) == (world.recruiter.user, day)


def test_people_are_told(world: World, django_capture_on_commit_callbacks):
    row = make_post(world)
    with django_capture_on_commit_callbacks(execute=True):
        actions.submit_listing(row, by=world.recruiter, at=AT)
        actions.return_listing(row, {"title": "请写全称"}, by=world.office, at=AT)
    told = world.office.user.notices.get()
    assert told.text == "示例机床厂提交了人才需求：数控车工"
    assert told.link == f"/desk/lists/posts/{row.pk}/"
    back = world.recruiter.user.notices.get()
    assert "被退回" in back.text and back.link == f"/member/lists/posts/{row.pk}/"
    assert not world.rival.user.notices.exists()


def test_the_next_quarter_of_the_last_is_in_the_next_year():
    assert str(Quarter.parse("2026Q4").next()) == "2027Q1"
