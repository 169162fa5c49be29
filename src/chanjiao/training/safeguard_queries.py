"""Reading incidents, complaints and pay; every list starts at what the person may see."""

from datetime import date

from django.db.models import Q, QuerySet

from chanjiao.people.access import Actor
from chanjiao.training.enums import ComplaintState, Severity
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


def questions_to(actor: Actor | None) -> QuerySet[Complaint]:
    """What a host was asked: without the placement and the student's own words in the row."""
    rows = Complaint.objects.select_related("host").defer("text", "made_at", "placement")
    if actor is None:
        return rows.none()
    return rows.filter(host__in=actor.units).exclude(question="")


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
