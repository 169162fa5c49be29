"""What the school's tutor does: mark and return journals and summaries, comment on any record."""

from datetime import datetime

from django.db import transaction

from chanjiao.kernel.verdict import Invalid, require
from chanjiao.people.access import Actor
from chanjiao.trail.actions import record
from chanjiao.training import entry_rules as rules
from chanjiao.training.entry_rows import locked, save, seen_as, stated, tell_student
from chanjiao.training.enums import EntryState
from chanjiao.training.models import Entry


def mark_entry(
    entry: Entry, mark: int, comment: str, *, revision: int, by: Actor, at: datetime
) -> Entry:
    """A journal or summary is marked, 0–100; marked again, the new mark stands."""
    if not 0 <= mark <= 100:
        raise Invalid({"mark": ["分数应在 0 到 100 之间。"]})
    with transaction.atomic():
        held = locked(entry)
        require(rules.may_mark(by, held))
        seen_as(held, revision)
        before = held.mark
        held.mark, held.comment = mark, _short(comment)
        held.marked_by, held.marked_at = by.user, at
        if held.state != EntryState.CONFIRMED:
            held.state, held.decided_at = EntryState.CONFIRMED, at
        save(held, "mark", "comment", "marked_by", "marked_at", "state", "decided_at")
        record("entry.mark", held, by=by, at=at, data={"before": before, "after": mark})
    return held


def return_entry(entry: Entry, comment: str, *, revision: int, by: Actor, at: datetime) -> Entry:
    """A journal or summary goes back to be written again."""
    comment = stated(comment, "comment", "请写明要改什么。", 500)
    with transaction.atomic():
        held = locked(entry)
        require(rules.may_return(by, held))
        seen_as(held, revision)
        held.state, held.comment, held.decided_at = EntryState.REJECTED, comment, at
        save(held, "state", "comment", "decided_at")
        record("entry.return", held, by=by, at=at, reason=comment)
        text = f"{held.get_kind_display()}（{held.day}）被退回：{comment}"
        tell_student(held, text, at=at)
    return held


def comment_entry(entry: Entry, comment: str, *, revision: int, by: Actor, at: datetime) -> Entry:
    """The tutor's words on a record; its state stays."""
    with transaction.atomic():
        held = locked(entry)
        require(rules.may_comment(by, held))
        seen_as(held, revision)
        held.comment = _short(comment)
        save(held, "comment")
        record("entry.comment", held, by=by, at=at)
        if held.comment:
            tell_student(held, f"老师对 {held.day} 的记录写了评语：{held.comment}", at=at)
    return held


def _short(comment: str) -> str:
    comment = comment.strip()
    if len(comment) > 500:
        raise Invalid({"comment": ["最多 500 字。"]})
    return comment
