"""The rows the rules are asked of: every subject's frame, with what the facts say about each row.

Columns are named `table.column`; `row` is the row in the subject's own table, `placement` and
`unit` are rows of those tables. One to one joins, so no row is lost or doubled.
"""

from collections.abc import Callable, Mapping
from datetime import date

import polars as pl

from chanjiao_engine.codes import CodeError, parse_industry, parse_major

from .caps import cap_columns
from .cover import cover_columns
from .facts import Facts
from .profiles import RuleSet

INTERNSHIP = "岗位实习"
# GB/T 4754-2017: 酒吧服务, 洗浴服务, 歌舞厅娱乐活动, 电子游艺厅娱乐活动, 网吧活动.
BANNED_VENUES = ("6233", "8051", "9011", "9012", "9013")
_VOCATIONAL = 20  # 21–39, 41–59, 61–79: the same 19 大类 on three levels


def month_of(day: pl.Expr) -> pl.Expr:
    """Months since year 0, to count with."""
    return day.dt.year().cast(pl.Int64) * 12 + day.dt.month().cast(pl.Int64) - 1


def _prefixed(facts: Facts, name: str) -> pl.DataFrame:
    return facts[name].rename({column: f"{name}.{column}" for column in facts[name].columns})


def _mapped(column: pl.Series, read: Callable[[str], object], kind: pl.DataType) -> pl.Series:
    """A text column through a function, called once for every different text."""
    texts = column.unique().drop_nulls()
    values = pl.Series([read(text) for text in texts], dtype=kind)
    return column.replace_strict(texts, values, default=None, return_dtype=kind)


def fields_of(codes: str) -> int | None:
    """The 专业大类 of codes joined by 、 as bits, the same on every level; None if a code is none."""
    bits = 0
    for code in codes.replace(",", "、").replace("，", "、").split("、"):
        try:
            major = parse_major(code)
        except CodeError:
            return None
        number = int(major.field)
        bits |= 1 << (number % _VOCATIONAL if number > _VOCATIONAL else _VOCATIONAL + number)
    return bits


def banned_venue(industry: str) -> bool | None:
    """Whether an industry is 营业性娱乐场所; None where the code is none, or too short to tell."""
    try:
        code = parse_industry(industry)
    except CodeError:
        return None
    if code.level == "小类":
        return code.code in BANNED_VENUES
    inside = {code.section} if code.level == "门类" else {code.code}
    names = {parse_industry(one).section for one in BANNED_VENUES} | {
        one[:length] for one in BANNED_VENUES for length in (2, 3)
    }
    return None if inside & names else False


def wide_placements(facts: Facts, rules: RuleSet) -> pl.DataFrame:
    """One row per placement with everything the facts say about it."""
    posts = _posts(facts)
    students = _prefixed(facts, "students").with_columns(
        _mapped(facts["students"]["major"], fields_of, pl.Int64()).alias("students.fields")
    )
    wide = _prefixed(facts, "placements").with_row_index("row")
    wide = wide.join(
        students, left_on="placements.student", right_on="students.student", how="left",
        maintain_order="left",
    ).join(
        posts, left_on="placements.post", right_on="posts.post", how="left", maintain_order="left",
    )  # fmt: skip
    for name in ("agreements", "consents", "training", "declarations"):
        wide = wide.join(
            _prefixed(facts, name), left_on="placements.placement", right_on=f"{name}.placement",
            how="left", maintain_order="left",
        )  # fmt: skip
    wide = wide.join(
        _fees(facts), on="placements.placement", how="left", maintain_order="left"
    ).with_columns(pl.col("row").alias("placement"))
    cover = cover_columns(facts["placements"], facts["insurance"])
    return pl.concat([wide, cover, *_caps(wide, facts, rules)], how="horizontal")


def _posts(facts: Facts) -> pl.DataFrame:
    units = _prefixed(facts, "units").with_row_index("unit")
    venue = _mapped(facts["units"]["industry"], banned_venue, pl.Boolean())
    posts = _prefixed(facts, "posts").with_columns(
        _mapped(facts["posts"]["majors"], fields_of, pl.Int64()).alias("posts.fields")
    )
    return posts.join(
        units.with_columns(venue.alias("units.banned")),
        left_on="posts.unit", right_on="units.unit", how="left", maintain_order="left",
    )  # fmt: skip


def _fees(facts: Facts) -> pl.DataFrame:
    return (
        facts["fees"]
        .group_by(pl.col("placement").alias("placements.placement"))
        .agg(
            pl.col("amount").sum().alias("fees.amount"),
            pl.col("amount").is_null().any().alias("fees.unsaid"),
        )
    )


def _caps(wide: pl.DataFrame, facts: Facts, rules: RuleSet) -> list[pl.DataFrame]:
    counted = pl.col("placements.kind") == INTERNSHIP
    parts = ("posts.unit", "posts.kind")
    pair = pl.concat_str(parts, separator="\x1f")
    staff = facts["staff"]
    made = []
    for name, group, key, percent in (
        ("cap_unit", pl.col("posts.unit"), pl.col("unit"), "unit_percent"),
        ("cap_kind", pair, pl.concat_str("unit", "kind", separator="\x1f"), "kind_percent"),
    ):
        crowd = wide.select(
            pl.when(counted).then(group).alias("group"),
            pl.col("placements.starts").alias("starts"),
            pl.col("placements.until").alias("until"),
        )
        whole = pl.col("kind") == ""
        rows = staff.filter(whole if name == "cap_unit" else ~whole)
        counts = rows.select(key.alias("group"), "since", "staff")
        made.append(cap_columns(crowd, counts, rules.limit(percent), name))
    return made


_ABOUT = (
    "placement", "unit", "placements.placement", "placements.kind", "placements.starts",
    "placements.until", "placements.pay", "placements.independent", "posts.same_post_wage",
    "posts.lowest_wage_grade", "units.hourly_minimum",
)  # fmt: skip


def _about(facts: Facts, name: str, wide: pl.DataFrame) -> pl.DataFrame:
    return (
        _prefixed(facts, name)
        .with_row_index("row")
        .join(
            wide.select(_ABOUT), left_on=f"{name}.placement", right_on="placements.placement",
            how="left", maintain_order="left",
        )
    )  # fmt: skip


def pay_rows(facts: Facts, wide: pl.DataFrame) -> pl.DataFrame:
    """One row per pay row; `whole`: the month lies inside the span."""
    month = pl.col("pay.month").dt.month_start()
    after = month.dt.offset_by("1mo")
    inside = (pl.col("placements.starts") <= month) & (after <= pl.col("placements.until"))
    return _about(facts, "pay", wide).with_columns(
        month.alias("pay.month"), after.alias("after"), inside.alias("whole")
    )


def shift_rows(facts: Facts, wide: pl.DataFrame) -> pl.DataFrame:
    """One row per shift."""
    return _about(facts, "shifts", wide)


def day_rows(facts: Facts, wide: pl.DataFrame) -> pl.DataFrame:
    """One row per placement and day with shifts: `minutes` of work; the row is the first shift's."""
    whole = pl.col("until_minute") - pl.col("from_minute")
    days = (
        facts["shifts"]
        .with_row_index("row")
        .group_by("placement", "day", maintain_order=True)
        .agg(pl.col("row").first(), pl.coalesce("worked", whole).sum().alias("minutes"))
    )
    return days.rename({"placement": "id"}).join(
        wide.select(_ABOUT), left_on="id", right_on="placements.placement", how="left",
        maintain_order="left",
    )  # fmt: skip


def missing_months(facts: Facts, wide: pl.DataFrame, rules: RuleSet, at: date) -> pl.DataFrame:
    """One row per month of a paid placement whose pay is overdue at `at` and has no row."""
    delay = rules.limit("pay_delay_months")
    newest = month_of(pl.lit(at)) - 1 - delay
    last_day = pl.col("placements.until").dt.offset_by("-1d")
    spans = wide.filter(
        (pl.col("placements.kind") == INTERNSHIP)
        & pl.col("placements.starts").is_not_null()
        & (pl.col("placements.pay") != 0).fill_null(True)
    ).select(
        "row", "placement", "unit", "placements.placement",
        month_of(pl.col("placements.starts")).alias("first"),
        pl.min_horizontal(month_of(last_day), newest).alias("last"),
    )  # fmt: skip
    paid = facts["pay"].select("placement", month_of(pl.col("month")).alias("month")).unique()
    short = _short_spans(spans, paid)
    months = short.with_columns(pl.int_ranges("first", pl.col("last") + 1).alias("month")).explode(
        "month"
    )
    keys = {"left_on": ["placements.placement", "month"], "right_on": ["placement", "month"]}
    return months.join(paid, how="anti", maintain_order="left", **keys).with_columns(  # type: ignore[arg-type]
        pl.date(pl.col("month") // 12, pl.col("month") % 12 + 1, 1).alias("month")
    )


def _short_spans(spans: pl.DataFrame, paid: pl.DataFrame) -> pl.DataFrame:
    """The spans with fewer months paid than they have: only these are walked month by month."""
    counts = (
        paid.join(spans, left_on="placement", right_on="placements.placement")
        .filter(pl.col("month").is_between(pl.col("first"), pl.col("last")))
        .group_by("placement")
        .agg(pl.len().alias("held"))
        .rename({"placement": "placements.placement"})
    )
    due = pl.col("last") - pl.col("first") + 1
    return spans.join(counts, on="placements.placement", how="left", maintain_order="left").filter(
        due > pl.col("held").fill_null(0).cast(pl.Int64)
    )


def unit_rows(facts: Facts, wide: pl.DataFrame, at: date) -> pl.DataFrame:
    """One row per unit that has interns at `at`, with its newest count of staff until then."""
    there = wide.filter(
        (pl.col("placements.kind") == INTERNSHIP)
        & (pl.col("placements.starts") <= at)
        & (pl.col("placements.until") > at).fill_null(True)
    )
    newest = (
        facts["staff"]
        .filter((pl.col("kind") == "") & (pl.col("since") <= at))
        .group_by(pl.col("unit").alias("units.unit"))
        .agg(pl.col("since").max().alias("staff.since"))
    )
    return (
        _prefixed(facts, "units")
        .with_row_index("row")
        .filter(pl.col("row").is_in(there["unit"].unique().drop_nulls().implode()))
        .join(newest, on="units.unit", how="left", maintain_order="left")
        .with_columns(pl.col("row").alias("unit"), pl.lit(None, pl.UInt32).alias("placement"))
    )


def subjects(facts: Facts, rules: RuleSet, at: date) -> Mapping[str, pl.DataFrame]:
    """Every subject's frame by the name rules use in `table`."""
    wide = wide_placements(facts, rules)
    return {
        "placements": wide,
        "pay": pay_rows(facts, wide),
        "shifts": shift_rows(facts, wide),
        "days": day_rows(facts, wide),
        "months": missing_months(facts, wide, rules, at),
        "units": unit_rows(facts, wide, at),
    }
