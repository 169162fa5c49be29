"""Students on post with pay, an incident, a complaint and masters, for tests of what protects them."""

from datetime import date, datetime, timedelta
from itertools import count

from chanjiao.kernel.clock import ZONE
from chanjiao.people.models import Unit
from chanjiao.training.enums import MentorKind
from chanjiao.training.models import Complaint, Incident, Mentor, PayProof, Placement, Stint
from chanjiao.training.safeguard_actions import PayFacts, record_pay
from chanjiao.training.trouble_actions import IncidentFacts, ask_unit, complain, report_incident
from tests.matching.world import World
from tests.training.world import ON_DAY

LATER = datetime(2027, 1, 20, 10, 0, tzinfo=ZONE)
DECEMBER = date(2026, 12, 1)
SECRET = "师傅让我每晚干到十点"
_numbers = count(1)


def stint_of(placement: Placement) -> Stint:
    rows = Stint.objects.select_related(
        "host", "placement__student__user", "placement__student__cohort"
    )
    return rows.get(placement=placement)


def paid(world: World, placement: Placement, *, fen: int = 400_000, month: date = DECEMBER, **more):
    """The host records a month's pay, in time."""
    facts = PayFacts(month, fen, more.pop("way", "bank"), date(2027, 1, 10))
    stint = stint_of(placement)
    by = world.recruiters[world.firms.index(stint.host)]
    proof: PayProof = record_pay(stint, facts, by=by, at=more.pop("at", LATER))
    return proof


def reported(world: World, placement: Placement, severity: str = "serious") -> Incident:
    facts = IncidentFacts("injury", severity, LATER - timedelta(hours=1), "手被机床划伤")
    row = report_incident(placement, facts, by=world.teachers[0], at=LATER)
    return Incident.objects.get(pk=row.pk)


def complained(
    world: World, placement: Placement, *, to_office: bool = False, at: datetime = LATER, index: int = 0
) -> Complaint:  # fmt: skip
    host = stint_of(placement).host
    return complain(
        placement,
        host,
        kind="hours",
        text=SECRET,
        to_office=to_office,
        by=world.actor(index),
        at=at,
    )


def asked(world: World, placement: Placement, *, at: datetime = LATER) -> Complaint:
    row = complained(world, placement, at=at)
    question = "贵单位近一个月是否安排实习学生夜间加班？"
    return ask_unit(row, question=question, revision=row.revision, by=world.teachers[0], at=at)


def master(world: World, host: Unit, name: str = "王师傅", **changed) -> Mentor:
    values = {
        "consortium": world.consortium, "unit": host, "number": f"DS-T{next(_numbers):04}",
        "kind": MentorKind.ENTERPRISE, "name": name, "starts_on": date(2026, 1, 1),
    } | changed  # fmt: skip
    return Mentor.objects.create(**values)


__all__ = ["LATER", "ON_DAY", "asked", "complained", "master", "paid", "reported", "stint_of"]
