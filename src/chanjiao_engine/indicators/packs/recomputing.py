"""What packs ask of the indicator computation, in one place."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from ..arrow import FactsRefused, check_types
from ..compute import compute_in
from ..definitions import IndicatorSet, Period, SetRefused
from ..keys import check_keys
from ..outcomes import Outcome, Typed
from ..text import dump_set, parse_set
from ..workspace import open_workspace
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
    """Every outcome in the set's order, from checked facts and the values by hand."""
    try:
        with open_workspace(facts) as workspace:
            return tuple(compute_in(workspace, chosen, period, typed).values())
    except SetRefused as refused:
        first = refused.faults[0]
        where = f"{SET} 的指标 {first.code} 的公式（{first.field}）"
        raise PackDiffers(where, "能在事实数据上计算", first.message[:300]) from refused


def check_given(facts: Mapping[str, pa.Table]) -> None:
    """Types, keys and references of facts that no pack has held yet."""
    try:
        check_types(facts)
        check_keys(facts)
    except FactsRefused as refused:
        raise PackDiffers("事实数据", "符合数据结构", str(refused)[:300]) from refused
