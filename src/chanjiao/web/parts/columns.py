"""Columns of a list page: one value of a row, as HTML, as text and as a spreadsheet cell."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from chanjiao.kernel import money

KINDS = (
    "text", "code", "number", "decimal", "money", "figure", "date", "moment", "state", "boolean", "link",
)  # fmt: skip
_NUMERIC = {"number", "decimal", "money", "figure"}
# Colours of states by the words used in our enums; a column may name others in `tones`.
_TONES = {
    "draft": "idle", "queued": "wait", "submitted": "wait", "returned": "warn", "published": "good",
    "matched": "good", "closed": "idle", "choosing": "wait", "scoring": "wait", "deciding": "wait",
    "accepted": "good", "cancelled": "idle", "running": "wait", "checking": "wait", "checked": "wait",
    "writing": "wait", "done": "good", "failed": "bad", "lost": "bad", "refused": "bad",
    "abandoned": "idle",
}  # fmt: skip

Getter = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class ListColumn:
    """One column.

    `value` is a dotted attribute path ("unit.name", None on the way gives an empty cell) or a
    function of the row; left out it is `key`. Kinds: text; code (short text, kept on one line);
    number (int); decimal; money (分, shown
    in 元); figure (a number already written with its unit, set like one); date; moment; state (a choices field: shown by its label, coloured); boolean (是/否);
    link (`value` is the text, `link(row)` the address). `sort` is the field or fields that the
    header sorts by. `unit` stands in the header. `export=False` keeps a column on the screen;
    `screen=False` keeps one to the export.
    """

    key: str
    title: str
    value: str | Getter | None = None
    kind: str = "text"
    sort: str | tuple[str, ...] = ()
    export: bool = True
    screen: bool = True
    unit: str = ""
    link: Callable[[Any], str] | None = None
    tones: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no such kind of column: {self.kind}")

    @property
    def heading(self) -> str:
        unit = self.unit or ("元" if self.kind == "money" else "")
        return f"{self.title}（{unit}）" if unit else self.title

    @property
    def is_numeric(self) -> bool:
        return self.kind in _NUMERIC

    @property
    def order(self) -> tuple[str, ...]:
        return (self.sort,) if isinstance(self.sort, str) else self.sort

    def raw(self, row: Any) -> Any:
        """The value itself: an int for money, the code for a state."""
        source = self.value or self.key
        return source(row) if callable(source) else _follow(row, source)

    def text(self, row: Any) -> str:
        """As people read it."""
        return _as_text(self, row, self.raw(row))

    def html(self, row: Any) -> SafeString:
        """Escaped, with its badge or link."""
        shown = self.text(row)
        if self.kind == "state" and shown:
            code = str(self.raw(row))
            tone = self.tones.get(code, _TONES.get(code, "idle"))
            return format_html('<span class="state state-{}">{}</span>', tone, shown)
        address = self.link(row) if self.link else ""
        if address and shown:
            return format_html('<a href="{}">{}</a>', address, shown)
        return conditional_escape(shown)

    def cell(self, row: Any) -> Any:
        """For a spreadsheet: int, Decimal, date, naive datetime in local time, or text."""
        value = self.raw(row)
        if value is None:
            return ""
        if self.kind == "money":
            return Decimal(value) / money.FEN_PER_YUAN
        if self.kind in {"number", "decimal"}:
            return value
        if self.kind == "date":
            return localtime(value).date() if isinstance(value, datetime) else value
        if self.kind == "moment" and isinstance(value, datetime):
            return localtime(value).replace(tzinfo=None, microsecond=0)
        return _as_text(self, row, value)


def _follow(row: Any, path: str) -> Any:
    value = row
    for name in path.split("."):
        if value is None:
            return None
        value = value[name] if isinstance(value, dict) else getattr(value, name)
        if callable(value):  # get_kind_display and the like
            value = value()
    return value


def _as_text(column: ListColumn, row: Any, value: Any) -> str:
    if value is None:
        return ""
    writer = _WRITERS.get(column.kind)
    if writer:
        return writer(value)
    if column.kind == "state":
        return _label(column, row, value)
    return "、".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _label(column: ListColumn, row: Any, value: Any) -> str:
    """The label of a choices field, also at the end of a path such as "post.state"."""
    if hasattr(value, "label"):
        return str(value.label)
    path = column.value if isinstance(column.value, str) else column.key
    *owner, name = path.split(".")
    holder = _follow(row, ".".join(owner)) if owner else row
    label = getattr(holder, f"get_{name}_display", None)
    return str(label()) if label else str(value)


def _grouped(value: Any) -> str:
    return f"{value:,}"


def _day(value: Any) -> str:
    shown = localtime(value) if isinstance(value, datetime) else value
    return str(shown.strftime("%Y-%m-%d"))


def _moment(value: Any) -> str:
    return localtime(value).strftime("%Y-%m-%d %H:%M")


_WRITERS: dict[str, Callable[[Any], str]] = {
    "number": _grouped,
    "decimal": _grouped,
    "money": money.yuan,
    "date": _day,
    "moment": _moment,
    "boolean": lambda value: "是" if value else "否",
}
