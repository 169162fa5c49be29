"""One reader and one writer per kind of column: cell → value, value → cell."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Final

from chanjiao.kernel.money import FEN_PER_YUAN
from chanjiao.kernel.period import Quarter
from chanjiao.sheets.cells import SCIENTIFIC, Cell, CellError, as_number, as_text, narrow, shorten
from chanjiao.sheets.layout import Column, Kind

Reader = Callable[[Cell], object]
Written = str | int | Decimal | date | None
Writer = Callable[[object], Written]
_DATE: Final = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?( 0?0:00(:00)?)?")
_SOLID_DATE: Final = re.compile(r"((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})")
_TRUE: Final = frozenset({"是", "Y", "YES", "TRUE", "1", "√", "对"})
_FALSE: Final = frozenset({"否", "N", "NO", "FALSE", "0", "×", "错"})
_STRONG: Final = re.compile(r"[;\uff1b\n]")
_WEAK: Final = re.compile(r"[、,\uff0c]")
_SUGGESTIONS: Final = 200  # nearest labels sought per column; a hostile file must not stall us
_FEN: Final = {"元": FEN_PER_YUAN, "万元": 10_000 * FEN_PER_YUAN, "": FEN_PER_YUAN}


def reader(column: Column) -> Reader:
    """A function from a non-blank cell to the column's value; it raises CellError."""
    read = _READERS[column.kind](column)
    return _many(column, read) if column.many else read


def writer(column: Column) -> Writer:
    """A function from a value to what goes into the cell; `reader` reads the same value back.

    A `many` writer raises TypeError for anything but a sequence and ValueError for an item that
    holds a semicolon, which a cell could not give back.
    """
    make = _WRITERS.get(column.kind)
    write: Writer = make(column) if make else _plain
    return _write_many(write) if column.many else write


def _text(column: Column) -> Reader:
    pattern = re.compile(column.pattern) if column.pattern else None
    limit = column.max_length

    def read(cell: Cell) -> str:
        text = as_text(cell)
        if limit is not None and len(text) > limit:
            raise CellError("too_long", f"最多 {limit} 个字，现有 {len(text)} 个字", "请缩短")
        if pattern is not None and not pattern.fullmatch(text):
            raise CellError("pattern", f"“{shorten(text)}”的写法不对", column.help)
        return text

    return read


def _code(column: Column) -> Reader:
    parser = column.parser or str

    def read(cell: Cell) -> str:
        if isinstance(cell, date | time):
            raise CellError(
                "date_for_code", "代码被 Excel 变成了日期", "请把该列设为“文本”格式再填"
            )
        text = as_text(cell)
        if SCIENTIFIC.fullmatch(text):
            raise CellError(
                "scientific", "代码被 Excel 变成了科学计数", "请把该列设为“文本”格式后重新填写"
            )
        try:
            return parser(text)
        except ValueError as error:
            raise CellError("code", str(error)) from None

    return read


def _number(column: Column) -> Callable[[Cell], Decimal]:
    low = None if column.minimum is None else Decimal(str(column.minimum))
    high = None if column.maximum is None else Decimal(str(column.maximum))

    def read(cell: Cell) -> Decimal:
        number = as_number(cell, column.unit)
        if low is not None and number < low:
            raise CellError("too_small", f"不能小于 {low}{column.unit}", "请核对数值和单位")
        if high is not None and number > high:
            raise CellError("too_large", f"不能大于 {high}{column.unit}", "请核对数值和单位")
        if number.adjusted() >= 15:
            raise CellError("too_large", "数字过大", "请核对数值和单位")
        return number

    return read


def _integer(column: Column) -> Reader:
    number = _number(column)

    def read(cell: Cell) -> int:
        value = number(cell)
        if value != int(value):
            raise CellError("not_whole", f"应为整数，现为 {value:f}", "请填整数")
        return int(value)

    return read


def _places(value: Decimal, places: int, unit: str) -> Decimal:
    try:
        exact = value.quantize(Decimal(1).scaleb(-places))
    except InvalidOperation:
        raise CellError("too_large", "数字过大", "请核对数值和单位") from None
    if exact != value:
        raise CellError(
            "places", f"最多 {places} 位小数，现为 {value:f}", f"请按{unit}四舍五入后再填"
        )
    return exact


def _decimal(column: Column) -> Reader:
    number = _number(column)
    unit = f"“{column.unit}”" if column.unit else "要求的位数"
    return lambda cell: _places(number(cell), column.places, unit)


def _money(column: Column) -> Reader:
    number, fen = _number(column), _FEN[column.unit]
    places = len(str(fen)) - 1

    def read(cell: Cell) -> int:
        amount = number(cell)
        whole = int(scaled := amount * fen)
        if whole != scaled:
            _places(amount, places, "分")
        return whole

    return read


def _date(column: Column) -> Reader:
    def read(cell: Cell) -> date:
        day = _day(cell)
        if isinstance(column.minimum, date) and day < column.minimum:
            raise CellError("too_early", f"不能早于 {column.minimum}", "请核对日期")
        if isinstance(column.maximum, date) and day > column.maximum:
            raise CellError("too_late", f"不能晚于 {column.maximum}", "请核对日期")
        return day

    return read


def _day(cell: Cell) -> date:
    if isinstance(cell, datetime):
        if cell.time() != time():
            raise CellError(
                "has_time", f"只填日期，不带时间（现为 {cell:%Y-%m-%d %H:%M}）", "请删去时间"
            )
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = narrow(as_text(cell))
    found = _DATE.fullmatch(text) or _SOLID_DATE.fullmatch(text)
    if found is None:
        raise _no_date(cell, text)
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        raise CellError("no_such_day", f"“{text}”这一天不存在", "请核对年月日") from None


def _no_date(cell: Cell, text: str) -> CellError:
    if isinstance(cell, int | float) and not isinstance(cell, bool) and 20_000 < cell < 80_000:
        day = date.fromordinal(date(1899, 12, 30).toordinal() + int(cell))
        advice = f"它像是 Excel 的日期序号（{day}）；若是，请把该列设为日期格式"
        return CellError("date_serial", f"{text} 不是日期", advice)
    return CellError("date", f"“{shorten(text)}”不是日期", "请写成 2026-11-23")


def _boolean(column: Column) -> Reader:
    def read(cell: Cell) -> bool:
        text = narrow(as_text(cell)).upper()
        if text not in _TRUE | _FALSE:
            raise CellError("boolean", f"“{shorten(text)}”应为“是”或“否”", "请从下拉中选择")
        return text in _TRUE

    return read


def _choice_index(column: Column) -> dict[str, object]:
    index: dict[str, object] = {_folded(str(value)): value for value, _ in column.pairs()}
    return index | {_folded(label): value for value, label in column.pairs()}


def _choice(column: Column) -> Reader:
    index = _choice_index(column)
    labels = [label for _, label in column.pairs()]
    budget = iter(range(_SUGGESTIONS))

    def read(cell: Cell) -> object:
        text = as_text(cell)
        try:
            return index[_folded(text)]
        except KeyError:
            advice = _nearest(text, labels if next(budget, None) is not None else [])
            raise CellError("choice", f"“{shorten(text)}”不在可选项中", advice) from None

    return read


def _folded(text: str) -> str:
    return "".join(narrow(text).split()).casefold()


def _nearest(text: str, labels: list[str]) -> str:
    near = difflib.get_close_matches(text, labels[:2000], n=1, cutoff=0.5)
    if near:
        return f"是否应为“{near[0]}”？"
    if 0 < len(labels) <= 12:
        return "可填：" + "、".join(labels)
    return "请从模板的下拉中选择"


def _quarter(column: Column) -> Reader:
    def read(cell: Cell) -> str:
        try:
            return str(Quarter.parse(narrow(as_text(cell))))
        except ValueError:
            message = f"“{shorten(as_text(cell))}”不是季度"
            raise CellError("quarter", message, "请写成 2026Q4 或 2026年第4季度") from None

    return read


def _many(column: Column, read: Reader) -> Reader:
    # A label may itself hold a comma (农、林、牧、渔业): the whole cell is tried first.
    whole = _choice_index(column) if column.kind is Kind.CHOICE else {}

    def read_list(cell: Cell) -> tuple[object, ...]:
        if not isinstance(cell, str):
            return (read(cell),)
        if _folded(cell) in whole:
            return (whole[_folded(cell)],)
        splitter = _STRONG if _STRONG.search(cell) else _WEAK
        items = [item for part in splitter.split(cell) if (item := part.strip())]
        return tuple(dict.fromkeys(read(item) for item in items))

    return read_list


def _plain(value: object) -> Written:
    return str(value)


def _write_number(column: Column) -> Writer:
    return lambda value: Decimal(str(value))


def _write_integer(column: Column) -> Writer:
    return lambda value: int(str(value))


def _write_money(column: Column) -> Writer:
    fen = _FEN[column.unit]
    return lambda value: Decimal(int(str(value))) / fen


def _write_date(column: Column) -> Writer:
    def write(value: object) -> date:
        if not isinstance(value, date) or isinstance(value, datetime):
            raise TypeError(f"{column.key}：应为日期，不是 {type(value).__name__}")
        return value

    return write


def _write_boolean(column: Column) -> Writer:
    return lambda value: "是" if value else "否"


def _write_choice(column: Column) -> Writer:
    labels = dict(column.pairs())
    return lambda value: labels.get(value, str(value))


def _write_many(write: Writer) -> Writer:
    def write_list(value: object) -> str | None:
        if isinstance(value, str) or not isinstance(value, Iterable):
            raise TypeError("多值的列应给出序列")
        return _joined([str(write(item)) for item in value])

    return write_list


def _joined(items: list[str]) -> str | None:
    if any(_STRONG.search(item) for item in items):
        raise ValueError(f"多值单元格的一项中不能有分号或换行：{items}")
    if not any(_WEAK.search(item) for item in items):
        return "、".join(items) or None
    return "；".join(items) + ("；" if len(items) == 1 else "")


_READERS: Final[dict[Kind, Callable[[Column], Reader]]] = {
    Kind.TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.MONEY: _money,
    Kind.DATE: _date,
    Kind.BOOLEAN: _boolean,
    Kind.CHOICE: _choice,
    Kind.CODE: _code,
    Kind.QUARTER: _quarter,
}
_WRITERS: Final[dict[Kind, Callable[[Column], Writer]]] = {
    Kind.INTEGER: _write_integer,
    Kind.DECIMAL: _write_number,
    Kind.MONEY: _write_money,
    Kind.DATE: _write_date,
    Kind.BOOLEAN: _write_boolean,
    Kind.CHOICE: _write_choice,
}
