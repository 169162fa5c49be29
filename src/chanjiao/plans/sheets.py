"""The task book as Excel: our layout, and through an arrangement the customer's own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Conflict, Refused, Verdict, refuse
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.plans import rules
from chanjiao.plans.book_columns import LAYOUT, NUMBERED, QUARTERS
from chanjiao.plans.checks import FIELDS, findings
from chanjiao.plans.codes import groups_of, whole_code
from chanjiao.plans.models import BookLayout, Plan, Task
from chanjiao.plans.numbering import Line, numbered, told
from chanjiao.plans.queries import groups_of_plan, responsible_units
from chanjiao.plans.rows import insert_task, locked_plan, put_group, tell_assigned, write_task
from chanjiao.plans.values import changed, held_values, plain, tidied
from chanjiao.sheets.binding import Binding, Committed
from chanjiao.sheets.checking import CheckedRow
from chanjiao.sheets.foreign import Arrangement, Outline
from chanjiao.sheets.layout import Layout
from chanjiao.sheets.problems import Fault
from chanjiao.trail.actions import record
from chanjiao_engine.codes import normalise

Scope = Mapping[str, Any]


@dataclass
class Desk:
    """A plan with its tasks, and what this book may say of them.

    `absent` are columns the file does not have. `known` remembers each existing task the check
    saw: code → (pk, revision, what the book changes).
    """

    actor: Actor
    plan: Plan
    units: Sequence[Unit]
    tasks: Mapping[str, Task]
    groups: Mapping[str, str]
    reason: str
    book: BookLayout | None
    at: datetime
    absent: frozenset[str] = frozenset()
    known: dict[str, tuple[int, int, dict[str, Any]]] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.members = {unit.pk: unit for unit in self.units}
        self._by_name = {normalise(unit.short_name): unit for unit in self.units if unit.short_name}
        self._by_name |= {normalise(unit.name): unit for unit in self.units}

    def unit_named(self, name: object) -> Unit | None:
        return self._by_name.get(normalise(str(name or "")))


def _plan(scope: Scope) -> Plan:
    rows = Plan.objects.select_related("consortium", "consortium__secretariat")
    plan = rows.filter(pk=int(scope.get("plan") or 0)).first()
    if plan is None:
        raise Refused("计划不存在。")
    return plan


def may_use(user: Any, scope: Any) -> Verdict:
    """The secretariat, while tasks may be changed; once in force with a reason."""
    plan = _plan(scope)
    verdict = rules.may_change_tasks(user, plan)
    if verdict and rules.needs_reason(plan) and not str(scope.get("reason") or "").strip():
        return refuse("计划已下达，导入任务书须写明修改原因。")
    return verdict


def load(*, user: Any, scope: Any, at: datetime) -> Desk:
    """Everything that is the same for all rows, in a handful of queries."""
    plan = _plan(scope)
    book = BookLayout.objects.filter(
        pk=int(scope.get("book") or 0), consortium=plan.consortium_id, confirmed_at__isnull=False
    ).first()
    if scope.get("book") and book is None:
        raise Refused("记住的版式已被删除，请重新上传任务书。")
    units = list(responsible_units(plan.consortium, on=day_of(at)))
    rows = plan.tasks.select_related("unit", "parent").prefetch_related(
        "partners", "milestones", "resolutions"
    )
    tasks = {task.code: task for task in rows.order_by("place", "pk")}
    for task in tasks.values():
        task.plan = plan
    reason = str(scope.get("reason") or "").strip()[:200]
    return Desk(user, plan, units, tasks, groups_of_plan(plan), reason, book, at)


def fit(layout: Layout, context: Any) -> Layout:
    """Member units as a drop-down of our template; a remembered layout may lack the code."""
    if context.book is not None:
        return layout.with_optional(*(key for key in NUMBERED if key not in context.book.mapping))
    names = [unit.name for unit in context.units]
    return layout.with_choices(unit=names) if names else layout


def arrange(context: Any) -> Arrangement | None:
    """The remembered layout, if this import is in one."""
    book: BookLayout | None = context.book
    return None if book is None else arrangement_of(book)


def arrangement_of(book: BookLayout) -> Arrangement:
    return Arrangement(Outline.from_dict(book.outline), book.mapping)


def note_absent(context: Any, keys: frozenset[str]) -> None:
    context.absent = keys


# In --------------------------------------------------------------------------------------------
def check_rows(rows: Sequence[CheckedRow], context: Any) -> Iterator[Fault]:
    """Every problem of every row; rows that change nothing have none."""
    desk: Desk = context
    if "code" in desk.absent:
        _number(desk, rows)
    codes = {str(row.values["code"]) for row in rows}
    for row in rows:
        for fault in _faults(desk, row, codes):
            yield Fault(fault.code, fault.message, fault.advice, fault.key, row.number)


def _number(desk: Desk, rows: Sequence[CheckedRow]) -> None:
    """Give every row its code, and tell which."""
    named = [row for row in rows if row.values["name"]]
    lines = [
        Line(*(str(row.values[key] or "") for key in ("area", "group", "name"))) for row in named
    ]
    codes = numbered(lines, desk.groups, {code: task.name for code, task in desk.tasks.items()})
    for row, code in zip(named, codes, strict=True):
        row.values["code"] = code
    desk.notices = told(codes, lines) if codes else []
    desk.absent -= {"code"}  # it says them now


def _faults(desk: Desk, row: CheckedRow, codes: set[str]) -> Iterator[Fault]:
    code = str(row.values["code"] or "")
    if not code or not row.values["name"]:
        return  # already reported as required
    given, strange = _given(desk, row)
    yield from strange
    if strange:
        return
    held = desk.tasks.get(code)
    if held is None:
        yield from _new_faults(desk, code, codes)
        full = tidied(_defaults(desk.plan) | given)
    else:
        full = tidied(held_values(held) | given)
        differing = changed(held_values(held), full)
        desk.known[code] = (held.pk, held.revision, differing)
        if not differing:
            return
        if not (verdict := rules.may_edit_task(desk.actor, held)):
            yield Fault("not_editable", verdict.reason.rstrip("。"), "请恢复原来的内容", "code")
    members = desk.members if held is None else desk.members | _own_units(held)
    for found in findings(full, desk.plan.year, members):
        key = found.field if found.field in LAYOUT.by_key else ""
        yield Fault(found.code, found.message, found.advice, key)


def _own_units(task: Task) -> dict[int, Unit]:
    """Units a task has already: one that has left may be kept."""
    return {task.unit_id: task.unit} | {unit.pk: unit for unit in task.partners.all()}


def _new_faults(desk: Desk, code: str, codes: set[str]) -> Iterator[Fault]:
    whole = whole_code(code)
    if whole and whole not in desk.tasks and whole not in codes:
        yield Fault("no_whole", f"子任务 {code} 的上级任务 {whole} 不存在", "请补上级任务", "code")


def _given(desk: Desk, row: CheckedRow) -> tuple[dict[str, Any], list[Fault]]:
    """What the row says, in the terms of the actions; units that are not known are faults."""
    values, faults = row.values, list[Fault]()
    there = [name for name in FIELDS if name in LAYOUT.by_key and name not in desk.absent]
    given: dict[str, Any] = {name: _value(name, values[name]) for name in there}
    given = {name: value for name, value in given.items() if value is not None or name in _EMPTIED}
    if "unit" in there:
        given["unit"] = _unit(desk, values["unit"], values["code"], faults)
    if "partners" not in desk.absent:
        named: Iterable[object] = values["partners"] or ()  # type: ignore[assignment]
        partners = [(name, desk.unit_named(name)) for name in named]
        faults += [_unknown(name, "partners") for name, unit in partners if unit is None]
        given["partners"] = [unit for _, unit in partners if unit is not None]
    quarters = [n for n in QUARTERS if f"q{n}" not in desk.absent]
    if quarters:
        given["milestones"] = _milestones(desk, str(values["code"]), values, quarters)
    return given, faults


_EMPTIED = frozenset({"target", "baseline"})  # an empty cell takes the value away
_TEXTS = frozenset({"goal", "person", "leader", "measure"})


def _value(name: str, value: object) -> object:
    if name in _TEXTS:
        return value or ""
    if name == "indicators":
        return [*value] if isinstance(value, tuple) else []
    return value


def _unit(desk: Desk, name: object, code: object, faults: list[Fault]) -> Unit | None:
    unit = desk.unit_named(name)
    held = desk.tasks.get(str(code))
    if unit is None and held is not None and normalise(held.unit.name) == normalise(str(name)):
        return held.unit
    if unit is None and name:
        faults.append(_unknown(name, "unit"))
    return unit


def _unknown(name: object, key: str) -> Fault:
    return Fault("unknown_unit", f"“{name}”不是本联合体的在任成员", "请填成员单位的全称或简称", key)


def _milestones(
    desk: Desk, code: str, values: Mapping[str, object], quarters: Sequence[int]
) -> dict[str, str]:
    """Texts by quarter; quarters the file has no column for keep theirs."""
    held = desk.tasks.get(code)
    texts = {row.quarter: row.text for row in held.milestones.all()} if held else {}
    for number in quarters:
        texts[f"{desk.plan.year}Q{number}"] = str(values[f"q{number}"] or "")
    return {quarter: text for quarter, text in texts.items() if text}


def _defaults(plan: Plan) -> dict[str, Any]:
    return {
        "goal": "", "person": "", "leader": "", "direction": "higher", "target": None,
        "measure": "", "baseline": None, "weight": Decimal(1), "indicators": [], "partners": [],
        "milestones": {}, "resolutions": [], "starts_on": date(plan.year, 1, 1),
        "due_on": date(plan.year, 12, 31), "unit": None,
    }  # fmt: skip


def commit_tasks(rows: Sequence[CheckedRow], *, by: Any, at: datetime, context: Any) -> Committed:
    """Write checked rows; Conflict if a task was changed since. Each change leaves its old and new."""
    desk: Desk = context
    plan = locked_plan(desk.plan)
    old = [row for row in rows if str(row.values["code"]) in desk.tasks]
    new = [row for row in rows if str(row.values["code"]) not in desk.tasks]
    made = _create(desk, plan, new, at, by)
    updated = sum(_update(desk, str(row.values["code"]), at, by) for row in old)
    _name_groups(desk, plan, rows, by, at)
    if made and rules.needs_reason(plan):
        tell_assigned(plan, made, at)
    return Committed(created=len(made), updated=updated, unchanged=len(old) - updated)


def _create(
    desk: Desk, plan: Plan, rows: Sequence[CheckedRow], at: datetime, by: Actor
) -> list[Task]:
    """Wholes before their parts."""
    known, made = dict(desk.tasks), []
    for row in sorted(rows, key=lambda row: "." in str(row.values["code"])):
        given = tidied(_defaults(plan) | _given(desk, row)[0])
        task = insert_task(plan, given, at=at)
        if whole := whole_code(task.code):
            if whole not in known:
                raise Refused(f"第 {row.number} 行：上级任务 {whole} 没有导入。")
            task.parent = known[whole]
            task.save(update_fields=["parent"])
        known[task.code] = task
        made.append(task)
        data = {"values": plain(given), "book": True}
        record("plan.task_create", task, by=by, at=at, reason=desk.reason, data=data)
    return made


def _update(desk: Desk, code: str, at: datetime, by: Actor) -> bool:
    pk, revision, differing = desk.known[code]
    if not differing:
        return False
    held = Task.objects.select_related("plan", "unit").select_for_update(of=("self",)).get(pk=pk)
    if held.revision != revision:
        raise Conflict(f"检查之后有人修改了 {code}，没有写入任何数据，请重新导入。")
    before = held_values(held)
    write_task(held, differing)
    old = plain({name: before[name] for name in differing})
    data = {"before": old, "after": plain(differing), "revision": held.revision, "book": True}
    record("plan.task_update", held, by=by, at=at, reason=desk.reason, data=data)
    return True


def _name_groups(
    desk: Desk, plan: Plan, rows: Sequence[CheckedRow], by: Actor, at: datetime
) -> None:
    """Names of fields of work and groups, where the book gives them and they are new."""
    wanted: dict[str, str] = {}
    for row in rows:
        for code, key in zip(groups_of(str(row.values["code"])), ("area", "group"), strict=False):
            name = str(row.values[key] or "").strip()
            if name:
                wanted.setdefault(code, name)
    fresh = {code: name for code, name in wanted.items() if desk.groups.get(code) != name}
    for code, name in fresh.items():
        put_group(plan, code, name)
    if fresh:
        record("plan.group", plan, by=by, at=at, reason=desk.reason, data={"names": fresh})


# Out -------------------------------------------------------------------------------------------
def export_rows(context: Any) -> Iterator[dict[str, object]]:
    """Every task in the order of codes; `check_rows` finds no difference when it comes back."""
    desk: Desk = context
    for task in desk.tasks.values():
        above = groups_of(task.code)
        names = [desk.groups.get(code, "") for code in above] + ["", ""]
        values: dict[str, object] = {name: getattr(task, name) for name in FIELDS}
        milestones = {row.quarter: row.text for row in task.milestones.all()}
        partners = sorted(task.partners.all(), key=lambda unit: (unit.name, unit.pk))
        yield values | {
            "area": names[0],
            "group": names[1] if len(above) > 1 else "",
            "unit": task.unit.name,
            "partners": tuple(unit.name for unit in partners),
            "indicators": tuple(task.indicators),
            "current": task.current,
            "progress": task.progress,
            "state": task.get_state_display(),
            **{f"q{n}": milestones.get(f"{desk.plan.year}Q{n}", "") for n in QUARTERS},
        }


BINDING = Binding(
    layout=LAYOUT,
    may=may_use,
    load=load,
    fit=fit,
    arrange=arrange,
    note_absent=note_absent,
    check_rows=check_rows,
    told=lambda context: context.notices,
    commit=commit_tasks,
    export_rows=export_rows,
)
