"""A listing's values between form, sheet, database and trail."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models

from chanjiao.kernel.verdict import Invalid
from chanjiao.needs.kinds import ListingKind
from chanjiao.reference.fields import CodeListField


def tidied(kind: ListingKind, values: Mapping[str, Any]) -> dict[str, Any]:
    """Every field of the kind with a value the model takes; Invalid where one is missing."""
    if unknown := values.keys() - set(kind.fields):
        raise Invalid({name: ["没有这个字段。"] for name in sorted(unknown)})
    found: dict[str, Any] = {}
    problems: dict[str, list[str]] = {}
    for name in kind.fields:
        field = kind.field(name)
        value = values.get(name)
        found[name] = _tidy(field, value)
        if found[name] in (None, "", []) and not (field.blank or field.null):
            problems[name] = [f"请填写{field.verbose_name}。"]
    if problems:
        raise Invalid(problems)
    return found


def _tidy(field: "models.Field[Any, Any]", value: Any) -> Any:
    if isinstance(field, CodeListField):
        return list(dict.fromkeys(value or ()))
    if isinstance(value, str):
        return value.strip()
    if value is None and field.has_default():
        return field.get_default()
    if value is None and isinstance(field, models.CharField | models.TextField):
        return ""
    return value


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """For the trail: dates and decimals as text, nothing that has no exact form."""
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime | Decimal):
        return str(value)
    return list(value) if isinstance(value, tuple) else value
