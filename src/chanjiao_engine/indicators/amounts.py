"""From what the formulas gave to outcomes: exact fractions, rounding, thresholds, veto; and sums.

Everything an outcome holds is in the indicator's unit. `numerator` of a number is its exact value,
so that a roll-up adds what was not rounded; of 课时 it is in 分钟, to be exact.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .definitions import Category, Direction, Indicator, IndicatorSet, Period, Shape, Source
from .expressions import Undefined, evaluate
from .formulas import is_select
from .outcomes import Outcome, State, Typed
from .refusals import FormulaRefused, TooLarge
from .units import divisor, kept_times

Groups = tuple[tuple[str, Decimal], ...]
DIGITS = 38
UNNAMED = "未填"  # the label of a group whose label is NULL


@dataclass(frozen=True, slots=True)
class Raw:
    """What the SELECTs of one indicator gave, in the facts' units; None where nothing was given.

    `failed` says which part has no number and why."""

    numerator: Decimal | None = None
    denominator: Decimal | None = None
    groups: Groups = ()
    failed: str = ""


PARTS_OF = {"numerator": "分子", "denominator": "分母"}


def taken(before: Raw, one: Indicator, field: str, rows: Sequence[tuple[Any, ...]]) -> Raw:
    """`before` with what one SELECT gave: rows of label and number, or one row of a number."""
    try:
        if one.shape is Shape.GROUPS:
            return replace(before, groups=in_order((row[0], _fitting(row[1])) for row in rows))
        (row,) = rows
        if field == "numerator":
            return replace(before, numerator=_fitting(row[0]))
        return replace(before, denominator=_fitting(row[0]))
    except TooLarge as why:
        return without(before, one, field, why)


def _fitting(value: Any) -> Decimal | None:
    """The number, where DECIMAL(38) holds it: DuckDB's sums go on to 1.7 × 10³⁸, Spark's do not."""
    found = number(value)
    if found is not None and len(found.as_tuple().digits) > DIGITS:
        raise TooLarge
    return found


def without(before: Raw, one: Indicator, field: str, why: object) -> Raw:
    """`before` with the reason why one SELECT gave nothing; the first reason stays."""
    where = PARTS_OF[field] if one.shape is Shape.RATIO else "公式"
    return replace(before, failed=before.failed or f"{where}的{why}")


def number(value: Any) -> Decimal | None:
    """A result cell as an exact number."""
    if value is None or isinstance(value, Decimal):
        return value
    if isinstance(value, bool | int):
        return Decimal(int(value))
    raise FormulaRefused(f"公式的结果应是整数或精确小数，不是 {type(value).__name__}")


def plain(value: Fraction) -> Decimal:
    """A fraction that is a finite decimal, exactly and in its shortest form."""
    if value.denominator == 1:
        return Decimal(value.numerator)
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
        if places > 60:
            raise ValueError(f"{value} is no finite decimal")
    return Decimal(f"{int(value * 10**places)}e-{places}")


def rounded(value: Fraction, places: int) -> Decimal:
    """Half to even, exactly, whatever its length."""
    return Decimal(f"{round(value * 10**places)}e-{places}")


def in_order(groups: Iterable[tuple[Any, Any]]) -> Groups:
    """Groups by label, equal labels added up."""
    found: dict[str, Fraction] = {}
    for label, amount in groups:
        text = _label(label)
        found[text] = found.get(text, Fraction(0)) + Fraction(number(amount) or 0)
    return tuple((label, plain(amount)) for label, amount in sorted(found.items()))


def _label(label: Any) -> str:
    if isinstance(label, bool):
        return "是" if label else "否"
    return UNNAMED if label is None else str(label)


def outcomes_of(
    found: IndicatorSet,
    raw: Mapping[str, Raw],
    typed: Iterable[Typed] = (),
    period: Period | None = None,
) -> dict[str, Outcome]:
    """One outcome for each indicator, in the set's order."""
    return _Reckoning(found, raw, {one.code: one for one in typed}, period).all()


class _Reckoning:
    """Values by code, each worked out once; a checked set has no cycle."""

    def __init__(
        self,
        found: IndicatorSet,
        raw: Mapping[str, Raw],
        typed: Mapping[str, Typed],
        period: Period | None,
    ) -> None:
        self._set, self._raw, self._typed, self._period = found, raw, typed, period
        self._known: dict[str, Outcome] = {}

    def all(self) -> dict[str, Outcome]:
        return {one.code: self._outcome(one) for one in self._set.indicators}

    def _outcome(self, one: Indicator) -> Outcome:
        if one.code not in self._known:
            self._known[one.code] = self._worked_out(one)
        return self._known[one.code]

    def _worked_out(self, one: Indicator) -> Outcome:
        if self._period is not None and not in_force(one, self._period):
            return Outcome(one.code, State.ABSENT, message="本期不适用：不在指标的有效期内")
        if one.source is Source.ABSENT:
            return Outcome(one.code, State.ABSENT, message="暂无数据来源")
        if one.source is Source.TYPED:
            given = self._typed.get(one.code)
            if given is None:
                return Outcome(one.code, State.AWAITED, message="待填报并审核")
            return _typed_outcome(one, given)
        raw = self._raw.get(one.code, Raw())
        if raw.failed:
            return Outcome(one.code, State.UNDEFINED, message=f"无法计算：{raw.failed}")
        if one.shape is Shape.GROUPS:
            groups = tuple((k, plain(Fraction(n) / divisor(one.unit))) for k, n in raw.groups)
            return group_outcome(one, groups)
        try:
            top = self._part(one, "numerator")
            if one.shape is Shape.RATIO:
                return ratio_outcome(one, top, self._part(one, "denominator"))
        except Undefined as why:
            return Outcome(one.code, State.UNDEFINED, message=f"无法计算：{why}")
        if one.shape is Shape.FLAG and top not in (0, 1):
            return Outcome(one.code, State.UNDEFINED, message=f"无法计算：是非指标得到 {top}")
        return _value(one, top, _kept(top, one.unit))

    def _part(self, one: Indicator, field: str) -> Fraction:
        """The numerator or denominator, in the part of the unit that is its own."""
        unit = _units(one)[0 if field == "numerator" else 1]
        text = getattr(one, field)
        if not is_select(text):
            return evaluate(text, self._used) / divisor(unit)
        given = getattr(self._raw.get(one.code, Raw()), field)
        if given is None:
            raise Undefined("没有符合条件的数据")
        return Fraction(given) / divisor(unit)

    def _used(self, code: str) -> Fraction:
        """Another indicator's exact value in the facts' unit."""
        used = self._set.indicator(code)
        outcome = self._outcome(used)
        if outcome.state is not State.VALUE or outcome.numerator is None:
            raise Undefined(f"指标 {code} {outcome.message.removeprefix('无法计算：') or '没有值'}")
        return _value_of(outcome.numerator, used.unit) * divisor(used.unit)


def _units(one: Indicator) -> tuple[str, str]:
    """The units of numerator and denominator."""
    upper, _, lower = one.unit.partition("/")
    return upper, lower


def _kept(value: Fraction, unit: str) -> Decimal:
    """A value in a unit as an outcome keeps it."""
    return plain(value * kept_times(unit))


def _value_of(kept: Decimal | None, unit: str) -> Fraction:
    """The value that was kept; nothing counts as zero."""
    return Fraction(kept or 0) / kept_times(unit)


def _typed_outcome(one: Indicator, given: Typed) -> Outcome:
    if one.shape is Shape.GROUPS:
        return replace(group_outcome(one, given.groups), typed=given)
    exact = Fraction(given.value)
    numerator = None if one.shape is Shape.RATIO else _kept(exact, one.unit)
    return replace(_value(one, exact, numerator), typed=given)


def ratio_outcome(one: Indicator, top: Fraction, bottom: Fraction) -> Outcome:
    """Numerator ÷ denominator × scale; the parts are kept, also where nothing can be divided."""
    upper, lower = _units(one)
    parts = _kept(top, upper), _kept(bottom, lower)
    if bottom == 0:
        message = f"无法计算：指标 {one.code} 的分母为 0"
        return Outcome(one.code, State.UNDEFINED, None, *parts, message=message)
    return _value(one, top * one.scale / bottom, *parts)


def group_outcome(one: Indicator, groups: Groups) -> Outcome:
    """Groups, and their sum as the value."""
    total = sum((Fraction(n) for _, n in groups), Fraction(0))
    return replace(_value(one, total, plain(total)), groups=groups)


def _value(
    one: Indicator,
    exact: Fraction,
    numerator: Decimal | None,
    denominator: Decimal | None = None,
) -> Outcome:
    reached = reaches(one, exact)
    return Outcome(
        one.code,
        State.VALUE,
        rounded(exact, one.places),
        numerator,
        denominator,
        reached=reached,
        struck=one.category is Category.VETO and reached is False,
        band=band_of(one, exact),
    )


def in_force(one: Indicator, period: Period) -> bool:
    """Whether the indicator's validity meets the period."""
    begun = one.valid_from is None or one.valid_from < period.until
    return begun and (one.valid_until is None or one.valid_until > period.since)


def reaches(one: Indicator, exact: Fraction) -> bool | None:
    """Whether the unrounded value meets the threshold; None without one or without a direction."""
    if one.threshold is None or one.direction is Direction.NEITHER:
        return None
    limit = Fraction(one.threshold)
    return exact >= limit if one.direction is Direction.HIGHER else exact <= limit


def band_of(one: Indicator, exact: Fraction) -> str:
    """The label of the highest band whose floor the unrounded value reaches."""
    found = [band.label for band in one.bands if exact >= Fraction(band.floor)]
    return found[-1] if found else ""


def totals(found: IndicatorSet, packs: Sequence[Mapping[str, Outcome]]) -> dict[str, Outcome]:
    """Each indicator over all packs that have a value; the message says how many have.

    Thresholds and bands are each consortium's own, so a total has none.
    """
    return {one.code: _total(one, [pack[one.code] for pack in packs]) for one in found.indicators}


def _total(one: Indicator, outcomes: Sequence[Outcome]) -> Outcome:
    having = [o for o in outcomes if o.numerator is not None]
    valued = sum(o.state is State.VALUE for o in outcomes)
    message = f"{valued}/{len(outcomes)} 家有值"
    left_out = sum(o.state is State.VALUE and o.numerator is None for o in outcomes)
    if left_out:
        message += f"，其中 {left_out} 家是人工填报的比率，不能相加，未计入"
    if not having:
        return Outcome(one.code, State.ABSENT, message=f"没有一家有可相加的值（{message}）")
    made = _added(one, having)
    if made.state is not State.VALUE:
        message = f"{made.message}（{message}）"
    return replace(made, message=message, reached=None, struck=False, band="")


def _added(one: Indicator, having: Sequence[Outcome]) -> Outcome:
    if one.shape is Shape.GROUPS:
        return group_outcome(one, in_order(pair for o in having for pair in o.groups))
    upper, lower = _units(one)
    top = sum((_value_of(o.numerator, upper) for o in having), Fraction(0))
    if one.shape is Shape.RATIO:
        bottom = sum((_value_of(o.denominator, lower) for o in having), Fraction(0))
        return ratio_outcome(one, top, bottom)
    return _value(one, top, _kept(top, upper))
