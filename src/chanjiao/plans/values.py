"""Task values as the trail and forms handle them."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models

from chanjiao.plans.checks import FIELDS
from chanjiao.plans.models import Task


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON without floats: dates and numbers as text, rows by their number."""
    return {key: _plain(value) for key, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def held_values(task: Task) -> dict[str, Any]:
    """The fields as they are, with partners, milestone texts by quarter and resolutions."""
    held: dict[str, Any] = {name: getattr(task, name) for name in FIELDS}
    partners = sorted(task.partners.all(), key=lambda unit: unit.pk)
    milestones = {row.quarter: row.text for row in task.milestones.all()}
    resolutions = sorted(task.resolutions.all(), key=lambda row: row.pk)
    return held | {"partners": partners, "milestones": milestones, "resolutions": resolutions}


def tidied(values: Mapping[str, Any]) -> dict[str, Any]:
    """Text without blanks at its ends, lists in one order, empty milestones left out."""
    given: dict[str, Any] = {
        key: value.strip() if isinstance(value, str) else value for key, value in values.items()
    }
    if "partners" in given:
        given["partners"] = sorted(given["partners"] or (), key=lambda unit: unit.pk)
    if "resolutions" in given:
        given["resolutions"] = sorted(given["resolutions"] or (), key=lambda row: row.pk)
    if "indicators" in given:
        given["indicators"] = list(given["indicators"] or ())
    if "milestones" in given:
        given["milestones"] = _texts(given["milestones"] or {})
    return given


def _texts(milestones: Mapping[str, str]) -> dict[str, str]:
    texts = {quarter: (text or "").strip() for quarter, text in milestones.items()}
    return {quarter: text for quarter, text in texts.items() if text}


def changed(before: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Of what is given, what differs from what is held."""
    return {key: value for key, value in given.items() if before.get(key) != value}
