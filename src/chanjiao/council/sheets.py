"""Attendance and the commitments ledger as Excel, in and out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from chanjiao.council import commitment_actions, rules
from chanjiao.council.attendance_actions import PresenceFacts, record_attendance
from chanjiao.council.commitment_actions import CommitmentFacts
from chanjiao.council.enums import CommitmentKind, Presence
from chanjiao.council.ledger import shown, typed, with_delivered
from chanjiao.council.models import Attendance, Commitment, Meeting
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Conflict, Refused, Verdict
from chanjiao.members.models import Consortium, Membership
from chanjiao.members.queries import member_on
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.sheets.binding import Binding, Committed
from chanjiao.sheets.checking import CheckedRow
from chanjiao.sheets.layout import Column, Kind, Layout
from chanjiao.sheets.problems import Fault

Scope = Mapping[str, Any]
_CHANGED = "检查之后已有人修改，请重新上传。"
_PRESENCES = [(p.value, str(p.label)) for p in Presence if p != Presence.UNKNOWN]


# Attendance ------------------------------------------------------------------------------------
ATTENDANCE = Layout(
    key="attendance",
    title="会议签到表",
    sheet_name="签到表",
    columns=(
        Column("place", "序号", Kind.INTEGER, required=True, locked=True, example=1),
        Column("name", "单位或席位", required=True, locked=True, example="示例机床有限公司", width=30),
        Column("title", "职务", locked=True, example="理事"),
        Column("presence", "出席情况", Kind.CHOICE, required=True, choices=_PRESENCES, example="present"),
        Column("attendee", "到会人", max_length=60, example="王立"),
        Column("holder", "受托席位序号", Kind.INTEGER, help="委托出席时填写受托席位的序号。"),
    ),
    notes=(
        "一行是一个席位；序号和名称由平台填写，请勿改动。",
        "委托出席须在平台上先传委托书（章程规则要求时）。",
    ),
    unique=(("place",),),
)  # fmt: skip


@dataclass
class Roll:
    """The meeting and its roll by number; `seen` is its revision when the file was checked."""

    actor: Actor
    meeting: Meeting
    seats: Mapping[int, Attendance]
    before: Mapping[int, tuple[str, int | None]] = field(default_factory=dict)


def _meeting(scope: Scope) -> Meeting:
    rows = Meeting.objects.select_related("body__consortium", "rule")
    found = rows.filter(pk=int(scope.get("meeting") or 0)).first()
    if found is None:
        raise Refused("会议不存在。")
    return found


def may_attendance(user: Any, scope: Any) -> Verdict:
    return rules.may_serve(user, _meeting(scope).body.consortium)


def load_roll(*, user: Any, scope: Any, at: datetime) -> Roll:
    meeting = _meeting(scope)
    seats = {row.place: row for row in meeting.attendances.order_by("place", "pk")}
    before = {row.pk: (row.presence, row.holder_id) for row in seats.values()}
    return Roll(user, meeting, seats, before)


def check_attendance(rows: Sequence[CheckedRow], context: Any) -> Iterator[Fault]:
    """Whether each row is a seat of this meeting, and each proxy one that may be."""
    roll: Roll = context
    verdict = rules.may_attend(roll.actor, roll.meeting)
    for row in rows:
        if not verdict:
            yield Fault("not_now", verdict.reason.rstrip("。"), row=row.number)
            continue
        seat = roll.seats.get(int(str(row.values["place"] or 0)))
        if seat is None:
            yield Fault(
                "unknown_seat",
                "会议名册里没有这个序号",
                "请用平台导出的签到表",
                "place",
                row.number,
            )
        elif row.values["name"] != seat.name:
            advice = f"这个序号是“{seat.name}”，请用平台导出的签到表"
            yield Fault("wrong_name", "序号与单位或席位不符", advice, "name", row.number)
        else:
            yield from _proxy_faults(row, seat, roll)


def _proxy_faults(row: CheckedRow, seat: Attendance, roll: Roll) -> Iterator[Fault]:
    presence, number = row.values["presence"], row.values["holder"]
    if presence != Presence.PROXY:
        if number is not None:
            yield Fault(
                "holder", "没有委托出席，不应填受托席位", "请清空或改为委托", "holder", row.number
            )
        return
    holder = roll.seats.get(int(str(number or 0)))
    if holder is None or holder.pk == seat.pk:
        yield Fault("holder", "委托出席须写明另一个席位的序号", "", "holder", row.number)
        return
    rule = roll.meeting.rule
    if rule is not None and not rule.proxy_allowed:
        yield Fault("holder", "按规则，这次会议不能委托", "", "presence", row.number)
    elif rule is not None and rule.proxy_paper and seat.authorisation_id is None:
        yield Fault("paper", "还没有委托书", "请先在会议页上传委托书", "presence", row.number)


def commit_attendance(
    rows: Sequence[CheckedRow], *, by: Any, at: datetime, context: Any
) -> Committed:
    """All rows in one action. Conflict if somebody took attendance since the check."""
    roll: Roll = context
    facts: dict[int, PresenceFacts] = {}
    for row in rows:
        seat = roll.seats[int(str(row.values["place"]))]
        number = row.values["holder"]
        holder = roll.seats[int(str(number))].pk if number is not None else None
        attendee = str(row.values["attendee"] or "")
        facts[seat.pk] = PresenceFacts(str(row.values["presence"]), attendee, holder)
    now = {row.pk: (row.presence, row.holder_id) for row in roll.meeting.attendances.order_by("pk")}
    if any(now.get(pk) != roll.before.get(pk) for pk in facts):
        raise Conflict(_CHANGED)
    changed = record_attendance(roll.meeting, facts, by=by, at=at)
    return Committed(updated=changed, unchanged=len(rows) - changed)


def export_attendance(context: Any) -> Iterator[Mapping[str, object]]:
    roll: Roll = context
    numbers = {row.pk: row.place for row in roll.seats.values()}
    for row in roll.seats.values():
        yield {
            "place": row.place, "name": row.name, "title": row.title,
            "presence": row.presence or None, "attendee": row.attendee or None,
            "holder": numbers.get(row.holder_id or 0),
        }  # fmt: skip


# Commitments -----------------------------------------------------------------------------------
COMMITMENTS = Layout(
    key="commitments",
    title="承诺兑现台账",
    sheet_name="承诺台账",
    columns=(
        Column("number", "编号", help="新增时留空。", max_length=40, example=None),
        Column("unit", "单位名称", required=True, max_length=120, example="示例机床有限公司", width=30),
        Column("kind", "种类", Kind.CHOICE, required=True, choices=CommitmentKind.choices, example="money"),
        Column("title", "内容", required=True, max_length=120, example="捐赠实训设备资金", width=30),
        Column("promised", "承诺数量", Kind.DECIMAL, required=True, places=4, minimum=0, example=Decimal(300000),
               help="资金和设备按元，岗位按个，导师按人，课时按小时。"),
        Column("promised_on", "承诺日期", Kind.DATE, required=True),
        Column("due_on", "兑现期限", Kind.DATE),
        Column("source", "依据", max_length=120, example="入会协议"),
        Column("delivered", "已兑现（平台统计）", Kind.DECIMAL, places=4, locked=True,
               help="由平台按已确认的兑现统计，导入时不读取。"),
    ),
    notes=(
        "一行是一项承诺；有编号的行修改原承诺，编号留空的行是新承诺。",
        "兑现由成员在平台登记并附材料，不从这张表导入。",
    ),
    unique=(("number",),),
)  # fmt: skip


@dataclass
class Ledger:
    """The consortium's members by name and its commitments by number, as they were checked."""

    actor: Actor
    consortium: Consortium
    units: Mapping[str, Unit]
    rows: Mapping[str, Commitment]


def _consortium(scope: Scope) -> Consortium:
    found = Consortium.objects.filter(pk=int(scope.get("consortium") or 0)).first()
    if found is None:
        raise Refused("联合体不存在。")
    return found


def may_commitments(user: Any, scope: Any) -> Verdict:
    return rules.may_serve(user, _consortium(scope))


def load_ledger(*, user: Any, scope: Any, at: datetime) -> Ledger:
    consortium = _consortium(scope)
    members = Membership.objects.filter(member_on(day_of(at)), consortium=consortium)
    units = [m.unit for m in members.select_related("unit").order_by("pk")]
    known = {u.short_name: u for u in units if u.short_name} | {u.name: u for u in units}
    rows = with_delivered(Commitment.objects.filter(consortium=consortium)).select_related("unit")
    return Ledger(user, consortium, known, {row.number: row for row in rows.order_by("number")})


def check_commitments(rows: Sequence[CheckedRow], context: Any) -> Iterator[Fault]:
    ledger: Ledger = context
    for row in rows:
        yield from (
            Fault(fault.code, fault.message, fault.advice, fault.key, row.number)
            for fault in _commitment_faults(row.values, ledger)
        )


def _commitment_faults(values: Mapping[str, Any], ledger: Ledger) -> Iterator[Fault]:
    number = values["number"]
    held = ledger.rows.get(str(number or ""))
    unit = ledger.units.get(str(values["unit"] or ""))
    if number and held is None:
        yield Fault("unknown", f"没有编号为 {number} 的承诺", "新增时请把编号留空", "number")
    if held is not None and unit is not None and held.unit_id != unit.pk:
        yield Fault("unit", f"{number} 是“{held.unit.name}”的承诺", "请核对编号", "unit")
    if unit is None and values["unit"] and held is None:
        yield Fault("unit", f"“{values['unit']}”不是本联合体的在任成员", "请填单位全称", "unit")
    if held is not None and values["kind"] not in {None, held.kind} and held.delivered:  # type: ignore[attr-defined]
        yield Fault("kind", "已有兑现登记，不能改变种类", "", "kind")
    if values["promised"] is not None and values["kind"] is not None:
        yield from _quantity_faults(values["kind"], values["promised"])
    begun, due = values["promised_on"], values["due_on"]
    if begun and due and due < begun:
        yield Fault("due", "兑现期限早于承诺日期", "请核对日期", "due_on")


def _quantity_faults(kind: str, number: Decimal) -> Iterator[Fault]:
    if number <= 0:
        yield Fault("quantity", "承诺数量应大于 0", "", "promised")
        return
    try:
        typed(kind, number)
    except ValueError as problem:
        yield Fault("quantity", str(problem).rstrip("。"), "", "promised")


def commit_commitments(
    rows: Sequence[CheckedRow], *, by: Any, at: datetime, context: Any
) -> Committed:
    """New promises added, known ones brought to what the row says."""
    ledger: Ledger = context
    created = updated = 0
    for row in rows:
        facts = _facts(row.values)
        held = ledger.rows.get(str(row.values["number"] or ""))
        if held is None:
            unit = ledger.units[str(row.values["unit"])]
            commitment_actions.add_commitment(ledger.consortium, unit, facts, by=by, at=at)
            created += 1
        elif facts != _held(held):
            commitment_actions.change_commitment(held, facts, revision=held.revision, by=by, at=at)
            updated += 1
    return Committed(created, updated, len(rows) - created - updated)


def _facts(values: Mapping[str, Any]) -> CommitmentFacts:
    kept = typed(values["kind"], values["promised"])
    return CommitmentFacts(
        kind=values["kind"], title=values["title"], promised=kept,
        promised_on=values["promised_on"], due_on=values["due_on"], source=values["source"] or "",
    )  # fmt: skip


def _held(row: Commitment) -> CommitmentFacts:
    return CommitmentFacts(
        row.kind, row.title, row.promised, row.promised_on, row.due_on, row.source
    )


def export_commitments(context: Any) -> Iterable[Mapping[str, object]]:
    ledger: Ledger = context
    for row in ledger.rows.values():
        delivered: Decimal = row.delivered  # type: ignore[attr-defined]
        yield {
            "number": row.number, "unit": row.unit.name, "kind": row.kind, "title": row.title,
            "promised": shown(row.kind, row.promised), "promised_on": row.promised_on,
            "due_on": row.due_on, "source": row.source or None,
            "delivered": shown(row.kind, delivered),
        }  # fmt: skip


BINDINGS = (
    Binding(
        layout=ATTENDANCE, may=may_attendance, load=load_roll, check_rows=check_attendance,
        commit=commit_attendance, export_rows=export_attendance,
    ),
    Binding(
        layout=COMMITMENTS, may=may_commitments, load=load_ledger, check_rows=check_commitments,
        commit=commit_commitments, export_rows=export_commitments,
    ),
)  # fmt: skip
