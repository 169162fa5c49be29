"""The clock, read only at the edge (views, tasks, commands) and passed inwards as `at=`."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present moment, aware, in Asia/Shanghai."""
    return datetime.now(ZONE)


def day_of(at: datetime) -> date:
    """The calendar day of an aware moment in Asia/Shanghai."""
    return at.astimezone(ZONE).date()
