"""Reading units, people and invitations."""

from datetime import date, datetime, timedelta
from hashlib import sha256

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Q, QuerySet

from chanjiao.people.access import Actor, in_force_on
from chanjiao.people.enums import AppointmentRole, Duty
from chanjiao.people.models import Appointment, Invitation, SavedFilter, Unit, User


def units_visible_to(actor: Actor | None) -> QuerySet[Unit]:
    """The units a person acts for; the operator sees all. Members' views are in members.queries."""
    if actor is None:
        return Unit.objects.none()
    if actor.is_operator:
        return Unit.objects.all()
    return Unit.objects.filter(pk__in=actor.units)


def users_visible_to(actor: Actor | None) -> QuerySet[User]:
    """Accounts: all for the security administrator, duty holders for the operator, else oneself."""
    if actor is None:
        return User.objects.none()
    if actor.is_security:
        return User.objects.all()
    if actor.is_operator:
        return User.objects.exclude(duty=Duty.NONE)
    return User.objects.filter(pk=actor.pk)


def administrators(unit: Unit, on: date) -> QuerySet[User]:
    """The active users who administer the unit on a day."""
    in_force = Appointment.objects.filter(in_force_on(on), unit=unit)
    admins = in_force.filter(role=AppointmentRole.ADMINISTRATOR).values("user_id")
    return User.objects.filter(pk__in=admins, is_active=True)


def people_of(unit: Unit, on: date) -> QuerySet[User]:
    """The active users who act for the unit on a day, in either role."""
    in_force = Appointment.objects.filter(in_force_on(on), unit=unit).values("user_id")
    return User.objects.filter(pk__in=in_force, is_active=True)


def appointments_of(unit: Unit) -> QuerySet[Appointment]:
    """Everybody who acts or acted for the unit, those in force first."""
    return (
        Appointment.objects.filter(unit=unit)
        .select_related("user")
        .order_by("ends_on", "role", "starts_on", "pk")
    )


def lasting_administrators(unit: Unit, by_day: date) -> QuerySet[Appointment]:
    """Administrators without an end, in office by a day, with a working account.

    A unit that has one of these cannot be left without an administrator by the calendar alone.
    """
    return Appointment.objects.filter(
        unit=unit, role=AppointmentRole.ADMINISTRATOR, ends_on__isnull=True,
        starts_on__lte=by_day, user__is_active=True,
    )  # fmt: skip


def digest_of_token(token: str) -> str:
    """What is stored of an invitation's secret."""
    return sha256(token.encode()).hexdigest()


def open_invitation(token: str, at: datetime) -> Invitation | None:
    """The invitation this secret opens, if it may still be accepted at this moment."""
    return (
        open_invitations(at)
        .filter(token_digest=digest_of_token(token))
        .select_related("unit", "invited_by")
        .first()
    )


def open_invitations(at: datetime) -> QuerySet[Invitation]:
    """Neither accepted, revoked nor expired."""
    return Invitation.objects.filter(
        accepted_at__isnull=True, revoked_at__isnull=True, expires_at__gt=at
    )


def invitations_of(unit: Unit) -> QuerySet[Invitation]:
    """Invitations of people who would act for the unit (students are shown with their cohort)."""
    return (
        Invitation.objects.filter(~Q(role=""), unit=unit)
        .select_related("invited_by")
        .order_by("-invited_at", "-pk")
    )


def lockouts(at: datetime) -> QuerySet[AccessAttempt]:
    """Names and addresses that may not try to sign in at this moment."""
    since = at - timedelta(hours=settings.AXES_COOLOFF_TIME)
    found: QuerySet[AccessAttempt] = AccessAttempt.objects.filter(
        failures_since_start__gte=settings.AXES_FAILURE_LIMIT, attempt_time__gt=since
    )
    return found.order_by("-attempt_time")


def saved_filters(actor: Actor, page: str) -> QuerySet[SavedFilter]:
    """A person's own filters on one page."""
    return SavedFilter.objects.filter(user_id=actor.pk, page=page)


def unit_with_credit_code(code: str) -> Unit | None:
    """The unit of a (normalised) code; a merged duplicate leads to the unit that was kept."""
    unit = Unit.objects.select_related("merged_into").filter(credit_code=code).first()
    while unit is not None and unit.merged_into is not None:
        unit = unit.merged_into
    return unit
