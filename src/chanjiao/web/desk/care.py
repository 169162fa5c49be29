"""The secretariat on training: figures without names, grave incidents, complaints given to it."""

from collections.abc import Sequence

from django.db.models import F, QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.clock import day_of
from chanjiao.training import figures
from chanjiao.training.enums import IncidentState, PlacementState, Severity
from chanjiao.training.figures import RuleCount
from chanjiao.training.hosted import Room
from chanjiao.training.models import Complaint, Incident
from chanjiao.training.safeguard_queries import complaints_visible_to, incidents_visible_to
from chanjiao.web.parts.charts import Chart, bars, download
from chanjiao.web.parts.incidents import (
    complaint_context,
    complaint_page,
    complaint_stepped,
    incident_context,
    incident_page,
)
from chanjiao.web.parts.lists import ListColumn
from chanjiao.web.parts.page import Answer, PageRequest, page

MOST = 15
_SOURCE = "实习安排与登记，按今天的规则即时计算，不含学生姓名"


# Figures ---------------------------------------------------------------------------------------
@page("desk", template="care/figures.html")
def training(request: PageRequest) -> Answer | HttpResponseBase:
    """How training stands: every figure a finding, with its table and CSV."""
    on, consortium = day_of(request.at), request.consortium
    held, pay = figures.held_back(consortium, on=on), figures.pay_broken(consortium, on=on)
    trouble = figures.troubles(consortium, on=on)
    charts = [
        _schools(request, figures.by_school(consortium)),
        _hosts(request, figures.by_host(consortium, on=on)),
        _rules(request, "held", held, "没有规则挡住拟安排的学生", "挡住的学生最多"),
        _rules(request, "pay", pay, "在岗学生的报酬没有违规", "涉及的学生最多"),
        _incidents(request, trouble),
    ]
    return download(request, *charts) or {
        "title": "实习统计", "charts": charts, "trouble": trouble, "at": request.at,
        "open_incidents": sum(
            n for (_, state), n in trouble.incidents.items() if state == IncidentState.OPEN
        ),
    }  # fmt: skip


def _schools(request: PageRequest, rows: Sequence[figures.SchoolCount]) -> Chart:
    running = sum(one.by_state.get(PlacementState.RUNNING, 0) for one in rows)
    planned = sum(one.by_state.get(PlacementState.PLANNED, 0) for one in rows)
    states = [s for s in PlacementState if any(one.by_state.get(s) for one in rows)]
    return Chart(
        key="schools", title=f"{running:,} 名学生在岗，{planned:,} 名待上岗", source=_SOURCE,
        updated_at=request.at,
        columns=(
            ListColumn("school", "学校"),
            *(ListColumn(s.value, str(s.label), kind="number", unit="人") for s in states),
        ),
        rows=[
            {"school": one.school, **{s.value: one.by_state.get(s, 0) for s in states}}
            for one in rows[:MOST]
        ],
        drawing=bars("school", *(s.value for s in states), stacked=True, lying=True),
        empty="还没有实习安排。",
    )  # fmt: skip


def _hosts(request: PageRequest, rows: Sequence[Room]) -> Chart:
    over = sum(one.cap is not None and one.cap.excess > 0 for one in rows)
    unknown = sum(one.cap is None for one in rows)
    title = f"{over} 家单位会超过人数上限" if over else "没有单位超过人数上限"
    title += f"，{unknown} 家没有填写职工数" if unknown else ""
    return Chart(
        key="hosts", title=title, source=_SOURCE, updated_at=request.at,
        columns=(
            ListColumn("host", "单位"),
            ListColumn("staff", "在岗职工", kind="number", unit="人"),
            ListColumn("running", "已上岗", kind="number", unit="人"),
            ListColumn("planned", "拟安排", kind="number", unit="人"),
            ListColumn("allowed", "上限", kind="number", unit="人"),
            ListColumn("excess", "超出", kind="number", unit="人"),
        ),
        rows=[
            {
                "host": one.host.called, "staff": one.staff, "running": one.running,
                "planned": one.planned, "allowed": one.cap.allowed if one.cap else None,
                "excess": one.cap.excess if one.cap else None,
            }
            for one in rows[:MOST]
        ],
        drawing=bars("host", "running", "planned", "allowed", lying=True),
        empty="还没有单位接收实习学生。",
    )  # fmt: skip


# What a rule is called on the axis of a picture; the table has its words.
_NAMES = {
    "grade_first_year": "一年级", "age_under_16": "未满16周岁", "minor_hazard": "未成年工禁忌",
    "minor_chemical": "危险化学品场所", "female_hazard": "女职工禁忌", "major_group": "专业对口",
    "venue": "娱乐场所", "intermediary": "中介组织", "intensity": "劳动强度", "hazard": "有害身心",
    "site": "场所登记", "cap_unit": "单位人数上限", "cap_kind": "岗位人数上限", "hours": "每日时间",
    "night_shift": "夜班", "agreement": "三方协议", "consent_student": "学生知情同意",
    "consent_guardian": "监护人知情同意", "forced": "强制安排", "insurance": "责任保险",
    "insurance_charged": "保费向学生收取", "training": "安全培训", "test": "安全考核", "wage": "约定报酬",
    "wage_month": "实发低于标准", "pay_hourly": "低于小时最低工资", "pay_full": "未足额",
    "pay_money": "不是货币", "pay_direct": "他人代领", "pay_late": "发放过晚", "pay_missing": "缺发",
    "fees": "收费押金", "documents_held": "扣押证件", "filing": "备案", "mental_health": "心理评估",
}  # fmt: skip


def _rules(
    request: PageRequest, key: str, rows: Sequence[RuleCount], none: str, most: str
) -> Chart:
    title = none
    if rows:
        title = f"“{_NAMES[rows[0].rule]}”{most}：{rows[0].placements:,} 人"
    return Chart(
        key=key, title=title, source=_SOURCE, updated_at=request.at,
        columns=(
            ListColumn("name", "名称"), ListColumn("text", "规则"), ListColumn("mender", "谁补正"),
            ListColumn("placements", "学生", kind="number", unit="人"),
        ),
        rows=[
            {"name": _NAMES[one.rule], "text": one.text, "mender": one.mender, "placements": one.placements}
            for one in rows[:MOST]
        ],
        drawing=bars("name", "placements", lying=True),
        empty=f"{none}。",
    )  # fmt: skip


def _incidents(request: PageRequest, trouble: figures.Troubles) -> Chart:
    counts = trouble.incidents
    still = sum(n for (_, state), n in counts.items() if state == IncidentState.OPEN)
    total = sum(counts.values())
    return Chart(
        key="incidents", title=f"发生实习事件 {total:,} 起，{still:,} 起还没有结案", source=_SOURCE,
        updated_at=request.at,
        columns=(
            ListColumn("severity", "程度"),
            ListColumn("open", "处理中", kind="number", unit="起"),
            ListColumn("closed", "已结案", kind="number", unit="起"),
        ),
        rows=[
            {
                "severity": str(one.label), "open": counts[one.value, IncidentState.OPEN.value],
                "closed": counts[one.value, IncidentState.CLOSED.value],
            }
            for one in Severity
        ] if total else [],
        drawing=bars("severity", "open", "closed", stacked=True, lying=True),
        empty="没有发生实习事件。",
        link=reverse("desk:incident_list"),
    )  # fmt: skip


# Incidents and complaints ----------------------------------------------------------------------
def _grave(request: PageRequest) -> QuerySet[Incident]:
    rows = incidents_visible_to(request.actor).exclude(severity=Severity.MINOR)
    return rows.filter(placement__consortium=request.consortium).order_by("-happened_at", "-pk")


@page("desk")
def incident_list(request: PageRequest) -> HttpResponseBase:
    intro = "严重和重大的事件，由学校处理和结案。一般事件由学校和单位处理，这里只计数。"
    return incident_page("desk").respond(request, _grave(request), intro=intro)


@page("desk", template="care/incident.html")
def incident_detail(request: PageRequest, pk: int) -> Answer:
    return incident_context(request, get_object_or_404(_grave(request), pk=pk), "desk")


def _complaints(request: PageRequest) -> QuerySet[Complaint]:
    rows = complaints_visible_to(request.actor).filter(to_office=True)
    rows = rows.filter(placement__consortium=request.consortium)
    return rows.order_by(F("closed_at").desc(nulls_first=True), "due_on", "pk")


@page("desk")
def complaint_list(request: PageRequest) -> HttpResponseBase:
    intro = "学生直接交秘书处的反映，学校看不到；单位只看到秘书处写给它的问题。"
    shown = complaint_page("desk", on=day_of(request.at))
    return shown.respond(request, _complaints(request), intro=intro)


@page("desk", template="care/complaint.html")
def complaint_detail(request: PageRequest, pk: int) -> Answer:
    return complaint_context(request, get_object_or_404(_complaints(request), pk=pk), "desk")


@page("desk", writes=True, template="care/complaint.html")
def complaint_step(request: PageRequest, pk: int, step: str) -> Answer:
    return complaint_stepped(request, get_object_or_404(_complaints(request), pk=pk), step, "desk")


def urls() -> list[URLPattern]:
    """Addresses below /desk/."""
    return [
        path("training/", training, name="training"),
        path("incidents/", incident_list, name="incident_list"),
        path("incidents/<int:pk>/", incident_detail, name="incident_detail"),
        path("complaints/", complaint_list, name="complaint_list"),
        path("complaints/<int:pk>/", complaint_detail, name="complaint_detail"),
        path("complaints/<int:pk>/<slug:step>/", complaint_step, name="complaint_step"),
    ]
