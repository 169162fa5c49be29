"""What ends or changes a placement at the press of a button: end, cancel, stop, an exception."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path

from chanjiao.council.papers import Upload
from chanjiao.kernel.clock import day_of
from chanjiao.training import placement_actions as actions
from chanjiao.training import placement_preparing as preparing
from chanjiao.training.gate import judge
from chanjiao.training.models import Placement
from chanjiao.web.member.placements import crumbs, own_row, to
from chanjiao.web.parts import placement_forms as given
from chanjiao.web.parts.council_forms import upload_of
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.page import Answer, PageRequest, page


def _posted(request: PageRequest, pk: int) -> Placement:
    """The placement a button is pressed for; there is nothing to see at its address."""
    if request.method != "POST":
        raise Http404
    return own_row(request, pk)


@page("member", writes=True)
def placement_end(request: PageRequest, pk: int) -> HttpResponseBase:
    row = _posted(request, pk)
    actions.end_placement(row, by=request.actor, at=request.at)
    messages.success(request, "实习已结束。")
    return redirect(to(row))


@page("member", writes=True)
def placement_cancel(request: PageRequest, pk: int) -> HttpResponseBase:
    row = _posted(request, pk)
    reason = request.POST.get("reason", "")
    actions.cancel_placement(row, reason=reason, by=request.actor, at=request.at)
    messages.success(request, "已取消。")
    return redirect(to(row))


@page("member", writes=True, template="parts/form_page.html")
def placement_stop(request: PageRequest, pk: int) -> Answer:
    row = own_row(request, pk)
    form = given.StopForm(request.POST or None, initial={"on": day_of(request.at)})
    done = submit(
        request, form,
        lambda: actions.stop_placement(row, by=request.actor, at=request.at, **form.cleaned_data),
        then=to, said="实习已提前终止。",
    )  # fmt: skip
    return done or {"title": "提前终止", "crumbs": crumbs(row), "form": form, "label": "终止"}


@page("member", writes=True, template="parts/form_page.html")
def placement_exception(request: PageRequest, pk: int, rule: str) -> Answer:
    """A rule the law lets somebody set aside, with that party's proof."""
    row = own_row(request, pk)
    found = judge([row], on=day_of(request.at))[row.pk].findings
    finding = next((one for one in found if one.rule == rule and one.waiver), None)
    if finding is None:
        raise Http404
    form = given.ExceptionForm(request.POST or None, request.FILES or None)

    def act() -> Any:
        proof = upload_of(form)
        assert isinstance(proof, Upload)
        return preparing.allow_exception(
            row, rule, reason=form.cleaned_data["reason"], proof=proof, by=request.actor,
            at=request.at,
        )  # fmt: skip

    done = submit(request, form, act, then=lambda _: to(row), said="例外已登记。")
    intro = f"{finding.text}（{finding.cites}）。可由{finding.waiver}批准，须有{finding.proof}。"
    return done or {"title": "登记例外", "crumbs": crumbs(row), "form": form, "intro": intro}


@page("member", writes=True)
def placement_exception_end(request: PageRequest, pk: int, override_pk: int) -> HttpResponseBase:
    row = _posted(request, pk)
    override = get_object_or_404(row.overrides.all(), pk=override_pk)
    reason = request.POST.get("reason", "")
    preparing.withdraw_exception(override, reason=reason, by=request.actor, at=request.at)
    messages.success(request, "例外已撤销。")
    return redirect(to(row))


def urls() -> list[URLPattern]:
    return [
        path("placements/<int:pk>/stop/", placement_stop, name="placement_stop"),
        path("placements/<int:pk>/end/", placement_end, name="placement_end"),
        path("placements/<int:pk>/cancel/", placement_cancel, name="placement_cancel"),
        path(
            "placements/<int:pk>/exception/<slug:rule>/",
            placement_exception,
            name="placement_exception",
        ),
        path(
            "placements/<int:pk>/exceptions/<int:override_pk>/end/",
            placement_exception_end,
            name="placement_exception_end",
        ),
    ]
