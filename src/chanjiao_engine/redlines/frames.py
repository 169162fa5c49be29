"""The rows the rules are asked of: every subject's frame, with what the facts say about each row.

Columns are named `table.column`; `row` is the row in the subject's own table, `placement` and
`unit` are rows of those tables. One to one joins, so no row is lost or doubled.
"""

from collections.abc import Callable, Mapping
from datetime import date

import numpy as np
import polars as pl

from chanjiao_engine.codes import CodeError, major_fields, parse_industry

from .caps import cap_columns
from .cover import cover_columns
from .facts import Facts
from .profiles import RuleSet
from .schema import INTERNSHIP

# GB/T 4754-2017: 酒吧服务, 洗浴服务, 歌舞厅娱乐活动, 电子游艺厅娱乐活动, 网吧活动.
BANNED_VENUES = ("6233", "8051", "9011", "9012", "9013")


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
    return major_fields(codes.replace(",", "、").replace("，", "、").split("、"))


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


def _gathered(frame: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
    """The frame's rows in this order; a null row is null throughout."""
    return frame.select(pl.all().gather(rows))


def _one_each(frame: pl.DataFrame, rows: pl.Series, size: int) -> pl.DataFrame:
    """A frame with at most one row for each of `size` rows, put in their order."""
    places = np.full(size, -1, np.int64)
    places[rows.to_numpy()] = np.arange(len(rows))
    at = pl.Series(places)
    return _gathered(frame, at.set(at < 0, None))


def wide_placements(facts: Facts, rules: RuleSet) -> pl.DataFrame:
    """One row per placement with everything the facts say about it."""
    size = facts["placements"].height
    students = _prefixed(facts, "students").with_columns(
        _mapped(facts["students"]["major"], fields_of, pl.Int64()).alias("students.fields")
    )
    own = _prefixed(facts, "placements").with_row_index("row")
    parts = [
        own.with_columns(pl.col("row").alias("placement")),
        _gathered(students, facts.rows["placements.student"]),
        _gathered(_posts(facts), facts.rows["placements.post"]),
        _fees(facts, size),
    ]
    papers = ("agreements", "consents", "training", "declarations")
    parts += (_one_each(_prefixed(facts, n), facts.rows[f"{n}.placement"], size) for n in papers)
    cover = cover_columns(
        facts["placements"], facts["insurance"], facts.rows["insurance.placement"]
    )
    wide = pl.concat([*parts, cover], how="horizontal")
    return pl.concat([wide, *_caps(wide, facts, rules)], how="horizontal")


def _posts(facts: Facts) -> pl.DataFrame:
    venue = _mapped(facts["units"]["industry"], banned_venue, pl.Boolean())
    units = _prefixed(facts, "units").with_columns(venue.alias("units.banned"))
    fields = _mapped(facts["posts"]["majors"], fields_of, pl.Int64())
    posts = _prefixed(facts, "posts").with_columns(
        fields.alias("posts.fields"), facts.rows["posts.unit"].alias("unit")
    )
    return pl.concat([posts, _gathered(units, facts.rows["posts.unit"])], how="horizontal")


def _fees(facts: Facts, size: int) -> pl.DataFrame:
    sums = (
        facts["fees"]
        .group_by(facts.rows["fees.placement"].alias("at"))
        .agg(
            pl.col("amount").sum().alias("fees.amount"),
            pl.col("amount").is_null().any().alias("fees.unsaid"),
        )
    )
    return _one_each(sums.drop("at"), sums["at"], size)


def _caps(wide: pl.DataFrame, facts: Facts, rules: RuleSet) -> list[pl.DataFrame]:
    counted = pl.col("placements.kind") == INTERNSHIP
    parts = ("posts.unit", "posts.kind")
    pair = pl.concat_str(parts, separator="\x1f")
    staff = facts["staff"]
    made = []
    asked = {rule.code for rule in rules.rules}
    for name, group, key, percent in (
        ("cap_unit", pl.col("posts.unit"), pl.col("unit"), "unit_percent"),
        ("cap_kind", pair, pl.concat_str("unit", "kind", separator="\x1f"), "kind_percent"),
    ):
        if name not in asked:
            continue
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
    "placement", "unit", "placements.kind", "placements.starts", "placements.until",
    "placements.pay", "placements.independent", "posts.same_post_wage", "posts.lowest_wage_grade",
    "units.hourly_minimum",
)  # fmt: skip


def _about(facts: Facts, name: str, wide: pl.DataFrame) -> pl.DataFrame:
    about = _gathered(wide.select(_ABOUT), facts.rows[f"{name}.placement"])
    return pl.concat([_prefixed(facts, name).with_row_index("row"), about], how="horizontal")


def pay_rows(facts: Facts, wide: pl.DataFrame) -> pl.DataFrame:
    """One row per pay row; `whole`: the month lies inside the span."""
    month = pl.col("pay.month")
    after = month.dt.offset_by("1mo")
    inside = (pl.col("placements.starts") <= month) & (after <= pl.col("placements.until"))
    return _about(facts, "pay", wide).with_columns(after.alias("after"), inside.alias("whole"))


def shift_rows(facts: Facts, wide: pl.DataFrame) -> pl.DataFrame:
    """One row per shift."""
    return _about(facts, "shifts", wide)


def day_rows(facts: Facts, wide: pl.DataFrame) -> pl.DataFrame:
    """One row per placement and day with shifts: `minutes` of work; the row is the first shift's."""
    whole = pl.col("until_minute") - pl.col("from_minute")
    day = pl.col("day").cast(pl.Int32).cast(pl.Int64)
    days = (
        facts["shifts"]
        .select(
            pl.coalesce("worked", whole).alias("minutes"),
            (facts.rows["shifts.placement"].cast(pl.Int64) * 2**32 + day).alias("key"),
        )
        .with_row_index("row")
        .group_by("key")
        .agg(pl.col("row").min(), pl.col("minutes").sum())
        .sort("row")
    )
    rows = days["row"]
    about = _gathered(
        wide.select("placement", "unit", "placements.kind"),
        facts.rows["shifts.placement"].gather(rows),
    )
    kept = days.select("row", "minutes", facts["shifts"]["day"].gather(rows).alias("day"))
    return pl.concat([kept, about], how="horizontal")


def missing_months(facts: Facts, wide: pl.DataFrame, rules: RuleSet, at: date) -> pl.DataFrame:
    """One row per month of a paid placement whose pay is overdue at `at` and has no row."""
    delay = rules.limit("pay_delay_months")
    newest = month_of(pl.lit(at)) - 1 - delay
    last_day = pl.col("placements.until").dt.offset_by("-1d")
    spans = wide.select(
        "row", "placement", "unit",
        month_of(pl.col("placements.starts")).alias("first"),
        pl.min_horizontal(month_of(last_day), newest).alias("last"),
    )  # fmt: skip
    paid = facts["pay"].select(
        facts.rows["pay.placement"].alias("placement"), month_of(pl.col("month")).alias("month")
    )
    asked = (
        (pl.col("placements.kind") == INTERNSHIP)
        & pl.col("placements.starts").is_not_null()
        & (pl.col("placements.pay") != 0).fill_null(True)
    )
    walked = wide.select(asked.fill_null(False)).to_series() & _short(spans, paid)
    short, paid = spans.filter(walked), paid.filter(walked.gather(paid["placement"]))
    months = short.with_columns(pl.int_ranges("first", pl.col("last") + 1).alias("month"))
    return (
        months.explode("month")
        .join(paid, how="anti", on=["placement", "month"], maintain_order="left")
        .with_columns(pl.date(pl.col("month") // 12, pl.col("month") % 12 + 1, 1).alias("month"))
    )


def _short(spans: pl.DataFrame, paid: pl.DataFrame) -> pl.Series:
    """Which spans have fewer months paid than they last: only these are walked month by month."""
    span = _gathered(spans.select("first", "last"), paid["placement"])
    inside = (paid["month"] >= span["first"]) & (paid["month"] <= span["last"])
    held = np.bincount(paid["placement"].filter(inside.fill_null(False)), minlength=spans.height)
    return (spans["last"] - spans["first"] + 1 > pl.Series(held[: spans.height])).fill_null(False)


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
    """The frame of each subject that some rule is about, by the name rules use in `table`."""
    wide = wide_placements(facts, rules)
    made: dict[str, Callable[[], pl.DataFrame]] = {
        "placements": lambda: wide,
        "pay": lambda: pay_rows(facts, wide),
        "shifts": lambda: shift_rows(facts, wide),
        "days": lambda: day_rows(facts, wide),
        "months": lambda: missing_months(facts, wide, rules, at),
        "units": lambda: unit_rows(facts, wide, at),
    }
    asked = {rule.table for rule in rules.rules}
    return {name: make() for name, make in made.items() if name in asked}
