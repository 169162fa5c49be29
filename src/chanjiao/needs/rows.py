"""A listing's values between form, sheet, database and trail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django.db import models

from chanjiao.kernel.verdict import Invalid
from chanjiao.needs.kinds import ListingKind
from chanjiao.reference.fields import CodeListField


@dataclass(frozen=True, slots=True)
class _Rule:
    """What becomes of an empty value of a field."""

    name: str
    title: str
    is_list: bool
    is_text: bool
    default: Any
    is_required: bool


@cache
def _rules(kind: ListingKind) -> tuple[_Rule, ...]:
    return tuple(_rule(name, kind.field(name)) for name in kind.fields)


def _rule(name: str, field: "models.Field[Any, Any]") -> _Rule:
    is_list = isinstance(field, CodeListField)
    return _Rule(
        name, str(field.verbose_name), is_list,
        isinstance(field, models.CharField | models.TextField) and not is_list,
        field.get_default() if field.has_default() and not is_list else None,
        not (field.blank or field.null),
    )  # fmt: skip


def tidied(kind: ListingKind, values: Mapping[str, Any]) -> dict[str, Any]:
    """Every field of the kind with a value the model takes; Invalid where one is missing."""
    if unknown := values.keys() - set(kind.fields):
        raise Invalid({name: ["没有这个字段。"] for name in sorted(unknown)})
    found: dict[str, Any] = {}
    problems: dict[str, list[str]] = {}
    for rule in _rules(kind):
        value = found[rule.name] = _tidy(rule, values.get(rule.name))
        if rule.is_required and (value is None or value == ""):
            problems[rule.name] = [f"请填写{rule.title}。"]
    if problems:
        raise Invalid(problems)
    return found


def _tidy(rule: _Rule, value: Any) -> Any:
    if rule.is_list:
        return list(dict.fromkeys(value or ()))
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return "" if rule.default is None and rule.is_text else rule.default
    return value


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """For the trail: dates and decimals as text, nothing that has no exact form."""
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime | Decimal):
        return str(value)
    return list(value) if isinstance(value, tuple) else value
