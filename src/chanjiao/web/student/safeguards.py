"""A student's own rights on the phone, without JavaScript: pay, complaints, incidents."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.clock import day_of
from chanjiao.people.models import Unit
from chanjiao.training.enums import PlacementState
from chanjiao.training.models import Complaint, Incident, PayProof, Placement, Stint
from chanjiao.training.queries import placements_visible_to
from chanjiao.training.safeguard_actions import answer_pay
from chanjiao.training.safeguard_queries import (
    complaints_visible_to,
    incidents_visible_to,
    pay_visible_to,
)
from chanjiao.training.trouble_actions import complain, report_incident
from chanjiao.web.parts.care_forms import ComplaintForm, IncidentForm, ObjectionForm
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.incidents import clock_of
from chanjiao.web.parts.page import Answer, PageRequest, page


def _placements(request: PageRequest) -> list[Placement]:
    """Her placements, the one she is on now first, then the newest."""
    rows = placements_visible_to(request.actor, on=day_of(request.at))
    rows = rows.filter(student=request.student).exclude(state=PlacementState.CANCELLED)
    found = rows.order_by("-starts_on", "-pk")
    return sorted(found, key=lambda one: one.state != PlacementState.RUNNING)


def _hosts(placements: list[Placement]) -> dict[Unit, Placement]:
    """Each enterprise she is, was or will be at, with the placement it belongs to."""
    order = {one.pk: at for at, one in enumerate(placements)}
    rows = Stint.objects.filter(placement__in=placements).select_related("host", "placement")
    found: dict[Unit, Placement] = {}
    for stint in sorted(rows.order_by("pk"), key=lambda one: order[one.placement_id]):
        found.setdefault(stint.host, stint.placement)
    return found


# Pay -------------------------------------------------------------------------------------------
def _pay(request: PageRequest) -> QuerySet[PayProof]:
    rows = pay_visible_to(request.actor).filter(placement__student=request.student)
    return rows.order_by("-month", "-pk")


@page("student", template="student/pay.html")
def pay_list(request: PageRequest) -> Answer:
    return _pay_page(request)


def _pay_page(
    request: PageRequest, answered: int = 0, form: ObjectionForm | None = None
) -> dict[str, Any]:
    """Every month with its own form; the one that was refused keeps what was typed."""
    lines = [
        (row, form if form and row.pk == answered else
         ObjectionForm(initial={"revision": row.revision}, auto_id=f"pay-{row.pk}-%s"))
        for row in _pay(request)
    ]  # fmt: skip
    return {"title": "报酬确认", "lines": lines, "answered": answered}


@page("student", writes=True, template="student/pay.html")
def pay_answer(request: PageRequest, pk: int) -> Answer:
    """She got it, or says what is wrong."""
    row = get_object_or_404(_pay(request), pk=pk)
    form = ObjectionForm(request.POST or None, auto_id=f"pay-{pk}-%s")
    objects = "object" in request.POST
    if objects and form.is_valid() and not form.cleaned_data["objection"].strip():
        form.add_error("objection", "请写明哪里不对，例如少发多少。")
    done = submit(
        request, form,
        lambda: answer_pay(
            row, objection=form.cleaned_data["objection"] if objects else "",
            revision=form.cleaned_data["revision"] or 0, by=request.actor, at=request.at,
        ),
        then=reverse("student:pay_list"),
        said="已提出异议，学校和单位已收到通知。" if objects else "已确认收到。",
    )  # fmt: skip
    return done or _pay_page(request, pk, form)


# Complaints ------------------------------------------------------------------------------------
def _complaints(request: PageRequest) -> QuerySet[Complaint]:
    rows = complaints_visible_to(request.actor).filter(placement__student=request.student)
    return rows.order_by("-made_at", "-pk")


@page("student", writes=True, template="student/complaints.html")
def complaint_list(request: PageRequest) -> Answer:
    """What she wrote and what came of it; a new one."""
    hosts = _hosts(_placements(request))
    form = ComplaintForm(hosts, request.POST or None)

    def act() -> Complaint:
        given, host = form.cleaned_data, form.host()
        return complain(
            hosts[host], host, kind=given["kind"], text=given["text"],
            to_office=given["handler"] == "office", by=request.actor, at=request.at,
        )  # fmt: skip

    here = reverse("student:complaint_list")
    done = submit(request, form, act, then=here, said="已提交。单位看不到是你反映的。")
    on = day_of(request.at)
    return done or {
        "title": "反映问题", "form": form, "hosts": hosts,
        "lines": [(row, clock_of(row, on)) for row in _complaints(request)],
    }  # fmt: skip


# Incidents -------------------------------------------------------------------------------------
def _incidents(request: PageRequest) -> QuerySet[Incident]:
    rows = incidents_visible_to(request.actor).filter(placement__student=request.student)
    return rows.order_by("-happened_at", "-pk")


@page("student", writes=True, template="student/incident.html")
def incident(request: PageRequest) -> Answer:
    """Report what happened; those reported and what came of them."""
    placement = next(iter(_placements(request)), None)
    form = IncidentForm(request.POST or None, initial={"happened_at": request.at})

    def act() -> Incident:
        assert placement is not None  # else the form is not there
        return report_incident(placement, form.facts(), by=request.actor, at=request.at)

    here = reverse("student:incident")
    done = None
    if placement is not None:
        done = submit(request, form, act, then=here, said="已报告，学校和单位已收到通知。")
    return done or {
        "title": "报告事件", "form": form, "placement": placement, "rows": _incidents(request),
    }  # fmt: skip


def urls() -> list[URLPattern]:
    """Addresses below /student/."""
    return [
        path("pay/", pay_list, name="pay_list"),
        path("pay/<int:pk>/", pay_answer, name="pay_answer"),
        path("complaints/", complaint_list, name="complaint_list"),
        path("incident/", incident, name="incident"),
    ]
