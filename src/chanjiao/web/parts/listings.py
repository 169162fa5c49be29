"""What desk and members see of the six lists: the list page, one row's facts, its history."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpResponseBase
from django.urls import reverse

from chanjiao.kernel import clock, money
from chanjiao.kernel.verdict import Verdict
from chanjiao.needs import queries
from chanjiao.needs.columns import CODED, LAYOUTS, with_unit
from chanjiao.needs.enums import ON_SHOW, ListingState
from chanjiao.needs.kinds import COHORTS, POSTS, PRODUCTS, STATIONS, TEAMS, TECHNOLOGY, ListingKind
from chanjiao.needs.models import Listing
from chanjiao.needs.sheets import exported
from chanjiao.reference.enums import Table
from chanjiao.reference.queries import Book
from chanjiao.sheets.layout import Column, Kind, Layout
from chanjiao.sheets.texts import to_csv
from chanjiao.sheets.writing import export as write_workbook
from chanjiao.trail.queries import about
from chanjiao.web.parts.export import FORMATS
from chanjiao.web.parts.filters import (
    BooleanFilter,
    ChoiceFilter,
    CodeFilter,
    Filter,
    Params,
)
from chanjiao.web.parts.lists import BulkAction, ListAction, ListColumn, ListPage, Shown


def address(audience: str, kind: ListingKind, page: str, *args: Any) -> str:
    """The address of a list's page for an audience: address("desk", POSTS, "detail", 7)."""
    return reverse(f"{audience}:{kind.stem}_{page}", args=args)


def sheet_file(
    layout: Layout, rows: Iterable[Mapping[str, object]], name: str, form: str
) -> FileResponse:
    """Rows in the layout that import reads, as a workbook or a CSV to download."""
    target = BytesIO(to_csv(rows, layout.columns)) if form == "csv" else BytesIO()
    if form == "xlsx":
        write_workbook(layout, rows, target)
    target.seek(0)
    return FileResponse(
        target, as_attachment=True, filename=f"{name}.{form}", content_type=FORMATS[form]
    )


# The list page -------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class ListingPage(ListPage):
    """A list page whose export is the import's own layout, so that a file survives the trip."""

    kind: ListingKind
    tells_unit: bool = False

    def export(self, shown: Shown, form: str) -> FileResponse:
        layout = LAYOUTS[self.kind.slug]
        layout = with_unit(layout) if self.tells_unit else layout
        rows = (exported(self.kind, row) for row in shown.rows.iterator(chunk_size=2000))
        return sheet_file(
            layout, rows, f"{self.title}{clock.day_of(shown.request.at):%Y%m%d}", form
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFilter(ChoiceFilter):
    """Codes that begin like the group chosen, such as 大类 46; `listed` for a list of codes."""

    listed: bool = False

    def narrow(self, rows: QuerySet[Any], params: Params, asker: Any) -> QuerySet[Any]:
        value = params.get(self.key, "")
        if not value:
            return rows
        lookup, wanted = ("contains", f" {value}") if self.listed else ("startswith", value)
        return rows.filter(**{f"{self.path}__{lookup}": wanted})


def listing_page(
    kind: ListingKind,
    audience: str,
    rows: QuerySet[Listing],
    *,
    known: Book,
    at: datetime,
    shared: bool = False,
    actions: Sequence[ListAction] = (),
    bulk: Sequence[BulkAction] = (),
) -> ListingPage:
    """The page of one list. `shared` is what other members have on show."""
    tells_unit = shared or audience == "desk"
    return ListingPage(
        kind=kind,
        key=f"{audience}.{kind.slug}{'.shared' if shared else ''}",
        title=f"联合体{kind.label}" if shared else kind.label,
        columns=_columns(kind, known, tells_unit),
        filters=_filters(kind, rows, known, at, tells_unit, shared),
        search=("title", "number", "note", *(("unit__name",) if tells_unit else ())),
        search_hint="搜索名称、编号" + ("、单位" if tells_unit else ""),
        actions=actions,
        bulk=bulk,
        link=lambda row: address(audience, kind, "detail", row.pk),
        empty=_empty(kind, audience, shared),
        tells_unit=tells_unit,
    )


def _empty(kind: ListingKind, audience: str, shared: bool) -> str:
    if shared:
        return f"其他成员还没有发布{kind.noun}。"
    if audience == "desk":
        return f"还没有成员提交{kind.noun}。可为成员导入，或等待成员提交。"
    return f"还没有{kind.noun}。请新增，或下载模板填好后导入。"


def _columns(kind: ListingKind, known: Book, tells_unit: bool) -> tuple[ListColumn, ...]:
    unit = (ListColumn("unit", "单位", "unit.called", sort="unit__name"),) if tells_unit else ()
    return (
        ListColumn("number", "编号", kind="code", sort="number"),
        ListColumn("title", "名称", sort="title"),
        *unit,
        *_OWN_COLUMNS[kind.slug](known),
        ListColumn("quarter", "季度", kind="code", sort="quarter"),
        ListColumn("state", "状态", kind="state", sort="state"),
        ListColumn("due", "答复期限", "answer_due_on", kind="date", sort="answer_due_on"),
    )


def _named(key: str, title: str, table: Table, known: Book) -> ListColumn:
    return ListColumn(key, title, lambda row: known.name(table, getattr(row, key)), sort=key)


def _post_columns(known: Book) -> tuple[ListColumn, ...]:
    return (
        ListColumn("kind", "类型", lambda row: row.get_kind_display(), kind="code", sort="kind"),
        _named("occupation_code", "职业", Table.OCCUPATION, known),
        ListColumn("headcount", "人数", kind="number", sort="headcount"),
        ListColumn("wage_fen", "月报酬", kind="money", sort="wage_fen"),
        ListColumn("starts_on", "开始日期", kind="date", sort="starts_on"),
    )


def _cohort_columns(known: Book) -> tuple[ListColumn, ...]:
    return (
        _named("major_code", "专业", Table.MAJOR, known),
        ListColumn("entry_year", "年级", sort="entry_year"),
        ListColumn("size", "人数", kind="number", sort="size"),
        ListColumn("kind", "去向", lambda row: row.get_kind_display(), kind="code", sort="kind"),
        ListColumn("available_from", "可到岗日期", kind="date", sort="available_from"),
    )


_OWN_COLUMNS: dict[str, Callable[[Book], tuple[ListColumn, ...]]] = {
    POSTS.slug: _post_columns,
    COHORTS.slug: _cohort_columns,
    TECHNOLOGY.slug: lambda known: (
        _named("industry_code", "行业", Table.INDUSTRY, known),
        ListColumn("budget_fen", "预算", kind="money", sort="budget_fen"),
        ListColumn("wanted_by", "期望完成", kind="date", sort="wanted_by"),
    ),
    PRODUCTS.slug: lambda known: (
        _named("industry_code", "行业", Table.INDUSTRY, known),
        ListColumn("chain_link", "产业链环节", sort="chain_link"),
        ListColumn("yearly_sales_fen", "年销售额", kind="money", sort="yearly_sales_fen"),
    ),
    TEAMS.slug: lambda known: (
        ListColumn("field", "研究方向", sort="field"),
        ListColumn("leader", "负责人", sort="leader"),
        ListColumn("size", "人数", kind="number", sort="size"),
    ),
    STATIONS.slug: lambda known: (
        ListColumn("workshop", "车间", sort="workshop"),
        ListColumn("equipment", "设备", sort="equipment"),
        ListColumn("quantity", "工位数", kind="number", sort="quantity"),
    ),
}
_GROUPED = {
    POSTS.slug: ("major_codes", Table.MAJOR, "专业大类", True),
    COHORTS.slug: ("major_code", Table.MAJOR, "专业大类", False),
    TECHNOLOGY.slug: ("industry_code", Table.INDUSTRY, "行业大类", False),
    PRODUCTS.slug: ("industry_code", Table.INDUSTRY, "行业大类", False),
}


def _filters(
    kind: ListingKind,
    rows: QuerySet[Listing],
    known: Book,
    at: datetime,
    tells_unit: bool,
    shared: bool,
) -> tuple[Filter, ...]:
    states = [s for s in ListingState.choices if not shared or s[0] in ON_SHOW]
    found: list[Filter] = [
        ChoiceFilter(key="state", title="状态", choices=states),
        BooleanFilter(
            key="shown",
            title="在列",
            yes="在列（已发布、已匹配）",
            no="不在列",
            condition=Q(state__in=ON_SHOW),
        ),
        ChoiceFilter(key="quarter", title="季度", choices=[(q, q) for q in queries.quarters(rows)]),
    ]
    if tells_unit:
        units = queries.units_listing(rows).values_list("pk", "name")
        found.append(ChoiceFilter(key="unit", title="单位", choices=list(units)))
    if kind.slug in _GROUPED:
        field, table, title, listed = _GROUPED[kind.slug]
        groups = [(code, f"{code} {known.name(table, code)}") for code in _groups(table, known)]
        found.append(
            GroupFilter(key="group", title=title, field=field, choices=groups, listed=listed)
        )
    if kind is POSTS:
        found.append(CodeFilter(key="occupation", title="职业代码", field="occupation_code"))
    if not shared:
        found += _overdue(at)
    return tuple(found)


def _groups(table: Table, known: Book) -> list[str]:
    return sorted(code for code in known.tables.get(table, {}) if len(code) == 2 and code.isdigit())


def _overdue(at: datetime) -> list[Filter]:
    """Late answers and rows nobody confirmed for 90 days."""
    late = Q(state__in=queries.OPEN - {ListingState.MATCHED}, answer_due_on__lt=clock.day_of(at))
    stale = Q(state__in=ON_SHOW, confirmed_at__lt=at - queries.STALE_AFTER)
    return [
        BooleanFilter(key="late", title="答复", yes="已逾期", no="未逾期", condition=late),
        BooleanFilter(
            key="stale", title="核实", yes="超过 90 天未核实", no="90 天内", condition=stale
        ),
    ]


# One row -------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Fact:
    """One field as people read it, with why it came back, if it did."""

    key: str
    title: str
    text: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """What may be done with a row: an address, and the verdict that shows or refuses it."""

    label: str
    url: str
    verdict: Verdict
    tone: str = "outline-primary"
    note: str = ""
    ask: str = ""
    leads: bool = False  # a link to a form of its own, not a post


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a row's history."""

    at: datetime
    who: str
    what: str
    details: tuple[str, ...]


_VERBS = {
    "needs.create": "建立",
    "needs.update": "修改",
    "needs.submit": "提交",
    "needs.return": "退回",
    "needs.withdraw": "撤回",
    "needs.publish": "发布",
    "needs.match": "标记为已匹配",
    "needs.reopen": "重新开放",
    "needs.close": "关闭",
    "needs.confirm": "核实仍然有效",
    "needs.assign": "指定责任人",
    "needs.carry_forward": "由上季度结转",
    "needs.invite_students": "邀请学生开通账号",
}


def facts(kind: ListingKind, row: Listing, known: Book) -> list[Fact]:
    """Every field that people fill in, in the order of the sheet."""
    return [
        Fact(
            column.key, column.title, spoken(column, getattr(row, column.key), known),
            row.returned_reasons.get(column.key, ""),
        )
        for column in LAYOUTS[kind.slug].columns
        if column.key in kind.fields
    ]  # fmt: skip


def spoken(column: Column, value: Any, known: Book) -> str:
    """A value as people read it: names beside codes, units beside numbers."""
    if value is None or value == "" or value == []:
        return ""
    if column.many or isinstance(value, list | tuple):
        return "、".join(_one(column, item, known) for item in value)
    return _one(column, value, known)


def _one(column: Column, value: Any, known: Book) -> str:
    if column.key in CODED:
        return known.label(CODED[column.key], str(value))
    if column.kind is Kind.MONEY:
        return f"{money.yuan(int(value))} {column.unit}"
    if column.kind is Kind.CHOICE:
        return {str(v): label for v, label in column.pairs()}.get(str(value), str(value))
    return (
        f"{value:,}" if column.kind is Kind.INTEGER and column.key != "entry_year" else str(value)
    )


def history(kind: ListingKind, row: Listing, known: Book) -> list[Event]:
    """What was done to the row, newest first; for its own unit and the secretariat."""
    columns = LAYOUTS[kind.slug].by_key
    return [
        Event(
            entry.at, entry.actor_name, _VERBS.get(entry.action, entry.action),
            tuple(_details(entry.reason, entry.data, columns, known)),
        )
        for entry in about(row)
    ]  # fmt: skip


def _details(reason: str, data: dict[str, Any], columns: Any, known: Book) -> Iterable[str]:
    if reason:
        yield reason
    for name, text in data.get("reasons", {}).items():
        yield f"{columns[name].title}：{text}" if name in columns else text
    before = data.get("before", {})
    for name, value in data.get("after", {}).items():
        if name in columns:
            old, new = (
                spoken(columns[name], v, known) or "（空）" for v in (before.get(name), value)
            )
            yield f"{columns[name].title}：{old} → {new}"


def changes_since(
    kind: ListingKind, row: Listing, typed: dict[str, Any], known: Book
) -> list[tuple[str, str, str]]:
    """Where what was typed differs from the row as it is now: title, typed, now."""
    found = []
    for column in LAYOUTS[kind.slug].columns:
        if column.key in typed:
            mine = spoken(column, typed[column.key], known)
            now = spoken(column, getattr(row, column.key), known)
            if mine != now:
                found.append((column.title, mine or "（空）", now or "（空）"))
    return found


def download(content: BytesIO, name: str) -> HttpResponseBase:
    """A workbook as a download."""
    content.seek(0)
    kind = FORMATS["xlsx"]
    return FileResponse(content, as_attachment=True, filename=name, content_type=kind)
