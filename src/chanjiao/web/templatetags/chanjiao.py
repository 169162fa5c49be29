"""Tags and filters of our templates: `{% load chanjiao %}`."""

from datetime import date, datetime
from typing import Any

from django import forms, template
from django.forms import BaseForm, BoundField
from django.template import Context
from django.utils.timezone import localtime

from chanjiao.kernel import money

register = template.Library()

_CLASSES: list[tuple[type[forms.Widget], str]] = [
    (forms.CheckboxSelectMultiple, ""),
    (forms.RadioSelect, ""),
    (forms.CheckboxInput, "form-check-input"),
    (forms.Select, "form-select"),
    (forms.SelectMultiple, "form-select"),
    (forms.HiddenInput, ""),
    (forms.widgets.Input, "form-control"),
    (forms.Textarea, "form-control"),
]


@register.inclusion_tag("parts/fields.html")
def fields(form: BaseForm, *names: str) -> dict[str, Any]:
    """Every visible field (or the named ones, in that order) with label, help and errors."""
    shown = [form[name] for name in names] if names else form.visible_fields()
    return {"form": form, "rows": [{"field": dressed(f), "kind": _kind(f)} for f in shown]}


@register.filter
def dressed(field: BoundField) -> BoundField:
    """The field with its widget in our look; wrong fields are marked."""
    widget = field.field.widget
    name = next((c for kind, c in _CLASSES if isinstance(widget, kind)), "")
    own = widget.attrs.get("class", "").split()
    wanted = [*name.split(), *(["is-invalid"] if field.errors and name else [])]
    if widget.attrs.get("placeholder") == field.label:
        del widget.attrs["placeholder"]  # the label above says it already
    kept = [c for c in own if c != "is-invalid"]
    classes = " ".join(dict.fromkeys([*kept, *wanted]))
    if classes:
        widget.attrs["class"] = classes
    return field


@register.simple_tag(takes_context=True)
def optional(context: Context, name: str, default: Any = "") -> Any:
    """A variable the including template may have left out."""
    return context.get(name, default)


@register.simple_tag(takes_context=True)
def chart_query(context: Context, key: str) -> str:
    """The page's own query with the wish for one chart's CSV."""
    query = context["request"].GET.copy()
    query["chart"] = key
    return str(query.urlencode())


@register.filter
def yuan(fen: int | None) -> str:
    """分 as 5,200.00; empty for none."""
    return "" if fen is None else money.yuan(fen)


@register.filter
def spoken(fen: int | None) -> str:
    """分 as people say it: 300 万元."""
    return "" if fen is None else money.spoken(fen)


@register.filter
def grouped(number: int | None) -> str:
    """12,345; empty for none."""
    return "" if number is None else f"{number:,}"


@register.filter
def hundredths(number: int | None) -> str:
    """8350 as 83.50."""
    return "" if number is None else f"{number // 100}.{number % 100:02d}"


@register.filter
def day(value: date | datetime | None) -> str:
    """2026-11-23; empty for none."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = localtime(value)
    return value.strftime("%Y-%m-%d")


@register.filter
def moment(value: datetime | None) -> str:
    """2026-11-23 09:30; empty for none."""
    return "" if value is None else localtime(value).strftime("%Y-%m-%d %H:%M")


@register.filter
def minutes(seconds: int) -> int:
    """Whole minutes, rounded up."""
    return -(-seconds // 60)


@register.filter
def item(mapping: dict[Any, Any], key: Any) -> Any:
    """A value of a mapping, empty where it has none."""
    return mapping.get(key, "")


def _kind(field: BoundField) -> str:
    widget = field.field.widget
    if isinstance(widget, forms.CheckboxSelectMultiple | forms.RadioSelect):
        return "group"
    return "check" if isinstance(widget, forms.CheckboxInput) else "line"
