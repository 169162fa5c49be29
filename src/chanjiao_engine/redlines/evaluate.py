"""Rules asked of facts: a subject's rules in one pass over its frame, then only the rows they name."""

from collections.abc import Iterator
from datetime import date

import polars as pl

from .checks import Check, checks, missing_bits
from .facts import Facts
from .frames import subjects
from .profiles import RuleSet
from .result import COLUMNS, Result
from .rules import Rule
from .terms import Outcome


def evaluate(facts: Facts, rules: RuleSet, *, at: date) -> Result:
    """Every violation, override and missing fact of every rule.

    A fact nobody has stated is never taken as good: where it would decide, the outcome is 待补.
    `at` is the day of asking: pay is overdue, and a count of staff old, as of it; everything else
    depends on the facts alone. Who stands under a cap is counted among all placements given.
    """
    asked = checks(rules, at)
    found: dict[int, pl.DataFrame] = {}
    for name, frame in subjects(facts, rules, at).items():
        mine = [(i, rule) for i, rule in enumerate(rules.rules) if rule.table == name]
        if mine and frame.height:
            found |= _broken(frame, mine, asked)
    by_rule = [found[i] for i in sorted(found)]  # rows ascend within each
    table = pl.concat(by_rule) if by_rule else pl.DataFrame(schema=COLUMNS)
    return Result(facts, rules, at, _waived(table, facts, rules), tuple(_refused(facts, rules)))


def _broken(
    frame: pl.DataFrame, rules: list[tuple[int, Rule]], asked: dict[str, Check]
) -> dict[int, pl.DataFrame]:
    size = frame.height
    bad = frame.select(asked[rule.code].bad.cast(pl.Boolean).alias(rule.code) for _, rule in rules)
    if bad.height != size:  # nothing but constants
        bad = pl.concat([bad] * size)
    return {i: _listed(frame, i, rule, bad[rule.code], asked[rule.code]) for i, rule in rules}


def _listed(frame: pl.DataFrame, i: int, rule: Rule, bad: pl.Series, check: Check) -> pl.DataFrame:
    hit = bad.fill_null(True)
    rows = frame.filter(hit)
    unknown = bad.filter(hit).is_null()
    outcome = unknown.cast(pl.UInt8) * (Outcome.MISSING - Outcome.VIOLATED) + Outcome.VIOLATED
    return rows.select(
        pl.lit(i, pl.UInt8).alias("rule"),
        outcome.cast(pl.UInt8).alias("outcome"),
        "row",
        "placement",
        "unit",
        check.day.cast(pl.Int32).cast(pl.Date).alias("day"),
        check.seen.cast(pl.Int64).alias("seen"),
        check.limit.cast(pl.Int64).alias("limit"),
        pl.when(pl.lit(unknown))
        .then(missing_bits(rule.code, rule.needs))
        .otherwise(0)
        .alias("missing"),
    )


def _waived(table: pl.DataFrame, facts: Facts, rules: RuleSet) -> pl.DataFrame:
    """Violations with a permitted override and its proof become 已豁免; what cannot be told does not."""
    if not facts["overrides"].height:
        return table
    permitted = pl.DataFrame(
        [[i, rule.code, str(rule.waiver)] for i, rule in enumerate(rules.rules) if rule.waiver],
        schema={"rule": pl.UInt8, "code": pl.String, "by": pl.String},
        orient="row",
    )
    places = facts["placements"].select("placement").with_row_index("at")
    granted = (
        facts["overrides"]
        .filter(pl.col("proof").str.strip_chars() != "")
        .rename({"rule": "code"})
        .join(permitted, on=["code", "by"])
        .join(places, on="placement")
        .select("rule", pl.col("at").alias("placement"), pl.lit(True).alias("granted"))
    )
    violated = pl.col("outcome") == int(Outcome.VIOLATED)
    return (
        table.join(granted, on=["rule", "placement"], how="left", maintain_order="left")
        .with_columns(
            pl.when(violated & pl.col("granted"))
            .then(pl.lit(int(Outcome.WAIVED), pl.UInt8))
            .otherwise("outcome")
            .alias("outcome")
        )
        .drop("granted")
    )


def _refused(facts: Facts, rules: RuleSet) -> Iterator[str]:
    known = {rule.code: rule for rule in rules.rules}
    for number, (code, by, proof) in enumerate(
        facts["overrides"].select("rule", "by", "proof").iter_rows(), 1
    ):
        rule = known.get(code)
        if rule is None:
            yield f"豁免第 {number} 行：没有代码为 {code} 的规则。"
        elif rule.waiver is None:
            yield f"豁免第 {number} 行：“{rule.text}”不允许豁免。"
        elif by != rule.waiver:
            yield f"豁免第 {number} 行：“{rule.text}”应由{rule.waiver}批准，现为{by}。"
        elif not proof.strip():
            yield f"豁免第 {number} 行：没有证明材料，应为{rule.proof}。"
