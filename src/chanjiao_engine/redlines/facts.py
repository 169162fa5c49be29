"""Facts as tables, checked when made: exact types, known ids, no repeated key, no wild value."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl
import pyarrow as pa

from .schema import BY_NAME, TABLES, Column, Table, Type

_TYPES: dict[Type, pl.DataType] = {
    Type.TEXT: pl.String(),
    Type.INTEGER: pl.Int64(),
    Type.DATE: pl.Date(),
    Type.BOOLEAN: pl.Boolean(),
}
_NAMES = {Type.TEXT: "文本", Type.INTEGER: "整数", Type.DATE: "日期", Type.BOOLEAN: "是否"}
_PERIODS = {
    "placements": ("starts", "until"),
    "insurance": ("since", "until"),
    "shifts": ("from_minute", "until_minute"),
}
_REFERRED = {column.refers for table in TABLES for column in table.columns if column.refers}
Given = Mapping[str, "pl.DataFrame | pa.Table"]


class FactsRefused(ValueError):
    """Facts that cannot be judged; `problems` are sentences with table, row and column."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("".join(problems[:20]))
        self.problems = problems


@dataclass(frozen=True, eq=False)
class Facts:
    """Every fact table by name, complete in columns and in the schema's order.

    `rows` holds, for every id that refers, the row it refers to (`pay.placement`, UInt32): ids are
    looked up once, after that rows are gathered.
    """

    tables: Mapping[str, pl.DataFrame]
    rows: Mapping[str, pl.Series]

    @classmethod
    def of(cls, given: Given) -> "Facts":
        """Facts from polars or Arrow tables; what is not given is empty, or null in every row.

        FactsRefused lists everything wrong: an unknown table or column, a wrong type, a missing or
        repeated id, an id that names nothing, a number out of its bounds, a period that ends before
        it begins. Rows are counted from 1.
        """
        problems = [f"没有名为 {name} 的事实表。" for name in given if name not in BY_NAME]
        tables = {}
        for table in TABLES:
            frame = _frame(given.get(table.name))
            problems += _shape_problems(table, frame)
            tables[table.name] = frame
        _stop(problems)
        tables = {table.name: _completed(table, tables[table.name]) for table in TABLES}
        tables["pay"] = tables["pay"].with_columns(pl.col("month").dt.month_start())
        rows: dict[str, pl.Series] = {}
        known = {name: _numbered(tables[name], BY_NAME[name].key[0]) for name in _REFERRED}
        for table in TABLES:
            found = _rows(table, tables[table.name], known)
            problems += _value_problems(table, tables[table.name], found)
            rows |= {f"{table.name}.{name}": series for name, series in found.items()}
        _stop(problems)
        return cls(tables, rows)

    def __getitem__(self, name: str) -> pl.DataFrame:
        return self.tables[name]


def _stop(problems: list[str]) -> None:
    if problems:
        raise FactsRefused(tuple(problems))


def _frame(given: "pl.DataFrame | pa.Table | None") -> pl.DataFrame:
    if given is None:
        return pl.DataFrame()
    if isinstance(given, pl.DataFrame):
        return given
    made = pl.from_arrow(given)
    assert isinstance(made, pl.DataFrame)
    return made


def _shape_problems(table: Table, frame: pl.DataFrame) -> Iterator[str]:
    known = {column.name: column for column in table.columns}
    for name in frame.columns:
        if name not in known:
            yield f"{table.title}（{table.name}）没有 {name} 这一列。"
    if frame.width == 0:
        return
    for column in table.columns:
        where = f"{table.title}（{table.name}）的{column.title}（{column.name}）"
        if column.name not in frame.columns:
            if column.required:
                yield f"{where}没有给出。"
        elif frame.schema[column.name] not in (pl.Null(), *_accepted(column)):
            yield f"{where}应为{_NAMES[column.type]}，现为 {frame.schema[column.name]}。"


def _accepted(column: Column) -> tuple[pl.DataType, ...]:
    if column.type is Type.INTEGER:
        return (pl.Int8(), pl.Int16(), pl.Int32(), pl.Int64(), pl.UInt8(), pl.UInt16(), pl.UInt32())
    return (_TYPES[column.type],)


def _completed(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    if frame.width == 0:
        return pl.DataFrame(schema={c.name: _TYPES[c.type] for c in table.columns})
    return frame.select(
        (pl.col(c.name) if c.name in frame.columns else pl.lit(None).alias(c.name)).cast(
            _TYPES[c.type]
        )
        for c in table.columns
    )


def _numbered(frame: pl.DataFrame, key: str) -> pl.DataFrame:
    """Ids with their rows; of a repeated id, which is refused, the first serves until then."""
    ids = frame.select(pl.col(key).alias("id")).with_row_index("at")
    return ids.unique("id", keep="first") if ids["id"].n_unique() < len(ids) else ids


def _rows(
    table: Table, frame: pl.DataFrame, known: Mapping[str, pl.DataFrame]
) -> dict[str, pl.Series]:
    """The rows a table's ids refer to, null where they name nothing."""
    return {
        column.name: frame.select(pl.col(column.name).alias("id")).join(
            known[column.refers], on="id", how="left", maintain_order="left"
        )["at"]
        for column in table.columns
        if column.refers
    }


def _value_problems(
    table: Table, frame: pl.DataFrame, rows: Mapping[str, pl.Series]
) -> Iterator[str]:
    for column in table.columns:
        value = pl.col(column.name)
        if column.required:
            yield from _bad_rows(table, column.title, frame, value.is_null(), "没有填写")
        if column.type is Type.INTEGER:
            wild = ~value.is_between(column.low, column.high)
            text = f"应在 {column.low}–{column.high} 之间"
            yield from _bad_rows(table, column.title, frame, wild, text)
        if column.choices:
            text = f"应为{'、'.join(column.choices)}之一"
            other = ~value.is_in(column.choices)
            yield from _bad_rows(table, column.title, frame, other, text)
        if column.refers:
            strange = value.is_not_null() & pl.lit(rows[column.name]).is_null()
            text = f"不在{BY_NAME[column.refers].title}表中"
            yield from _bad_rows(table, column.title, frame, strange, text)
    names = "、".join(c.title for c in table.columns if c.name in table.key)
    numbered = frame.select(rows[name].alias(name) if name in rows else name for name in table.key)
    yield from _bad_rows(table, names, numbered, _repeated(table), "重复")
    if table.name in _PERIODS:
        begin, end = _PERIODS[table.name]
        backwards = pl.col(end) <= pl.col(begin)
        yield from _bad_rows(table, _title(table, end), frame, backwards, "没有晚于开始")


def _repeated(table: Table) -> pl.Expr:
    key = pl.col(table.key[0]) if len(table.key) == 1 else pl.struct(table.key)
    return key.is_duplicated() & key.is_not_null()


def _title(table: Table, name: str) -> str:
    return next(column.title for column in table.columns if column.name == name)


def _bad_rows(
    table: Table, title: str, frame: pl.DataFrame, bad: pl.Expr, what: str
) -> Iterator[str]:
    rows = frame.select(bad.fill_null(False).arg_true()).to_series().to_list()
    if rows:
        some = "、".join(str(row + 1) for row in rows[:5])
        more = f" 等 {len(rows)} 行" if len(rows) > 5 else " 行"
        yield f"{table.title}（{table.name}）第 {some}{more}的{title}{what}。"
