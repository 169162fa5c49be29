"""What a mentor does through the link: confirm many, correct, send back, grade; and the link itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from chanjiao.kernel.verdict import Invalid, Refused, require
from chanjiao.links.actions import issue_link, revoke_links
from chanjiao.links.enums import Purpose
from chanjiao.links.holders import holder_of
from chanjiao.links.models import Link
from chanjiao.people.access import Actor
from chanjiao.trail.actions import record
from chanjiao.training import entry_rules as rules
from chanjiao.training.entry_checks import DAY_MINUTES
from chanjiao.training.entry_rows import (
    CHANGED,
    locked,
    locked_rows,
    save,
    seen_as,
    stated,
    tell_student,
)
from chanjiao.training.enums import EntryState
from chanjiao.training.models import Entry, Mentor

LASTS = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Seen:
    """A record as the mentor's page showed it."""

    entry: int
    revision: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was confirmed, and each that was not with its reason."""

    done: list[Entry] = field(default_factory=list)
    refused: list[tuple[Entry, str]] = field(default_factory=list)


def confirm_entries(seen: Sequence[Seen], *, by: Link, at: datetime) -> Outcome:
    """Confirm each record as it was seen. What was edited meanwhile is refused for a second look,
    the rest goes through."""
    outcome = Outcome()
    revisions = {one.entry: one.revision for one in seen}
    with transaction.atomic():
        for held in locked_rows(revisions):
            verdict = rules.may_decide(by, held, EntryState.CONFIRMED, at=at)
            if not verdict:
                outcome.refused.append((held, verdict.reason))
            elif held.revision != revisions[held.pk]:
                outcome.refused.append((held, CHANGED))
            else:
                held.confirmed_minutes = held.minutes
                _decide(held, EntryState.CONFIRMED, "", by=by, at=at)
                data = {"revision": revisions[held.pk], "minutes": held.minutes}
                record("entry.confirm", held, by=holder_of(by), at=at, data=data)
                outcome.done.append(held)
    return outcome


def correct_entry(
    entry: Entry, minutes: int, remark: str, *, revision: int, by: Link, at: datetime
) -> Entry:
    """Confirmed with another time than the student wrote, and why."""
    if not 0 < minutes <= DAY_MINUTES:
        raise Invalid({"minutes": ["时长应大于 0，不超过 24 小时。"]})
    remark = stated(remark, "remark", "请写明更正的原因。", 300)
    with transaction.atomic():
        held = _to_decide(entry, EntryState.CORRECTED, revision, by=by, at=at)
        held.confirmed_minutes = minutes
        _decide(held, EntryState.CORRECTED, remark, by=by, at=at)
        data = {"revision": revision, "before": held.minutes, "after": minutes}
        record("entry.correct", held, by=holder_of(by), at=at, data=data, reason=remark)
        tell_student(held, f"导师更正并确认了 {held.day} 的学习记录：{remark}", at=at)
    return held


def reject_entry(entry: Entry, remark: str, *, revision: int, by: Link, at: datetime) -> Entry:
    """Back to the student, with what is wrong."""
    remark = stated(remark, "remark", "请写明退回的原因。", 300)
    with transaction.atomic():
        held = _to_decide(entry, EntryState.REJECTED, revision, by=by, at=at)
        _decide(held, EntryState.REJECTED, remark, by=by, at=at)
        data = {"revision": revision}
        record("entry.reject", held, by=holder_of(by), at=at, data=data, reason=remark)
        tell_student(held, f"导师退回了 {held.day} 的学习记录：{remark}", at=at)
    return held


def _to_decide(entry: Entry, target: EntryState, revision: int, *, by: Link, at: datetime) -> Entry:
    held = locked(entry)
    require(rules.may_decide(by, held, target, at=at))
    seen_as(held, revision)
    return held


def _decide(entry: Entry, target: EntryState, remark: str, *, by: Link, at: datetime) -> None:
    entry.state, entry.remark, entry.decided_at = target, remark, at
    entry.decided_by_id, entry.decided_link = by.subject_id, by
    save(entry, "state", "remark", "decided_at", "decided_by", "decided_link", "confirmed_minutes")


# The link ----------------------------------------------------------------------------------------
def give_link(mentor: Mentor, *, by: Actor, at: datetime) -> Link:
    """A new link for a mentor; the earlier one opens nothing from now on."""
    require(rules.may_give_link(by, mentor))
    return issue_link(
        mentor, purpose=Purpose.MENTOR, unit=mentor.unit, holder=mentor.name,
        contact=mentor.contact, by=by, at=at, lasts=LASTS,
    )  # fmt: skip


def end_link(mentor: Mentor, *, by: Actor, at: datetime, reason: str = "") -> None:
    """The mentor's link opens nothing any more."""
    require(rules.may_give_link(by, mentor))
    if not revoke_links(mentor, purpose=Purpose.MENTOR, by=by, at=at, reason=reason):
        raise Refused("这位导师没有有效的链接。")
