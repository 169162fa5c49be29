"""Stage one: the installation, the consortium, its fifty units, their people."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date
from typing import Any

from chanjiao.demo.cast import SECRETARY, Cast
from chanjiao.demo.catalogue import Row, credit_code, of_unit, rows
from chanjiao.demo.pupils import chance, person_name
from chanjiao.demo.workbooks import Desk, Slip
from chanjiao.kernel.money import to_fen
from chanjiao.members.actions import (
    add_contribution,
    create_consortium,
    invite_for,
    update_unit,
)
from chanjiao.members.checks import ConsortiumFacts
from chanjiao.members.models import Membership
from chanjiao.people.checks import UnitFacts
from chanjiao.people.enums import AppointmentRole
from chanjiao.people.models import Unit
from chanjiao.reference.shipped import load_shipped

JOINED = 4  # days after the office opened
CONSORTIUM = ConsortiumFacts(
    code="dalian-jinpu",
    name="大连金普新区（大连经济技术开发区）市域产教联合体",
    short_name="金普联合体",
    park="大连金普新区（大连经济技术开发区）",
    division_code="210213",
    industries=("34", "38", "65"),
    industry_text="装备制造、新能源、数字经济",
)
_FIRST_MEMBERS = date(2023, 9, 1)  # an assumption: docs/demo.md
_IN_SHEET = ("name", "short_name", "kind", "credit_code", "school_code", "staff_count", "address")
# What the secretary mistyped at first: a check digit, a role nobody has, a date, a phone.
SLIPS = (
    Slip(9, "credit_code", "121102130000000000"),
    Slip(22, "role", "常务理事"),
    Slip(30, "joined_on", "二〇二三年九月"),
    Slip(41, "contact_phone", "电话见名片"),
)
_LATECOMERS = ("beiqiao", "qingcheng", "jtgcxy", "znjcs")


def build_members(cast: Cast, desk: Desk) -> None:
    """The office opens, the members' list is handed in, every unit gets its administrator."""
    cast.season.go(cast.season.founded)
    load_shipped(at=cast.season.tick())
    cast.take_office()
    founded = create_consortium(
        CONSORTIUM, secretary="秦书远", email="", by=cast.actor("operator"), at=cast.season.tick()
    )
    cast.home = founded.consortium
    cast.join(founded.token, SECRETARY)
    joined = cast.season.founded + JOINED
    cast.season.go(joined)
    _admit(cast, desk)
    for place, row in enumerate(rows("units")):
        cast.season.go(joined + 1 + place // 10)
        _staff(cast, row)
        _details(cast, row)


def _admit(cast: Cast, desk: Desk) -> None:
    """One workbook of all members, typed by the secretariat; what it leaves out is added after."""
    office = cast.consortium.secretariat
    desk.bring(
        "members", {"consortium": cast.consortium.pk}, [_values(cast, row) for row in rows("units")],
        who=SECRETARY, unit=office, title="秘书处-成员单位名单", slips=SLIPS,
    )  # fmt: skip
    found = {unit.name: unit for unit in Unit.objects.order_by("pk")}
    for row in rows("units"):
        unit = found[row["name"]]
        facts = replace(_facts(row), credit_code=unit.credit_code or "")
        cast.units[row["key"]] = update_unit(
            unit, facts, revision=unit.revision, by=cast.secretary, at=cast.season.tick()
        )


def _values(cast: Cast, row: Row) -> dict[str, Any]:
    """One line of the members' workbook."""
    given: dict[str, list[str]] = {}
    for gift in of_unit("contributions", row["key"]):
        if not gift["amount"]:
            given.setdefault(f"{gift['advantage']}_brought", []).append(gift["text"])
    facts = asdict(_facts(row))
    return {
        **{name: facts[name] or None for name in _IN_SHEET},
        "role": row["role"],
        "industries": tuple(code for code in row["industries"].split("、") if code),
        "joined_on": _joined_on(cast, row),
        "contact_name": person_name("contact", row["key"]),
        "contact_position": "联合体联络员",
        "contact_phone": f"1300000{chance('phone', row['key']).randrange(10_000):04}",
        **{key: "；".join(texts) for key, texts in given.items()},
    }


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
    return (
        cast.season.moment(cast.season.founded + JOINED).date()
        if row["key"] in _LATECOMERS
        else _FIRST_MEMBERS
    )


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
    """What the unit brings in money, entered by its own administrator."""
    membership = Membership.objects.get(consortium=cast.consortium, unit=cast.units[row["key"]])
    for gift in of_unit("contributions", row["key"]):
        if gift["amount"]:
            add_contribution(
                membership, advantage=gift["advantage"], text=gift["text"],
                amount_fen=to_fen(gift["amount"], "万元"), by=cast.actor(row["key"]),
                at=cast.season.tick(),
            )  # fmt: skip
