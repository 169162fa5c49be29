"""The one list page: table, cards on a phone, search, filters, saved filters, sorting, export.

    POSTS = ListPage(
        key="desk.posts",
        title="人才需求清单",
        query=visible_to,                      # visible_to(actor) -> QuerySet, with select_related
        columns=(
            ListColumn("number", "编号", sort="number"),
            ListColumn("title", "名称", sort="title"),
            ListColumn("unit", "单位", "unit.name", sort="unit__name"),
            ListColumn("headcount", "人数", kind="number", unit="人", sort="headcount"),
            ListColumn("wage", "月报酬", "wage_fen", kind="money", sort="wage_fen"),
            ListColumn("state", "状态", kind="state", sort="state"),
        ),
        search=("title", "unit__name", "number"),
        filters=(
            ChoiceFilter(key="state", title="状态", choices=ListingState.choices),
            DateFilter(key="starts", title="开始日期", field="starts_on"),
            CodeFilter(key="major", title="专业代码", field="major_codes", listed=True),
        ),
        link="desk:post_detail",               # URL name taking the row's pk, or function of row
        empty="还没有人才需求。请下载模板,填好后导入。",
        bulk=(BulkAction("发布所选", "desk:post_publish_many"),),
    )

    @page("desk")
    def post_list(request: PageRequest) -> HttpResponseBase:
        return POSTS.respond(request, visible_to(request.actor).filter(consortium=request.consortium))

`respond` without rows uses `query(actor)`. The same address with `?export=xlsx` or `csv` sends the
filtered rows; it goes through the same queryset, so nobody exports what they cannot see. Further
keywords of `respond` (primary=…, crumbs=…, intro=…) go to the template. A bulk action posts the
ticked rows to its view: `picked(request, visible_to(request.actor))` gives them back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from chanjiao.kernel import clock
from chanjiao.people.models import SavedFilter
from chanjiao.people.queries import saved_filters
from chanjiao.web.parts.columns import ListColumn
from chanjiao.web.parts.export import FORMATS, export
from chanjiao.web.parts.filters import (
    BooleanFilter,
    Chip,
    ChoiceFilter,
    CodeFilter,
    Control,
    DateFilter,
    Filter,
    SideFilter,
    TextFilter,
    search,
    words_of,
)
from chanjiao.web.parts.page import PageRequest
from chanjiao.web.parts.typed import whole

__all__ = [
    "BooleanFilter", "BulkAction", "ChoiceFilter", "CodeFilter", "DateFilter", "ListAction",
    "ListColumn", "ListPage", "SideFilter", "TextFilter", "picked",
]  # fmt: skip

PAGE_SIZE = 50
COUNT_CAP = 10_000
_OWN_NAMES = ("q", "sort", "page", "export")


@dataclass(frozen=True, slots=True)
class BulkAction:
    """A button over the ticked rows. `ask` is a question put before it is sent."""

    label: str
    url_name: str
    ask: str = ""
    tone: str = "outline-primary"

    @property
    def url(self) -> str:
        return reverse(self.url_name)


@dataclass(frozen=True, slots=True)
class ListAction:
    """A link above the list, such as 导入 or 下载模板."""

    label: str
    url_name: str

    @property
    def url(self) -> str:
        return reverse(self.url_name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """What a list page is; see the module's text."""

    key: str
    title: str
    columns: Sequence[ListColumn]
    query: Callable[[Any], QuerySet[Any]] | None = None
    filters: Sequence[Filter] = ()
    search: Sequence[str] = ()
    actions: Sequence[ListAction] = ()
    bulk: Sequence[BulkAction] = ()
    link: str | Callable[[Any], str] = ""
    empty: str = "还没有记录。"
    search_hint: str = "搜索"
    template: str = "parts/list_page.html"

    def respond(
        self, request: PageRequest, rows: QuerySet[Any] | None = None, **context: Any
    ) -> HttpResponseBase:
        """The page, or the file when the address asks for an export."""
        shown = self.read(request, rows)
        form = request.GET.get("export", "")
        if form in FORMATS:
            return self.export(shown, form)
        return render(
            request, self.template, {"title": self.title, "list": shown, "intro": "", **context}
        )

    def read(self, request: PageRequest, rows: QuerySet[Any] | None = None) -> "Shown":
        """The rows that the address asks for, ready to draw."""
        asker = request.actor
        if rows is None:
            if self.query is None:
                raise TypeError("give rows, or a query in the ListPage")
            rows = self.query(asker)
        return Shown(self, request, rows)

    def export(self, shown: "Shown", form: str) -> FileResponse:
        day = clock.day_of(shown.request.at).strftime("%Y%m%d")
        return export(
            self.columns, shown.rows.iterator(chunk_size=2000), f"{self.title}{day}", form
        )

    def address_of(self, row: Any) -> str:
        """Where a row's first cell leads; empty for nowhere."""
        if callable(self.link):
            return self.link(row)
        return reverse(self.link, args=[row.pk]) if self.link else ""


@dataclass(frozen=True, slots=True)
class Header:
    """A column's head: the address that sorts by it, and how it is sorted now."""

    column: ListColumn
    url: str
    direction: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row drawn; `cells` is its `<td>` elements."""

    row: Any
    pk: Any
    url: str
    cells: SafeString


class Shown:
    """A list page read for one request; what the template draws."""

    def __init__(self, page: ListPage, request: PageRequest, rows: QuerySet[Any]) -> None:
        self.page, self.request, self.params = page, request, request.GET
        self.query = " ".join(words_of(self.params.get("q", "")))
        self.all_rows = rows
        self.rows = self._ordered(self._narrowed(rows))
        self.number = max(1, whole(self.params.get("page", "1")))

    # What is in force -----------------------------------------------------------------------
    def _narrowed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        for one in self.page.filters:
            rows = one.narrow(rows, self.params, self.request.actor)
        return search(rows, self.query, self.page.search) if self.page.search else rows

    def _ordered(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        key, down = self._sorted_by()
        column = next((c for c in self.page.columns if c.key == key and c.order), None)
        if column is None:
            return rows if rows.ordered else rows.order_by("pk")
        return rows.order_by(*(f"-{name}" if down else name for name in column.order), "pk")

    def _sorted_by(self) -> tuple[str, bool]:
        text = self.params.get("sort", "")
        return text.removeprefix("-"), text.startswith("-")

    # What the template draws ----------------------------------------------------------------
    @cached_property
    def columns(self) -> list[ListColumn]:
        return [column for column in self.page.columns if column.screen]

    @property
    def headers(self) -> list[Header]:
        key, down = self._sorted_by()
        made = []
        for column in self.columns:
            direction = ("descending" if down else "ascending") if column.key == key else ""
            wanted = f"-{column.key}" if column.key == key and not down else column.key
            url = self._address(sort=wanted, page="") if column.order else ""
            made.append(Header(column, url, direction))
        return made

    def load(self) -> "Shown":
        """Read the count and one page; the template calls it first."""
        self.total = self.rows.order_by()[: COUNT_CAP + 1].count()
        start = (self.number - 1) * PAGE_SIZE
        found = list(self.rows[start : start + PAGE_SIZE + 1])
        self.has_next = len(found) > PAGE_SIZE
        self.lines = [self._line(row) for row in found[:PAGE_SIZE]]
        self.saved = self._saved_filters()
        return self

    def _line(self, row: Any) -> Line:
        url = self.page.address_of(row)
        lead, *rest = (column.html(row) for column in self.columns)
        if url:
            lead = format_html('<a href="{}">{}</a>', url, lead or "（无）")
        cells = zip(self._openings, (lead, *rest), strict=True)
        # A template would take most of the page's time for these.
        drawn = format_html_join("", "{}{}</td>", cells)
        return Line(row, row.pk, url, drawn)

    @cached_property
    def _openings(self) -> list[SafeString]:
        """Each column's opening tag."""
        return [
            format_html(
                '<td class="is-{}{}{}" data-label="{}">', column.kind,
                " number" if column.is_numeric else "", "" if at else " lead-cell", column.heading,
            )
            for at, column in enumerate(self.columns)
        ]  # fmt: skip

    def _saved_filters(self) -> list[tuple[SavedFilter, str, bool]]:
        if not self.request.user.is_authenticated:
            return []
        found = saved_filters(self.request.actor, self.page.key)
        here = self.saved_query
        return [(s, f"{self.request.path}?{s.query}", s.query == here) for s in found]

    @property
    def count_text(self) -> str:
        return f"超过 {COUNT_CAP:,} 条" if self.total > COUNT_CAP else f"{self.total:,} 条"

    @cached_property
    def controls(self) -> list[Control]:
        asker = self.request.actor
        return [c for one in self.page.filters for c in one.controls(self.params, asker)]

    @cached_property
    def chips(self) -> list[tuple[Chip, str]]:
        """Each filter in force with the address that lifts it."""
        found = [
            chip for one in self.page.filters for chip in one.chips(self.params, self.request.actor)
        ]
        if self.query:
            found.insert(0, Chip(f"搜索：{self.query}", ("q",)))
        return [(c, self._address(page="", **dict.fromkeys(c.names, ""))) for c in found]

    @property
    def is_narrowed(self) -> bool:
        return bool(self.chips)

    @property
    def sort(self) -> str:
        return self.params.get("sort", "")

    @property
    def here(self) -> str:
        return self._address()

    @property
    def plain_url(self) -> str:
        return self.request.path

    @property
    def saved_query(self) -> str:
        """What a saved filter keeps: everything but the page number."""
        return self._query(page="", export="")

    @property
    def previous_url(self) -> str:
        return self._address(page=str(self.number - 1)) if self.number > 1 else ""

    @property
    def next_url(self) -> str:
        return self._address(page=str(self.number + 1)) if self.has_next else ""

    @property
    def xlsx_url(self) -> str:
        return self._address(page="", export="xlsx")

    @property
    def csv_url(self) -> str:
        return self._address(page="", export="csv")

    def _address(self, **changes: str) -> str:
        query = self._query(**changes)
        return f"{self.request.path}?{query}" if query else self.request.path

    def _query(self, **changes: str) -> str:
        known = [*_OWN_NAMES[:3], *(name for one in self.page.filters for name in one.names)]
        kept = QueryDict(mutable=True)
        for name in known:
            value = changes.get(name, self.params.get(name, ""))
            if value and not (name == "page" and value == "1"):
                kept[name] = value
        if changes.get("export"):
            kept["export"] = changes["export"]
        return kept.urlencode()


def picked(request: PageRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
    """The ticked rows of a bulk action, among those the asker may see."""
    return rows.filter(pk__in=[whole(value) for value in request.POST.getlist("row")])
