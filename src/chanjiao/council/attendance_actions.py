"""Who comes to a meeting: replies to the notice, proxies, the roll on the day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from chanjiao.council import rules
from chanjiao.council.enums import Presence, Reply
from chanjiao.council.meeting_actions import locked
from chanjiao.council.models import Attendance, Meeting
from chanjiao.council.papers import Upload, stored
from chanjiao.kernel.verdict import Invalid, Refused, require
from chanjiao.people.access import Actor
from chanjiao.people.checks import check_row
from chanjiao.trail.actions import record


@dataclass(frozen=True, slots=True)
class PresenceFacts:
    """How a seat is there. `holder` is the attendance that votes for it."""

    presence: str
    attendee: str = ""
    holder: int | None = None


def reply_to_notice(
    row: Attendance, *, reply: str, note: str = "", holder: int | None = None,
    authorisation: Upload | None = None, by: Actor, at: datetime,
) -> Attendance:  # fmt: skip
    """A seat says whether it comes, is excused, or is represented by another seat."""
    with transaction.atomic():
        meeting = locked(row.meeting)
        held = attendance_of(meeting, row.pk)
        require(rules.may_reply(by, held, at=at))
        if reply not in {Reply.ATTEND, Reply.EXCUSED, Reply.PROXY}:
            raise Invalid({"reply": ["请选择出席、请假或委托。"]})
        paper = stored(authorisation, by=by, at=at) or held.authorisation
        held.reply, held.reply_note, held.replied_at = reply, note.strip()[:200], at
        held.holder, held.authorisation = None, paper
        if reply == Reply.PROXY:
            held.holder_id = holder
            _check_proxy(meeting, held, taken=_proxies(meeting, but=held.pk))
        check_row(held)
        held.save()
        record("council.reply", held, by=by, at=at, data={"reply": reply, "holder": held.holder_id})
    return held


def _proxies(meeting: Meeting, *, but: int = 0) -> dict[int, int]:
    """How many seats each holder represents already."""
    counts: dict[int, int] = {}
    rows = meeting.attendances.filter(holder__isnull=False).exclude(pk=but).order_by("pk")
    for holder in rows.values_list("holder_id", flat=True):
        if holder is not None:
            counts[holder] = counts.get(holder, 0) + 1
    return counts


def _check_proxy(meeting: Meeting, row: Attendance, *, taken: Mapping[int, int]) -> None:
    """By the rules of the day: allowed at all, to a voting seat of this meeting, with a paper."""
    rule = meeting.rule
    assert rule is not None
    if not rule.proxy_allowed or meeting.is_written:
        raise Invalid({"reply": ["按规则，这次会议不能委托。"]})
    found = meeting.attendances.filter(pk=row.holder_id or 0, votes=True).first()
    if found is None or found.pk == row.pk:
        raise Invalid({"holder": ["请选择这次会议上另一个有表决权的席位。"]})
    if found.reply == Reply.PROXY or found.presence == Presence.PROXY:
        raise Invalid({"holder": [f"“{found.name}”自己也委托了他人，不能受托。"]})
    if taken.get(row.pk):
        raise Invalid({"reply": ["本席位已接受他人委托，不能再委托出去。"]})
    if rule.proxy_limit and taken.get(found.pk, 0) >= rule.proxy_limit:
        raise Invalid({"holder": [f"“{found.name}”已接受 {rule.proxy_limit} 个委托，达到上限。"]})
    if rule.proxy_paper and row.authorisation_id is None:
        raise Invalid({"authorisation": ["规则要求书面授权，请上传委托书。"]})


def record_attendance(
    meeting: Meeting, facts: Mapping[int, PresenceFacts], *, by: Actor, at: datetime
) -> int:
    """How these seats (by attendance) are there; all or none. Returns how many changed."""
    with transaction.atomic():
        held = locked(meeting)
        require(rules.may_attend(by, held))
        rows = {row.pk: row for row in held.attendances.order_by("place")}
        if unknown := facts.keys() - rows.keys():
            raise Refused(f"不是这次会议的席位：{sorted(unknown)}。")
        changed = [rows[pk] for pk, one in facts.items() if _set_presence(rows[pk], one)]
        for row in changed:
            row.save(update_fields=["presence", "attendee", "holder"])
        _check_proxies(held)
        data = {"seats": {str(row.pk): row.presence for row in changed}}
        record("council.record_attendance", held, by=by, at=at, data=data)
    return len(changed)


def _set_presence(row: Attendance, facts: PresenceFacts) -> bool:
    if facts.presence not in Presence.values:
        raise Invalid({str(row.pk): ["请选择出席情况。"]})
    before = (row.presence, row.attendee, row.holder_id)
    row.presence, row.attendee = facts.presence, facts.attendee.strip()[:60]
    row.holder_id = facts.holder if facts.presence == Presence.PROXY else None
    if facts.presence == Presence.PROXY and facts.holder is None:
        raise Invalid({str(row.pk): [f"“{row.name}”委托出席，请选择受托席位。"]})
    return before != (row.presence, row.attendee, row.holder_id)


def _check_proxies(meeting: Meeting) -> None:
    rows = meeting.attendances.filter(presence=Presence.PROXY).order_by("place")
    for row in rows:
        try:
            _check_proxy(meeting, row, taken=_proxies(meeting, but=row.pk))
        except Invalid as problem:
            text = "".join(m for messages in problem.problems.values() for m in messages)
            raise Invalid({str(row.pk): [f"{row.name}：{text}"]}) from problem


def attendance_of(meeting: Meeting, pk: int) -> Attendance:
    """A seat of the meeting, held to the end of the transaction."""
    row = meeting.attendances.select_for_update(of=("self",)).get(pk=pk)
    row.meeting = meeting
    return row
