"""Reading records of learning: whose they are, what waits for whom, how far a student is."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from chanjiao.people.access import Actor
from chanjiao.training.enums import (
    ENTERPRISE_SITES,
    STANDING,
    TOOK_PLACE,
    EntryKind,
    EntryState,
    MentorKind,
)
from chanjiao.training.models import Entry, EntryFile, Mentor, Placement, PlanItem, Stint
from chanjiao.training.queries import HOST_SEES, placements_visible_to

WAIT_DAYS = 3  # a mentor who lets more pass is reminded
JOURNALS_DUE = 12  # of a placement without a class
WRITTEN = Q(kind=EntryKind.WORK) & ~Q(state=EntryState.DRAFT)
JOURNALS = Q(kind=EntryKind.JOURNAL) & ~Q(state__in=[EntryState.DRAFT, EntryState.REJECTED])


# Who sees what -----------------------------------------------------------------------------------
def entries_visible_to(actor: Actor | None, *, on: date) -> QuerySet[Entry]:
    """One's own; of one's school's students what they handed in; of students at one's enterprise
    the records of work done there, never a journal: it may speak of the host."""
    rows = Entry.objects.select_related("placement__student", "stint__host", "decided_by")
    if actor is None:
        return rows.none()
    handed_in = ~Q(state=EntryState.DRAFT)
    school = Q(placement__school__in=actor.units) & handed_in
    hosted = (
        Q(stint__host__in=actor.units, kind=EntryKind.WORK)
        & handed_in
        & Q(placement__in=placements_visible_to(actor, on=on).order_by().values("pk"))
    )
    return rows.filter(Q(placement__student__user=actor.pk) | school | hosted)


def entry_files_visible_to(actor: Actor | None, *, on: date) -> QuerySet[EntryFile]:
    """The files of the records one sees."""
    seen = entries_visible_to(actor, on=on).order_by().values("pk")
    return EntryFile.objects.select_related("file", "entry").filter(entry__in=seen)


def own_placements(actor: Actor) -> QuerySet[Placement]:
    """A student's internships, the one that counts now first."""
    rows = Placement.objects.select_related(
        "student", "school", "training_class__programme", "tutor"
    )
    return rows.filter(student__user=actor.pk).order_by("-starts_on", "-pk")


# What a mentor has before them -------------------------------------------------------------------
def guided_by(mentor: Mentor) -> Q:
    """Records of the stints a mentor is master of."""
    return Q(stint__master=mentor) | Q(stint__second_master=mentor)


def waiting_for(mentor: Mentor) -> QuerySet[Entry]:
    """Work handed in that this mentor has not decided, across students, oldest first."""
    rows = Entry.objects.select_related("placement__student", "placement__school", "stint__host")
    return rows.filter(
        guided_by(mentor), kind=EntryKind.WORK, state=EntryState.SUBMITTED,
        placement__state__in=TOOK_PLACE,
    ).order_by("placement__student__student_number", "placement", "day", "pk")  # fmt: skip


def graded_by(mentor: Mentor, *, on: date) -> QuerySet[Placement]:
    """Those whose part of the enterprise this mentor gives: on post or ended lately."""
    own = Stint.objects.filter(Q(master=mentor) | Q(second_master=mentor)).values("placement")
    rows = Placement.objects.select_related("student", "school", "training_class")
    return rows.filter(
        pk__in=own, state__in=TOOK_PLACE, ends_on__gt=on - HOST_SEES
    ).order_by("ends_on", "number")  # fmt: skip


def mentors_served(actor: Actor | None) -> QuerySet[Mentor]:
    """Enterprise mentors whose link one may hand out: of one's unit, or of one's school's students.

    With `waiting` (of these students) and `waiting_since`.
    """
    rows = Mentor.objects.select_related("unit").filter(kind=MentorKind.ENTERPRISE)
    if actor is None:
        return rows.none()
    guiding = Stint.objects.filter(
        Q(master=OuterRef("pk")) | Q(second_master=OuterRef("pk")),
        placement__school__in=actor.units, placement__state__in=TOOK_PLACE,
    )  # fmt: skip
    waiting = Entry.objects.filter(
        Q(stint__master=OuterRef("pk")) | Q(stint__second_master=OuterRef("pk")),
        Q(placement__school__in=actor.units) | Q(stint__host__in=actor.units),
        kind=EntryKind.WORK, state=EntryState.SUBMITTED, placement__state__in=TOOK_PLACE,
    ).order_by().values("kind")  # fmt: skip
    return rows.filter(Q(unit__in=actor.units) | Exists(guiding)).annotate(
        waiting=Coalesce(Subquery(waiting.annotate(n=Count("pk")).values("n")), 0),
        waiting_since=Subquery(waiting.annotate(n=Min("submitted_at")).values("n")),
    )


def kept_waiting(rows: QuerySet[Any], *, at: datetime) -> QuerySet[Any]:
    """Mentors (`mentors_served`) with something older than `WAIT_DAYS`."""
    return rows.filter(waiting_since__lt=at - timedelta(days=WAIT_DAYS))


def unmarked(rows: QuerySet[Entry]) -> QuerySet[Entry]:
    """Journals and summaries to be marked, longest waiting first."""
    return (
        rows.exclude(kind=EntryKind.WORK)
        .filter(state=EntryState.SUBMITTED)
        .order_by("submitted_at", "pk")
    )


# How far a student is ----------------------------------------------------------------------------
def items_offered(placement: Placement) -> QuerySet[PlanItem]:
    """Items of the class's plan that are learnt at an enterprise site, of no host or of one of the
    placement's own."""
    if placement.training_class is None:
        return PlanItem.objects.none()
    hosts = placement.stints.order_by().values("host")
    return PlanItem.objects.filter(
        Q(host__isnull=True) | Q(host__in=hosts),
        programme=placement.training_class.programme_id, site__in=ENTERPRISE_SITES,
    )  # fmt: skip


def items_done(placement: Placement) -> set[int]:
    """Keys of the items that a confirmed record ticks."""
    rows = PlanItem.objects.filter(entries__placement=placement, entries__state__in=STANDING)
    return set(rows.order_by().values_list("pk", flat=True))


def with_tallies(rows: QuerySet[Placement]) -> QuerySet[Placement]:
    """Each row with the figures `tally_of` reads; one query, however many rows."""
    own = Entry.objects.filter(placement=OuterRef("pk")).order_by().values("placement")
    work = own.filter(WRITTEN)
    standing = own.filter(kind=EntryKind.WORK, state__in=STANDING)
    waiting = work.filter(state=EntryState.SUBMITTED)
    journals = own.filter(JOURNALS)
    plan = _offered(OuterRef(OuterRef("pk"))).values("programme")
    # an item ticked by two records counts once
    done = standing.filter(items__in=_offered(OuterRef(OuterRef(OuterRef("pk")))).values("pk"))
    return rows.annotate(
        planned=_number(plan.annotate(n=Sum("minutes"))),
        items=_number(plan.annotate(n=Count("pk"))),
        items_done=_number(done.annotate(n=Count("items", distinct=True))),
        written=_number(work.annotate(n=Sum("minutes"))),
        confirmed=_number(standing.annotate(n=Sum("confirmed_minutes"))),
        waiting=_number(waiting.annotate(n=Count("pk"))),
        waiting_since=Subquery(waiting.annotate(n=Min("submitted_at")).values("n")),
        returned=_number(own.filter(state=EntryState.REJECTED).annotate(n=Count("pk"))),
        journals=_number(journals.annotate(n=Count("pk"))),
        journals_marked=_number(journals.filter(mark__isnull=False).annotate(n=Count("pk"))),
        summary_mark=Subquery(
            own.filter(kind=EntryKind.SUMMARY, mark__isnull=False)
            .annotate(n=Max("mark")).values("n")
        ),
        summaries=_number(
            own.filter(kind=EntryKind.SUMMARY)
            .exclude(state__in=[EntryState.DRAFT, EntryState.REJECTED]).annotate(n=Count("pk"))
        ),
        last_day=Subquery(work.annotate(n=Max("day")).values("n")),
        journals_due=Coalesce(F("training_class__journals_due"), JOURNALS_DUE),
    )  # fmt: skip


def _offered(placement: OuterRef) -> QuerySet[PlanItem]:
    """As `items_offered`, inside a query over placements; `placement` as seen from one query deeper."""
    programme = Placement.objects.filter(pk=placement).values("training_class__programme")
    hosts = Stint.objects.filter(placement=placement).order_by().values("host")
    return PlanItem.objects.filter(
        Q(host__isnull=True) | Q(host__in=hosts), programme__in=programme,
        site__in=ENTERPRISE_SITES,
    ).order_by()  # fmt: skip


def _number(rows: QuerySet[Any, Any]) -> Coalesce:
    return Coalesce(Subquery(rows.values("n")), 0)


@dataclass(frozen=True, slots=True)
class Tally:
    """How far one student is; minutes and counts. Only what a mentor confirmed is `confirmed`."""

    planned: int
    items: int
    items_done: int
    written: int
    confirmed: int
    waiting: int
    waiting_since: datetime | None
    returned: int
    journals: int
    journals_marked: int
    journals_due: int
    summaries: int
    summary_mark: int | None
    last_day: date | None

    @property
    def hours_share(self) -> int | None:
        """Confirmed of planned hours in hundredths of a percent, at most 10 000; None without plan."""
        return min(10_000, self.confirmed * 10_000 // self.planned) if self.planned else None

    @property
    def confirmed_share(self) -> int | None:
        """Confirmed of written hours in hundredths of a percent; None when nothing was written."""
        return min(10_000, self.confirmed * 10_000 // self.written) if self.written else None

    @property
    def marked_share(self) -> int | None:
        """Marked of given journals in hundredths of a percent."""
        return self.journals_marked * 10_000 // self.journals if self.journals else None


def tally_of(row: Placement) -> Tally:
    """The figures of a row of `with_tallies`."""
    return Tally(**{name: getattr(row, name) for name in Tally.__slots__})


def tally(placement: Placement) -> Tally:
    """The figures of one placement; one query."""
    return tally_of(with_tallies(Placement.objects.filter(pk=placement.pk)).get())


_NOTHING: dict[str, Any] = dict.fromkeys(Tally.__slots__, 0) | {
    "waiting_since": None, "summary_mark": None, "last_day": None, "journals_due": JOURNALS_DUE
}  # fmt: skip


def lag_tallies(rows: QuerySet[Placement]) -> list[tuple[Placement, Tally]]:
    """Many placements with only the figures that `lags` and the marking rate read; two queries."""
    handed_in = ~Q(state__in=[EntryState.DRAFT, EntryState.REJECTED])
    counted = (
        Entry.objects.filter(placement__in=rows.order_by().values("pk"))
        .order_by()
        .values("placement")
        .annotate(
            journals=Count("pk", filter=JOURNALS),
            journals_marked=Count("pk", filter=JOURNALS & Q(mark__isnull=False)),
            returned=Count("pk", filter=Q(state=EntryState.REJECTED)),
            summaries=Count("pk", filter=Q(kind=EntryKind.SUMMARY) & handed_in),
            last_day=Max("day", filter=WRITTEN),
        )
    )
    found = {told.pop("placement"): told for told in map(dict, counted)}
    light = rows.select_related(None).select_related("training_class")
    light = light.only("starts_on", "ends_on", "training_class__journals_due")
    return [(row, Tally(**_NOTHING | _due(row) | found.get(row.pk, {}))) for row in light]


def _due(row: Placement) -> dict[str, int]:
    group = row.training_class
    return {"journals_due": group.journals_due} if group else {}


# Who is behind -----------------------------------------------------------------------------------
SILENT_DAYS = 14


def journals_expected(placement: Placement, due: int, *, on: date) -> int:
    """How many journals should be there by a day: they fall due evenly over the placement."""
    length = (placement.ends_on - placement.starts_on).days
    gone = min(max((on - placement.starts_on).days, 0), length)
    return due * gone // length


def next_journal_on(placement: Placement, number: int, due: int) -> date:
    """The day by which the journal of this number is due."""
    length = (placement.ends_on - placement.starts_on).days
    return placement.starts_on + timedelta(days=-(-length * min(number, due) // max(due, 1)))


def lags(placement: Placement, told: Tally, *, on: date) -> list[str]:
    """Why a student is behind, in words; empty when not."""
    found = []
    missing = journals_expected(placement, told.journals_due, on=on) - told.journals
    if missing > 0:
        found.append(f"周记少 {missing} 篇")
    over = on >= placement.ends_on
    since = told.last_day or placement.starts_on
    if not over and placement.starts_on <= on and (on - since).days > SILENT_DAYS:
        found.append(f"{(on - since).days} 天没有学习记录")
    if told.returned:
        found.append(f"{told.returned} 条退回未改")
    if over and not told.summaries:
        found.append("未交实习总结")
    return found
