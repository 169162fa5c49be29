"""Members' workbooks: written as Excel, kept for visitors, uploaded and committed like real ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl

from chanjiao.demo.cast import Cast
from chanjiao.people.models import Unit
from chanjiao.sheets.actions import abandon_import, commit_import, upload
from chanjiao.sheets.binding import get
from chanjiao.sheets.enums import ImportState
from chanjiao.sheets.layout import Layout
from chanjiao.sheets.models import Import
from chanjiao.sheets.writing import export

Values = Mapping[str, object]


class DemoFailed(RuntimeError):
    """The demonstration's own data were not accepted: a mistake in the catalogue or the program."""


@dataclass(frozen=True)
class Slip:
    """A mistake a person makes in Excel: the data row (from 1), the column's key, what was typed."""

    row: int
    column: str
    typed: object


@dataclass
class Desk:
    """Where workbooks are made and handed in."""

    cast: Cast
    folder: Path
    handed_in: int = 0
    sent_back: int = 0

    def bring(
        self,
        key: str,
        scope: dict[str, Any],
        rows: Iterable[Values],
        *,
        who: str,
        unit: Unit,
        title: str,
        slips: Sequence[Slip] = (),
        at_first: Iterable[Values] | None = None,
    ) -> Import:
        """Hand in a workbook. With `slips` (or other rows `at_first`) a wrong one comes before it,
        which the dry run reports and the person gives up."""
        actor = self.cast.actor(who)
        with self.cast.season.held(900) as at:
            binding = get(key)
            layout = binding.fit(binding.layout, binding.load(user=actor, scope=scope, at=at))
        rows = list(rows)
        book = BytesIO()
        export(layout, rows, book)
        if slips or at_first is not None:
            wrong = BytesIO()
            export(layout, rows if at_first is None else at_first, wrong)
            self._send_back(key, scope, _spoiled(wrong, layout, slips), who, unit, title)
        done = self._upload(key, scope, book.getvalue(), who, unit, f"{title}.xlsx")
        with self.cast.season.held(60) as at:
            commit_import(done, by=self.cast.actor(who), at=at)
        return _expect(done, ImportState.DONE)

    def _send_back(
        self, key: str, scope: dict[str, Any], book: bytes, who: str, unit: Unit, title: str
    ) -> None:
        """The dry run finds the slips; the person gives the upload up and mends the file."""
        first = self._upload(key, scope, book, who, unit, f"{title}（有误，第一次上传）.xlsx")
        if not first.report["problem_count"]:
            raise DemoFailed(f"{title}：检查没有发现有意留下的错误")
        self.sent_back += 1
        with self.cast.season.held(600) as at:
            abandon_import(first, by=self.cast.actor(who), at=at)

    def _upload(
        self, key: str, scope: dict[str, Any], book: bytes, who: str, unit: Unit, name: str
    ) -> Import:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_bytes(book)
        with self.cast.season.held(120) as at:
            made = upload(
                BytesIO(book), name, key, scope, unit=unit, by=self.cast.actor(who), at=at
            )
        self.handed_in += 1
        return _expect(made, ImportState.CHECKED)


def _expect(made: Import, state: ImportState) -> Import:
    made.refresh_from_db()
    if made.state != state:
        message = made.job.message if made.job else ""
        raise DemoFailed(f"{made.file.name}：{made.get_state_display()} {message} {made.report}")
    return made


def _spoiled(book: BytesIO, layout: Layout, slips: Sequence[Slip]) -> bytes:
    """The workbook as somebody saved it who typed over some cells."""
    book.seek(0)
    opened = openpyxl.load_workbook(book)
    sheet = opened[layout.sheet_name]
    columns = [column.key for column in layout.columns]
    for slip in slips:
        cell = sheet.cell(layout.header_row + slip.row, columns.index(slip.column) + 1)
        cell.value = slip.typed
    spoiled = BytesIO()
    opened.save(spoiled)
    return spoiled.getvalue()
