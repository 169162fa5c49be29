"""Agreements, programmes, mentors, placements and results, as they stood at the period's end."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from django.db.models import Count, F, Q, QuerySet, Sum

from chanjiao.agreements.models import Agreement
from chanjiao.indicators.facts.scope import Row, Scope
from chanjiao.people.enums import UnitKind
from chanjiao.training.enums import (
    STANDING,
    TOOK_PLACE,
    EntryKind,
    MentorKind,
    ProgrammeState,
)
from chanjiao.training.mentors import dual_on
from chanjiao.training.models import (
    Enrolment,
    Entry,
    Incident,
    Mentor,
    MentorWork,
    Outcome,
    PlanItem,
    Programme,
    Stint,
    TeacherStay,
    TrainingClass,
)
from chanjiao.training.outcome_actions import months_after


def agreement_rows(scope: Scope) -> Iterator[Row]:
    """Agreements that had come into force; those about one student are not listed."""
    rows = Agreement.objects.filter(
        consortium=scope.consortium, student__isnull=True, in_force_at__lt=scope.end
    ).annotate(n=Count("parties", filter=Q(parties__unit__isnull=False)))
    for row in rows.select_related("kind").order_by("pk"):
        yield (
            row.number, scope.unit(row.unit_id), row.kind.code, row.n, scope.day(row.in_force_at),
            row.starts_on, row.ends_on, scope.until_end(row.ended_on),
        )  # fmt: skip


def programme_rows(scope: Scope) -> Iterator[Row]:
    """Programmes begun by then and not cancelled."""
    learners = dict(
        Enrolment.objects.filter(_in_class(scope), training_class__programme__in=_programmes(scope))
        .order_by()
        .values_list("training_class__programme")
        .annotate(n=Count("student", distinct=True))
    )
    partners = Count("partners", filter=Q(partners__unit__kind=UnitKind.ENTERPRISE))
    for row in _programmes(scope).annotate(n=partners).order_by("pk"):
        yield (
            row.number, scope.unit(row.unit_id), row.kind, row.state, row.n,
            learners.get(row.pk, 0), row.starts_on, row.ends_on,
        )  # fmt: skip


def _programmes(scope: Scope) -> QuerySet[Programme]:
    return Programme.objects.filter(
        consortium=scope.consortium, starts_on__lt=scope.until, unit__in=scope.codes,
        state__in=[ProgrammeState.RUNNING, ProgrammeState.ENDED],
    )  # fmt: skip


def _in_class(scope: Scope) -> Q:
    return Q(starts_on__lt=scope.until) & (Q(ends_on__isnull=True) | Q(ends_on__gte=scope.until))


def programme_major_rows(scope: Scope) -> Iterator[Row]:
    """The majors of a programme's classes."""
    rows = TrainingClass.objects.filter(programme__in=_programmes(scope)).order_by()
    yield from rows.values_list("programme__number", "cohort__major_code").distinct()


def plan_item_rows(scope: Scope) -> Iterator[Row]:
    """The joint plans as they are today; plans of running programmes change with a reason only."""
    rows = PlanItem.objects.filter(programme__in=_programmes(scope)).order_by("pk")
    yield from rows.values_list(
        "programme__number", "code", "course", "minutes", "site", "teacher", "is_core",
        "is_real_project",
    )  # fmt: skip


def enrolment_rows(scope: Scope) -> Iterator[Row]:
    """Who was in a class of a programme from a day; of two classes from one day, the longer stay."""
    rows = (
        Enrolment.objects.filter(
            training_class__programme__in=_programmes(scope), starts_on__lt=scope.until
        )
        .exclude(ends_on=F("starts_on"))
        .order_by(F("ends_on").desc(nulls_first=True), "pk")
    )
    found = rows.values_list("training_class__programme__number", "student", "starts_on", "ends_on")
    seen = set()
    for number, student, starts_on, ends_on in found.iterator(chunk_size=10_000):
        key = number, student, starts_on
        if key not in seen:
            seen.add(key)
            yield number, scope.person(student), starts_on, scope.until_end(ends_on)


def mentor_rows(scope: Scope) -> Iterator[Row]:
    last = scope.until - timedelta(days=1)
    dual_then = set(_mentors(scope).filter(dual_on(last)).values_list("pk", flat=True))
    for row in _mentors(scope).order_by("pk"):
        dual = row.pk in dual_then
        yield (
            scope.mentor(row.pk), scope.unit(row.unit_id), row.kind, dual, row.starts_on,
            scope.until_end(row.ends_on),
        )  # fmt: skip


def _mentors(scope: Scope) -> QuerySet[Mentor]:
    return Mentor.objects.filter(
        consortium=scope.consortium, unit__in=scope.codes, starts_on__lt=scope.until
    )


def mentor_hours_rows(scope: Scope) -> Iterator[Row]:
    """What a mentor taught, and what learners' entries that the mentor confirmed show.

    The year is that of the day: what is recorded or confirmed in January counts for December, as
    no later year will count it.
    """
    minutes: dict[tuple[int, str], int] = defaultdict(int)
    days = {"day__gte": scope.since, "day__lt": scope.until}
    taught = MentorWork.objects.filter(mentor__in=_mentors(scope), **days).order_by()
    for pk, school, total in taught.values_list("mentor", "school").annotate(n=Sum("minutes")):
        minutes[pk, scope.unit(school) if school in scope.codes else ""] += total
    guided = Entry.objects.filter(
        decided_by__in=_mentors(scope), kind=EntryKind.WORK, state__in=STANDING, **days
    ).order_by()
    for pk, school, total in guided.values_list("decided_by", "placement__school").annotate(
        n=Sum("confirmed_minutes")
    ):
        minutes[pk, scope.unit(school) if school in scope.codes else ""] += total or 0
    for (pk, school), total in sorted(minutes.items()):
        yield scope.mentor(pk), school, total


def teacher_stay_rows(scope: Scope) -> Iterator[Row]:
    rows = TeacherStay.objects.filter(
        mentor__in=_mentors(scope).filter(kind=MentorKind.SCHOOL), host__in=scope.codes,
        starts_on__gte=scope.since, starts_on__lt=scope.until,
    ).order_by("pk")  # fmt: skip
    days: dict[tuple[int, int, date], int] = defaultdict(int)
    for pk, host, starts_on, spent in rows.values_list("mentor", "host", "starts_on", "days"):
        days[pk, host, starts_on] += spent
    for (pk, host, starts_on), spent in sorted(days.items()):
        yield scope.mentor(pk), scope.unit(host), starts_on, spent


def placement_rows(scope: Scope) -> Iterator[Row]:
    """Stints begun by then of placements that took place, at hosts that are members.

    A student who went on post after the end had not begun, whatever day was planned.
    """
    rows = Stint.objects.filter(
        placement__consortium=scope.consortium, placement__state__in=TOOK_PLACE,
        placement__started_at__lt=scope.end, starts_on__lt=scope.until,
        placement__school__in=scope.codes,
    ).order_by("placement", "starts_on", "pk")  # fmt: skip
    confirmed = dict(
        Entry.objects.filter(
            placement__consortium=scope.consortium, kind=EntryKind.WORK, state__in=STANDING,
            day__lt=scope.until, decided_at__lt=scope.end, stint__isnull=False,
        ).order_by().values_list("stint").annotate(n=Sum("confirmed_minutes"))
    )  # fmt: skip
    place: dict[int, int] = defaultdict(int)
    found = rows.values_list(
        "pk", "placement", "placement__student", "placement__school", "host", "placement__kind",
        "placement__state", "starts_on", "ends_on",
    )  # fmt: skip
    for pk, placement, student, school, host, kind, state, starts, ends in found.iterator(
        chunk_size=10_000
    ):
        place[placement] += 1
        if host not in scope.codes:
            continue  # counted, so that the others keep their place
        yield (
            scope.name("placement", placement), place[placement], scope.person(student),
            scope.unit(school), scope.unit(host), kind, state, starts, scope.until_end(ends),
            confirmed.get(pk) or 0,
        )  # fmt: skip


def incident_rows(scope: Scope) -> Iterator[Row]:
    """Closed ones; the host is where the student was that day."""
    rows = Incident.objects.filter(
        placement__consortium=scope.consortium, closed_at__lt=scope.end, is_violation__isnull=False
    ).select_related("placement")
    for row in rows.prefetch_related("placement__stints").order_by("pk"):
        happened = scope.day(row.happened_at)
        stints = sorted(row.placement.stints.all(), key=lambda one: one.starts_on)
        there = [one for one in stints if happened and one.starts_on <= happened < one.ends_on]
        host = (there or stints)[0].host_id
        yield (
            f"SJ-{row.pk:06d}", scope.unit(host), row.kind, row.severity, happened,
            scope.day(row.closed_at), row.is_violation,
        )  # fmt: skip


def outcome_rows(scope: Scope) -> Iterator[Row]:
    """Points in time reached by then, as known today: a graduate is asked after the point in time,
    and no later year will count it."""
    rows = Outcome.objects.filter(
        student__cohort__consortium=scope.consortium, student__school__in=scope.codes,
    ).select_related("student").order_by("pk")  # fmt: skip
    for row in rows.iterator(chunk_size=10_000):
        due_on = months_after(row.graduated_on, row.months)
        if due_on < scope.until:
            yield (
                scope.person(row.student_id), row.months, scope.unit(row.student.school_id),
                row.destination, row.where or None, row.relevant, row.wage_fen, due_on,
            )  # fmt: skip
