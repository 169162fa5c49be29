"""Members that may be one unit registered twice."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

from chanjiao.members.models import Consortium, Membership
from chanjiao.people.enums import UnitKind

_NOISE = re.compile(r"[\s()\[\]\uff08\uff09\u3010\u3011\u00b7\u30fb,\uff0c\u3001。.\u2014_-]+")
_FORM = re.compile(r"股份有限公司|有限责任公司|有限公司|集团公司|公司|股份")
_SAME, _NEAR = "名称相同", "名称相近"


class Named(NamedTuple):
    """What of a unit is compared; whole rows are read only of units that look alike."""

    kind: str
    name: str
    school_code: str
    credit_code: str | None


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Two members that may be one unit, and why."""

    first: Membership
    second: Membership
    reasons: tuple[str, ...]


def possible_duplicates(consortium: Consortium) -> list[Suspicion]:
    """Present members that look like one unit registered twice, the surest first.

    A branch under a group, with a name and a credit code of its own, is another unit.
    """
    present = Membership.objects.filter(consortium=consortium, left_on__isnull=True)
    asked = present.order_by("joined_on", "pk").values_list(
        "pk", *(f"unit__{name}" for name in Named._fields)
    )
    rows = [(pk, Named(*facts)) for pk, *facts in asked]
    found: dict[tuple[int, int], list[str]] = defaultdict(list)
    for reason, key in _SIGNS:
        for pair in _pairs(rows, key):
            if not (reason == _NEAR and _SAME in found[pair]):
                found[pair].append(reason)
    members = present.select_related("unit", "consortium").in_bulk({pk for p in found for pk in p})
    suspicions = [
        Suspicion(members[first], members[second], tuple(reasons))
        for (first, second), reasons in found.items()
        if reasons
    ]
    return sorted(suspicions, key=lambda s: (-len(s.reasons), s.first.unit.name, s.second.pk))


def plain_name(name: str) -> str:
    """The name without blanks, brackets and punctuation."""
    return _NOISE.sub("", name).casefold()


def core_name(name: str) -> str:
    """What is left of a name without its legal form and the city, to find near names."""
    return _FORM.sub("", plain_name(name)).replace("大连市", "").replace("大连", "")


def _name(unit: Named) -> str:
    return plain_name(unit.name)


def _school(unit: Named) -> str:
    return unit.school_code


def _organisation(unit: Named) -> str:
    """The nine characters of GB 11714 in the credit code: one organisation, however registered."""
    return (unit.credit_code or "")[8:17]


def _core(unit: Named) -> str:
    """Near names count within one kind, and only where enough is left to tell units apart."""
    core = core_name(unit.name)
    return f"{unit.kind}:{core}" if len(core) >= 2 else ""


_SIGNS: tuple[tuple[str, Callable[[Named], str]], ...] = (
    (_SAME, _name),
    ("学校标识码相同", _school),
    ("信用代码中的主体标识相同", _organisation),
    (_NEAR, _core),
)


def _pairs(
    rows: Iterable[tuple[int, Named]], key: Callable[[Named], str]
) -> Iterable[tuple[int, int]]:
    groups: dict[str, list[int]] = defaultdict(list)
    for pk, unit in rows:
        if unit.kind != UnitKind.OFFICE and (value := key(unit)):
            groups[value].append(pk)
    for group in groups.values():
        yield from combinations(group, 2)
