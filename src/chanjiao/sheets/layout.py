"""What a sheet looks like: its columns, declared once for template, import, export and API."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Final

from chanjiao.sheets.problems import Fault

Choice = tuple[object, str]
Choices = Sequence[Choice] | Sequence[str]
ChoiceSource = Choices | Callable[[], Choices]
Parser = Callable[[str], str]
RowCheck = Callable[[Mapping[str, object]], Iterable[Fault]]

# Columns of our own that carry no data and are passed over on import.
NOTE_TITLE: Final = "系统说明"
REASON_TITLE: Final = "退回原因"
EXAMPLE_MARK: Final = "示例（导入时自动忽略）"
_FORBIDDEN_IN_SHEET_NAME: Final = frozenset("[]:*?/\\'")


class Kind(StrEnum):
    """What a column holds and, in brackets, the Python value a parsed cell becomes."""

    TEXT = "text"  # str
    INTEGER = "integer"  # int
    DECIMAL = "decimal"  # Decimal with `places`
    MONEY = "money"  # int, in 分; `unit` says what people type: 元 or 万元
    DATE = "date"  # date
    BOOLEAN = "boolean"  # bool
    CHOICE = "choice"  # the value behind the label
    CODE = "code"  # str, what `parser` returns
    QUARTER = "quarter"  # str, 2026Q4


class LayoutError(ValueError):
    """A layout that contradicts itself: a mistake of the programmer, found at start-up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    required: bool = False
    help: str = ""
    example: object = None
    choices: ChoiceSource = ()
    unit: str = ""
    places: int = 2
    max_length: int | None = None
    minimum: object = None
    maximum: object = None
    pattern: str = ""
    parser: Parser | None = None
    many: bool = False
    locked: bool = False
    aliases: tuple[str, ...] = ()
    width: int = 0


@dataclass(frozen=True, slots=True)
class Column(_Shape):
    """One column. `key` names the value in a row, `title` is what people see.

    `example` is a value (not text) of the worked row. `choices` are (value, label) pairs, plain
    labels, or a function giving them. `minimum` and `maximum` are in the unit people type.
    `pattern` must match the whole text; `help` should then say what it wants. `many` cells hold
    a list (、 or ; between items) and parse to a tuple. A `locked` column is filled by the
    platform and shown grey; it is read back like any other. `aliases` are other accepted titles.
    """

    key: str
    title: str
    kind: Kind = Kind.TEXT

    @property
    def heading(self) -> str:
        """The header cell: the title with its unit."""
        return f"{self.title}（{self.unit}）" if self.unit else self.title

    def pairs(self) -> tuple[Choice, ...]:
        """The choices as (value, label), read now; labels of lazy translations become str."""
        source = self.choices() if callable(self.choices) else self.choices
        return tuple((c, c) if isinstance(c, str) else (c[0], str(c[1])) for c in source)


@dataclass(frozen=True)
class Layout:
    """A sheet. `unique` are groups of keys that may not repeat within one file.

    `row_check` sees each row's values (None where empty, or where the cell itself was refused)
    and yields Faults. `notes` are lines of the 填写说明 sheet. Raises LayoutError.
    """

    key: str
    title: str
    sheet_name: str
    columns: tuple[Column, ...]
    notes: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    row_check: RowCheck | None = None
    max_rows: int = 200_000
    header_row: int = field(default=3, init=False)

    def __post_init__(self) -> None:
        keys = [column.key for column in self.columns]
        names = [name for column in self.columns for name in (column.heading, *column.aliases)]
        _refuse_repeats(self.key, "键", keys)
        _refuse_repeats(self.key, "标题", [*names, NOTE_TITLE, REASON_TITLE])
        unknown = {key for group in self.unique for key in group} - set(keys)
        if unknown or not keys:
            raise LayoutError(f"{self.key}: 没有列，或 unique 用了未知的列 {sorted(unknown)}")
        if not 0 < len(self.sheet_name) <= 31 or _FORBIDDEN_IN_SHEET_NAME & set(self.sheet_name):
            raise LayoutError(f"{self.key}: 工作表名“{self.sheet_name}”不能用于 Excel")

    @cached_property
    def by_key(self) -> Mapping[str, Column]:
        """The columns by key."""
        return {column.key: column for column in self.columns}

    @cached_property
    def version(self) -> str:
        """Twelve characters that change when the columns change; hidden in every template."""
        parts = [f"{c.key}|{c.heading}|{c.kind}|{c.required}|{c.many}" for c in self.columns]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]

    def with_optional(self, *keys: str) -> Layout:
        """The layout with these columns not required, for one context."""
        columns = (
            replace(column, required=False) if column.key in keys else column
            for column in self.columns
        )
        return replace(self, columns=tuple(columns))

    def with_choices(self, **choices: ChoiceSource) -> Layout:
        """The layout with the drop-downs of some columns replaced (by key), for one context."""
        columns = (
            replace(column, choices=choices[column.key]) if column.key in choices else column
            for column in self.columns
        )
        return replace(self, columns=tuple(columns))


def _refuse_repeats(layout: str, what: str, names: list[str]) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise LayoutError(f"{layout}: {what}重复 {repeated}")
