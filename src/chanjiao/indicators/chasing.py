"""Reminding members whose return is not in; the same shape as needs.chasing."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from chanjiao.indicators import rules
from chanjiao.indicators.enums import WITH_MEMBER
from chanjiao.indicators.models import MemberReturn, Period
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Refused, require
from chanjiao.notices.actions import tell
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.people.queries import people_of
from chanjiao.trail.actions import record


def owing(period: Period) -> QuerySet[MemberReturn]:
    """Returns that are with the member."""
    rows = MemberReturn.objects.filter(period=period, state__in=WITH_MEMBER)
    return rows.select_related("unit", "period__consortium").order_by("unit__name", "pk")


def remind_returns(
    period: Period, rows: Iterable[MemberReturn], *, by: Actor, at: datetime
) -> list[Unit]:
    """Tell the people of each member that owes its return; those nobody acts for are returned."""
    require(rules.may_remind(by, period))
    wanted = {row.pk for row in rows}
    found = [row for row in owing(period) if row.pk in wanted]
    if not found:
        raise Refused("所选单位都已提交年报，不必催报。")
    unreached = []
    text = f"{period.consortium.short_name}秘书处提醒：请核对并提交 {period.year} 年报。"
    with transaction.atomic():
        for row in found:
            people = list(people_of(row.unit, day_of(at)))
            tell(
                people, text, at=at, link=f"/member/returns/{row.pk}/",
                due_on=period.return_due_on,
            )  # fmt: skip
            if not people:
                unreached.append(row.unit)
        MemberReturn.objects.filter(pk__in=[row.pk for row in found]).update(reminded_at=at)
        data = {
            "units": [row.unit_id for row in found], "unreached": [unit.pk for unit in unreached]
        }  # fmt: skip
        record("indicators.remind", period, by=by, at=at, data=data)
    return unreached
