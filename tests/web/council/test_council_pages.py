"""The council's pages: a meeting walked by forms, reasons on buttons, secrets kept, query counts."""

from datetime import timedelta

import pytest
from django.urls import reverse

from chanjiao.council import meeting_actions, voting_actions
from chanjiao.council.enums import MeetingState, MotionState
from chanjiao.council.models import Meeting, Motion, Vote
from chanjiao.plans.actions import create_plan, create_task, move_plan
from chanjiao.plans.enums import PlanState
from tests.council.world import (
    ON_THE_DAY,
    WRITTEN,
    attended,
    closed,
    decided,
    make_world,
    motion,
    notified,
    opened,
    voting,
)
from tests.people.world import AT
from tests.web.rounds.pages import get, post, queries, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def page_of(row, audience="desk") -> str:
    return reverse(f"{audience}:meeting_detail", args=[row.pk])


def test_a_meeting_is_walked_by_its_forms(world):
    office = world.secretary
    given = {
        "body": world.board.pk, "title": "理事会例会", "form": "onsite", "place": "会议室",
        "starts_at": "2026-12-10T09:30", "chair": "王理事长",
    }  # fmt: skip
    assert post(office, reverse("desk:meeting_new"), given, at=AT).status_code == 302
    meeting = Meeting.objects.get()
    motion = {"title": "年度计划", "text": "审议", "kind": "ordinary", "way": "roll_call"}
    assert (
        post(
            office, reverse("desk:meeting_motion_new", args=[meeting.pk]), motion, at=AT
        ).status_code
        == 302
    )
    assert (
        post(office, reverse("desk:meeting_notify", args=[meeting.pk]), {}, at=AT).status_code
        == 302
    )
    assert (
        post(
            office, reverse("desk:meeting_step", args=[meeting.pk, "open"]), at=ON_THE_DAY
        ).status_code
        == 302
    )
    row = Motion.objects.get()
    step = reverse("desk:motion_step", args=[row.pk, "vote"])
    refused = post(office, step, at=ON_THE_DAY)
    assert refused.status_code == 422
    assert "未达到法定人数" in text(refused)
    seats = list(meeting.attendances.order_by("place"))
    roll = {f"p-{seat.pk}": "present" for seat in seats}
    assert (
        post(
            office, reverse("desk:meeting_attendance", args=[meeting.pk]), roll, at=ON_THE_DAY
        ).status_code
        == 302
    )
    assert post(office, step, at=ON_THE_DAY).status_code == 302
    votes = {f"v-{seat.pk}": "for" for seat in seats} | {"decide": "1"}
    assert (
        post(office, reverse("desk:motion_votes", args=[row.pk]), votes, at=ON_THE_DAY).status_code
        == 302
    )
    for name in ("close", "minutes"):
        assert (
            post(
                office, reverse("desk:meeting_step", args=[meeting.pk, name]), at=ON_THE_DAY
            ).status_code
            == 302
        )
    meeting.refresh_from_db()
    assert meeting.state == MeetingState.MINUTED
    shown = text(get(office, page_of(meeting), at=ON_THE_DAY))
    assert "通过：应到 3，实到 3，赞成 3，须 &gt; 1/2 即 2" in shown
    minutes = get(
        office, reverse("desk:meeting_paper", args=[meeting.pk, "minutes"]), at=ON_THE_DAY
    )
    assert b"".join(minutes.streaming_content)[:2] == b"PK"


def test_the_button_says_why_there_is_no_vote(world):
    meeting = attended(world, opened(world), present=1)
    shown = text(get(world.secretary, page_of(meeting), at=ON_THE_DAY))
    assert "未达到法定人数：应到 3，实到 1，须 ≥ 2/3 即 2，还差 1，不能付诸表决" in shown


def test_a_refused_roll_keeps_what_was_typed(world):
    meeting = opened(world)
    first, second, _ = meeting.attendances.order_by("place")
    given = {
        f"p-{first.pk}": "proxy",
        f"h-{first.pk}": second.pk,
        f"a-{second.pk}": "张三",
        f"p-{second.pk}": "present",
    }
    answer = post(
        world.secretary, reverse("desk:meeting_attendance", args=[meeting.pk]), given, at=ON_THE_DAY
    )
    assert answer.status_code == 422
    assert "书面授权" in text(answer)
    assert "张三" in text(answer)
    meeting.refresh_from_db()
    assert not meeting.attendances.exclude(presence="").exists()


def test_a_short_notice_is_refused_on_the_form_with_the_first_day(world):
    meeting = notified(world)
    Meeting.objects.filter(pk=meeting.pk).update(state="draft", starts_at=AT + timedelta(days=3))
    answer = post(world.secretary, reverse("desk:meeting_notify", args=[meeting.pk]), {}, at=AT)
    assert answer.status_code == 422
    assert "最早可在 2026-11-30 开会" in text(answer)


def test_a_member_votes_in_writing_and_changes_it(world):
    meeting = opened(world, facts=WRITTEN)
    row, seat = meeting.motions.get(), meeting.attendances.order_by("place").first()
    member = world.people[0]
    url = reverse("member:meeting_vote", args=[meeting.pk, seat.pk, row.pk])
    prefix = f"v{row.pk}-{seat.pk}"
    for choice in ("for", "against"):
        assert post(member, url, {f"{prefix}-choice": choice}, at=ON_THE_DAY).status_code == 302
    assert Vote.objects.get().choice == "against"
    assert "已表决：<strong>反对</strong>" in text(
        get(member, page_of(meeting, "member"), at=ON_THE_DAY)
    )
    assert post(member, url, {f"{prefix}-choice": "maybe"}, at=ON_THE_DAY).status_code == 422


def test_nobody_votes_for_another_s_seat(world):
    meeting = opened(world, facts=WRITTEN)
    row, others = meeting.motions.get(), meeting.attendances.order_by("place")[1]
    url = reverse("member:meeting_vote", args=[meeting.pk, others.pk, row.pk])
    answer = post(world.people[0], url, {f"v{row.pk}-{others.pk}-choice": "for"}, at=ON_THE_DAY)
    assert answer.status_code == 404
    assert not Vote.objects.exists()


def test_votes_in_writing_stay_hidden_until_the_end(world):
    meeting = opened(world, facts=WRITTEN)
    row, seat = meeting.motions.get(), meeting.attendances.order_by("place").first()
    url = reverse("member:meeting_vote", args=[meeting.pk, seat.pk, row.pk])
    prefix = f"v{row.pk}-{seat.pk}"
    post(
        world.people[0],
        url,
        {f"{prefix}-choice": "against", f"{prefix}-opinion": "费用过高"},
        at=ON_THE_DAY,
    )
    for actor, address in (
        (world.people[1], page_of(meeting, "member")),
        (world.secretary, page_of(meeting)),
        (world.secretary, reverse("desk:motion_votes", args=[row.pk])),
    ):
        shown = text(get(actor, address, at=ON_THE_DAY))
        assert "费用过高" not in shown
        assert 'value="against" checked' not in shown


def test_a_meeting_in_preparation_is_the_secretariat_s(world):
    meeting = notified(world)
    Meeting.objects.filter(pk=meeting.pk).update(state="draft")
    assert get(world.people[0], page_of(meeting, "member")).status_code == 404


def test_who_has_no_seat_sees_no_meeting(world):
    meeting = closed(world)
    assert get(make_world(1).people[0], page_of(meeting, "member")).status_code == 404


def test_a_decided_motion_is_corrected_on_its_page(world):
    row = decided(world)
    seat = row.meeting.attendances.order_by("place").first()
    url = reverse("desk:motion_correct", args=[row.pk])
    assert post(world.secretary, url, {f"v-{seat.pk}": "against"}, at=ON_THE_DAY).status_code == 422
    given = {f"v-{seat.pk}": "against", "reason": "唱票有误"}
    assert post(world.secretary, url, given, at=ON_THE_DAY).status_code == 302
    row.refresh_from_db()
    assert (row.votes_for, row.state) == (1, MotionState.DECIDED)


def test_a_resolution_leads_to_its_task_and_back(world):
    """Where no plan takes tasks the button says so; a member is offered none."""
    row = decided(world).resolution
    pages = [reverse(f"{who}:resolution_detail", args=[row.pk]) for who in ("desk", "member")]
    assert "refused-action" in text(get(world.secretary, pages[0]))
    plan = create_plan(world.consortium, year=2026, title="2026 计划", **world.by)
    form = f"{reverse('desk:task_new', args=[plan.pk])}?resolution={row.pk}"
    assert form in text(get(world.secretary, pages[0]))
    assert "从决议生成任务" not in text(get(world.people[0], pages[1]))
    values = {"code": "1-1-1", "name": "落实决议", "unit": world.units[0], "resolutions": [row]}
    task = create_task(plan, values, reason="", **world.by)
    page = reverse("desk:task_detail", args=[task.pk])
    assert page in text(get(world.secretary, pages[0]))
    assert pages[0] in text(get(world.secretary, page))
    assert "落实决议" not in text(get(world.people[0], pages[1]))
    move_plan(plan, PlanState.IN_FORCE, **world.by)
    assert reverse("member:task_detail", args=[task.pk]) in text(get(world.people[0], pages[1]))
    assert "落实决议" not in text(get(world.people[1], pages[1]))


@pytest.mark.parametrize(
    ("name", "who"),
    [("desk:body_list", "desk"), ("desk:meeting_list", "desk"), ("desk:resolution_list", "desk"),
     ("desk:commitment_list", "desk"), ("member:meeting_list", "member"), ("member:resolution_list", "member")],
)  # fmt: skip
def test_lists_take_as_many_queries_for_three_rows_as_for_one(world, name, who):
    closed(world)
    actor = world.secretary if who == "desk" else world.people[0]
    one = queries(actor, reverse(name))
    for _ in range(2):
        closed(world)
    assert queries(actor, reverse(name)) == one


def test_the_votes_page_is_as_quick_for_many_seats():
    few, many = make_world(1), make_world(6)
    counts = [
        queries(world.secretary, reverse("desk:motion_votes", args=[voting(world).pk]))
        for world in (few, many)
    ]
    assert counts[0] == counts[1]


@pytest.mark.parametrize("motions", [1, 3])
def test_the_meetings_page_costs_the_same_whatever_its_motions(world, motions):
    meeting = attended(world, opened(world))
    seat = meeting.attendances.order_by("place")[0]
    for number in range(2, motions + 1):
        motion(world, meeting, title=f"议案{number}")
    for row in meeting.motions.order_by("pk"):
        voting_actions.set_avoidance(
            row, seat, reason="关联", by=world.secretary, at=ON_THE_DAY
        )  # fmt: skip
    assert queries(world.secretary, page_of(meeting)) == 25


@pytest.mark.parametrize("motions", [1, 3])
def test_a_members_written_votes_cost_the_same_whatever_the_motions(world, motions):
    meeting = meeting_actions.create_meeting(world.board, WRITTEN, **world.by)
    for number in range(1, motions + 1):
        motion(world, meeting, title=f"议案{number}", way="written")
    meeting = meeting_actions.send_notice(meeting, **world.by)
    meeting = meeting_actions.open_meeting(meeting, by=world.secretary, at=ON_THE_DAY)
    assert queries(world.people[0], page_of(meeting, "member")) == 20
