"""What makes a unit's facts, a login name and a password acceptable. Shared by forms and imports."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import models

from chanjiao.kernel.verdict import Invalid
from chanjiao.people.enums import SCHOOLS, AppointmentRole, UnitKind
from chanjiao.people.models import User
from chanjiao_engine.codes import (
    CodeError,
    parse_credit_code,
    parse_division,
    parse_school_code,
)

_USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{2,63}")
_BLANKS = re.compile(r"\s+")
_BRACKETS = str.maketrans("()", "\uff08\uff09")


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """What a unit is, as typed or imported. `credit_code` is empty only for an office."""

    kind: str
    name: str
    credit_code: str = ""
    short_name: str = ""
    school_code: str = ""
    division_code: str = ""
    address: str = ""
    staff_count: int | None = None
    is_fictional: bool = False


IDENTITY = ("kind", "name", "credit_code", "is_fictional")


def checked_facts(facts: UnitFacts) -> UnitFacts:
    """The facts with codes and names normalised; `Invalid` lists every problem by field."""
    problems: dict[str, list[str]] = {}
    known_kind = facts.kind in UnitKind.values
    if not known_kind:
        problems["kind"] = [f"类别“{facts.kind}”不在可选范围内。"]
    codes: dict[str, Any] = {
        "credit_code": _parsed(problems, "credit_code", facts.credit_code, _credit_code),
        "school_code": _parsed(
            problems, "school_code", facts.school_code, _school_code(facts.kind)
        ),
        "division_code": _parsed(
            problems, "division_code", facts.division_code, lambda text: parse_division(text).code
        ),
    }
    if known_kind and facts.kind != UnitKind.OFFICE and not facts.credit_code.strip():
        problems["credit_code"] = ["请填写统一社会信用代码（18 位，见营业执照或法人证书）。"]
    name = tidy(facts.name)
    if len(name) < 2:
        problems["name"] = ["请填写单位全称。"]
    if problems:
        raise Invalid(problems)
    return replace(
        facts, name=name, short_name=tidy(facts.short_name), address=tidy(facts.address), **codes
    )


def tidy(text: str) -> str:
    """Without blanks at the ends; inner runs of blanks become one; full-width brackets."""
    return _BLANKS.sub(" ", text.strip()).translate(_BRACKETS)


def checked_username(username: str) -> str:
    """A login name nobody else has, whatever its case; `Invalid` otherwise."""
    name = username.strip()
    if not _USERNAME.fullmatch(name):
        raise Invalid({"username": ["登录名用 3–64 个字母、数字或 . _ - @，以字母或数字开头。"]})
    if User.objects.filter(username__iexact=name).exists():
        raise Invalid({"username": ["这个登录名已被使用，请换一个。"]})
    return name


def check_password(password: str, user: User) -> None:
    """Django's validators, as `Invalid` under "password"."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid({"password": list(error.messages)}) from error


def check_period(starts_on: date, ends_on: date | None) -> None:
    """`Invalid` when the end is not after the start."""
    if ends_on is not None and ends_on <= starts_on:
        raise Invalid({"ends_on": ["结束日期应晚于开始日期。"]})


def check_role(role: str, kind: str, *, student: bool = False) -> None:
    """`Invalid` for a role that does not exist; an empty role is a student of a school."""
    if role in AppointmentRole.values or (student and role == "" and kind in SCHOOLS):
        return
    if role == "" and student:
        raise Invalid({"role": ["只有学校可以邀请学生。"]})
    raise Invalid({"role": ["请选择角色：单位管理员或经办人。"]})


def check_row(row: models.Model) -> None:
    """`full_clean`, with what Django finds as `Invalid` by field ("__all__" for the whole row)."""
    try:
        row.full_clean()
    except ValidationError as error:
        raise Invalid(error.message_dict) from error


def _parsed(
    problems: dict[str, list[str]], field: str, text: str, parse: Callable[[str], str]
) -> str:
    if not text.strip():
        return ""
    try:
        return parse(text)
    except CodeError as error:
        problems[field] = [f"{error.message}。"]
        return text


def _credit_code(text: str) -> str:
    return parse_credit_code(text).code


def _school_code(kind: str) -> Callable[[str], str]:
    """A school's code must be of its own level: 36 secondary, 41 or 42 higher."""

    def parse(text: str) -> str:
        code = parse_school_code(text).code
        if kind not in SCHOOLS:
            raise CodeError("只有学校才有学校标识码，请留空")
        if (kind == UnitKind.SECONDARY) != code.startswith("36"):
            raise CodeError(f"学校标识码 {code} 的前两位与单位类别不符（36 为中职，41、42 为高校）")
        return code

    return parse
