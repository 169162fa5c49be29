"""驾驶舱: the consortium on one screen, for the wall and for the phone; numbers only, no persons.

Every picture is a `Chart` with its table; every figure opens to the rows it counts. The page asks
for itself again every minute and exchanges its body in one stroke.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse

from chanjiao.members.composition import Composition, composed
from chanjiao.members.queries import visible_to
from chanjiao.web.desk.cockpit_indicators import indicator_charts
from chanjiao.web.desk.cockpit_spine import matches, members, needs, people
from chanjiao.web.desk.cockpit_year import council, plan, promises
from chanjiao.web.parts.charts import Chart, download
from chanjiao.web.parts.page import Answer, PageRequest, page
from chanjiao.web.parts.palette import THEMES, remember_theme, theme_of


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the top line, and where its rows are."""

    name: str
    value: str
    unit: str
    link: str


@page("desk")
def cockpit(request: PageRequest) -> Answer | HttpResponseBase:
    composition = composed(visible_to(request.actor).filter(consortium=request.consortium))
    charts = [
        members(request, composition), needs(request), matches(request),
        *indicator_charts(request), plan(request), promises(request), council(request),
    ]  # fmt: skip
    found = download(request, *charts)
    if found:
        return found
    theme = theme_of(request)
    answer = render(request, "home/cockpit.html", {
        "title": f"{request.consortium.short_name}驾驶舱", "charts": charts, "at": request.at,
        "figures": list(_figures(request, composition, charts)), "theme": theme,
        "others": [(key, name) for key, name in THEMES.items() if key != theme],
    })  # fmt: skip
    return remember_theme(request, answer)


def _figures(
    request: PageRequest, composition: Composition, charts: Sequence[Chart]
) -> Iterator[Figure]:
    """The top line; what a picture shows already is summed from its rows."""
    shown = {chart.key: chart for chart in charts}
    wanted, offered = people(request)
    member_list = f"{reverse('desk:member_list')}?left=0"
    yield Figure("成员单位", f"{composition.total:,}", "家", member_list)
    posts, cohorts = reverse("desk:post_list"), reverse("desk:cohort_list")
    yield Figure("在列岗位需求", f"{wanted:,}", "人", f"{posts}?shown=1")
    yield Figure("可到岗学生", f"{offered:,}", "人", f"{cohorts}?shown=1")
    matched = sum(row["matched"] or 0 for row in shown["matches"].rows)
    yield Figure("匹配录取", f"{matched:,}", "人", shown["matches"].link)
    done = sum(row["done"] for row in shown["plan"].rows)
    tasks = sum(row["tasks"] for row in shown["plan"].rows)
    yield Figure("计划任务完成", f"{done:,} / {tasks:,}", "项", shown["plan"].link)
    got = sum(row["delivered"] for row in shown["promises"].rows)
    yield Figure("资金与设备到位", f"{got:,.0f}", "万元", shown["promises"].link)


def urls() -> list[URLPattern]:
    return [path("cockpit/", cockpit, name="cockpit")]
