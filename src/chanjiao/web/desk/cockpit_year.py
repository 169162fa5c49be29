"""Tiles of the cockpit about the year: the plan, promises, and what the council has open."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, Sum
from django.urls import reverse

from chanjiao.council.enums import COMING, IN_FEN, OWED, UNSIGNED, DeliveryState, ResolutionState
from chanjiao.council.ledger import commitments_visible_to, deliveries_visible_to
from chanjiao.council.models import Commitment
from chanjiao.council.queries import meetings_visible_to, resolutions_visible_to
from chanjiao.kernel import money
from chanjiao.kernel.clock import day_of
from chanjiao.members.queries import side_of
from chanjiao.people.enums import SIDES
from chanjiao.plans.enums import PLAN_RUNNING, TASK_COUNTED, TASK_LIVE
from chanjiao.plans.models import Plan, Task, TaskGroup
from chanjiao.plans.queries import plans_visible_to, tasks_visible_to
from chanjiao.web.parts.charts import Chart, bars
from chanjiao.web.parts.columns import ListColumn
from chanjiao.web.parts.gantt import Bar, against, gantt
from chanjiao.web.parts.page import PageRequest
from chanjiao.web.parts.shell import address

Row = dict[str, Any]
_SIDES = {"政": "政府", "校": "学校", "企": "企业", "研": "科研机构"}
_GANTT = Bar(name="name", start="start", due="due", progress="progress", late="late")
_WAN = 10_000 * money.FEN_PER_YUAN


# The plan ------------------------------------------------------------------------------------
def plan(request: PageRequest) -> Chart:
    """The plan in force, by group of tasks; without one the latest."""
    today = day_of(request.at)
    plans = plans_visible_to(request.actor).filter(consortium=request.consortium)
    current = (
        plans.filter(state__in=PLAN_RUNNING).order_by("-year").first()
        or plans.order_by("-year").first()
    )
    tasks = _tasks(request, current) if current else []
    here = reverse("desk:plan_detail", args=[current.pk]) if current else ""
    return Chart(
        key="plan", title=_plan_title(current, tasks, today), updated_at=request.at,
        source=f"{current.title}（按任务组，进度按权重）" if current else "年度计划",
        link=here or address("desk:task_list"),
        columns=(
            ListColumn("name", "任务组", kind="link", link=_tasks_of(here, "counted")),
            ListColumn("tasks", "任务", kind="number", unit="项", link=_tasks_of(here, "counted")),
            ListColumn("done", "完成", kind="number", unit="项", link=_tasks_of(here, "done")),
            ListColumn("overdue", "逾期", kind="number", unit="项", link=_tasks_of(here, "overdue")),
            ListColumn("progress", "进度", kind="number", unit="%", link=_tasks_of(here, "counted")),
            ListColumn("start", "开始", kind="date"), ListColumn("due", "期限", kind="date"),
        ),
        rows=_groups(current, tasks, today) if current else [],
        drawing=gantt(_GANTT, today=today),
        empty="还没有年度计划。请在“计划”中建立或导入任务书。",
    )  # fmt: skip


def _tasks(request: PageRequest, plan: Plan) -> list[Task]:
    rows = tasks_visible_to(request.actor).filter(plan=plan, parent__isnull=True)
    return list(rows.filter(state__in=TASK_COUNTED).order_by("place"))


def _tasks_of(here: str, only: str) -> Callable[[Row], str]:
    """The plan's tree narrowed to the tasks that a cell counts."""
    return lambda row: f"{here}?{urlencode({'group': row['code'], 'only': only})}"


def _overdue(task: Task, today: date) -> bool:
    return task.state in TASK_LIVE and task.due_on < today


def _plan_title(plan: Plan | None, tasks: list[Task], today: date) -> str:
    if plan is None:
        return "年度计划"
    done = sum(task.progress == 100 for task in tasks)
    late = sum(_overdue(task, today) for task in tasks)
    return (
        f"{plan.year} 年计划 {len(tasks)} 项任务，总进度 {weighted_progress(tasks)}%，"
        f"完成 {done} 项，逾期 {late} 项"
    )


def weighted_progress(tasks: Iterable[Task]) -> int:
    """Progress by weight, rounded down: nothing is finished before all of it is."""
    weights = done = Decimal(0)
    for task in tasks:
        weights += task.weight
        done += task.weight * task.progress
    return int(done / weights) if weights else 0


def _groups(plan: Plan, tasks: list[Task], today: date) -> list[Row]:
    """Tasks by their first two numbers, 2-1; the table opens the rest."""
    names = dict(TaskGroup.objects.filter(plan=plan).values_list("code", "name"))
    gathered: dict[str, list[Task]] = {}
    for task in tasks:
        gathered.setdefault("-".join(task.code.split("-")[:2]), []).append(task)
    return [
        {
            "code": code, "name": f"{code} {names.get(code, '')}".strip(), "tasks": len(held),
            "done": sum(task.progress == 100 for task in held),
            "overdue": sum(_overdue(task, today) for task in held),
            "late": any(_overdue(task, today) for task in held),
            "progress": weighted_progress(held),
            "start": min(task.starts_on for task in held),
            "due": max(task.due_on for task in held),
        }
        for code, held in gathered.items()
    ]  # fmt: skip


# Promises ------------------------------------------------------------------------------------
def promises(request: PageRequest) -> Chart:
    """Money and equipment by side, promised and (confirmed) delivered."""
    promises_of = commitments_visible_to(request.actor).filter(
        consortium=request.consortium, kind__in=sorted(IN_FEN)
    )
    own = Commitment.objects.filter(pk__in=promises_of.values("pk"))
    promised = _fen_by_side(own, "unit__kind", "promised")
    confirmed = deliveries_visible_to(request.actor).filter(
        commitment__in=own, state=DeliveryState.CONFIRMED
    )
    delivered = _fen_by_side(confirmed, "commitment__unit__kind", "quantity")
    rows = [
        {
            "key": side,
            "side": _SIDES[side],
            "promised": _wan(promised[side]),
            "delivered": _wan(delivered[side]),
        }
        for side in SIDES
        if promised[side]
    ]
    total, got = sum(promised.values()), sum(delivered.values())
    share = f"（{got * 100 // total}%）" if total else ""
    return Chart(
        key="promises",
        title=f"承诺资金与设备 {money.spoken(total)}，已兑现 {money.spoken(got)}{share}",
        source="承诺台账（兑现以秘书处确认为准）", updated_at=request.at,
        link=f"{address('desk:commitment_list')}?fen=1",
        columns=(
            ListColumn("side", "方面", kind="link", link=_promises_of),
            ListColumn("promised", "承诺", kind="decimal", unit="万元", link=_promises_of),
            ListColumn("delivered", "已兑现", kind="decimal", unit="万元", link=_promises_of),
        ),
        rows=rows, drawing=against("side", "promised", "delivered"),
        empty="还没有资金或设备承诺。请在“治理”的“承诺兑现”中登记。",
    )  # fmt: skip


def _promises_of(row: Row) -> str:
    return f"{address('desk:commitment_list')}?{urlencode({'fen': '1', 'side': row['key']})}"


def _fen_by_side(rows: Any, kind: str, amount: str) -> Mapping[str, int]:
    sums = dict.fromkeys(SIDES, 0)
    for unit_kind, fen in rows.order_by().values_list(kind).annotate(fen=Sum(amount)):
        if side := side_of(unit_kind):
            sums[side] += int(fen)
    return sums


def _wan(fen: int) -> Decimal:
    return Decimal(fen * 100 // _WAN) / 100


# The council ---------------------------------------------------------------------------------


def council(request: PageRequest) -> Chart:
    """Meetings to come, minutes not signed yet, and resolutions not carried out."""
    today = day_of(request.at)
    meetings = meetings_visible_to(request.actor).filter(body__consortium=request.consortium)
    counted = meetings.order_by().aggregate(
        coming=Count("pk", filter=Q(state__in=sorted(COMING))),
        unsigned=Count("pk", filter=Q(state__in=sorted(UNSIGNED))),
    )
    resolutions = resolutions_visible_to(request.actor).filter(
        motion__meeting__body__consortium=request.consortium
    )
    counted |= resolutions.order_by().aggregate(
        all=Count("pk"),
        unassigned=Count("pk", filter=Q(state=ResolutionState.OPEN)),
        underway=Count("pk", filter=Q(state=ResolutionState.UNDERWAY)),
        reported=Count("pk", filter=Q(state=ResolutionState.REPORTED)),
        overdue=Count("pk", filter=Q(state__in=sorted(OWED), due_on__lt=today)),
    )
    yesterday = (today - timedelta(days=1)).isoformat()
    named = {
        "coming": ("待开会议", "meeting", {"coming": "1"}),
        "unsigned": ("纪要待签", "meeting", {"unsigned": "1"}),
        "unassigned": ("决议待分派", "resolution", {"state": ResolutionState.OPEN.value}),
        "underway": ("决议落实中", "resolution", {"state": ResolutionState.UNDERWAY.value}),
        "reported": ("已报办结待核", "resolution", {"state": ResolutionState.REPORTED.value}),
        "overdue": ("其中逾期", "resolution", {"owed": "1", "due_to": yesterday}),
    }
    rows = [
        {
            "name": name, "count": counted[key],
            "url": f"{address(f'desk:{stem}_list')}?{urlencode(asked)}",
        }
        for key, (name, stem, asked) in named.items()
    ]  # fmt: skip
    held = counted["all"] or meetings.exists()
    return Chart(
        key="council", title=_council_title(meetings, counted), source="会议与决议",
        updated_at=request.at, link=address("desk:resolution_list"),
        columns=(
            ListColumn("name", "事项", kind="link", link=lambda row: row["url"]),
            ListColumn("count", "数量", kind="number", unit="项", link=lambda row: row["url"]),
        ),
        rows=rows if held else [], drawing=bars("name", "count", lying=True),
        empty="还没有会议。请在“治理”中建立机构并筹备会议。",
    )  # fmt: skip


def _council_title(meetings: Any, counted: Mapping[str, int]) -> str:
    coming = meetings.filter(state__in=sorted(COMING)).order_by("starts_at").first()
    owed = counted["underway"] + counted["reported"]
    told = f"未办结决议 {owed} 项，逾期 {counted['overdue']} 项"
    if coming is None:
        return told
    return f"{day_of(coming.starts_at):%m-%d} {coming.body.name}开会；{told}"
