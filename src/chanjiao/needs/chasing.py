"""Reminding the units that have handed in nothing this quarter."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.period import Quarter
from chanjiao.kernel.verdict import ALLOWED, Refused, Verdict, refuse, require
from chanjiao.members.models import Consortium
from chanjiao.needs.queries import silent_units
from chanjiao.notices.actions import tell
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.people.queries import people_of
from chanjiao.trail.actions import record


def may_remind(actor: Actor | None, consortium: Consortium) -> Verdict:
    """The secretariat reminds the units of its own consortium."""
    if actor is not None and actor.acts_for(consortium.secretariat_id):
        return ALLOWED
    return refuse("只有秘书处可以催办。")


def remind_units(
    consortium: Consortium, units: Iterable[Unit], due_on: date, *, by: Actor, at: datetime
) -> list[Unit]:
    """Tell the people of each silent unit; those nobody acts for are returned, to be rung up.

    `Refused` when none of the units is silent (any more).
    """
    require(may_remind(by, consortium))
    on = day_of(at)
    quarter = Quarter.of(on)
    wanted = {unit.pk for unit in units}
    silent = [u for u in silent_units(consortium, str(quarter), on=on) if u.pk in wanted]
    if not silent:
        raise Refused("所选单位都已提交清单，不必催办。")
    unreached = []
    text = f"{consortium.short_name}秘书处提醒：请提交{quarter.label}的供需清单。"
    with transaction.atomic():
        for unit in silent:
            people = list(people_of(unit, on))
            tell(people, text, at=at, link="/member/", due_on=due_on)
            if not people:
                unreached.append(unit)
        data = {"units": [unit.pk for unit in silent], "unreached": [u.pk for u in unreached]}
        record("needs.remind", consortium, by=by, at=at, data=data)
    return unreached
