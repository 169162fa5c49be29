"""Stage one: the installation, the consortium, its fifty units, their people."""

from __future__ import annotations

from datetime import date

from chanjiao.demo.cast import SECRETARY, Cast
from chanjiao.demo.catalogue import Row, credit_code, of_unit, rows
from chanjiao.demo.pupils import chance, person_name
from chanjiao.demo.workbooks import Desk
from chanjiao.kernel.money import to_fen
from chanjiao.members.actions import (
    ConsortiumFacts,
    ContactFacts,
    add_contact,
    add_contribution,
    admit_unit,
    create_consortium,
    invite_for,
)
from chanjiao.members.models import Membership
from chanjiao.people.checks import UnitFacts
from chanjiao.people.enums import AppointmentRole
from chanjiao.reference.shipped import load_shipped

FOUNDED, JOINED = -150, -146
CONSORTIUM = ConsortiumFacts(
    code="dalian-jinpu",
    name="大连金普新区(大连经济技术开发区)市域产教联合体",
    short_name="金普联合体",
    park="大连金普新区(大连经济技术开发区)",
    division_code="210213",
    industries=("34", "38", "65"),
    industry_text="装备制造、新能源、数字经济",
)
_FIRST_MEMBERS = date(2023, 9, 1)  # an assumption: docs/demo.md
_LATECOMERS = ("beiqiao", "qingcheng", "jtgcxy", "znjcs")


def build_members(cast: Cast, desk: Desk) -> None:
    """The office opens, the members' list is handed in, every unit gets its administrator."""
    cast.season.go(FOUNDED)
    load_shipped(at=cast.season.tick())
    cast.take_office()
    founded = create_consortium(
        CONSORTIUM, secretary="秦书远", email="", by=cast.actor("operator"), at=cast.season.tick()
    )
    cast.home = founded.consortium
    cast.join(founded.token, SECRETARY)
    cast.season.go(JOINED)
    _admit(cast, desk)
    for place, row in enumerate(rows("units")):
        cast.season.go(JOINED + 1 + place // 10)
        _staff(cast, row)
        _details(cast, row)


def _admit(cast: Cast, desk: Desk) -> None:
    for row in rows("units"):
        membership = admit_unit(
            cast.consortium, _facts(row), role=row["role"],
            industries=[code for code in row["industries"].split("、") if code],
            joined_on=_joined_on(cast, row), by=cast.secretary, at=cast.season.tick(),
        )  # fmt: skip
        cast.units[row["key"]] = membership.unit


def _facts(row: Row) -> UnitFacts:
    return UnitFacts(
        kind=row["kind"],
        name=row["name"],
        short_name=row["short_name"],
        credit_code=credit_code(row),
        school_code=row["school_code"],
        division_code=row["division"],
        address=row["address"],
        staff_count=int(row["staff"]),
        is_fictional="示例" in row["name"],
    )


def _joined_on(cast: Cast, row: Row) -> date:
    return cast.season.moment(JOINED).date() if row["key"] in _LATECOMERS else _FIRST_MEMBERS


def _staff(cast: Cast, row: Row) -> None:
    """The secretariat invites the unit's administrator, who accepts the next hour."""
    unit = cast.units[row["key"]]
    name = person_name("administrator", row["key"])
    _, token = invite_for(
        unit, name=name, email="", role=AppointmentRole.ADMINISTRATOR, by=cast.secretary,
        at=cast.season.tick(),
    )  # fmt: skip
    cast.join(token, row["key"])


def _details(cast: Cast, row: Row) -> None:
    """What the unit brings, and whom to ring: entered by its own administrator."""
    unit = cast.units[row["key"]]
    membership = Membership.objects.get(consortium=cast.consortium, unit=unit)
    by = cast.actor(row["key"])
    for gift in of_unit("contributions", row["key"]):
        amount = to_fen(gift["amount"], "万元") if gift["amount"] else None
        add_contribution(
            membership, advantage=gift["advantage"], text=gift["text"], amount_fen=amount,
            by=by, at=cast.season.tick(),
        )  # fmt: skip
    phone = f"1300000{chance('phone', row['key']).randrange(10_000):04}"
    facts = ContactFacts(by.name, "联合体联络员", phone, "", is_main=True)
    add_contact(membership, facts, by=by, at=cast.season.tick())
