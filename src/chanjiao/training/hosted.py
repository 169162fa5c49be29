"""A host's side: who is with it or coming, who guides whom, what it owes, how many more it may take."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Q, QuerySet

from chanjiao.members.models import Consortium
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.training.enums import ALIVE, MentorKind, PlacementKind, PlacementState
from chanjiao.training.gate import Finding, judge
from chanjiao.training.models import Mentor, Stint
from chanjiao.training.queries import mentors_in_force, placements_visible_to
from chanjiao_engine.redlines import NATIONAL, Cap, Outcome, Party, caps_after, load

# What the host mends when it is so, but only the school can say whether it is.
_SCHOOL_DECLARES = frozenset({"documents_held"})


def stints_hosted(
    actor: Actor | None, host: Unit, consortium: Consortium, *, on: date
) -> QuerySet[Stint]:
    """The stints at one's own unit that may be seen; one that came to nothing is nobody's concern."""
    rows = Stint.objects.select_related(
        "placement__student__cohort", "placement__school", "placement__tutor", "host", "master",
        "second_master",
    )  # fmt: skip
    if actor is None or not actor.acts_for(host.pk):
        return rows.none()
    seen = placements_visible_to(actor, on=on).filter(consortium=consortium)
    rows = rows.filter(host=host, placement__in=seen.order_by().values("pk"))
    return rows.exclude(placement__state=PlacementState.CANCELLED)


def wanted_of_host(stints: Iterable[Stint], *, on: date) -> dict[int, list[Finding]]:
    """Stint → what the host has to mend, before the start and since; one judgement for all."""
    alive = [one for one in stints if one.placement.state in ALIVE]
    if not alive:
        return {}
    judged = judge(list({one.placement_id: one.placement for one in alive}.values()), on=on)
    return {
        one.pk: [
            found
            for found in judged[one.placement_id].findings
            if found.stint == one.pk
            and found.mender == Party.UNIT
            and found.outcome != Outcome.WAIVED.word
            and not (found.rule in _SCHOOL_DECLARES and found.outcome == Outcome.MISSING.word)
        ]
        for one in alive
    }


# Masters ---------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Load:
    """A master and how many others this person guides while a stint lasts."""

    mentor: Mentor
    others: int

    @property
    def is_full(self) -> bool:
        return self.others >= self.mentor.at_most

    def __str__(self) -> str:
        return f"{self.mentor.name}（同期已带 {self.others} 人，上限 {self.mentor.at_most} 人）"


def loads_for(stint: Stint) -> list[Load]:
    """The host's masters in office throughout a stint, the least burdened first."""
    rows = Mentor.objects.filter(unit=stint.host_id, kind=MentorKind.ENTERPRISE)
    rows = mentors_in_force(rows, on=stint.starts_on)
    rows = rows.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=stint.ends_on))
    guided = _guided(stint)
    loads = [Load(one, len(guided[one.pk])) for one in rows.order_by("name", "pk")]
    return sorted(loads, key=lambda load: load.others)


def _guided(stint: Stint) -> dict[int, set[int]]:
    """Mentor → the other placements guided at some time of the stint."""
    rows = Stint.objects.filter(
        host=stint.host_id, placement__state__in=ALIVE, starts_on__lt=stint.ends_on,
        ends_on__gt=stint.starts_on,
    ).exclude(placement=stint.placement_id)  # fmt: skip
    found: dict[int, set[int]] = defaultdict(set)
    for placement, *mentors in rows.order_by("pk").values_list(
        "placement", "master", "second_master"
    ):
        for mentor in filter(None, mentors):
            found[mentor].add(placement)
    return found


# Caps ------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Room:
    """A host against one cap: the whole unit, or one kind of post by its occupation code.

    `cap` is what all who are planned make of it together; None where the staff is not stated.
    """

    host: Unit
    occupation: str
    percent: int
    staff: int | None
    running: int
    planned: int
    cap: Cap | None


def rooms_of(host: Unit, *, on: date) -> list[Room]:
    """The unit's cap, then that of each kind of post it has interns in."""
    rows = Stint.objects.filter(host=host)
    return rooms_in(rows, on=on).get(host.pk) or [_room(host, "", host.staff_count, (0, 0), on)]


def rooms_in(stints: QuerySet[Stint], *, on: date) -> dict[int, list[Room]]:
    """Host → its caps, of those on post on a day and those planned for later."""
    hosts: dict[int, Unit] = {}
    counts: Counter[tuple[int, str, str]] = Counter()
    staff: dict[tuple[int, str], int] = {}
    for one in _counted(stints, on):
        hosts[one.host_id] = one.host
        for kind in ("", one.occupation_code):
            counts[one.host_id, kind, one.placement.state] += 1
        if one.same_post_staff is not None:
            key = one.host_id, one.occupation_code
            staff[key] = min(staff.get(key, one.same_post_staff), one.same_post_staff)
    found: dict[int, list[Room]] = defaultdict(list)
    for pk, kind in sorted({(pk, kind) for pk, kind, _ in counts}):
        held = staff.get((pk, kind)) if kind else hosts[pk].staff_count
        both = (
            counts[pk, kind, PlacementState.RUNNING],
            counts[pk, kind, PlacementState.PLANNED],
        )
        found[pk].append(_room(hosts[pk], kind, held, both, on))
    return found


def _counted(stints: QuerySet[Stint], on: date) -> Sequence[Stint]:
    """What a cap counts: 岗位实习, on post today or planned and not yet over; a student once."""
    now = Q(placement__state=PlacementState.RUNNING, starts_on__lte=on)
    later = Q(placement__state=PlacementState.PLANNED, starts_on=F("placement__starts_on"))
    rows = stints.filter(now | later, placement__kind=PlacementKind.POST, ends_on__gt=on)
    return list(rows.select_related("host", "placement").order_by("pk"))


def _room(host: Unit, kind: str, staff: int | None, both: tuple[int, int], on: date) -> Room:
    percent = load(NATIONAL, on=on).limit("kind_percent" if kind else "unit_percent")
    cap = None
    if staff is not None:
        cap = caps_after(staff=staff, interns=both[0], adding=both[1], percent=percent)
    return Room(host, kind, percent, staff, both[0], both[1], cap)
