"""A problem in a file: where it is, what is wrong, what to do. Values only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Final

DISPLAY_CAP: Final = 500


def column_letter(index: int) -> str:
    """The spreadsheet's name of a column counted from 0: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@dataclass(frozen=True, slots=True)
class Fault:
    """What a check says; the sheet adds where. `row` is the spreadsheet row (1-based).

    `key` names the column, "" means the row as a whole. A row check may leave `row` at 0.
    """

    code: str
    message: str
    advice: str = ""
    key: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem with its place: sheet, spreadsheet row (1-based), column letter and title.

    `column` is "" where the whole row (or, with row 0, the whole sheet) is meant.
    """

    sheet: str
    row: int
    column: str
    title: str
    value: str
    code: str
    message: str
    advice: str = ""

    @property
    def where(self) -> str:
        """The place in words: 第 7 行 B 列“单位名称”."""
        row = f"第 {self.row} 行" if self.row else "整表"
        return f"{row} {self.column} 列“{self.title}”" if self.column else row

    @property
    def text(self) -> str:
        """Message and advice as one sentence."""
        return f"{self.message}；{self.advice}" if self.advice else self.message

    def as_dict(self) -> dict[str, str | int]:
        """Plain values for JSON; `Problem(**d)` restores the problem."""
        return asdict(self)


def ordered(problems: Iterable[Problem]) -> list[Problem]:
    """Problems by row, then by column from left to right."""
    return sorted(problems, key=lambda p: (p.row, len(p.column), p.column, p.code))


def counted(problems: Iterable[Problem]) -> dict[str, int]:
    """How many problems of each code, the most frequent first."""
    return dict(Counter(problem.code for problem in problems).most_common())


def shown(problems: Sequence[Problem], cap: int = DISPLAY_CAP) -> tuple[Sequence[Problem], int]:
    """The problems a page shows and the number it leaves out; storage keeps them all."""
    return problems[:cap], max(0, len(problems) - cap)
