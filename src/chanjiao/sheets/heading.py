"""Find a layout's header among a sheet's first rows, by titles, in any order."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from chanjiao.sheets.cells import Cell
from chanjiao.sheets.layout import NOTE_TITLE, REASON_TITLE, Layout

SEARCHED_ROWS: Final = 20
Numbered = tuple[int, Sequence[Cell]]  # a spreadsheet row: its number (1-based) and its cells


@dataclass(frozen=True, slots=True)
class Heading:
    """Where the header is: its row (1-based), column index by key, and what does not fit.

    `repeated` holds (key, index) of titles seen again, `unknown` titles that are not ours.
    """

    row: int
    places: dict[str, int]
    repeated: tuple[tuple[str, int], ...]
    unknown: tuple[str, ...]
    note: int | None


def plain_title(cell: Cell) -> str:
    """A title for comparison: half-width, without blanks and the star of required columns."""
    if not isinstance(cell, str):
        return ""
    text = unicodedata.normalize("NFKC", cell)
    return "".join(text.split()).strip("*").replace("(必填)", "").casefold()


def find_heading(rows: Iterable[Numbered], layout: Layout) -> Heading | None:
    """The row with most of the layout's titles, or None where too few are found to be sure."""
    titles = _titles(layout)
    found = [_heading(number, cells, titles) for number, cells in rows]
    best = max(found, key=lambda heading: (len(heading.places), -heading.row), default=None)
    required = sum(column.required for column in layout.columns)
    enough = max(min(2, len(layout.columns)), (required + 1) // 2)
    return best if best and len(best.places) >= enough else None


def _titles(layout: Layout) -> dict[str, str]:
    titles: dict[str, str] = {}
    for column in layout.columns:
        for name in (column.title, column.heading, *column.aliases):
            titles.setdefault(plain_title(name), column.key)
    return titles


def _heading(number: int, cells: Sequence[Cell], titles: dict[str, str]) -> Heading:
    places: dict[str, int] = {}
    repeated: list[tuple[str, int]] = []
    unknown: list[str] = []
    note = None
    for index, cell in enumerate(cells):
        title = plain_title(cell)
        key = titles.get(title)
        if key is None:
            if title == plain_title(NOTE_TITLE):
                note = index
            elif title and title != plain_title(REASON_TITLE):
                unknown.append(str(cell).strip())
        elif key in places:
            repeated.append((key, index))
        else:
            places[key] = index
    return Heading(number, places, tuple(repeated), tuple(unknown), note)
