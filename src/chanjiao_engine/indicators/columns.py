"""The words of the fact schema: types, classes of data, columns and tables."""

from dataclasses import dataclass
from enum import StrEnum


class Type(StrEnum):
    """Column types; each is exact on every engine. No floats."""

    TEXT = "text"  # VARCHAR
    INTEGER = "integer"  # BIGINT; money is an integer of 分
    DECIMAL = "decimal"  # DECIMAL(18, 4)
    DATE = "date"  # DATE
    BOOLEAN = "boolean"  # BOOLEAN


class DataClass(StrEnum):
    """Classes of data, after JY/T 0661-2025."""

    UNIT = "机构数据"
    GOVERNANCE = "治理数据"
    BUSINESS = "业务数据"
    PERSON = "人员数据"
    FINANCE = "经费数据"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `unit` is 人, 分, 天 …; `refers` names the table whose key it holds."""

    name: str
    type: Type
    title: str
    meaning: str
    unit: str = ""
    data_class: DataClass = DataClass.BUSINESS
    level: int = 2
    required: bool = True
    person: bool = False
    refers: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One fact table. `key` are the columns that name a row; rows in a pack stand in its order."""

    name: str
    title: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """The column, or KeyError."""
        found = next((c for c in self.columns if c.name == name), None)
        if found is None:
            raise KeyError(f"{self.name}.{name}")
        return found


def text(name: str, title: str, meaning: str, **more: object) -> Column:
    """A column of text."""
    return Column(name, Type.TEXT, title, meaning, **more)  # type: ignore[arg-type]


def whole(name: str, title: str, meaning: str, unit: str, **more: object) -> Column:
    """A column of whole numbers; money in 分."""
    return Column(name, Type.INTEGER, title, meaning, unit, **more)  # type: ignore[arg-type]


def exact(name: str, title: str, meaning: str, unit: str = "", **more: object) -> Column:
    """A column of exact decimals."""
    return Column(name, Type.DECIMAL, title, meaning, unit, **more)  # type: ignore[arg-type]


def day(name: str, title: str, meaning: str, **more: object) -> Column:
    """A column of days."""
    return Column(name, Type.DATE, title, meaning, **more)  # type: ignore[arg-type]


def yes(name: str, title: str, meaning: str, **more: object) -> Column:
    """A column of yes or no."""
    return Column(name, Type.BOOLEAN, title, meaning, **more)  # type: ignore[arg-type]
