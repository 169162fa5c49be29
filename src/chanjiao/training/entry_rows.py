"""Steps that every action on records of learning shares: lock, compare, save, tell."""

from collections.abc import Iterable
from datetime import datetime

from chanjiao.kernel.verdict import Conflict, Invalid
from chanjiao.notices.actions import tell
from chanjiao.people.models import User
from chanjiao.training.models import Entry, Placement

CHANGED = "这条记录刚刚有改动，请核对最新内容后再试。"


def locked(entry: Entry) -> Entry:
    """The row as it is now, held to the end of the transaction."""
    return next(iter(locked_rows([entry.pk])))


def locked_rows(pks: Iterable[int]) -> list[Entry]:
    """Rows in one order, so that two who act on the same ones do not wait for each other."""
    rows = Entry.objects.select_related("placement__student", "stint")
    return list(rows.select_for_update(of=("self",)).filter(pk__in=list(pks)).order_by("pk"))


def locked_placement(placement: Placement) -> Placement:
    """The internship, held: of one phone's two sendings the second finds the first's record."""
    rows = Placement.objects.select_related("student", "training_class")
    return rows.select_for_update(of=("self",)).get(pk=placement.pk)


def seen_as(entry: Entry, revision: int | None) -> None:
    """Conflict when somebody wrote since the person saw the row."""
    if revision is not None and entry.revision != revision:
        raise Conflict(CHANGED)


def save(entry: Entry, *fields: str) -> None:
    entry.revision += 1
    entry.save(update_fields=[*fields, "revision"])


def stated(text: str, field: str, message: str, limit: int) -> str:
    """What had to be written; Invalid when it is missing or too long."""
    text = text.strip()
    if not text:
        raise Invalid({field: [message]})
    if len(text) > limit:
        raise Invalid({field: [f"最多 {limit} 字。"]})
    return text


def tell_student(entry: Entry, text: str, *, at: datetime) -> None:
    user: User | None = entry.placement.student.user
    if user is not None:
        tell([user], text, at=at, link=f"/student/entries/{entry.pk}/")
