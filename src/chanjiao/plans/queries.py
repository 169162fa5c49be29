"""Reading plans and tasks. Every list starts at one of the `…visible_to` functions."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Prefetch, Q, QuerySet

from chanjiao.council.models import Resolution
from chanjiao.members.models import Consortium
from chanjiao.members.queries import member_on
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.plans.enums import (
    RECTIFICATION_OWED,
    EvidenceState,
    PlanState,
    RectificationState,
)
from chanjiao.plans.models import (
    BookLayout,
    Evidence,
    EvidenceUse,
    Milestone,
    Plan,
    Rectification,
    Review,
    Task,
    TaskGroup,
)
from chanjiao.plans.results import Proven, Result, effective_weights, result_of, results_by_unit

# What proves: evidence that was withdrawn or is not needed counts for nothing.
_OF_NO_ACCOUNT = (EvidenceState.WITHDRAWN, EvidenceState.NOT_NEEDED)


def plans_visible_to(actor: Actor | None) -> QuerySet[Plan]:
    """The secretariat's in every state; a member's, those in which its unit has a task."""
    rows = Plan.objects.select_related("consortium", "consortium__secretariat")
    if actor is None:
        return rows.none()
    own = Task.objects.filter(_concerns(actor), plan=OuterRef("pk"))
    return rows.filter(
        Q(consortium__secretariat__in=actor.units) | (~Q(state=PlanState.DRAFT) & Q(Exists(own)))
    )


def tasks_visible_to(actor: Actor | None) -> QuerySet[Task]:
    """The secretariat's all; a unit's those it answers for or works on, once the plan is in force."""
    rows = Task.objects.select_related(
        "plan", "plan__consortium", "plan__consortium__secretariat", "unit", "parent"
    )
    if actor is None:
        return rows.none()
    return rows.filter(
        Q(plan__consortium__secretariat__in=actor.units)
        | (~Q(plan__state=PlanState.DRAFT) & _concerns(actor))
    )


def _concerns(actor: Actor) -> Q:
    """Responsible, co-operating, or answering for a part of it."""
    partner = Task.partners.through._default_manager.filter(
        task_id=OuterRef("pk"), unit_id__in=actor.units
    )
    part = Task.objects.filter(parent=OuterRef("pk"), unit__in=actor.units)
    return Q(unit__in=actor.units) | Q(Exists(partner)) | Q(Exists(part))


def rectifications_visible_to(actor: Actor | None) -> QuerySet[Rectification]:
    """The secretariat's all; a unit's own."""
    rows = Rectification.objects.select_related(
        "plan", "plan__consortium", "task", "unit", "review", "submitted_by", "rechecked_by"
    )
    if actor is None:
        return rows.none()
    return rows.filter(Q(plan__consortium__secretariat__in=actor.units) | Q(unit__in=actor.units))


def layouts_visible_to(actor: Actor | None) -> QuerySet[BookLayout]:
    """The remembered layouts of the task book: the secretariat's."""
    rows = BookLayout.objects.select_related("consortium", "sample", "made_by")
    return rows.filter(consortium__secretariat__in=actor.units) if actor else rows.none()


def responsible_units(consortium: Consortium, *, on: date) -> QuerySet[Unit]:
    """Units that may have tasks: present members and the secretariat itself."""
    present = consortium.memberships.filter(member_on(on)).values("unit")
    return Unit.objects.filter(Q(pk__in=present) | Q(pk=consortium.secretariat_id)).order_by(
        "name", "pk"
    )


def current_plan(consortium: Consortium, *, on: date) -> Plan | None:
    """The plan of the day's year, else the newest."""
    rows = list(Plan.objects.filter(consortium=consortium).order_by("-year", "pk"))
    return next((plan for plan in rows if plan.year == on.year), rows[0] if rows else None)


def plan_for_tasks(consortium: Consortium, *, on: date) -> Plan | None:
    """The plan that takes new tasks: of the day's year, else the newest; None where none does."""
    rows = Plan.objects.filter(consortium=consortium).select_related("consortium__secretariat")
    late = (PlanState.YEAREND, PlanState.CLOSED)
    found = list(rows.exclude(state__in=late).order_by("-year", "pk"))
    return next((plan for plan in found if plan.year == on.year), found[0] if found else None)


def tasks_of(plan: Plan) -> list[Task]:
    """All tasks in the order of their codes, with units and plan at hand."""
    rows = plan.tasks.select_related("unit", "parent").order_by("place", "code", "pk")
    found = list(rows)
    for task in found:
        task.plan = plan
    return found


def groups_of_plan(plan: Plan) -> dict[str, str]:
    """Names of fields of work and task groups by code."""
    return dict(TaskGroup.objects.filter(plan=plan).order_by("pk").values_list("code", "name"))


def split_among(tasks: Iterable[Task]) -> frozenset[int]:
    """The tasks (pk) that have parts among these."""
    return frozenset(task.parent_id for task in tasks if task.parent_id)


def has_parts(task: Task) -> bool:
    return task.parts.exists()


def weights_of(plan: Plan) -> dict[int, Fraction]:
    return effective_weights(tasks_of(plan))


# Evidence as the reviews see it --------------------------------------------------------------
def proven_by_task(plan: Plan) -> dict[int, Proven]:
    """Of each task, its own evidence and what is used for it: accepted and wanted."""
    rows = Evidence.objects.filter(plan=plan).exclude(state__in=_OF_NO_ACCOUNT)
    seen = {
        (task, pk): state
        for pk, task, state in rows.order_by("pk").values_list("pk", "task", "state")
    }
    uses = EvidenceUse.objects.filter(evidence__in=rows, task__isnull=False).order_by("pk")
    seen |= {
        (task, pk): state
        for pk, task, state in uses.values_list("evidence", "task", "evidence__state")
    }
    wanted: Counter[int] = Counter()
    accepted: Counter[int] = Counter()
    for (task, _), state in seen.items():
        wanted[task] += 1
        accepted[task] += state == EvidenceState.ACCEPTED
    return {task: Proven(accepted[task], count) for task, count in wanted.items()}


# Results -------------------------------------------------------------------------------------
def reviews_of(plan: Plan, stage: str) -> dict[int, Review]:
    """The stage's reviews by task."""
    rows = Review.objects.filter(plan=plan, stage=stage).select_related("reviewed_by")
    return {review.task_id: review for review in rows.order_by("pk")}


@dataclass(frozen=True, slots=True)
class PlanResult:
    """Of one stage: the plan's result and those of its units, the best first."""

    plan: Result
    units: tuple[tuple[Unit, Result], ...]


def plan_result(plan: Plan, stage: str) -> PlanResult:
    """The weighted result of the plan and of each responsible unit."""
    tasks, reviews = tasks_of(plan), reviews_of(plan, stage)
    weights = effective_weights(tasks)
    units = {task.unit_id: task.unit for task in tasks}
    by_unit = results_by_unit(tasks, weights, reviews)
    rows = [(units[pk], result) for pk, result in by_unit.items()]
    rows.sort(key=lambda row: (row[1].score is None, -(row[1].score or 0), row[0].name))
    return PlanResult(result_of(weights, reviews), tuple(rows))


# Drawing -------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class GanttRow:
    """A task on a time line. `milestones` in the order of their due days."""

    task: Task
    start: date
    due: date
    progress: int
    milestones: tuple[Milestone, ...]


def gantt_rows(plan: Plan) -> list[GanttRow]:
    """Every task of the plan in the order of its codes; two queries."""
    ordered = Milestone.objects.order_by("due_on", "pk")
    rows = plan.tasks.select_related("unit").prefetch_related(Prefetch("milestones", ordered))
    return [
        GanttRow(task, task.starts_on, task.due_on, task.progress, tuple(task.milestones.all()))
        for task in rows.order_by("place", "code", "pk")
    ]


@dataclass(frozen=True, slots=True)
class RectificationsWaiting:
    """Of a consortium: handed in for recheck, and owed past their day (since when)."""

    submitted: int
    overdue: int
    overdue_since: date | None


def rectifications_waiting(consortium: Consortium, *, on: date) -> RectificationsWaiting:
    """One query."""
    late = Q(state__in=RECTIFICATION_OWED, due_on__lt=on)
    found = Rectification.objects.filter(plan__consortium=consortium).aggregate(
        submitted=Count("pk", filter=Q(state=RectificationState.SUBMITTED)),
        overdue=Count("pk", filter=late),
        overdue_since=Min("due_on", filter=late),
    )
    return RectificationsWaiting(**found)


def members_by_pk(consortium: Consortium, *, on: date) -> Mapping[int, Unit]:
    return {unit.pk: unit for unit in responsible_units(consortium, on=on)}


def values_from_resolution(resolution: Resolution) -> dict[str, Any]:
    """What a resolution already says of a task: name, goal, unit, person and day."""
    given: dict[str, Any] = {
        "name": resolution.title, "goal": resolution.todo, "resolutions": [resolution],
    }  # fmt: skip
    if resolution.unit is not None:
        given["unit"] = resolution.unit
    if resolution.person is not None:
        given["person"] = resolution.person.name
    if resolution.due_on is not None:
        given["due_on"] = resolution.due_on
    return given
