"""The index of a bundle of evidence as Word: contents with pages, and a link to every file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import quote

from chanjiao.documents.blocks import (
    Block,
    Cell,
    Contents,
    Heading,
    Link,
    PageBreak,
    PageLink,
    Paragraph,
    Run,
    Table,
)
from chanjiao.documents.writing import write_word
from chanjiao.kernel.money import yuan
from chanjiao.plans.evidence_kinds import RULES
from chanjiao.plans.models import Plan

if TYPE_CHECKING:
    from chanjiao.plans.evidence_bundle import Entry


def index_as_word(title: str, plan: Plan, entries: Sequence[Entry]) -> bytes:
    """Contents, an overview of tasks with page numbers, then each task with its evidence."""
    subtitle = f"{plan.consortium.name}　{plan.year} 年"
    return write_word(title, list(_blocks(entries)), subtitle=subtitle, landscape=True)


def _blocks(entries: Sequence[Entry]) -> Iterator[Block]:
    tasks = [(task, list(own)) for task, own in groupby(entries, key=lambda e: e.row.task)]
    if not tasks:
        yield Paragraph("还没有佐证。")
        return
    yield Contents(levels=1)
    yield PageBreak()
    yield Heading("佐证一览", 1)
    yield Table(
        ["任务编号", "任务名称", "佐证数", "已验收", "页码"],
        [
            [task.code, task.name, len(own), sum(_accepted(e) for e in own), _page(task.pk)]
            for task, own in tasks
        ],
        widths=[2, 10, 2, 2, 2],
    )
    for task, own in tasks:
        yield Heading(f"{task.code} {task.name}", 1, bookmark=_mark(task.pk))
        yield Table(
            ["编号", "名称", "种类", "单位", "状态", "要点", "文件"],
            [_line(entry) for entry in own],
            widths=[2, 5, 2, 4, 2, 5, 5],
        )


def _accepted(entry: Entry) -> bool:
    return entry.row.accepted_at is not None


def _mark(pk: int) -> str:
    return f"task{pk}"


def _page(pk: int) -> PageLink:
    return PageLink("", _mark(pk))


def _line(entry: Entry) -> list[Cell]:
    row = entry.row
    return [
        row.code, row.title, row.get_kind_display(), row.unit.called, row.get_state_display(),
        _points(entry), _files(entry),
    ]  # fmt: skip


def _points(entry: Entry) -> str:
    """The fields that were filled in, in words."""
    row, rule = entry.row, RULES[entry.row.kind]
    return "；".join(
        f"{rule.called(name)}：{f'{yuan(value)} 元' if name == 'amount_fen' else value}"
        for name in rule.fields
        if (value := getattr(row, name)) not in ("", None)
    )


def _files(entry: Entry) -> list[Run]:
    """A link to each file; of a reference the code of the piece that has them."""
    if entry.row.same_as is not None:
        return [f"见 {entry.row.same_as.code}"]
    runs: list[Run] = []
    for shown, path in entry.paths:
        runs += [*(["；"] if runs else []), Link(shown, quote(path))]
    return runs
