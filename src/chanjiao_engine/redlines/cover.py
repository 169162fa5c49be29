"""Insurance over a span: the first day that no policy covers."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

I64 = NDArray[np.int64]
_FOREVER = 2**31  # an end nobody has stated
_STEP = 2**34  # keeps (placement, day) in one number that sorts


def cover_columns(placements: pl.DataFrame, insurance: pl.DataFrame, at: pl.Series) -> pl.DataFrame:
    """Per row of `placements` (starts, until): `insurance.since`, `.gap`, `.charged`.

    `at`: the placement's row of every policy. `since` is the first policy's, null without one.
    `gap` is the first day of the span without cover, null when there is none. `charged`: true if
    any policy is, null if one has not said.
    """
    size, rows = placements.height, at.to_numpy().astype(np.int64)
    since, until = _days(insurance["since"], 0), _days(insurance["until"], 0)
    order = np.lexsort((until, since, rows))
    rows, since, until = rows[order], since[order], until[order]
    first = np.full(size, _FOREVER)
    np.minimum.at(first, rows, since)
    starts, ends = _days(placements["starts"], _FOREVER), _days(placements["until"], _FOREVER)
    gap = np.where(starts < _FOREVER, _gaps((rows, since, until), starts, ends), _FOREVER)
    charged = insurance["charged"].gather(pl.Series(order))
    some = np.bincount(rows, charged.fill_null(False).to_numpy(), size)[:size] > 0
    unsaid = np.bincount(rows, charged.is_null().to_numpy(), size)[:size] > 0
    told = (
        pl.when(pl.lit(pl.Series(some)))
        .then(True)
        .when(pl.lit(pl.Series(unsaid | (first == _FOREVER))))
        .then(None)
    )
    return pl.select(
        _dates(first).alias("insurance.since"),
        _dates(gap).alias("insurance.gap"),
        told.otherwise(False).alias("insurance.charged"),
    )


def _gaps(policies: tuple[I64, I64, I64], starts: I64, ends: I64) -> I64:
    """The first day of every span that no policy covers; `_FOREVER` where there is none.

    Policies (placement's row, since, until) ascend. A policy that begins after all before it have
    ended leaves a hole where they ended; otherwise the cover ends with the longest.
    """
    rows, since, until = policies
    inside = (until > starts[rows]) & (since < ends[rows])
    rows, since, until = rows[inside], since[inside], until[inside]
    reached = np.maximum.accumulate(rows * _STEP + until) - rows * _STEP
    same = np.concatenate(([False], rows[1:] == rows[:-1]))[: len(rows)]
    before = np.where(same, np.concatenate(([0], reached[:-1]))[: len(rows)], starts[rows])
    end = starts.copy()
    end[rows] = reached  # the last of a placement's policies is written last
    gap = np.where(end < ends, end, _FOREVER)
    holes = np.flatnonzero(since > before)[::-1]
    gap[rows[holes]] = before[holes]  # the first hole is written last
    return gap


def _days(column: pl.Series, missing: int) -> I64:
    return column.cast(pl.Int32).cast(pl.Int64).fill_null(missing).to_numpy().astype(np.int64)


def _dates(days: I64) -> pl.Expr:
    known = pl.lit(pl.Series(days))
    return pl.when(known < _FOREVER).then(known).cast(pl.Int32).cast(pl.Date)
