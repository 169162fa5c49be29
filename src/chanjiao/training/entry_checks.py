"""Is a record of learning valid, and is it whole enough to be handed in?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from chanjiao.kernel.verdict import Invalid
from chanjiao.training.enums import EntryKind
from chanjiao.training.models import Entry, Placement, PlanItem
from chanjiao.training.queries import stint_on

PHOTO_LIMIT = 8 * 1024 * 1024
MAX_FILES = 9
DAY_MINUTES = 1440


@dataclass(frozen=True, slots=True)
class EntryValues:
    """What a student writes; `items` are the numbers (keys) of the ticked plan items."""

    kind: str
    day: date
    text: str
    title: str = ""
    minutes: int = 0
    items: tuple[int, ...] = ()


def check_values(
    placement: Placement, values: EntryValues, offered: Iterable[PlanItem], *, on: date,
    own: Entry | None = None,
) -> None:  # fmt: skip
    """Invalid where a value cannot be; what is only missing is `check_whole`'s."""
    problems: dict[str, list[str]] = {}
    if values.day > on:
        problems["day"] = ["日期不能晚于今天。"]
    elif stint_on(placement, values.day) is None:
        problems["day"] = ["这一天不在实习安排之内，请核对日期。"]
    if len(values.text) > 5000:
        problems["text"] = ["内容最多 5000 字。"]
    unknown = set(values.items) - {item.pk for item in offered}
    if unknown:
        problems["items"] = ["所选计划条目已有变动，请重新勾选。"]
    if values.kind == EntryKind.WORK:
        _check_day_total(placement, values, own, problems)
    elif values.kind == EntryKind.SUMMARY and _other_summary(placement, own):
        problems["kind"] = ["实习总结只写一份，请修改已有的那份。"]
    if problems:
        raise Invalid(problems)


def _check_day_total(
    placement: Placement, values: EntryValues, own: Entry | None, problems: dict[str, list[str]]
) -> None:
    rows = placement.entries.filter(kind=EntryKind.WORK, day=values.day)
    rows = rows.exclude(pk=own.pk) if own else rows
    others = rows.aggregate(n=Sum("minutes"))["n"] or 0
    if not 0 <= values.minutes <= DAY_MINUTES:
        problems["minutes"] = ["时长应在 0 到 24 小时之间。"]
    elif others + values.minutes > DAY_MINUTES:
        problems["minutes"] = [f"这一天已记 {others / 60:.2f} 小时，合计不能超过 24 小时。"]


def _other_summary(placement: Placement, own: Entry | None) -> bool:
    rows = placement.entries.filter(kind=EntryKind.SUMMARY)
    return (rows.exclude(pk=own.pk) if own else rows).exists()


def check_whole(values: EntryValues, *, has_items: bool) -> None:
    """Invalid where something must be filled in before it is handed in."""
    problems: dict[str, list[str]] = {}
    if not values.text.strip():
        problems["text"] = ["请写明做了什么、学到什么。"]
    if values.kind == EntryKind.WORK:
        if not values.minutes:
            problems["minutes"] = ["请填写时长。"]
        if has_items and not values.items:
            problems["items"] = ["请至少勾选一项培养计划条目。"]
    if problems:
        raise Invalid(problems)
