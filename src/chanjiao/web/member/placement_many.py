"""What a school does for many placements at once: a form over the rows ticked in the list."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.clock import day_of
from chanjiao.training import placement_preparing as preparing
from chanjiao.training import safeguard_actions
from chanjiao.training.models import Placement
from chanjiao.training.placement_papers import draft_papers
from chanjiao.web.member.placements import crumbs, own_rows, own_tutors
from chanjiao.web.parts import placement_forms as given
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.lists import picked
from chanjiao.web.parts.page import Answer, PageRequest, page


def _many(
    request: PageRequest, title: str, form: forms.Form, act: Callable[[list[Placement]], Any]
) -> Answer:
    """A form over the rows ticked in the list; the rows travel with it."""
    rows = list(picked(request, own_rows(request)))
    if not rows:
        messages.warning(request, "请先勾选学生。")
        return redirect("member:placement_list")
    if "fill" in request.POST:
        done = submit(
            request, form, lambda: act(rows), then=reverse("member:placement_list"),
            said=f"{title}：{len(rows)} 人已登记。",
        )  # fmt: skip
        if done:
            return done
    return {"title": title, "crumbs": crumbs(), "form": form, "rows": rows}


def _sent(request: PageRequest) -> Any:
    return request.POST if "fill" in request.POST else None


@page("member", writes=True, template="training/many.html")
def placement_tutor(request: PageRequest) -> Answer:
    form = given.TutorForm(_sent(request), tutors=own_tutors(request))
    return _many(
        request, "指定指导教师", form,
        lambda rows: preparing.assign_tutor(
            rows, form.tutors[form.cleaned_data["tutor"]], by=request.actor, at=request.at
        ),
    )  # fmt: skip


@page("member", writes=True, template="training/many.html")
def placement_papers(request: PageRequest) -> Answer:
    """Three-party agreements and consents, drafted from the placements and sent to be signed."""
    rows = picked(request, own_rows(request)).select_related("agreement", "consent")
    form = given.PapersForm(_sent(request), rows=rows)
    return _many(
        request, "送签三方协议和知情同意书", form,
        lambda chosen: draft_papers(
            chosen, form.terms(), form.guardians(), by=request.actor, at=request.at
        ),
    )  # fmt: skip


@page("member", writes=True, template="training/many.html")
def placement_declare(request: PageRequest) -> Answer:
    form = given.DeclareForm(_sent(request))
    return _many(
        request, "上岗前自查", form,
        lambda rows: preparing.declare(rows, form.declaration(), by=request.actor, at=request.at),
    )  # fmt: skip


@page("member", writes=True, template="training/many.html")
def placement_insure(request: PageRequest) -> Answer:
    form = given.InsureForm(_sent(request))
    return _many(
        request, "登记保险", form,
        lambda rows: safeguard_actions.insure(rows, form.facts(), by=request.actor, at=request.at),
    )  # fmt: skip


@page("member", writes=True, template="training/many.html")
def placement_safety(request: PageRequest) -> Answer:
    form = given.SafetyForm(_sent(request), initial={"day": day_of(request.at)})
    return _many(
        request, "登记安全培训", form,
        lambda rows: safeguard_actions.record_safety(
            rows, form.facts(), by=request.actor, at=request.at
        ),
    )  # fmt: skip


def urls() -> list[URLPattern]:
    return [
        path("placements/tutor/", placement_tutor, name="placement_tutor"),
        path("placements/papers/", placement_papers, name="placement_papers"),
        path("placements/declare/", placement_declare, name="placement_declare"),
        path("placements/insure/", placement_insure, name="placement_insure"),
        path("placements/safety/", placement_safety, name="placement_safety"),
    ]
