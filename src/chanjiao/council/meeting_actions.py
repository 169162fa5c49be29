"""A meeting's way: prepared, notified, opened, attended, closed; or put off or cancelled."""

from collections.abc import Callable
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
from chanjiao.council.models import Attendance, Body, CharterRule, Meeting
from chanjiao.council.queries import assembly_seats, rule_on, sitting
from chanjiao.council.writing import need, save
from chanjiao.kernel.clock import ZONE, day_of
from chanjiao.kernel.verdict import Invalid, Refused, Verdict, require
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
        need(held, revision)
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
        need(held, revision)
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


# Shared by the actions of the council ------------------------------------------------------------
def locked(meeting: Meeting) -> Meeting:
    """The meeting's row, held to the end of the transaction: one writer at a time per meeting."""
    rows = Meeting.objects.select_for_update(of=("self",))
    return rows.select_related("body__consortium__secretariat", "rule").get(pk=meeting.pk)


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


def _when(meeting: Meeting) -> str:
    local = meeting.starts_at.astimezone(ZONE)
    return f"{local:%Y-%m-%d %H:%M}，{meeting.place or meeting.get_form_display()}"
