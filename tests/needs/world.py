"""A consortium with a school, two enterprises and its secretariat, for the tests of lists."""

import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from chanjiao.members.models import Consortium
from chanjiao.needs.actions import create_listing
from chanjiao.needs.enums import ListingState, PostKind, Shift
from chanjiao.needs.kinds import COHORTS, KINDS, POSTS, ListingKind
from chanjiao.needs.models import Cohort, Listing, Post
from chanjiao.people.access import Actor
from chanjiao.people.enums import UnitKind
from chanjiao.people.models import Unit
from chanjiao.reference.shipped import load_shipped
from chanjiao.sheets.actions import upload
from chanjiao.sheets.binding import get
from chanjiao.sheets.models import Import
from chanjiao.sheets.writing import export
from tests.members.world import make_consortium, make_member, secretary
from tests.people.world import AT, acting, make_unit, stranger

Execute = Callable[..., Any]


@dataclass
class World:
    consortium: Consortium
    school: Unit
    firm: Unit
    other: Unit
    teacher: Actor
    recruiter: Actor
    rival: Actor
    office: Actor
    outsider: Actor
    stranger: Actor

    def home(self, kind: ListingKind) -> tuple[Unit, Actor]:
        """A unit that has this list, and its person."""
        return (self.school, self.teacher) if kind is COHORTS else (self.firm, self.recruiter)

    def scope(self, unit: Unit | None) -> dict[str, Any]:
        return {"consortium": self.consortium.pk, "unit": unit.pk if unit else None}


def make_world() -> World:
    """With the shipped codes loaded. `rival` is another member, `outsider` of another consortium."""
    load_shipped(at=AT)
    consortium = make_consortium()
    school = make_unit(UnitKind.HIGHER_VOCATIONAL, name="示例职业学院")
    firm = make_unit(name="示例机床厂", staff_count=300)
    other = make_unit(name="示例电机厂")
    for unit in (school, firm, other):
        make_member(consortium, unit)
    far = make_consortium()
    stranger_unit = make_unit(name="外地工厂")
    make_member(far, stranger_unit)
    return World(
        consortium, school, firm, other, acting(school), acting(firm), acting(other),
        secretary(consortium), acting(stranger_unit), stranger(),
    )  # fmt: skip


POST: dict[str, Any] = {
    "quarter": "2026Q4",
    "title": "数控车工",
    "kind": PostKind.INTERNSHIP,
    "occupation_code": "6-18-01-01",
    "major_codes": ["460103", "460104"],
    "headcount": 6,
    "minimum": 0,
    "division_code": "210213",
    "place": "金州区示例路 1 号",
    "shift": Shift.DAY,
    "wage_fen": 420_000,
    "lowest_wage_fen": 400_000,
    "peer_wage_fen": 500_000,
    "same_post_staff": 60,
    "hazards": [],
    "starts_on": date(2027, 3, 1),
    "ends_on": date(2027, 8, 31),
    "note": "",
}
COHORT: dict[str, Any] = {
    "quarter": "2026Q4",
    "title": "2024 级数控技术 1 班",
    "major_code": "460103",
    "entry_year": 2024,
    "years": 3,
    "size": 40,
    "kind": PostKind.INTERNSHIP,
    "available_from": date(2027, 3, 1),
    "available_to": date(2027, 8, 31),
    "note": "",
}
VALUES: dict[str, dict[str, Any]] = {
    "posts": POST,
    "cohorts": COHORT,
    "technology": {
        "quarter": "2026Q4",
        "title": "主轴热变形补偿",
        "industry_code": "3421",
        "problem": "五轴联动加工中心热变形补偿精度不足",
        "confidentiality": "members",
    },
    "products": {
        "quarter": "2026Q4",
        "title": "立式加工中心",
        "industry_code": "3421",
        "chain_link": "整机制造",
    },
    "teams": {
        "quarter": "2026Q4",
        "title": "智能制造团队",
        "field": "机床数控系统",
        "leader": "张某某",
        "size": 8,
    },
    "stations": {
        "quarter": "2026Q4",
        "title": "加工中心工位",
        "workshop": "数控车间",
        "equipment": "VDM-850",
        "quantity": 12,
        "occupation_codes": ["6-18-01-07"],
    },
}


def make_listing(world: World, kind: ListingKind = POSTS, **changes: Any) -> Listing:
    """A draft made by the unit's person."""
    unit, actor = world.home(kind)
    values = VALUES[kind.slug] | changes
    return create_listing(kind, values, consortium=world.consortium, unit=unit, by=actor, at=AT)


def make_post(world: World, **changes: Any) -> Post:
    row = make_listing(world, POSTS, **changes)
    assert isinstance(row, Post)
    return row


def make_cohort(world: World, **changes: Any) -> Cohort:
    row = make_listing(world, COHORTS, **changes)
    assert isinstance(row, Cohort)
    return row


def in_state(row: Listing, state: ListingState) -> Listing:
    """The row put into a state, past all rules."""
    type(row)._default_manager.filter(pk=row.pk).update(state=state)
    row.refresh_from_db()
    return row


def workbook(
    slug: str, world: World, actor: Actor, unit: Unit | None, rows: Iterable[Mapping[str, Any]]
) -> io.BytesIO:
    """Rows (values by column key) as the workbook a person would upload."""
    binding = get(slug)
    context = binding.load(user=actor, scope=world.scope(unit), at=AT)
    target = io.BytesIO()
    export(binding.fit(binding.layout, context), rows, target)
    target.seek(0)
    return target


def exported_rows(slug: str, world: World, actor: Actor, unit: Unit | None) -> list[Any]:
    binding = get(slug)
    return list(binding.export_rows(binding.load(user=actor, scope=world.scope(unit), at=AT)))


def upload_rows(
    slug: str,
    world: World,
    actor: Actor,
    unit: Unit | None,
    rows: Iterable[Mapping[str, Any]],
    execute: Execute,
) -> Import:
    """Upload and run the dry run."""
    return upload_bytes(slug, world, actor, unit, workbook(slug, world, actor, unit, rows), execute)


def upload_bytes(
    slug: str,
    world: World,
    actor: Actor,
    unit: Unit | None,
    content: io.BytesIO,
    execute: Execute,
    name: str = "清单.xlsx",
) -> Import:
    whose = unit or world.consortium.secretariat
    with execute(execute=True):
        made = upload(content, name, slug, world.scope(unit), unit=whose, by=actor, at=AT)
    made.refresh_from_db()
    return made


def every_kind() -> tuple[ListingKind, ...]:
    return KINDS
