"""Half-open periods [from, to) and quarters."""

import re
from dataclasses import dataclass
from datetime import date

_QUARTER = re.compile(r"(\d{4})\s*(?:Q|年第?)\s*([1-4一二三四])\s*(?:季度)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A calendar quarter, written 2026Q4."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Quarter":
        return cls(day.year, (day.month + 2) // 3)

    @classmethod
    def parse(cls, text: str) -> "Quarter":
        """Read 2026Q4, 2026年4季度 or 2026年第四季度; ValueError otherwise."""
        found = _QUARTER.fullmatch(text.strip())
        if not found:
            raise ValueError("季度写作 2026Q4。")
        number = "一二三四".find(found[2]) + 1 or int(found[2])
        return cls(int(found[1]), number)

    def next(self) -> "Quarter":
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @property
    def last_day(self) -> date:
        following = self.next()
        return date.fromordinal(date(following.year, following.number * 3 - 2, 1).toordinal() - 1)

    @property
    def label(self) -> str:
        return f"{self.year}年第{'一二三四'[self.number - 1]}季度"

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"


def overlaps(first: tuple[date, date | None], second: tuple[date, date | None]) -> bool:
    """Whether two half-open periods share a day; an end of None is open."""
    (start_a, end_a), (start_b, end_b) = first, second
    return (end_b is None or start_a < end_b) and (end_a is None or start_b < end_a)
