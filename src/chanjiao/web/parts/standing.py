"""Where a signed-in person stands: which desks, member units, authorities, whether a student."""

from dataclasses import dataclass
from typing import Any, cast

from django.http import HttpRequest

from chanjiao.members.models import Authority, Consortium, Membership
from chanjiao.needs.models import Student
from chanjiao.people.access import Actor
from chanjiao.people.enums import UnitKind
from chanjiao.people.models import Unit

AUDIENCES = ("desk", "member", "student", "authority", "portal", "account", "operator")
_SESSION_KEY = "place"


@dataclass(frozen=True, slots=True)
class Place:
    """One thing a person may act as. `key` is what the switcher posts and the session keeps."""

    audience: str
    key: str
    label: str
    consortium: Consortium | None = None
    unit: Unit | None = None
    authority: Authority | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """All places of a person, desks first, and the student's record if there is one."""

    places: tuple[Place, ...] = ()
    student: Student | None = None

    def of(self, audience: str) -> tuple[Place, ...]:
        return tuple(place for place in self.places if place.audience == audience)

    def chosen(self, audience: str, keys: dict[str, str]) -> Place | None:
        """The place chosen before in this audience, else the first, else None."""
        places = self.of(audience)
        return next(
            (p for p in places if p.key == keys.get(audience)), places[0] if places else None
        )


def standing_of(request: HttpRequest) -> Standing:
    """The asker's standing, read once for each request."""
    page = cast(Any, request)
    if not hasattr(page, "standing"):
        actor = getattr(request, "actor", None)
        page.standing = read_standing(actor) if actor else Standing()
    return cast(Standing, page.standing)


def read_standing(actor: Actor) -> Standing:
    """Three queries for people who act for units, one for students, none for operators.

    An account is a student's or a staff member's: whoever acts for a unit is not asked further.
    """
    if not actor.user.is_active:
        return Standing()
    if actor.user.duty:
        label = actor.user.get_duty_display()
        return Standing((Place("operator", "operator", label), *_unit_places(actor)))
    if actor.units:
        return Standing(tuple(_unit_places(actor)))
    students = Student.objects.select_related("cohort__consortium", "school")
    student = students.filter(user=actor.user).first()
    if student is None:
        return Standing()
    place = Place("student", "student", "学生", student.cohort.consortium, student.school)
    return Standing((place,), student)


def remember(request: HttpRequest, place: Place) -> None:
    """Keep the switcher's choice for the rest of the session."""
    keys = dict(request.session.get(_SESSION_KEY, {}))
    keys[place.audience] = place.key
    request.session[_SESSION_KEY] = keys


def remembered(request: HttpRequest) -> dict[str, str]:
    return dict(request.session.get(_SESSION_KEY, {})) if hasattr(request, "session") else {}


def _unit_places(actor: Actor) -> list[Place]:
    if not actor.units:
        return []
    desks = Consortium.objects.select_related("secretariat").filter(secretariat__in=actor.units)
    places = [
        Place("desk", f"desk-{c.pk}", f"{c.short_name}秘书处", c, c.secretariat) for c in desks
    ]
    memberships = (
        Membership.objects.select_related("consortium", "unit")
        .filter(unit__in=actor.units, left_on__isnull=True)
        .exclude(unit__kind=UnitKind.OFFICE)
        .order_by("unit__name", "consortium__code")
    )
    authorities = Authority.objects.select_related("unit").filter(unit__in=actor.units)
    places += [
        Place("authority", f"authority-{a.pk}", f"{a.unit.called}（主管部门）", None, a.unit, a)
        for a in authorities.order_by("division_code", "pk")
    ]
    elsewhere = {place.unit.pk for place in places if place.unit}
    return places + _member_places(list(memberships), actor, elsewhere)


def _member_places(memberships: list[Membership], actor: Actor, elsewhere: set[int]) -> list[Place]:
    many = len({m.consortium_id for m in memberships}) > 1
    places = [
        Place(
            "member",
            f"unit-{m.unit_id}-{m.consortium_id}",
            f"{m.unit.called}（{m.consortium.short_name}）" if many else m.unit.called,
            m.consortium,
            m.unit,
        )
        for m in memberships
    ]
    loose = actor.units - {m.unit_id for m in memberships} - elsewhere
    if loose:
        units = (
            Unit.objects.filter(pk__in=loose).exclude(kind=UnitKind.OFFICE).order_by("name", "pk")
        )
        places += [Place("member", f"unit-{u.pk}-0", u.called, None, u) for u in units]
    return places
