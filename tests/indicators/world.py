"""A consortium's year with facts of every package, for tests."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from chanjiao.council.models import Body, Commitment, Delivery, Regulation
from chanjiao.indicators.actions import open_period, start_reporting
from chanjiao.indicators.enums import PeriodState
from chanjiao.indicators.models import Period, SetVersion
from chanjiao.indicators.sets import demo_text, import_set
from chanjiao.kernel.clock import ZONE
from chanjiao.needs.models import Cohort, Post
from chanjiao.people.access import Actor
from chanjiao.plans.models import Evidence, Plan, Task
from tests.matching import world as rounds
from tests.people.world import acting

AT = datetime(2026, 11, 23, 10, 0, tzinfo=ZONE)
AFTER = datetime(2027, 1, 20, 10, 0, tzinfo=ZONE)  # the year is over


@dataclass
class Year:
    """A period in the state asked for, and its people."""

    world: rounds.World
    version: SetVersion
    period: Period
    office: Actor
    second: Actor
    recruiter: Actor
    rival: Actor

    def reload(self) -> Period:
        self.period = Period.objects.select_related("consortium", "set_version").get(
            pk=self.period.pk
        )
        return self.period


def make_ground(students: int = 3) -> tuple[rounds.World, SetVersion]:
    """Two schools, two firms, posts, cohorts, a promise kept by the first firm, one evidence; a set."""
    world = rounds.make_world(students=students)
    shown = {"submitted_at": AT, "published_at": AT, "confirmed_at": AT}
    Post.objects.filter(consortium=world.consortium).update(**shown)
    Cohort.objects.filter(consortium=world.consortium).update(**shown)
    version = import_set(world.consortium, demo_text(), by=world.secretary, at=AT)
    _council(world)
    _plan(world)
    return world, version


def make_year(state: str = PeriodState.OPEN, students: int = 3) -> Year:
    """That ground with a period."""
    world, version = make_ground(students)
    period = open_period(world.consortium, 2026, version, by=world.secretary, at=AT)
    year = Year(
        world, version, period, world.secretary, acting(world.consortium.secretariat),
        world.recruiters[0], world.recruiters[1],
    )  # fmt: skip
    if state != PeriodState.OPEN:
        start_reporting(period, by=year.office, at=AT)
        if state != PeriodState.REPORTING:
            Period.objects.filter(pk=period.pk).update(state=state)
    year.reload()
    return year


def _council(world: rounds.World) -> None:
    Body.objects.create(
        consortium=world.consortium, kind="board", name="理事会", established_on=date(2026, 1, 1)
    )
    for kind in ("charter", "procedure"):
        Regulation.objects.create(
            consortium=world.consortium, kind=kind, title=kind, adopted_on=date(2026, 2, 1)
        )
    for at, firm in enumerate(world.firms):
        promise = Commitment.objects.create(
            consortium=world.consortium, unit=firm, number=f"C{at}", kind="money", title="捐赠",
            promised=3_000_000, promised_on=date(2026, 3, 1), due_on=date(2026, 10, 31),
        )  # fmt: skip
        Delivery.objects.create(
            commitment=promise, quantity=3_000_000 - at * 1_000_000, state="confirmed",
            delivered_on=date(2026, 9, 1), by=world.secretary.user, at=AT,
        )  # fmt: skip


def _plan(world: rounds.World) -> None:
    plan = Plan.objects.create(
        consortium=world.consortium, year=2026, title="2026 计划", state="in_force", created_at=AT
    )
    for at, unit in enumerate([world.consortium.secretariat, *world.firms], start=1):
        task = Task.objects.create(
            plan=plan, code=f"1-1-{at}", name="任务", unit=unit, starts_on=date(2026, 1, 1),
            due_on=date(2026, 12, 31), state="under_way", assigned_at=AT, created_at=AT,
        )  # fmt: skip
        Evidence.objects.create(
            plan=plan, task=task, number=1, code=f"1-1-{at}-1", kind="minutes", title="纪要",
            unit=unit, state="submitted", digest=f"{at:064x}", created_at=AT,
            first_submitted_at=AT, submitted_at=AT, submitted_by=world.recruiters[0].user,
        )  # fmt: skip


def later(days: int = 1) -> datetime:
    return AT + timedelta(days=days)
