"""A meeting's life: notice, roll, proxies, quorum, votes, outcome, minutes, archive."""

from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

import pytest
from docx import Document

from chanjiao.council import (
    actions,
    attendance_actions,
    meeting_actions,
    minutes_actions,
    resolution_actions,
)
from chanjiao.council import voting_actions as votes
from chanjiao.council.attendance_actions import PresenceFacts
from chanjiao.council.defaults import ORDINARY
from chanjiao.council.enums import (
    MeetingState,
    MotionState,
    Presence,
    Reply,
    ResolutionState,
    VoteWay,
)
from chanjiao.council.models import Attendance, Resolution, Vote
from chanjiao.council.queries import carried_over, rule_on, seat_count, votes_visible_to
from chanjiao.kernel.verdict import Conflict, Invalid, Refused
from chanjiao.members.actions import leave
from chanjiao.trail.models import Entry
from tests.council.world import (
    FACTS,
    ON_THE_DAY,
    STARTS_AT,
    WRITTEN,
    attended,
    closed,
    decided,
    make_world,
    motion,
    notified,
    opened,
    paper,
    voting,
)
from tests.members.world import make_member
from tests.people.world import AT

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def on_day(world):
    return {"by": world.secretary, "at": ON_THE_DAY}


def seats(meeting) -> list[Attendance]:
    return list(meeting.attendances.order_by("place"))


# Seats and rules -------------------------------------------------------------------------------
def test_the_assembly_s_seats_follow_the_memberships(world):
    assert seat_count(world.assembly, date(2026, 11, 20)) == 3
    leave(
        world.consortium.memberships.get(unit=world.units[0]), left_on=date(2026, 11, 20),
        reason="停业", by=world.secretary, at=AT, revision=1,
    )  # fmt: skip
    make_member(world.consortium, joined_on=date(2026, 11, 22))
    assert seat_count(world.assembly, date(2026, 11, 19)) == 3
    assert seat_count(world.assembly, date(2026, 11, 20)) == 2
    assert seat_count(world.assembly, date(2026, 11, 22)) == 3
    assert not world.assembly.seats.exists()
    meeting = notified(world, world.assembly)
    assert meeting.attendances.count() == 3


def test_the_roll_follows_the_memberships_between_notice_and_opening(world):
    meeting = notified(world, world.assembly)
    late = make_member(world.consortium)
    meeting = meeting_actions.open_meeting(meeting, **on_day(world))
    assert late.unit_id in meeting.attendances.values_list("unit_id", flat=True)


def test_an_old_meeting_keeps_the_rules_of_its_day(world):
    meeting = notified(world)
    old = meeting.rule
    new = actions.adopt_rules(
        world.consortium, "board", {"starts_on": date(2027, 1, 1), "source": "二届一次大会", "quorum_numerator": 1, "quorum_denominator": 2},
        [ORDINARY], **world.by,
    )  # fmt: skip
    assert rule_on(world.consortium, "board", date(2026, 12, 10)) == old
    assert rule_on(world.consortium, "board", date(2027, 1, 1)) == new
    meeting.refresh_from_db()
    assert meeting.rule == old
    with pytest.raises(Refused, match="不能再改"):
        actions.amend_rules(old, {"source": "改"}, [ORDINARY], revision=old.revision, **world.by)


def test_one_chair_at_a_time(world):
    values = {
        "unit": world.units[1], "holder": "另一人", "title": "chair", "starts_on": date(2026, 1, 1),
        "ends_on": date(2028, 1, 1),
    }  # fmt: skip
    with pytest.raises(Invalid, match="已有理事长"):
        actions.fill_seat(world.board, **values, **world.by)
    chair = world.board.seats.get(title="chair")
    actions.end_seat(chair, on=date(2026, 1, 1), reason="调任", **world.by)
    assert actions.fill_seat(world.board, **values, **world.by).pk


def test_re_election_follows_the_term(world):
    seat = world.board.seats.get(title="chair")
    made = actions.renew_seats(world.board, [seat], ends_on=date(2033, 3, 1), **world.by)
    assert (made[0].starts_on, made[0].holder) == (seat.ends_on, seat.holder)
    with pytest.raises(Invalid):
        actions.renew_seats(world.board, [seat], ends_on=date(2033, 3, 1), **world.by)


# Notice ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(("days", "enough"), [(6, False), (7, True), (8, True)])
def test_the_days_of_notice_are_counted(world, days, enough):
    facts = replace(FACTS, starts_at=AT + timedelta(days=days))
    if enough:
        assert notified(world, facts=facts).state == MeetingState.NOTIFIED
        return
    with pytest.raises(Invalid, match="提前 7 天"):
        notified(world, facts=facts)
    meeting = world.board.meetings.get()
    assert meeting.state == MeetingState.DRAFT
    done = meeting_actions.send_notice(meeting, short_notice_reason="安全事故", **world.by)
    assert done.short_notice_reason == "安全事故"


# Proxies ---------------------------------------------------------------------------------------
def test_a_proxy_needs_a_paper_and_a_holder_who_has_no_other(world):
    meeting = notified(world)
    first, second, third = seats(meeting)
    person = {"by": world.people[0], "at": AT}
    with pytest.raises(Invalid, match="书面授权"):
        attendance_actions.reply_to_notice(first, reply=Reply.PROXY, holder=second.pk, **person)
    attendance_actions.reply_to_notice(
        first, reply=Reply.PROXY, holder=second.pk, authorisation=paper(), **person
    )
    with pytest.raises(Invalid, match="达到上限"):
        attendance_actions.reply_to_notice(
            third,
            reply=Reply.PROXY,
            holder=second.pk,
            authorisation=paper(),
            by=world.people[2],
            at=AT,
        )
    with pytest.raises(Invalid, match="不能再委托"):
        attendance_actions.reply_to_notice(
            second,
            reply=Reply.PROXY,
            holder=third.pk,
            authorisation=paper(),
            by=world.people[1],
            at=AT,
        )


def test_a_represented_seat_counts_only_while_its_holder_is_there(world):
    meeting = notified(world)
    first, second, third = seats(meeting)
    attendance_actions.reply_to_notice(
        first, reply=Reply.PROXY, holder=second.pk, authorisation=paper(), by=world.people[0], at=AT
    )
    meeting = meeting_actions.open_meeting(meeting, **on_day(world))
    attendance_actions.record_attendance(
        meeting, {third.pk: PresenceFacts(Presence.PRESENT)}, **on_day(world)
    )
    with pytest.raises(Refused, match="应到 3，实到 1，须 ≥ 2/3 即 2，还差 1"):
        votes.put_to_vote(meeting.motions.get(), **on_day(world))
    attendance_actions.record_attendance(
        meeting, {second.pk: PresenceFacts(Presence.PRESENT)}, **on_day(world)
    )
    row = votes.put_to_vote(meeting.motions.get(), **on_day(world))
    votes.enter_votes(
        row, {first.pk: "for", second.pk: "for", third.pk: "against"}, **on_day(world)
    )
    done = votes.decide_motion(row, **on_day(world))
    assert (done.entitled, done.present, done.passed) == (3, 3, True)


# Votes -----------------------------------------------------------------------------------------
def test_without_a_quorum_no_motion_is_put_to_the_vote(world):
    meeting = attended(world, opened(world), present=1)
    with pytest.raises(Refused, match="未达到法定人数"):
        votes.put_to_vote(meeting.motions.get(), **on_day(world))
    attended(world, meeting, present=2)
    assert votes.put_to_vote(meeting.motions.get(), **on_day(world)).state == MotionState.VOTING


def test_the_system_states_the_outcome_and_makes_a_resolution(world):
    row = decided(world)
    assert row.sentence.startswith("通过：应到 3，实到 3，赞成 2，须 > 1/2 即 2")
    resolution = Resolution.objects.get(motion=row)
    assert resolution.number == "理事会〔2026〕1号"
    assert resolution.passed


def test_a_seat_that_avoids_is_not_entitled(world):
    meeting = attended(world, opened(world))
    first, second, third = seats(meeting)
    row = meeting.motions.get()
    votes.set_avoidance(row, first, reason="关联交易", **on_day(world))
    row = votes.put_to_vote(row, **on_day(world))
    with pytest.raises(Refused, match="回避"):
        votes.enter_votes(row, {first.pk: "for"}, **on_day(world))
    votes.enter_votes(row, {second.pk: "for", third.pk: "for"}, **on_day(world))
    done = votes.decide_motion(row, **on_day(world))
    assert (done.entitled, done.present, done.votes_for) == (2, 2, 2)


def test_who_is_not_there_cannot_vote(world):
    row = voting(world, present=2)
    absent = seats(row.meeting)[2]
    with pytest.raises(Refused, match="没有出席"):
        votes.enter_votes(row, {absent.pk: "for"}, **on_day(world))
    assert not row.votes.exists()


def test_a_second_vote_of_a_seat_updates_the_first(world):
    row = voting(world)
    seat = seats(row.meeting)[0]
    votes.enter_votes(row, {seat.pk: "for"}, **on_day(world))
    votes.enter_votes(row, {seat.pk: "against"}, **on_day(world))
    assert [v.choice for v in row.votes.all()] == ["against"]
    votes.enter_votes(row, {seat.pk: ""}, **on_day(world))
    assert not row.votes.exists()


def test_an_election_is_secret_and_leaves_only_counts(world):
    meeting = attended(world, opened(world))
    with pytest.raises(Invalid, match="无记名"):
        motion(world, meeting, "election", VoteWay.ROLL_CALL)
    row = motion(world, meeting, "election", VoteWay.SECRET, "选举副理事长")
    row = votes.put_to_vote(row, **on_day(world))
    with pytest.raises(Invalid, match="超过实到 3"):
        votes.decide_motion(row, counts=(3, 1, 0), **on_day(world))
    done = votes.decide_motion(row, counts=(2, 1, 0), **on_day(world))
    assert done.passed
    assert not Vote.objects.filter(motion=done).exists()


def test_a_decided_vote_is_corrected_with_a_reason_and_both_stay_in_the_trail(world):
    row = decided(world)
    seat = seats(row.meeting)[0]
    with pytest.raises(Invalid, match="原因"):
        votes.correct_votes(row, reason=" ", choices={seat.pk: "against"}, **on_day(world))
    done = votes.correct_votes(
        row, reason="唱票有误", choices={seat.pk: "against"}, **on_day(world)
    )
    assert not done.passed
    assert Resolution.objects.get(motion=row).state == ResolutionState.NOT_PASSED
    entry = Entry.objects.get(action="council.correct_votes")
    assert entry.reason == "唱票有误"
    assert entry.data["before"]["votes"] == [2, 1, 0]
    assert entry.data["after"]["votes"] == [1, 2, 0]


def test_a_correction_lays_no_hand_on_seats_that_did_not_vote(world):
    row = decided(world, ("for", "for"))
    with pytest.raises(Invalid, match="没有投票"):
        votes.correct_votes(
            row, reason="补票", choices={seats(row.meeting)[2].pk: "for"}, **on_day(world)
        )


# Votes in writing ------------------------------------------------------------------------------
def test_votes_in_writing_are_their_own_people_s_and_nobody_reads_them_before_the_end(world):
    meeting = opened(world, facts=WRITTEN)
    row = meeting.motions.get()
    first, second, _ = seats(meeting)
    assert row.state == MotionState.VOTING
    with pytest.raises(Refused):
        votes.cast_vote(row, second, "for", by=world.people[0], at=ON_THE_DAY)
    votes.cast_vote(row, first, "for", by=world.people[0], at=ON_THE_DAY)
    votes.cast_vote(row, second, "against", by=world.people[1], at=ON_THE_DAY)
    assert [v.attendance_id for v in votes_visible_to(world.people[0])] == [first.pk]
    assert not votes_visible_to(world.secretary).exists()
    with pytest.raises(Refused, match="还有 1 个席位没有回复"):
        votes.decide_motion(row, **on_day(world))
    after = WRITTEN.replies_due_at
    with pytest.raises(Refused, match="截止"):
        votes.cast_vote(row, first, "against", by=world.people[0], at=after)
    done = votes.decide_motion(row, by=world.secretary, at=after)
    assert "应到 3，回复 2，赞成 1" in done.sentence
    assert not done.passed
    meeting_actions.close_meeting(meeting, by=world.secretary, at=after)
    assert votes_visible_to(world.people[0]).count() == 2


def test_too_few_replies_decide_nothing(world):
    meeting = opened(world, facts=WRITTEN)
    row, first = meeting.motions.get(), seats(meeting)[0]
    votes.cast_vote(row, first, "for", by=world.people[0], at=ON_THE_DAY)
    done = votes.decide_motion(row, by=world.secretary, at=WRITTEN.replies_due_at)
    assert not done.passed
    assert "未达到法定人数，须 2" in done.sentence


# Minutes and what follows ----------------------------------------------------------------------
def _text(file) -> str:
    with file.file.open("rb") as content:
        document = Document(BytesIO(content.read()))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([p.text for p in document.paragraphs] + cells)


def test_the_minutes_say_what_the_record_says(world):
    meeting = closed(world)
    row = meeting.motions.get()
    resolution_actions.assign_resolution(
        row.resolution, unit=world.units[0], person=world.people[0].user,
        due_on=date(2027, 1, 31), todo="报送任务书", revision=1, **on_day(world),
    )  # fmt: skip
    meeting = minutes_actions.make_minutes(meeting, **on_day(world))
    text = _text(meeting.minutes)
    for words in (
        "第一次会议纪要", "园区会议室", "王理事长", "理事1", row.sentence, "理事会〔2026〕1号",
        "2027-01-31", "报送任务书", world.people[0].name, "主持人（签字）",
        "达到法定人数：应到 3，实到 3", "反对",
    ):  # fmt: skip
        assert words in text, words
    assert len(meeting.minutes.digest) == 64


def test_minutes_are_made_anew_until_signed_and_are_final_then(world):
    meeting = minutes_actions.make_minutes(closed(world), **on_day(world))
    row = meeting.motions.get()
    stale = meeting.revision
    votes.correct_votes(
        row, reason="唱票有误", choices={seats(meeting)[2].pk: "for"}, **on_day(world)
    )
    with pytest.raises(Refused, match="重新生成"):
        minutes_actions.archive_minutes(meeting, paper(), revision=stale, **on_day(world))
    meeting = minutes_actions.make_minutes(meeting, **on_day(world))
    with pytest.raises(Conflict):
        minutes_actions.archive_minutes(meeting, paper(), revision=stale, **on_day(world))
    with pytest.raises(Invalid, match="不符"):
        minutes_actions.archive_minutes(
            meeting, paper(b"MZ", "纪要.pdf"), revision=meeting.revision, **on_day(world)
        )
    meeting = minutes_actions.archive_minutes(
        meeting, paper(), revision=meeting.revision, **on_day(world)
    )
    with pytest.raises(Refused, match="归档"):
        minutes_actions.make_minutes(meeting, **on_day(world))
    with pytest.raises(Refused, match="归档"):
        votes.correct_votes(row, reason="再改", choices={}, **on_day(world))


def test_the_next_meeting_opens_with_what_became_of_the_last_resolutions(world):
    meeting = closed(world)
    row = meeting.motions.get().resolution
    resolution_actions.assign_resolution(
        row, unit=world.units[0], person=None, due_on=date(2027, 1, 31), todo="", revision=1,
        **on_day(world),
    )  # fmt: skip
    actions.report_resolution(row, text="已报教育局", done=True, by=world.people[0], at=ON_THE_DAY)
    later = replace(FACTS, title="第二次会议", starts_at=STARTS_AT + timedelta(days=60))
    second = meeting_actions.create_meeting(world.board, later, **world.by)
    assert carried_over(second) == [row]
    at = later.starts_at
    second = meeting_actions.send_notice(second, **world.by)
    second = meeting_actions.open_meeting(second, by=world.secretary, at=at)
    second = meeting_actions.close_meeting(second, by=world.secretary, at=at)
    second = minutes_actions.make_minutes(second, by=world.secretary, at=at)
    text = _text(second.minutes)
    assert "上次决议执行情况" in text
    assert "已报教育局" in text


def test_a_resolution_s_way(world):
    row = closed(world).motions.get().resolution
    owner = {"by": world.people[0], "at": ON_THE_DAY}
    with pytest.raises(Refused, match="责任单位"):
        actions.report_resolution(row, text="做了", **owner)
    resolution_actions.assign_resolution(
        row, unit=world.units[0], person=None, due_on=date(2027, 1, 31), todo="", revision=1,
        **on_day(world),
    )  # fmt: skip
    with pytest.raises(Refused, match="责任单位"):
        actions.report_resolution(row, text="做了", by=world.people[1], at=ON_THE_DAY)
    actions.report_resolution(row, text="过半", **owner)
    row.refresh_from_db()
    assert row.state == ResolutionState.UNDERWAY
    actions.report_resolution(row, text="完成", done=True, file=paper(), **owner)
    resolution_actions.return_resolution(row, reason="缺照片", **on_day(world))
    actions.report_resolution(row, text="补了", done=True, **owner)
    with pytest.raises(Invalid, match="办结日期"):
        actions.mark_carried_out(row, on=date(2027, 1, 1), **on_day(world))
    done = actions.mark_carried_out(row, on=date(2026, 12, 10), **on_day(world))
    assert done.state == ResolutionState.CARRIED_OUT
