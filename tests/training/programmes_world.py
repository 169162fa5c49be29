"""A school with an order class at an enterprise, its plan and mentors, for tests of programmes."""

from dataclasses import dataclass
from datetime import date
from io import BytesIO

from chanjiao.agreements.enums import AgreementState
from chanjiao.agreements.models import Agreement, Kind, Party
from chanjiao.council.papers import Upload
from chanjiao.kernel.clock import day_of, held_at
from chanjiao.needs.models import Student
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.reference.shipped import load_shipped
from chanjiao.sheets.actions import commit_import, upload
from chanjiao.sheets.binding import get
from chanjiao.sheets.models import Import
from chanjiao.sheets.writing import export
from chanjiao.training.class_actions import enrol, open_class
from chanjiao.training.enums import (
    PlacementKind,
    PlacementState,
    ProgrammeKind,
    ProgrammeState,
    Site,
    Teacher,
)
from chanjiao.training.models import Mentor, Placement, Programme, Stint, TrainingClass
from chanjiao.training.plan_actions import ItemFields, write_plan
from chanjiao.training.programme_actions import ProgrammeFields, add_partner, create_programme
from chanjiao.training.register_actions import MentorFields, add_mentor
from tests.matching import world as base
from tests.matching.world import AT

TODAY = day_of(AT)
STARTS, ENDS = date(2026, 9, 1), date(2028, 7, 1)
PDF = b"%PDF-1.7 notice"


def paper(name: str = "开班通知.pdf") -> Upload:
    return Upload(BytesIO(PDF), name)


@dataclass
class World:
    consortium: object
    school: Unit
    other_school: Unit
    firm: Unit
    other_firm: Unit
    teacher: Actor
    other_teacher: Actor
    recruiter: Actor
    rival: Actor
    office: Actor
    students: list[Student]
    cohort: object
    base: base.World

    @property
    def by(self) -> dict:
        return {"by": self.teacher, "at": AT}


def make_world(students: int = 6) -> World:
    """Every second student is of the first school."""
    load_shipped(at=AT)
    found = base.make_world(students=students)
    own = [s for s in found.students if s.school_id == found.schools[0].pk]
    return World(
        found.consortium, *found.schools, *found.firms, *found.teachers, *found.recruiters,
        found.secretary, own, found.cohorts[0], found,
    )  # fmt: skip


def agreement(world: World, number: str = "XY-1", *, student: Student | None = None) -> Agreement:
    """An agreement in force of the school and the enterprise."""
    kind, _ = Kind.objects.get_or_create(
        consortium=world.consortium, code="order", version=1,
        defaults={"name": "订单班协议", "order": "any", "roles": [], "fields": [], "created_at": AT},
    )  # fmt: skip
    made = Agreement.objects.create(
        consortium=world.consortium, number=f"{number}-{world.consortium.pk}", kind=kind,
        title="订单班协议", state=AgreementState.IN_FORCE, unit=world.school, student=student,
        starts_on=STARTS, created_by=world.teacher.user, created_at=AT, in_force_at=AT,
    )  # fmt: skip
    for place, unit in enumerate((world.school, world.firm), 1):
        Party.objects.create(
            agreement=made, position=place, role=f"r{place}", label="甲方", side="unit", unit=unit
        )
    return made


def fields(kind: str = ProgrammeKind.ORDER, **changes) -> ProgrammeFields:
    values = {
        "kind": kind,
        "name": "精密制造订单班",
        "starts_on": STARTS,
        "ends_on": ENDS,
    } | changes
    return ProgrammeFields(**values)


def make_programme(world: World, kind: str = ProgrammeKind.ORDER, **changes) -> Programme:
    """In preparation, with one enterprise; nothing else yet."""
    row = create_programme(world.consortium, world.school, fields(kind, **changes), **world.by)
    add_partner(row, world.firm, duty="企业教学", **world.by)
    row.refresh_from_db()
    return row


def items(world: World) -> list[ItemFields]:
    """Four hours at school, one in a workshop of the school, three at the enterprise."""
    rows = [
        ("1.1", "机械制图", 240, Site.SCHOOL, Teacher.SCHOOL, None, False, False),
        ("1.2", "数控加工", 60, Site.FACTORY_IN_SCHOOL, Teacher.BOTH, world.firm, True, False),
        ("1.10", "数控加工", 120, Site.ENTERPRISE, Teacher.ENTERPRISE, world.firm, True, True),
        ("2", "装配", 60, Site.SCHOOL_IN_FACTORY, Teacher.ENTERPRISE, world.firm, False, False),
    ]
    return [
        ItemFields(code, course, f"{course}训练", minutes, site, teacher, host, core, real)
        for code, course, minutes, site, teacher, host, core, real in rows
    ]


def make_class(world: World, programme: Programme, name: str = "订单一班") -> TrainingClass:
    row = open_class(
        programme, world.cohort, name=name, opened_on=STARTS, notice=paper(), **world.by
    )
    enrol(row, world.students, starts_on=STARTS, **world.by)
    return row


def ready(world: World, kind: str = ProgrammeKind.ORDER) -> Programme:
    """An order class that lacks nothing."""
    row = make_programme(world, kind, agreement=agreement(world, f"XY-{kind}"))
    write_plan(row, items(world), **world.by)
    make_class(world, row)
    row.refresh_from_db()
    return row


def in_state(row: Programme, state: str) -> Programme:
    Programme.objects.filter(pk=row.pk).update(state=state)
    row.refresh_from_db()
    return row


def running(world: World) -> Programme:
    return in_state(ready(world), ProgrammeState.RUNNING)


MASTER = MentorFields("王师傅", STARTS, position="班组长", qualification="高级技师", at_most=2)


def make_master(world: World, **changes) -> Mentor:
    given = {f: getattr(MASTER, f) for f in MASTER.__slots__} | changes
    return add_mentor(
        world.consortium, world.firm, MentorFields(**given), by=world.recruiter, at=AT
    )


def make_tutor(world: World, **changes) -> Mentor:
    given = {"name": "李老师", "starts_on": STARTS} | changes
    return add_mentor(world.consortium, world.school, MentorFields(**given), **world.by)


def place(
    world: World, student: Student, master: Mentor | None = None, tutor: Mentor | None = None,
    starts: date = STARTS, ends: date = ENDS, one: TrainingClass | None = None,
) -> Placement:  # fmt: skip
    """A running placement at the enterprise, straight into the tables."""
    row = Placement.objects.create(
        consortium=world.consortium, number=f"SX-{student.pk}-{starts}", student=student,
        school=student.school, kind=PlacementKind.POST, state=PlacementState.RUNNING,
        starts_on=starts, ends_on=ends, started_at=AT, created_by=world.teacher.user,
        created_at=AT, tutor=tutor, training_class=one,
    )  # fmt: skip
    Stint.objects.create(
        placement=row, host=world.firm, position="数控车工", occupation_code="6-18-01-01",
        starts_on=starts, ends_on=ends, master=master,
    )  # fmt: skip
    return row


def workbook(key: str, scope: dict, actor: Actor, rows: list[dict], at=AT) -> BytesIO:
    """Rows by column key (missing ones empty) as the workbook a person would upload."""
    binding = get(key)
    context = binding.load(user=actor, scope=scope, at=at)
    layout = binding.fit(binding.layout, context)
    empty = dict.fromkeys(layout.by_key)
    target = BytesIO()
    export(layout, [empty | row for row in rows], target)
    target.seek(0)
    return target


def imported(
    key: str, scope: dict, actor: Actor, unit: Unit, rows: list[dict], execute, at=AT
) -> Import:
    """Upload, with its dry run."""
    with held_at(at), execute(execute=True):
        made = upload(
            workbook(key, scope, actor, rows, at), "表.xlsx", key, scope, unit=unit, by=actor, at=at
        )
    made.refresh_from_db()
    return made


def committed(made: Import, actor: Actor, execute, at=AT) -> dict:
    """The checked file written; how many rows it made, changed and left."""
    with held_at(at), execute(execute=True):
        commit_import(made, by=actor, at=at)
    made.refresh_from_db()
    assert made.state == "done", made.report
    return made.report["written"]
