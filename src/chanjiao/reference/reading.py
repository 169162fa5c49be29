"""National tables as files: CSV or the first sheet of an xlsx, in the layouts people publish."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from chanjiao.kernel.verdict import Refused
from chanjiao.reference.enums import Table

LINKS = "link"
Row = Mapping[str, str]
_MARK = re.compile(r"(L/S|L|S)$")  # 绿色职业 and 数字职业: marks of the catalogue, not of the name
_OCCUPATION = re.compile(r"\d(-\d\d){3}")
_OCCUPATION_LEVELS = {"1": "大类", "2": "中类", "3": "小类", "4": "细类"}
_INDUSTRY_LEVELS = {1: "门类", 2: "大类", 3: "中类", 4: "小类"}
_MAJOR_LEVELS = {
    "中等职业教育": "中职",
    "高等职业教育专科": "高职专科",
    "高等职业教育本科": "职教本科",
}


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One code as read."""

    code: str
    name: str
    parent: str = ""
    level: str = ""


class UnreadableTable(Refused):
    """The file is not in a layout this table is known in; says row and column."""


def read_codes(table: Table, file: Path) -> list[CodeRow]:
    """All rows of a table with their ancestors, each code once; UnreadableTable otherwise."""
    rows = list(rows_of(file))
    if not rows:
        raise UnreadableTable(f"{file.name}：没有数据行。")
    reader = _plain if {"code", "name", "parent", "level"} == set(rows[0]) else _READERS[table]
    try:
        return _once(file, reader(rows))
    except KeyError as missing:
        raise UnreadableTable(f"{file.name}：缺少列 {missing.args[0]}。") from missing


def read_links(file: Path) -> list[tuple[str, str]]:
    """(major, occupation) pairs, each once; three-level occupation codes are completed by -00."""
    found: dict[tuple[str, str], None] = {}
    for row in rows_of(file):
        try:
            major, occupation = row["major_code"], row["occupation_code"]
        except KeyError as missing:
            raise UnreadableTable(f"{file.name}：缺少列 {missing.args[0]}。") from missing
        if major and occupation:
            found[(major, complete(occupation))] = None
    return list(found)


def complete(occupation: str) -> str:
    """An occupation's code with all four parts: 6-18-01 becomes 6-18-01-00."""
    return occupation + "-00" * (3 - occupation.count("-"))


def rows_of(file: Path) -> Iterator[Row]:
    """Rows by header name; every cell is stripped text."""
    cells = _xlsx(file) if file.suffix.lower() == ".xlsx" else _csv(file)
    header = [name.strip() for name in next(cells, [])]
    for number, row in enumerate(cells, 2):
        if not any(row):
            continue
        if len(row) > len(header):
            raise UnreadableTable(f"{file.name} 第 {number} 行：列数多于标题行。")
        padded = [*row, *[""] * (len(header) - len(row))]
        yield {name: cell.strip() for name, cell in zip(header, padded, strict=True)}


def _csv(file: Path) -> Iterator[list[str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        try:
            yield from csv.reader(lines)
        except UnicodeDecodeError as error:
            raise UnreadableTable(f"{file.name}：请另存为 UTF-8 编码的 CSV。") from error


def _xlsx(file: Path) -> Iterator[list[str]]:
    from python_calamine import CalamineWorkbook

    sheet = CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0)
    for row in sheet.to_python():
        yield [_text(cell) for cell in row]


def _text(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _plain(rows: list[Row]) -> Iterator[CodeRow]:
    for row in rows:
        yield CodeRow(row["code"], row["name"], row["parent"], row["level"])


def _majors(rows: list[Row]) -> Iterator[CodeRow]:
    """Each row names its 大类 and 类, which become rows of their own."""
    for row in rows:
        level = _MAJOR_LEVELS.get(row["level"], row["level"])
        yield CodeRow(row["category_code"], row["category"], "", "大类")
        yield CodeRow(row["class_code"], row["class"], row["category_code"], "类")
        yield CodeRow(row["major_code"], row["major"], row["class_code"], level)


def _occupations(rows: list[Row]) -> Iterator[CodeRow]:
    """Parents come from the codes: the nearest ancestor the table holds."""
    known = {row["code"] for row in rows}
    parents = {_ancestor(code, known) for code in known}
    for row in rows:
        code = row["code"]
        if not _OCCUPATION.fullmatch(code):
            raise UnreadableTable(f"职业代码“{code}”应写成 X-XX-XX-XX。")
        is_group = code in parents and row["level"] == "4"
        level = "小类" if is_group else _OCCUPATION_LEVELS.get(row["level"], row["level"])
        yield CodeRow(code, _MARK.sub("", row["name"]), _ancestor(code, known), level)


def _ancestor(code: str, known: set[str]) -> str:
    first, second, third, _ = code.split("-")
    nearest = (f"{first}-{second}-{third}-00", f"{first}-{second}-00-00", f"{first}-00-00-00")
    return next((parent for parent in nearest if parent in known and parent < code), "")


def _industries(rows: list[Row]) -> Iterator[CodeRow]:
    for row in rows:
        level = _INDUSTRY_LEVELS.get(int(row["level"] or 0), "")
        yield CodeRow(row["code"], row["name"], row["parent"], level)


def _divisions(rows: list[Row]) -> Iterator[CodeRow]:
    for row in rows:
        code = row["code"]
        level = "省" if code.endswith("0000") else "市" if code.endswith("00") else "县"
        yield CodeRow(code, row["name"], row["parent"], level)


def _institutions(rows: list[Row]) -> Iterator[CodeRow]:
    for row in rows:
        yield CodeRow(row["code"], row["name"], "", row["level"])


_READERS: dict[Table, Callable[[list[Row]], Iterator[CodeRow]]] = {
    Table.MAJOR: _majors,
    Table.OCCUPATION: _occupations,
    Table.INDUSTRY: _industries,
    Table.DIVISION: _divisions,
    Table.INSTITUTION: _institutions,
}


def _once(file: Path, rows: Iterable[CodeRow]) -> list[CodeRow]:
    """Each code once. The same code with two names is a mistake in the file."""
    found: dict[str, CodeRow] = {}
    for row in rows:
        if not row.code or not row.name:
            raise UnreadableTable(
                f"{file.name}：代码或名称为空（{row.code or row.name or '空行'}）。"
            )
        known = found.setdefault(row.code, row)
        if known.name != row.name:
            raise UnreadableTable(
                f"{file.name}：代码 {row.code} 有两个名称“{known.name}”“{row.name}”。"
            )
    return list(found.values())
