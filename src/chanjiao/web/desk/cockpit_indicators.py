"""Tiles of the cockpit about the period's indicators: by second level, and the vetoes as lights."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from chanjiao.indicators.checklist import doubts_of
from chanjiao.indicators.computing import Standing, standing_of
from chanjiao.indicators.models import Period
from chanjiao.indicators.queries import current_period, periods_visible_to
from chanjiao.indicators.values import shown
from chanjiao.web.parts import indicators as parts
from chanjiao.web.parts.charts import Chart, bars
from chanjiao.web.parts.columns import ListColumn
from chanjiao.web.parts.evidence import evidence_of_year
from chanjiao.web.parts.gantt import CLEAR, DOUBTFUL, STRUCK, UNKNOWN, WAITING, Light, lights
from chanjiao.web.parts.page import PageRequest
from chanjiao.web.parts.shell import address
from chanjiao_engine.indicators.definitions import Category, Indicator
from chanjiao_engine.indicators.outcomes import Outcome, State

_NO_PERIOD = "还没有年度。请在“指标”中导入指标集并建立年度。"
_NOT_YET = "指标还没有计算。请在“指标”中计算。"
_LIGHTS: dict[str, Light] = {
    "clear": CLEAR, "struck": STRUCK, "unknown": UNKNOWN, "waiting": WAITING,
    "doubtful": DOUBTFUL,
}  # fmt: skip


def indicator_charts(request: PageRequest) -> list[Chart]:
    """Both tiles of the period that runs, else of the last."""
    own = periods_visible_to(request.actor).filter(consortium=request.consortium)
    period = current_period(own)
    standing = standing_of(period) if period else None
    return [_seconds(request, period, standing), _vetoes(request, period, standing)]


def _measured(standing: Standing | None, *, veto: bool) -> list[tuple[Indicator, Outcome]]:
    """Indicators with an outcome, of the vetoes or of the others."""
    if standing is None:
        return []
    return [
        (one, standing.outcomes[one.code])
        for one in standing.found.indicators
        if one.code in standing.outcomes and (one.category is Category.VETO) == veto
    ]


def _told(period: Period | None, standing: Standing | None) -> dict[str, Any]:
    """What both tiles say of where they come from."""
    if period is None or standing is None:
        return {"source": "指标", "empty": _NO_PERIOD}
    return {"source": f"{period.year} 年度，{standing.found.label}", "empty": _NOT_YET}


def _seconds(request: PageRequest, period: Period | None, standing: Standing | None) -> Chart:
    measured = _measured(standing, veto=False)
    rows: dict[str, dict[str, Any]] = {}
    for one, outcome in measured:
        row = rows.setdefault(one.second, {"second": one.second, **dict.fromkeys(parts.STANDS, 0)})
        row[parts.stand_of(one, outcome)] += 1
    return Chart(
        key="indicators", title=_title(period, rows.values()),
        updated_at=(standing.at if standing else None) or request.at,
        link=address("desk:indicator_home"), **_told(period, standing),
        columns=(
            ListColumn("second", "二级指标", kind="link", link=_list_of(period)),
            *(
                ListColumn(key, name, kind="number", unit="项", link=_list_of(period, key))
                for key, name in parts.STANDS.items()
            ),
        ),
        rows=list(rows.values()), drawing=bars("second", *parts.STANDS, stacked=True, lying=True, colours=parts.STAND_COLOURS),
    )  # fmt: skip


def _list_of(period: Period | None, stand: str = "") -> Callable[[Any], str]:
    """The year's indicators narrowed to what a cell counts."""
    if period is None:
        return lambda row: ""
    here = reverse("desk:indicator_list", args=[period.pk])
    return lambda row: f"{here}?{urlencode({'second': row['second'], 'stand': stand})}"


def _title(period: Period | None, rows: Iterable[dict[str, Any]]) -> str:
    if period is None:
        return "指标"
    sums = {key: sum(row[key] for row in rows) for key in parts.STANDS}
    valued = sums["reached"] + sums["valued"] + sums["short"]
    return (
        f"{period.year} 年度 {sum(sums.values())} 项指标：有值 {valued}，其中达标 {sums['reached']}、"
        f"未达标 {sums['short']}；暂无数据来源 {sums['absent']}"
    )


def _vetoes(request: PageRequest, period: Period | None, standing: Standing | None) -> Chart:
    """Vetoes stand apart: no other value outweighs one."""
    rows = _veto_rows(period, standing) if period and standing else []
    return Chart(
        key="vetoes", title=_vetoes_title(rows),
        updated_at=(standing.at if standing else None) or request.at,
        link=address("desk:indicator_home"), **_told(period, standing),
        columns=(
            ListColumn("name", "否定性指标", kind="link", link=lambda row: row["url"]),
            ListColumn("word", "状态"), ListColumn("value", "数值"),
            ListColumn("doubt", "待核", kind="number", unit="份", link=lambda row: row["doubles"]),
        ),
        rows=rows, drawing=lights("name", "state", _LIGHTS),
    )  # fmt: skip


def _veto_rows(period: Period, standing: Standing) -> list[dict[str, Any]]:
    doubts = doubts_of(period, standing)
    return [
        _veto_row(period, one, outcome, doubts.get(one.code, 0))
        for one, outcome in _measured(standing, veto=True)
    ]


def _veto_row(period: Period, one: Indicator, outcome: Outcome, doubt: int) -> dict[str, Any]:
    state = _light(outcome, doubt)
    return {
        "name": f"{one.code} {one.name}", "state": state, "word": _LIGHTS[state].word,
        "value": shown(one, outcome), "doubt": doubt or None,
        "doubles": evidence_of_year(period.year, doubles=True),
        "url": reverse("desk:indicator_detail", args=[period.pk, one.code]),
    }  # fmt: skip


def _vetoes_title(rows: list[dict[str, Any]]) -> str:
    states = [row["state"] for row in rows]
    struck, doubtful = states.count("struck"), states.count("doubtful")
    told = f"否定性指标触发 {struck} 项" if struck else "否定性指标未触发"
    told += f"，待核 {doubtful} 项" if doubtful else ""
    unknown = states.count("unknown")
    return f"{told}，暂无数据来源 {unknown} 项" if unknown else told


def _light(outcome: Outcome, doubt: int) -> str:
    """A suspicion does not strike, nor is the light clear while it stands."""
    if outcome.struck:
        return "struck"
    if doubt:
        return "doubtful"
    return {State.VALUE: "clear", State.ABSENT: "unknown"}.get(outcome.state, "waiting")
