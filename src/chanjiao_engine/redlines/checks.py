"""How each rule is asked: an expression that is true where it is broken, null where it cannot be told.

Three-valued logic does the work: false wins over null in `&`, true over null in `|`. A rule of
`rules.py` and its check share their code; `tests/engine/redlines` holds the two lists equal.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import polars as pl

from .profiles import RuleSet
from .schema import IN_SCHOOL, INTERNSHIP

_NONE = pl.lit(None, pl.Int64)


@dataclass(frozen=True, slots=True)
class Check:
    """`bad` (Boolean), and for the rows it names: the value seen, the limit, the day it is about."""

    bad: pl.Expr
    seen: pl.Expr = _NONE
    limit: pl.Expr = _NONE
    day: pl.Expr = _NONE


def _c(name: str) -> pl.Expr:
    return pl.col(name)


def _key(day: pl.Expr) -> pl.Expr:
    """20280229: whole years are 10000 apart, so a birthday is a plain comparison."""
    year, month, of_month = day.dt.year(), day.dt.month(), day.dt.day()
    return year.cast(pl.Int64) * 10_000 + month.cast(pl.Int64) * 100 + of_month.cast(pl.Int64)


_START = _c("placements.starts")
_YEARS = (_key(_START) - _key(_c("students.born"))) // 10_000


def _younger(years: int) -> pl.Expr:
    return _key(_START) < _key(_c("students.born")) + years * 10_000


def _either(*flags: pl.Expr) -> pl.Expr:
    """True if one is, else false if one is; null where all are: one source is enough to tell."""
    some = pl.any_horizontal(flag.fill_null(False) for flag in flags)
    said = pl.any_horizontal(flag.is_not_null() for flag in flags)
    return pl.when(said).then(some)


def _in_time(days: int, *dates: str, wrong: pl.Expr | None = None) -> Check:
    """Every date must be at least `days` before the start."""
    last = _START.dt.offset_by(f"-{days}d")
    bad = wrong if wrong is not None else pl.lit(False)
    for name in dates:
        bad = bad | (_c(name) > last)
    return Check(bad, pl.max_horizontal(*dates), last)


def _flagged(name: str) -> Check:
    return Check(_c(name), _c(name))


def _floor(rules: RuleSet) -> pl.Expr:
    """The lower of the two floors the law names; null where neither is known."""
    percent = rules.limit("wage_percent")
    share = (_c("posts.same_post_wage") * percent + 99) // 100  # to the 分, upwards
    return pl.min_horizontal(share, "posts.lowest_wage_grade")


def _below_floor(pay: pl.Expr, rules: RuleSet) -> pl.Expr:
    share = pay * 100 < _c("posts.same_post_wage") * rules.limit("wage_percent")
    return (share & (pay < _c("posts.lowest_wage_grade"))) & _c("placements.independent")


def _who(rules: RuleSet) -> dict[str, Check]:
    lowest, adult = rules.limit("lowest_age"), rules.limit("adult_age")
    chemical = pl.coalesce("posts.chemical_site", pl.when(~_c("units.chemical_park")).then(False))
    grade = _c("placements.grade")
    return {
        "grade_first_year": Check(
            grade < rules.limit("lowest_grade"), grade, pl.lit(rules.limit("lowest_grade"))
        ),
        "age_under_16": Check(_younger(lowest), _YEARS, pl.lit(lowest)),
        "minor_hazard": Check(_c("posts.minor_forbidden") & _younger(adult), _YEARS, pl.lit(adult)),
        "minor_chemical": Check(chemical & _younger(adult), _YEARS, pl.lit(adult)),
        "female_hazard": Check(
            _c("posts.female_forbidden") & (_c("students.sex") == "女"), pl.lit(1)
        ),
        "major_group": Check((_c("students.fields") & _c("posts.fields")) == 0),
    }


def _where(rules: RuleSet) -> dict[str, Check]:
    intensity = _c("posts.intensity")
    inside = _c("units.site").is_in(IN_SCHOOL)
    made = {
        "venue": Check(_either(_c("units.entertainment"), _c("units.banned")), pl.lit(1)),
        "intensity": Check(
            intensity >= rules.limit("intensity"), intensity, pl.lit(rules.limit("intensity"))
        ),
        "hazard": _flagged("posts.harmful"),
        "site": Check(inside & ~_c("units.registered"), pl.lit(0)),
    }
    for name in ("cap_unit", "cap_kind"):
        place, allowed = _c(f"{name}.place"), _c(f"{name}.allowed")
        made[name] = Check(place > allowed, place, allowed, _c(f"{name}.day"))
    return made


def _hours(rules: RuleSet) -> dict[str, Check]:
    most = rules.limit("daily_minutes")
    planned = _c("posts.daily_minutes")
    begins, ends = _c("shifts.from_minute"), _c("shifts.until_minute")
    late, early = rules.limit("night_from"), rules.limit("night_until")
    night = (begins < early) | (ends > late)
    return {
        "hours": Check(planned > most, planned, pl.lit(most)),
        "night_shift": _flagged("posts.night"),
        "hours_worked": Check(_c("minutes") > most, _c("minutes"), pl.lit(most), _c("day")),
        "night_worked": Check(
            night, pl.when(begins < early).then(begins).otherwise(ends), _NONE, _c("shifts.day")
        ),
    }


def _papers(rules: RuleSet) -> dict[str, Check]:
    paper, ready = rules.limit("paper_days"), rules.limit("training_days")
    signatures = ("agreements.school_on", "agreements.unit_on", "agreements.student_on")
    return {
        "agreement": _in_time(paper, *signatures),
        "consent_student": _in_time(paper, "consents.student_on"),
        "consent_guardian": _in_time(paper, "consents.guardian_on"),
        "forced": _flagged("declarations.forced"),
        "intermediary": _flagged("declarations.intermediary"),
        "documents_held": _flagged("declarations.documents_held"),
        "insurance": _insured(),
        "insurance_charged": _flagged("insurance.charged"),
        "training": _in_time(ready, "training.trained_on"),
        "test": _in_time(ready, "training.tested_on", wrong=~_c("training.passed")),
        "filing": _in_time(ready, "declarations.filed_on"),
        "mental_health": _in_time(ready, "declarations.mental_health_on"),
    }


def _insured() -> Check:
    gap, end = _c("insurance.gap"), _c("placements.until")
    bad = (
        pl.when(_c("insurance.since").is_null() | _START.is_null())
        .then(None)
        .when(end.is_null())
        .then(pl.when(gap <= _START).then(True))
        .otherwise(gap.is_not_null())
    )
    return Check(bad, gap, end)


def _pay(rules: RuleSet) -> dict[str, Check]:
    agreed, paid, due = _c("placements.pay"), _c("pay.paid"), _c("pay.due")
    month, whole = _c("pay.month"), _c("whole")
    owed = pl.coalesce(due, pl.when(whole).then(agreed))
    latest = _c("after").dt.offset_by(f"{rules.limit('pay_delay_months')}mo")
    hourly = _c("units.hourly_minimum") * _c("pay.minutes")
    return {
        "wage": Check(_below_floor(agreed, rules), agreed, _floor(rules)),
        "wage_month": Check(_below_floor(paid, rules) & whole, paid, _floor(rules), month),
        "pay_full": Check(paid < owed, paid, owed, month),
        "pay_money": Check(~_c("pay.money"), _c("pay.money"), _NONE, month),
        "pay_direct": Check(~_c("pay.direct"), _c("pay.direct"), _NONE, month),
        "pay_late": Check(_c("pay.paid_on") >= latest, _c("pay.paid_on"), latest, month),
        "pay_missing": Check(pl.lit(True), _c("month"), _NONE, _c("month")),
        "pay_hourly": Check(paid * 60 < hourly, paid, (hourly + 59) // 60, month),
        "fees": _charged(),
    }


def _charged() -> Check:
    said, amount = _c("declarations.fees"), _c("fees.amount")
    bad = pl.when(said | (amount > 0)).then(True).when("fees.unsaid").then(None).otherwise(said)
    return Check(bad, amount)


def _yearly(rules: RuleSet, at: date) -> dict[str, Check]:
    oldest = pl.lit(at).dt.offset_by(f"-{rules.limit('staff_days')}d")
    return {"staff_yearly": Check(_c("staff.since") < oldest, _c("staff.since"), oldest)}


def checks(rules: RuleSet, at: date) -> dict[str, Check]:
    """Every check by its rule's code, 岗位实习 only where the rule says so."""
    families: tuple[Callable[[RuleSet], dict[str, Check]], ...] = (
        _who,
        _where,
        _hours,
        _papers,
        _pay,
    )
    found = {code: check for make in families for code, check in make(rules).items()}
    found |= _yearly(rules, at)
    for rule in rules.rules:
        if rule.internship and rule.table not in {"months", "units"}:
            check = found[rule.code]
            asked = (_c("placements.kind") == INTERNSHIP) & check.bad
            found[rule.code] = Check(asked, check.seen, check.limit, check.day)
    return found


def missing_bits(code: str, needs: tuple[str, ...]) -> pl.Expr:
    """Which of a rule's needs are not there, as bits in their order."""
    elsewhere = {  # what stands in the frame in another form than the fact's own column
        "staff.staff": _c(f"{code}.allowed").is_null(),
        "students.major": _c("students.fields").is_null(),  # or not to be read
        "posts.majors": _c("posts.fields").is_null(),
        "units.industry": _c("units.banned").is_null(),
        "fees.amount": _c("fees.unsaid").fill_null(False),
        "shifts.worked": pl.lit(False),
        "pay.month": pl.lit(False),
    }
    bits = pl.lit(0, pl.Int64)
    for place, name in enumerate(needs):
        absent = elsewhere[name] if name in elsewhere else _c(name).is_null()
        bits = bits + absent.cast(pl.Int64) * (1 << place)
    return bits
