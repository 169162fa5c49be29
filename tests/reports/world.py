"""A consortium with a year in it: council, promises, a plan, typed and computed values."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from chanjiao.council.enums import MeetingState, MotionState, ResolutionState
from chanjiao.council.models import (
    Attendance,
    Body,
    CharterRule,
    Commitment,
    Delivery,
    Meeting,
    Motion,
    Resolution,
    Seat,
)
from chanjiao.indicators.actions import open_period
from chanjiao.indicators.computing import refresh_figures
from chanjiao.indicators.enums import PeriodState, TypedState
from chanjiao.indicators.models import Period, Snapshot, TypedValue
from chanjiao.indicators.sets import demo_text, import_set
from chanjiao.kernel.clock import ZONE
from chanjiao.plans.enums import PlanState
from tests.plans.world import World as PlanWorld
from tests.plans.world import make_world as make_plan_world

AT = datetime(2026, 12, 20, 9, 0, tzinfo=ZONE)
LOCKED = datetime(2027, 1, 20, 9, 0, tzinfo=ZONE)


@dataclass
class World:
    base: PlanWorld
    period: Period

    @property
    def office(self):
        return self.base.office

    @property
    def consortium(self):
        return self.base.consortium


def make_world() -> World:
    base = make_plan_world()
    base.consortium.founded_on = date(2023, 9, 1)
    base.consortium.industries = ["34"]
    base.consortium.save()
    for code, weight in (("1-1-1", 2), ("2-1-1", 1)):
        base.task(code, weight=Decimal(weight))
    base.moved(PlanState.IN_FORCE)
    council(base)
    version = import_set(base.consortium, demo_text(), by=base.office, at=AT)
    period = open_period(base.consortium, 2026, version, by=base.office, at=AT)
    typed(base, period, "1", "1234.56", "园区统计公报第 3 页")
    typed(base, period, "44", "0", "法务核查")
    refresh_figures(period, at=AT)
    return World(base, period)


def council(base: PlanWorld) -> None:
    body = Body.objects.create(
        consortium=base.consortium, kind="board", name="理事会", established_on=date(2023, 9, 1)
    )
    rule = CharterRule.objects.create(
        consortium=base.consortium, body_kind="board", starts_on=date(2023, 9, 1), source="章程"
    )
    held = datetime(2026, 6, 1, 9, tzinfo=ZONE)
    meeting = Meeting.objects.create(
        body=body, number="L-1", title="第一次理事会会议", starts_at=held, chair="理事长",
        state=MeetingState.CLOSED, rule=rule, opened_at=held, closed_at=held, created_at=held,
    )  # fmt: skip
    first = None
    for place, presence in enumerate(("present", "present", "proxy", "absent"), 1):
        seat = Seat.objects.create(
            body=body, unit=base.firm, holder=f"理事{place}", title="director",
            starts_on=date(2023, 9, 1), ends_on=date(2027, 9, 1),
        )  # fmt: skip
        row = Attendance.objects.create(
            meeting=meeting, seat=seat, unit=base.firm, place=place, name=seat.holder,
            presence=presence, holder=first if presence == "proxy" else None,
        )  # fmt: skip
        first = first or row
    for number, state in ((1, ResolutionState.CARRIED_OUT), (2, ResolutionState.UNDERWAY)):
        motion = Motion.objects.create(
            meeting=meeting, place=number, title=f"议案{number}", text="内容", kind="ordinary",
            state=MotionState.DECIDED, votes_for=3, votes_against=0, votes_abstained=0,
            entitled=4, present=3, passed=True, decided_at=held,
        )  # fmt: skip
        Resolution.objects.create(
            motion=motion, number=f"J-{number}", title=f"决议{number}", passed=True, state=state,
            unit=base.firm, due_on=date(2026, 9, 1),
            carried_out_on=date(2026, 8, 1) if state == ResolutionState.CARRIED_OUT else None,
        )  # fmt: skip
    for number, kind, promised, delivered in (
        ("C1", "money", 300_000_000, 240_000_000), ("C2", "posts", 40, 10),
    ):  # fmt: skip
        commitment = Commitment.objects.create(
            consortium=base.consortium, unit=base.firm, number=number, kind=kind, title=kind,
            promised=promised, promised_on=date(2026, 2, 1),
        )  # fmt: skip
        Delivery.objects.create(
            commitment=commitment, quantity=delivered, delivered_on=date(2026, 5, 1),
            state="confirmed", by=base.office.user, at=held,
        )  # fmt: skip


def typed(base: PlanWorld, period: Period, code: str, value: str, reason: str) -> None:
    TypedValue.objects.create(
        period=period, code=code, value=Decimal(value), reason=reason, evidence=["1-1-1-1"],
        state=TypedState.APPROVED, entered_by=base.office.user, entered_at=AT,
        decided_by=base.second.user, decided_at=AT,
    )  # fmt: skip


def locked(world: World) -> Snapshot:
    """The period as it stands once it was locked, written straight to the tables."""
    figures = refresh_figures(world.period, at=LOCKED)
    world.period.state = PeriodState.LOCKED
    world.period.save()
    return Snapshot.objects.create(
        period=world.period, edition=1, outcomes=figures.outcomes, set_digest=figures.set_digest,
        set_text=world.period.set_version.text, facts_digest=figures.facts_digest,
        locked_by=world.office.user, locked_at=LOCKED,
        changes=[
            {"code": "3", "name": "参与的园区企业", "before": "1 家", "after": "2 家", "difference": "+1 家",
             "share": "100.0", "needs_note": True, "note": "新增一家企业", "causes": ["示例电机厂 +1"]},
            {"code": "2", "name": "主导产业", "before": "1 个", "after": "1 个", "difference": "不变",
             "share": "0.0", "needs_note": False, "note": "", "causes": []},
        ],
    )  # fmt: skip
