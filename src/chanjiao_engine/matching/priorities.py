"""Priorities of a post from weighted criteria, in integers only."""

from collections.abc import Mapping
from decimal import Decimal

MICRO = 1_000_000  # a score is kept in millionths of a point


class WeightError(ValueError):
    """The weights or a criterion's value cannot be used; the message names it."""


def check_weights(weights: Mapping[str, int]) -> None:
    """Raise `WeightError` unless the weights are whole percents, none negative, of sum 100."""
    for name, percent in weights.items():
        if isinstance(percent, bool) or not isinstance(percent, int) or percent < 0:
            raise WeightError(f"权重“{name}”应为不小于 0 的整数，现为 {percent!r}")
    total = sum(weights.values())
    if total != 100:
        raise WeightError(f"各项权重之和应为 100，现为 {total}")


def weighted_score(criteria: Mapping[str, int | Decimal], weights: Mapping[str, int]) -> int:
    """The weighted mean of criteria (each 0..100 points) in micro-points: 0..100_000_000.

    Values may have up to six decimals. Every weighted criterion must be present; what falls below
    a micro-point is cut off, once, at the end.
    """
    check_weights(weights)
    total = 0
    for name, percent in weights.items():
        if name not in criteria:
            raise WeightError(f"缺少“{name}”的得分")
        total += percent * _micro(name, criteria[name])
    return total // 100


def _micro(name: str, value: int | Decimal) -> int:
    if isinstance(value, (float, bool)):
        raise WeightError(f"“{name}”的得分应为整数或十进制小数，现为 {value!r}")
    exact = Decimal(value)
    if not exact.is_finite() or not 0 <= exact <= 100:
        raise WeightError(f"“{name}”的得分应在 0 到 100 之间，现为 {value}")
    micro = exact * MICRO
    if micro != micro.to_integral_value():
        raise WeightError(f"“{name}”的得分最多六位小数，现为 {value}")
    return int(micro)
