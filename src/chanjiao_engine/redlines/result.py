"""What evaluating gives: every violation as columns, who may not start, and sentences."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import polars as pl

from .facts import Facts
from .profiles import RuleSet
from .rules import Rule
from .schema import TITLES
from .terms import Measure, Outcome, Severity, Stage

COLUMNS: dict[str, type[pl.DataType]] = {
    "rule": pl.UInt8,  # place in the rule set's `rules`
    "outcome": pl.UInt8,  # an `Outcome`
    "row": pl.UInt32,  # row of the rule's table (of `placements` for missing months, of the
    # day's first shift for hours)
    "placement": pl.UInt32,  # row of placements; null where a unit is meant
    "unit": pl.UInt32,  # row of units; null where the post or its unit is not known
    "day": pl.Date,  # what day, or month, it is about; null where none
    "seen": pl.Int64,  # by the rule's measure: 分, minutes, persons, days since 1970, 0 or 1
    "limit": pl.Int64,
    "missing": pl.Int64,  # bits: which of the rule's `needs` are not there
}
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, eq=False)
class Result:
    """Every violation, override and missing fact: `violations` has the columns of `COLUMNS`.

    Ordered by rule, then row: the same facts give the same table.
    """

    facts: Facts
    rules: RuleSet
    at: date
    violations: pl.DataFrame
    refused: tuple[str, ...] = ()  # overrides without effect, and why

    def __len__(self) -> int:
        return self.violations.height

    @cached_property
    def blocked(self) -> frozenset[str]:
        """Ids of the placements that may not start: a blocking gate broken or not to be told."""
        gates = [
            i
            for i, rule in enumerate(self.rules.rules)
            if rule.stage is Stage.GATE and rule.severity is Severity.BLOCK
        ]
        rows = self.violations.filter(
            pl.col("rule").is_in(gates) & (pl.col("outcome") != int(Outcome.WAIVED))
        )["placement"].unique()
        return frozenset(self.facts["placements"]["placement"].gather(rows).to_list())

    def rule(self, i: int) -> Rule:
        """The rule of a violation."""
        return self.rules.rules[int(self.violations.item(i, "rule"))]

    def missing(self, i: int) -> tuple[str, ...]:
        """The facts that are not there, `table.column`; empty unless the outcome is 待补."""
        if self.violations.item(i, "outcome") != int(Outcome.MISSING):
            return ()
        bits = self.violations.item(i, "missing")
        return tuple(n for place, n in enumerate(self.rule(i).needs) if bits >> place & 1)

    def explain(self, i: int) -> str:
        """One Chinese sentence: who, what is seen against what limit, who mends it and how."""
        row = self.violations.row(i, named=True)
        rule = self.rule(i)
        who = f"{self._who(row)}：" if self._who(row) else ""
        if row["outcome"] == Outcome.MISSING:
            names = "".join(f"“{TITLES[name]}”" for name in self.missing(i))
            return f"{who}没有可用的{names}，不能判断“{rule.text}”；请{rule.mender}补齐（{rule.cites}）。"
        values = {
            "seen": shown(rule.measure, row["seen"]),
            "limit": shown(rule.measure, row["limit"]),
            "day": _day_shown(row["day"], rule),
        }
        finds = rule.finds.format(**values)
        if row["outcome"] == Outcome.WAIVED:
            return f"{who}{finds}；已由{rule.waiver}凭{rule.proof}豁免（{rule.cites}）。"
        return f"{who}{finds}；请{rule.mender}{rule.mend.format(**values)}（{rule.cites}）。"

    def sentences(self) -> Iterator[str]:
        """`explain` for every violation."""
        return (self.explain(i) for i in range(len(self)))

    def frame(self) -> pl.DataFrame:
        """The violations with ids and words instead of rows and numbers, for a file or a page."""
        rules = pl.DataFrame(
            [[i, r.code, r.cites, str(r.severity), r.table] for i, r in enumerate(self.rules.rules)],
            schema={"rule": pl.UInt8, "code": pl.String, "article": pl.String,
                    "severity": pl.String, "table": pl.String},
            orient="row",
        )  # fmt: skip
        words = pl.col("outcome").replace_strict(
            {int(one): one.word for one in Outcome}, return_dtype=pl.String
        )
        places = self.facts["placements"].with_row_index("at").select(
            pl.col("at").alias("placement"), pl.col("placement").alias("id"), "student", "school"
        )  # fmt: skip
        units = self.facts["units"].with_row_index("at").select(
            pl.col("at").alias("unit"), pl.col("unit").alias("unit_id")
        )  # fmt: skip
        joined = self.violations.with_columns(words)
        for side, on in ((rules, "rule"), (places, "placement"), (units, "unit")):
            joined = joined.join(side, on=on, how="left", maintain_order="left")
        return joined.select(
            "code", "article", "severity", "outcome", "table", "row",
            pl.col("id").alias("placement"), "student", "school", pl.col("unit_id").alias("unit"),
            "day", "seen", "limit", "missing",
        )  # fmt: skip

    def _who(self, row: dict[str, int | None]) -> str:
        names = []
        if row["placement"] is not None:
            names.append(self.facts["placements"]["student"][row["placement"]])
        if row["unit"] is not None:
            names.append(self.facts["units"]["unit"][row["unit"]])
        return "在".join(names)


def shown(measure: Measure, value: int | None) -> str:
    """A value in words: 1,600.00 元, 8 小时 30 分钟, 22:00, 2026-03-01, 2026年3月; 未填 for null."""
    if value is None:
        return "未填"
    if measure is Measure.FEN:
        return f"{value // 100:,}.{value % 100:02d} 元"
    if measure is Measure.MINUTES:
        hours, minutes = divmod(value, 60)
        return f"{hours} 小时" + (f" {minutes} 分钟" if minutes else "")
    if measure is Measure.MINUTE_OF_DAY:
        days, minute = divmod(value, 1440)
        return f"{'次日 ' if days else ''}{minute // 60}:{minute % 60:02d}"
    if measure is Measure.DATE:
        return (_EPOCH + timedelta(days=value)).isoformat()
    if measure is Measure.MONTH:
        return _month(_EPOCH + timedelta(days=value))
    return str(value)


def _day_shown(day: date | None, rule: Rule) -> str:
    if day is None:
        return ""
    return _month(day) if rule.table == "pay" else day.isoformat()


def _month(day: date) -> str:
    return f"{day.year}年{day.month}月"
