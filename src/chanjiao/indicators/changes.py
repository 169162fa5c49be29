"""What changed since last year, and why: old → new, the biggest causes among the rows, a sentence."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa

from chanjiao.indicators.computing import set_of_text
from chanjiao.indicators.models import ChangeNote, Period, Snapshot
from chanjiao.indicators.packing import pack_facts
from chanjiao.indicators.values import from_json, number_shown
from chanjiao.kernel.money import spoken
from chanjiao_engine.indicators.checking import formulas_of
from chanjiao_engine.indicators.definitions import Indicator, IndicatorSet, Shape
from chanjiao_engine.indicators.definitions import Period as Span
from chanjiao_engine.indicators.outcomes import Outcome
from chanjiao_engine.indicators.rows import COUNTED, Rows, rows_behind
from chanjiao_engine.indicators.workspace import Workspace, open_workspace

Facts = Mapping[str, pa.Table]
CAUSES = 3
ALL_ROWS = 1_000_000


@dataclass(frozen=True, slots=True)
class Change:
    """One indicator against the year before. `share` in %, None where the old value was 0 or none.

    `needs_note`: the change passes the period's share, so a sentence is required.
    """

    code: str
    name: str
    before: str
    after: str
    difference: str
    share: Decimal | None
    needs_note: bool
    note: str
    causes: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """A sentence is required and missing."""
        return self.needs_note and not self.note


def changes_of(
    period: Period,
    found: IndicatorSet,
    outcomes: Mapping[str, Outcome],
    previous: Snapshot | None,
    notes: Mapping[str, ChangeNote],
) -> list[Change]:
    """Every indicator that has a value in both years and is the same indicator in both sets."""
    if previous is None:
        return []
    old_set = set_of_text(previous.set_text)
    old = from_json(previous.outcomes)
    known = {one.code: one for one in old_set.indicators}
    lines = []
    for one in found.indicators:
        was, now = old.get(one.code), outcomes.get(one.code)
        before, after = was.value if was else None, now.value if now else None
        if before is None or after is None or not _same(one, known.get(one.code)):
            continue
        note = notes[one.code].text if one.code in notes else ""
        lines.append(_line(one, before, after, period.explain_percent, note))
    return lines


def _same(one: Indicator, other: Indicator | None) -> bool:
    return other is not None and (one.name, one.unit, one.shape) == (
        other.name, other.unit, other.shape
    )  # fmt: skip


def _line(one: Indicator, before: Decimal, after: Decimal, percent: int, note: str) -> Change:
    difference = after - before
    share = None if before == 0 else (difference * 100 / abs(before)).quantize(Decimal("0.1"))
    passes = difference != 0 and (share is None or abs(difference) * 100 >= percent * abs(before))
    shown_before, shown_after = number_shown(one, before), number_shown(one, after)
    if one.shape is Shape.FLAG:
        told = f"{shown_before}→{shown_after}"
    else:
        told = f"{'+' if difference > 0 else ''}{number_shown(one, difference)}"
    return Change(
        one.code, one.name, shown_before, shown_after, told if difference else "不变", share,
        passes, note,
    )  # fmt: skip


def caused(
    period: Period,
    lines: list[Change],
    found: IndicatorSet,
    facts: Facts,
    previous: Snapshot | None,
) -> list[Change]:
    """The lines with their causes; without where the year before has no pack to look into."""
    if previous is None or not hasattr(previous, "pack"):
        return lines
    last = previous.period
    return with_causes(
        lines, found, facts, Span(period.since, period.until), pack_facts(previous.pack.file),
        Span(last.since, last.until),
    )  # fmt: skip


def with_causes(
    lines: Iterable[Change],
    found: IndicatorSet,
    now: Facts,
    span: Span,
    then: Facts,
    span_then: Span,
) -> list[Change]:
    """Each changed line with the units whose rows moved it most; needs the facts of both years."""
    names = _names(then) | _names(now)
    made = []
    with open_workspace(now) as after, open_workspace(then) as before:
        for line in lines:
            moved = line.difference != "不变"
            causes = (
                _causes(found.indicator(line.code), names, (before, span_then), (after, span))
                if moved
                else ()
            )
            made.append(_caused(line, causes))
    return made


def _caused(line: Change, causes: tuple[str, ...]) -> Change:
    return Change(
        line.code, line.name, line.before, line.after, line.difference, line.share,
        line.needs_note, line.note, causes,
    )  # fmt: skip


def _names(facts: Facts) -> dict[str, str]:
    return dict(
        zip(facts["member"]["unit"].to_pylist(), facts["member"]["name"].to_pylist(), strict=True)
    )


def _causes(
    one: Indicator,
    names: Mapping[str, str],
    before: tuple[Workspace, Span],
    after: tuple[Workspace, Span],
) -> tuple[str, ...]:
    """Of the numerator: by unit, how much more or less its rows count."""
    formulas = dict(formulas_of(one))
    formula = formulas.get("numerator")
    if formula is None:
        return ()
    old = _by_unit(rows_behind(before[0], formula, before[1], limit=ALL_ROWS))
    new = _by_unit(rows_behind(after[0], formula, after[1], limit=ALL_ROWS))
    moved = {unit: new[unit] - old[unit] for unit in old.keys() | new.keys()}
    biggest = sorted(
        ((unit, by) for unit, by in moved.items() if by),
        key=lambda line: (-abs(line[1]), line[0]),
    )
    return tuple(
        f"{names.get(unit, unit)} {'+' if by > 0 else ''}{_amount(one, by)}"
        for unit, by in biggest[:CAUSES]
    )


def _by_unit(found: Rows) -> Counter[str]:
    """What each unit's rows count; empty where the rows name no unit or count nothing alone."""
    total: Counter[str] = Counter()
    if "unit" not in found.columns:
        return total
    unit, counted = found.columns.index("unit"), None
    if COUNTED in found.columns and not found.distinct:
        counted = found.columns.index(COUNTED)
    seen: set[tuple[str, Any]] = set()
    for row in found.rows:
        if counted is not None:
            total[row[unit]] += row[counted] or 0
        elif found.distinct:
            key = (row[unit], row[found.columns.index(COUNTED)])
            total[row[unit]] += key not in seen
            seen.add(key)
    return total


def _amount(one: Indicator, by: Any) -> str:
    if one.unit in {"元", "万元", "亿元"}:
        return spoken(int(by))
    return f"{by:,}" if isinstance(by, int) else format(Decimal(by).normalize(), "f")


def as_json(lines: Iterable[Change]) -> list[dict[str, Any]]:
    """For the snapshot."""
    return [
        {
            "code": one.code, "name": one.name, "before": one.before, "after": one.after,
            "difference": one.difference, "share": None if one.share is None else str(one.share),
            "needs_note": one.needs_note, "note": one.note, "causes": list(one.causes),
        }
        for one in lines
    ]  # fmt: skip


def from_snapshot(rows: Iterable[Mapping[str, Any]]) -> list[Change]:
    """The lines as they were frozen."""
    return [
        Change(
            row["code"], row["name"], row["before"], row["after"], row["difference"],
            None if row["share"] is None else Decimal(row["share"]), row["needs_note"],
            row["note"], tuple(row["causes"]),
        )
        for row in rows
    ]  # fmt: skip
