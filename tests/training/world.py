"""Placements ready for the gate, for tests: papers, insurance, safety and declaration in order."""

from datetime import date, datetime, timedelta
from itertools import count

from chanjiao.agreements.enums import AgreementState, PartySide, SignatureState, SigningWay
from chanjiao.agreements.models import Agreement, Kind, Party, Signature, Version
from chanjiao.kernel.clock import ZONE
from chanjiao.needs.models import Student
from chanjiao.people.models import Unit
from chanjiao.training.enums import SafetyKind
from chanjiao.training.models import Placement
from chanjiao.training.placement_actions import plan_placement, start_placements
from chanjiao.training.placement_facts import PlacementFacts, StintFacts
from chanjiao.training.placement_preparing import Declaration, attach_papers, declare
from chanjiao.training.safeguard_actions import Policy, SafetyFacts, insure, record_safety
from tests.matching.world import World

STARTS, ENDS = date(2026, 11, 24), date(2027, 5, 24)
AT = datetime(2026, 11, 23, 10, 0, tzinfo=ZONE)
ON_DAY = datetime(2026, 11, 24, 8, 0, tzinfo=ZONE)
CLEAN = Declaration(intermediary=False, forced=False, fees_charged=False, papers_held=False)
_numbers = count(1)


def stint_facts(host: Unit, **changed) -> StintFacts:
    values = {
        "host": host, "position": "数控车工", "occupation_code": "6-18-01-01", "starts_on": STARTS,
        "ends_on": ENDS, "major_codes": ["460102"], "wage_fen": 400_000, "peer_wage_fen": 500_000,
        "lowest_wage_fen": 300_000, "same_post_staff": 50, "intensity": "1",
        "chemical_site": False,
    } | changed  # fmt: skip
    return StintFacts(**values)


def plan(world: World, index: int = 0, *, at: datetime = AT, host: Unit | None = None, **changed):
    """A planned placement of the world's student, at its first firm unless told otherwise."""
    student = world.students[index]
    teacher = world.teachers[world.schools.index(student.school)]
    facts = PlacementFacts(student, STARTS, ENDS)
    stint = stint_facts(host or world.firms[0], **changed)
    return plan_placement(facts, [stint], by=teacher, at=at)


def prepare(world: World, placement: Placement, *, at: datetime = AT) -> Placement:
    """Everything the gate asks for."""
    teacher = world.teachers[world.schools.index(placement.school)]
    host = placement.stints.get().host
    three = paper(world, placement.student, "three", [placement.school, host], at=at)
    consent = paper(world, placement.student, "consent", [], guardian=True, at=at)
    attach_papers(placement, agreement=three, consent=consent, by=teacher, at=at)
    declare([placement], CLEAN, by=teacher, at=at)
    insure([placement], Policy("示例保险", "PZ-1", STARTS, ENDS), by=teacher, at=at)
    day = at.date()
    record_safety([placement], SafetyFacts(SafetyKind.TRAINING, day, 240), by=teacher, at=at)
    record_safety([placement], SafetyFacts(SafetyKind.TEST, day, 60, 95), by=teacher, at=at)
    placement.refresh_from_db()
    return placement


def running(world: World, index: int = 0) -> Placement:
    """On post since ON_DAY."""
    placement = prepare(world, plan(world, index))
    teacher = world.teachers[world.schools.index(placement.school)]
    done = start_placements([placement], by=teacher, at=ON_DAY)
    assert done.started, done.held
    placement.refresh_from_db()
    return placement


def paper(
    world: World, student: Student, code: str, units: list[Unit], *, guardian: bool = False,
    at: datetime = AT,
) -> Agreement:  # fmt: skip
    """A signed agreement, made straight (the agreements' own tests hold the signing)."""
    kind, _made = Kind.objects.get_or_create(
        consortium=world.consortium, code=code, version=1,
        defaults={"name": code, "order": "any", "roles": [], "fields": [], "created_at": at},
    )  # fmt: skip
    agreement = Agreement.objects.create(
        consortium=world.consortium, number=f"XY-{next(_numbers):05}", kind=kind, title=code,
        state=AgreementState.IN_FORCE, unit=student.school, student=student, starts_on=STARTS,
        ends_on=ENDS, created_by=world.teachers[0].user, created_at=at, in_force_at=at,
    )  # fmt: skip
    version = Version.objects.create(
        agreement=agreement, number=1, values={}, text="正文", digest="0" * 64,
        made_by=world.teachers[0].user, made_at=at,
    )  # fmt: skip
    parties = [{"side": PartySide.UNIT, "unit": unit} for unit in units]
    parties.append({"side": PartySide.STUDENT, "student": student})
    if guardian:
        parties.append({"side": PartySide.GUARDIAN, "student": student, "signatory": "家长"})
    for position, one in enumerate(parties, 1):
        party = Party.objects.create(
            agreement=agreement, position=position, role=one["side"], label="方", **one
        )
        Signature.objects.create(
            version=version, party=party, state=SignatureState.SIGNED, asked_at=at, decided_at=at,
            way=SigningWay.ONLINE, signer="某人", digest="0" * 64,
        )  # fmt: skip
    return agreement


def later(days: int) -> datetime:
    return ON_DAY + timedelta(days=days)
