"""Reading sets, periods, returns and values. Every list starts at one of the `…visible_to`."""

from datetime import date

from django.db.models import Q, QuerySet

from chanjiao.indicators.enums import PeriodState, ReturnState, TypedState
from chanjiao.indicators.models import (
    ChangeNote,
    Confirmation,
    MemberReturn,
    Period,
    SetVersion,
    Snapshot,
    TypedValue,
)
from chanjiao.members.models import Consortium
from chanjiao.members.queries import consortia_visible_to, member_on
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.plans.enums import FlagState
from chanjiao.plans.models import Evidence


def sets_visible_to(actor: Actor | None) -> QuerySet[SetVersion]:
    """The secretariat's versions; members see the one a period uses on its own page."""
    rows = SetVersion.objects.select_related("consortium", "made_by")
    if actor is None:
        return rows.none()
    return rows.filter(consortium__secretariat__in=actor.units)


def periods_visible_to(actor: Actor | None) -> QuerySet[Period]:
    """Of the consortia a person belongs to."""
    rows = Period.objects.select_related("consortium", "set_version")
    if actor is None or actor.is_operator:
        return rows.none()
    return rows.filter(consortium__in=consortia_visible_to(actor).values("pk"))


def periods_published() -> QuerySet[Period]:
    """What everybody may see: periods with an edition published."""
    rows = Period.objects.select_related("consortium", "set_version")
    done = Snapshot.objects.filter(published_at__isnull=False).values("period")
    return rows.filter(pk__in=done).order_by("-year", "consortium__name", "pk")


def returns_visible_to(actor: Actor | None) -> QuerySet[MemberReturn]:
    """One's own unit's; all of its consortium for the secretariat."""
    rows = MemberReturn.objects.select_related("unit", "period__consortium", "submitted_by")
    if actor is None:
        return rows.none()
    return rows.filter(Q(unit__in=actor.units) | Q(period__consortium__secretariat__in=actor.units))


def typed_visible_to(actor: Actor | None) -> QuerySet[TypedValue]:
    """The secretariat's; members see approved ones where they stand as values."""
    rows = TypedValue.objects.select_related("period__consortium", "entered_by", "decided_by")
    if actor is None:
        return rows.none()
    return rows.filter(period__consortium__secretariat__in=actor.units)


def current_period(rows: QuerySet[Period]) -> Period | None:
    """Of one consortium's that a person may see: the youngest not yet published, else the youngest."""
    running = rows.exclude(state=PeriodState.PUBLISHED).order_by("-year").first()
    return running or rows.order_by("-year").first()


def set_in_force(consortium: Consortium, year: int) -> SetVersion | None:
    """The set the year's youngest edition uses; before the year is set up, the current period's."""
    own = Period.objects.filter(consortium=consortium).select_related("set_version")
    period = own.filter(year=year).order_by("-edition").first() or current_period(own)
    return period.set_version if period is not None else None


def previous_snapshot(period: Period) -> Snapshot | None:
    """The last edition of the year before that still stands."""
    return (
        Snapshot.objects.filter(
            period__consortium=period.consortium_id, period__year=period.year - 1,
            voided_at__isnull=True,
        )
        .select_related("period__consortium", "pack__file")
        .order_by("-edition")
        .first()
    )  # fmt: skip


def snapshot_of(period: Period) -> Snapshot | None:
    """What stands for the period now: its last edition not taken back."""
    return (
        Snapshot.objects.filter(period=period, voided_at__isnull=True)
        .select_related("period__consortium", "pack__file", "pack__public_file")
        .order_by("-edition")
        .first()
    )


def published_snapshot(period: Period) -> Snapshot | None:
    """The last edition the public sees."""
    return (
        Snapshot.objects.filter(period=period, published_at__isnull=False)
        .select_related("period__consortium", "pack__file", "pack__public_file")
        .order_by("-edition")
        .first()
    )


def approved_values(period: Period) -> dict[str, TypedValue]:
    """By code."""
    rows = TypedValue.objects.filter(period=period, state=TypedState.APPROVED)
    found = rows.select_related("entered_by", "decided_by").order_by("code")
    return {row.code: row for row in found}


def waiting_values(period: Period) -> dict[str, TypedValue]:
    """By code: entered, not decided."""
    rows = TypedValue.objects.filter(period=period, state=TypedState.ENTERED)
    return {row.code: row for row in rows.select_related("entered_by").order_by("code")}


def confirmations_of(period: Period) -> dict[str, Confirmation]:
    """By code."""
    rows = Confirmation.objects.filter(period=period).select_related("confirmed_by")
    return {row.code: row for row in rows.order_by("code")}


def notes_of(period: Period) -> dict[str, ChangeNote]:
    """By code."""
    rows = ChangeNote.objects.filter(period=period).select_related("written_by")
    return {row.code: row for row in rows.order_by("code")}


def undecided_doubles(period: Period) -> QuerySet[Evidence]:
    """The year's evidence under a suspicion of doubling that nobody has decided."""
    rows = Evidence.objects.filter(plan__consortium=period.consortium_id, plan__year=period.year)
    return rows.filter(flag=FlagState.OPEN).order_by("code")


def units_of(period: Period) -> QuerySet[Unit]:
    """Who owes a return: members on the period's last day."""
    last = date.fromordinal(period.until.toordinal() - 1)
    present = period.consortium.memberships.filter(member_on(last))
    return Unit.objects.filter(pk__in=present.values("unit")).order_by("name", "pk")


def return_counts(period: Period) -> dict[str, int]:
    """How many returns stand in each state."""
    counts = dict.fromkeys(ReturnState.values, 0)
    for state in MemberReturn.objects.filter(period=period).values_list("state", flat=True):
        counts[state] += 1
    return counts
