"""Reading dual training; every list starts at what the person may see."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from chanjiao.people.access import Actor
from chanjiao.training.enums import ALIVE, PlacementState
from chanjiao.training.models import Mentor, Placement, Programme, Stint

# A host still settles pay and grades for a while after a placement has ended.
HOST_SEES = timedelta(days=60)


def placements_visible_to(actor: Actor | None, *, on: date) -> QuerySet[Placement]:
    """One's own school's students, those at one's own enterprise, and oneself as a student.

    The secretariat is not among them: it reads figures (`tally_of`), never names.
    """
    rows = Placement.objects.select_related("student", "school", "training_class", "tutor")
    if actor is None:
        return rows.none()
    hosted = Q(pk__in=Stint.objects.filter(host__in=actor.units).values("placement")) & (
        Q(state__in=ALIVE) | Q(ends_on__gt=on - HOST_SEES)
    )
    return rows.filter(Q(school__in=actor.units) | Q(student__user=actor.pk) | hosted)


def placements_of_school(actor: Actor | None) -> QuerySet[Placement]:
    """Those of one's own school: who may prepare, start, change and end them."""
    rows = Placement.objects.select_related("student", "school", "training_class", "tutor")
    return rows.filter(school__in=actor.units) if actor else rows.none()


def running(rows: QuerySet[Placement], *, on: date) -> QuerySet[Placement]:
    """On post on a day."""
    return rows.filter(state=PlacementState.RUNNING, starts_on__lte=on, ends_on__gt=on)


def stint_on(placement: Placement, day: date) -> Stint | None:
    """Where a student is on a day."""
    rows = placement.stints.filter(starts_on__lte=day, ends_on__gt=day)
    return rows.select_related("host", "master", "second_master").order_by("starts_on").first()


def programmes_visible_to(actor: Actor | None) -> QuerySet[Programme]:
    """Of the consortium one serves as secretariat, or that one's unit keeps or takes part in."""
    rows = Programme.objects.select_related("unit", "agreement")
    if actor is None:
        return rows.none()
    mine = Q(unit__in=actor.units) | Q(partners__unit__in=actor.units)
    return rows.filter(mine | Q(consortium__secretariat__in=actor.units)).distinct()


def mentors_visible_to(actor: Actor | None) -> QuerySet[Mentor]:
    """The register: one's own unit's mentors, those of units one works with, all for the office."""
    rows = Mentor.objects.select_related("unit")
    if actor is None:
        return rows.none()
    partners = Stint.objects.filter(placement__school__in=actor.units).values("host")
    schools = Placement.objects.filter(stints__host__in=actor.units).values("school")
    return rows.filter(
        Q(unit__in=actor.units) | Q(unit__in=partners) | Q(unit__in=schools)
        | Q(consortium__secretariat__in=actor.units)
    )  # fmt: skip


def mentors_in_force(rows: QuerySet[Mentor], *, on: date) -> QuerySet[Mentor]:
    """Appointed on a day."""
    return rows.filter(starts_on__lte=on).filter(Q(ends_on__isnull=True) | Q(ends_on__gt=on))


def neighbours(stints: Sequence[Stint]) -> list[Stint]:
    """Running stints of other placements at the same hosts at the same time: what a cap counts."""
    if not stints:
        return []
    own = {one.placement_id for one in stints}
    rows = Stint.objects.filter(
        host__in={one.host_id for one in stints}, placement__state=PlacementState.RUNNING,
        starts_on__lt=max(one.ends_on for one in stints),
        ends_on__gt=min(one.starts_on for one in stints),
    )  # fmt: skip
    rows = rows.exclude(placement__in=own).select_related("placement", "host")
    return list(rows.order_by("pk"))
