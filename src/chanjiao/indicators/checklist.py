"""What is open before a period may be locked, each point with where to mend it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from chanjiao.indicators.changes import Change, changes_of
from chanjiao.indicators.computing import Standing, standing_of
from chanjiao.indicators.enums import LIVE, ReturnState
from chanjiao.indicators.models import MemberReturn, Period
from chanjiao.indicators.queries import (
    approved_values,
    confirmations_of,
    notes_of,
    previous_snapshot,
    undecided_doubles,
    waiting_values,
)
from chanjiao.plans.enums import EVIDENCE_HANDED_IN
from chanjiao.plans.models import Evidence
from chanjiao_engine.indicators.checking import formulas_of
from chanjiao_engine.indicators.definitions import Category, Indicator, Source
from chanjiao_engine.indicators.outcomes import State

_NAMED = 5


@dataclass(frozen=True, slots=True)
class Point:
    """One open point. `blocks`: it must be settled; others may be left open with a reason.

    `page` names where: period, returns, typed, indicators, changes, doubles, evidence. `which` are
    the first of the rows it counts, by code.
    """

    key: str
    text: str
    count: int
    page: str
    blocks: bool
    which: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        """The text, and which: 2-1-1-1、2-1-1-2 等."""
        more = " 等" if self.count > len(self.which) else ""
        return f"{self.text}：{'、'.join(self.which)}{more}" if self.which else self.text


@dataclass(frozen=True, slots=True)
class Close:
    """A live period as the page of its close shows it."""

    standing: Standing
    changes: list[Change]
    points: list[Point]

    @property
    def blocking(self) -> list[Point]:
        return [point for point in self.points if point.blocks]

    @property
    def others(self) -> list[Point]:
        return [point for point in self.points if not point.blocks]


def close_of(period: Period, *, on: date) -> Close:
    """Values, changes and open points of a live period."""
    standing = standing_of(period)
    lines = changes_of(
        period, standing.found, standing.outcomes, previous_snapshot(period), notes_of(period)
    )
    points = [point for point in _points(period, standing, lines, on) if point.count]
    return Close(standing, lines, points)


def doubts_of(period: Period, standing: Standing) -> dict[str, int]:
    """By code: how much is suspected and undecided, of each veto that counts doubled evidence.

    What nobody has decided strikes nothing; it stands beside the light and blocks the lock.
    """
    codes = [one.code for one in standing.found.indicators if _counts_doubles(one)]
    count = undecided_doubles(period).count() if codes and period.state in LIVE else 0
    return dict.fromkeys(codes, count) if count else {}


def _counts_doubles(one: Indicator) -> bool:
    return one.category is Category.VETO and any(
        "flagged" in formula.reads.get("evidence", ()) for _, formula in formulas_of(one)
    )


def _points(period: Period, standing: Standing, lines: list[Change], on: date) -> Iterator[Point]:
    if on < period.until:
        yield Point("over", f"年度到 {period.until} 才结束", 1, "period", True)
    yield from _values(period, standing)
    missing = sum(1 for line in lines if line.is_open)
    yield Point("changes", "变动达到阈值、还没有说明原因的指标", missing, "changes", True)
    yield from _evidence(period)
    open_returns = MemberReturn.objects.filter(period=period).exclude(state=ReturnState.ACCEPTED)
    yield Point("returns", "尚未接收的成员年报", open_returns.count(), "returns", False)


def _values(period: Period, standing: Standing) -> Iterator[Point]:
    if standing.at is None:
        yield Point("computed", "指标还没有计算", 1, "indicators", True)
        return
    waiting = waiting_values(period)
    yield Point("waiting", "等待批准的填报数值", len(waiting), "typed", True)
    confirmed = confirmations_of(period)
    doubtful = 0
    for one in standing.found.indicators:
        outcome = standing.outcomes.get(one.code)
        if one.source is not Source.CONFIRMED or outcome is None:
            continue
        if outcome.state is State.VALUE:
            row = confirmed.get(one.code)
            doubtful += row is None or row.value != outcome.value
    yield Point("confirm", "尚未确认、或确认后数值已变化的指标", doubtful, "indicators", True)
    typed = {one.code for one in standing.found.indicators if one.source is Source.TYPED}
    absent = len(typed - set(approved_values(period)))
    yield Point("awaited", "还没有批准数值的填报指标（将显示为“待填报”）", absent, "typed", False)


def _evidence(period: Period) -> Iterator[Point]:
    rows = Evidence.objects.filter(plan__consortium=period.consortium_id, plan__year=period.year)
    doubles = list(undecided_doubles(period).values_list("code", flat=True))
    yield Point(
        "flags", "疑似重复、还没有判定的佐证（在“佐证”中逐份判定）", len(doubles), "doubles", True,
        tuple(doubles[:_NAMED]),
    )  # fmt: skip
    used = {code for row in approved_values(period).values() for code in row.evidence}
    usable = rows.filter(code__in=used, state__in=EVIDENCE_HANDED_IN).exclude(digest="")
    lost = len(used - set(usable.order_by("code").values_list("code", flat=True)))
    yield Point("proofs", "填报数值所附、但还没有提交内容的佐证", lost, "evidence", True)
