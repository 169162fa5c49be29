"""A consortium's training in figures, without a single name of a student: what the secretariat sees."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from chanjiao.members.models import Consortium
from chanjiao.training.enums import ComplaintState, IncidentState, PlacementState, Severity
from chanjiao.training.gate import Finding, Judged, judge
from chanjiao.training.hosted import Room, rooms_in
from chanjiao.training.models import Complaint, Incident, Placement, Stint
from chanjiao.training.pay_standing import WORDS
from chanjiao_engine.redlines import Outcome


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How many placements one rule is about, and who mends it."""

    rule: str
    text: str
    mender: str
    placements: int


@dataclass(frozen=True, slots=True)
class Troubles:
    """Incidents by severity and state, and complaints not closed in time."""

    incidents: Mapping[tuple[str, str], int]
    complaints_open: int
    complaints_overdue: int


@dataclass(frozen=True, slots=True)
class SchoolCount:
    """One school's placements by state."""

    school: str
    by_state: Mapping[str, int]


def by_school(consortium: Consortium) -> list[SchoolCount]:
    """Schools with placements, those with most first."""
    rows = (
        Placement.objects.filter(consortium=consortium)
        .order_by()
        .values_list("school__pk", "school__name", "state")
        .annotate(count=Count("pk"))
    )
    found: dict[tuple[int, str], dict[str, int]] = defaultdict(dict)
    for pk, name, state, count in rows:
        found[pk, name][state] = count
    made = [SchoolCount(name, counts) for (_, name), counts in sorted(found.items())]
    return sorted(made, key=lambda one: -sum(one.by_state.values()))


def by_host(consortium: Consortium, *, on: date) -> list[Room]:
    """Each host against its own cap, the fullest first; hosts without a count of staff last."""
    rows = Stint.objects.filter(placement__consortium=consortium)
    units = [
        room for rooms in rooms_in(rows, on=on).values() for room in rooms if not room.occupation
    ]
    return sorted(units, key=lambda one: (one.cap is None, -(one.cap.excess if one.cap else 0),
                                          one.cap.room if one.cap else 0))  # fmt: skip


def _judged(
    consortium: Consortium, state: str, on: date, only: Collection[str] | None = None
) -> dict[int, Judged]:
    rows = Placement.objects.filter(consortium=consortium, state=state)
    found = list(rows.select_related("student__cohort", "school").order_by("pk"))
    return judge(found, on=on, only=only) if found else {}


def held_back(consortium: Consortium, *, on: date) -> list[RuleCount]:
    """What keeps planned placements from starting, rule by rule, the most frequent first."""
    judged = _judged(consortium, PlacementState.PLANNED, on)
    return _counted({pk: one.blocking for pk, one in judged.items()})


def pay_broken(consortium: Consortium, *, on: date) -> list[RuleCount]:
    """What is wrong with the pay of those on post, rule by rule."""
    judged = _judged(consortium, PlacementState.RUNNING, on, only=WORDS)
    return _counted({
        pk: tuple(f for f in one.findings if f.outcome == Outcome.VIOLATED.word)
        for pk, one in judged.items()
    })  # fmt: skip


def _counted(findings: Mapping[int, tuple[Finding, ...]]) -> list[RuleCount]:
    counts: Counter[str] = Counter()
    words: dict[str, Finding] = {}
    for found in findings.values():
        for one in found:
            words.setdefault(one.rule, one)
        counts.update({one.rule for one in found})
    rows = [RuleCount(r, words[r].text, words[r].mender, count) for r, count in counts.items()]
    return sorted(rows, key=lambda one: (-one.placements, one.rule))


def troubles(consortium: Consortium, *, on: date) -> Troubles:
    """Counts over all incidents and complaints of the consortium, whoever handles them."""
    incidents = Incident.objects.filter(placement__consortium=consortium).order_by()
    rows = incidents.values_list("severity", "state").annotate(count=Count("pk"))
    counts = {(severity, state): count for severity, state, count in rows}
    complaints = Complaint.objects.filter(placement__consortium=consortium)
    waiting = ~Q(state=ComplaintState.CLOSED)
    found = complaints.aggregate(
        open=Count("pk", filter=waiting), late=Count("pk", filter=waiting & Q(due_on__lt=on))
    )
    every = {
        (s, state): counts.get((s, state), 0)
        for s in Severity.values
        for state in IncidentState.values
    }
    return Troubles(every, found["open"], found["late"])
