"""Interns against staff, day by day: who breaks a cap, and how many more a unit may take.

Those who are there are counted in the order they came (start day, then row). A placement breaks
the cap when on some day of its span those who came before it, and it, are more than allowed. The
number before it only falls while it lasts, so two kinds of days are enough: its first day, and a
day on which the staff falls (or is first counted). Integers throughout.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

I64 = NDArray[np.int64]
UNKNOWN = -1
FOREVER = 2**31  # an end nobody has stated: it goes on
_STEP = 2**33  # keeps (group, day) in one number that sorts


@dataclass(frozen=True, slots=True)
class Cap:
    """A unit after taking more interns: how many it then has, may have, is above, can still take."""

    interns: int
    allowed: int
    excess: int
    room: int


def caps_after(*, staff: int, interns: int, adding: int = 0, percent: int = 10) -> Cap:
    """What `adding` interns to `interns` present makes of a cap of `percent` of the staff."""
    if min(staff, interns, adding, percent) < 0:
        raise ValueError("职工数、实习学生数、拟增人数和比例都不能小于 0。")
    after, allowed = interns + adding, staff * percent // 100
    return Cap(after, allowed, max(after - allowed, 0), max(allowed - after, 0))


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """Interns to be counted: `group` int64 (−1: not known), first day, first day after."""

    group: I64
    starts: I64
    until: I64


@dataclass(frozen=True, slots=True, eq=False)
class Staff:
    """Counts of staff, ascending by (group, since): from that day until the next count."""

    group: I64
    since: I64
    count: I64


def standing(crowd: Crowd, staff: Staff, percent: int) -> tuple[I64, I64, I64]:
    """Per intern: place in the order, allowed (−1: no count), and the day both are of.

    The day is the first on which the cap is broken, else the start. Interns of no known group get
    −1 for all three.
    """
    order = np.lexsort((np.arange(len(crowd.group)), crowd.starts, crowd.group))
    order = order[crowd.group[order] >= 0]
    group, starts = crowd.group[order], crowd.starts[order]
    until = crowd.until[order]
    begin = np.searchsorted(group, group)
    ended = np.sort(group * _STEP + until)
    gone = np.searchsorted(ended, group * _STEP + starts, side="right") - begin
    place = np.arange(len(order)) - begin + 1 - gone
    allowed = _allowed_on(staff, group, starts, percent)
    day = starts.copy()
    _later_days(staff, (group, starts, until), percent, (place, allowed, day))
    return tuple(_scattered(values, order, len(crowd.group)) for values in (place, allowed, day))  # type: ignore[return-value]


def _scattered(values: I64, order: I64, size: int) -> I64:
    out = np.full(size, UNKNOWN, np.int64)
    out[order] = values
    return out


def _allowed_on(staff: Staff, group: I64, day: I64, percent: int) -> I64:
    keys = staff.group * _STEP + staff.since
    at = np.searchsorted(keys, group * _STEP + day, side="right") - 1
    found = at >= 0
    found[found] = staff.group[at[found]] == group[found]
    return np.where(found, staff.count[at] * percent // 100, UNKNOWN) if len(keys) else at


def _later_days(
    staff: Staff, sorted_crowd: tuple[I64, I64, I64], percent: int, found: tuple[I64, I64, I64]
) -> None:
    """Put the first later day on which a placement breaks the cap into `found`, in place."""
    group, starts, until = sorted_crowd
    place, allowed, day = found
    drops = _drops(staff)
    lows = np.searchsorted(group, staff.group[drops])
    keys = group * _STEP + starts
    highs = np.searchsorted(keys, staff.group[drops] * _STEP + staff.since[drops])
    sizes = np.maximum(highs - lows, 0)
    which = np.repeat(drops, sizes)
    firsts = np.repeat(np.cumsum(sizes) - sizes, sizes)
    at = np.arange(len(which)) - firsts + np.repeat(lows, sizes)
    there = (until[at] > staff.since[which]).astype(np.int64)
    so_far = np.cumsum(there)
    rank = so_far - np.repeat(np.concatenate(([0], so_far))[np.cumsum(sizes) - sizes], sizes)
    most = staff.count[which] * percent // 100
    broken = (there == 1) & (rank > most) & ~((allowed[at] >= 0) & (place[at] > allowed[at]))
    hit = np.flatnonzero(broken)
    _, first = np.unique(at[hit], return_index=True)  # drops ascend by day within a group
    hit = hit[first]
    place[at[hit]], allowed[at[hit]] = rank[hit], most[hit]
    day[at[hit]] = staff.since[which[hit]]


def _drops(staff: Staff) -> I64:
    """Counts that are lower than the one before, or the first of their group."""
    before = np.concatenate(([np.int64(-1)], staff.group[:-1]))
    lower = np.concatenate(([True], staff.count[1:] < staff.count[:-1]))[: len(staff.group)]
    return np.flatnonzero((before[: len(staff.group)] != staff.group) | lower)


def cap_columns(crowd: pl.DataFrame, staff: pl.DataFrame, percent: int, name: str) -> pl.DataFrame:
    """`name`.place, .allowed, .day (Int64, null where unknown) for the rows of `crowd`.

    `crowd`: group (text or null: not counted), starts, until (dates). `staff`: group, since, staff.
    """
    groups = pl.concat([crowd["group"], staff["group"]]).unique().drop_nulls().sort()
    numbers = pl.DataFrame({"group": groups, "number": pl.arange(len(groups), eager=True)})
    people = crowd.join(numbers, on="group", how="left", maintain_order="left")
    counts = staff.join(numbers, on="group", how="left").sort("number", "since")
    known = people["number"].is_not_null() & people["starts"].is_not_null()
    columns = standing(
        Crowd(
            people["number"].set(~known, None).fill_null(UNKNOWN).to_numpy().astype(np.int64),
            _days(people["starts"], 0),
            _days(people["until"], FOREVER),
        ),
        Staff(
            counts["number"].to_numpy().astype(np.int64),
            _days(counts["since"], 0),
            counts["staff"].to_numpy().astype(np.int64),
        ),
        percent,
    )
    made = pl.DataFrame(
        {
            f"{name}.{part}": values
            for part, values in zip(("place", "allowed", "day"), columns, strict=True)
        }
    )
    return made.with_columns(pl.all().replace(UNKNOWN, None))


def _days(column: pl.Series, missing: int) -> I64:
    return column.cast(pl.Int64).fill_null(missing).to_numpy().astype(np.int64)
