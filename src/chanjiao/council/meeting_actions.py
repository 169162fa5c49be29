"""A meeting's way: prepared, notified, opened, attended, closed; or put off or cancelled."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from chanjiao.council import rules
from chanjiao.council.enums import (
    MeetingForm,
    MeetingState,
    MotionState,
    Presence,
    Reply,
    VoteWay,
)
from chanjiao.council.models import Attendance, Body, CharterRule, Meeting, MeetingFile
from chanjiao.council.papers import Upload, stored
from chanjiao.council.queries import assembly_seats, rule_on, sitting
from chanjiao.kernel.clock import ZONE, day_of
from chanjiao.kernel.verdict import Conflict, Invalid, Refused, Verdict, require
from chanjiao.notices.actions import tell
from chanjiao.people.access import Actor
from chanjiao.people.checks import check_row
from chanjiao.people.models import User
from chanjiao.people.queries import people_of
from chanjiao.trail.actions import record


@dataclass(frozen=True, slots=True)
class MeetingFacts:
    """What a meeting is, as typed."""

    title: str
    form: str
    starts_at: datetime
    chair: str
    place: str = ""
    recorder: str = ""
    agenda: str = ""
    replies_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PresenceFacts:
    """How a seat is there. `holder` is the attendance that votes for it."""

    presence: str
    attendee: str = ""
    holder: int | None = None


def create_meeting(body: Body, facts: MeetingFacts, *, by: Actor, at: datetime) -> Meeting:
    """A meeting in preparation; only the secretariat sees it before the notice."""
    with transaction.atomic():
        held = (
            Body.objects.select_for_update(of=("self",))
            .select_related("consortium")
            .get(pk=body.pk)
        )
        require(rules.may_change_body(by, held))
        year = day_of(facts.starts_at).year
        count = Meeting.objects.filter(body=held, number__startswith=f"{year}-").count()
        row = Meeting(body=held, number=f"{year}-{count + 1:02}", created_at=at)
        _apply(row, facts, on=day_of(at))
        row.save(force_insert=True)
        record(
            "council.create_meeting", row, by=by, at=at, data={"body": held.pk, "title": row.title}
        )
    return row


def edit_meeting(
    meeting: Meeting, facts: MeetingFacts, *, revision: int, by: Actor, at: datetime
) -> Meeting:
    """Time, place, agenda. After the notice, those called are told of the change."""
    with transaction.atomic():
        held = locked(meeting)
        require(rules.may_edit_meeting(by, held))
        if held.revision != revision:
            raise Conflict("会议刚刚已被他人修改，请核对最新内容后再保存。")
        before = {"starts_at": held.starts_at.isoformat(), "place": held.place, "title": held.title}
        written = held.is_written
        _apply(held, facts, on=day_of(at))
        if held.state != MeetingState.DRAFT and written != held.is_written:
            raise Invalid({"form": ["已发通知，不能在会议和通讯表决之间更换。"]})
        if held.state == MeetingState.NOTIFIED:
            _hold_rule(held, "", at=at, told=held.notified_at or at)
            tell_called(held, f"会议有变更：{held.title}，{_when(held)}。", at=at)
        save(held)
        record("council.edit_meeting", held, by=by, at=at, data={"before": before})
    return held


def _apply(row: Meeting, facts: MeetingFacts, *, on: Any) -> None:
    if day_of(facts.starts_at) < row.body.established_on:
        raise Invalid({"starts_at": [f"{row.body.name}当时还没有成立。"]})
    row.title, row.form, row.starts_at = facts.title.strip(), facts.form, facts.starts_at
    row.chair, row.place, row.recorder = (
        facts.chair.strip(), facts.place.strip(), facts.recorder.strip(),
    )  # fmt: skip
    row.agenda = facts.agenda.strip()
    row.replies_due_at = facts.replies_due_at if facts.form == MeetingForm.WRITTEN else None
    if row.form == MeetingForm.WRITTEN:
        if row.replies_due_at is None or row.replies_due_at <= row.starts_at:
            raise Invalid({"replies_due_at": ["通讯表决须有晚于开始时间的截止时间。"]})
    elif not row.place:
        raise Invalid({"place": ["请写明地点，视频会议写会议号。"]})
    check_row(row)


# The notice ------------------------------------------------------------------------------------
def send_notice(
    meeting: Meeting, *, short_notice_reason: str = "", by: Actor, at: datetime
) -> Meeting:
    """Call everybody who sits on the body that day, under the rules in force that day."""
    with transaction.atomic():
        held = locked(meeting)
        require(rules.may_notify(by, held))
        _hold_rule(held, short_notice_reason, at=at, told=at)
        if held.is_written and not held.motions.exists():
            raise Refused("通讯表决须先列入议案。")
        call_roll(held)
        if not held.attendances.filter(votes=True).exists():
            raise Refused(f"{held.body.name}当天没有有表决权的席位，请先登记席位。")
        held.state, held.notified_at, held.state_reason = MeetingState.NOTIFIED, at, ""
        save(held)
        what = "通讯表决" if held.is_written else "会议通知"
        tell_called(held, f"{what}：{held.title}，{_when(held)}。请回复。", at=at)
        data = {"seats": held.attendances.count(), "rule": held.rule_id}
        reason = held.short_notice_reason
        record("council.send_notice", held, by=by, at=at, reason=reason, data=data)
    return held


def _hold_rule(meeting: Meeting, reason: str, *, at: datetime, told: datetime) -> None:
    """The rules of the meeting's day, and whether the notice comes early enough under them."""
    on = day_of(meeting.starts_at)
    rule = rule_on(meeting.body.consortium, meeting.body.kind, on)
    if rule is None:
        raise Refused(f"{on} 没有生效的{meeting.body.get_kind_display()}规则，请先登记章程规则。")
    if meeting.is_written and not rule.written_allowed:
        raise Refused("按当日生效的规则，该机构不能通讯表决。")
    meeting.rule = rule
    if meeting.starts_at <= at:
        raise Invalid({"": ["会议时间已过，请先修改时间。"]})
    given = reason.strip() or meeting.short_notice_reason
    earliest = rules.earliest_start(rule, day_of(told))
    if on < earliest and not given:
        raise Invalid(
            {"short_notice_reason": [
                f"规则要求提前 {rule.notice_days} 天通知，今天发出最早可在 {earliest} 开会。"
                "请改期，或写明紧急召开的原因（将写入会议纪要）。"
            ]}
        )  # fmt: skip
    meeting.short_notice_reason = given[:200] if on < earliest else ""


def call_roll(meeting: Meeting) -> None:
    """One attendance for each seat that sits on the meeting's day; the assembly's are memberships.

    Called by the notice and again at the opening: who has joined since is added, who has left is
    taken off the roll.
    """
    wanted = _wanted(meeting)
    present = {(row.seat_id, row.membership_id): row for row in meeting.attendances.order_by("pk")}
    for key in present.keys() - wanted.keys():
        row = present[key]
        meeting.attendances.filter(holder=row).update(holder=None, reply=Reply.NONE)
        row.avoidances.all().delete()
        row.delete()
    for place, (key, values) in enumerate(wanted.items(), 1):
        row = present.get(key) or Attendance(meeting=meeting, seat_id=key[0], membership_id=key[1])
        row.place = place
        for name, value in values.items():
            setattr(row, name, value)
        row.save()


def _wanted(meeting: Meeting) -> dict[tuple[int | None, int | None], dict[str, Any]]:
    on, body = day_of(meeting.starts_at), meeting.body
    if body.is_assembly:
        return {
            (None, m.pk): {
                "unit": m.unit, "name": m.unit.name, "title": m.get_role_display(), "votes": True,
            }
            for m in assembly_seats(body, on)
        }  # fmt: skip
    return {
        (seat.pk, None): {
            "unit": seat.unit, "name": seat.holder, "votes": seat.votes,
            "title": seat.get_title_display(),
        }
        for seat in sitting(body, on)
    }  # fmt: skip


def reply_to_notice(
    row: Attendance, *, reply: str, note: str = "", holder: int | None = None,
    authorisation: Upload | None = None, by: Actor, at: datetime,
) -> Attendance:  # fmt: skip
    """A seat says whether it comes, is excused, or is represented by another seat."""
    with transaction.atomic():
        meeting = locked(row.meeting)
        held = _attendance(meeting, row.pk)
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


# The meeting -----------------------------------------------------------------------------------
def open_meeting(meeting: Meeting, *, by: Actor, at: datetime) -> Meeting:
    """The roll is called anew; replies become attendance. A vote in writing puts all to the vote."""
    with transaction.atomic():
        held = locked(meeting)
        require(rules.may_open(by, held, at=at))
        call_roll(held)
        if held.is_written:
            pending = held.motions.filter(state=MotionState.PENDING)
            pending.update(state=MotionState.VOTING, way=VoteWay.WRITTEN)
            due = held.replies_due_at
            assert due is not None
            text = f"请书面表决：{held.title}，{day_of(due)} 前回复。"
            tell_called(held, text, at=at, due=True)
        for row in held.attendances.order_by("place"):
            row.presence = {
                Reply.EXCUSED: Presence.EXCUSED, Reply.PROXY: Presence.PROXY,
            }.get(Reply(row.reply), Presence.UNKNOWN)  # fmt: skip
            if row.presence == Presence.PROXY and row.holder_id is None:
                row.presence = Presence.UNKNOWN
            row.save(update_fields=["presence"])
        held.state, held.opened_at = MeetingState.OPEN, at
        save(held)
        record("council.open_meeting", held, by=by, at=at, data={"seats": held.attendances.count()})
    return held


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


def attach_authorisation(
    row: Attendance, file: Upload, *, by: Actor, at: datetime
) -> Attendance:  # fmt: skip
    """The written authorisation of a seat that is represented."""
    with transaction.atomic():
        meeting = locked(row.meeting)
        held = _attendance(meeting, row.pk)
        require(rules.may_serve(by, meeting.body.consortium))
        if meeting.state not in {MeetingState.NOTIFIED, MeetingState.OPEN}:
            raise Refused("会议通知后、闭会前才能上传委托书。")
        held.authorisation = stored(file, by=by, at=at)
        held.save(update_fields=["authorisation"])
        record("council.attach_authorisation", held, by=by, at=at)
    return held


def close_meeting(meeting: Meeting, *, by: Actor, at: datetime) -> Meeting:
    """Everything is decided; who never came was absent. Resolutions may now be seen."""
    with transaction.atomic():
        held = locked(meeting)
        require(rules.may_close(by, held))
        if not held.is_written:
            rows = held.attendances.filter(presence=Presence.UNKNOWN)
            rows.update(presence=Presence.ABSENT)
        held.state, held.closed_at = MeetingState.CLOSED, at
        save(held)
        tell_called(held, f"会议已结束：{held.title}，可查看表决结果。", at=at)
        record("council.close_meeting", held, by=by, at=at)
    return held


def note_discussion(
    meeting: Meeting, text: str, *, revision: int, by: Actor, at: datetime
) -> Meeting:
    """What was said, for the minutes."""
    with transaction.atomic():
        held = locked(meeting)
        require(rules.may_note_discussion(by, held))
        if held.revision != revision:
            raise Conflict("会议记录刚刚已被他人修改，请核对最新内容后再保存。")
        held.discussion, held.minutes = text.strip(), None
        save(held)
        record("council.note_discussion", held, by=by, at=at)
    return held


def postpone_meeting(meeting: Meeting, *, reason: str, by: Actor, at: datetime) -> Meeting:
    """Put off, with the reason; a new notice calls it anew."""
    return _called_off(
        meeting, MeetingState.POSTPONED, rules.may_postpone, "延期", "council.postpone_meeting",
        reason=reason, by=by, at=at,
    )  # fmt: skip


def cancel_meeting(meeting: Meeting, *, reason: str, by: Actor, at: datetime) -> Meeting:
    """It will not be held."""
    return _called_off(
        meeting, MeetingState.CANCELLED, rules.may_cancel, "取消", "council.cancel_meeting",
        reason=reason, by=by, at=at,
    )  # fmt: skip


def _called_off(
    meeting: Meeting, target: MeetingState, rule: Callable[[Actor, Meeting], Verdict], word: str,
    action: str, *, reason: str, by: Actor, at: datetime,
) -> Meeting:  # fmt: skip
    with transaction.atomic():
        held = locked(meeting)
        require(rule(by, held))
        if not reason.strip():
            raise Invalid({"reason": [f"请写明{word}的原因。"]})
        held.state, held.state_reason = target, reason.strip()[:200]
        save(held)
        tell_called(held, f"会议{word}：{held.title}（{held.state_reason}）。", at=at)
        record(action, held, by=by, at=at, reason=held.state_reason)
    return held


def add_file(meeting: Meeting, file: Upload, title: str, *, by: Actor, at: datetime) -> MeetingFile:
    """A document those called may read."""
    with transaction.atomic():
        held = locked(meeting)
        require(rules.may_serve(by, held.body.consortium))
        if held.state in {MeetingState.ARCHIVED, MeetingState.CANCELLED}:
            raise Refused("会议已归档或取消，不能再加材料。")
        kept = stored(file, by=by, at=at)
        assert kept is not None
        row = MeetingFile(meeting=held, file=kept, title=title.strip() or kept.name)
        check_row(row)
        row.save(force_insert=True)
        record("council.add_file", held, by=by, at=at, data={"file": kept.digest})
    return row


def remove_file(row: MeetingFile, *, by: Actor, at: datetime) -> None:
    """Taken off before the notice; later it stays, since people have read it."""
    with transaction.atomic():
        held = locked(row.meeting)
        require(rules.may_serve(by, held.body.consortium))
        if held.state != MeetingState.DRAFT:
            raise Refused("已发通知，材料不能再删除。")
        record("council.remove_file", held, by=by, at=at, data={"file": row.file.digest})
        row.delete()


# Shared by the actions of the council ------------------------------------------------------------
def locked(meeting: Meeting) -> Meeting:
    """The meeting's row, held to the end of the transaction: one writer at a time per meeting."""
    rows = Meeting.objects.select_for_update(of=("self",))
    return rows.select_related("body__consortium__secretariat", "rule").get(pk=meeting.pk)


def save(meeting: Meeting) -> None:
    meeting.revision += 1
    check_row(meeting)
    meeting.save()


def tell_called(meeting: Meeting, text: str, *, at: datetime, due: bool = False) -> None:
    """Everybody who acts for a unit that is called."""
    people: dict[int, User] = {}
    for row in meeting.attendances.filter(unit__isnull=False).select_related("unit"):
        assert row.unit is not None
        people |= {user.pk: user for user in people_of(row.unit, day_of(at))}
    until = meeting.replies_due_at if due else meeting.starts_at
    link = f"/member/council/meetings/{meeting.pk}/"
    tell(people.values(), text, at=at, link=link, due_on=day_of(until) if until else None)


def held_rule(meeting: Meeting) -> CharterRule:
    """The rules the meeting is held by; Refused before the notice."""
    if meeting.rule is None:
        raise Refused("会议通知后才确定适用的规则。")
    return meeting.rule


def _attendance(meeting: Meeting, pk: int) -> Attendance:
    row = meeting.attendances.select_for_update(of=("self",)).get(pk=pk)
    row.meeting = meeting
    return row


def _when(meeting: Meeting) -> str:
    local = meeting.starts_at.astimezone(ZONE)
    return f"{local:%Y-%m-%d %H:%M}，{meeting.place or meeting.get_form_display()}"
