"""The clock, read only at the edge (views, tasks, commands) and passed inwards as `at=`."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
_held: ContextVar[datetime | None] = ContextVar("held", default=None)


def now() -> datetime:
    """The present moment, aware, in Asia/Shanghai."""
    return _held.get() or datetime.now(ZONE)


@contextmanager
def held_at(at: datetime) -> Iterator[datetime]:
    """Inside, `now` is this moment: the demonstration lives through a past season with its jobs."""
    token = _held.set(at)
    try:
        yield at
    finally:
        _held.reset(token)


def day_of(at: datetime) -> date:
    """The calendar day of an aware moment in Asia/Shanghai."""
    return at.astimezone(ZONE).date()
