"""Filters of a list page. Each reads its own parameters from the address and narrows a queryset."""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.safestring import SafeString

from chanjiao.people.enums import SIDES

Choices = Iterable[tuple[Any, str]]
Params = QueryDict


@dataclass(frozen=True, slots=True)
class Control:
    """One input of the filter bar. `kind`: select, date, text."""

    kind: str
    name: str
    label: str
    value: str
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def options(self) -> SafeString:
        """The choices of a select as `<option>` elements; thousands of units are drawn at once."""
        drawn = (
            f'<option value="{escape(value)}"{" selected" if value == self.value else ""}>'
            f"{escape(label)}</option>"
            for value, label in self.choices
        )
        return SafeString("".join(drawn))


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter in force, and the parameters to drop to lift it."""

    text: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """`field` is an ORM path, left out it is `key`."""

    key: str
    title: str
    field: str = ""

    @property
    def path(self) -> str:
        return self.field or self.key

    @property
    def names(self) -> tuple[str, ...]:
        return (self.key,)

    def controls(self, params: Params, asker: Any) -> list[Control]:
        raise NotImplementedError

    def narrow(self, rows: QuerySet[Any], params: Params, asker: Any) -> QuerySet[Any]:
        raise NotImplementedError

    def chips(self, params: Params, asker: Any) -> list[Chip]:
        value = params.get(self.key, "").strip()
        return [Chip(f"{self.title}：{value}", self.names)] if value else []


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceFilter(Filter):
    """One of several values: (value, label) pairs, or a function of the asker that gives them."""

    choices: Choices | Callable[[Any], Choices]

    def offered(self, asker: Any) -> tuple[tuple[str, str], ...]:
        found = self.choices(asker) if callable(self.choices) else self.choices
        return tuple((str(value), str(label)) for value, label in found)

    def controls(self, params: Params, asker: Any) -> list[Control]:
        value = params.get(self.key, "")
        return [Control("select", self.key, self.title, value, self.offered(asker))]

    def narrow(self, rows: QuerySet[Any], params: Params, asker: Any) -> QuerySet[Any]:
        """A value that was not offered (an old address) finds nothing rather than everything."""
        value = params.get(self.key, "")
        if not value:
            return rows
        known = value in dict(self.offered(asker))
        return rows.filter(**{self.path: value}) if known else rows.none()

    def chips(self, params: Params, asker: Any) -> list[Chip]:
        value = params.get(self.key, "")
        if not value:
            return []
        label = dict(self.offered(asker)).get(value, value)
        return [Chip(f"{self.title}：{label}", self.names)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SideFilter(ChoiceFilter):
    """政, 校, 企 or 研: several kinds of unit each; `field` holds the kind."""

    choices: Choices | Callable[[Any], Choices] = tuple((side, side) for side in SIDES)

    def narrow(self, rows: QuerySet[Any], params: Params, asker: Any) -> QuerySet[Any]:
        side = params.get(self.key, "")
        return rows.filter(**{f"{self.path}__in": SIDES.get(side, ())}) if side else rows


@dataclass(frozen=True, slots=True, kw_only=True)
class BooleanFilter(Filter):
    """Yes or no; `yes` and `no` are what the two are called."""

    yes: str = "是"
    no: str = "否"
    condition: Q | None = None

    def controls(self, params: Params, asker: Any) -> list[Control]:
        choices = (("1", self.yes), ("0", self.no))
        return [Control("select", self.key, self.title, params.get(self.key, ""), choices)]

    def narrow(self, rows: QuerySet[Any], params: Params, asker: Any) -> QuerySet[Any]:
        condition = self.condition or Q(**{self.path: True})
        value = params.get(self.key, "")
        if value == "1":
            return rows.filter(condition)
        return rows.exclude(condition) if value == "0" else rows

    def chips(self, params: Params, asker: Any) -> list[Chip]:
        label = {"1": self.yes, "0": self.no}.get(params.get(self.key, ""), "")
        return [Chip(f"{self.title}：{label}", self.names)] if label else []


@dataclass(frozen=True, slots=True, kw_only=True)
class DateFilter(Filter):
    """From a day to a day, both inclusive: parameters `<key>_from` and `<key>_to`."""

    moment: bool = False  # the field holds a moment, not a day

    @property
    def names(self) -> tuple[str, ...]:
        return (f"{self.key}_from", f"{self.key}_to")

    def controls(self, params: Params, asker: Any) -> list[Control]:
        return [
            Control("date", name, f"{self.title}{word}", params.get(name, ""))
            for name, word in zip(self.names, ("自", "至"), strict=True)
        ]

    def narrow(self, rows: QuerySet[Any], params: Params, asker: Any) -> QuerySet[Any]:
        part = f"{self.path}__date" if self.moment else self.path
        for name, lookup in zip(self.names, ("gte", "lte"), strict=True):
            day = _day(params.get(name, ""))
            if day:
                rows = rows.filter(**{f"{part}__{lookup}": day})
        return rows

    def chips(self, params: Params, asker: Any) -> list[Chip]:
        words = zip(self.names, ("自", "至"), strict=True)
        return [
            Chip(f"{self.title}{word} {params[name]}", (name,))
            for name, word in words
            if _day(params.get(name, ""))
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFilter(Filter):
    """Part of a text, in any letter case."""

    def controls(self, params: Params, asker: Any) -> list[Control]:
        return [Control("text", self.key, self.title, params.get(self.key, ""))]

    def narrow(self, rows: QuerySet[Any], params: Params, asker: Any) -> QuerySet[Any]:
        value = params.get(self.key, "").strip()
        return rows.filter(**{f"{self.path}__icontains": value}) if value else rows


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFilter(TextFilter):
    """The beginning of a code: 46 finds every major of 大类 46. `listed` for a CodeListField."""

    listed: bool = False

    def narrow(self, rows: QuerySet[Any], params: Params, asker: Any) -> QuerySet[Any]:
        value = params.get(self.key, "").strip().upper()
        if not value:
            return rows
        lookup, wanted = ("contains", f" {value}") if self.listed else ("startswith", value)
        return rows.filter(**{f"{self.path}__{lookup}": wanted})


def words_of(text: str) -> list[str]:
    """The words of a search, full-width letters made plain; at most eight."""
    return unicodedata.normalize("NFKC", text).split()[:8]


def search(rows: QuerySet[Any], text: str, fields: Sequence[str]) -> QuerySet[Any]:
    """Rows in which every word stands somewhere: 机床 finds a longer title that holds it."""
    for word in words_of(text):
        found = Q()
        for name in fields:
            found |= Q(**{f"{name}__icontains": word})
        rows = rows.filter(found)
    return rows


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
