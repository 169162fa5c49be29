"""Who asks: a user with the appointments in force at that moment. Made once, at the edge."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from chanjiao.people.enums import AppointmentRole, Duty
from chanjiao.people.models import Appointment, User


@dataclass(frozen=True)
class Actor:
    """A signed-in person; `roles` maps each unit the person acts for to the role there."""

    user: User
    roles: Mapping[int, str]

    @property
    def pk(self) -> int:
        return self.user.pk

    @property
    def name(self) -> str:
        return self.user.name

    @property
    def units(self) -> frozenset[int]:
        return frozenset(self.roles)

    @property
    def is_operator(self) -> bool:
        return self.user.duty == Duty.OPERATOR

    @property
    def is_auditor(self) -> bool:
        return self.user.duty == Duty.AUDITOR

    @property
    def is_security(self) -> bool:
        return self.user.duty == Duty.SECURITY

    def acts_for(self, unit_id: int) -> bool:
        return unit_id in self.roles

    def administers(self, unit_id: int) -> bool:
        return self.roles.get(unit_id) == AppointmentRole.ADMINISTRATOR


def actor_of(user: User, on: date) -> Actor:
    """The user with the appointments in force on a day; one query. An inactive user has none."""
    if not user.is_active:
        return Actor(user, {})
    in_force = Appointment.objects.filter(user=user).filter(in_force_on(on))
    return Actor(user, dict(in_force.order_by("-role").values_list("unit_id", "role")))


def in_force_on(day: date) -> Q:
    """Appointments whose half-open period [starts_on, ends_on) holds the day."""
    return Q(starts_on__lte=day) & (Q(ends_on__isnull=True) | Q(ends_on__gt=day))
