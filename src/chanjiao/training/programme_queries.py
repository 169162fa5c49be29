"""Reading programmes, their classes and plans: facts for the requirements, hours for the shares."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from chanjiao.agreements.enums import AgreementState
from chanjiao.agreements.models import Agreement, Party
from chanjiao.needs.enums import ON_SHOW
from chanjiao.needs.models import Post, Student
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.training.enums import ALIVE, ENTERPRISE_SITES, TOOK_PLACE, ProgrammeState, Teacher
from chanjiao.training.models import (
    Enrolment,
    Placement,
    PlanItem,
    Programme,
    Stint,
    TrainingClass,
)
from chanjiao.training.programme_checks import ClassFacts, ProgrammeFacts
from chanjiao.training.shares import Hours, Share, Shares, shares_of


# Lists -----------------------------------------------------------------------------------------
def with_shares(rows: QuerySet[Programme]) -> QuerySet[Programme]:
    """Each programme with its minutes: in all, at enterprise sites, core, real projects in core."""
    return rows.annotate(
        all_minutes=_minutes(),
        site_minutes=_minutes(site__in=[site.value for site in ENTERPRISE_SITES]),
        taught_minutes=_minutes(teacher__in=[Teacher.ENTERPRISE.value, Teacher.BOTH.value]),
        core_minutes=_minutes(is_core=True),
        real_minutes=_minutes(is_core=True, is_real_project=True),
        learners=_learners(),
    )


def _minutes(**which: object) -> Coalesce:
    rows = PlanItem.objects.filter(programme=OuterRef("pk"), **which).order_by()
    summed = rows.values("programme").annotate(total=Sum("minutes")).values("total")
    return Coalesce(Subquery(summed, output_field=IntegerField()), 0)


def _learners() -> Coalesce:
    rows = Enrolment.objects.filter(
        training_class__programme=OuterRef("pk"), ends_on__isnull=True
    ).order_by()
    counted = rows.values("training_class__programme").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def enterprise_share(row: Programme) -> Share:
    """Of a row of `with_shares`."""
    return Share(row.site_minutes, row.all_minutes)  # type: ignore[attr-defined]


def real_share(row: Programme) -> Share:
    """Of a row of `with_shares`."""
    return Share(row.real_minutes, row.core_minutes)  # type: ignore[attr-defined]


def taught_share(row: Programme) -> Share:
    """Of a row of `with_shares`."""
    return Share(row.taught_minutes, row.all_minutes)  # type: ignore[attr-defined]


def hours_of(programmes: Iterable[int]) -> dict[int, list[Hours]]:
    """The minutes of each programme's plan by place, teacher and marks; one query."""
    found: dict[int, list[Hours]] = {pk: [] for pk in programmes}
    names = ("programme", "site", "teacher", "is_core", "is_real_project")
    rows = PlanItem.objects.filter(programme__in=found).order_by(*names).values(*names)
    for row in rows.annotate(total=Sum("minutes")):
        pk = row.pop("programme")
        found[pk].append(Hours(row.pop("total"), **row))
    return found


def shares_together(rows: QuerySet[Programme]) -> Shares:
    """The shares of many programmes as if they were one plan."""
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    return shares_of(hour for hours in hours_of(ids).values() for hour in hours)


def running_programmes(rows: QuerySet[Programme]) -> QuerySet[Programme]:
    """Those under training."""
    return rows.filter(state=ProgrammeState.RUNNING)


# Classes and who is in them --------------------------------------------------------------------
def enrolled_on(day: date) -> Q:
    """Enrolments whose half-open period holds the day."""
    return Q(starts_on__lte=day) & (Q(ends_on__isnull=True) | Q(ends_on__gt=day))


def classes_of(programme: Programme) -> QuerySet[TrainingClass]:
    """The classes with the number of their present learners; a number is no name."""
    rows = programme.classes.select_related("cohort__unit", "notice", "programme__unit")
    present = Count("enrolments", filter=Q(enrolments__ends_on__isnull=True))
    return rows.annotate(learners=present).order_by("name", "pk")


def enrolments_visible_to(actor: Actor | None) -> QuerySet[Enrolment]:
    """One's own school's students, and oneself as a student."""
    rows = Enrolment.objects.select_related("student__school", "training_class__programme__unit")
    if actor is None:
        return rows.none()
    return rows.filter(Q(student__school__in=actor.units) | Q(student__user=actor.pk))


def classes_of_student(student: Student) -> QuerySet[Enrolment]:
    """The classes a student is or was in, the present one first."""
    rows = student.enrolments.select_related("training_class__programme__unit")
    return rows.order_by(F("ends_on").desc(nulls_first=True), "-starts_on", "pk")


def units_of(programme: Programme) -> list[Unit]:
    """The keeping school and every partner."""
    partners = programme.partners.select_related("unit").order_by("pk")
    return [programme.unit, *(row.unit for row in partners)]


# Facts -----------------------------------------------------------------------------------------
def facts_of(programme: Programme) -> ProgrammeFacts:
    """What the requirements look at, read in a handful of queries whatever the size."""
    units = {unit.pk: unit for unit in units_of(programme)}
    schools = [unit for unit in units.values() if unit.is_school]
    enterprises = [unit.pk for unit in units.values() if not unit.is_school]
    hours = hours_of([programme.pk])[programme.pk]
    posts = Post.objects.filter(consortium=programme.consortium_id, unit__in=enterprises)
    return ProgrammeFacts(
        kind=programme.kind,
        starts_on=programme.starts_on,
        ends_on=programme.ends_on,
        schools=len(schools),
        enterprises=len(enterprises),
        has_agreement=programme.agreement is not None,
        agreement_in_force=programme.agreement is not None
        and programme.agreement.state == AgreementState.IN_FORCE,
        classes=_class_facts(programme, enterprises),
        items=len(hours),
        shares=shares_of(hours),
        posts_published=posts.filter(state__in=ON_SHOW).count(),
        reported_years=frozenset(programme.reports.order_by("year").values_list("year", flat=True)),
    )


def _class_facts(programme: Programme, enterprises: list[int]) -> tuple[ClassFacts, ...]:
    present = Q(enrolments__ends_on__isnull=True, enrolments__isnull=False)
    bound = Q(Exists(_bound(OuterRef("enrolments__student"), enterprises)))
    placed = Placement.objects.filter(
        training_class=OuterRef("pk"), student=OuterRef("enrolments__student"),
        state__in=ALIVE | TOOK_PLACE,
    )  # fmt: skip
    led = Q(
        Exists(placed.filter(pk__in=Stint.objects.filter(master__isnull=False).values("placement")))
    )
    tutored = Q(Exists(placed.filter(tutor__isnull=False)))
    rows = programme.classes.annotate(
        learners=Count("enrolments", filter=present),
        without_identity=Count("enrolments", filter=present & ~bound),
        without_master=Count("enrolments", filter=present & ~led),
        without_tutor=Count("enrolments", filter=present & ~tutored),
    )
    return tuple(
        ClassFacts(
            row.name, row.notice_id is not None, row.opened_on is not None, row.learners,
            row.without_identity, row.without_master, row.without_tutor,
        )
        for row in rows.order_by("name", "pk")
    )  # fmt: skip


def _bound(student: OuterRef, enterprises: list[int]) -> QuerySet[Agreement]:
    """Agreements in force about a student to which one of the enterprises is a party."""
    party = Party.objects.filter(unit__in=enterprises).values("agreement")
    return Agreement.objects.filter(
        student=student, state=AgreementState.IN_FORCE, pk__in=party
    )  # fmt: skip
