"""A consortium with a plan of the year 2026, for the tests of tasks."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from chanjiao.kernel.clock import ZONE
from chanjiao.members.models import Consortium
from chanjiao.people.access import Actor
from chanjiao.people.enums import UnitKind
from chanjiao.people.models import Unit
from chanjiao.plans.actions import create_plan, create_task, move_plan
from chanjiao.plans.enums import PlanState
from chanjiao.plans.models import Plan, Task
from tests.members.world import make_consortium, make_member, secretary
from tests.people.world import acting, make_unit

YEAR = 2026


def moment(month: int, day: int, hour: int = 10) -> datetime:
    return datetime(YEAR, month, day, hour, tzinfo=ZONE)


START = moment(1, 10)


@dataclass
class World:
    consortium: Consortium
    plan: Plan
    school: Unit
    firm: Unit
    office: Actor
    second: Actor
    teacher: Actor
    recruiter: Actor
    rival: Actor
    outsider: Actor
    far_office: Actor

    def task(self, code: str = "1-1-1", **fields: Any) -> Task:
        values = {"code": code, "name": f"任务{code}", "unit": self.school} | fields
        values.setdefault("target", Decimal(10))
        values.setdefault("measure", "家" if values["target"] is not None else "")
        return create_task(self.plan, values, reason="调整", by=self.office, at=START)

    def in_force(self, at: datetime = START) -> Plan:
        return self.moved(PlanState.IN_FORCE, at)

    def moved(self, state: str, at: datetime = START) -> Plan:
        """The plan in a state, by the shortest way."""
        way = list(PlanState.values)
        self.plan.refresh_from_db()
        while self.plan.state != state:
            goal = way[way.index(self.plan.state) + 1]
            self.plan = move_plan(self.plan, goal, by=self.office, at=at)
        return self.plan


def make_world() -> World:
    consortium = make_consortium()
    school = make_unit(UnitKind.HIGHER_VOCATIONAL, name="示例职业学院")
    firm, other = make_unit(name="示例机床厂"), make_unit(name="示例电机厂")
    for unit in (school, firm, other):
        make_member(consortium, unit)
    far, stranger_unit = make_consortium(), make_unit(name="外地工厂")
    make_member(far, stranger_unit)
    office = secretary(consortium)
    plan = create_plan(consortium, year=YEAR, title="2026 年度计划", by=office, at=START)
    return World(
        consortium, plan, school, firm, office, secretary(consortium), acting(school),
        acting(firm), acting(other), acting(stranger_unit), secretary(far),
    )  # fmt: skip


def held(row: Any) -> Any:
    """The row as the database has it."""
    return type(row).objects.get(pk=row.pk)


def last_day(month: int) -> date:
    return date(YEAR, month, 28)
