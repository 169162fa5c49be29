"""Reminding the units that owe evidence."""

from collections.abc import Iterable
from datetime import datetime

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Refused
from chanjiao.members.reminding import Reminder, remind
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.plans.evidence_queries import owing_units
from chanjiao.plans.models import Plan


def remind_of_evidence(plan: Plan, units: Iterable[Unit], *, by: Actor, at: datetime) -> list[Unit]:
    """Tell each unit how much it owes and what is overdue; those nobody acts for are returned.

    `Refused` when none of the units owes anything (any more).
    """
    wanted = {unit.pk for unit in units}
    owing = [unit for unit in owing_units(plan, on=day_of(at)) if unit.pk in wanted]
    if not owing:
        raise Refused("所选单位没有欠交的佐证，不必催办。")
    reminders = [
        Reminder(unit, _text(plan, unit), "/member/evidence/", unit.first_due)  # type: ignore[attr-defined]
        for unit in owing
    ]
    return remind(plan.consortium, reminders, word="evidence.remind", by=by, at=at)


def _text(plan: Plan, unit: Unit) -> str:
    owing, overdue = unit.owing, unit.overdue  # type: ignore[attr-defined]
    late = f"，其中 {overdue} 份已逾期" if overdue else ""
    return f"{plan.consortium.short_name}秘书处提醒：{plan.title}还有 {owing} 份佐证待提交{late}。"
