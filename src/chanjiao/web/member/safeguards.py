"""A school's and a host's pages of what protects a student: pay, incidents, complaints, questions."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.clock import day_of
from chanjiao.training import safeguard_rules as rules
from chanjiao.training import trouble_actions as actions
from chanjiao.training.enums import PlacementState
from chanjiao.training.models import Complaint, Incident, Placement, Stint
from chanjiao.training.pay_standing import STATES, Month, months_of, stints_of_school
from chanjiao.training.queries import placements_of_school, placements_visible_to
from chanjiao.training.safeguard_queries import (
    complaints_visible_to,
    incidents_visible_to,
    questions_to,
)
from chanjiao.web.parts.care_forms import (
    AnswerForm,
    CloseIncidentForm,
    IncidentOfForm,
    NoteForm,
    ReopenForm,
)
from chanjiao.web.parts.export import FORMATS, export
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.incidents import (
    Step,
    complaint_context,
    complaint_page,
    complaint_stepped,
    incident_context,
    incident_page,
)
from chanjiao.web.parts.lists import ListColumn, ListPage
from chanjiao.web.parts.page import Answer, PageRequest, Primary, page
from chanjiao.web.parts.typed import whole

MONTHS, PAGE = 6, 50


# Pay -------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class PayLine:
    """One student at one host: a cell for each month shown, None where nothing is owed yet."""

    stint: Stint
    cells: tuple[tuple[date, Month | None], ...]


_PAY = (
    ListColumn("name", "姓名", "stint.placement.student.name"),
    ListColumn("student_number", "学号", "stint.placement.student.student_number", kind="code"),
    ListColumn("host", "单位", "stint.host.name"), ListColumn("position", "岗位", "stint.position"),
    ListColumn("month", "月份", lambda row: f"{row.month:%Y-%m}"),
    ListColumn("due", "约定月报酬", "stint.wage_fen", kind="money"),
    ListColumn("paid", "实发", "proof.amount_fen", kind="money"),
    ListColumn("paid_on", "发放日期", "proof.paid_on", kind="date"),
    ListColumn("word", "状态"), ListColumn("objection", "学生异议", "proof.objection"),
    ListColumn("found", "说明", lambda row: "".join(one.sentence for one in row.findings)),
)  # fmt: skip


@page("member", template="care/pay.html")
def pay_list(request: PageRequest) -> Answer | HttpResponseBase:
    """Month by student, by the red lines; `state` narrows to those with such a month."""
    on = day_of(request.at)
    stints = list(stints_of_school(_sent(request)))
    found = months_of(stints, on=on)
    wanted = request.GET.get("state", "")
    every = [month for stint in stints for month in found.get(stint.pk, {}).values()]
    if request.GET.get("export") in FORMATS:
        rows = [month for month in every if not wanted or month.word == wanted]
        return export(_PAY, rows, f"实习报酬{on:%Y%m%d}", request.GET["export"])
    held = {month.month for month in every}
    shown = [month for month in _months(on) if month in held]
    lines = [
        PayLine(stint, tuple((month, found.get(stint.pk, {}).get(month)) for month in shown))
        for stint in stints
        if any(month in shown for month in found.get(stint.pk, {}))
    ]
    lines = [x for x in lines if not wanted or any(c and c.word == wanted for _, c in x.cells)]
    number = max(1, whole(request.GET.get("page", "")))
    recent = [month for month in every if month.month in shown]
    return {
        "title": "实习报酬", "months": shown, "wanted": wanted, "total": len(lines),
        "lines": lines[(number - 1) * PAGE : number * PAGE],
        "counts": [(w, n) for w in STATES if (n := sum(m.word == w for m in recent))],
        "page": number, "next_page": number + 1 if len(lines) > number * PAGE else 0,
    }  # fmt: skip


def _sent(request: PageRequest) -> QuerySet[Placement]:
    rows = placements_of_school(request.actor)
    return rows.filter(school=request.unit, consortium=request.consortium)


def _months(on: date) -> list[date]:
    """The months before this one and this one, the newest last."""
    last = on.year * 12 + on.month - 1
    return [date((last - i) // 12, (last - i) % 12 + 1, 1) for i in range(MONTHS - 1, -1, -1)]


# Incidents -------------------------------------------------------------------------------------
def _ours(request: PageRequest, to: str = "") -> Q:
    """Of the unit one stands for: its own students, or those at it. `to` leads to the placement."""
    hosted = Stint.objects.filter(host=request.unit).values("placement")
    return Q(**{f"{to}school": request.unit}) | Q(**{f"{to}pk__in": hosted})


def _incidents(request: PageRequest) -> QuerySet[Incident]:
    rows = incidents_visible_to(request.actor).filter(_ours(request, "placement__"))
    return rows.filter(placement__consortium=request.consortium).order_by("-happened_at", "-pk")


@page("member")
def incident_list(request: PageRequest) -> HttpResponseBase:
    primary = Primary("报告事件", reverse("member:incident_new"))
    return incident_page("member").respond(request, _incidents(request), primary=primary)


@page("member", writes=True, template="parts/form_page.html")
def incident_new(request: PageRequest) -> Answer:
    """Whoever hears of it first; `?placement=` chooses the student beforehand."""
    rows = placements_visible_to(request.actor, on=day_of(request.at))
    rows = rows.filter(_ours(request), consortium=request.consortium)
    rows = rows.exclude(state=PlacementState.CANCELLED)
    offered = list(rows.order_by("-starts_on", "number"))
    form = IncidentOfForm(
        offered, lambda one: f"{one.school.called}，{one.number}", request.POST or None,
        initial={"placement": request.GET.get("placement", "")},
    )  # fmt: skip
    done = submit(
        request, form,
        lambda: actions.report_incident(
            form.placement(), form.facts(), by=request.actor, at=request.at
        ),
        then=lambda row: reverse("member:incident_detail", args=[row.pk]),
        said="已报告，学校和实习单位（严重的还有秘书处）已收到通知。",
    )  # fmt: skip
    url = reverse("member:incident_list")
    intro = "" if offered else "没有可以报告的实习学生。"
    return done or {
        "title": "报告事件", "crumbs": [("实习事件", url)], "form": form, "cancel": url,
        "label": "报告", "intro": intro,
    }  # fmt: skip


@page("member", template="care/incident.html")
def incident_detail(request: PageRequest, pk: int) -> Answer:
    return incident_context(request, get_object_or_404(_incidents(request), pk=pk), "member")


@page("member", writes=True, template="care/incident.html")
def incident_step(request: PageRequest, pk: int, step: str) -> Answer:
    """A note, the close with its finding, or opened again."""
    row = get_object_or_404(_incidents(request), pk=pk)
    if step not in _STEPS:
        raise Http404
    kind, act, said = _STEPS[step]
    form = kind(request.POST or None)
    here = reverse("member:incident_detail", args=[pk])
    by_at = {"by": request.actor, "at": request.at}
    done = submit(request, form, lambda: act(row, form.cleaned_data, by_at), then=here, said=said)
    return done or incident_context(request, row, "member") | {f"{step}_form": form}


_STEPS: dict[str, tuple[Any, Step, str]] = {
    "note": (NoteForm, lambda row, g, who: actions.note_incident(row, g["text"], **who), "已登记。"),
    "close": (
        CloseIncidentForm,
        lambda row, g, who: actions.close_incident(
            row, finding=g["finding"], is_violation=g["is_violation"] == "1",
            revision=g["revision"] or 0, **who,
        ),
        "已结案。",
    ),
    "reopen": (
        ReopenForm,
        lambda row, g, who: actions.reopen_incident(row, reason=g["reason"], **who),
        "已重新打开。",
    ),
}  # fmt: skip


# Complaints ------------------------------------------------------------------------------------
def _complaints(request: PageRequest) -> QuerySet[Complaint]:
    rows = complaints_visible_to(request.actor).filter(to_office=False)
    rows = rows.filter(placement__school=request.unit, placement__consortium=request.consortium)
    return rows.order_by(F("closed_at").desc(nulls_first=True), "due_on", "pk")


@page("member")
def complaint_list(request: PageRequest) -> HttpResponseBase:
    intro = "只有学校看得到是谁反映的；单位只看到学校写给它的问题。"
    shown = complaint_page("member", on=day_of(request.at))
    return shown.respond(request, _complaints(request), intro=intro)


@page("member", template="care/complaint.html")
def complaint_detail(request: PageRequest, pk: int) -> Answer:
    return complaint_context(request, get_object_or_404(_complaints(request), pk=pk), "member")


@page("member", writes=True, template="care/complaint.html")
def complaint_step(request: PageRequest, pk: int, step: str) -> Answer:
    row = get_object_or_404(_complaints(request), pk=pk)
    return complaint_stepped(request, row, step, "member")


# Questions to a host ---------------------------------------------------------------------------
QUESTIONS = ListPage(
    key="member.questions",
    title="待核实的反映",
    columns=(
        ListColumn("question", "问题"),
        ListColumn("kind", "事项", "get_kind_display", sort="kind"),
        ListColumn("answer_due_on", "答复期限", kind="date", sort="answer_due_on"),
        ListColumn("answer", "答复"),
        ListColumn("state", "状态", lambda row: _told(row)),
    ),
    link="member:question_detail",
    empty="没有需要核实的反映。",
)


def _told(row: Complaint) -> str:
    """What the host learns of the state: whether it has answered."""
    return "已答复" if row.answer else "待答复" if row.state == "asked" else "不必答复"


def _questions(request: PageRequest) -> QuerySet[Complaint]:
    return questions_to(request.actor, request.consortium).filter(host=request.unit)


@page("member")
def question_list(request: PageRequest) -> HttpResponseBase:
    return QUESTIONS.respond(request, _questions(request))


@page("member", writes=True, template="care/question.html")
def question_detail(request: PageRequest, pk: int) -> Answer:
    """What the host was asked, and its answer. Nothing here tells of the student."""
    row = get_object_or_404(_questions(request), pk=pk)
    form = AnswerForm(request.POST or None, initial={"revision": row.revision})
    done = submit(
        request, form,
        lambda: actions.answer_question(
            row, answer=form.cleaned_data["answer"], revision=form.cleaned_data["revision"] or 0,
            by=request.actor, at=request.at,
        ),
        then=reverse("member:question_detail", args=[pk]), said="已答复。",
    )  # fmt: skip
    return done or {
        "title": f"核实：{row.get_kind_display()}",
        "crumbs": [(QUESTIONS.title, reverse("member:question_list"))],
        "row": row, "form": form, "told": _told(row), "may": rules.may_answer(request.actor, row),
        "is_late": _told(row) == "待答复" and row.answer_due_on is not None
        and row.answer_due_on < day_of(request.at),
    }  # fmt: skip


def urls() -> list[URLPattern]:
    """Addresses below /member/."""
    return [
        path("pay/", pay_list, name="pay_list"),
        path("incidents/", incident_list, name="incident_list"),
        path("incidents/new/", incident_new, name="incident_new"),
        path("incidents/<int:pk>/", incident_detail, name="incident_detail"),
        path("incidents/<int:pk>/<slug:step>/", incident_step, name="incident_step"),
        path("complaints/", complaint_list, name="complaint_list"),
        path("complaints/<int:pk>/", complaint_detail, name="complaint_detail"),
        path("complaints/<int:pk>/<slug:step>/", complaint_step, name="complaint_step"),
        path("questions/", question_list, name="question_list"),
        path("questions/<int:pk>/", question_detail, name="question_detail"),
    ]
