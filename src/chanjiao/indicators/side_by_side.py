"""Consortia beside each other: a year's packs that count, indicator by indicator.

Only packs of one indicator set can stand beside each other; totals are the engine's own
(`rollup.totals`), the same that `chanjiao pack rollup` gives.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from chanjiao.indicators.models import ReceivedPack
from chanjiao.indicators.values import number_shown, shown, threshold_shown
from chanjiao_engine.indicators.amounts import totals
from chanjiao_engine.indicators.definitions import Category, Indicator, IndicatorSet
from chanjiao_engine.indicators.outcomes import Outcome, State
from chanjiao_engine.indicators.packs.contents import outcomes_of
from chanjiao_engine.indicators.text import parse_set


@dataclass(frozen=True, slots=True)
class Cell:
    """One consortium's value. `mark` is 否决, 未达标, 暂无 or empty; by hand is shown otherwise."""

    pack: ReceivedPack
    outcome: Outcome
    text: str
    mark: str
    by_hand: bool

    @property
    def tone(self) -> str:
        return {"否决": "bad", "未达标": "warn", "暂无": "idle"}.get(self.mark, "")


@dataclass(frozen=True, slots=True)
class Line:
    """One indicator over all consortia."""

    indicator: Indicator
    cells: tuple[Cell, ...]
    total: str
    threshold: str

    @property
    def is_veto(self) -> bool:
        return self.indicator.category is Category.VETO

    @property
    def values(self) -> list[Decimal]:
        """The values there are, from low to high."""
        return sorted(c.outcome.value for c in self.cells if c.outcome.value is not None)

    @property
    def spread(self) -> str:
        """Lowest to highest, as people read it."""
        values = self.values
        if not values or self.is_veto:
            return ""
        low, high = (number_shown(self.indicator, v) for v in (values[0], values[-1]))
        return low if low == high else f"{low} 至 {high}"

    def with_mark(self, mark: str) -> list[Cell]:
        return [cell for cell in self.cells if cell.mark == mark]

    @property
    def lacks(self) -> list[tuple[str, str, list[Cell]]]:
        """Who is struck, below the threshold, without a value: (mark, tone, cells)."""
        marks = (("否决", "bad"), ("未达标", "warn"), ("暂无", "idle"))
        return [(mark, tone, self.with_mark(mark)) for mark, tone in marks if self.with_mark(mark)]


@dataclass(frozen=True, slots=True)
class Side:
    """A year. `others` are packs of another set, which cannot stand beside these."""

    chosen: IndicatorSet
    packs: tuple[ReceivedPack, ...]
    lines: tuple[Line, ...]
    others: tuple[ReceivedPack, ...]

    @property
    def vetoes(self) -> list[Line]:
        return [line for line in self.lines if line.is_veto]

    @property
    def plain(self) -> list[Line]:
        return [line for line in self.lines if not line.is_veto]

    def line(self, code: str) -> Line | None:
        return next((line for line in self.lines if line.indicator.code == code), None)


def side_by_side(packs: Sequence[ReceivedPack], set_digest: str = "") -> Side | None:
    """The packs of the named set, else of the set most of them use; None without packs."""
    if not packs:
        return None
    digests = [pack.set_digest for pack in packs]
    wanted = set_digest if set_digest in digests else max(sorted(set(digests)), key=digests.count)
    own = tuple(pack for pack in packs if pack.set_digest == wanted)
    others = tuple(pack for pack in packs if pack.set_digest != wanted)
    chosen = parse_set(own[0].set_text)
    outcomes = [{o.code: o for o in outcomes_of(pack.outcomes)} for pack in own]
    summed = totals(chosen, outcomes)
    lines = tuple(_line(one, own, outcomes, summed[one.code]) for one in chosen.indicators)
    return Side(chosen, own, lines, others)


def cells_of(pack: ReceivedPack, chosen: IndicatorSet) -> list[tuple[Indicator, Cell, str]]:
    """One pack's own outcomes in the set's order, with the threshold in words."""
    outcomes = {o.code: o for o in outcomes_of(pack.outcomes)}
    return [
        (one, _cell(one, pack, outcomes[one.code]), threshold_shown(one))
        for one in chosen.indicators
    ]


def _line(
    one: Indicator, packs: Sequence[ReceivedPack], outcomes: Sequence[Mapping[str, Outcome]],
    total: Outcome,
) -> Line:  # fmt: skip
    cells = tuple(_cell(one, p, o[one.code]) for p, o in zip(packs, outcomes, strict=True))
    summed = "" if one.category is Category.VETO else _text(one, total)
    return Line(one, cells, summed, threshold_shown(one))


def _cell(one: Indicator, pack: ReceivedPack, outcome: Outcome) -> Cell:
    by_hand = outcome.state is State.VALUE and one.source.value == "typed"
    return Cell(pack, outcome, _text(one, outcome), _mark(outcome), by_hand)


def _text(one: Indicator, outcome: Outcome) -> str:
    if outcome.groups:
        return "、".join(f"{label} {number_shown(one, n)}" for label, n in outcome.groups[:6])
    if outcome.state is State.VALUE and one.shape.value == "flag" and outcome.message:
        return f"{outcome.value} 家" if outcome.value is not None else ""
    return shown(one, outcome)


def _mark(outcome: Outcome) -> str:
    if outcome.struck:
        return "否决"
    if outcome.state is not State.VALUE:
        return "暂无"
    return "未达标" if outcome.reached is False else ""
