"""Small consortia for tests, written straight to the tables."""

from datetime import date
from itertools import count

from chanjiao.members.enums import MemberRole
from chanjiao.members.models import Consortium, Membership
from chanjiao.people.access import Actor
from chanjiao.people.enums import UnitKind
from chanjiao.people.models import Unit
from tests.people.world import AT, acting, make_unit

JOINED = date(2025, 3, 1)
_numbers = count(1)


def make_consortium(name: str = "", **fields) -> Consortium:
    number = next(_numbers)
    name = name or f"示例联合体{number}"
    values = {
        "code": f"c{number}", "short_name": name, "park": "示例园区", "division_code": "210213",
        "created_at": AT, "secretariat": make_unit(UnitKind.OFFICE, f"{name}秘书处"),
    }  # fmt: skip
    return Consortium.objects.create(name=name, **(values | fields))


def make_member(
    consortium: Consortium, unit: Unit | None = None, role: str = MemberRole.MEMBER, **fields
) -> Membership:
    values = {"joined_on": JOINED, "industries": ["34"]} | fields
    return Membership.objects.create(
        consortium=consortium, unit=unit or make_unit(), role=role, **values
    )


def secretary(consortium: Consortium, role: str = "staff", **fields) -> Actor:
    return acting(consortium.secretariat, role, **fields)
