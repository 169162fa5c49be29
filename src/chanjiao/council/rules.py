"""Who may do what in the council, and why not: the reason is shown on the disabled button."""

from datetime import date, datetime, timedelta

from chanjiao.council.bridge import avoiding, may_vote_now, standing_of
from chanjiao.council.enums import (
    BY_SEAT,
    DELIVERY_MOVES,
    MEETING_MOVES,
    MOTION_MOVES,
    RESOLUTION_MOVES,
    DeliveryState,
    MeetingState,
    MotionState,
    ResolutionState,
    VoteWay,
)
from chanjiao.council.models import (
    Attendance,
    Body,
    CharterRule,
    Commitment,
    Delivery,
    Meeting,
    Motion,
    Resolution,
)
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.moves import may_move
from chanjiao.kernel.verdict import ALLOWED, Verdict, all_of, refuse
from chanjiao.members.models import Consortium
from chanjiao.people.access import Actor

_OFFICE_ONLY = refuse("只有本联合体秘书处可以办理。")
_OWN_ONLY = refuse("只有本席位单位的人员可以办理。")
_MEETING_LABELS = {state.value: str(state.label) for state in MeetingState}
_MOTION_LABELS = {state.value: str(state.label) for state in MotionState}
_RESOLUTION_LABELS = {state.value: str(state.label) for state in ResolutionState}
_DELIVERY_LABELS = {state.value: str(state.label) for state in DeliveryState}


def may_serve(actor: Actor | None, consortium: Consortium) -> Verdict:
    """The secretariat of the consortium."""
    if actor is not None and actor.acts_for(consortium.secretariat_id):
        return ALLOWED
    return _OFFICE_ONLY


def _office(actor: Actor | None, meeting: Meeting) -> Verdict:
    return may_serve(actor, meeting.body.consortium)


# Bodies and rules ------------------------------------------------------------------------------
def may_change_body(actor: Actor | None, body: Body) -> Verdict:
    if body.dissolved_on is not None:
        return all_of(may_serve(actor, body.consortium), refuse("该机构已撤销。"))
    return may_serve(actor, body.consortium)


def may_amend_rule(actor: Actor | None, rule: CharterRule) -> Verdict:
    """A version may be mended until a meeting was called under it; then a new version is due."""
    used = rule.pk is not None and rule.meetings.exists()
    free = refuse("已有会议按这一版本召开，不能再改；请登记新版本。") if used else ALLOWED
    return all_of(may_serve(actor, rule.consortium), free)


# Meetings --------------------------------------------------------------------------------------
def _to(meeting: Meeting, target: MeetingState) -> Verdict:
    return may_move(MEETING_MOVES, _MEETING_LABELS, meeting.state, target)


def may_edit_meeting(actor: Actor | None, meeting: Meeting) -> Verdict:
    """Time, place and agenda, until the meeting opens."""
    early = meeting.state in {MeetingState.DRAFT, MeetingState.NOTIFIED, MeetingState.POSTPONED}
    open_ = ALLOWED if early else refuse("会议已开始或已结束，不能再改时间和议程。")
    return all_of(_office(actor, meeting), open_)


def may_note_discussion(actor: Actor | None, meeting: Meeting) -> Verdict:
    """The record of the discussion, until the minutes are signed."""
    late = meeting.state in {MeetingState.OPEN, MeetingState.CLOSED, MeetingState.MINUTED}
    return all_of(
        _office(actor, meeting), ALLOWED if late else refuse("会议进行中和归档前才能记录讨论。")
    )


def earliest_start(rule: CharterRule, on: date) -> date:
    """The first day a meeting may be held, if the notice goes out on a day."""
    return on + timedelta(days=rule.notice_days)


def may_notify(actor: Actor | None, meeting: Meeting) -> Verdict:
    """Sending the notice; whether the days suffice is the action's, which asks for a reason."""
    return all_of(_office(actor, meeting), _to(meeting, MeetingState.NOTIFIED))


def may_open(actor: Actor | None, meeting: Meeting, *, at: datetime) -> Verdict:
    """On the day of the meeting, not before; a vote in writing at its hour."""
    moment = meeting.starts_at if meeting.is_written else at
    early = day_of(at) < day_of(meeting.starts_at) or at < moment
    when = refuse(f"会议定于 {day_of(meeting.starts_at)}，到时才能开始。") if early else ALLOWED
    return all_of(_office(actor, meeting), _to(meeting, MeetingState.OPEN), when)


def may_postpone(actor: Actor | None, meeting: Meeting) -> Verdict:
    """An open meeting may still be put off while nothing is decided (流会)."""
    verdict = all_of(_office(actor, meeting), _to(meeting, MeetingState.POSTPONED))
    if verdict and meeting.motions.filter(state=MotionState.DECIDED).exists():
        return refuse("已有议案表决，不能延期；请闭会后另行召集。")
    if verdict and meeting.motions.filter(state=MotionState.VOTING).exists():
        return refuse("还有议案正在表决。")
    return verdict


def may_cancel(actor: Actor | None, meeting: Meeting) -> Verdict:
    return all_of(_office(actor, meeting), _to(meeting, MeetingState.CANCELLED))


def may_close(actor: Actor | None, meeting: Meeting) -> Verdict:
    """When every motion is decided or withdrawn."""
    verdict = all_of(_office(actor, meeting), _to(meeting, MeetingState.CLOSED))
    waiting = meeting.motions.filter(state__in=[MotionState.PENDING, MotionState.VOTING]).count()
    if verdict and waiting:
        return refuse(f"还有 {waiting} 项议案没有表决；请表决或撤回后再闭会。")
    return verdict


def may_attend(actor: Actor | None, meeting: Meeting) -> Verdict:
    """Taking attendance, while the meeting is open."""
    if meeting.is_written:
        return all_of(_office(actor, meeting), refuse("通讯表决不签到，以回复为准。"))
    open_ = meeting.state == MeetingState.OPEN
    return all_of(_office(actor, meeting), ALLOWED if open_ else refuse("会议进行中才能签到。"))


def may_reply(actor: Actor | None, row: Attendance, *, at: datetime) -> Verdict:
    """The seat's own people, or the secretariat for them, after the notice and before the opening."""
    own = actor is not None and row.unit_id is not None and actor.acts_for(row.unit_id)
    either = ALLOWED if own or _office(actor, row.meeting) else _OWN_ONLY
    told = row.meeting.state == MeetingState.NOTIFIED
    return all_of(either, ALLOWED if told else refuse("会议通知后、开始前才能回执。"))


def may_make_minutes(actor: Actor | None, meeting: Meeting) -> Verdict:
    """After the meeting is closed, anew until they are signed."""
    ready = meeting.state in {MeetingState.CLOSED, MeetingState.MINUTED}
    late = "纪要已签字归档。" if meeting.state == MeetingState.ARCHIVED else "闭会后才能生成纪要。"
    return all_of(_office(actor, meeting), ALLOWED if ready else refuse(late))


def may_archive(actor: Actor | None, meeting: Meeting) -> Verdict:
    verdict = all_of(_office(actor, meeting), _to(meeting, MeetingState.ARCHIVED))
    if verdict and meeting.minutes_id is None:
        return refuse("纪要生成后记录有更正，请重新生成纪要并签字。")
    return verdict


# Motions and votes -----------------------------------------------------------------------------
def may_move_motion(actor: Actor | None, meeting: Meeting) -> Verdict:
    """Putting a motion on the agenda: until the meeting is closed; in writing until it opens."""
    early = may_edit_meeting(actor, meeting)
    if early or not _office(actor, meeting):
        return early
    if meeting.state == MeetingState.OPEN and not meeting.is_written:
        return ALLOWED
    return refuse("会议已结束，或书面表决已开始，不能再加议案。")


def may_edit_motion(actor: Actor | None, motion: Motion) -> Verdict:
    pending = motion.state == MotionState.PENDING
    return all_of(
        may_move_motion(actor, motion.meeting),
        ALLOWED if pending else refuse("议案已付表决，不能再改。"),
    )


def may_put_to_vote(actor: Actor | None, motion: Motion) -> Verdict:
    """Only with a quorum for this very motion; the refusal carries the arithmetic."""
    meeting = motion.meeting
    ready = all_of(
        _office(actor, meeting),
        may_move(MOTION_MOVES, _MOTION_LABELS, motion.state, MotionState.VOTING),
        ALLOWED if meeting.state == MeetingState.OPEN else refuse("会议开始后才能表决。"),
    )
    if not ready or meeting.is_written or meeting.rule is None:
        return ready
    standing = standing_of(meeting, meeting.rule, but=avoiding(motion))
    if not standing.reached:
        return refuse(f"{standing.sentence}，不能付诸表决。")
    return ready


def may_withdraw_motion(actor: Actor | None, motion: Motion) -> Verdict:
    return all_of(
        _office(actor, motion.meeting),
        may_move(MOTION_MOVES, _MOTION_LABELS, motion.state, MotionState.WITHDRAWN),
        refuse("会议已结束。") if motion.meeting.was_held else ALLOWED,
    )


def may_stop_vote(actor: Actor | None, motion: Motion) -> Verdict:
    """Back to pending: what was cast is kept and may be cast anew."""
    return all_of(
        _office(actor, motion.meeting),
        may_move(MOTION_MOVES, _MOTION_LABELS, motion.state, MotionState.PENDING),
        refuse("书面表决不能中止。") if motion.way == VoteWay.WRITTEN else ALLOWED,
    )


def may_enter_votes(actor: Actor | None, motion: Motion) -> Verdict:
    """The secretariat calls the roll, or counts."""
    voting = motion.state == MotionState.VOTING
    return all_of(_office(actor, motion.meeting), ALLOWED if voting else refuse("议案不在表决中。"))


def may_cast(
    actor: Actor | None, motion: Motion, row: Attendance, *, at: datetime
) -> Verdict:  # fmt: skip
    """A seat's own people vote in writing until the deadline; the secretariat enters paper replies."""
    own = actor is not None and row.unit_id is not None and actor.acts_for(row.unit_id)
    office = bool(_office(actor, motion.meeting))
    if not own and not office:
        return _OWN_ONLY
    if motion.way not in BY_SEAT or (motion.way != VoteWay.WRITTEN and not office):
        return refuse("本议案在会上表决，由秘书处唱票记录。")
    if motion.state != MotionState.VOTING:
        return refuse("议案不在表决中。")
    due = motion.meeting.replies_due_at
    if motion.way == VoteWay.WRITTEN and due is not None and at >= due:
        return refuse("书面表决已截止。")
    return _has_vote(motion, row)


def _has_vote(motion: Motion, row: Attendance) -> Verdict:
    if row.meeting_id != motion.meeting_id:
        return refuse("不是这次会议的席位。")
    if not row.votes:
        return refuse("列席人员没有表决权。")
    if row.pk in avoiding(motion):
        return refuse("本席位对这项议案回避，不参加表决。")
    if row.pk not in {one.pk for one in may_vote_now(motion)}:
        return refuse(f"“{row.name}”没有出席，也没有由在场席位受托，不能表决。")
    return ALLOWED


def may_decide(actor: Actor | None, motion: Motion, *, at: datetime) -> Verdict:
    """Counting; a vote in writing when all have replied or the deadline has passed."""
    verdict = all_of(
        _office(actor, motion.meeting),
        may_move(MOTION_MOVES, _MOTION_LABELS, motion.state, MotionState.DECIDED),
    )
    due = motion.meeting.replies_due_at
    if verdict and motion.way == VoteWay.WRITTEN and due is not None and at < due:
        missing = len(may_vote_now(motion)) - motion.votes.count()
        if missing > 0:
            return refuse(f"还有 {missing} 个席位没有回复，截止前不能计票。")
    return verdict


def may_correct(actor: Actor | None, motion: Motion) -> Verdict:
    """A decided vote is corrected with a reason, until the minutes are signed."""
    decided = motion.state == MotionState.DECIDED
    signed = motion.meeting.state == MeetingState.ARCHIVED
    return all_of(
        _office(actor, motion.meeting),
        ALLOWED if decided else refuse("只有已表决的议案可以更正。"),
        refuse("纪要已签字归档，不能更正。") if signed else ALLOWED,
    )


# Resolutions -----------------------------------------------------------------------------------
def _resolution_office(actor: Actor | None, row: Resolution) -> Verdict:
    return _office(actor, row.motion.meeting)


def _resolution_to(row: Resolution, target: ResolutionState) -> Verdict:
    return may_move(RESOLUTION_MOVES, _RESOLUTION_LABELS, row.state, target)


def may_assign(actor: Actor | None, row: Resolution) -> Verdict:
    """Owner and date: while it is open or under way."""
    fit = row.state in {ResolutionState.OPEN, ResolutionState.UNDERWAY}
    return all_of(
        _resolution_office(actor, row),
        ALLOWED if fit else refuse(f"当前状态为“{row.get_state_display()}”，不能分派。"),
    )


def may_report(actor: Actor | None, row: Resolution) -> Verdict:
    """The responsible unit's people, while it is under way."""
    own = actor is not None and row.unit_id is not None and actor.acts_for(row.unit_id)
    return all_of(
        ALLOWED if own else refuse("只有责任单位的人员可以填报。"),
        _resolution_to(row, ResolutionState.REPORTED),
    )


def may_mark_carried_out(actor: Actor | None, row: Resolution) -> Verdict:
    return all_of(_resolution_office(actor, row), _resolution_to(row, ResolutionState.CARRIED_OUT))


def may_return_resolution(actor: Actor | None, row: Resolution) -> Verdict:
    """Back under way, with the reason: what was reported does not suffice."""
    if row.state not in {ResolutionState.REPORTED, ResolutionState.CARRIED_OUT}:
        return all_of(_resolution_office(actor, row), refuse("还没有报办结。"))
    owner = ALLOWED if row.unit_id and row.due_on else refuse("这项决议没有责任单位。")
    return all_of(_resolution_office(actor, row), owner)


# Commitments -----------------------------------------------------------------------------------
def may_change_commitment(actor: Actor | None, row: Commitment) -> Verdict:
    return may_serve(actor, row.consortium)


def may_deliver(actor: Actor | None, row: Commitment) -> Verdict:
    """The member records what it delivered; the secretariat may for it."""
    own = actor is not None and actor.acts_for(row.unit_id)
    return ALLOWED if own or may_serve(actor, row.consortium) else refuse("只有本单位可以登记。")


def may_mend_delivery(actor: Actor | None, row: Delivery) -> Verdict:
    """What was handed back, by whoever may deliver."""
    returned = row.state == DeliveryState.RETURNED
    return all_of(
        may_deliver(actor, row.commitment),
        ALLOWED if returned else refuse("只有被退回的登记可以修改。"),
    )


def may_confirm_delivery(actor: Actor | None, row: Delivery) -> Verdict:
    return all_of(
        may_serve(actor, row.commitment.consortium),
        may_move(DELIVERY_MOVES, _DELIVERY_LABELS, row.state, DeliveryState.CONFIRMED),
    )


def may_return_delivery(actor: Actor | None, row: Delivery) -> Verdict:
    return all_of(
        may_serve(actor, row.commitment.consortium),
        may_move(DELIVERY_MOVES, _DELIVERY_LABELS, row.state, DeliveryState.RETURNED),
    )
