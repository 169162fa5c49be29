"""Members that may be one unit registered twice."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import combinations

from chanjiao.members.models import Consortium, Membership
from chanjiao.people.enums import UnitKind
from chanjiao.people.models import Unit

_NOISE = re.compile(r"[\s()\[\]\uff08\uff09\u3010\u3011\u00b7\u30fb,\uff0c\u3001。.\u2014_-]+")
_FORM = re.compile(r"股份有限公司|有限责任公司|有限公司|集团公司|公司|股份")
_SAME, _NEAR = "名称相同", "名称相近"


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
    rows = list(
        Membership.objects.filter(consortium=consortium, left_on__isnull=True)
        .select_related("unit", "consortium")
        .order_by("joined_on", "pk")
    )
    found: dict[tuple[Membership, Membership], list[str]] = defaultdict(list)
    for reason, key in _SIGNS:
        for pair in _pairs(rows, key):
            if not (reason == _NEAR and _SAME in found[pair]):
                found[pair].append(reason)
    suspicions = [Suspicion(*pair, tuple(reasons)) for pair, reasons in found.items() if reasons]
    return sorted(suspicions, key=lambda s: (-len(s.reasons), s.first.unit.name, s.second.pk))


def plain_name(name: str) -> str:
    """The name without blanks, brackets and punctuation."""
    return _NOISE.sub("", name).casefold()


def core_name(name: str) -> str:
    """What is left of a name without its legal form and the city, to find near names."""
    return _FORM.sub("", plain_name(name)).replace("大连市", "").replace("大连", "")


def _name(unit: Unit) -> str:
    return plain_name(unit.name)


def _school(unit: Unit) -> str:
    return unit.school_code


def _organisation(unit: Unit) -> str:
    """The nine characters of GB 11714 in the credit code: one organisation, however registered."""
    return (unit.credit_code or "")[8:17]


def _core(unit: Unit) -> str:
    """Near names count within one kind, and only where enough is left to tell units apart."""
    core = core_name(unit.name)
    return f"{unit.kind}:{core}" if len(core) >= 2 else ""


_SIGNS: tuple[tuple[str, Callable[[Unit], str]], ...] = (
    (_SAME, _name),
    ("学校标识码相同", _school),
    ("信用代码中的主体标识相同", _organisation),
    (_NEAR, _core),
)


def _pairs(
    rows: Iterable[Membership], key: Callable[[Unit], str]
) -> Iterable[tuple[Membership, Membership]]:
    groups: dict[str, list[Membership]] = defaultdict(list)
    for row in rows:
        if row.unit.kind != UnitKind.OFFICE and (value := key(row.unit)):
            groups[value].append(row)
    for group in groups.values():
        yield from combinations(group, 2)
