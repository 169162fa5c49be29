"""Reading the council. Every list starts at one of the `…visible_to` functions."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from chanjiao.council.enums import (
    OWED,
    TITLES,
    BodyKind,
    MeetingState,
    MotionState,
    RegulationKind,
    ResolutionState,
    SeatTitle,
    VoteWay,
)
from chanjiao.council.models import (
    Attendance,
    Body,
    CharterRule,
    Meeting,
    Motion,
    Regulation,
    Resolution,
    Seat,
    Threshold,
    Vote,
)
from chanjiao.members.models import Consortium, Membership
from chanjiao.members.queries import member_on
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit

EXPIRING = timedelta(days=90)
_SHOWN = frozenset(MeetingState.values) - {MeetingState.DRAFT}


def _belongs(actor: Actor, path: str) -> Exists:
    """Whether a unit the person acts for is a present member of the consortium at `path`."""
    return Exists(
        Membership.objects.filter(
            consortium=OuterRef(path), unit__in=actor.units, left_on__isnull=True
        )
    )


# Bodies and seats ------------------------------------------------------------------------------
def bodies_visible_to(actor: Actor | None) -> QuerySet[Body]:
    """The structure of a consortium is known to its secretariat and its members."""
    if actor is None:
        return Body.objects.none()
    served = Q(consortium__secretariat__in=actor.units)
    return Body.objects.filter(served | Q(_belongs(actor, "consortium"))).select_related(
        "consortium"
    )


def seats_visible_to(actor: Actor | None) -> QuerySet[Seat]:
    rows = Seat.objects.filter(body__in=bodies_visible_to(actor).values("pk"))
    return rows.select_related("body", "unit")


def sitting(body: Body, on: date) -> list[Seat]:
    """The seats in term on a day, chair first."""
    rows = body.seats.filter(starts_on__lte=on, ends_on__gt=on).select_related("unit")
    order = [*TITLES[body.kind]]
    return sorted(
        rows.order_by("pk"), key=lambda seat: (order.index(SeatTitle(seat.title)), seat.pk)
    )


def assembly_seats(body: Body, on: date) -> QuerySet[Membership]:
    """One vote for every member unit: the memberships in force on a day, leads first."""
    rows = Membership.objects.filter(member_on(on), consortium=body.consortium_id)
    return rows.select_related("unit").order_by("joined_on", "unit__name", "pk")


def seat_count(body: Body, on: date) -> int:
    """How many seats the body has on a day."""
    if body.is_assembly:
        return assembly_seats(body, on).count()
    return body.seats.filter(starts_on__lte=on, ends_on__gt=on).count()


def expiring_seats(consortium: Consortium, on: date) -> QuerySet[Seat]:
    """Terms that end within 90 days, and those that ended without a successor in the same body."""
    later = Seat.objects.filter(
        Q(unit=OuterRef("unit")) | Q(holder=OuterRef("holder")),
        body=OuterRef("body"), starts_on__gte=OuterRef("ends_on"),
    )  # fmt: skip
    return (
        Seat.objects.filter(
            ~Exists(later), body__consortium=consortium, body__dissolved_on__isnull=True,
            ended_reason="", ends_on__lte=on + EXPIRING,
        )
        .select_related("body", "unit")
        .order_by("ends_on", "pk")
    )  # fmt: skip


# Rules -----------------------------------------------------------------------------------------
def rules_visible_to(actor: Actor | None) -> QuerySet[CharterRule]:
    if actor is None:
        return CharterRule.objects.none()
    served = Q(consortium__secretariat__in=actor.units)
    return CharterRule.objects.filter(served | Q(_belongs(actor, "consortium")))


def rule_on(consortium: Consortium, body_kind: str, on: date) -> CharterRule | None:
    """The version in force on a day."""
    rows = CharterRule.objects.filter(consortium=consortium, body_kind=body_kind)
    return rows.filter(starts_on__lte=on).order_by("-starts_on").first()


def threshold_for(motion: Motion) -> Threshold | None:
    """What the motion's kind needs, by the rules of the meeting's day."""
    if motion.meeting.rule_id is None:
        return None
    rows = Threshold.objects.filter(rule=motion.meeting.rule_id, kind=motion.kind)
    return rows.select_related("rule").first()


# Meetings --------------------------------------------------------------------------------------
def meetings_visible_to(actor: Actor | None) -> QuerySet[Meeting]:
    """The secretariat sees all of its consortium; a member those its seats were called to."""
    if actor is None:
        return Meeting.objects.none()
    called = Attendance.objects.filter(meeting=OuterRef("pk"), unit__in=actor.units)
    served = Q(body__consortium__secretariat__in=actor.units)
    rows = Meeting.objects.filter(served | (Q(state__in=_SHOWN) & Q(Exists(called))))
    return rows.select_related("body__consortium", "rule")


def served_meetings(actor: Actor | None) -> QuerySet[Meeting]:
    """Those whose secretariat the person is."""
    if actor is None:
        return Meeting.objects.none()
    rows = Meeting.objects.filter(body__consortium__secretariat__in=actor.units)
    return rows.select_related("body__consortium", "rule")


def motions_visible_to(actor: Actor | None) -> QuerySet[Motion]:
    rows = Motion.objects.filter(meeting__in=meetings_visible_to(actor).values("pk"))
    return rows.select_related("meeting__body__consortium", "meeting__rule")


def attendances_visible_to(actor: Actor | None) -> QuerySet[Attendance]:
    """Who is called to the meetings one may see."""
    rows = Attendance.objects.filter(meeting__in=meetings_visible_to(actor).values("pk"))
    return rows.select_related("meeting__body__consortium", "meeting__rule", "unit", "holder")


def own_attendances(actor: Actor, meeting: Meeting) -> QuerySet[Attendance]:
    """The seats at a meeting that a person answers for."""
    rows = meeting.attendances.filter(unit__in=actor.units)
    return rows.select_related("unit", "holder", "authorisation", "meeting__body__consortium")


def votes_visible_to(actor: Actor | None) -> QuerySet[Vote]:
    """One's own; a roll call once decided; votes in writing once the meeting is closed.

    Before that not even the secretariat reads what others wrote. A secret ballot has no rows.
    """
    if actor is None:
        return Vote.objects.none()
    seen = Q(motion__meeting__in=meetings_visible_to(actor).values("pk"))
    own = Q(attendance__unit__in=actor.units)
    called = Q(motion__state=MotionState.DECIDED, motion__way=VoteWay.ROLL_CALL)
    held = Q(motion__meeting__closed_at__isnull=False)
    desk = Q(
        motion__way=VoteWay.ROLL_CALL,
        motion__meeting__body__consortium__secretariat__in=actor.units,
    )
    rows = Vote.objects.filter(seen & (own | called | held | desk))
    return rows.select_related("attendance", "motion")


def meetings_to_answer(actor: Actor, unit: Unit, consortium: Consortium) -> QuerySet[Attendance]:
    """The unit's seats that have not answered a notice yet."""
    return (
        Attendance.objects.filter(
            unit=unit, reply="", meeting__state=MeetingState.NOTIFIED,
            meeting__body__consortium=consortium, unit__in=actor.units,
        )
        .select_related("meeting")
        .order_by("meeting__starts_at", "pk")
    )  # fmt: skip


def written_votes_due(actor: Actor, unit: Unit, consortium: Consortium) -> QuerySet[Motion]:
    """Motions on which the unit still has to vote in writing."""
    mine = Attendance.objects.filter(
        meeting=OuterRef("meeting"), unit=unit, votes=True, unit__in=actor.units
    )
    cast = Vote.objects.filter(motion=OuterRef("pk"), attendance__unit=unit)
    return Motion.objects.filter(
        Exists(mine), ~Exists(cast), ~Q(avoidances__attendance__unit=unit),
        state=MotionState.VOTING, way=VoteWay.WRITTEN, meeting__body__consortium=consortium,
    ).select_related("meeting")  # fmt: skip


# Resolutions and regulations -------------------------------------------------------------------
def resolutions_visible_to(actor: Actor | None) -> QuerySet[Resolution]:
    """All for the secretariat; what concerns one's unit; what assembly and board resolved.

    Of other bodies a member sees the resolutions of meetings it was called to.
    """
    if actor is None:
        return Resolution.objects.none()
    called = Attendance.objects.filter(meeting=OuterRef("motion__meeting"), unit__in=actor.units)
    common = Q(
        passed=True, motion__meeting__closed_at__isnull=False,
        motion__meeting__body__kind__in=[BodyKind.ASSEMBLY, BodyKind.BOARD],
    ) & Q(_belongs(actor, "motion__meeting__body__consortium"))  # fmt: skip
    served = Q(motion__meeting__body__consortium__secretariat__in=actor.units)
    rows = Resolution.objects.filter(
        served | Q(unit__in=actor.units, passed=True) | common | Q(Exists(called))
    )
    return rows.select_related("motion__meeting__body__consortium", "unit", "person")


def resolutions_of(consortium: Consortium) -> QuerySet[Resolution]:
    """Every resolution of a consortium, for the close of a year."""
    rows = Resolution.objects.filter(motion__meeting__body__consortium=consortium)
    return rows.select_related("motion__meeting__body", "unit")


def overdue_resolutions(consortium: Consortium, on: date) -> QuerySet[Resolution]:
    """Past their day and not carried out."""
    rows = resolutions_of(consortium).filter(state__in=sorted(OWED), due_on__lt=on)
    return rows.order_by("due_on", "pk")


def owed_by(unit: Unit, consortium: Consortium) -> QuerySet[Resolution]:
    """What the unit still has to carry out."""
    rows = resolutions_of(consortium).filter(unit=unit, state=ResolutionState.UNDERWAY)
    return rows.order_by("due_on", "pk")


def carried_over(meeting: Meeting) -> list[Resolution]:
    """上次决议执行情况: what the body's last meeting resolved, and whatever is older and still open."""
    before = Resolution.objects.filter(
        passed=True, motion__meeting__body=meeting.body_id,
        motion__meeting__closed_at__isnull=False, motion__meeting__starts_at__lt=meeting.starts_at,
    ).exclude(motion__meeting=meeting)  # fmt: skip
    last = (
        Meeting.objects.filter(
            body=meeting.body_id, closed_at__isnull=False, starts_at__lt=meeting.starts_at
        )
        .exclude(pk=meeting.pk)
        .order_by("-starts_at", "-pk")
        .first()
    )
    still = ~Q(state=ResolutionState.CARRIED_OUT)
    rows = before.filter(still | Q(motion__meeting=last)) if last else before.none()
    found = rows.select_related("motion__meeting", "unit").prefetch_related("reports")
    return list(found.order_by("motion__decided_at", "pk"))


def regulations_visible_to(actor: Actor | None) -> QuerySet[Regulation]:
    if actor is None:
        return Regulation.objects.none()
    served = Q(consortium__secretariat__in=actor.units)
    rows = Regulation.objects.filter(served | Q(_belongs(actor, "consortium")))
    return rows.select_related("file", "resolution", "consortium")


@dataclass(frozen=True, slots=True)
class RegulationGap:
    """A kind of rule, and how many of it are in force."""

    kind: str
    label: str
    count: int


def regulation_gaps(consortium: Consortium, on: date) -> list[RegulationGap]:
    """Every kind the standard asks for, with the number in force; 0 is missing."""
    rows = Regulation.objects.filter(
        Q(ended_on__isnull=True) | Q(ended_on__gt=on), consortium=consortium, adopted_on__lte=on
    )
    kinds = list(rows.order_by("pk").values_list("kind", flat=True))
    wanted = [kind for kind in RegulationKind if kind != RegulationKind.OTHER]
    return [RegulationGap(kind.value, str(kind.label), kinds.count(kind.value)) for kind in wanted]
