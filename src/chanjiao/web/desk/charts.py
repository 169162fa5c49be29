"""Demand against supply, by major group, major and occupation."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponseBase
from django.urls import URLPattern, path, reverse

from chanjiao.needs.queries import (
    Balance,
    balance_by_group,
    balance_by_major,
    balance_by_occupation,
)
from chanjiao.reference.enums import Table
from chanjiao.reference.queries import Book, book
from chanjiao.web.parts.charts import Chart, bars, download
from chanjiao.web.parts.lists import ListColumn
from chanjiao.web.parts.page import Answer, PageRequest, page

MOST = 20
_FIGURES = (
    ListColumn("demand", "需求", kind="number", unit="人"),
    ListColumn("supply", "供给", kind="number", unit="人"),
    ListColumn("gap", "差额", kind="number", unit="人"),
)


@page("desk", template="home/charts.html")
def charts(request: PageRequest) -> Answer | HttpResponseBase:
    """Every chart has its table and CSV; the figures open to the lists they are summed from."""
    known = book()
    majors = balance_by_major(request.consortium)
    shown = [
        _chart(
            request, "groups", "专业大类", balance_by_group(request.consortium, known),
            Table.MAJOR, known,
        ),
        _chart(request, "majors", "专业", majors[:MOST], Table.MAJOR, known),
        _chart(
            request, "occupations", "职业",
            balance_by_occupation(request.consortium, known)[:MOST], Table.OCCUPATION, known,
        ),
    ]  # fmt: skip
    return download(request, *shown) or {"title": "供需图表", "charts": shown}


def _chart(
    request: PageRequest, key: str, noun: str, rows: Sequence[Balance], table: Table, known: Book
) -> Chart:
    return Chart(
        key=key,
        title=_finding(noun, rows, table, known),
        source="已发布的人才需求清单与学生批次清单（可面向多个专业的岗位在各专业下分别计数）",
        updated_at=request.at,
        columns=(ListColumn("name", noun, kind="link", link=_opens(table)), *_FIGURES),
        rows=[
            {
                "name": _name(known, table, row.code), "code": row.code,
                "demand": row.demand, "supply": row.supply, "gap": row.gap,
            }
            for row in rows
        ],
        drawing=bars("name", "demand", "supply", lying=True),
        empty="还没有已发布的人才需求或学生批次。",
    )  # fmt: skip


def _name(known: Book, table: Table, code: str) -> str:
    """Two levels may have a major of one name; the code tells them apart."""
    name = known.name(table, code)
    return f"{name} {code}" if table == Table.MAJOR and len(code) == 6 else name


def _opens(table: Table) -> Callable[[Mapping[str, Any]], str]:
    """The posts behind a line: the list, narrowed to what is counted."""
    key = "group" if table == Table.MAJOR else "occupation"
    return lambda row: f"{reverse('desk:post_list')}?{urlencode({'shown': '1', key: row['code']})}"


def _finding(noun: str, rows: Sequence[Balance], table: Table, known: Book) -> str:
    """The title says what the picture shows: where most people are missing, or that none are."""
    short = max(rows, key=lambda row: row.gap, default=None)
    if short is None or short.gap <= 0:
        return f"按{noun}看，供给均不少于需求"
    name = known.name(table, short.code)
    return f"按{noun}看，{name}缺口最大：需 {short.demand:,} 人，可供 {short.supply:,} 人"


def urls() -> list[URLPattern]:
    return [path("charts/", charts, name="charts")]
