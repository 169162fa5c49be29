"""Motions and votes: moved, put to the vote, cast, counted, decided, corrected."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from chanjiao.council import rules
from chanjiao.council.arithmetic import Outcome, Tally, outcome_of, quorum_of
from chanjiao.council.bridge import (
    avoiding,
    quorum_rule,
    requirement_of,
    standing_of,
    tally_of,
)
from chanjiao.council.enums import (
    BY_SEAT,
    Choice,
    MeetingState,
    MotionState,
    ResolutionState,
    VoteWay,
)
from chanjiao.council.meeting_actions import held_rule, locked
from chanjiao.council.models import Attendance, Avoidance, Meeting, Motion, Resolution, Vote
from chanjiao.council.queries import rule_on, threshold_for
from chanjiao.council.writing import need, save, stated
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Invalid, Refused, require
from chanjiao.people.access import Actor
from chanjiao.people.checks import check_row
from chanjiao.trail.actions import record

Counts = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class MotionFacts:
    """What is put to the vote, as typed. `avoiding` maps attendances to the reason."""

    title: str
    text: str
    kind: str
    way: str
    mover: str = ""


def add_motion(meeting: Meeting, facts: MotionFacts, *, by: Actor, at: datetime) -> Motion:
    """On the agenda, last."""
    with transaction.atomic():
        held = locked(meeting)
        require(rules.may_move_motion(by, held))
        last = held.motions.aggregate(last=Max("place"))["last"] or 0
        row = Motion(meeting=held, place=last + 1)
        _apply(row, facts)
        row.save(force_insert=True)
        record("council.add_motion", row, by=by, at=at, data={"title": row.title, "kind": row.kind})
    return row


def edit_motion(
    motion: Motion, facts: MotionFacts, *, revision: int, by: Actor, at: datetime
) -> Motion:
    with transaction.atomic():
        held = _locked(motion)
        require(rules.may_edit_motion(by, held))
        need(held, revision)
        before = {"title": held.title, "text": held.text, "kind": held.kind, "way": held.way}
        _apply(held, facts)
        save(held)
        record("council.edit_motion", held, by=by, at=at, data={"before": before})
    return held


def _apply(row: Motion, facts: MotionFacts) -> None:
    """The kind must be known to the rules of the day; what they keep secret is voted in secret."""
    meeting = row.meeting
    rule = meeting.rule or rule_on(
        meeting.body.consortium, meeting.body.kind, day_of(meeting.starts_at)
    )
    threshold = rule.thresholds.filter(kind=facts.kind).first() if rule else None
    if threshold is None:
        raise Invalid({"kind": ["当日生效的规则里没有这种议案，请先登记章程规则。"]})
    way = VoteWay.WRITTEN if meeting.is_written else facts.way
    if way == VoteWay.WRITTEN and not meeting.is_written:
        raise Invalid({"way": ["书面表决只用于通讯表决。"]})
    if threshold.secret and way != VoteWay.SECRET:
        raise Invalid({"way": [f"按规则，“{threshold.name}”须无记名投票，请在会上投票。"]})
    row.title, row.text, row.mover = facts.title.strip(), facts.text.strip(), facts.mover.strip()
    row.kind, row.way = facts.kind, way
    check_row(row)


def set_avoidance(
    motion: Motion, row: Attendance, *, reason: str, by: Actor, at: datetime
) -> Avoidance:
    """A seat may not vote on the motion: it is not entitled for it. A vote it cast is void."""
    with transaction.atomic():
        held = _locked(motion)
        require(rules.may_edit_motion(by, held))
        if row.meeting_id != held.meeting_id:
            raise Refused("不是这次会议的席位。")
        if not reason.strip():
            raise Invalid({"reason": ["请写明回避原因。"]})
        made, _ = Avoidance.objects.update_or_create(
            motion=held, attendance=row, defaults={"reason": reason.strip()[:200]}
        )
        held.votes.filter(attendance=row).delete()
        data = {"motion": held.pk, "seat": row.pk}
        record("council.set_avoidance", made, by=by, at=at, reason=made.reason, data=data)
    return made


def lift_avoidance(avoidance: Avoidance, *, by: Actor, at: datetime) -> None:
    with transaction.atomic():
        held = _locked(avoidance.motion)
        require(rules.may_edit_motion(by, held))
        record("council.lift_avoidance", avoidance, by=by, at=at, data={"motion": held.pk})
        avoidance.delete()


def put_to_vote(motion: Motion, *, by: Actor, at: datetime) -> Motion:
    """Only with a quorum; the refusal says what is missing."""
    with transaction.atomic():
        held = _locked(motion)
        require(rules.may_put_to_vote(by, held))
        held.state = MotionState.VOTING
        save(held)
        record("council.put_to_vote", held, by=by, at=at)
    return held


def stop_vote(motion: Motion, *, by: Actor, at: datetime) -> Motion:
    """Back to pending, for instance because attendance was wrong; no vote is lost."""
    with transaction.atomic():
        held = _locked(motion)
        require(rules.may_stop_vote(by, held))
        held.state = MotionState.PENDING
        save(held)
        record("council.stop_vote", held, by=by, at=at)
    return held


def withdraw_motion(motion: Motion, *, reason: str, by: Actor, at: datetime) -> Motion:
    """Taken off the agenda, with the reason."""
    with transaction.atomic():
        held = _locked(motion)
        require(rules.may_withdraw_motion(by, held))
        held.state = MotionState.WITHDRAWN
        save(held)
        record("council.withdraw_motion", held, by=by, at=at, reason=stated(reason))
    return held


def cast_vote(
    motion: Motion, row: Attendance, choice: str, *, opinion: str = "", by: Actor, at: datetime
) -> Vote:
    """One seat's vote in writing, by its own people; cast again, it replaces the first."""
    with transaction.atomic():
        held = _locked(motion)
        require(rules.may_cast(by, held, row, at=at))
        made = _cast(held, row, choice, opinion, by=by, at=at)
        data = {"motion": held.pk, "seat": row.pk, "by_office": made.by_office}
        record("council.cast_vote", made, by=by, at=at, data=data)
    return made


def enter_votes(motion: Motion, choices: Mapping[int, str], *, by: Actor, at: datetime) -> int:
    """The roll call: these seats (by attendance) voted so; "" takes a vote back. All or none."""
    with transaction.atomic():
        held = _locked(motion)
        require(rules.may_enter_votes(by, held))
        rows = {row.pk: row for row in held.meeting.attendances.order_by("place")}
        if unknown := choices.keys() - rows.keys():
            raise Refused(f"不是这次会议的席位：{sorted(unknown)}。")
        for pk, choice in choices.items():
            if not choice:
                held.votes.filter(attendance=pk).delete()
                continue
            require(rules.may_cast(by, held, rows[pk], at=at))
            _cast(held, rows[pk], choice, "", by=by, at=at)
        data = {"votes": {str(pk): choice for pk, choice in sorted(choices.items())}}
        record("council.enter_votes", held, by=by, at=at, data=data)
    return len(choices)


def _cast(
    motion: Motion, row: Attendance, choice: str, opinion: str, *, by: Actor, at: datetime
) -> Vote:
    """The motion's row is locked, so that one seat has one vote however many browsers cast it."""
    if choice not in Choice.values:
        raise Invalid({"choice": ["请选择赞成、反对或弃权。"]})
    own = row.unit_id is not None and by.acts_for(row.unit_id)
    values = {
        "choice": choice, "opinion": opinion.strip()[:500], "by_office": not own,
        "cast_by": by.user, "cast_at": at,
    }  # fmt: skip
    made, _ = Vote.objects.update_or_create(motion=motion, attendance=row, defaults=values)
    return made


def decide_motion(
    motion: Motion, *, counts: Counts | None = None, casting: str = "", by: Actor, at: datetime
) -> Motion:
    """The system states the outcome. `counts` for, against, abstained: where seats are not called."""
    with transaction.atomic():
        held = _locked(motion)
        require(rules.may_decide(by, held, at=at))
        if held.way != VoteWay.WRITTEN:
            standing = standing_of(held.meeting, held_rule(held.meeting), but=avoiding(held))
            if not standing.reached:
                raise Refused(f"{standing.sentence}，不能计票；请补充签到或中止表决。")
        tally = _tally(held, counts)
        outcome = _outcome(held, tally, casting)
        if outcome.needs_casting:
            raise Invalid({"casting": ["赞成与反对票数相等，按规则请主持人决定。"]})
        _write(held, tally, outcome, casting, at=at)
        held.state = MotionState.DECIDED
        save(held)
        _resolve(held)
        data = {"passed": held.passed, "sentence": held.sentence}
        record("council.decide_motion", held, by=by, at=at, data=data)
    return held


def correct_votes(
    motion: Motion, *, reason: str, counts: Counts | None = None,
    choices: Mapping[int, str] | None = None, casting: str = "", by: Actor, at: datetime,
) -> Motion:  # fmt: skip
    """A wrong entry of a decided vote is put right: with the reason, and the trail keeps both.

    Entitled and present stay as they were at the vote.
    """
    with transaction.atomic():
        held = _locked(motion)
        require(rules.may_correct(by, held))
        why = stated(reason)
        before = {"votes": list(_figures(held)), "passed": held.passed, "sentence": held.sentence}
        tally = _corrected(held, counts, choices or {}, by=by, at=at)
        outcome = _outcome(held, tally, casting)
        if outcome.needs_casting:
            raise Invalid({"casting": ["赞成与反对票数相等，按规则请主持人决定。"]})
        _write(held, tally, outcome, casting, at=held.decided_at or at)
        save(held)
        _resolve(held)
        _stale_minutes(held.meeting)
        after = {"votes": list(_figures(held)), "passed": held.passed, "sentence": held.sentence}
        data = {
            "before": before,
            "after": after,
            "choices": {str(k): v for k, v in (choices or {}).items()},
        }
        record("council.correct_votes", held, by=by, at=at, reason=why, data=data)
    return held


def _corrected(
    motion: Motion, counts: Counts | None, choices: Mapping[int, str], *, by: Actor, at: datetime
) -> Tally:
    assert motion.entitled is not None and motion.present is not None
    if motion.way in BY_SEAT:
        rows = {vote.attendance_id: vote for vote in motion.votes.select_related("attendance")}
        if unknown := choices.keys() - rows.keys():
            raise Invalid({"": [f"只能更正已投的票，这些席位没有投票：{sorted(unknown)}。"]})
        for pk, choice in choices.items():
            _cast(motion, rows[pk].attendance, choice, rows[pk].opinion, by=by, at=at)
        cast = list(motion.votes.order_by("pk").values_list("choice", flat=True))
        counts = (cast.count(Choice.FOR), cast.count(Choice.AGAINST), cast.count(Choice.ABSTAIN))
    if counts is None:
        raise Invalid({"": ["请填写更正后的票数。"]})
    return _checked(motion.entitled, motion.present, counts)


def _tally(motion: Motion, counts: Counts | None) -> Tally:
    if motion.way in BY_SEAT:
        return tally_of(motion)
    if counts is None:
        raise Invalid({"": ["请填写赞成、反对、弃权的票数。"]})
    return _checked(*_sizes(motion), counts)


def _sizes(motion: Motion) -> tuple[int, int]:
    empty = tally_of(motion)
    return empty.entitled, empty.present


def _checked(entitled: int, present: int, counts: Counts) -> Tally:
    try:
        return Tally(entitled, present, *counts)
    except ValueError:
        total = sum(counts)
        raise Invalid({"votes_for": [f"票数之和 {total} 超过实到 {present}，请核对。"]}) from None


def _outcome(motion: Motion, tally: Tally, casting: str) -> Outcome:
    threshold = threshold_for(motion)
    if threshold is None:
        raise Refused("适用的规则里没有这种议案。")
    quorum = quorum_rule(held_rule(motion.meeting), written=motion.way == VoteWay.WRITTEN)
    return outcome_of(requirement_of(threshold), tally, quorum, casting=casting)


def _write(motion: Motion, tally: Tally, outcome: Outcome, casting: str, *, at: datetime) -> None:
    motion.entitled, motion.present = tally.entitled, tally.present
    motion.votes_for, motion.votes_against = tally.votes_for, tally.votes_against
    motion.votes_abstained = tally.votes_abstained
    motion.casting = casting if "主持人决定" in outcome.sentence else ""
    motion.passed, motion.sentence, motion.decided_at = outcome.passed, outcome.sentence, at
    quorum = quorum_rule(held_rule(motion.meeting), written=motion.way == VoteWay.WRITTEN)
    standing = quorum_of(quorum, entitled=tally.entitled, present=tally.present)
    motion.quorum_sentence = standing.sentence


def _resolve(motion: Motion) -> None:
    """The motion's resolution: made when it is decided, turned when a correction turns it."""
    row = Resolution.objects.select_for_update().filter(motion=motion).first()
    passed = bool(motion.passed)
    state = ResolutionState.OPEN if passed else ResolutionState.NOT_PASSED
    if row is None:
        body, year = motion.meeting.body, day_of(motion.meeting.starts_at).year
        stem = f"{body.name}〔{year}〕"
        rows = Resolution.objects.filter(motion__meeting__body=body, number__startswith=stem)
        Resolution.objects.create(
            motion=motion, number=f"{stem}{rows.count() + 1}号", title=motion.title,
            passed=passed, state=state,
        )  # fmt: skip
    elif row.passed != passed:
        row.passed, row.state, row.carried_out_on = passed, state, None
        row.revision += 1
        row.save()


def _stale_minutes(meeting: Meeting) -> None:
    """Minutes written before a correction say what is no longer so: they have to be made anew."""
    if meeting.state == MeetingState.MINUTED:
        meeting.minutes = None
        save(meeting)


def _figures(motion: Motion) -> tuple[int, int, int]:
    return motion.votes_for or 0, motion.votes_against or 0, motion.votes_abstained or 0


def _locked(motion: Motion) -> Motion:
    """The meeting first, then the motion: every writer in the same order."""
    meeting = locked(motion.meeting)
    row = Motion.objects.select_for_update(of=("self",)).get(pk=motion.pk)
    row.meeting = meeting
    return row
