"""Reading agreements; every list starts at what the person may see."""

from datetime import date, timedelta

from django.db.models import Q, QuerySet

from chanjiao.agreements.enums import AgreementState
from chanjiao.agreements.models import Agreement, Version
from chanjiao.people.access import Actor

EXPIRES_SOON = timedelta(days=60)


def agreements_visible_to(actor: Actor | None) -> QuerySet[Agreement]:
    """Those one's unit drafted or is a party to, one's own as a student; for the secretariat those
    of its consortium that are about no student."""
    rows = Agreement.objects.select_related("kind", "unit", "student")
    if actor is None:
        return rows.none()
    mine = Q(unit__in=actor.units) | Q(student__user=actor.pk)
    party = Q(pk__in=Agreement.objects.filter(parties__unit__in=actor.units).values("pk"))
    office = Q(consortium__secretariat__in=actor.units, student__isnull=True)
    return rows.filter(mine | (party & ~Q(state=AgreementState.DRAFT)) | office)


def current(agreement: Agreement) -> Version | None:
    """The newest version."""
    return agreement.versions.order_by("-number").first()


def expiring(rows: QuerySet[Agreement], *, on: date) -> QuerySet[Agreement]:
    """In force, and over within sixty days, with no agreement that follows."""
    return rows.filter(
        state=AgreementState.IN_FORCE, ends_on__gte=on, ends_on__lt=on + EXPIRES_SOON,
        renewal__isnull=True,
    )  # fmt: skip
