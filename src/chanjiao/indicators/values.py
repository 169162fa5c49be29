"""Outcomes as JSON and back, and how a value is written for people."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from chanjiao.kernel.money import spoken
from chanjiao_engine.indicators.definitions import Indicator, Shape
from chanjiao_engine.indicators.outcomes import Outcome, State, Typed

FEN = "分"
MISSING = {
    State.ABSENT: "暂无数据来源",
    State.AWAITED: "待填报",
    State.UNDEFINED: "无法计算",
}


def as_json(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """Exact: every number as text."""
    return [
        {
            "code": one.code,
            "state": one.state.value,
            "value": _text(one.value),
            "numerator": _text(one.numerator),
            "denominator": _text(one.denominator),
            "groups": [[label, str(number)] for label, number in one.groups],
            "reached": one.reached,
            "struck": one.struck,
            "band": one.band,
            "message": one.message,
            "typed": None if one.typed is None else _typed_json(one.typed),
        }
        for one in outcomes
    ]


def from_json(rows: Iterable[Mapping[str, Any]]) -> dict[str, Outcome]:
    """By code, in the order of the set."""
    return {row["code"]: _outcome(row) for row in rows}


def _outcome(row: Mapping[str, Any]) -> Outcome:
    typed = row["typed"]
    return Outcome(
        code=row["code"],
        state=State(row["state"]),
        value=_number(row["value"]),
        numerator=_number(row["numerator"]),
        denominator=_number(row["denominator"]),
        groups=_groups(row["groups"]),
        reached=row["reached"],
        struck=row["struck"],
        band=row["band"],
        message=row["message"],
        typed=None
        if typed is None
        else Typed(
            code=row["code"],
            value=Decimal(typed["value"]),
            reason=typed["reason"],
            evidence=tuple(typed["evidence"]),
            entered_by=typed["entered_by"],
            approved_by=typed["approved_by"],
            groups=_groups(typed["groups"]),
        ),
    )


def _typed_json(typed: Typed) -> dict[str, Any]:
    return {
        "value": str(typed.value),
        "reason": typed.reason,
        "evidence": list(typed.evidence),
        "entered_by": typed.entered_by,
        "approved_by": typed.approved_by,
        "groups": [[label, str(number)] for label, number in typed.groups],
    }


def _groups(rows: Iterable[Iterable[str]]) -> tuple[tuple[str, Decimal], ...]:
    return tuple((label, Decimal(number)) for label, number in rows)


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


# For people ----------------------------------------------------------------------------------
def shown(indicator: Indicator, outcome: Outcome | None) -> str:
    """The value with its unit; a missing one says why it is missing, never 0."""
    if outcome is None:
        return MISSING[State.AWAITED]
    if outcome.state is not State.VALUE or outcome.value is None:
        return MISSING.get(outcome.state, "")
    return number_shown(indicator, outcome.value)


def number_shown(indicator: Indicator, number: Decimal) -> str:
    """A number of an indicator with its unit, as people read it."""
    if indicator.shape is Shape.FLAG:
        return "是" if number else "否"
    if indicator.unit == FEN:
        return spoken(int(number))
    text = f"{number.quantize(Decimal(1).scaleb(-indicator.places)):,}"
    if indicator.unit == "%":
        return f"{text}%"
    return f"{text} {indicator.unit}".rstrip()


def threshold_shown(indicator: Indicator) -> str:
    """≥ 80%, ≤ 0 起, or empty."""
    if indicator.threshold is None:
        return ""
    if indicator.shape is Shape.FLAG:
        return "是" if indicator.threshold else "否"
    sign = "≤" if indicator.direction.value == "lower" else "≥"
    return f"{sign} {number_shown(indicator, indicator.threshold)}"
