"""The task book in the customer's layout: looked at, mapped once, remembered, imported."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import IO

from django.db import transaction

from chanjiao.files.actions import store_file
from chanjiao.kernel.verdict import Conflict, Invalid, Refused, require
from chanjiao.people.access import Actor
from chanjiao.plans import rules
from chanjiao.plans.book_columns import LAYOUT, NUMBERED
from chanjiao.plans.models import BookLayout, Plan
from chanjiao.sheets.actions import upload
from chanjiao.sheets.arranging import need_mapping, outline_in
from chanjiao.sheets.foreign import Outline, suggest
from chanjiao.sheets.models import Import
from chanjiao.trail.actions import record


def receive_book(
    content: IO[bytes], name: str, plan: Plan, *, reason: str = "", by: Actor, at: datetime
) -> Import | BookLayout:
    """A workbook of any layout. Ours, or one remembered: its import. Else a layout to map first."""
    require(rules.may_change_tasks(by, plan))
    if rules.needs_reason(plan) and not reason.strip():
        raise Invalid({"reason": ["计划已下达，导入任务书须写明修改原因。"]})
    outline = outline_in(content, name, LAYOUT)
    content.seek(0)
    if _is_ours(outline):
        return _import(content, name, plan, None, reason, by=by, at=at)
    known = BookLayout.objects.filter(
        consortium=plan.consortium_id, fingerprint=outline.fingerprint
    ).first()
    if known is not None and known.confirmed_at is not None:
        return import_book(known, content, name, plan, reason=reason, by=by, at=at)
    return _remember(known, outline, content, name, plan, by=by, at=at)


def _is_ours(outline: Outline) -> bool:
    """Whether every title is one our own template writes, and the code is among them."""
    titles = {column.heading for column in LAYOUT.columns}
    said = {title.rstrip("*") for title in outline.titles if title}
    return said <= titles | {"系统说明", "退回原因"} and LAYOUT.by_key["code"].heading in said


def _remember(
    known: BookLayout | None, outline: Outline, content: IO[bytes], name: str, plan: Plan,
    *, by: Actor, at: datetime,
) -> BookLayout:  # fmt: skip
    with transaction.atomic():
        stored = store_file(content, name, by=by, at=at)
        row = known or BookLayout(consortium=plan.consortium, fingerprint=outline.fingerprint)
        row.title, row.outline = f"{outline.sheet}（{name[-80:]}）"[:120], outline.as_dict()
        row.mapping, row.sample = suggest(outline, LAYOUT), stored
        row.made_at, row.made_by = at, by.user
        row.revision += 1 if known else 0
        row.save()
        data = {"sha256": stored.digest, "columns": len(outline.titles)}
        record("plan.book_layout", row, by=by, at=at, data=data)
    return row


def confirm_layout(
    row: BookLayout,
    mapping: Mapping[str, int],
    *,
    title: str,
    revision: int,
    by: Actor,
    at: datetime,
) -> BookLayout:
    """Which column is which; used from now on for every book with this header."""
    with transaction.atomic():
        held = _locked_layout(row)
        _need_office(held, by)
        if held.revision != revision:
            raise Conflict("这种版式刚刚已被他人修改，请核对最新内容后再保存。")
        need_mapping(Outline.from_dict(held.outline), LAYOUT, mapping, free=NUMBERED)
        before = held.mapping
        held.mapping, held.confirmed_at = dict(mapping), at
        held.title = title.strip()[:120] or held.title
        held.revision += 1
        held.save(update_fields=["mapping", "title", "confirmed_at", "revision"])
        data = {"before": before, "after": held.mapping}
        record("plan.book_map", held, by=by, at=at, data=data)
    return held


def import_book(
    row: BookLayout,
    content: IO[bytes],
    name: str,
    plan: Plan,
    *,
    reason: str = "",
    by: Actor,
    at: datetime,
) -> Import:
    """Check a book through a remembered layout."""
    with transaction.atomic():
        held = _locked_layout(row)
        _need_office(held, by)
        if held.consortium_id != plan.consortium_id or held.confirmed_at is None:
            raise Refused("请先确认各列的对应关系。")
        held.used_at = at
        held.save(update_fields=["used_at"])
        return _import(content, name, plan, held, reason, by=by, at=at)


def import_sample(
    row: BookLayout, plan: Plan, *, reason: str = "", by: Actor, at: datetime
) -> Import:
    """The workbook the layout was learnt from."""
    with Path(row.sample.file.path).open("rb") as content:
        return import_book(row, content, row.sample.name, plan, reason=reason, by=by, at=at)


def _import(
    content: IO[bytes], name: str, plan: Plan, book: BookLayout | None, reason: str,
    *, by: Actor, at: datetime,
) -> Import:  # fmt: skip
    scope = {"plan": plan.pk, "book": book.pk if book else None, "reason": reason.strip()[:200]}
    office = plan.consortium.secretariat
    return upload(content, name, LAYOUT.key, scope, unit=office, by=by, at=at)


def forget_layout(row: BookLayout, *, by: Actor, at: datetime) -> None:
    """The mapping is gone; books imported through it stay."""
    with transaction.atomic():
        held = _locked_layout(row)
        _need_office(held, by)
        data = {"title": held.title, "mapping": held.mapping}
        record("plan.book_forget", held, by=by, at=at, data=data)
        held.delete()


def _locked_layout(row: BookLayout) -> BookLayout:
    rows = BookLayout.objects.select_related("consortium").select_for_update(of=("self",))
    try:
        return rows.get(pk=row.pk)
    except BookLayout.DoesNotExist:
        raise Conflict("这种版式已被删除。") from None


def _need_office(row: BookLayout, by: Actor) -> None:
    require(rules.may_make_plan(by, row.consortium))
