"""An indicator set is data: versioned, three levels, each value's formula an SQL over the facts."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Category(StrEnum):
    """First level of the standard."""

    BASIC = "basic"  # 基础性
    SUBSTANTIAL = "substantial"  # 实质性
    VETO = "veto"  # 否定性: shown as such, never averaged with others


CATEGORY_LABELS = {
    Category.BASIC: "基础性指标",
    Category.SUBSTANTIAL: "实质性指标",
    Category.VETO: "否定性指标",
}


class Source(StrEnum):
    """Where a value comes from."""

    COMPUTED = "computed"  # from the facts
    CONFIRMED = "confirmed"  # from the facts, and a person confirms it for the year
    TYPED = "typed"  # by hand, with reason, evidence and approver
    ABSENT = "absent"  # no package yields its facts yet: 暂无数据来源, never 0


SOURCE_LABELS = {
    Source.COMPUTED: "系统计算",
    Source.CONFIRMED: "系统计算并确认",
    Source.TYPED: "人工填报",
    Source.ABSENT: "暂无数据来源",
}


class Shape(StrEnum):
    """What a value is, and so how it adds up in a roll-up."""

    NUMBER = "number"  # one number; a roll-up sums it
    RATIO = "ratio"  # numerator ÷ denominator × scale; a roll-up sums both, then divides
    GROUPS = "groups"  # a number per group; a roll-up sums group by group
    FLAG = "flag"  # 1 yes, 0 no; a roll-up counts the consortia with yes


class Span(StrEnum):
    """Which rows count; said by the formula through :since and :until, shown to people."""

    YEAR = "year"  # within the period
    CUMULATIVE = "cumulative"  # from the beginning to the period's end
    MOMENT = "moment"  # as it stands at the period's end


class Direction(StrEnum):
    """Which way is better."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Band:
    """A value from `floor` on (inclusive) has this label; bands stand from low to high."""

    floor: Decimal
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One third-level indicator.

    `numerator` and `denominator` are either one SELECT over the facts or an expression over other
    indicators, such as value('14') + value('17'). A SELECT gives one number; with the shape
    `groups` it gives two columns, label and number. Placeholders :since and :until are the first
    day of the period and the first day after it. `scale` multiplies a ratio (100 for %);
    `places` are the decimals of the value (rounded half even). A veto indicator strikes when its
    value passes its threshold on the wrong side of `direction`.
    """

    code: str
    category: Category
    second: str
    name: str
    observation: str = ""
    unit: str = ""
    shape: Shape = Shape.NUMBER
    span: Span = Span.YEAR
    source: Source = Source.COMPUTED
    numerator: str = ""
    denominator: str = ""
    scale: int = 1
    places: int = 0
    direction: Direction = Direction.HIGHER
    threshold: Decimal | None = None
    bands: tuple[Band, ...] = ()
    evidence: tuple[str, ...] = ()
    document: str = ""
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorSet:
    """A version of a set. `label` must be shown wherever the set's values are."""

    code: str
    version: str
    title: str
    label: str
    document: str
    schema_version: str
    indicators: tuple[Indicator, ...]

    def indicator(self, code: str) -> Indicator:
        """The indicator, or KeyError."""
        found = next((one for one in self.indicators if one.code == code), None)
        if found is None:
            raise KeyError(code)
        return found

    @property
    def seconds(self) -> tuple[tuple[Category, str], ...]:
        """The second levels in order of appearance."""
        return tuple(dict.fromkeys((one.category, one.second) for one in self.indicators))


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open period [since, until) of one consortium, usually a calendar year."""

    since: date
    until: date


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a set: which indicator, which field, what and how to mend it (Chinese)."""

    code: str
    field: str
    message: str


class SetRefused(ValueError):
    """A set that cannot be used; `faults` are all of them, not only the first."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("；".join(f"{f.code} {f.field}：{f.message}" for f in faults))
        self.faults = faults
