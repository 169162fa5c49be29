"""The member list as Excel: one row is a unit, its membership, its main contact, what it brings."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Invalid, Refused, Verdict, refuse
from chanjiao.members import actions, rules
from chanjiao.members.checks import ContactFacts, checked_contact
from chanjiao.members.enums import Advantage, MemberRole
from chanjiao.members.models import Consortium, Contact, Membership
from chanjiao.people.access import Actor
from chanjiao.people.checks import UnitFacts, checked_facts
from chanjiao.people.enums import UnitKind
from chanjiao.people.models import Unit
from chanjiao.sheets.binding import Binding, Committed
from chanjiao.sheets.checking import CheckedRow
from chanjiao.sheets.layout import Column, Kind, Layout
from chanjiao.sheets.problems import Fault
from chanjiao_engine.codes import parse_credit_code, parse_industry, parse_school_code

_ITEMS = re.compile(r"[;\uff1b\n]")
_UNIT_KINDS = tuple((kind.value, kind.label) for kind in UnitKind if kind is not UnitKind.OFFICE)
_ADVANTAGES = {advantage: f"{advantage.value}_brought" for advantage in Advantage}
_CONTACT = {"contact_name": "name", "contact_position": "position", "contact_phone": "phone",
            "contact_email": "email"}  # fmt: skip
_UNIT = ("name", "short_name", "kind", "school_code", "staff_count", "address")

LAYOUT = Layout(
    key="members",
    title="成员单位",
    sheet_name="成员单位",
    columns=(
        Column("name", "单位名称", required=True, max_length=120, example="示例精密机床有限公司"),
        Column("short_name", "简称", max_length=40, example="示例精机"),
        Column("kind", "类别", Kind.CHOICE, required=True, choices=_UNIT_KINDS, example="enterprise"),
        Column(
            "credit_code", "统一社会信用代码", Kind.CODE, required=True, width=22,
            parser=lambda text: parse_credit_code(text).code, example="91210213MA00000073",
            help="18 位，见营业执照或法人证书；按它认定是否同一单位",
        ),
        Column(
            "school_code", "学校标识码", Kind.CODE, help="10 位，只有学校填写",
            parser=lambda text: parse_school_code(text).code,
        ),
        Column(
            "role", "成员角色", Kind.CHOICE, required=True, choices=MemberRole.choices,
            example="member",
        ),
        Column(
            "industries", "行业代码", Kind.CODE, many=True, example=("3421",),
            parser=lambda text: parse_industry(text).code,
            help="GB/T 4754 代码，如 3421；多个用顿号隔开",
        ),
        Column("joined_on", "加入日期", Kind.DATE, required=True, example=date(2023, 9, 28)),
        Column("staff_count", "职工人数", Kind.INTEGER, unit="人", minimum=0, example=420),
        Column("address", "地址", max_length=200, width=30, example="示例路 1 号"),
        Column("contact_name", "联系人姓名", max_length=60, example="李明"),
        Column("contact_position", "联系人职务", max_length=60, example="人力资源部部长"),
        Column("contact_phone", "联系人电话", max_length=30, example="0411-80000000"),
        Column("contact_email", "联系人邮箱", max_length=100),
        *(
            Column(
                key, f"{advantage.label}投入", max_length=600, width=24,
                help="多项用分号隔开",
                example="设备捐赠 300 万元" if advantage is Advantage.FUNDS else None,
            )
            for advantage, key in _ADVANTAGES.items()
        ),
    ),
    notes=(
        "一行是一个成员单位，按统一社会信用代码认定：已是成员的更新，不是成员的加入。",
        "选填的列留空，表示保持原有内容不变。",
        "集团与其分公司各有统一社会信用代码的，分别填写，不算重复。",
        "退出成员请在系统中办理并写明原因，从表中删去一行不会使其退出。",
    ),
    unique=(("credit_code",),),
    max_rows=5_000,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Book:
    """What checking, writing and exporting need, read once."""

    actor: Actor
    at: datetime
    consortium: Consortium
    members: Mapping[str, Membership]
    units: Mapping[str, Unit]


def consortium_of(scope: Any) -> Consortium:
    """The consortium a scope names; Refused if there is none."""
    found = Consortium.objects.filter(pk=scope.get("consortium")).first()
    if found is None:
        raise Refused("联合体不存在。")
    return found


def may_use(user: Any, scope: Any) -> Verdict:
    """The secretariat of the consortium: the list holds contacts."""
    if user is None:
        return refuse("请先登录。")
    return rules.may_serve(user, consortium_of(scope))


def load(*, user: Any, scope: Any, at: datetime) -> Book:
    """The present members by credit code (a merged duplicate's code leads to its kept unit)."""
    consortium = consortium_of(scope)
    members = {str(m.unit.credit_code): m for m in _present(consortium)}
    units: dict[str, Unit] = {}
    for unit in Unit.objects.filter(credit_code__isnull=False).select_related("merged_into"):
        kept = unit
        while kept.merged_into is not None:
            kept = kept.merged_into
        units[str(unit.credit_code)] = kept
        if kept is not unit and str(kept.credit_code) in members:
            members[str(unit.credit_code)] = members[str(kept.credit_code)]
    return Book(user, at, consortium, members, units)


def check_rows(rows: Sequence[CheckedRow], context: Any) -> Iterator[Fault]:
    """The same checks as the forms', one Fault for each unacceptable cell."""
    seen: dict[int, int] = {}
    for row in rows:
        for key, message in _problems(row, context):
            yield Fault("refused", message.rstrip("。"), "请更正后重新导入", key, row.number)
        unit = context.units.get(row.values["credit_code"])
        if unit is not None and unit.pk in seen:
            message = f"与第 {seen[unit.pk]} 行是同一单位（已合并）"
            yield Fault("repeated", message, "请只保留一行", "credit_code", row.number)
        if unit is not None:
            seen.setdefault(unit.pk, row.number)


def commit(rows: Sequence[CheckedRow], *, by: Any, at: datetime, context: Any) -> Committed:
    """Admit or update each row's unit through the actions of this package."""
    created = updated = unchanged = 0
    for row in rows:
        membership = context.members.get(row.values["credit_code"])
        if membership is None:
            _admit(row.values, context, by=by, at=at)
            created += 1
        elif _update(membership, row.values, context, by=by, at=at):
            updated += 1
        else:
            unchanged += 1
    return Committed(created, updated, unchanged)


def export_rows(context: Any) -> Iterator[dict[str, object]]:
    """The present members in the order of the list."""
    for membership in _present(context.consortium):
        yield row_of(membership)


def row_of(membership: Membership) -> dict[str, object]:
    """One member as a row of the sheet."""
    unit, contact = membership.unit, _main(membership)
    values: dict[str, object] = {name: getattr(unit, name) or None for name in _UNIT}
    values |= {
        "credit_code": unit.credit_code, "role": membership.role, "staff_count": unit.staff_count,
        "industries": tuple(membership.industries), "joined_on": membership.joined_on,
    }  # fmt: skip
    values |= {key: getattr(contact, name, "") or None for key, name in _CONTACT.items()}
    for advantage, key in _ADVANTAGES.items():
        texts = [c.text for c in membership.contributions.all() if c.advantage == advantage]
        values[key] = ";".join(texts) or None
    return values


BINDING = Binding(
    layout=LAYOUT, may=may_use, load=load, check_rows=check_rows, commit=commit,
    export_rows=export_rows,
)  # fmt: skip


def _present(consortium: Consortium) -> QuerySet[Membership]:
    rows = Membership.objects.filter(consortium=consortium, left_on__isnull=True)
    return rows.select_related("unit", "consortium").prefetch_related("contributions", "contacts")


def _main(membership: Membership) -> Contact | None:
    """The main contact, else the first."""
    contacts = sorted(membership.contacts.all(), key=lambda c: (not c.is_main, c.pk))
    return contacts[0] if contacts else None


def _problems(row: CheckedRow, book: Book) -> Iterator[tuple[str, str]]:
    values = row.values
    if not (values["credit_code"] and values["kind"] and values["name"]):
        return
    unit = book.units.get(str(values["credit_code"]))
    is_member = str(values["credit_code"]) in book.members
    if unit is not None and unit.kind != values["kind"] and not is_member:
        yield "kind", f"该单位已登记为“{unit.get_kind_display()}”"
    for check in (lambda: checked_facts(_facts(values, unit)), lambda: _checked_contact(values)):
        try:
            check()
        except Invalid as problem:
            keys = (
                {field: key for key, field in _CONTACT.items()}
                if "phone" in problem.problems
                else {}
            )
            for field, messages in problem.problems.items():
                key = keys.get(field, field)
                yield key if key in LAYOUT.by_key else "", messages[0]


def _checked_contact(values: Mapping[str, Any]) -> None:
    if values["contact_name"]:
        checked_contact(_contact_facts(values, None))


def _facts(values: Mapping[str, Any], unit: Unit | None) -> UnitFacts:
    """The unit's facts: what the row says, and where it is silent what is known."""
    said = {name: values[name] for name in _UNIT if values[name] is not None}
    if unit is None:
        return UnitFacts(credit_code=str(values["credit_code"]), **said)
    return replace(_known(unit), **said)


def _known(unit: Unit) -> UnitFacts:
    names = (*_UNIT, "division_code", "is_fictional")
    facts = {name: getattr(unit, name) for name in names}
    return UnitFacts(credit_code=unit.credit_code or "", **facts)


def _admit(values: Mapping[str, Any], book: Book, *, by: Actor, at: datetime) -> None:
    known = book.units.get(values["credit_code"])
    membership = actions.admit_unit(
        book.consortium, _facts(values, known), role=values["role"],
        industries=values["industries"], joined_on=values["joined_on"], by=by, at=at,
    )  # fmt: skip
    if known is not None:
        _update_unit(membership, values, by=by, at=at)
    _sync_contact(membership, values, by=by, at=at)
    _sync_contributions(membership, values, by=by, at=at)


def _update(
    membership: Membership, values: Mapping[str, Any], book: Book, *, by: Actor, at: datetime
) -> bool:
    """Bring one member to what the row says; whether anything changed."""
    changed = _update_unit(membership, values, by=by, at=at)
    industries = list(values["industries"]) or membership.industries
    if (industries, values["joined_on"]) != (membership.industries, membership.joined_on):
        membership = actions.update_membership(
            membership, industries=industries, joined_on=values["joined_on"],
            revision=membership.revision, by=by, at=at,
        )  # fmt: skip
        changed = True
    if values["role"] != membership.role:
        actions.change_role(
            membership, role=values["role"], revision=membership.revision, by=by, at=at
        )
        changed = True
    contact = _sync_contact(membership, values, by=by, at=at)
    return _sync_contributions(membership, values, by=by, at=at) or contact or changed


def _update_unit(
    membership: Membership, values: Mapping[str, Any], *, by: Actor, at: datetime
) -> bool:
    unit = membership.unit
    wanted = checked_facts(_facts(values, unit))
    if wanted == _known(unit) or not rules.may_steward(by, unit, on=day_of(at)):
        return False
    actions.update_unit(unit, wanted, revision=unit.revision, by=by, at=at)
    return True


def _sync_contact(
    membership: Membership, values: Mapping[str, Any], *, by: Actor, at: datetime
) -> bool:
    if not values["contact_name"]:
        return False
    contact = _main(membership)
    facts = checked_contact(_contact_facts(values, contact))
    if contact is None:
        actions.add_contact(membership, facts, by=by, at=at)
        return True
    same = all(getattr(contact, name) == getattr(facts, name) for name in _CONTACT.values())
    if not same:
        actions.change_contact(contact, facts, by=by, at=at)
    return not same


def _contact_facts(values: Mapping[str, Any], known: Contact | None) -> ContactFacts:
    said = {name: values[key] for key, name in _CONTACT.items() if values[key]}
    kept = {name: getattr(known, name, "") for name in _CONTACT.values()}
    return ContactFacts(**(kept | said), is_main=known.is_main if known else True)


def _sync_contributions(
    membership: Membership, values: Mapping[str, Any], *, by: Actor, at: datetime
) -> bool:
    """Each filled cell lists what the member brings by that advantage; an equal text stays."""
    changed = False
    for advantage, key in _ADVANTAGES.items():
        wanted = _items(values[key])
        if not wanted:
            continue
        present = [c for c in membership.contributions.all() if c.advantage == advantage]
        for row in present:
            if row.text not in wanted:
                actions.remove_contribution(row, by=by, at=at)
                changed = True
        for text in wanted:
            if text not in {row.text for row in present}:
                actions.add_contribution(membership, advantage=advantage, text=text, by=by, at=at)
                changed = True
    return changed


def _items(text: object) -> list[str]:
    parts: Iterable[str] = _ITEMS.split(str(text)) if text else ()
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))
