"""A plan's tasks as a tree: fields of work, groups, tasks and their parts, with what is late."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.http import QueryDict

from chanjiao.plans.codes import groups_of
from chanjiao.plans.enums import TASK_LIVE, TaskState
from chanjiao.plans.models import Plan, Task
from chanjiao.plans.months import Owed
from chanjiao.plans.queries import groups_of_plan, split_among, tasks_of
from chanjiao.plans.results import effective_weights, rounded, shown

TONES = {
    TaskState.DRAFT: "idle", TaskState.ASSIGNED: "wait", TaskState.UNDER_WAY: "wait",
    TaskState.DONE: "good", TaskState.REVIEWED: "good", TaskState.SUSPENDED: "warn",
    TaskState.CANCELLED: "idle",
}  # fmt: skip


_FILTERS = ("q", "unit", "leader", "state", "late", "group", "only")
ONLY = {"counted": "计入进度的任务", "done": "已完成", "overdue": "已过期限而未完成"}


@dataclass(frozen=True, slots=True)
class TaskLine:
    """One task. `weight` is its part of the plan in percent, where it has one of its own."""

    task: Task
    weight: str
    owed: int
    overdue: bool
    split: bool

    @property
    def tone(self) -> str:
        return TONES[TaskState(self.task.state)]

    @property
    def figures(self) -> str:
        """Current against target: 6 / 10 家."""
        task = self.task
        if task.target is None:
            return ""
        now = shown(task.current) if task.current is not None else "—"
        return f"{now} / {shown(task.target)} {task.measure}"


@dataclass(slots=True)
class Branch:
    """A field of work or a group of tasks with its lines; `depth` 1 or 2."""

    code: str
    name: str
    depth: int
    lines: list[TaskLine] = field(default_factory=list)
    progress: int = 0


@dataclass(frozen=True, slots=True)
class Tree:
    """What the plan page draws. `lines` are all that the filters let through."""

    branches: Sequence[Branch]
    lines: Sequence[TaskLine]
    total: int
    units: Sequence[tuple[int, str]]
    leaders: Sequence[str]
    chosen: Mapping[str, str]

    @property
    def counted(self) -> str:
        """What figure of the plan led here: 1-1，已完成; empty for none."""
        only = self.chosen["only"]
        return "，".join(word for word in (self.chosen["group"], ONLY.get(only, only)) if word)

    @property
    def is_narrowed(self) -> bool:
        return any(self.chosen.values())


def tree_of(plan: Plan, owed: Iterable[Owed], params: QueryDict, *, on: date) -> Tree:
    """The plan's tasks, narrowed by q, unit, leader, state and late; by `group` (2-1) and `only`,
    the words of which are those of ONLY, to exactly what a figure of the plan counts."""
    tasks = tasks_of(plan)
    lines = _lines(tasks, owed, on)
    chosen = {name: params.get(name, "").strip() for name in _FILTERS}
    kept = [line for line in lines if _wanted(line, chosen)]
    names = groups_of_plan(plan)
    units = sorted({(task.unit_id, task.unit.called) for task in tasks}, key=lambda u: u[1])
    leaders = sorted({task.leader for task in tasks if task.leader})
    return Tree(_branches(kept, names), kept, len(tasks), units, leaders, chosen)


def _lines(tasks: Sequence[Task], owed: Iterable[Owed], on: date) -> list[TaskLine]:
    weights, split = effective_weights(tasks), split_among(tasks)
    total = sum(weights.values(), Fraction(0))
    late: dict[int, int] = {}
    for item in owed:
        late[item.task.pk] = late.get(item.task.pk, 0) + (item.due_on < on)
    return [
        TaskLine(
            task,
            _percent(weights[task.pk], total) if task.pk in weights and total else "",
            late.get(task.pk, 0),
            task.state in TASK_LIVE and task.due_on < on,
            task.pk in split,
        )
        for task in tasks
    ]


def _percent(weight: Fraction, total: Fraction) -> str:
    return f"{rounded(100 * weight / total).quantize(Decimal('0.1')):f}"


def _wanted(line: TaskLine, chosen: Mapping[str, str]) -> bool:
    task = line.task
    words = f"{task.code} {task.name} {task.goal} {task.person} {task.unit.name}".casefold()
    return (
        all(word in words for word in chosen["q"].casefold().split())
        and chosen["unit"] in {"", str(task.unit_id)}
        and chosen["leader"] in {"", task.leader}
        and chosen["state"] in {"", task.state}
        and (not chosen["late"] or bool(line.owed) or line.overdue)
        and (not chosen["group"] or chosen["group"] in groups_of(task.code))
        and _counted(line, chosen["only"])
    )


def _counted(line: TaskLine, only: str) -> bool:
    """Whether the plan's figures count the task so; a part is counted with the whole it is of."""
    if not only:
        return True
    whole = line.task.counts and line.task.parent_id is None
    said = {"counted": True, "done": line.task.progress == 100, "overdue": line.overdue}
    return whole and said.get(only, False)


def _branches(lines: Sequence[TaskLine], names: Mapping[str, str]) -> list[Branch]:
    found: dict[str, Branch] = {}
    for line in lines:
        above = groups_of(line.task.code) or [line.task.code.partition(".")[0]]
        for depth, code in enumerate(above, 1):
            if code not in found:
                found[code] = Branch(code, names.get(code, ""), depth)
        found[above[-1]].lines.append(line)
    for code, branch in found.items():
        within = [line for line in lines if code in groups_of(line.task.code)]
        branch.progress = _mean([line.task for line in within if not line.task.parent_id])
    return list(found.values())


def _mean(tasks: Sequence[Task]) -> int:
    """By weight, rounded down: nothing is finished before all of it is."""
    counted = [task for task in tasks if task.counts]
    total = sum((task.weight for task in counted), Decimal(0))
    if not total:
        return sum(task.progress for task in counted) // len(counted) if counted else 0
    return int(sum((task.weight * task.progress for task in counted), Decimal(0)) / total)
