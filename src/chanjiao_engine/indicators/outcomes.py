"""What computing a set gives: one outcome for each indicator, exact and comparable."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class State(StrEnum):
    """Whether there is a value, and why not."""

    VALUE = "value"
    ABSENT = "absent"  # 暂无数据来源
    AWAITED = "awaited"  # 待填报: to be typed, not typed (or not approved) yet
    UNDEFINED = "undefined"  # 无法计算: the denominator is zero, or a value it needs is missing


STATE_LABELS = {
    State.VALUE: "有值",
    State.ABSENT: "暂无数据来源",
    State.AWAITED: "待填报",
    State.UNDEFINED: "无法计算",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """A value entered by hand and approved; `evidence` are codes, `digest` covers all of it."""

    code: str
    value: Decimal
    reason: str
    evidence: tuple[str, ...]
    entered_by: str
    approved_by: str
    groups: tuple[tuple[str, Decimal], ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """One indicator's value. Numbers are Decimal, rounded to the indicator's places in `value`
    only; numerator and denominator stay exact (课时 in 分钟), so that roll-ups add them up.

    `reached` says whether the threshold is met (None without one); `struck` whether a veto
    indicator strikes; `band` is the label of the band the value lies in.
    """

    code: str
    state: State
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    groups: tuple[tuple[str, Decimal], ...] = ()
    reached: bool | None = None
    struck: bool = False
    band: str = ""
    typed: Typed | None = None
    message: str = ""
