"""What packs ask of the indicator computation, in one place."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from ..arrow import FactsRefused
from ..compute import compute
from ..definitions import IndicatorSet, Period, SetRefused
from ..outcomes import Outcome, Typed
from ..text import dump_set, parse_set
from .contents import SET
from .refusals import PackDiffers


def canonical_set(text: str) -> tuple[str, IndicatorSet]:
    """The one text of a set, and the set; PackDiffers where it is refused."""
    try:
        chosen = parse_set(text)
        return dump_set(chosen), chosen
    except SetRefused as refused:
        first = refused.faults[0]
        where = f"{SET} 的指标 {first.code}（{first.field}）" if first.code else SET
        raise PackDiffers(where, "可用的定义", first.message[:300]) from refused


def recompute(
    chosen: IndicatorSet, facts: Mapping[str, pa.Table], period: Period, typed: Sequence[Typed]
) -> tuple[Outcome, ...]:
    """Every outcome in the set's order, from the facts and the values by hand."""
    try:
        return tuple(compute(chosen, facts, period, typed).values())
    except SetRefused as refused:
        first = refused.faults[0]
        where = f"{SET} 的指标 {first.code} 的公式（{first.field}）"
        raise PackDiffers(where, "能在事实数据上计算", first.message[:300]) from refused
    except FactsRefused as refused:
        raise PackDiffers("事实数据", "符合数据结构", str(refused)[:300]) from refused
