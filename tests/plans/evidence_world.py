"""A consortium with a plan, three tasks and their units, for the tests of evidence."""

import io
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any

from PIL import Image

from chanjiao.files.uploads import Upload
from chanjiao.members.models import Consortium
from chanjiao.people.access import Actor
from chanjiao.people.enums import UnitKind
from chanjiao.people.models import Unit
from chanjiao.plans.enums import EvidenceKind, EvidenceState, PlanState, TaskState
from chanjiao.plans.evidence_actions import Wish, ask_evidence, submit_evidence, update_evidence
from chanjiao.plans.evidence_check_actions import accept_evidence
from chanjiao.plans.evidence_files import add_files
from chanjiao.plans.models import Evidence, Plan, Task
from tests.members.world import make_consortium, make_member, secretary
from tests.people.world import AT, TODAY, acting, make_unit

DUE = TODAY + timedelta(days=10)
VALUES: dict[str, Any] = {
    "document_number": "大金教联〔2026〕3 号", "dated_on": date(2026, 5, 8), "issuer": "示例管委会",
    "amount_fen": 300_000_00, "people": 40, "link": "https://example.cn/news/1", "note": "揭牌仪式",
}  # fmt: skip
_colours = count(1)


@dataclass
class World:
    consortium: Consortium
    plan: Plan
    tasks: list[Task]
    school: Unit
    firm: Unit
    teacher: Actor
    recruiter: Actor
    office: Actor
    second: Actor
    outsider: Actor
    far_office: Actor


def make_world(year: int = 2026) -> World:
    """Tasks 2-1-1 and 2-1-2 are the school's, 2-2-1 the firm's; two people in the secretariat."""
    consortium = make_consortium()
    school = make_unit(UnitKind.HIGHER_VOCATIONAL, name="示例职业学院")
    firm = make_unit(name="示例机床厂")
    for unit in (school, firm):
        make_member(consortium, unit)
    far = make_consortium()
    stranger = make_unit(name="外地工厂")
    make_member(far, stranger)
    plan = make_plan(consortium, year)
    tasks = [
        make_task(plan, code, unit)
        for code, unit in (("2-1-1", school), ("2-1-2", school), ("2-2-1", firm))
    ]
    return World(
        consortium, plan, tasks, school, firm, acting(school), acting(firm),
        secretary(consortium), acting(consortium.secretariat), acting(stranger), secretary(far),
    )  # fmt: skip


def make_plan(consortium: Consortium, year: int = 2026) -> Plan:
    return Plan.objects.create(
        consortium=consortium, year=year, title=f"{year} 年度工作计划", state=PlanState.IN_FORCE,
        created_at=AT,
    )  # fmt: skip


def make_task(plan: Plan, code: str, unit: Unit, **changes: Any) -> Task:
    values = {
        "name": f"任务 {code}", "starts_on": date(plan.year, 1, 1), "created_at": AT,
        "due_on": date(plan.year, 12, 20), "state": TaskState.ASSIGNED, "place": code,
    } | changes  # fmt: skip
    return Task.objects.create(plan=plan, code=code, unit=unit, **values)


def asked(world: World, task: Task | None = None, kind: str = EvidenceKind.PHOTO) -> Evidence:
    """One piece wanted, by the action."""
    wish = Wish(task or world.tasks[0], kind, "揭牌活动照片", DUE)
    return ask_evidence(wish.task.plan, [wish], by=world.office, at=AT)[0]


def own_person(world: World, row: Evidence) -> Actor:
    return world.teacher if row.unit_id == world.school.pk else world.recruiter


def filled(world: World, row: Evidence, *contents: bytes, name: str = "照片.jpg") -> Evidence:
    """With fields and files, not handed in."""
    person = own_person(world, row)
    files = [Upload(io.BytesIO(c), name, len(c)) for c in contents or (picture(),)]
    add_files(row, files, by=person, at=AT)
    row.refresh_from_db()
    from chanjiao.plans.evidence_kinds import RULES

    values = {k: VALUES[k] for k in RULES[row.kind].fields}
    return update_evidence(row, values, revision=row.revision, by=person, at=AT)


def submitted(world: World, row: Evidence, *contents: bytes, name: str = "照片.jpg") -> Evidence:
    done = filled(world, row, *contents, name=name)
    return submit_evidence(done, by=own_person(world, row), at=AT)


def accepted(world: World, row: Evidence, *contents: bytes, name: str = "照片.jpg") -> Evidence:
    return accept_evidence(submitted(world, row, *contents, name=name), by=world.office, at=AT)


def in_state(row: Evidence, state: EvidenceState, world: World) -> Evidence:
    """The row put into a state, past all rules, with what the constraints ask for."""
    Evidence.objects.filter(pk=row.pk).update(
        state=state, digest="d" * 64, submitted_at=AT, submitted_by=own_person(world, row).user,
        first_submitted_at=AT, accepted_at=AT, accepted_by=world.office.user, closed_reason="重复",
    )  # fmt: skip
    row.refresh_from_db()
    return row


def picture(
    seed: int = 0, size: tuple[int, int] = (320, 240), form: str = "JPEG", **more: Any
) -> bytes:
    """A photograph of its own: coarse blocks of grey drawn from a number."""
    import random

    draw = random.Random(seed or next(_colours))
    coarse = Image.new("L", (8, 6))
    coarse.putdata([draw.randrange(256) for _ in range(48)])
    target = io.BytesIO()
    coarse.resize(size, Image.Resampling.BICUBIC).convert("RGB").save(target, form, **more)
    return target.getvalue()


def pdf(text: str = "佐证") -> bytes:
    return f"%PDF-1.4\n% {text}\n%%EOF\n".encode()
