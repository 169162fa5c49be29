"""What every action of the council does to a row: saved with its revision; a reason; an old form."""

from chanjiao.council.models import (
    Body,
    CharterRule,
    Commitment,
    Delivery,
    Meeting,
    Motion,
    Regulation,
    Resolution,
    Seat,
)
from chanjiao.kernel.verdict import Conflict, Invalid
from chanjiao.people.checks import check_row

Revised = (
    Body | CharterRule | Commitment | Delivery | Meeting | Motion | Regulation | Resolution | Seat
)


def save(row: Revised) -> None:
    """The next revision of the row, checked; `Invalid` by field."""
    row.revision += 1
    check_row(row)
    row.save()


def need(row: Revised, seen: int) -> None:
    """`Conflict` where the form was filled from an older revision than the row has now."""
    if row.revision != seen:
        raise Conflict("刚刚已被他人修改，请核对最新内容后再保存。")


def stated(reason: str) -> str:
    """The reason as it is kept; `Invalid` without one."""
    if not reason.strip():
        raise Invalid({"reason": ["请写明原因。"]})
    return reason.strip()[:200]
