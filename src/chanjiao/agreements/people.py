"""Who is told about an agreement, and where it is read."""

from collections.abc import Iterable
from datetime import date, datetime

from chanjiao.agreements.enums import PartySide
from chanjiao.agreements.models import Agreement, Party
from chanjiao.kernel.clock import day_of
from chanjiao.notices.actions import tell
from chanjiao.people.enums import UnitKind
from chanjiao.people.models import Unit, User
from chanjiao.people.queries import people_of


def accounts_of(party: Party, on: date) -> list[User]:
    """Those who can sign for a party after signing in; none for guardians and named persons."""
    if party.side == PartySide.UNIT and party.unit is not None:
        return list(people_of(party.unit, on))
    student = party.student if party.side == PartySide.STUDENT else None
    return [student.user] if student is not None and student.user is not None else []


def holder_of(party: Party) -> str:
    """The person a link for this party is for; empty where nobody is named."""
    if party.side == PartySide.STUDENT and party.student is not None:
        return party.student.name
    return party.signatory


def address_for(unit: Unit | None, agreement: Agreement) -> str:
    """The page of an agreement for the people of a unit, or for a student."""
    if unit is None:
        return f"/student/agreements/{agreement.pk}/"
    audience = "desk" if unit.kind == UnitKind.OFFICE else "member"
    return f"/{audience}/agreements/{agreement.pk}/"


def tell_parties(
    agreement: Agreement, parties: Iterable[Party], text: str, *, at: datetime,
    due_on: date | None = None,
) -> list[Party]:  # fmt: skip
    """Tell whoever has an account; the parties who have none are returned."""
    unreached = []
    for party in parties:
        people = accounts_of(party, day_of(at))
        unit = party.unit if party.side == PartySide.UNIT else None
        tell(people, text, at=at, link=address_for(unit, agreement), due_on=due_on)
        if not people:
            unreached.append(party)
    return unreached


def tell_drafters(agreement: Agreement, text: str, *, at: datetime) -> None:
    """The people of the unit that drafted it."""
    people = people_of(agreement.unit, day_of(at))
    tell(people, text, at=at, link=address_for(agreement.unit, agreement))
