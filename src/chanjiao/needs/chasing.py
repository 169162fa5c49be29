"""Reminding the units that have handed in nothing this quarter."""

from collections.abc import Iterable
from datetime import date, datetime

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.period import Quarter
from chanjiao.kernel.verdict import Refused, require
from chanjiao.members.models import Consortium
from chanjiao.members.reminding import Reminder, may_remind, remind
from chanjiao.needs.queries import silent_units
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit


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
    text = f"{consortium.short_name}秘书处提醒：请提交{quarter.label}的供需清单。"
    reminders = [Reminder(unit, text, "/member/", due_on) for unit in silent]
    return remind(consortium, reminders, word="needs.remind", by=by, at=at)
