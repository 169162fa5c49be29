"""The demonstration's calendar, laid out backwards from the day it is built."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from chanjiao.kernel import clock
from chanjiao.kernel.clock import ZONE
from chanjiao.kernel.period import Quarter

_LEAD_DAYS = 75
_EARLIEST = -1300
_PLAN_AGE = 60
Chore = Callable[[], None]
_SCHOOL_YEAR_BEGINS = 9


def plus_months(day: date, months: int) -> date:
    """The first of the month so many months later."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


@dataclass
class Season:
    """Days relative to `today`; moments only move forward, so that the trail reads in order.

    Chores are what happens meanwhile: before the season goes on to a later day, it does those of
    the days between, in their order.
    """

    today: date
    _at: datetime = field(init=False)
    _chores: list[tuple[int, int, Chore]] = field(init=False, default_factory=list)
    _booked: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._at = self.moment(_EARLIEST)

    def moment(self, days: int, hour: int = 9, minute: int = 0) -> datetime:
        """A moment so many days from today (negative: before)."""
        return datetime.combine(self.today + timedelta(days=days), time(hour, minute), ZONE)

    def go(self, days: int, hour: int = 9, minute: int = 0) -> datetime:
        """Move on to a moment; one that is already past leaves the clock where it is."""
        self.catch_up(days)
        self._at = max(self._at, self.moment(days, hour, minute))
        return self._at

    def book(self, day: date, chore: Chore) -> None:
        """Have this done when the season passes a day; what lies in the future is left undone."""
        days = (day - self.today).days
        if days < 0:
            self._booked += 1
            heapq.heappush(self._chores, (days, self._booked, chore))

    def catch_up(self, days: int = 0) -> None:
        """Do the chores up to a day; each begins at its own, or now if that is past."""
        while self._chores and self._chores[0][0] <= days:
            day, _, chore = heapq.heappop(self._chores)
            self._at = max(self._at, self.moment(day))
            chore()

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
    def plan_year(self) -> int:
        """The year in progress; the one before it was closed in its first weeks."""
        return (self.today - timedelta(days=_PLAN_AGE)).year

    @property
    def closed_year(self) -> int:
        return self.plan_year - 1

    @property
    def first_year(self) -> int:
        """The year before the closed one, closed too: what that one is compared with."""
        return self.closed_year - 1

    @property
    def years(self) -> tuple[int, int, int]:
        """All three in their order."""
        return self.first_year, self.closed_year, self.plan_year

    @property
    def founded(self) -> int:
        """The day the platform's office opened: the December before the first year."""
        return (date(self.first_year - 1, 12, 1) - self.today).days

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
