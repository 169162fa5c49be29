"""Writing the joint plan: items by number; of a running programme only with a reason."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from django.db import transaction

from chanjiao.kernel.verdict import Conflict, Invalid, require
from chanjiao.people.access import Actor
from chanjiao.people.checks import check_row
from chanjiao.people.models import Unit
from chanjiao.trail.actions import record
from chanjiao.training import programme_rules as rules
from chanjiao.training.enums import ENTERPRISE_SITES
from chanjiao.training.models import PlanItem, Programme
from chanjiao.training.programme_actions import CHANGED, locked, saved
from chanjiao.training.programme_queries import units_of

_CODE = re.compile(r"[1-9][0-9]{0,2}([.-][1-9][0-9]{0,2}){0,2}")


@dataclass(frozen=True, slots=True)
class ItemFields:
    """One item as typed."""

    code: str
    course: str
    title: str
    minutes: int
    site: str
    teacher: str
    host: Unit | None = None
    is_core: bool = False
    is_real_project: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """How many items a change made, altered and left as they were."""

    created: int
    updated: int
    unchanged: int


def write_plan(
    programme: Programme, items: Sequence[ItemFields], *, reason: str = "",
    revision: int | None = None, by: Actor, at: datetime,
) -> Written:  # fmt: skip
    """Items by their numbers: known ones changed, new ones added, the others left alone."""
    with transaction.atomic():
        held = locked(programme)
        require(rules.may_edit(by, held))
        if revision is not None and held.revision != revision:
            raise Conflict(CHANGED)
        known = {row.code: row for row in held.items.select_related("host").order_by("pk")}
        allowed = {unit.pk for unit in units_of(held)}
        changes = [one for one in items if one != fields_of(known.get(one.code))]
        _need_reason(held, reason, bool(changes))
        noted = [_write(held, known.get(one.code), one, allowed) for one in changes]
        if noted:
            saved(held)
            data = {"items": noted, "revision": held.revision}
            record(
                "training.write_plan", held, by=by, at=at, reason=reason.strip()[:200], data=data
            )
    created = sum(1 for one in changes if one.code not in known)
    return Written(created, len(changes) - created, len(items) - len(changes))


def remove_item(item: PlanItem, *, reason: str = "", by: Actor, at: datetime) -> None:
    """An item nobody has worked on goes; the trail keeps what it was."""
    with transaction.atomic():
        held = locked(item.programme)
        gone = held.items.select_related("host").filter(pk=item.pk).first()
        if gone is None:
            raise Conflict("这一条已被删除，请刷新页面。")
        require(rules.may_remove_item(by, gone))
        _need_reason(held, reason, True)
        data = {"removed": _plain(gone)}
        gone.delete()
        saved(held)
        record("training.write_plan", held, by=by, at=at, reason=reason.strip()[:200], data=data)


def fields_of(row: PlanItem | None) -> ItemFields | None:
    """A kept item as what would be typed for it."""
    if row is None:
        return None
    return ItemFields(**{field.name: getattr(row, field.name) for field in fields(ItemFields)})


def place_of(code: str) -> str:
    """A text that orders 1.10 after 1.9."""
    return ".".join(f"{int(n):04}" for n in re.split(r"[.-]", code))


def item_problems(one: ItemFields, allowed: set[int]) -> dict[str, list[str]]:
    """What is wrong with an item, by field; shared by form and sheet."""
    found: dict[str, list[str]] = {}
    if not _CODE.fullmatch(one.code):
        found["code"] = [f"“{one.code[:12]}”不是条目编号，应写成 1、1.2 或 1.2.3。"]
    if one.minutes < 1:
        found["minutes"] = ["学时应大于 0。"]
    if one.host is not None and one.host.pk not in allowed:
        found["host"] = [f"“{one.host.name}”不在本项目的合作单位中。"]
    if one.site in ENTERPRISE_SITES and one.host is None:
        found["host"] = ["在校中厂、厂中校或企业现场的条目须写明承担单位。"]
    return found


def _need_reason(programme: Programme, reason: str, changes: bool) -> None:
    if changes and rules.needs_reason(programme) and not reason.strip():
        raise Invalid({"reason": ["项目正在培养中，修改培养计划须写明原因。"]})


def _write(
    programme: Programme, row: PlanItem | None, one: ItemFields, allowed: set[int]
) -> dict[str, object]:
    if problems := item_problems(one, allowed):
        raise Invalid(problems)
    before = _plain(row) if row else None
    row = row or PlanItem(programme=programme)
    for field in fields(ItemFields):
        setattr(row, field.name, getattr(one, field.name))
    row.place = place_of(one.code)
    check_row(row)
    row.save()
    return {"before": before, "after": _plain(row)}


def _plain(row: PlanItem) -> dict[str, object]:
    names = (
        "code",
        "course",
        "title",
        "minutes",
        "site",
        "host_id",
        "teacher",
        "is_core",
        "is_real_project",
    )
    return {name: getattr(row, name) for name in names}
