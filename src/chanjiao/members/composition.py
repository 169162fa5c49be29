"""What a consortium is made of: present members by kind and role, and by industry and side."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import QuerySet

from chanjiao.members.models import Consortium, Membership
from chanjiao.members.queries import side_of
from chanjiao.people.enums import SIDES, UnitKind


@dataclass(frozen=True, slots=True)
class Composition:
    """Counts of present members. A member of several industries counts once in each."""

    total: int
    by_kind: dict[tuple[str, str], int]
    by_industry: dict[tuple[str, str], int]
    without_industry: int

    def of_kind(self, kind: str) -> int:
        return sum(count for (k, _), count in self.by_kind.items() if k == kind)

    def of_side(self, side: str) -> int:
        return sum(self.of_kind(kind) for kind in SIDES[side])

    @property
    def kinds(self) -> list[str]:
        """The kinds there are, in the order of the four sides."""
        return [kind for kind in UnitKind.values if self.of_kind(kind)]

    @property
    def industries(self) -> list[str]:
        """The industries (大类, two digits, or 门类) there are, the most frequent first."""
        totals: Counter[str] = Counter()
        for (industry, _), count in self.by_industry.items():
            totals[industry] += count
        return sorted(totals, key=lambda code: (-totals[code], code))


def composition_of(consortium: Consortium) -> Composition:
    """Of everybody present, whoever asks: no member is told apart."""
    return composed(Membership.objects.filter(consortium=consortium))


def composed(rows: QuerySet[Membership]) -> Composition:
    """One query over the present ones of these memberships."""
    by_kind: Counter[tuple[str, str]] = Counter()
    by_industry: Counter[tuple[str, str]] = Counter()
    total = bare = 0
    present = rows.order_by().filter(left_on__isnull=True)
    for kind, role, codes in present.values_list("unit__kind", "role", "industries"):
        total += 1
        by_kind[kind, role] += 1
        divisions = {code[:2] for code in codes}
        bare += not divisions
        for division in divisions:
            by_industry[division, side_of(kind)] += 1
    return Composition(total, dict(by_kind), dict(by_industry), bare)
