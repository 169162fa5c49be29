"""The numbers in the rules, each with the day from which it holds and whether it was checked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from .terms import Status

NOTICE = "《职业学校学生实习管理规定》（教职成〔2021〕4号）"
NOTICE_SINCE = date(2021, 12, 31)  # the day it was issued; earlier rules are not held here


@dataclass(frozen=True, slots=True)
class Limit:
    """A number of a rule: the newest whose `since` is not after the day asked holds."""

    name: str
    value: int
    unit: str
    since: date
    source: str
    status: Status = Status.CHECKED


LIMITS: tuple[Limit, ...] = (
    Limit("lowest_grade", 2, "年级", NOTICE_SINCE, NOTICE),
    Limit("lowest_age", 16, "周岁", NOTICE_SINCE, NOTICE),
    Limit("adult_age", 18, "周岁", NOTICE_SINCE, "《未成年工特殊保护规定》"),
    Limit("intensity", 3, "级", NOTICE_SINCE, NOTICE),
    Limit("daily_minutes", 480, "分钟", NOTICE_SINCE, NOTICE, Status.OPEN),
    Limit("night_from", 1320, "分钟", NOTICE_SINCE, "夜班 22:00 起", Status.OPEN),
    Limit("night_until", 360, "分钟", NOTICE_SINCE, "夜班至次日 6:00", Status.OPEN),
    Limit("wage_percent", 80, "%", NOTICE_SINCE, NOTICE),
    Limit("pay_delay_months", 1, "月", NOTICE_SINCE, NOTICE),
    Limit("unit_percent", 10, "%", NOTICE_SINCE, NOTICE, Status.OPEN),
    Limit("kind_percent", 20, "%", NOTICE_SINCE, NOTICE, Status.OPEN),
    Limit("paper_days", 1, "天", NOTICE_SINCE, "签订、签字至少早于上岗的天数", Status.OPEN),
    Limit("training_days", 0, "天", NOTICE_SINCE, "培训、考核、备案至少早于上岗的天数", Status.OPEN),
    Limit("staff_days", 366, "天", NOTICE_SINCE, "在岗职工数多久核一次（平台约定）", Status.OPEN),
)  # fmt: skip


def limits_on(limits: Iterable[Limit], on: date) -> dict[str, Limit]:
    """The limits in force on a day by name; of several the one that began last."""
    ordered = sorted(limits, key=lambda limit: limit.since)
    return {limit.name: limit for limit in ordered if limit.since <= on}
