"""Rows of a meeting → the values of the arithmetic."""

from collections.abc import Iterable
from fractions import Fraction

from chanjiao.council.arithmetic import Quorum, Requirement, Standing, Tally, quorum_of
from chanjiao.council.enums import BY_SEAT, Choice, Presence, VoteWay
from chanjiao.council.models import Attendance, CharterRule, Meeting, Motion, Threshold


def quorum_rule(rule: CharterRule, *, written: bool) -> Quorum:
    if written:
        return Quorum(Fraction(rule.written_numerator, rule.written_denominator), True)
    return Quorum(Fraction(rule.quorum_numerator, rule.quorum_denominator))


def requirement_of(threshold: Threshold) -> Requirement:
    return Requirement(
        share=Fraction(threshold.numerator, threshold.denominator), base=threshold.base,
        strict=threshold.strict, abstentions_count=threshold.abstentions_count,
        tie=threshold.rule.tie_rule,
    )  # fmt: skip


def voters_of(meeting: Meeting, *, but: Iterable[int] = ()) -> list[Attendance]:
    """Seats entitled to vote, without those that must avoid the motion."""
    left_out = set(but)
    return [row for row in _roll(meeting) if row.votes and row.pk not in left_out]


def _roll(meeting: Meeting) -> list[Attendance]:
    """In the order of the roll; a page that asks for many motions prefetches it once."""
    return sorted(meeting.attendances.all(), key=lambda row: (row.place, row.pk))


def avoiding(motion: Motion) -> set[int]:
    """Seats that may not vote on the motion."""
    return {row.attendance_id for row in motion.avoidances.all()}


def is_there(row: Attendance, here: set[int]) -> bool:
    """Present in person, or represented by a seat that is."""
    if row.presence == Presence.PROXY:
        return row.holder_id in here
    return row.presence == Presence.PRESENT


def in_person(meeting: Meeting) -> set[int]:
    """Every seat whose own person is in the room."""
    return {row.pk for row in _roll(meeting) if row.presence == Presence.PRESENT}


def standing_of(meeting: Meeting, rule: CharterRule, *, but: Iterable[int] = ()) -> Standing:
    """The quorum now; `but` are seats that avoid the motion. Of a vote in writing: the replies."""
    voters = voters_of(meeting, but=but)
    if meeting.is_written:
        replied = replied_to(meeting)
        present = sum(row.pk in replied for row in voters)
        return quorum_of(quorum_rule(rule, written=True), entitled=len(voters), present=present)
    here = in_person(meeting)
    there = [row for row in voters if is_there(row, here)]
    proxies = sum(row.presence == Presence.PROXY for row in there)
    return quorum_of(
        quorum_rule(rule, written=False), entitled=len(voters), present=len(there), proxies=proxies
    )


def replied_to(meeting: Meeting) -> set[int]:
    """Seats that have voted in writing on any motion of the meeting."""
    rows = Attendance.objects.filter(meeting=meeting, cast__isnull=False).distinct()
    return set(rows.order_by("pk").values_list("pk", flat=True))


def may_vote_now(motion: Motion) -> list[Attendance]:
    """Seats whose vote counts on the motion at this moment, in the order of the roll."""
    voters = voters_of(motion.meeting, but=avoiding(motion))
    if motion.way == VoteWay.WRITTEN:
        return voters
    here = in_person(motion.meeting)
    return [row for row in voters if is_there(row, here)]


def figures_of(motion: Motion) -> tuple[int, int]:
    """Entitled and present for the motion, as things stand."""
    entitled = voters_of(motion.meeting, but=avoiding(motion))
    if motion.way != VoteWay.WRITTEN:
        return len(entitled), len(may_vote_now(motion))
    replied = set(motion.votes.order_by("pk").values_list("attendance_id", flat=True))
    return len(entitled), sum(row.pk in replied for row in entitled)


def counted(motion: Motion) -> tuple[int, int, int]:
    """For, against, abstained: summed from the seats' votes that may count."""
    allowed = {row.pk for row in may_vote_now(motion)}
    cast = [vote.choice for vote in motion.votes.order_by("pk") if vote.attendance_id in allowed]
    return cast.count(Choice.FOR), cast.count(Choice.AGAINST), cast.count(Choice.ABSTAIN)


def tally_of(motion: Motion, counts: tuple[int, int, int] | None = None) -> Tally:
    """The figures of a motion as things stand. ValueError if they cannot be."""
    entitled, present = figures_of(motion)
    if motion.way in BY_SEAT:
        counts = counted(motion)
    return Tally(entitled, present, *(counts or (0, 0, 0)))
