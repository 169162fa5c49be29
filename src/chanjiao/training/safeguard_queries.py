"""Reading incidents, complaints and pay; every list starts at what the person may see."""

from datetime import date

from django.db.models import Q, QuerySet

from chanjiao.members.models import Consortium
from chanjiao.people.access import Actor
from chanjiao.training.enums import ComplaintState, PlacementState, Severity
from chanjiao.training.models import Complaint, Incident, PayProof, Stint


def incidents_visible_to(actor: Actor | None) -> QuerySet[Incident]:
    """School, hosts and the student; the secretariat those that are not minor."""
    rows = Incident.objects.select_related(
        "placement__student", "placement__school", "placement__consortium", "reported_by"
    )
    if actor is None:
        return rows.none()
    hosted = Stint.objects.filter(host__in=actor.units).values("placement")
    office = Q(placement__consortium__secretariat__in=actor.units) & ~Q(severity=Severity.MINOR)
    return rows.filter(
        Q(placement__school__in=actor.units) | Q(placement__in=hosted)
        | Q(placement__student__user=actor.pk) | office
    )  # fmt: skip


def complaints_visible_to(actor: Actor | None) -> QuerySet[Complaint]:
    """The student, and whoever the student chose to handle it: never the host."""
    rows = Complaint.objects.select_related(
        "placement__student", "placement__school", "placement__consortium", "host"
    )
    if actor is None:
        return rows.none()
    school = Q(to_office=False, placement__school__in=actor.units)
    office = Q(to_office=True, placement__consortium__secretariat__in=actor.units)
    return rows.filter(school | office | Q(placement__student__user=actor.pk))


def questions_to(actor: Actor | None, consortium: Consortium) -> QuerySet[Complaint]:
    """What a host was asked: without the placement, the student's own words and their day in the
    row, and in an order that has nothing to do with who wrote when."""
    rows = Complaint.objects.select_related("host").defer("text", "made_at", "due_on", "placement")
    if actor is None:
        return rows.none()
    mine = rows.filter(host__in=actor.units, placement__consortium=consortium)
    return mine.exclude(question="").order_by("-answer_due_on", "question", "pk")


def open_complaints(rows: QuerySet[Complaint]) -> QuerySet[Complaint]:
    return rows.exclude(state=ComplaintState.CLOSED)


def overdue(rows: QuerySet[Complaint], *, on: date) -> QuerySet[Complaint]:
    """Not closed, and the day to answer has passed."""
    return open_complaints(rows).filter(due_on__lt=on)


def pay_visible_to(actor: Actor | None) -> QuerySet[PayProof]:
    """The school's students, one's own stints as a host, and oneself."""
    rows = PayProof.objects.select_related("placement__student", "stint__host", "proof")
    if actor is None:
        return rows.none()
    return rows.filter(
        Q(placement__school__in=actor.units) | Q(stint__host__in=actor.units)
        | Q(placement__student__user=actor.pk)
    )  # fmt: skip


FEW = 3


def few_at_host(complaint: Complaint, *, on: date) -> int:
    """How many interns the host has on a day, where they are so few that a question alone could tell
    it whose complaint it is; else 0."""
    rows = Stint.objects.filter(
        host=complaint.host_id, placement__state=PlacementState.RUNNING, starts_on__lte=on,
        ends_on__gt=on,
    )  # fmt: skip
    found = rows.values("placement").distinct().count()
    return found if 0 < found < FEW else 0
