"""The six lists on the site: what desk and members see, do, and are refused."""

import io
from datetime import timedelta

import openpyxl
import pytest
from django.urls import reverse

from chanjiao.needs.actions import (
    publish_listing,
    return_listing,
    submit_listing,
    update_listing,
)
from chanjiao.needs.enums import ListingState
from chanjiao.needs.kinds import COHORTS, KINDS, POSTS, TECHNOLOGY
from chanjiao.needs.models import Post
from chanjiao.trail.models import Entry
from tests.needs.world import (
    POST,
    VALUES,
    in_state,
    make_cohort,
    make_listing,
    make_post,
    make_world,
)
from tests.people.world import AT
from tests.web.parts.places import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def client_of(actor):
    return signed_in(actor.user)


def typed(kind, **changes):
    """Values as a browser posts them."""
    values = VALUES[kind.slug] | changes
    posted = {}
    for name, value in values.items():
        if value is None or value == []:
            continue
        posted[name] = value // 100 if name.endswith("_fen") else value
    return posted


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.slug)
def test_every_list_opens_and_shows_a_row_to_its_unit_and_the_desk(world, kind):
    row = in_state(make_listing(world, kind), ListingState.SUBMITTED)
    _, actor = world.home(kind)
    for audience, who in (("member", actor), ("desk", world.office)):
        client = client_of(who)
        page = client.get(reverse(f"{audience}:{kind.stem}_list"))
        assert page.status_code == 200
        assert row.number in page.content.decode()
        detail = client.get(reverse(f"{audience}:{kind.stem}_detail", args=[row.pk]))
        assert row.title in detail.content.decode()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.slug)
def test_every_form_makes_a_row(world, kind):
    _, actor = world.home(kind)
    client = client_of(actor)
    address = reverse(f"member:{kind.stem}_new")
    assert client.get(address).status_code == 200
    answer = client.post(address, typed(kind))
    assert answer.status_code == 302, answer.context["form"].errors
    row = kind.model.objects.get()
    assert row.state == ListingState.DRAFT and row.title == VALUES[kind.slug]["title"]
    edited = client.get(reverse(f"member:{kind.stem}_edit", args=[row.pk]))
    assert edited.context["form"]["title"].value() == row.title


def test_a_wrong_form_keeps_what_was_typed_and_says_why_beside_the_field(world):
    client = client_of(world.recruiter)
    answer = client.post(reverse("member:post_new"), typed(POSTS, wage_fen=100_000))
    assert answer.status_code == 422
    form = answer.context["form"]
    assert "低于相同岗位工资的 80%" in form.errors["wage_fen"][0]
    assert form["place"].value() == POST["place"]
    assert Post.objects.count() == 0


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.slug)
def test_nobody_else_opens_a_draft(world, kind):
    row = make_listing(world, kind)
    for actor in (world.rival, world.outsider):
        client = client_of(actor)
        for name in ("detail", "edit"):
            address = reverse(f"member:{kind.stem}_{name}", args=[row.pk])
            assert client.get(address).status_code == 404
    assert client_of(world.office).get(
        reverse(f"desk:{kind.stem}_detail", args=[row.pk])
    ).status_code == 404  # fmt: skip
    assert client_of(world.stranger).get(
        reverse(f"member:{kind.stem}_detail", args=[row.pk])
    ).status_code == 404  # fmt: skip


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_an_export_holds_only_what_its_reader_may_see(world, form):
    make_post(world, title="自家草稿")
    for actor, address in (
        (world.rival, reverse("member:post_list")),
        (world.rival, reverse("member:post_shared")),
        (world.office, reverse("desk:post_list")),
    ):
        answer = client_of(actor).get(address, {"export": form})
        assert "自家草稿" not in _text_of(answer, form)
    own = client_of(world.recruiter).get(reverse("member:post_list"), {"export": form})
    assert "自家草稿" in _text_of(own, form)


def _text_of(answer, form):
    data = b"".join(answer.streaming_content)
    if form == "csv":
        assert data.startswith(b"\xef\xbb\xbf")
        return data.decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(data))
    return "\n".join(str(cell.value) for sheet in book for line in sheet for cell in line)


def test_published_rows_reach_fellow_members_without_their_history(world):
    row = make_post(world)
    submit_listing(row, by=world.recruiter, at=AT)
    return_listing(row, {"place": "内部意见"}, by=world.office, at=AT)
    submit_listing(row, by=world.recruiter, at=AT)
    publish_listing(row, by=world.office, at=AT)
    fellow = client_of(world.teacher)
    assert row.number in fellow.get(reverse("member:post_shared")).content.decode()
    detail = fellow.get(reverse("member:post_detail", args=[row.pk])).content.decode()
    assert row.title in detail
    assert "内部意见" not in detail and "经过" not in detail
    outside = client_of(world.outsider).get(reverse("member:post_detail", args=[row.pk]))
    assert outside.status_code == 404


def test_what_is_for_the_secretariat_only_is_not_shown_to_members(world):
    for tier in ("public", "members", "named"):
        row = make_listing(world, TECHNOLOGY, title=f"难题{tier}", confidentiality=tier)
        in_state(row, ListingState.PUBLISHED)
    text = client_of(world.rival).get(reverse("member:technology_shared")).content.decode()
    assert "难题members" in text and "难题public" in text and "难题named" not in text


def test_the_way_of_a_post_on_the_site(world):
    row = make_post(world)
    member, desk = client_of(world.recruiter), client_of(world.office)
    member.post(reverse("member:post_submit", args=[row.pk]))
    answer = desk.post(
        reverse("desk:post_return", args=[row.pk]), {"place": "请写明车间", "whole": "请尽快改好"}
    )
    assert answer.status_code == 302
    detail = member.get(reverse("member:post_detail", args=[row.pk])).content.decode()
    assert "退回原因：请写明车间" in detail and "请尽快改好" in detail
    form = member.get(reverse("member:post_edit", args=[row.pk])).content.decode()
    assert "退回原因：请写明车间" in form
    row.refresh_from_db()
    saved = member.post(
        reverse("member:post_edit", args=[row.pk]),
        typed(POSTS, place="一号车间") | {"revision": row.revision},
    )
    assert saved.status_code == 302
    member.post(reverse("member:post_submit", args=[row.pk]))
    desk.post(reverse("desk:post_publish_many"), {"row": [row.pk]})
    row.refresh_from_db()
    assert row.state == ListingState.PUBLISHED and row.place == "一号车间"


def test_a_reason_is_shown_as_text_whatever_is_in_it(world):
    row = make_post(world)
    submit_listing(row, by=world.recruiter, at=AT)
    return_listing(row, {"place": "<script>alert(1)</script>"}, by=world.office, at=AT)
    client = client_of(world.recruiter)
    for name in ("detail", "edit"):
        text = client.get(reverse(f"member:post_{name}", args=[row.pk])).content.decode()
        assert "<script>alert(1)" not in text and "&lt;script&gt;alert(1)" in text


def test_a_return_without_a_reason_is_refused(world):
    row = make_post(world)
    submit_listing(row, by=world.recruiter, at=AT)
    answer = client_of(world.office).post(reverse("desk:post_return", args=[row.pk]), {})
    assert answer.status_code == 422
    row.refresh_from_db()
    assert row.state == ListingState.SUBMITTED


def test_the_slower_of_two_editors_loses_nothing(world):
    row = make_post(world)
    update_listing(row, {"headcount": 9}, revision=1, by=world.recruiter, at=AT)
    client = client_of(world.recruiter)
    address = reverse("member:post_edit", args=[row.pk])
    slow = typed(POSTS, place="二号车间") | {"revision": 1}
    answer = client.post(address, slow)
    assert answer.status_code == 409
    assert ("人数", "6", "9") in answer.context["differences"]
    assert answer.context["form"]["place"].value() == "二号车间"
    assert answer.context["revision"] == 2
    assert client.post(address, slow | {"revision": 2}).status_code == 302
    row.refresh_from_db()
    assert (row.place, row.headcount) == ("二号车间", 6)


def test_buttons_are_disabled_with_their_reason(world):
    row = make_post(world)
    text = client_of(world.recruiter).get(
        reverse("member:post_detail", args=[row.pk])
    ).content.decode()  # fmt: skip
    assert "只有已发布的条目需要核实。" in text


def test_a_get_changes_nothing(world):
    row = make_post(world)
    for actor, audience, verbs in (
        (world.recruiter, "member", ("submit", "withdraw", "confirm", "close", "delete")),
        (world.office, "desk", ("publish", "match", "close", "reopen")),
    ):
        if audience == "desk":
            in_state(row, ListingState.SUBMITTED)
        for verb in verbs:
            answer = client_of(actor).get(reverse(f"{audience}:post_{verb}", args=[row.pk]))
            assert answer.status_code == 302
    assert not Entry.objects.exclude(action__in=["needs.create", "reference.import"]).exists()


def test_the_desk_assigns_an_owner_and_a_day(world):
    row = in_state(make_post(world), ListingState.SUBMITTED)
    day = (AT + timedelta(days=5)).date()
    answer = client_of(world.office).post(
        reverse("desk:post_assign", args=[row.pk]),
        {"owner": world.recruiter.pk, "answer_due_on": day},
    )
    assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.owner_id, row.answer_due_on) == (world.recruiter.pk, day)
    assert world.recruiter.user.notices.exists() is False  # told when the transaction commits


def test_filters_narrow_and_search_finds_inside_a_longer_title(world):
    make_post(world, title="高精度数控机床装调")
    make_post(world, title="电工", major_codes=["660302"])
    client = client_of(world.recruiter)
    for query, wanted, other in (
        ({"q": "机床"}, "装调", "电工"),
        ({"group": "66"}, "电工", "装调"),
        ({"state": "draft", "q": "电工"}, "电工", "装调"),
    ):
        text = client.get(reverse("member:post_list"), query).content.decode()
        body = text[text.index("<tbody>") :]
        assert wanted in body and other not in body


def test_carry_forward_from_the_page(world):
    in_state(make_post(world), ListingState.PUBLISHED)
    client = client_of(world.recruiter)
    address = reverse("member:post_carry")
    assert client.get(address).status_code == 200
    client.post(address, {"source": "2026Q4", "target": "2027Q1"})
    copy = Post.objects.get(quarter="2027Q1")
    assert copy.state == ListingState.DRAFT and copy.previous is not None


def test_a_firm_sees_the_schools_cohorts_where_a_school_has_its_own(world):
    row = in_state(make_cohort(world), ListingState.PUBLISHED)
    text = client_of(world.recruiter).get(reverse("member:cohort_list")).content.decode()
    assert row.number in text and "新增学生批次" not in text


@pytest.mark.parametrize("kind", [POSTS, COHORTS], ids=lambda kind: kind.slug)
def test_a_list_of_three_costs_what_a_list_of_one_costs(world, kind, django_assert_num_queries):
    _, actor = world.home(kind)
    for audience, who in (("member", actor), ("desk", world.office)):
        client, address = client_of(who), reverse(f"{audience}:{kind.stem}_list")
        in_state(make_listing(world, kind), ListingState.SUBMITTED)
        client.get(address)  # the session and the code book are warm
        wanted = _queries(client, address)
        for _ in range(2):
            in_state(make_listing(world, kind), ListingState.SUBMITTED)
        with django_assert_num_queries(wanted):
            client.get(address)
        assert wanted <= 16


def _queries(client, address):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as caught:
        client.get(address)
    return len(caught)
