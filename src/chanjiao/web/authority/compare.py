"""Consortia side by side: a year's indicators, their distribution, who lacks what, the roll-up."""

from typing import Any

from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse

from chanjiao.indicators import received_rules as rules
from chanjiao.indicators.side_by_side import Line, Side, side_by_side
from chanjiao.web.authority.years import year_of
from chanjiao.web.parts.charts import Chart, bars, download
from chanjiao.web.parts.export import FORMATS, export
from chanjiao.web.parts.lists import ListColumn
from chanjiao.web.parts.page import Answer, PageRequest, page
from chanjiao_engine.indicators.definitions import CATEGORY_LABELS

FEN_PER_WAN = 1_000_000


@page("authority", template="authority/compare.html")
def compare(request: PageRequest) -> Answer:
    """One row for each indicator, one column for each consortium; veto items apart."""
    year = year_of(request)
    side = _side(request, year)
    form = request.GET.get("export", "")
    if side and form in FORMATS:
        return export(_columns(side), side.lines, f"并列比较{year}年度", form)
    return {
        "title": f"并列比较 {year} 年度",
        "side": side,
        "year": year,
        "years": rules.years_of(request.authority),
        "silent": rules.silent_in(request.authority, year),
        "at": request.at,
    }


@page("authority", template="authority/indicator.html")
def indicator(request: PageRequest) -> Answer:
    """One indicator over all consortia, as a chart with its table, and who lacks it."""
    year = year_of(request)
    side = _side(request, year)
    line = side.line(request.GET.get("code", "")) if side else None
    if side is None or line is None:
        return redirect("authority:compare")
    chart = _chart(request, line, year)
    return download(request, chart) or {
        "title": f"{line.indicator.code} {line.indicator.name}",
        "crumbs": [(f"并列比较 {year} 年度", f"{reverse('authority:compare')}?year={year}")],
        "line": line,
        "side": side,
        "category": CATEGORY_LABELS[line.indicator.category],
        "charts": [chart],
    }


def _side(request: PageRequest, year: int) -> Side | None:
    packs = list(rules.counted(request.authority, year))
    return side_by_side(packs, request.GET.get("set", ""))


def _chart(request: PageRequest, line: Line, year: int) -> Chart:
    one = line.indicator
    money = one.unit == "分"
    rows: list[dict[str, Any]] = [
        {
            "name": cell.pack.called,
            "value": _drawn(cell.outcome.value, money) if cell.outcome.value is not None else None,
            "text": cell.text,
            "mark": cell.mark,
        }
        for cell in line.cells
    ]
    rows.sort(key=lambda row: (row["value"] is None, -(row["value"] or 0), row["name"]))
    return Chart(
        key="spread",
        title=_finding(line),
        source=f"{year} 年度证据包（{len(line.cells)} 家）",
        updated_at=request.at,
        columns=(
            ListColumn("name", "联合体"),
            ListColumn("value", one.name, kind="decimal", unit="万元" if money else one.unit),
            ListColumn("text", "包内所载"),
            ListColumn("mark", "说明"),
        ),
        rows=rows,
        drawing=bars("name", "value", lying=True),
    )


def _drawn(value: Any, money: bool) -> int | float:
    """For drawing and reading only; what is exact stands beside it."""
    number = value / FEN_PER_WAN if money else value
    return int(number) if number == int(number) else round(float(number), 4)


def _finding(line: Line) -> str:
    having, all_ = len(line.values), len(line.cells)
    if line.is_veto:
        struck = len(line.with_mark("否决"))
        return (
            f"{line.indicator.name}：{struck} 家触发否决"
            if struck
            else f"{line.indicator.name}：无一触发"
        )
    if not having:
        return f"{line.indicator.name}：{all_} 家都没有数值"
    below = len(line.with_mark("未达标"))
    tail = f"，{below} 家未达标" if below else ""
    lacking = f"，{all_ - having} 家暂无" if all_ > having else ""
    return f"{line.indicator.name}：{line.spread}{tail}{lacking}"


def _columns(side: Side) -> list[ListColumn]:
    """The sheet: what the page shows, one column for each consortium."""
    own = [
        ListColumn(f"p{n}", pack.consortium_name, lambda line, n=n: _exported(line, n))  # type: ignore[misc]
        for n, pack in enumerate(side.packs)
    ]
    return [
        ListColumn("code", "编号", "indicator.code"),
        ListColumn("category", "类别", lambda line: CATEGORY_LABELS[line.indicator.category]),
        ListColumn("second", "二级指标", "indicator.second"),
        ListColumn("name", "指标", "indicator.name"),
        ListColumn("threshold", "要求", "threshold"),
        ListColumn("total", "合计", lambda line: "不汇总" if line.is_veto else line.total),
        ListColumn("spread", "最低至最高", "spread"),
        *own,
    ]


def _exported(line: Line, number: int) -> str:
    cell = line.cells[number]
    notes = [
        note
        for note in (cell.mark if cell.mark != "暂无" else "", "人工填报" if cell.by_hand else "")
        if note
    ]
    return cell.text + (f"（{'，'.join(notes)}）" if notes else "")


def urls() -> list[URLPattern]:
    return [
        path("compare/", compare, name="compare"),
        path("compare/indicator/", indicator, name="indicator"),
    ]
