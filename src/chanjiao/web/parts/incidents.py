"""Incidents and complaints as the member's and the desk's pages both show them."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from django.http import Http404
from django.urls import reverse

from chanjiao.kernel.clock import day_of
from chanjiao.training import safeguard_rules as rules
from chanjiao.training import trouble_actions as actions
from chanjiao.training.enums import (
    ComplaintKind,
    ComplaintState,
    IncidentKind,
    IncidentState,
    Severity,
)
from chanjiao.training.models import Complaint, Incident
from chanjiao.training.safeguard_queries import few_at_host
from chanjiao.web.parts.care_forms import (
    AskForm,
    CloseIncidentForm,
    NoteForm,
    OutcomeForm,
    ReopenForm,
)
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.lists import ChoiceFilter, ListColumn, ListPage
from chanjiao.web.parts.page import Answer, PageRequest

_SEVERITIES = {"minor": "idle", "serious": "warn", "grave": "bad"}
_COMPLAINTS = {"open": "warn", "asked": "wait", "answered": "wait", "closed": "good"}


# Incidents -------------------------------------------------------------------------------------
def incident_page(audience: str) -> ListPage:
    """Those the person may see, the newest first."""
    return ListPage(
        key=f"{audience}.incidents",
        title="实习事件",
        columns=(
            ListColumn("happened_at", "发生时间", kind="moment", sort="happened_at"),
            ListColumn("student", "学生", "placement.student.name",
                       sort="placement__student__name"),
            ListColumn("school", "学校", "placement.school.called"),
            ListColumn("kind", "种类", "get_kind_display", sort="kind"),
            ListColumn("severity", "程度", kind="state", sort="severity", tones=_SEVERITIES),
            ListColumn("reported", "报告", lateness),
            ListColumn("state", "状态", kind="state", sort="state",
                       tones={"open": "warn", "closed": "good"}),
            ListColumn("is_violation", "认定", _found),
        ),
        filters=(
            ChoiceFilter(key="state", title="状态", choices=IncidentState.choices),
            ChoiceFilter(key="severity", title="程度", choices=Severity.choices),
            ChoiceFilter(key="kind", title="种类", choices=IncidentKind.choices),
        ),
        search=("placement__student__name", "placement__number", "what"),
        search_hint="搜索姓名、实习编号、经过",
        link=lambda row: reverse(f"{audience}:incident_detail", args=[row.pk]),
        empty="没有实习事件。",
    )  # fmt: skip


def _found(row: Incident) -> str:
    if row.is_violation is None or row.state == IncidentState.OPEN:
        return ""
    return "严重违规或责任事故" if row.is_violation else "不属责任事故"


def lateness(row: Incident) -> str:
    """Whether the report came in time, by the clock of its severity."""
    late = row.reported_at - row.report_due_at
    return f"迟报 {_spoken(late)}" if late > timedelta() else "按时报告"


def _spoken(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    if minutes < 60:
        return f"{max(minutes, 1)} 分钟"
    hours = minutes // 60
    return f"{hours} 小时" if hours < 48 else f"{hours // 24} 天"


def incident_context(request: PageRequest, row: Incident, audience: str) -> dict[str, Any]:
    """One incident: facts, clock, what was done, and what the person may do now."""
    actor = request.actor
    return {
        "title": f"{row.get_kind_display()}：{row.placement.student.name}",
        "crumbs": [("实习事件", reverse(f"{audience}:incident_list"))],
        "row": row,
        "tone": _SEVERITIES[row.severity],
        "lateness": lateness(row),
        "open_for": _spoken(request.at - row.happened_at),
        "hosts": [one.host.name for one in row.placement.stints.select_related("host")],
        "notes": row.notes.select_related("by"),
        "may_note": rules.may_follow_up(actor, row),
        "may_close": rules.may_close_incident(actor, row),
        "may_reopen": rules.may_reopen_incident(actor, row),
        "note_form": NoteForm(),
        "close_form": CloseIncidentForm(initial={"revision": row.revision}),
        "reopen_form": ReopenForm(initial={"revision": row.revision}),
    }


# Complaints ------------------------------------------------------------------------------------
def complaint_page(audience: str, *, on: date) -> ListPage:
    """Those the student gave to this handler, those due first."""
    return ListPage(
        key=f"{audience}.complaints",
        title="学生反映",
        columns=(
            ListColumn("made_at", "提出时间", kind="moment", sort="made_at"),
            ListColumn("student", "学生", "placement.student.name",
                       sort="placement__student__name"),
            ListColumn("host", "单位", "host.called", sort="host__name"),
            ListColumn("kind", "事项", "get_kind_display", sort="kind"),
            ListColumn("due_on", "答复期限", kind="date", sort="due_on"),
            ListColumn("clock", "时限", lambda row: clock_of(row, on)),
            ListColumn("state", "状态", kind="state", sort="state", tones=_COMPLAINTS),
        ),
        filters=(
            ChoiceFilter(key="state", title="状态", choices=ComplaintState.choices),
            ChoiceFilter(key="kind", title="事项", choices=ComplaintKind.choices),
        ),
        search=("placement__student__name", "host__name", "text"),
        search_hint="搜索姓名、单位、内容",
        link=lambda row: reverse(f"{audience}:complaint_detail", args=[row.pk]),
        empty="没有学生反映。",
    )  # fmt: skip


def clock_of(row: Complaint, on: date) -> str:
    """How the complaint stands against its day."""
    if row.closed_at is not None:
        late = (day_of(row.closed_at) - row.due_on).days
        return f"逾期 {late} 天办结" if late > 0 else "按时办结"
    left = (row.due_on - on).days
    return f"还有 {left} 天" if left > 0 else "今天到期" if left == 0 else f"逾期 {-left} 天"


def complaint_context(
    request: PageRequest, row: Complaint, audience: str, forms: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """One complaint for whoever handles it: her words, what the host was asked, the outcome."""
    on, actor, held = day_of(request.at), request.actor, {"revision": row.revision}
    return {
        "title": f"学生反映：{row.get_kind_display()}",
        "crumbs": [("学生反映", reverse(f"{audience}:complaint_list"))],
        "row": row,
        "audience": audience,
        "tone": _COMPLAINTS[row.state],
        "clock": clock_of(row, on),
        "is_late": row.closed_at is None and row.due_on < on,
        "few": few_at_host(row, on=on),
        "may_ask": rules.may_handle(actor, row, ComplaintState.ASKED),
        "may_close": rules.may_handle(actor, row, ComplaintState.CLOSED),
        "ask_form": AskForm(initial=held | {"question": row.question}),
        "close_form": OutcomeForm(initial=held),
        **(forms or {}),
    }


def complaint_stepped(request: PageRequest, row: Complaint, step: str, audience: str) -> Answer:
    """Ask the host, or close with the outcome; whatever is refused stays as typed."""
    if step not in _HANDLED:
        raise Http404
    kind, act, said = _HANDLED[step]
    form = kind(request.POST or None)
    here = reverse(f"{audience}:complaint_detail", args=[row.pk])
    by_at = {"by": request.actor, "at": request.at}
    done = submit(request, form, lambda: act(row, form.cleaned_data, by_at), then=here, said=said)
    return done or complaint_context(request, row, audience, {f"{step}_form": form})


Step = Callable[[Any, dict[str, Any], dict[str, Any]], Any]
_HANDLED: dict[str, tuple[Any, Step, str]] = {
    "ask": (
        AskForm,
        lambda row, g, who: actions.ask_unit(
            row, question=g["question"], revision=g["revision"] or 0, **who
        ),
        "已发给单位，单位看不到是谁反映的。",
    ),
    "close": (
        OutcomeForm,
        lambda row, g, who: actions.close_complaint(
            row, outcome=g["outcome"], revision=g["revision"] or 0, **who
        ),
        "已办结，学生会收到通知。",
    ),
}
