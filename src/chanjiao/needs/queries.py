"""Reading listings. Every list starts at `visible_to`."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from chanjiao.kernel.period import Quarter
from chanjiao.members.models import Consortium, Membership
from chanjiao.needs.enums import ON_SHOW, Confidentiality, ListingState
from chanjiao.needs.kinds import KINDS, ListingKind
from chanjiao.needs.models import Cohort, Listing, Post, Student, TechnologyNeed
from chanjiao.needs.rules import in_force_on
from chanjiao.people.access import Actor
from chanjiao.people.access import in_force_on as acting_on
from chanjiao.people.enums import SCHOOLS, UnitKind
from chanjiao.people.models import Appointment, Unit
from chanjiao.reference.enums import Table
from chanjiao.reference.queries import Book

M = TypeVar("M", bound=Listing)
STALE_AFTER = timedelta(days=90)
OPEN = frozenset({ListingState.SUBMITTED, ListingState.RETURNED, *ON_SHOW})


def visible_to(model: type[M], actor: Actor | None, *, on: date) -> QuerySet[M]:
    """Own unit's rows in every state; the secretariat's, but others' drafts; members', on show."""
    rows = model._default_manager.select_related("unit", "consortium", "owner")
    if actor is None or not actor.units:
        return rows.none()
    return rows.filter(_own(actor) | _office(actor) | _fellow_members(model, actor, on))


def _own(actor: Actor) -> Q:
    return Q(unit__in=actor.units)


def _office(actor: Actor) -> Q:
    return Q(consortium__secretariat__in=actor.units) & ~Q(state=ListingState.DRAFT)


def _fellow_members(model: type[Listing], actor: Actor, on: date) -> Q:
    consortia = Membership.objects.filter(in_force_on(on), unit__in=actor.units)
    shown = Q(consortium__in=consortia.values("consortium_id"), state__in=ON_SHOW)
    if model is TechnologyNeed:
        shown &= ~Q(confidentiality=Confidentiality.NAMED)
    return shown


def students_visible_to(actor: Actor | None) -> QuerySet[Student]:
    """The students of one's own school."""
    rows = Student.objects.select_related("cohort", "school", "user")
    return rows.filter(school__in=actor.units) if actor else rows.none()


def stale(rows: QuerySet[Listing], *, at: datetime) -> QuerySet[Listing]:
    """On show, but not confirmed for 90 days."""
    return rows.filter(state__in=ON_SHOW, confirmed_at__lt=at - STALE_AFTER)


def late(rows: QuerySet[Listing], *, on: date) -> QuerySet[Listing]:
    """Open, and the day to answer has passed."""
    return rows.filter(state__in=OPEN - {ListingState.MATCHED}, answer_due_on__lt=on)


def on_show(rows: QuerySet[M]) -> QuerySet[M]:
    """Those on show. Said as what they are not: most rows are, an index by state would mislead."""
    return rows.exclude(state__in=set(ListingState) - ON_SHOW)


def quarters(rows: QuerySet[Listing]) -> list[str]:
    """Every quarter from the newest that occurs to the oldest; only these two are looked up."""
    ends = [rows.order_by(order).values("pk")[:1] for order in ("-quarter", "quarter")]
    found = rows.model._default_manager.filter(pk__in=[Subquery(end) for end in ends])
    texts = sorted(found.order_by("quarter").values_list("quarter", flat=True))
    if not texts:
        return []
    named = [Quarter.parse(texts[0])]
    while str(named[-1]) < texts[-1]:
        named.append(named[-1].next())
    return [str(quarter) for quarter in reversed(named)]


def units_listing(rows: QuerySet[Listing]) -> QuerySet[Unit]:
    """The units with a row among these: one look at each unit's own rows, not at all rows."""
    own = rows.order_by().filter(unit=OuterRef("pk"))
    return Unit.objects.filter(Exists(own)).order_by("name", "pk")


@dataclass(frozen=True, slots=True)
class Waiting:
    """Of one list: what waits for the secretariat or is late.

    `since` is the oldest submission waiting, `late_since` the earliest answer day missed.
    """

    kind: ListingKind
    submitted: int
    returned: int
    late: int
    stale: int
    since: datetime | None
    late_since: date | None


def waiting(consortium: Consortium, *, at: datetime, on: date) -> list[Waiting]:
    """The secretariat's queue, all six lists in one query."""
    submitted = Q(state=ListingState.SUBMITTED)
    is_late = Q(state__in=OPEN - {ListingState.MATCHED}, answer_due_on__lt=on)
    figures = {
        "submitted": Count("pk", filter=submitted),
        "returned": Count("pk", filter=Q(state=ListingState.RETURNED)),
        "late": Count("pk", filter=is_late),
        "stale": Count("pk", filter=_is_stale(at)),
        "since": Min("submitted_at", filter=submitted),
        "late_since": Min("answer_due_on", filter=is_late),
    }
    found = _by_kind(KINDS, Q(consortium=consortium), figures)
    return [Waiting(kind, **row) for kind, row in found]


def _is_stale(at: datetime) -> Q:
    return Q(state__in=ON_SHOW, confirmed_at__lt=at - STALE_AFTER)


def _by_kind(
    kinds: Iterable[ListingKind], whose: Q, figures: Mapping[str, Any]
) -> list[tuple[ListingKind, dict[str, Any]]]:
    """The same figures of several lists, in one query."""
    named = {kind.slug: kind for kind in kinds}
    one, *more = (
        kind.model._default_manager.filter(whose)
        .order_by()
        .annotate(slug=Value(slug))
        .values("slug")
        .annotate(**figures)
        for slug, kind in named.items()
    )
    rows: dict[str, dict[str, Any]] = {}
    for row in one.union(*more, all=True):
        rows[row["slug"]] = dict(row)
    return [(kind, {name: rows[slug][name] for name in figures}) for slug, kind in named.items()]


def peers_of(
    unit_id: int,
    consortium_id: int,
    quarter: str,
    *,
    apart_from: int = 0,
    apart_from_numbers: Iterable[str] = (),
) -> dict[str, int]:
    """Occupation → staff in the same post, as the unit's submitted or shown posts state it.

    Drafts do not count: a figure that changes can then be mended row by row.
    """
    rows = Post.objects.filter(unit=unit_id, consortium=consortium_id, quarter=quarter)
    rows = rows.filter(state__in=OPEN - {ListingState.RETURNED}).exclude(pk=apart_from)
    apart = set(apart_from_numbers)
    found = rows.order_by("pk").values_list("number", "occupation_code", "same_post_staff")
    return {code: staff for number, code, staff in found if number not in apart}


# Demand against supply -----------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Balance:
    """People wanted and students offered under one code; `posts` and `cohorts` count rows."""

    code: str
    demand: int
    supply: int
    posts: int
    cohorts: int

    @property
    def gap(self) -> int:
        return self.demand - self.supply


def balance_by_major(consortium: Consortium, quarter: str = "") -> list[Balance]:
    """By major, biggest first. A post that takes several majors counts under each of them.

    Summed by the database over each distinct set of majors; sets are then taken apart here.
    """
    demand: Counter[str] = Counter()
    posts: Counter[str] = Counter()
    for majors, people, count in _sums(Post, "major_codes", "headcount", consortium, quarter):
        for code in majors:
            demand[code] += people
            posts[code] += count
    return _balances(demand, posts, *_cohort_sums(consortium, quarter))


def balance_by_occupation(consortium: Consortium, known: Book, quarter: str = "") -> list[Balance]:
    """By occupation wanted; supply is every cohort whose major the tables link to it."""
    demand: Counter[str] = Counter()
    posts: Counter[str] = Counter()
    for code, people, count in _sums(Post, "occupation_code", "headcount", consortium, quarter):
        demand[code], posts[code] = people, count
    offered, cohorts = _cohort_sums(consortium, quarter)
    supply: Counter[str] = Counter()
    able: Counter[str] = Counter()
    for occupation in demand:
        for major, people in offered.items():
            if known.prepares(major, occupation):
                supply[occupation] += people
                able[occupation] += cohorts[major]
    return _balances(demand, posts, supply, able)


def totals(consortium: Consortium, quarter: str = "") -> Balance:
    """People wanted and offered in all, each post and cohort counted once."""
    wanted = _on_show(Post, consortium, quarter).aggregate(n=Sum("headcount"), c=Count("pk"))
    offered = _on_show(Cohort, consortium, quarter).aggregate(n=Sum("size"), c=Count("pk"))
    return Balance("", wanted["n"] or 0, offered["n"] or 0, wanted["c"], offered["c"])


def _on_show(model: type[M], consortium: Consortium, quarter: str) -> QuerySet[M]:
    rows = model._default_manager.filter(consortium=consortium, state__in=ON_SHOW)
    return rows.filter(quarter=quarter) if quarter else rows


def _sums(
    model: type[Listing], group: str, amount: str, consortium: Consortium, quarter: str
) -> "QuerySet[Listing, tuple[Any, int, int]]":
    rows = _on_show(model, consortium, quarter).order_by(group)
    return rows.values_list(group).annotate(Sum(amount), Count("pk"))


def _cohort_sums(consortium: Consortium, quarter: str) -> tuple[Counter[str], Counter[str]]:
    people: Counter[str] = Counter()
    count: Counter[str] = Counter()
    for code, size, cohorts in _sums(Cohort, "major_code", "size", consortium, quarter):
        people[code], count[code] = size, cohorts
    return people, count


def _balances(
    demand: Counter[str], posts: Counter[str], supply: Counter[str], cohorts: Counter[str]
) -> list[Balance]:
    rows = [
        Balance(code, demand[code], supply[code], posts[code], cohorts[code])
        for code in demand.keys() | supply.keys()
    ]
    return sorted(rows, key=lambda row: (-row.demand, -row.supply, row.code))


def balance_by_group(consortium: Consortium, known: Book, quarter: str = "") -> list[Balance]:
    """By 大类 (undergraduate: 学科门类), whatever the level: 46, 66 and 26 are one 装备制造大类.

    A post that takes several majors of a 大类 counts once under it; `code` is the lowest of the
    大类's codes.
    """
    demand: Counter[str] = Counter()
    posts: Counter[str] = Counter()
    supply: Counter[str] = Counter()
    cohorts: Counter[str] = Counter()
    for majors, people, count in _sums(Post, "major_codes", "headcount", consortium, quarter):
        for group in {_group_of(code, known) for code in majors}:
            demand[group] += people
            posts[group] += count
    for code, people, count in _sums(Cohort, "major_code", "size", consortium, quarter):
        supply[_group_of(code, known)] += people
        cohorts[_group_of(code, known)] += count
    return _balances(demand, posts, supply, cohorts)


def _group_of(major: str, known: Book) -> str:
    """The lowest code of the major's 大类 over all levels; the major itself where none is held."""
    top = known.entry(Table.MAJOR, major[:2])
    if top is None:
        return major
    entries = known.tables[Table.MAJOR].items()
    return min(code for code, entry in entries if len(code) == 2 and entry.name == top.name)


# Who is silent -------------------------------------------------------------------------------
def silent_units(consortium: Consortium, quarter: str, *, on: date) -> QuerySet[Unit]:
    """Present member enterprises and schools without a submitted row in any list of a quarter.

    `people` is how many act for the unit and can be told.
    """
    present = Membership.objects.filter(in_force_on(on), consortium=consortium)
    units = Unit.objects.filter(
        pk__in=present.values("unit"), kind__in=[UnitKind.ENTERPRISE, *SCHOOLS]
    )
    for kind in KINDS:
        heard = kind.model._default_manager.filter(
            consortium=consortium, unit=OuterRef("pk"), quarter=quarter
        ).exclude(state=ListingState.DRAFT)
        units = units.filter(~Exists(heard))
    acting = (
        Appointment.objects.filter(acting_on(on), unit=OuterRef("pk")).order_by().values("unit")
    )
    people = acting.annotate(n=Count("user", distinct=True)).values("n")
    return units.annotate(people=Coalesce(Subquery(people), 0)).order_by("name", "pk")


@dataclass(frozen=True, slots=True)
class Own:
    """Of one list of one's own unit: what waits for the unit. `due` is the earliest answer day."""

    kind: ListingKind
    drafts: int
    returned: int
    late: int
    stale: int
    due: date | None


def own_waiting(unit: Unit, consortium: Consortium, *, at: datetime, on: date) -> list[Own]:
    """A member's queue: the lists the unit may have, in one query."""
    answering = Q(state__in=OPEN - {ListingState.MATCHED}, answer_due_on__isnull=False)
    figures = {
        "drafts": Count("pk", filter=Q(state=ListingState.DRAFT)),
        "returned": Count("pk", filter=Q(state=ListingState.RETURNED)),
        "late": Count("pk", filter=answering & Q(answer_due_on__lt=on)),
        "stale": Count("pk", filter=_is_stale(at)),
        "due": Min("answer_due_on", filter=answering),
    }
    kinds = [kind for kind in KINDS if kind.open_to(unit.kind)]
    if not kinds:
        return []
    found = _by_kind(kinds, Q(consortium=consortium, unit=unit), figures)
    return [Own(kind, **row) for kind, row in found]
