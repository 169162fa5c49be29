"""From what the formulas gave to outcomes: exact fractions, rounding, thresholds, veto."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .definitions import Category, Direction, Indicator, IndicatorSet, Shape, Source
from .expressions import Undefined, evaluate
from .formulas import FormulaRefused, is_select
from .outcomes import Outcome, State, Typed
from .units import divisor

Groups = tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Raw:
    """What the SELECTs of one indicator gave; None where the part is no SELECT, or gave nothing."""

    numerator: Decimal | None = None
    denominator: Decimal | None = None
    groups: Groups = ()


def number(value: Any) -> Decimal:
    """A result cell as an exact number; an empty sum is 0."""
    if value is None:
        return Decimal(0)
    if isinstance(value, bool | int):
        return Decimal(int(value))
    if isinstance(value, Decimal):
        return value
    raise FormulaRefused(f"公式的结果应是整数或精确小数，不是 {type(value).__name__}。")


def in_order(groups: Iterable[tuple[Any, Any]]) -> Groups:
    """Groups by label; a missing label is 未填."""
    found: dict[str, Decimal] = {}
    for label, amount in groups:
        text = "未填" if label is None else str(label)
        found[text] = found.get(text, Decimal(0)) + number(amount)
    return tuple(sorted(found.items()))


def rounded(value: Fraction, places: int) -> Decimal:
    """Half to even, exactly."""
    return Decimal(round(value * 10**places)).scaleb(-places)


def outcomes_of(
    found: IndicatorSet, raw: Mapping[str, Raw], typed: Iterable[Typed] = ()
) -> dict[str, Outcome]:
    """One outcome for each indicator, in the set's order."""
    return _Reckoning(found, raw, {one.code: one for one in typed}).all()


class _Reckoning:
    """Values by code, each worked out once; a checked set has no cycle."""

    def __init__(
        self, found: IndicatorSet, raw: Mapping[str, Raw], typed: Mapping[str, Typed]
    ) -> None:
        self._set, self._raw, self._typed = found, raw, typed
        self._exact: dict[str, Fraction | Undefined] = {}

    def all(self) -> dict[str, Outcome]:
        return {one.code: self._outcome(one) for one in self._set.indicators}

    def _outcome(self, one: Indicator) -> Outcome:
        if one.source is Source.ABSENT:
            return Outcome(one.code, State.ABSENT, message="暂无数据来源")
        if one.source is Source.TYPED and one.code not in self._typed:
            return Outcome(one.code, State.AWAITED, message="待填报并审核")
        raw, typed = self._raw.get(one.code, Raw()), self._typed.get(one.code)
        groups = typed.groups if typed and one.source is Source.TYPED else raw.groups
        try:
            exact = self.exact(one.code)
        except Undefined as why:
            return Outcome(
                one.code, State.UNDEFINED, numerator=raw.numerator, denominator=raw.denominator,
                message=f"无法计算：{why}",
            )  # fmt: skip
        reached = reaches(one, exact)
        return Outcome(
            one.code, State.VALUE, rounded(exact, one.places), raw.numerator, raw.denominator,
            groups, reached, one.category is Category.VETO and reached is False, band_of(one, exact),
            typed if one.source is Source.TYPED else None,
        )  # fmt: skip

    def exact(self, code: str) -> Fraction:
        """The unrounded value in the indicator's unit; Undefined says why there is none."""
        if code not in self._exact:
            try:
                self._exact[code] = self._work_out(self._set.indicator(code))
            except Undefined as why:
                self._exact[code] = why
        known = self._exact[code]
        if isinstance(known, Undefined):
            raise known
        return known

    def _work_out(self, one: Indicator) -> Fraction:
        if one.source is Source.ABSENT:
            raise Undefined(f"指标 {one.code} 暂无数据来源。")
        if one.source is Source.TYPED:
            if one.code not in self._typed:
                raise Undefined(f"指标 {one.code} 待填报。")
            return Fraction(self._typed[one.code].value)
        raw = self._raw.get(one.code, Raw())
        if one.shape is Shape.GROUPS:
            return Fraction(sum((n for _, n in raw.groups), Decimal(0))) / divisor(one.unit)
        top = self._part(one, one.numerator, raw.numerator)
        if one.shape is not Shape.RATIO:
            return top
        bottom = self._part(one, one.denominator, raw.denominator)
        if bottom == 0:
            raise Undefined(f"指标 {one.code} 的分母为 0。")
        return top * one.scale / bottom

    def _part(self, one: Indicator, text: str, given: Decimal | None) -> Fraction:
        if not is_select(text):
            return evaluate(text, self.exact)
        if given is None:
            raise Undefined(f"指标 {one.code} 没有可计算的数据。")
        money = 1 if one.shape is Shape.RATIO else divisor(one.unit)
        return Fraction(given) / money


def reaches(one: Indicator, exact: Fraction) -> bool | None:
    """Whether the threshold is met; None without one or where neither way is better."""
    if one.threshold is None or one.direction is Direction.NEITHER:
        return None
    limit = Fraction(one.threshold)
    return exact >= limit if one.direction is Direction.HIGHER else exact <= limit


def band_of(one: Indicator, exact: Fraction) -> str:
    """The label of the highest band whose floor the value reaches."""
    found = [band.label for band in one.bands if exact >= Fraction(band.floor)]
    return found[-1] if found else ""
