"""The six lists and the roster as Excel: who may, what is checked, how rows are written."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import ALLOWED, Conflict, Refused, Verdict, refuse
from chanjiao.members.models import Consortium, Membership
from chanjiao.needs import rules
from chanjiao.needs.bulk import insert_many, update_many
from chanjiao.needs.checks import Ground, findings
from chanjiao.needs.columns import LAYOUTS, with_names, with_unit
from chanjiao.needs.enums import LABELS, ListingState
from chanjiao.needs.kinds import KINDS, POSTS, ListingKind
from chanjiao.needs.models import Listing
from chanjiao.needs.numbers import take_numbers
from chanjiao.needs.queries import peers_of, visible_to
from chanjiao.needs.rows import tidied
from chanjiao.needs.rules import in_force_on
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.reference.queries import Book, book
from chanjiao.sheets.binding import Binding, Committed
from chanjiao.sheets.checking import CheckedRow
from chanjiao.sheets.layout import Layout
from chanjiao.sheets.problems import Fault
from chanjiao_engine.codes import normalise

CHUNK = 500
WRITTEN = 5_000
T = TypeVar("T")
Scope = Mapping[str, Any]


@dataclass
class Desk:
    """For whom a sheet is: a unit of a consortium, or (unit None) the secretariat for its members.

    `known` remembers what the check saw of each existing row, so that the write can refuse when
    somebody changed it in between: number → (pk, revision, whether the sheet changes it).
    """

    kind: ListingKind | None
    actor: Actor
    consortium: Consortium
    unit: Unit | None
    members: Mapping[int, Unit]
    at: datetime
    book: Book
    filters: Mapping[str, Any] = field(default_factory=dict)
    known: dict[str, tuple[int, int, bool]] = field(default_factory=dict)
    grounds: dict[tuple[int, str], Ground] = field(default_factory=dict)

    @property
    def on(self) -> date:
        return day_of(self.at)

    def unit_of(self, values: Mapping[str, object]) -> Unit | str:
        """The unit a row speaks of, or what is wrong (Chinese)."""
        if self.unit is not None:
            return self.unit
        code = normalise(str(values.get("unit_code") or ""))
        name = str(values.get("unit_name") or "").strip()
        if not code and not name:
            return "没有写明单位"
        found = self._by_code.get(code) if code else self._by_name.get(normalise(name))
        if found is None:
            return f"“{code or name}”不是本联合体的在任成员"
        if (
            code
            and name
            and normalise(name) not in {normalise(found.name), normalise(found.short_name)}
        ):
            return f"统一社会信用代码属于“{found.name}”，与单位名称“{name}”不符"
        return found

    def __post_init__(self) -> None:
        units = self.members.values()
        self._by_code = {unit.credit_code: unit for unit in units}
        self._by_name = {normalise(u.short_name): u for u in units if u.short_name}
        self._by_name |= {normalise(unit.name): unit for unit in units}


def parties(scope: Scope) -> tuple[Consortium, Unit | None]:
    """The consortium and the unit a scope names; Refused if there are none such."""
    unit_id = scope.get("unit")
    consortium = Consortium.objects.filter(pk=int(scope.get("consortium") or 0)).first()
    unit = Unit.objects.filter(pk=unit_id).first() if unit_id else None
    if consortium is None or (unit_id and unit is None):
        raise Refused("联合体或单位不存在。")
    return consortium, unit


def may_use(kind: ListingKind | None, user: Any, scope: Any) -> Verdict:
    """A unit's own people for the unit, the secretariat for its members. None is the roster."""
    actor: Actor | None = user
    consortium, unit = parties(scope)
    own = actor is not None and actor.acts_for(unit.pk if unit else consortium.secretariat_id)
    if not own:
        return refuse("只能为本单位导入和导出。")
    if unit is not None:
        if kind and not kind.open_to(unit.kind):
            return refuse(f"{unit.get_kind_display()}没有{kind.label}。")
        if kind is None and not unit.is_school:
            return refuse("只有学校有学生名册。")
    return ALLOWED


def load_desk(kind: ListingKind | None, *, user: Any, scope: Any, at: datetime) -> Desk:
    """Everything that is the same for all rows, in a handful of queries."""
    consortium, unit = parties(scope)
    memberships = Membership.objects.filter(in_force_on(day_of(at)), consortium=consortium)
    members = {m.unit_id: m.unit for m in memberships.select_related("unit").order_by("pk")}
    filters = {key: value for key, value in scope.items() if key not in {"consortium", "unit"}}
    return Desk(kind, user, consortium, unit, members, at, book(), filters)


def fit_layout(layout: Layout, context: Any) -> Layout:
    """Names beside codes; for the secretariat, columns that tell the unit."""
    fitted = with_names(layout, context.book)
    return fitted if context.unit else with_unit(fitted)


def pieces(rows: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Lists of at most `size`."""
    iterator = iter(rows)
    while piece := list(islice(iterator, size)):
        yield piece


# The six lists -------------------------------------------------------------------------------
def check_listings(kind: ListingKind, rows: Sequence[CheckedRow], context: Any) -> Iterator[Fault]:
    """Every problem of every row; rows that change nothing have none."""
    desk: Desk = context
    stated: dict[tuple[int, str, str], tuple[int, int]] = {}
    numbers = {str(row.values["number"]) for row in rows if row.values["number"]}
    for piece in pieces(rows):
        existing = _existing(kind, desk, piece)
        for row in piece:
            for fault in _faults(kind, desk, row, existing, numbers):
                yield Fault(fault.code, fault.message, fault.advice, fault.key, row.number)
            if kind is POSTS:
                yield from _disagreement(desk, row, stated)


def _existing(kind: ListingKind, desk: Desk, rows: Sequence[CheckedRow]) -> dict[str, Listing]:
    numbers = [str(row.values["number"]) for row in rows if row.values["number"]]
    found = visible_to(kind.model, desk.actor, on=desk.on).filter(
        consortium=desk.consortium, number__in=numbers
    )
    return {row.number: row for row in found.order_by("pk")}


def _faults(
    kind: ListingKind,
    desk: Desk,
    row: CheckedRow,
    existing: Mapping[str, Listing],
    numbers: set[str],
) -> Iterator[Fault]:
    unit = desk.unit_of(row.values)
    if isinstance(unit, str):
        yield Fault("unit", unit, "请核对单位", "unit_code")
        return
    number = str(row.values["number"] or "")
    held = existing.get(number)
    if number and (held is None or held.unit_id != unit.pk):
        yield Fault("unknown_number", f"没有编号 {number} 的条目", "新增请把编号留空", "number")
        return
    given = {name: row.values[name] for name in kind.fields}
    if held is not None:
        changed = _changed(kind, held, given)
        desk.known[number] = (held.pk, held.revision, changed)
        if not changed:
            return
        yield from _edit_faults(desk, held, given)
    else:
        yield from _new_faults(kind, desk, unit)
    ground = _ground(kind, desk, unit, str(given["quarter"] or ""), numbers)
    for finding in findings(kind, given, ground):
        yield Fault(finding.code, finding.message, finding.advice, finding.field)


def _changed(kind: ListingKind, held: Listing, given: Mapping[str, object]) -> bool:
    return any(_same(getattr(held, name)) != _same(given[name]) for name in kind.fields)


def _same(value: object) -> object:
    """Empty is empty, and a list is a list, however it is kept."""
    if value is None or value == "" or value == () or value == [] or value == 0:
        return None
    return list(value) if isinstance(value, tuple | list) else value


def _edit_faults(desk: Desk, held: Listing, given: Mapping[str, object]) -> Iterator[Fault]:
    verdict = rules.may_edit(desk.actor, held)
    if not verdict:
        yield Fault(
            "not_editable", verdict.reason.rstrip("。"), "请删去这一行，或恢复原来的内容", "number"
        )
    if given["quarter"] and given["quarter"] != held.quarter:
        yield Fault(
            "quarter_fixed", f"季度不能改（{held.quarter}）", "请恢复，或用“结转”", "quarter"
        )


def _new_faults(kind: ListingKind, desk: Desk, unit: Unit) -> Iterator[Fault]:
    key = "unit_code" if desk.unit is None else ""
    if unit.pk not in desk.members:
        yield Fault("not_member", f"{unit.name}不是本联合体的在任成员", "请联系秘书处", key)
    elif not kind.open_to(unit.kind):
        yield Fault("wrong_side", f"{unit.get_kind_display()}没有{kind.label}", "请核对单位", key)


def _ground(kind: ListingKind, desk: Desk, unit: Unit, quarter: str, numbers: set[str]) -> Ground:
    key = (unit.pk, quarter if kind is POSTS else "")
    if key not in desk.grounds:
        shared = next(iter(desk.grounds.values())).seen if desk.grounds else {}
        peers: Mapping[str, int] = {}
        if kind is POSTS:
            peers = peers_of(unit.pk, desk.consortium.pk, quarter, apart_from_numbers=numbers)
        desk.grounds[key] = Ground(desk.book, peers, shared)
    return desk.grounds[key]


def _disagreement(
    desk: Desk, row: CheckedRow, stated: dict[tuple[int, str, str], tuple[int, int]]
) -> Iterator[Fault]:
    """Two rows of the file that state different staff for one post of one unit."""
    unit, staff = desk.unit_of(row.values), row.values["same_post_staff"]
    occupation = row.values["occupation_code"]
    if isinstance(unit, str) or not isinstance(staff, int) or not occupation:
        return
    key = (unit.pk, str(row.values["quarter"]), str(occupation))
    first, line = stated.setdefault(key, (staff, row.number))
    if first != staff:
        message = f"第 {line} 行同一职业填的是 {first} 人，这里是 {staff} 人"
        yield Fault("same_post_staff", message, "请填成一致", "same_post_staff", row.number)


def commit_listings(
    kind: ListingKind, rows: Sequence[CheckedRow], *, by: Any, at: datetime, context: Any
) -> Committed:
    """Write checked rows; inside the caller's transaction. Conflict if one changed meanwhile."""
    desk: Desk = context
    new = [row for row in rows if not row.values["number"]]
    old = [row for row in rows if row.values["number"]]
    change = [row for row in old if desk.known[str(row.values["number"])][2]]
    _create(kind, desk, new, at)
    for piece in pieces(change):
        _update(kind, desk, piece)
    return Committed(created=len(new), updated=len(change), unchanged=len(old) - len(change))


def _create(kind: ListingKind, desk: Desk, rows: Sequence[CheckedRow], at: datetime) -> None:
    counts = Counter(str(row.values["quarter"]) for row in rows)
    numbers = {q: iter(take_numbers(kind, q, count)) for q, count in sorted(counts.items())}
    by_office = desk.unit is None
    state = ListingState.SUBMITTED if by_office else ListingState.DRAFT
    submitted_at = at if by_office else None
    constants = (desk.consortium.pk, state.value, by_office, at, submitted_at)
    names = ("consortium", "state", "entered_by_office", "created_at", "submitted_at")
    for piece in pieces(rows, WRITTEN):
        insert_many(
            kind.model,
            (*names, "number", "unit", *kind.fields),
            (
                (*constants, next(numbers[given["quarter"]]), _unit(desk, row), *given.values())
                for row, given in ((row, _given(kind, row)) for row in piece)
            ),
        )


def _given(kind: ListingKind, row: CheckedRow) -> dict[str, Any]:
    """In the order of `kind.fields`."""
    return tidied(kind, {name: row.values[name] for name in kind.fields})


def _unit(desk: Desk, row: CheckedRow) -> int:
    unit = desk.unit_of(row.values)
    if isinstance(unit, str):
        raise Refused(f"第 {row.number} 行：{unit}。")
    return unit.pk


def _update(kind: ListingKind, desk: Desk, rows: Sequence[CheckedRow]) -> None:
    by_number = {str(row.values["number"]): row for row in rows}
    held = kind.model._default_manager.select_for_update().filter(number__in=by_number)
    revisions = dict(held.order_by("pk").values_list("number", "revision"))
    for number in by_number:
        if revisions.get(number) != desk.known[number][1]:
            raise Conflict(f"检查之后有人修改了 {number}，没有写入任何数据，请重新导入。")
    update_many(
        kind.model,
        (*kind.fields, "revision"),
        (
            (*_given(kind, row).values(), revisions[number] + 1, desk.known[number][0])
            for number, row in by_number.items()
        ),
    )


def export_listings(kind: ListingKind, context: Any) -> Iterator[dict[str, object]]:
    """The rows a person of the unit (or the secretariat) sees of its own list, oldest first."""
    desk: Desk = context
    rows = visible_to(kind.model, desk.actor, on=desk.on).filter(consortium=desk.consortium)
    if desk.unit is not None:
        rows = rows.filter(unit=desk.unit)
    for row in rows.filter(**desk.filters).order_by("number").iterator(chunk_size=2000):
        yield exported(kind, row)


def exported(kind: ListingKind, row: Listing) -> dict[str, object]:
    """One row as values by column key; `_changed` finds no difference when it comes back."""
    values: dict[str, object] = {name: getattr(row, name) for name in kind.fields}
    return values | {
        "number": row.number,
        "state": LABELS[row.state],
        "unit_code": row.unit.credit_code or "",
        "unit_name": row.unit.name,
    }


def binding_of(kind: ListingKind) -> Binding:
    """What `sheets` needs to know of one list."""
    bound: Callable[..., Any] = partial
    return Binding(
        layout=LAYOUTS[kind.slug],
        may=bound(may_use, kind),
        load=bound(load_desk, kind),
        fit=fit_layout,
        check_rows=bound(check_listings, kind),
        commit=bound(commit_listings, kind),
        export_rows=bound(export_listings, kind),
    )


def bindings() -> list[Binding]:
    """All six."""
    return [binding_of(kind) for kind in KINDS]
