"""Drawings of plans, promises and vetoes, as data like those of `charts`.

`gantt` draws one line per task: the whole bar from start to due day, the done part of it darker, a
diamond per milestone, and today. `against` draws what was delivered inside what was promised.
`lights` draws a state as shape, colour and word, so that it is read without colour.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from chanjiao.web.parts.charts import Chart, Drawing, Option, Row, names_style, scale
from chanjiao.web.parts.palette import AMBER, BLUE, FAINT, GREEN, INK, LINE, PALE, RED, SOFT

_ROW, _NAMES = 26, 210
_TIP: Option = {"trigger": "item", "renderMode": "richText", "confine": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """The column keys of a Gantt chart. `progress` is 0–100; `milestones` holds (day, text) pairs."""

    name: str
    start: str
    due: str
    progress: str
    late: str
    milestones: str = ""


def gantt(bar: Bar, *, today: date) -> Drawing:
    """Tasks over days. The axis runs from the first start to the last due day, in months."""

    def draw(chart: Chart) -> Option:
        first = min((row[bar.start] for row in chart.rows), default=today).replace(day=1)
        last = max((row[bar.due] for row in chart.rows), default=today)
        series = [_gap(chart.rows, bar, first), *_parts(chart.rows, bar, first)]
        series[0]["markLine"] = _months(first, last, today)
        if bar.milestones:
            series.append(_diamonds(chart, bar, first))
        return {
            "xAxis": {
                "type": "value", "min": 0, "max": (last - first).days + 1, "position": "top",
                "axisLabel": {"show": False}, "splitLine": {"show": False}, "axisTick": {"show": False},
                "axisLine": {"show": False},
            },
            "yAxis": {
                "type": "category", "data": chart.texts(bar.name), "inverse": True,
                "axisLabel": {"color": INK, "interval": 0, "width": _NAMES, "overflow": "truncate"},
                "axisTick": {"show": False}, "axisLine": {"lineStyle": {"color": LINE}},
            },
            "series": series, "tooltip": _TIP, "legend": {"show": False},
            "grid": {"left": 4, "right": 20, "top": 38, "bottom": 22, "containLabel": True},
        }  # fmt: skip

    draw.lying = True  # type: ignore[attr-defined]
    draw.row_height = _ROW  # type: ignore[attr-defined]
    draw.wide = True  # type: ignore[attr-defined]
    return draw


def against(category: str, promised: str, delivered: str) -> Drawing:
    """Lying bars: what was delivered, inside what was promised."""

    def draw(chart: Chart) -> Option:
        outer: Option = {
            "type": "bar", "name": chart.heading(promised), "data": _floats(chart, promised),
            "barWidth": 20, "barGap": "-70%", "itemStyle": {"color": PALE, "opacity": 0.55}, "z": 1,
        }  # fmt: skip
        inner: Option = {
            "type": "bar", "name": chart.heading(delivered), "data": _floats(chart, delivered),
            "barWidth": 8, "itemStyle": {"color": BLUE}, "z": 2,
            "label": {"show": True, "position": "right", "color": INK, "distance": 8},
        }  # fmt: skip
        return {
            "xAxis": scale(),
            "yAxis": {
                "type": "category", "data": chart.texts(category), "inverse": True,
                "axisLabel": names_style(True), "axisTick": {"show": False},
                "axisLine": {"lineStyle": {"color": LINE}},
            },
            "series": [outer, inner],
            "legend": {"show": True, "top": 0, "left": 0, "textStyle": {"color": INK}},
            "grid": {"left": 4, "right": 56, "top": 32, "bottom": 4, "containLabel": True},
        }  # fmt: skip

    draw.lying = True  # type: ignore[attr-defined]
    return draw


@dataclass(frozen=True, slots=True)
class Light:
    """How a state is shown: an ECharts symbol, a colour of the palette, and the word for it."""

    symbol: str
    colour: str
    word: str


CLEAR = Light("circle", GREEN, "未触发")
STRUCK = Light("triangle", RED, "已触发")
UNKNOWN = Light("emptyCircle", SOFT, "暂无数据来源")
WAITING = Light("diamond", AMBER, "尚无数值")
DOUBTFUL = Light("diamond", AMBER, "待核")


def lights(name: str, state: str, shown: Mapping[str, Light]) -> Drawing:
    """One line per row: its sign, its name, and the word for its state."""

    def draw(chart: Chart) -> Option:
        marks = [
            _light(row, index, name, shown[row[state]]) for index, row in enumerate(chart.rows)
        ]
        return {
            "xAxis": {"type": "value", "show": False, "min": 0, "max": 10},
            "yAxis": {
                "type": "category", "show": False, "inverse": True, "data": chart.texts(name),
            },
            "series": [{"type": "scatter", "data": marks}],
            "grid": {"left": 0, "right": 0, "top": 4, "bottom": 4}, "tooltip": _TIP,
        }  # fmt: skip

    draw.lying = True  # type: ignore[attr-defined]
    draw.row_height = 36  # type: ignore[attr-defined]
    return draw


def _light(row: Row, index: int, name: str, light: Light) -> Option:
    text = f"{light.word}　{row[name]}"
    return {
        "value": [0.4, index], "symbol": light.symbol, "symbolSize": 18,
        "itemStyle": {"color": light.colour, "opacity": 1}, "tooltip": {"formatter": plain(text)},
        "label": {
            "show": True, "position": "right", "distance": 10, "color": INK, "fontSize": 13,
            "formatter": plain(text),
        },
    }  # fmt: skip


def _gap(rows: Sequence[Row], bar: Bar, first: date) -> Option:
    """The empty stretch before each task."""
    return {
        "type": "bar", "stack": "days", "silent": True, "barWidth": 14,
        "itemStyle": {"color": "transparent"}, "data": [(row[bar.start] - first).days for row in rows],
    }  # fmt: skip


def _parts(rows: Sequence[Row], bar: Bar, first: date) -> list[Option]:
    done: list[Option] = []
    rest: list[Option] = []
    for row in rows:
        days = max((row[bar.due] - row[bar.start]).days + 1, 1)
        share = days * int(row[bar.progress]) / 100
        tip = {"formatter": plain(_told(row, bar))}
        colour = RED if row[bar.late] else BLUE
        done.append({"value": share, "itemStyle": {"color": colour}, "tooltip": tip})
        rest.append({"value": days - share, "tooltip": tip, "itemStyle": {
            "color": FAINT, "borderColor": colour, "borderWidth": 1}})  # fmt: skip
    frame = {"type": "bar", "stack": "days", "barWidth": 14}
    return [frame | {"name": "完成", "data": done}, frame | {"name": "未完成", "data": rest}]


def _told(row: Row, bar: Bar) -> str:
    late = "，已逾期" if row[bar.late] else ""
    return f"{row[bar.name]}\n{row[bar.start]} 至 {row[bar.due]}\n进度 {row[bar.progress]}%{late}"


def _diamonds(chart: Chart, bar: Bar, first: date) -> Option:
    points: list[dict[str, Any]] = [
        {"value": [(day - first).days, index], "tooltip": {"formatter": plain(f"{day} {text}")}}
        for index, row in enumerate(chart.rows)
        for day, text in row[bar.milestones]
    ]
    return {
        "type": "scatter", "name": "里程碑", "symbol": "diamond", "symbolSize": 11, "data": points,
        "itemStyle": {"color": AMBER, "borderColor": INK, "borderWidth": 1}, "z": 5,
    }  # fmt: skip


def _months(first: date, last: date, today: date) -> Option:
    """A line at each month's beginning, and today's."""
    lines: list[Option] = []
    month = first
    while month <= last:
        text = (
            f"{month.month}月"
            if month.month > 1 and month != first
            else f"{month.year}\n{month.month}月"
        )
        lines.append({"xAxis": (month - first).days, "label": {"formatter": text}})
        month = (month + timedelta(days=31)).replace(day=1)
    if first <= today <= last:
        lines.append({
            "xAxis": (today - first).days, "lineStyle": {"color": RED, "type": "dashed", "width": 2},
            "label": {"formatter": "今天", "color": RED, "position": "end", "align": "center"},
        })  # fmt: skip
    return {
        "symbol": "none", "silent": True, "animation": False, "data": lines,
        "lineStyle": {"color": LINE, "type": "solid", "width": 1},
        "label": {"show": True, "position": "start", "color": SOFT, "fontSize": 12, "align": "left",
                  "distance": 4},
    }  # fmt: skip


def _floats(chart: Chart, key: str) -> list[float]:
    """ECharts places bars by floats; what is decided and printed stays exact in the table."""
    return [float(row[key] or 0) for row in chart.rows]


def plain(text: str) -> str:
    """Without the braces that ECharts would fill in, and the bars of rich text."""
    return text.translate({ord("{"): "（", ord("}"): "）", ord("|"): "／"})
