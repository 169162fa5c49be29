"""Every check on a round's rows, each fault with its row, column, value and what to do."""

import csv
from pathlib import Path

import numpy as np
import polars as pl

from chanjiao_engine.matching import ProblemError
from chanjiao_engine.matching.rows import BAR_NUMBERS

from .exchange import Faults, Table, indexed

MICRO = 1_000_000
SCORE_LIMIT = 1_000_000_000  # points; keeps micro-points well inside 64 bits
COUNT_LIMIT = 2**31 - 1
SCOPES = ("unit", "kind", "school_at_post")
NEEDS = {
    "unit": ("unit_id",),
    "kind": ("unit_id", "kind"),
    "school_at_post": ("post_id", "school_id"),
}
FORBIDS = {
    "unit": ("kind", "post_id", "school_id"),
    "kind": ("post_id", "school_id"),
    "school_at_post": (),
}


def check_tables(tables: dict[str, Table], faults: Faults) -> int:
    """Check all tables, filling each one's `typed`; returns the scale of the scores."""
    if "students" in tables:
        _check_students(tables["students"], faults)
    if "posts" in tables:
        _check_posts(tables["posts"], faults)
    scale = _check_pairs(tables, faults)
    if "quotas" in tables and "posts" in tables and "students" in tables:
        _check_quotas(tables["quotas"], tables["posts"], tables["students"], faults)
    if faults.total or _scored_twice(tables["priorities"]):
        _check_repeats(tables, faults)
    return scale


def _where(mask: pl.Series) -> pl.Series:
    return mask.fill_null(False).arg_true()


def _text(table: Table, *columns: str) -> None:
    table.typed = table.typed.with_columns(pl.col(c).cast(pl.String) for c in columns)


def _filled(table: Table, column: str, faults: Faults) -> None:
    values = table.raw[column].cast(pl.String)
    faults.add_rows(table, _where(values.is_null() | (values == "")), column, "不能为空，请填写")


def _unique(table: Table, column: str, faults: Faults) -> None:
    values = table.raw[column]
    twice = (~values.is_first_distinct()) & values.is_not_null()
    faults.add_rows(table, _where(twice), column, "重复出现，请只保留一行")


def _whole(table: Table, column: str, least: int, faults: Faults, empty: int | None = None) -> None:
    """A column of whole numbers from `least` up; an empty cell stands for `empty` if given."""
    values = table.raw[column]
    numbers = values.cast(pl.Int64, strict=False)
    absent = values.is_null() | (values.cast(pl.String) == "")
    wrong = numbers.is_null() | (numbers < least).fill_null(False)
    if values.dtype.is_float():
        wrong |= (numbers.cast(pl.Float64) != values).fill_null(False)
    wrong |= (numbers > COUNT_LIMIT).fill_null(False)
    if empty is not None:
        wrong &= ~absent
        numbers = numbers.fill_null(empty)
    advice = f"应为不小于 {least} 的整数"
    faults.add_rows(table, _where(wrong), column, advice)
    table.typed = table.typed.with_columns(numbers.fill_null(least).alias(column))


def _check_students(table: Table, faults: Faults) -> None:
    _text(table, "student_id", "school_id")
    for column in ("student_id", "school_id"):
        _filled(table, column, faults)
    _unique(table, "student_id", faults)


def _check_posts(table: Table, faults: Faults) -> None:
    _text(table, "post_id", "unit_id", "kind")
    for column in ("post_id", "unit_id", "kind"):
        _filled(table, column, faults)
    _unique(table, "post_id", faults)
    _whole(table, "capacity", 0, faults)
    _whole(table, "minimum", 0, faults, empty=0)
    over = table.typed["minimum"] > table.typed["capacity"]
    faults.add_rows(table, _where(over), "minimum", "开班下限大于名额 capacity，请改小")


def _check_pairs(tables: dict[str, Table], faults: Faults) -> int:
    ids = {
        name: _ids(tables, table) for name, table in (("student", "students"), ("post", "posts"))
    }
    scale = 1
    for name in ("preferences", "priorities", "ineligible"):
        table = tables.get(name)
        if table is None:
            continue
        if name == "preferences":
            _whole(table, "rank", 1, faults)
        elif name == "priorities":
            scale = _check_scores(table, faults)
        else:
            known = table.raw["code"].cast(pl.String).is_in(list(BAR_NUMBERS))
            codes = "、".join(BAR_NUMBERS)
            faults.add_rows(
                table, _where(~known.fill_null(False)), "code", f"不认识的原因代码，可用：{codes}"
            )
        for key, source in (("student", "students.csv"), ("post", "posts.csv")):
            _known(table, key, ids[key], source, faults)
    return scale


def _ids(tables: dict[str, Table], name: str) -> pl.Series | None:
    if name not in tables:
        return None
    return tables[name].raw[f"{name[:-1]}_id"].cast(pl.String).drop_nulls().unique().sort()


def _known(table: Table, key: str, ids: pl.Series | None, source: str, faults: Faults) -> None:
    if ids is None:
        return
    index = indexed(table, key, ids)
    if index.null_count():
        faults.add_rows(
            table, _where(index.is_null()), f"{key}_id", f"在 {source} 中没有，请核对编号"
        )
    table.typed = table.typed.drop(f"{key}_id").with_columns(index)


def _check_scores(table: Table, faults: Faults) -> int:
    """Scores as exact integers; returns how many of them make a point."""
    values = table.raw["score"]
    micro, wrong = _micro_text(values) if values.dtype == pl.String else _micro_number(values)
    wrong |= micro.is_null() | (micro.abs() > SCORE_LIMIT * MICRO).fill_null(False)
    faults.add_rows(table, _where(wrong), "score", "应为数字，最多六位小数，不超过十亿")
    micro = micro.fill_null(0)
    step, scale, exact = MICRO, 1, micro.to_numpy()
    while step > 1 and bool((exact % step != 0).any()):
        step, scale = step // 10, scale * 10
    table.typed = table.typed.with_columns(pl.Series("score", exact // step))
    return scale


def _micro_text(values: pl.Series) -> tuple[pl.Series, pl.Series]:
    decimal = values.cast(pl.Decimal(20, 6), strict=False)
    micro = decimal.to_physical().cast(pl.Int64, strict=False)
    suspects = (values.str.len_bytes() >= 8) | values.str.contains("e", literal=True)
    suspects |= values.str.contains("E", literal=True)
    wrong = pl.Series(np.zeros(len(values), np.bool_))
    rows = _where(suspects)
    if len(rows):
        fine = values.gather(rows).str.contains(r"^[+-]?(\d+\.?\d{0,6}0*|\.\d{1,6}0*)$")
        wrong[rows.filter(~fine)] = True
    return micro, wrong


def _micro_number(values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Numbers of a Parquet file: integers, decimals, or doubles that are six-decimal numbers."""
    if not values.dtype.is_float():
        return _micro_text(values.cast(pl.String))
    scaled = values.cast(pl.Float64) * MICRO
    usable = scaled.is_finite().fill_null(False) & (scaled.abs() < 9e15).fill_null(False)
    micro = scaled.set(~usable, 0.0).round().cast(pl.Int64)
    return micro, ~usable | (micro / MICRO != values.cast(pl.Float64)).fill_null(True)


def _scored_twice(table: Table) -> bool:
    """Whether a pair is scored in two rows; sorting numbers is the cheap way to know it is not."""
    pair = (
        table.typed["post"].to_numpy().astype(np.int64) * 2**31 + table.typed["student"].to_numpy()
    )
    pair.sort()
    return bool((pair[1:] == pair[:-1]).any())


def _repeated(table: Table, keys: tuple[str, ...], column: str, faults: Faults) -> None:
    filled = table.raw.select(pl.all_horizontal(pl.col(k).is_not_null() for k in keys).alias("x"))[
        "x"
    ]
    twice = ~table.raw.select(pl.struct(keys).is_first_distinct().alias("x"))["x"]
    what = "、".join(keys)
    faults.add_rows(table, _where(twice & filled), column, f"{what} 与前面的一行相同，请只保留一行")


def _check_repeats(tables: dict[str, Table], faults: Faults) -> None:
    """Repeated pairs and ranks, looked for in full only once something is known to be wrong."""
    for name, keys, column in (
        ("preferences", ("student_id", "post_id"), "post_id"),
        ("preferences", ("student_id", "rank"), "rank"),
        ("priorities", ("post_id", "student_id"), "student_id"),
        ("ineligible", ("student_id", "post_id"), "post_id"),
    ):
        if name in tables:
            _repeated(tables[name], keys, column, faults)


def _check_quotas(table: Table, posts: Table, students: Table, faults: Faults) -> None:
    _text(table, "scope", "unit_id", "kind", "post_id", "school_id")
    blank = pl.col("unit_id", "kind", "post_id", "school_id").fill_null("")
    table.typed = table.typed.with_columns(blank)
    _whole(table, "capacity", 0, faults)
    known = table.typed["scope"].is_in(list(SCOPES)).fill_null(False)
    faults.add_rows(table, _where(~known), "scope", "应为 unit、kind 或 school_at_post")
    for scope in SCOPES:
        mine = table.typed["scope"] == scope
        for column in NEEDS[scope]:
            faults.add_rows(
                table,
                _where(mine & (table.typed[column] == "")),
                column,
                f"scope 为 {scope} 时必填",
            )
        for column in FORBIDS[scope]:
            faults.add_rows(
                table,
                _where(mine & (table.typed[column] != "")),
                column,
                f"scope 为 {scope} 时应留空",
            )
        _known_quota(table, scope, mine, posts, students, faults)
        keys = ["scope", *NEEDS[scope]]
        twice = ~table.typed.select(pl.struct(keys).is_first_distinct().alias("x"))["x"]
        faults.add_rows(
            table, _where(mine & twice), "scope", "同一范围的名额出现两次，请只保留一行"
        )


def _known_quota(
    table: Table, scope: str, mine: pl.Series, posts: Table, students: Table, faults: Faults
) -> None:
    """Ids of quota rows must exist, and what a share's row repeats of its post must agree."""
    t, p = table.typed, posts.typed

    def absent(column: str, source: pl.Series, file: str) -> None:
        wrong = mine & (t[column] != "") & ~t[column].is_in(source.drop_nulls().unique().to_list())
        faults.add_rows(table, _where(wrong), column, f"在 {file} 中没有，请核对")

    if scope in ("unit", "kind"):
        absent("unit_id", p["unit_id"], posts.file)
    if scope == "kind":
        pairs = p.select("unit_id", "kind").unique().with_columns(pl.lit(True).alias("known"))
        joined = t.join(pairs, on=["unit_id", "kind"], how="left", maintain_order="left")
        wrong = (
            mine
            & joined["known"].is_null()
            & t["unit_id"].is_in(p["unit_id"].drop_nulls().to_list())
        )
        faults.add_rows(
            table, _where(wrong & (t["kind"] != "")), "kind", "该单位没有这一类岗位，请核对"
        )
    if scope == "school_at_post":
        absent("post_id", p["post_id"], posts.file)
        absent("school_id", students.typed["school_id"], students.file)
        own = p.unique("post_id").select("post_id", own_unit_id="unit_id", own_kind="kind")
        joined = t.join(own, on="post_id", how="left", maintain_order="left")
        for column in ("unit_id", "kind"):
            wrong = mine & (t[column] != "") & (joined[f"own_{column}"] != t[column])
            faults.add_rows(
                table, _where(wrong), column, "与该岗位在岗位表中的不一致，请改正或留空"
            )


def explain_refusal(tables: dict[str, Table], refusal: ProblemError, faults: Faults) -> None:
    """Put an engine's refusal into rows; what no check here finds is told as the engine said it."""
    _check_repeats(tables, faults)
    if not faults.total:
        faults.add("", 0, "", "", f"名单前后矛盾：{refusal}")


def explain_unreadable(path: Path, said: str, faults: Faults) -> None:
    """Why a file could not be read at all: its encoding, a row of another length, or as told."""
    if path.suffix == ".parquet":
        faults.add(path.name, 0, "", "", "不是可以读取的 Parquet 文件，请重新导出")
        return
    wrong = encoding_advice(path)
    if wrong:
        faults.add(path.name, wrong[0], "", "", wrong[1])
        return
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = csv.reader(stream)
        width = len(next(rows, []))
        for number, row in enumerate(rows, 2):
            if len(row) > width:
                faults.add(
                    path.name,
                    number,
                    "",
                    ",".join(row)[:80],
                    f"有 {len(row)} 格，表头只有 {width} 列",
                )
                return
    faults.add(path.name, 0, "", "", f"无法读取，请检查引号是否成对（{said.splitlines()[0][:80]}）")


def encoding_advice(path: Path) -> tuple[int, str] | None:
    """(row, advice) where a file is not UTF-8, else None."""
    data = path.read_bytes()
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return 1, "文件是 UTF-16 编码，请另存为“CSV UTF-8”"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as fault:
        row = data.count(b"\n", 0, fault.start) + 1
        try:
            data.decode("gb18030")
        except UnicodeDecodeError:
            return row, "文件不是 UTF-8 编码，请另存为“CSV UTF-8”"
        return row, "文件是 GBK 编码，请在表格软件中另存为“CSV UTF-8”"
    return None


def header_advice(path: Path, found: list[str]) -> str:
    """What to do about a missing column."""
    if path.suffix == ".csv" and (wrong := encoding_advice(path)):
        return f"缺少此列：{wrong[1]}"
    return f"缺少此列，请在表头补上（现有：{'、'.join(found)[:120]}）"
