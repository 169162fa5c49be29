"""Where graduates are after 0, 6 and 12 months: figures by school and major, small groups folded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Q, QuerySet

from chanjiao.members.models import Consortium
from chanjiao.people.access import Actor
from chanjiao.training.enums import Destination, Where
from chanjiao.training.models import Outcome
from chanjiao.training.outcome_actions import WORKING
from chanjiao.training.shares import Share

LEAST = 5  # people below whom a figure tells of persons
_PLACED = [*WORKING, Destination.STUDY, Destination.SERVICE]


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of one group of graduates at one point in time. Shares are made of them, so that
    figures of several groups are added first and divided then."""

    n: int = 0
    reached: int = 0
    placed: int = 0
    working: int = 0
    judged: int = 0
    relevant: int = 0
    located: int = 0
    park: int = 0
    city: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(*(getattr(self, f) + getattr(other, f) for f in self.__slots__))

    @property
    def employed(self) -> Share:
        """就业和创业, of all graduates asked about: one not reached counts as not employed."""
        return Share(self.working, self.n)

    @property
    def settled(self) -> Share:
        """去向落实: employed, studying or serving, of all."""
        return Share(self.placed, self.n)

    @property
    def relevance(self) -> Share:
        """专业对口, of those at work whose occupation a table or the school could judge."""
        return Share(self.relevant, self.judged)

    @property
    def in_park(self) -> Share:
        return Share(self.park, self.located)

    @property
    def in_city(self) -> Share:
        """In the park or elsewhere in the city, of those at work."""
        return Share(self.park + self.city, self.located)


@dataclass(frozen=True, slots=True)
class Group:
    """Figures of a school, a major or of several folded together; `key` names one alone."""

    key: tuple[int | str, ...]
    names: tuple[str, ...]
    figures: Figures
    is_folded: bool = False


@dataclass(frozen=True)
class Cells:
    """Everything counted: (school, name, major, months) → figures."""

    rows: dict[tuple[int, str, str, int], Figures] = field(default_factory=dict)

    def schools(self, months: int) -> list[Group]:
        """One group for each school, exact."""
        found: dict[tuple[int, str], Figures] = {}
        for (school, name, _, point), figures in self.rows.items():
            if point == months:
                found[school, name] = found.get((school, name), Figures()) + figures
        return [Group((pk,), (name,), figures) for (pk, name), figures in sorted(found.items())]

    def majors(self, school: int, months: int) -> list[Group]:
        """One group for each major of a school, exact."""
        return [
            Group((school, major), (major,), figures)
            for (pk, _, major, point), figures in sorted(self.rows.items())
            if pk == school and point == months
        ]


def outcomes_visible_to(actor: Actor | None) -> QuerySet[Outcome]:
    """One's own school's graduates; the secretariat reads `counted` figures, never rows."""
    rows = Outcome.objects.select_related("student__school", "student__cohort", "unit")
    return rows.filter(student__school__in=actor.units) if actor else rows.none()


def of_consortium(consortium: Consortium) -> QuerySet[Outcome]:
    """Rows to be counted only; whoever shows them folds small groups."""
    return Outcome.objects.filter(student__cohort__consortium=consortium)


def counted(rows: QuerySet[Outcome]) -> Cells:
    """The figures by school, major and point in time; one query."""
    keys = ("student__school", "student__school__name", "student__cohort__major_code", "months")
    working = Q(destination__in=[value.value for value in WORKING])
    totals = rows.order_by(*keys).values_list(*keys).annotate(
        n=Count("pk"),
        reached=Count("pk", filter=~Q(destination=Destination.UNKNOWN)),
        placed=Count("pk", filter=Q(destination__in=_PLACED)),
        working=Count("pk", filter=working),
        judged=Count("pk", filter=working & Q(relevant__isnull=False)),
        relevant=Count("pk", filter=working & Q(relevant=True)),
        located=Count("pk", filter=working & ~Q(where="")),
        park=Count("pk", filter=working & Q(where=Where.PARK)),
        city=Count("pk", filter=working & Q(where=Where.CITY)),
    )  # fmt: skip
    return Cells({tuple(row[:4]): Figures(*row[4:]) for row in totals})


def folded(groups: Sequence[Group], *, least: int = LEAST) -> list[Group]:
    """Groups no smaller than `least`: smaller ones are put together, and where together they are
    still too few, with the next smallest, so that nobody finds them by subtracting. The groups
    still make up the whole; none is left when the whole itself is too small."""
    ordered = sorted(groups, key=lambda group: (group.figures.n, group.key))
    small = [group for group in ordered if group.figures.n < least]
    large = ordered[len(small) :]
    while small and large and total_of(small).n < least:
        small.append(large.pop(0))
    shown = sorted(large, key=lambda group: group.key)
    if not small or total_of(small).n < least:
        return shown
    names = tuple(name for group in small for name in group.names)
    return [*shown, Group((), names, total_of(small), is_folded=True)]


def total_of(groups: Iterable[Group]) -> Figures:
    """The figures of all groups together."""
    return sum((group.figures for group in groups), Figures())
