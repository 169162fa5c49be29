"""The one chart mechanism: a finding as its title, a picture, the table behind it, and its CSV.

    chart = Chart(
        key="supply",
        title="数控技术缺口最大:需 120 人,可供 45 人",       # says the finding
        source="2026年第四季度供需清单", updated_at=request.at,
        columns=(ListColumn("major", "专业"), ListColumn("need", "需求", kind="number", unit="人"),
                 ListColumn("supply", "供给", kind="number", unit="人")),
        rows=[{"major": "数控技术", "need": 120, "supply": 45}, …],
        drawing=bars("major", "need", "supply", lying=True),
    )
    return download(request, chart) or {"title": …, "charts": [chart]}

and in the template `{% block head %}{% include "parts/chart_scripts.html" %}{% endblock %}` with
`{% include "parts/chart.html" with chart=chart %}`. Drawings: `bars` (also `stacked=True`,
`lying=True`), `lines`, `heat`, `treemap`; in `gantt`: `gantt`, `against`, `lights`. They take column keys; the numbers come from `rows`, so
picture, table and CSV cannot differ. Without JavaScript the table shows.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import FileResponse, HttpRequest

from chanjiao.kernel import clock
from chanjiao.web.parts.columns import ListColumn
from chanjiao.web.parts.export import export
from chanjiao.web.parts.palette import COLOURS, DARK, FAINT, INK, LINE, PAPER, SHADES, SOFT

Row = Mapping[str, Any]
Option = dict[str, Any]
Drawing = Callable[["Chart"], Option]

_FONT = '"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC",sans-serif'


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One figure; see the module's text. `rows` are mappings by column key. `link` is the list they are of."""

    key: str
    title: str
    source: str
    updated_at: datetime
    columns: Sequence[ListColumn]
    rows: Sequence[Row]
    drawing: Drawing
    empty: str = "还没有可以统计的数据。"
    link: str = ""

    @property
    def option(self) -> Option:
        """What ECharts draws."""
        return _frame(self) | self.drawing(self)

    @property
    def dom_id(self) -> str:
        return f"chart-{self.key}"

    @property
    def lines(self) -> list[list[tuple[ListColumn, str]]]:
        return [[(column, column.html(row)) for column in self.columns] for row in self.rows]

    @property
    def lying_rows(self) -> int:
        """How many bars lie below each other; 0 where the height does not follow the rows."""
        return len(self.rows) if getattr(self.drawing, "lying", False) else 0

    @property
    def row_height(self) -> int:
        """Pixels of one lying row, where the drawing says; 0 where charts.js reckons."""
        return int(getattr(self.drawing, "row_height", 0))

    @property
    def is_wide(self) -> bool:
        """Whether the picture keeps its width on a phone and is scrolled."""
        return bool(getattr(self.drawing, "wide", False))

    @property
    def dark(self) -> str:
        """The colours of the dark theme by those of the light one, for charts.js."""
        return json.dumps(DARK)

    def heading(self, key: str) -> str:
        return next(column.heading for column in self.columns if column.key == key)

    def texts(self, key: str) -> list[str]:
        return [str(row[key]) for row in self.rows]

    def numbers(self, key: str) -> list[int | None]:
        return [row[key] for row in self.rows]


def download(request: HttpRequest, *charts: Chart) -> FileResponse | None:
    """The CSV of the chart the address asks for, else None."""
    wanted = request.GET.get("chart", "")
    chart = next((c for c in charts if c.key == wanted), None)
    if chart is None:
        return None
    day = clock.day_of(chart.updated_at).strftime("%Y%m%d")
    return export(chart.columns, chart.rows, f"{chart.title[:40]}{day}", "csv")


def bars(
    category: str,
    *values: str,
    stacked: bool = False,
    lying: bool = False,
    colours: Sequence[str] = COLOURS,
) -> Drawing:
    """Bars, standing or lying; several values stand beside or on top of each other."""

    def draw(chart: Chart) -> Option:
        names = {
            "type": "category", "data": chart.texts(category), "inverse": lying,
            "axisLabel": names_style(lying), "axisTick": {"show": False},
            "axisLine": {"lineStyle": {"color": LINE}},
        }  # fmt: skip
        series = [
            {
                "type": "bar", "name": chart.heading(value), "data": chart.numbers(value),
                "stack": "all" if stacked else None, "barMaxWidth": 28,
                "label": _numbers_style(shown=not stacked, lying=lying),
            }
            for value in values
        ]  # fmt: skip
        across, along = (scale(), names) if lying else (names, scale())
        return {
            "xAxis": across, "yAxis": along, "series": series, "legend": _legend(len(values)),
            "grid": _grid(len(values)), "aria": _aria(patterns=len(values) > 1),
            "color": list(colours),
        }  # fmt: skip

    draw.lying = lying  # type: ignore[attr-defined]
    return draw


def lines(category: str, *values: str) -> Drawing:
    """Lines over an ordered category, such as quarters or ranks."""

    def draw(chart: Chart) -> Option:
        series = [
            {"type": "line", "name": chart.heading(v), "data": chart.numbers(v), "symbolSize": 7}
            for v in values
        ]
        return {
            "xAxis": {"type": "category", "data": chart.texts(category), "axisLabel": names_style(False)},
            "yAxis": scale(), "series": series, "legend": _legend(len(values)),
            "grid": _grid(len(values)),
        }  # fmt: skip

    return draw


def heat(across: str, down: str, value: str) -> Drawing:
    """A grid of two categories; darker is more. Each cell bears its number."""

    def draw(chart: Chart) -> Option:
        x = list(dict.fromkeys(chart.texts(across)))
        y = list(dict.fromkeys(chart.texts(down)))
        cells = [
            [x.index(str(row[across])), y.index(str(row[down])), row[value]] for row in chart.rows
        ]
        most = max((cell[2] or 0 for cell in cells), default=0)
        return {
            "xAxis": {"type": "category", "data": x, "axisLabel": names_style(False), "position": "top"},
            "yAxis": {"type": "category", "data": y, "inverse": True, "axisLabel": names_style(True)},
            "visualMap": {
                "min": 0, "max": most or 1, "show": False,
                "inRange": {"color": SHADES},
            },
            "series": [
                {
                    "type": "heatmap", "data": cells, "name": chart.heading(value),
                    "label": {"show": True, "color": INK},
                    "itemStyle": {"borderColor": PAPER, "borderWidth": 2},
                }
            ],
            "grid": _grid(1), "tooltip": {"trigger": "item", "renderMode": "richText"},
        }  # fmt: skip

    draw.lying = True  # type: ignore[attr-defined]
    return draw


def treemap(group: str, name: str, value: str) -> Drawing:
    """Areas by value, gathered in groups of one colour."""

    def draw(chart: Chart) -> Option:
        groups: dict[str, list[Option]] = {}
        for row in chart.rows:
            groups.setdefault(str(row[group]), []).append(
                {"name": str(row[name]), "value": row[value]}
            )
        return {
            "series": [
                {
                    "type": "treemap", "roam": False, "nodeClick": False,
                    "breadcrumb": {"show": False},
                    "width": "100%", "height": "100%", "left": 0, "top": 0,
                    "label": {"fontSize": 13, "color": PAPER, "lineHeight": 20, "formatter": "{b}\n{c}"},
                    "upperLabel": {"show": True, "height": 24, "color": INK, "fontWeight": "bold"},
                    "levels": [
                        {"itemStyle": {"gapWidth": 3, "borderWidth": 0}, "upperLabel": {"show": False}},
                        {"itemStyle": {"gapWidth": 2, "borderWidth": 2, "borderColor": FAINT}},
                    ],
                    "data": [{"name": g, "children": children} for g, children in groups.items()],
                }
            ],
            "tooltip": {"trigger": "item", "renderMode": "richText"},
        }  # fmt: skip

    return draw


def _frame(chart: Chart) -> Option:
    return {
        "animation": False,
        "color": COLOURS,
        "textStyle": {"fontFamily": _FONT, "color": INK},
        "aria": _aria(patterns=False),
        "tooltip": {
            "trigger": "axis", "renderMode": "richText", "confine": True,
            "axisPointer": {"type": "shadow"},
        },
    }  # fmt: skip


def _aria(*, patterns: bool) -> Option:
    """Patterns beside colours; the description is the page's own, not one spelt out of the data."""
    return {"enabled": True, "decal": {"show": patterns}, "label": {"enabled": False}}


_LEGEND_ROW = 3  # more names than these break into a second row


def _grid(series: int) -> Option:
    return {
        "left": 4,
        "right": 44,  # room for the number at the end of the longest bar
        "top": (62 if series > _LEGEND_ROW else 36) if series > 1 else 16,
        "bottom": 4,
        "containLabel": True,
    }


def _legend(series: int) -> Option:
    return {"show": series > 1, "top": 0, "left": 0, "textStyle": {"color": INK}}


def scale() -> Option:
    return {
        "type": "value", "minInterval": 1, "axisLabel": {"color": SOFT, "hideOverlap": True},
        "splitLine": {"lineStyle": {"color": FAINT}},
    }  # fmt: skip


def names_style(lying: bool) -> Option:
    style: Option = {"color": INK, "interval": 0, "overflow": "break"}
    return style | ({"width": 130} if lying else {"width": 84, "hideOverlap": True})


def _numbers_style(*, shown: bool, lying: bool) -> Option:
    return {"show": shown, "position": "right" if lying else "top", "color": INK}
