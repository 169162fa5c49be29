"""A month's pay and the safety training of many students as Excel, in and out, filled in by the host."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import ALLOWED, Refused, Verdict, refuse
from chanjiao.members.models import Consortium
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.sheets.binding import Binding, Committed
from chanjiao.sheets.checking import CheckedRow
from chanjiao.sheets.layout import Column, Kind, Layout
from chanjiao.sheets.problems import Fault
from chanjiao.training import safeguard_rules as rules
from chanjiao.training.enums import PayWay, SafetyKind
from chanjiao.training.hosted import stints_hosted
from chanjiao.training.models import PayProof, SafetyRecord, Stint
from chanjiao.training.safeguard_actions import (
    PayFacts,
    SafetyFacts,
    record_pay,
    record_safety,
    worked_in,
)

Scope = Mapping[str, Any]
_OWN_EXPORT = "请用平台导出的表，灰色各列请勿改动"
_WHO = (
    Column("number", "实习编号", required=True, locked=True, max_length=24, example="SX-2026-00001",
           width=16),
    Column("name", "姓名", required=True, locked=True, max_length=60, example="张一", width=10),
    Column("school", "学校", locked=True, max_length=120, example="示例职业学院", width=22),
    Column("position", "岗位", locked=True, max_length=120, example="数控车工", width=16),
    Column("starts_on", "到岗日期", Kind.DATE, required=True, locked=True, example=date(2026, 11, 24)),
)  # fmt: skip

PAY = Layout(
    key="pay",
    title="工资发放表",
    sheet_name="工资发放",
    columns=(
        *_WHO,
        Column("month", "月份", required=True, locked=True, pattern=r"\d{4}-(0[1-9]|1[0-2])(-01)?",
               help="写成 2026-12。", example="2026-12"),
        Column("due", "约定月报酬", Kind.MONEY, unit="元", locked=True, example=400_000),
        Column("amount", "实发金额", Kind.MONEY, unit="元", minimum=0, example=400_000),
        Column("way", "发放方式", Kind.CHOICE, choices=PayWay.choices, example=PayWay.BANK.value,
               width=16),
        Column("paid_on", "发放日期", Kind.DATE, example=date(2026, 12, 10)),
    ),
    notes=(
        "一行是一名学生这个月的报酬，由平台按在岗学生列出；灰色各列请勿改动。",
        "还没有发放的，三列都留空，以后再导入；已登记的可以在这里更正。",
        "不足一个月的，按实际发放的金额填写。学生会在手机上确认是否收到。",
    ),
    unique=(("number", "starts_on", "month"),),
)  # fmt: skip

SAFETY = Layout(
    key="safety",
    title="安全培训与考核表",
    sheet_name="安全培训",
    columns=(
        *_WHO,
        Column("kind", "种类", Kind.CHOICE, choices=SafetyKind.choices,
               example=SafetyKind.TRAINING.value),
        Column("day", "日期", Kind.DATE, example=date(2026, 11, 23)),
        Column("minutes", "时长", Kind.INTEGER, unit="分钟", minimum=0, maximum=1440, example=240),
        Column("score", "得分", Kind.INTEGER, minimum=0, maximum=100, help="考核才填，0–100。",
               example=None),
        Column("passed", "合格", Kind.BOOLEAN, example=True),
    ),
    notes=(
        "一行是一次培训或考核；同一名学生可以有多行，新增时复制灰色各列。",
        "没有参加的，后几列留空。同一天同一种类再次导入视为更正。",
    ),
    unique=(("number", "starts_on", "kind", "day"),),
)  # fmt: skip


@dataclass
class Desk:
    """The host's stints by number and first day, and what is already recorded of each.

    `month` is the one exported; a sheet says for each row which month it is about.
    """

    actor: Actor
    host: Unit
    on: date
    month: date
    stints: dict[tuple[str, date], Stint] = field(default_factory=dict)
    pay: dict[tuple[int, date], PayProof] = field(default_factory=dict)
    safety: dict[int, list[SafetyRecord]] = field(default_factory=dict)


def month_of(text: str) -> date:
    """2026-11 as its first day; ValueError for anything else."""
    return date.fromisoformat(f"{text}-01")


def _host(scope: Scope) -> Unit:
    found = Unit.objects.filter(pk=int(scope.get("unit") or 0)).first()
    if found is None:
        raise Refused("单位不存在。")
    return found


def may_use(user: Any, scope: Any) -> Verdict:
    """The host for its own students; a school records pay student by student."""
    actor: Actor | None = user
    if actor is None or not actor.acts_for(_host(scope).pk):
        return refuse("只能登记本单位的实习学生。")
    return ALLOWED


def load_desk(*, user: Any, scope: Any, at: datetime) -> Desk:
    """Who is or was at the host; `month` of the scope is the one to export, this one if left out."""
    consortium = Consortium.objects.filter(pk=int(scope.get("consortium") or 0)).first()
    if consortium is None:
        raise Refused("联合体不存在。")
    on = day_of(at)
    desk = Desk(user, _host(scope), on, month_of(str(scope.get("month") or f"{on:%Y-%m}")))
    rows = stints_hosted(user, desk.host, consortium, on=on)
    rows = rows.order_by("placement__student__student_number", "starts_on", "pk")
    desk.stints = {(one.placement.number, one.starts_on): one for one in rows}
    found = list(desk.stints.values())
    proofs = PayProof.objects.filter(stint__in=found).order_by("pk")
    desk.pay = {(proof.stint_id, proof.month): proof for proof in proofs}
    records = SafetyRecord.objects.filter(placement__stints__in=found).distinct()
    for record in records.order_by("day", "pk"):
        desk.safety.setdefault(record.placement_id, []).append(record)
    return desk


def _stint(row: CheckedRow, desk: Desk) -> Stint | None:
    values: Any = row.values
    return desk.stints.get((values["number"], values["starts_on"]))


def _faults(row: CheckedRow, desk: Desk) -> Iterator[Fault]:
    """Whether a row speaks of one of the students it was exported for."""
    stint = _stint(row, desk)
    if stint is None:
        yield Fault("unknown_number", "没有这段实习", _OWN_EXPORT, "number", row.number)
    elif row.values["name"] != stint.placement.student.name:
        advice = f"这个编号是“{stint.placement.student.name}”，{_OWN_EXPORT}"
        yield Fault("wrong_name", "编号与姓名不符", advice, "name", row.number)


def _empty(row: CheckedRow, *keys: str) -> bool:
    return all(row.values[key] is None for key in keys)


def _incomplete(row: CheckedRow, keys: Mapping[str, str]) -> Iterator[Fault]:
    for key, title in keys.items():
        if row.values[key] is None:
            yield Fault(
                "required", f"“{title}”没有填", "请填写，或把这一行各列都留空", key, row.number
            )


def _who(stint: Stint) -> dict[str, object]:
    student = stint.placement.student
    return {
        "number": stint.placement.number, "name": student.name, "position": stint.position,
        "school": stint.placement.school.name, "starts_on": stint.starts_on,
    }  # fmt: skip


# Pay -------------------------------------------------------------------------------------------
_PAID = {"amount": "实发金额", "way": "发放方式", "paid_on": "发放日期"}


def check_pay(rows: Sequence[CheckedRow], context: Any) -> Iterator[Fault]:
    desk: Desk = context
    for row in rows:
        yield from _faults(row, desk)
        stint = _stint(row, desk)
        if stint is None or _empty(row, *_PAID):
            continue
        yield from _incomplete(row, _PAID)
        verdict = rules.may_record_pay(desk.actor, stint)
        if not verdict:
            yield Fault("not_now", verdict.reason.rstrip("。"), row=row.number)
        month, paid_on = _month(row), row.values["paid_on"]
        if month and not (month <= desk.on and worked_in(stint, month)):
            told = f"这段实习是 {stint.starts_on} 至 {stint.ends_on}，还不到或不含这个月"
            yield Fault("month", told, "", "month", row.number)
        if isinstance(paid_on, date) and paid_on > desk.on:
            yield Fault("future", "发放日期晚于今天", "发放以后再登记", "paid_on", row.number)


def _month(row: CheckedRow) -> date | None:
    text = str(row.values["month"] or "")
    return month_of(text[:7]) if text else None


def commit_pay(rows: Sequence[CheckedRow], *, by: Any, at: datetime, context: Any) -> Committed:
    """Every filled row in its own action; a row that says what is recorded changes nothing, so that
    what the student confirmed stays confirmed."""
    desk: Desk = context
    created = updated = unchanged = 0
    for row in rows:
        stint = _stint(row, desk)
        month = _month(row)
        assert stint is not None and month is not None  # checked
        held = desk.pay.get((stint.pk, month))
        if _empty(row, *_PAID) or (held and _as_recorded(row, held)):
            unchanged += 1
            continue
        values: Any = row.values
        facts = PayFacts(month, values["amount"], values["way"], values["paid_on"])
        record_pay(stint, facts, by=by, at=at)
        created, updated = created + (held is None), updated + (held is not None)
    return Committed(created, updated, unchanged)


def _as_recorded(row: CheckedRow, held: PayProof) -> bool:
    given = row.values["amount"], row.values["way"], row.values["paid_on"]
    return given == (held.amount_fen, held.way, held.paid_on)


def export_pay(context: Any) -> Iterator[Mapping[str, object]]:
    desk: Desk = context
    for stint in desk.stints.values():
        if not worked_in(stint, desk.month):
            continue
        held = desk.pay.get((stint.pk, desk.month))
        yield _who(stint) | {
            "month": f"{desk.month:%Y-%m}", "due": stint.wage_fen, "amount": held.amount_fen if held else None,
            "way": held.way if held else None, "paid_on": held.paid_on if held else None,
        }  # fmt: skip


# Safety ----------------------------------------------------------------------------------------
_HELD = {"kind": "种类", "day": "日期", "passed": "合格"}


def check_safety(rows: Sequence[CheckedRow], context: Any) -> Iterator[Fault]:
    desk: Desk = context
    for row in rows:
        yield from _faults(row, desk)
        stint = _stint(row, desk)
        if stint is None or _empty(row, *_HELD, "score", "minutes"):
            continue
        yield from _incomplete(row, _HELD)
        verdict = rules.may_record_safety(desk.actor, stint.placement)
        if not verdict:
            yield Fault("not_now", verdict.reason.rstrip("。"), row=row.number)
        day = row.values["day"]
        if isinstance(day, date) and day > desk.on:
            yield Fault("future", "日期晚于今天", "办完以后再登记", "day", row.number)
        if row.values["kind"] == SafetyKind.TRAINING and row.values["score"] is not None:
            yield Fault("score", "安全培训没有得分", "请清空，或改为安全考核", "score", row.number)


def commit_safety(rows: Sequence[CheckedRow], *, by: Any, at: datetime, context: Any) -> Committed:
    desk: Desk = context
    created = updated = unchanged = 0
    for row in rows:
        stint = _stint(row, desk)
        assert stint is not None  # checked
        values: Any = row.values
        held = _held(desk, stint, values)
        if _empty(row, *_HELD, "score", "minutes") or (held and _same(held, values)):
            unchanged += 1
            continue
        facts = SafetyFacts(
            values["kind"], values["day"], values["minutes"] or 0, values["score"], values["passed"]
        )
        record_safety([stint.placement], facts, host=desk.host, by=by, at=at)
        created, updated = created + (held is None), updated + (held is not None)
    return Committed(created, updated, unchanged)


def _held(desk: Desk, stint: Stint, values: Mapping[str, Any]) -> SafetyRecord | None:
    known = desk.safety.get(stint.placement_id, [])
    same = (one for one in known if (one.kind, one.day) == (values["kind"], values["day"]))
    return next(same, None)


def _same(held: SafetyRecord, values: Mapping[str, Any]) -> bool:
    given = values["minutes"] or 0, values["score"], values["passed"]
    return given == (held.minutes, held.score, held.passed)


def export_safety(context: Any) -> Iterator[Mapping[str, object]]:
    """What is recorded; a student of whom nothing is has one empty line."""
    desk: Desk = context
    for stint in desk.stints.values():
        lines: list[dict[str, object]] = [
            {
                "kind": one.kind, "day": one.day, "minutes": one.minutes, "score": one.score,
                "passed": one.passed,
            }
            for one in desk.safety.get(stint.placement_id, ())
        ]  # fmt: skip
        for line in lines or [{}]:
            yield _who(stint) | line


BINDINGS = (
    Binding(
        layout=PAY, may=may_use, load=load_desk, check_rows=check_pay, commit=commit_pay,
        export_rows=export_pay,
    ),
    Binding(
        layout=SAFETY, may=may_use, load=load_desk, check_rows=check_safety, commit=commit_safety,
        export_rows=export_safety,
    ),
)  # fmt: skip
