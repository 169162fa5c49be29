"""A school's students on post at two enterprises, with mentors, a class and a plan, straight to the
tables; and what tests write of records."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Any

from chanjiao.files.uploads import Upload
from chanjiao.links.enums import Purpose
from chanjiao.links.models import Link
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.training.entry_actions import write_entry
from chanjiao.training.entry_checks import EntryValues
from chanjiao.training.enums import EntryKind, EntryState, MentorKind, PlacementState, Site, Teacher
from chanjiao.training.models import (
    Entry,
    Mentor,
    Placement,
    PlanItem,
    Programme,
    ProgrammeUnit,
    Stint,
    TrainingClass,
)
from chanjiao.training.review_actions import give_link
from tests.matching import world as rounds
from tests.people.world import AT, TODAY, acting
from tests.plans.evidence_world import picture

STARTS, ENDS = date(2026, 9, 1), date(2027, 3, 1)
_numbers = count(1)


@dataclass
class World:
    base: rounds.World
    placements: list[Placement]
    items: list[PlanItem]
    training_class: TrainingClass
    masters: list[Mentor]
    tutor: Mentor
    second_teacher: Actor
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def school(self) -> Unit:
        return self.base.schools[0]

    @property
    def teacher(self) -> Actor:
        return self.base.teachers[0]

    @property
    def other_teacher(self) -> Actor:
        return self.base.teachers[1]

    @property
    def recruiter(self) -> Actor:
        return self.base.recruiters[0]

    def pupil(self, index: int = 0) -> Actor:
        user = self.placements[index].student.user
        assert user is not None
        return rounds.seen(user)

    def link(self, master: int = 0) -> Link:
        mentor = self.masters[master]
        known = Link.objects.filter(
            purpose=Purpose.MENTOR, subject_id=mentor.pk, revoked_at__isnull=True
        ).first()
        return known or give_link(mentor, by=self.teacher, at=AT)


def make_world(students: int = 2) -> World:
    """`students` placements of the first school: in turn at the first and the second enterprise."""
    base = rounds.make_world(students=0)
    consortium, school = base.consortium, base.schools[0]
    programme = Programme.objects.create(
        consortium=consortium, unit=school, number=f"PY-{next(_numbers):05}", kind="order",
        name="数控订单班", state="running", starts_on=STARTS, ends_on=date(2028, 7, 1),
        created_by=base.teachers[0].user, created_at=AT,
    )  # fmt: skip
    for firm in base.firms:
        ProgrammeUnit.objects.create(programme=programme, unit=firm)
    group = TrainingClass.objects.create(
        programme=programme, cohort=base.cohorts[0], name="数控 1 班",
        weights={"enterprise": 40, "school": 30, "entries": 20, "summary": 10},
    )  # fmt: skip
    items = [_item(programme, n, base.firms) for n in range(1, 4)]
    masters = [_mentor(base, firm, f"师傅{n}") for n, firm in enumerate(base.firms, 1)]
    tutor = _mentor(base, school, "指导老师", kind=MentorKind.SCHOOL, user=base.teachers[0].user)
    made = World(base, [], items, group, masters, tutor, acting(school))
    made.placements = [make_placement(made, index) for index in range(students)]
    return made


def _item(programme: Programme, number: int, firms: list[Unit]) -> PlanItem:
    """The first two at any enterprise, the third at school: it is offered to nobody on post."""
    return PlanItem.objects.create(
        programme=programme, code=f"1.{number}", place=f"0001.{number:04}", course="数控加工",
        title=f"第 {number} 项操作", minutes=1200, teacher=Teacher.ENTERPRISE,
        site=Site.ENTERPRISE if number < 3 else Site.SCHOOL,
    )  # fmt: skip


def _mentor(base: rounds.World, unit: Unit, name: str, **fields: Any) -> Mentor:
    values = {"kind": MentorKind.ENTERPRISE, "starts_on": STARTS} | fields
    return Mentor.objects.create(
        consortium=base.consortium, unit=unit, number=f"DS-{next(_numbers):05}", name=name, **values
    )


def make_placement(world: World, index: int, **fields: Any) -> Placement:
    base = world.base
    student = rounds.make_student(base.cohorts[0], index)
    values = {
        "state": PlacementState.RUNNING, "starts_on": STARTS, "ends_on": ENDS, "started_at": AT,
        "training_class": world.training_class, "tutor": world.tutor,
    } | fields  # fmt: skip
    row = Placement.objects.create(
        consortium=base.consortium, number=f"SX-{next(_numbers):05}", student=student,
        school=world.school, created_by=world.teacher.user, created_at=AT, **values,
    )  # fmt: skip
    Stint.objects.create(
        placement=row, host=base.firms[index % 2], position="数控车工", occupation_code="6-18-01-01",
        starts_on=row.starts_on, ends_on=row.ends_on, master=world.masters[index % 2],
    )  # fmt: skip
    return row


def values(world: World, **changes: Any) -> EntryValues:
    told: dict[str, Any] = {
        "kind": EntryKind.WORK, "day": TODAY - timedelta(days=1), "minutes": 480,
        "text": "独立完成了轴套的车削，尺寸合格。", "items": (world.items[0].pk,),
    } | changes  # fmt: skip
    return EntryValues(**told)


def journal(world: World, **changes: Any) -> EntryValues:
    return values(world, kind=EntryKind.JOURNAL, minutes=0, items=(), title="第一周", **changes)


def written(world: World, index: int = 0, *, submit: bool = True, **changes: Any) -> Entry:
    """A record by the action."""
    told = changes.pop("values", None) or values(world, **changes)
    done = write_entry(world.placements[index], told, submit=submit, by=world.pupil(index), at=AT)
    assert not done.problems
    return done.entry


def in_state(entry: Entry, state: EntryState) -> Entry:
    """Put into a state, past all rules."""
    Entry.objects.filter(pk=entry.pk).update(state=state)
    entry.refresh_from_db()
    return entry


def photo(name: str = "照片.jpg", content: bytes = b"") -> Upload:
    data = content or picture()
    return Upload(io.BytesIO(data), name, len(data))
