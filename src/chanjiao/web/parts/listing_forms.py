"""A listing's form, made from the columns of its Excel sheet: one declaration for both."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.html import format_html

from chanjiao.kernel.money import to_fen
from chanjiao.kernel.period import Quarter
from chanjiao.needs.columns import CODED, LAYOUTS
from chanjiao.needs.kinds import ListingKind
from chanjiao.needs.models import Listing
from chanjiao.reference.enums import Table
from chanjiao.reference.queries import Book
from chanjiao.sheets.layout import Column, Kind

_SHORT_TEXT = 130


class ListingForm(forms.Form):
    """Made by `form_of`; `values()` is what the actions take."""

    kind: ListingKind

    def values(self) -> dict[str, Any]:
        """Field values as the model keeps them: money in 分."""
        given = dict(self.cleaned_data)
        for column in LAYOUTS[self.kind.slug].columns:
            if column.kind is Kind.MONEY and given.get(column.key) is not None:
                given[column.key] = to_fen(given[column.key])
        return given


def form_of(
    kind: ListingKind,
    data: Any,
    *,
    known: Book,
    on: date,
    row: Listing | None = None,
    division: str = "",
) -> ListingForm:
    """The form for a new row, or for editing one: then without the quarter, with what came back.

    `division` is where the consortium is; divisions of its province are offered.
    """
    form = ListingForm(data, initial=_initial(kind, row, on))
    form.kind = kind
    for column in LAYOUTS[kind.slug].columns:
        if column.key in kind.fields and not (row is not None and column.key == "quarter"):
            form.fields[column.key] = _field(column, known, on, division, row)
    for name, reason in (row.returned_reasons if row else {}).items():
        if name in form.fields:
            form.fields[name].help_text = format_html(
                '<strong class="returned">退回原因：{}</strong>', reason
            )
    return form


def _initial(kind: ListingKind, row: Listing | None, on: date) -> dict[str, Any]:
    if row is None:
        return {"quarter": str(Quarter.of(on)), "minimum": 0}
    found = {name: getattr(row, name) for name in kind.fields}
    for column in LAYOUTS[kind.slug].columns:
        if column.kind is Kind.MONEY and found.get(column.key) is not None:
            found[column.key] = Decimal(found[column.key]) / 100
    return found


def _field(
    column: Column, known: Book, on: date, division: str, row: Listing | None
) -> forms.Field:
    shape = {"label": column.heading, "required": column.required, "help_text": column.help}
    if column.key in CODED:
        shape["help_text"] = ""
        return _code_field(column, known, division, row, shape)
    return _FIELDS[column.kind](column, on, shape)


def _text(column: Column, on: date, shape: dict[str, Any]) -> forms.Field:
    long = (column.max_length or 0) > _SHORT_TEXT
    widget = forms.Textarea(attrs={"rows": 3}) if long else forms.TextInput()
    return forms.CharField(max_length=column.max_length, widget=widget, **shape)


def _integer(column: Column, on: date, shape: dict[str, Any]) -> forms.Field:
    low, high = column.minimum, column.maximum
    return forms.IntegerField(min_value=low, max_value=high, **shape)  # type: ignore[arg-type]


def _money(column: Column, on: date, shape: dict[str, Any]) -> forms.Field:
    return forms.DecimalField(min_value=0, max_digits=14, decimal_places=2, **shape)


def _date(column: Column, on: date, shape: dict[str, Any]) -> forms.Field:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(widget=widget, **shape)


def _choice(column: Column, on: date, shape: dict[str, Any]) -> forms.Field:
    pairs = [(str(value), label) for value, label in column.pairs()]
    if column.many:
        return forms.MultipleChoiceField(
            choices=pairs, widget=forms.CheckboxSelectMultiple, **shape
        )
    return forms.ChoiceField(choices=[("", "请选择"), *pairs], **shape)


def _quarter(column: Column, on: date, shape: dict[str, Any]) -> forms.Field:
    quarter = Quarter.of(on)
    offered = [quarter, quarter.next(), quarter.next().next()]
    return forms.ChoiceField(choices=[(str(q), q.label) for q in offered], **shape)


_FIELDS: Mapping[Kind, Callable[[Column, date, dict[str, Any]], forms.Field]] = {
    Kind.TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.MONEY: _money,
    Kind.DATE: _date,
    Kind.CHOICE: _choice,
    Kind.QUARTER: _quarter,
}


def _code_field(
    column: Column, known: Book, division: str, row: Listing | None, shape: dict[str, Any]
) -> forms.Field:
    table = CODED[column.key]
    offered = known.leaves(table)
    if table == Table.DIVISION and division:
        offered = [code for code in offered if code.startswith(division[:2])]
    kept = getattr(row, column.key) if row else []
    kept = [kept] if isinstance(kept, str) else kept
    offered = sorted({*offered, *(code for code in kept if code)})
    choices = [(code, f"{code} {known.name(table, code)}") for code in offered]
    if column.many:
        widget = forms.SelectMultiple(attrs={"data-choose": ""})
        return forms.MultipleChoiceField(choices=choices, widget=widget, **shape)
    single = forms.Select(attrs={"data-choose": ""})
    return forms.ChoiceField(choices=[("", "请选择"), *choices], widget=single, **shape)


class ReturnForm(forms.Form):
    """A reason for each field that must be mended, and one for the row as a whole."""

    def __init__(self, kind: ListingKind, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["whole"] = forms.CharField(
            label="总体意见", required=False, max_length=300,
            widget=forms.Textarea(attrs={"rows": 2}),
        )  # fmt: skip
        for column in LAYOUTS[kind.slug].columns:
            if column.key in kind.fields:
                self.fields[column.key] = forms.CharField(
                    label=column.heading, required=False, max_length=300
                )

    def reasons(self) -> dict[str, str]:
        """What was stated, "" standing for the row as a whole."""
        stated = {name: text for name, text in self.cleaned_data.items() if text}
        if "whole" in stated:
            stated[""] = stated.pop("whole")
        return stated


class AssignForm(forms.Form):
    """Who answers, and by when."""

    def __init__(self, people: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"] = forms.ModelChoiceField(
            label="责任人", queryset=people, required=False, empty_label="未指定"
        )
        self.fields["answer_due_on"] = forms.DateField(
            label="答复期限", required=False,
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        )  # fmt: skip
