"""The queue on a home page: what waits, for whom, since when; one click each.

tasks = in_order([Task("待审核的人才需求", 12, "秘书处", url, due=date(2026, 11, 20), today=today), …])
return {"title": "工作台", "queue": tasks}      # {% include "parts/queue.html" %}
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

SOON_DAYS = 3


@dataclass(frozen=True, slots=True)
class Task:
    """One line. `due` is the earliest due day among the `count` rows behind `url`."""

    title: str
    count: int
    who: str
    url: str
    due: date | None
    today: date

    @property
    def days_late(self) -> int:
        return (self.today - self.due).days if self.due else 0

    @property
    def lateness(self) -> str:
        if self.due is None:
            return "待办"
        if self.days_late > 0:
            return f"逾期 {self.days_late} 天"
        return "今天到期" if self.days_late == 0 else f"还有 {-self.days_late} 天"

    @property
    def tone(self) -> str:
        if self.due is None:
            return "wait"
        return "bad" if self.days_late > 0 else "warn" if self.days_late > -SOON_DAYS else "wait"


def in_order(tasks: Iterable[Task]) -> list[Task]:
    """What is latest first, then what is due soonest; lines without rows are left out."""
    wanted = [task for task in tasks if task.count]
    return sorted(wanted, key=lambda task: (task.due is None, task.due or date.max, task.title))
