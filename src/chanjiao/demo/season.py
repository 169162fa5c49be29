"""The demonstration's calendar, laid out backwards from the day it is built."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from chanjiao.kernel import clock
from chanjiao.kernel.clock import ZONE
from chanjiao.kernel.period import Quarter

_LEAD_DAYS = 75
_SCHOOL_YEAR_BEGINS = 9


def plus_months(day: date, months: int) -> date:
    """The first of the month so many months later."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


@dataclass
class Season:
    """Days relative to `today`; moments only move forward, so that the trail reads in order."""

    today: date
    _at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self._at = self.moment(-400)

    def moment(self, days: int, hour: int = 9, minute: int = 0) -> datetime:
        """A moment so many days from today (negative: before)."""
        return datetime.combine(self.today + timedelta(days=days), time(hour, minute), ZONE)

    def go(self, days: int, hour: int = 9, minute: int = 0) -> datetime:
        """Move on to a moment; one that is already past leaves the clock where it is."""
        self._at = max(self._at, self.moment(days, hour, minute))
        return self._at

    def tick(self, seconds: int = 40) -> datetime:
        """A little later."""
        self._at += timedelta(seconds=seconds)
        return self._at

    @contextmanager
    def held(self, seconds: int = 40) -> Iterator[datetime]:
        """A little later, and for what is done inside (jobs too) it is that moment."""
        with clock.held_at(self.tick(seconds)) as at:
            yield at

    @property
    def quarter(self) -> str:
        """The quarter the lists are for."""
        return str(Quarter.of(self.today))

    @property
    def starts_on(self) -> date:
        """When posts begin: the first of a month about ten weeks ahead."""
        return plus_months(self.today + timedelta(days=_LEAD_DAYS), 1)

    def ends_on(self, months: int) -> date:
        """The day after a post of so many months."""
        return plus_months(self.starts_on, months)

    @property
    def school_year(self) -> int:
        """The year in which the school year of the start day began."""
        start = self.starts_on
        return start.year - (start.month < _SCHOOL_YEAR_BEGINS)
