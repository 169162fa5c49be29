"""Cells as people and Excel leave them, brought to text and exact numbers."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

Cell = str | float | int | bool | date | datetime | time | timedelta | None

EXACT_LIMIT: Final = 10**15  # Excel keeps 15 digits; from here on the last ones are gone
_INVISIBLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u2060\ufeff\ufffe\uffff]")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_NUMBER: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")
_GROUPED: Final = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?")
SCIENTIFIC: Final = re.compile(r"[0-9](\.[0-9]+)?[eE]\+[0-9]{1,3}")


class CellError(ValueError):
    """A cell that cannot be read as its column's kind; message and advice are Chinese."""

    def __init__(self, code: str, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.advice = code, message, advice


def clean(text: str) -> str:
    """Text without blanks at its ends, invisible characters and carriage returns."""
    if not text.isprintable():
        text = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
        text = _SURROGATES.sub("", text)
    return text.strip()


def narrow(text: str) -> str:
    """Clean text with full-width digits, letters and signs made half-width (NFKC)."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text).strip()


def is_blank(cell: Cell) -> bool:
    """Whether nothing is in the cell."""
    if isinstance(cell, str):
        return not cell or not clean(cell)
    return cell is None


def as_text(cell: Cell) -> str:
    """The cell as the person sees it: 12.0 is 12, a date 2026-11-23. CellError past 15 digits."""
    if isinstance(cell, str):
        return clean(cell)
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        return _number_text(cell)
    if isinstance(cell, datetime) and cell.time() == time():
        cell = cell.date()
    return "" if cell is None else str(cell)


def _number_text(cell: float) -> str:
    if abs(cell) >= EXACT_LIMIT:
        raise CellError(
            "precision",
            "这一长串数字被 Excel 当作数值，末几位已经丢失",
            "请把该列设为“文本”格式后重新填写",
        )
    if cell == int(cell):
        return str(int(cell))
    return f"{exact(cell):f}"


def exact(cell: float) -> Decimal:
    """The number as Excel shows it: fifteen significant digits, without binary noise."""
    if cell == int(cell) and abs(cell) < EXACT_LIMIT:
        return Decimal(int(cell))
    return Decimal(f"{cell:.15g}")


def as_number(cell: Cell, unit: str = "") -> Decimal:
    """An exact number from a number or from text (full-width, 1,200, 12 人), or CellError."""
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        raise CellError("number", "应为数字", "这一格被识别成了日期或是/否，请改成“常规”格式再填")
    if not isinstance(cell, str):
        return exact(cell)
    text = narrow(clean(cell))
    plain = text.removesuffix(unit).strip() if unit else text
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    if not _NUMBER.fullmatch(plain):
        raise CellError("number", f"“{shorten(text)}”不是数字", "只填数字，如 12，不带文字和单位")
    return Decimal(plain)


def shorten(text: str, length: int = 40) -> str:
    """The beginning of a long text, for messages."""
    return text if len(text) <= length else text[:length] + "…"


def displayed(cell: Cell) -> str:
    """The cell's value for a problem report, never failing."""
    try:
        return shorten(as_text(cell), 120)
    except CellError:
        return str(cell)
