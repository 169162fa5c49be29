"""What makes an agreement's values and parties, and a kind, acceptable. Shared by forms and batches."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from chanjiao.agreements.enums import FieldType, PartySide, SigningOrder
from chanjiao.agreements.kinds import Field, KindFacts, Role
from chanjiao.agreements.text import names_of, paragraphs, tags_in
from chanjiao.kernel import money
from chanjiao.kernel.verdict import Invalid
from chanjiao.needs.models import Student
from chanjiao.people.checks import tidy
from chanjiao.people.models import Unit

LONGEST = {FieldType.TEXT: 200, FieldType.LONG: 4000}
_NAME = re.compile(r"[A-Za-z_\u4e00-\u9fff][A-Za-z0-9_\u4e00-\u9fff]{0,29}")
_CODE = re.compile(r"[a-z][a-z0-9-]{0,29}")

Problems = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """Who stands in a role: a unit, a student, a student's guardian, or a person by name."""

    role: str
    unit: Unit | None = None
    student: Student | None = None
    signatory: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class AgreementFacts:
    """What is drafted. `values` by the names of the kind's fields: text, date, int; money in 分."""

    title: str
    starts_on: date
    ends_on: date | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    parties: tuple[PartyFacts, ...] = ()
    student: Student | None = None
    sign_by: date | None = None
    order: str = SigningOrder.ANY


def checked_values(
    fields: Iterable[Field], values: Mapping[str, Any], *, complete: bool
) -> dict[str, Any]:
    """The values as they are kept; `Invalid` under "value-名称". A draft need not be `complete`."""
    known = {one.name: one for one in fields}
    problems: Problems = {
        f"value-{name}": [f"这种协议没有“{name}”这一项。"] for name in values if name not in known
    }
    kept: dict[str, Any] = {}
    for name, one in known.items():
        raw = values.get(name)
        try:
            kept[name] = _kept(one, tidy_value(one, raw))
        except ValueError as error:
            problems[f"value-{name}"] = [str(error)]
            continue
        if complete and one.required and kept[name] in {None, ""}:
            problems[f"value-{name}"] = [f"请填写“{name}”。"]
    if problems:
        raise Invalid(problems)
    return kept


def tidy_value(one: Field, raw: Any) -> Any:
    """Text without stray blanks; lines of long text stay."""
    if not isinstance(raw, str):
        return raw
    return "\n".join(paragraphs(raw)) if one.type == FieldType.LONG else tidy(raw)


def _kept(one: Field, value: Any) -> Any:
    """One value as JSON keeps it; ValueError with the advice."""
    if value is None or value == "":
        return "" if one.type in {FieldType.TEXT, FieldType.LONG, FieldType.CHOICE} else None
    if one.type == FieldType.DATE:
        return _day(one, value)
    if one.type == FieldType.WHOLE:
        return _whole(one, value)
    if one.type == FieldType.MONEY:
        return _fen(one, value)
    text = str(value)
    if one.type == FieldType.CHOICE and text not in one.choices:
        raise ValueError(f"“{one.name}”请从{'、'.join(one.choices)}中选择。")
    longest = LONGEST.get(FieldType(one.type), 200)
    if len(text) > longest:
        raise ValueError(f"“{one.name}”最多 {longest} 字，现有 {len(text)} 字。")
    return text


def _day(one: Field, value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise ValueError(f"“{one.name}”请按 2027-03-01 的格式填写日期。") from None


def _whole(one: Field, value: Any) -> int:
    text = str(value).strip()
    if not text.isdecimal() or not text.isascii() or len(text) > 9:
        raise ValueError(f"“{one.name}”请填写整数。")
    return int(text)


def _fen(one: Field, value: Any) -> int:
    """An int is 分 already; text and Decimal are 元."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    try:
        fen = money.to_fen(Decimal(str(value).replace(",", "")) if value else 0)
    except (ValueError, ArithmeticError):
        raise ValueError(f"“{one.name}”请填写金额，最多精确到分。") from None
    if not 0 <= fen < 10**15:
        raise ValueError(f"“{one.name}”的金额超出范围。")
    return fen


def checked_parties(
    roles: Sequence[Role], parties: Iterable[PartyFacts], student: Student | None
) -> list[tuple[Role, PartyFacts]]:
    """Each role with who stands in it, in the kind's order; `Invalid` under "party-代号"."""
    given = {party.role: party for party in parties}
    problems: Problems = {}
    found: list[tuple[Role, PartyFacts]] = []
    for role in roles:
        party = given.pop(role.code, None)
        advice = _missing(role, party, student)
        if advice and role.required:
            problems[f"party-{role.code}"] = [advice]
        elif party is not None and not advice:
            found.append((role, party))
    if given:
        problems["__all__"] = [f"这种协议没有“{'、'.join(given)}”这一签署方。"]
    units = [party.unit.pk for _, party in found if party.unit]
    if len(units) != len(set(units)):
        problems["__all__"] = ["同一个单位不能作为两个签署方。"]
    if problems:
        raise Invalid(problems)
    return found


def _missing(role: Role, party: PartyFacts | None, student: Student | None) -> str:
    """What is still wanted of the one who stands in a role; empty for nothing."""
    if role.side == PartySide.UNIT:
        return "" if party and party.unit else f"请选择{role.title}的单位。"
    if role.side == PartySide.PERSON:
        return "" if party and party.signatory.strip() else f"请填写{role.title}的姓名。"
    if party is None or party.student is None or party.student != student:
        return f"请选择{role.title}。"
    if role.side == PartySide.GUARDIAN and not party.signatory.strip():
        return "请填写监护人姓名。"
    return ""


def check_kind(kind: KindFacts) -> None:
    """`Invalid` for a kind whose roles, fields or text cannot be used, each problem with its place."""
    problems: Problems = {}
    if not _CODE.fullmatch(kind.code):
        problems["code"] = ["代号用小写字母、数字和短横线，以字母开头，最多 30 个字符。"]
    if not kind.name.strip():
        problems["name"] = ["请填写种类名称。"]
    if not kind.is_addendum and len(kind.roles) < 2:
        problems["roles"] = ["至少写明两个签署方。"]
    _check_names(kind, problems)
    known = {name.key for name in names_of(kind)}
    unknown = [
        f"正文第 {place} 段：没有名为“{tag}”的填写项或签署方。"
        for place, line in enumerate(kind.body.splitlines(), 1)
        for tag in tags_in(line)
        if tag not in known
    ]
    if unknown:
        problems["body"] = unknown
    elif not kind.body.strip() and kind.template is None:
        problems["body"] = ["请填写正文，或上传 Word 模板。"]
    if problems:
        raise Invalid(problems)


def _check_names(kind: KindFacts, problems: Problems) -> None:
    for place, named in (("roles", kind.roles), ("lines", kind.fields)):
        bad = [one.name for one in named if not _NAME.fullmatch(one.name)]
        if bad:
            problems[place] = [f"名称只能用汉字、字母和数字，不超过 30 字：{'、'.join(bad)}。"]
    names = [name.key for name in names_of(kind)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        problems.setdefault("lines", []).append(f"名称重复：{'、'.join(twice)}。")
    for one in kind.fields:
        if one.type == FieldType.CHOICE and len(one.choices) < 2:
            problems.setdefault("lines", []).append(f"“{one.name}”至少写两个选项。")
