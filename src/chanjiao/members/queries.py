"""Reading consortia and members. Every list starts at one of the `…visible_to` functions."""

from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from chanjiao.members.models import Consortium, Contact, Contribution, Membership, UnitMerge
from chanjiao.people.access import Actor, in_force_on
from chanjiao.people.enums import SIDES, AppointmentRole
from chanjiao.people.models import Appointment, Unit


def member_on(day: date) -> Q:
    """Memberships whose half-open period [joined_on, left_on) holds the day."""
    return Q(joined_on__lte=day) & (Q(left_on__isnull=True) | Q(left_on__gt=day))


def consortia_visible_to(actor: Actor | None) -> QuerySet[Consortium]:
    """Those whose office or a present member the person acts for; all for the operator."""
    if actor is None:
        return Consortium.objects.none()
    if actor.is_operator:
        return Consortium.objects.all()
    own = Membership.objects.filter(
        consortium=OuterRef("pk"), unit__in=actor.units, left_on__isnull=True
    )
    return Consortium.objects.filter(Q(secretariat__in=actor.units) | Q(Exists(own)))


def consortia_served(actor: Actor | None) -> QuerySet[Consortium]:
    """Those whose secretariat the person is."""
    if actor is None:
        return Consortium.objects.none()
    return Consortium.objects.filter(secretariat__in=actor.units)


def consortia_of_unit(unit: Unit) -> QuerySet[Consortium]:
    """Every consortium in which the unit is, or was, a member."""
    return Consortium.objects.filter(pk__in=unit.memberships.values("consortium"))


def is_member_of_served(actor: Actor, unit: Unit, *, on: date) -> bool:
    """Whether the person's office serves a consortium in which the unit is a member on a day."""
    return (
        Membership.objects.filter(unit=unit, consortium__secretariat__in=actor.units)
        .filter(member_on(on))
        .exists()
    )


def visible_to(actor: Actor | None) -> QuerySet[Membership]:
    """Memberships: all of its consortium for the secretariat, past ones included; the present
    members of their consortia for members, and their own; all for the operator.

    Contacts are not reached from here: ask `contacts_visible_to`.
    """
    if actor is None:
        return Membership.objects.none()
    rows = Membership.objects.select_related("unit", "consortium")
    if actor.is_operator:
        return rows
    together = Membership.objects.filter(
        consortium=OuterRef("consortium"), unit__in=actor.units, left_on__isnull=True
    )
    return rows.filter(
        Q(consortium__secretariat__in=actor.units)
        | Q(unit__in=actor.units)
        | Q(Exists(together), left_on__isnull=True)
    )


def contacts_visible_to(actor: Actor | None) -> QuerySet[Contact]:
    """Contacts of the units a person acts for and of the members of the consortia it serves."""
    if actor is None:
        return Contact.objects.none()
    return Contact.objects.filter(
        Q(membership__consortium__secretariat__in=actor.units) | Q(membership__unit__in=actor.units)
    )


def contributions_visible_to(actor: Actor | None) -> QuerySet[Contribution]:
    """What members bring is known to their consortium."""
    return Contribution.objects.filter(membership__in=visible_to(actor).values("pk"))


def appointments_visible_to(actor: Actor | None) -> QuerySet[Appointment]:
    """Who acts for the units of one's own and, for the secretariat, of its present members."""
    if actor is None:
        return Appointment.objects.none()
    served = Membership.objects.filter(
        unit=OuterRef("unit"), consortium__secretariat__in=actor.units, left_on__isnull=True
    )
    return Appointment.objects.filter(
        Q(unit__in=actor.units) | Q(user=actor.user) | Q(Exists(served))
    )


def merges_visible_to(actor: Actor | None) -> QuerySet[UnitMerge]:
    """Merges of units of the consortia a person serves; all for the operator."""
    if actor is None:
        return UnitMerge.objects.none()
    rows = UnitMerge.objects.select_related("kept", "duplicate", "merged_by")
    if actor.is_operator:
        return rows
    served = Membership.objects.filter(
        Q(unit=OuterRef("kept")) | Q(unit=OuterRef("duplicate")),
        consortium__secretariat__in=actor.units,
    )
    return rows.filter(Exists(served))


def side_of(kind: str) -> str:
    """政, 校, 企 or 研; empty for an office."""
    return next((side for side, kinds in SIDES.items() if kind in kinds), "")


def units_without_administrator(consortium: Consortium, on: date) -> QuerySet[Unit]:
    """Present members for which nobody acts as administrator on a day."""
    present = Membership.objects.filter(member_on(on), consortium=consortium)
    rows = Unit.objects.filter(~administered("pk", on), pk__in=present.values("unit"))
    return rows.order_by("name", "pk")


def administered(unit: str, on: date) -> Exists:
    """Whether somebody with a working account administers the unit that field names, on a day."""
    return Exists(
        Appointment.objects.filter(
            in_force_on(on), unit=OuterRef(unit), role=AppointmentRole.ADMINISTRATOR,
            user__is_active=True,
        )
    )  # fmt: skip
