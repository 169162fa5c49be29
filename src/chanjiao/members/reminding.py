"""Reminding units: the one way in which the secretariat tells many of them what is due."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import ALLOWED, Verdict, refuse, require
from chanjiao.members.models import Consortium
from chanjiao.notices.actions import tell
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.people.queries import people_of
from chanjiao.trail.actions import record


@dataclass(frozen=True, slots=True)
class Reminder:
    """What one unit is told, where it leads, and by when."""

    unit: Unit
    text: str
    link: str
    due_on: date | None


def may_remind(actor: Actor | None, consortium: Consortium) -> Verdict:
    """The secretariat reminds the units of its own consortium."""
    if actor is not None and actor.acts_for(consortium.secretariat_id):
        return ALLOWED
    return refuse("只有秘书处可以催办。")


def remind(
    consortium: Consortium, reminders: Iterable[Reminder], *, word: str, by: Actor, at: datetime
) -> list[Unit]:
    """Tell the people of each unit; those nobody acts for are returned, to be rung up.

    `word` is what the trail calls it: needs.remind, evidence.remind …
    """
    require(may_remind(by, consortium))
    on, told, unreached = day_of(at), [], []
    with transaction.atomic():
        for one in reminders:
            people = list(people_of(one.unit, on))
            tell(people, one.text, at=at, link=one.link, due_on=one.due_on)
            told.append(one.unit)
            if not people:
                unreached.append(one.unit)
        data = {"units": [unit.pk for unit in told], "unreached": [u.pk for u in unreached]}
        record(word, consortium, by=by, at=at, data=data)
    return unreached
