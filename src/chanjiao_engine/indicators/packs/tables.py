"""Fact tables as Parquet: one writer with fixed options, and a reader that takes nothing else."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ..arrow import arrow_schema
from ..keys import first_not_rising, held, keys_of
from ..schema import TABLES, Column, Table, Type
from .refusals import PackDiffers

MAX_ROWS = 100_000_000
MAX_TABLE_BYTES = 8 * 2**30
_CODECS = frozenset({"ZSTD", "UNCOMPRESSED"})
_TYPE_WORDS = {
    Type.TEXT: "文本",
    Type.INTEGER: "整数",
    Type.DECIMAL: "小数（18 位，4 位小数）",
    Type.DATE: "日期",
    Type.BOOLEAN: "是否",
}


def path_of(table: Table) -> str:
    return f"facts/{table.name}.parquet"


def write_table(table: Table, rows: pa.Table) -> bytes:
    """Rows by key as Parquet; refused where they do not fit the schema."""
    wanted = arrow_schema(table)
    names = [c.name for c in table.columns]
    if set(rows.column_names) != set(names):
        raise PackDiffers(f"表 {table.name}", "、".join(names), "、".join(rows.column_names))
    fitted = rows.select(names).cast(
        pa.schema([wanted.field(n).with_nullable(True) for n in names])
    )
    ordered = fitted.sort_by([(name, "ascending") for name in table.key]).combine_chunks()
    check_rows(table, ordered)
    sink = pa.BufferOutputStream()
    pq.write_table(
        ordered.cast(wanted), sink, version="2.6", compression="zstd", compression_level=3,
        use_dictionary=True, write_statistics=True, store_schema=False, data_page_version="1.0",
        row_group_size=1_000_000, write_batch_size=1024, data_page_size=1 << 20,
    )  # fmt: skip
    return bytes(sink.getvalue())


def read_table(table: Table, data: bytes | memoryview) -> pa.Table:
    """The rows; PackDiffers where file, columns, types, keys or order are not the schema's."""
    where = path_of(table)
    try:
        file = pq.ParquetFile(pa.BufferReader(pa.py_buffer(data)))
        _check_sizes(file.metadata, where)
        _check_columns(table, file.schema_arrow)
        rows = file.read(use_threads=True)
        rows.validate(full=True)
    except (pa.ArrowException, OSError, ValueError, MemoryError, OverflowError) as fault:
        if isinstance(fault, PackDiffers):
            raise
        raise PackDiffers(
            where, "可读的 Parquet 文件", f"读取出错（{str(fault)[:100]}）"
        ) from fault
    if rows.num_rows != file.metadata.num_rows:
        raise PackDiffers(where, f"{file.metadata.num_rows} 行", f"{rows.num_rows} 行")
    check_rows(table, rows)
    return rows


def check_rows(table: Table, rows: pa.Table) -> None:
    """Required columns are filled; keys rise strictly, so they are unique and in order."""
    for column in table.columns:
        if column.required and rows.column(column.name).null_count:
            missing = pc.index(rows.column(column.name).is_null(), True).as_py()
            raise PackDiffers(
                f"表 {table.name} 第 {missing + 1} 行的“{column.title}”", "有值", "空"
            )
    bad = first_not_rising(rows, table.key)
    if bad is not None:
        shown = "、".join(str(rows.column(name)[bad].as_py()) for name in table.key)
        raise PackDiffers(f"表 {table.name} 第 {bad + 1} 行", "按主键递增且不重复", shown[:120])


def check_references(facts: Mapping[str, pa.Table]) -> None:
    """Every value of a column that refers to a table is a key there."""
    known: dict[str, pa.Array] = {}
    for table in TABLES:
        for column in table.columns:
            if not column.refers:
                continue
            if column.refers not in known:
                known[column.refers] = keys_of(facts, column.refers)
            _check_reference(
                table, column, facts[table.name].column(column.name), known[column.refers]
            )


def target_of(column: Column) -> str:
    """The column a reference points at: the first of the other table's key."""
    return next(t for t in TABLES if t.name == column.refers).key[0]


def _check_reference(table: Table, column: Column, values: pa.ChunkedArray, keys: pa.Array) -> None:
    missing = pc.index(held(values, keys), False).as_py()
    if missing >= 0:
        raise PackDiffers(
            f"表 {table.name} 第 {missing + 1} 行的“{column.title}”",
            f"表 {column.refers} 中已有的编号", str(values[missing].as_py())[:80],
        )  # fmt: skip


def _check_sizes(metadata: pq.FileMetaData, where: str) -> None:
    if metadata.num_rows > MAX_ROWS:
        raise PackDiffers(where, f"至多 {MAX_ROWS} 行", f"{metadata.num_rows} 行")
    total = 0
    for group in range(metadata.num_row_groups):
        part = metadata.row_group(group)
        for index in range(part.num_columns):
            column = part.column(index)
            if column.compression not in _CODECS:
                raise PackDiffers(f"{where} 的压缩方式", "ZSTD", column.compression)
            total += max(column.total_uncompressed_size, 0)
    if total > MAX_TABLE_BYTES:
        raise PackDiffers(where, f"解压后至多 {MAX_TABLE_BYTES} 字节", f"声明 {total} 字节")


def _check_columns(table: Table, found: pa.Schema) -> None:
    wanted = arrow_schema(table)
    if found.names != wanted.names:
        raise PackDiffers(
            f"表 {table.name} 的列", "、".join(wanted.names), "、".join(found.names)[:300]
        )
    for column, field, right in zip(table.columns, found, wanted, strict=True):
        if field.type != right.type or field.nullable != right.nullable:
            raise PackDiffers(
                f"表 {table.name} 的列 {column.name}",
                f"{_TYPE_WORDS[column.type]}（{'必填' if column.required else '可空'}）",
                f"{field.type}（{'可空' if field.nullable else '必填'}）",
            )  # fmt: skip
