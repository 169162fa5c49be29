"""What protects a student, on the home pages: who must do what now, by when."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Count, Min
from django.urls import reverse

from chanjiao.training.enums import ComplaintState, IncidentState, PlacementState, Severity
from chanjiao.training.hosted import stints_hosted
from chanjiao.training.safeguard_queries import (
    complaints_visible_to,
    incidents_visible_to,
    open_complaints,
    pay_visible_to,
    questions_to,
)
from chanjiao.web.parts.page import PageRequest
from chanjiao.web.parts.queue import Task


def member_tasks(request: PageRequest, today: date) -> Iterator[Task]:
    """A school: objections, incidents and complaints; a host: masters, objections, questions."""
    if request.unit.is_school:
        yield from _school(request, today)
    else:
        yield from _host(request, today)


def _school(request: PageRequest, today: date) -> Iterator[Task]:
    unit, consortium = request.unit, request.consortium
    rows = incidents_visible_to(request.actor).filter(
        placement__school=unit, placement__consortium=consortium, state=IncidentState.OPEN
    )
    url = f"{reverse('member:incident_list')}?state={IncidentState.OPEN.value}"
    yield Task("处理实习事件并结案", rows.count(), "本单位", url, None, today)
    complaints = complaints_visible_to(request.actor).filter(
        to_office=False, placement__school=unit, placement__consortium=consortium
    )
    yield _complaints(open_complaints(complaints), "本单位", "member", today)
    objected = pay_visible_to(request.actor).exclude(objection="")
    objected = objected.filter(placement__school=unit, placement__consortium=consortium)
    url = f"{reverse('member:pay_list')}?state=有异议"
    yield Task("核实学生对报酬的异议", objected.count(), "本单位", url, None, today)


def _complaints(rows: Any, who: str, audience: str, today: date) -> Task:
    found = rows.order_by().aggregate(count=Count("pk"), due=Min("due_on"))
    url = reverse(f"{audience}:complaint_list")
    return Task("答复学生反映", found["count"], who, url, found["due"], today)


def _host(request: PageRequest, today: date) -> Iterator[Task]:
    unit, consortium, url = request.unit, request.consortium, reverse("member:hosted_list")
    stints = stints_hosted(request.actor, unit, consortium, on=today)
    planned = stints.filter(placement__state=PlacementState.PLANNED, master__isnull=True)
    found = planned.order_by().aggregate(count=Count("pk"), due=Min("starts_on"))
    at = f"{url}?state={PlacementState.PLANNED.value}"
    yield Task("为将到岗的学生安排企业导师", found["count"], "本单位", at, found["due"], today)
    objected = pay_visible_to(request.actor).exclude(objection="")
    objected = objected.filter(stint__host=unit, placement__consortium=consortium)
    yield Task("核实学生对报酬的异议", objected.count(), "本单位", url, None, today)
    asked = questions_to(request.actor, consortium).filter(host=unit, state=ComplaintState.ASKED)
    found = asked.order_by().aggregate(count=Count("pk"), due=Min("answer_due_on"))
    at = reverse("member:question_list")
    yield Task("答复待核实的反映", found["count"], "本单位", at, found["due"], today)


def desk_tasks(request: PageRequest, today: date) -> Iterator[Task]:
    """Complaints given to the secretariat; grave incidents that a school has not closed."""
    complaints = complaints_visible_to(request.actor).filter(
        to_office=True, placement__consortium=request.consortium
    )
    yield _complaints(open_complaints(complaints), "秘书处", "desk", today)
    rows = incidents_visible_to(request.actor).exclude(severity=Severity.MINOR)
    rows = rows.filter(placement__consortium=request.consortium, state=IncidentState.OPEN)
    url = f"{reverse('desk:incident_list')}?state={IncidentState.OPEN.value}"
    yield Task("跟进：严重实习事件未结案", rows.count(), "学校", url, None, today)


def student_tasks(request: PageRequest, today: date) -> Iterator[Task]:
    """Pay to confirm."""
    rows = pay_visible_to(request.actor).filter(
        placement__student=request.student, confirmed_at__isnull=True, objection=""
    )
    yield Task("确认是否收到报酬", rows.count(), "本人", reverse("student:pay_list"), None, today)
