"""Verdicts on many tasks in one table, the results, and rectifications."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Conflict, Invalid
from chanjiao.plans import reviewing, rules
from chanjiao.plans.enums import RectificationState, Stage, VerdictKind
from chanjiao.plans.models import Plan, Rectification, Review, Task
from chanjiao.plans.queries import (
    plan_result,
    proven_by_task,
    rectifications_visible_to,
    responsible_units,
    reviews_of,
    tasks_of,
)
from chanjiao.plans.results import Proposal, Proven, effective_weights, propose, rounded, shown
from chanjiao.web.desk.plans import plan_crumbs, plan_of
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.page import Answer, PageRequest, page
from chanjiao.web.parts.plan_forms import RecheckForm, RectificationForm
from chanjiao.web.parts.plan_pages import rectification_context, rectification_list
from chanjiao.web.parts.typed import whole


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One task of the table: what the figures say, what is decided, what is wrong with it."""

    task: Task
    weight: str
    figures: str
    proposal: Proposal
    verdict: str
    score: str
    comment: str
    revision: int
    problems: tuple[str, ...]

    @property
    def proposed_label(self) -> str:
        return str(VerdictKind(self.proposal.verdict).label)

    @property
    def agrees(self) -> bool:
        return self.verdict in {"", self.proposal.verdict}


@page("desk", writes=True, template="plans/review.html")
def plan_review(request: PageRequest, pk: int, stage: str) -> Answer:
    """All tasks judged at a stage; lines left empty are not judged yet."""
    if stage not in Stage.values:
        raise Http404
    plan = plan_of(request, pk)
    tasks = tasks_of(plan)
    weights = effective_weights(tasks)
    judged = [task for task in tasks if task.pk in weights]
    problems: dict[str, list[str]] = {}
    if request.method == "POST":
        answer = _given_answer(request, plan, stage, judged, problems)
        if answer is not None:
            return answer
    reviews = reviews_of(plan, stage)
    proven = proven_by_task(plan)
    lines = [
        _line(
            request, task, str(rounded(weights[task.pk]).normalize()), reviews.get(task.pk),
            propose(task, stage, plan.year, proven.get(task.pk, Proven())), problems,
        )
        for task in judged
    ]  # fmt: skip
    return {
        "title": f"{Stage(stage).label}",
        "crumbs": plan_crumbs(plan),
        "plan": plan,
        "stage": stage,
        "lines": lines,
        "verdicts": VerdictKind.choices,
        "top": [text for key, texts in problems.items() if "-" not in key for text in texts],
        "may": rules.may_review(request.actor, plan, stage),
        "result": plan_result(plan, stage),
    }


def _given_answer(
    request: PageRequest, plan: Plan, stage: str, judged: list[Task], problems: dict[str, list[str]]
) -> HttpResponseBase | None:
    """Write the table; None (with `problems` filled) when something of it cannot be taken."""
    given = []
    for task in judged:
        one = _read(request, task, problems)
        if one is not None:
            given.append(one)
    if problems:
        request.page_status = 422
        return None
    try:
        made = reviewing.review_tasks(plan, stage, given, by=request.actor, at=request.at)
    except Invalid as invalid:
        request.page_status = 422
        problems |= invalid.problems
        return None
    except Conflict as conflict:
        request.page_status = 409
        problems[""] = [conflict.reason]
        return None
    messages.success(request, f"已保存 {len(made)} 项评价。" if made else "评价没有变化。")
    return redirect("desk:plan_review", plan.pk, stage)


def _read(
    request: PageRequest, task: Task, problems: dict[str, list[str]]
) -> reviewing.Given | None:
    sent = request.POST
    verdict = sent.get(f"verdict-{task.pk}", "")
    if not verdict:
        return None
    text = sent.get(f"score-{task.pk}", "").strip()
    score = None
    if text and verdict != VerdictKind.NOT_DUE:
        try:
            score = Decimal(text)
        except InvalidOperation:
            problems[f"score-{task.pk}"] = ["得分应为数字。"]
            return None
        if not score.is_finite():
            problems[f"score-{task.pk}"] = ["得分应为数字。"]
            return None
    comment = sent.get(f"comment-{task.pk}", "")[:500]
    revision = whole(sent.get(f"revision-{task.pk}", ""))
    return reviewing.Given(task, verdict, score, comment, revision=revision)


def _line(
    request: PageRequest,
    task: Task,
    weight: str,
    review: Review | None,
    proposal: Proposal,
    problems: dict[str, list[str]],
) -> ReviewLine:
    sent = request.POST if request.method == "POST" else {}
    held_score = "" if review is None or review.score is None else f"{review.score.normalize():f}"
    figures = (
        ""
        if task.target is None
        else f"{shown(task.current) or '—'} / {shown(task.target)} {task.measure}"
    )
    wrong = [
        text
        for name in ("verdict", "score", "comment")
        for text in problems.get(f"{name}-{task.pk}", ())
    ]
    return ReviewLine(
        task, weight, figures, proposal,
        sent.get(f"verdict-{task.pk}", review.verdict if review else ""),
        sent.get(f"score-{task.pk}", held_score),
        sent.get(f"comment-{task.pk}", review.comment if review else ""),
        review.revision if review else 0,
        tuple(wrong),
    )  # fmt: skip


# Rectifications --------------------------------------------------------------------------------
def _row(request: PageRequest, pk: int) -> Rectification:
    rows = rectifications_visible_to(request.actor).filter(plan__consortium=request.consortium)
    return get_object_or_404(rows, pk=pk)


@page("desk")
def rectifications(request: PageRequest) -> HttpResponseBase:
    rows = rectifications_visible_to(request.actor).filter(plan__consortium=request.consortium)
    shown_list = rectification_list("desk", on=day_of(request.at))
    return shown_list.respond(request, rows.order_by("due_on", "pk"))


@page("desk", writes=True, template="plans/rectification.html")
def rectification_detail(request: PageRequest, pk: int) -> Answer:
    """What is to be mended and what was said; accept it or hand it back."""
    row = _row(request, pk)
    form = RecheckForm(request.POST or None, initial={"revision": row.revision})

    def act() -> Any:
        data, by, at = form.cleaned_data, request.actor, request.at
        if request.POST.get("to") == "accept":
            return reviewing.accept_rectification(
                row, data["note"], revision=data["revision"], by=by, at=at
            )
        try:
            return reviewing.return_rectification(
                row, data["note"], data["due_on"], revision=data["revision"], by=by, at=at
            )
        except Invalid as invalid:
            invalid.problems["note"] = invalid.problems.pop("reason", [])
            raise

    here = reverse("desk:rectification_detail", args=[pk])
    done = submit(request, form, act, then=here, said="复核意见已记录，单位会收到通知。")
    if done:
        return done
    actor = request.actor
    return rectification_context(row, "desk", on=day_of(request.at)) | {
        "form": form,
        "may": rules.may_recheck(actor, row, RectificationState.ACCEPTED),
        "may_edit": rules.may_change_rectification(actor, row),
        "may_cancel": rules.may_cancel_rectification(actor, row),
    }


@page("desk", writes=True, template="parts/form_page.html")
def rectification_edit(request: PageRequest, pk: int) -> Answer:
    row = _row(request, pk)
    initial = {
        "what": row.what, "unit": row.unit_id, "person": row.person, "due_on": row.due_on,
        "revision": row.revision,
    }  # fmt: skip
    units = responsible_units(request.consortium, on=day_of(request.at))
    form = RectificationForm(units, request.POST or None, initial=initial)
    here = reverse("desk:rectification_detail", args=[pk])
    done = submit(
        request, form,
        lambda: reviewing.change_rectification(
            row, **form.cleaned_data, by=request.actor, at=request.at
        ),
        then=here, said="已保存。",
    )  # fmt: skip
    crumbs = [("整改", reverse("desk:rectification_list")), (str(row.task), here)]
    return done or {"title": "修改整改", "crumbs": crumbs, "form": form, "cancel": here}


@page("desk", writes=True)
def rectification_cancel(request: PageRequest, pk: int) -> Answer:
    row = _row(request, pk)
    if request.method == "POST":
        reason = request.POST.get("reason", "")
        reviewing.cancel_rectification(row, reason, by=request.actor, at=request.at)
        messages.success(request, "整改已撤销。")
    return redirect("desk:rectification_detail", pk)


@page("desk", writes=True, template="parts/form_page.html")
def rectification_new(request: PageRequest, pk: int, review_pk: int) -> Answer:
    """For a verdict that is not negative but leaves something to mend."""
    plan = plan_of(request, pk)
    review = get_object_or_404(
        Review.objects.select_related("task", "plan"), pk=review_pk, plan=plan
    )
    form = RectificationForm(
        responsible_units(request.consortium, on=day_of(request.at)), request.POST or None,
        initial={"unit": review.task.unit_id, "revision": 0},
    )  # fmt: skip
    for name in ("unit", "person"):
        del form.fields[name]

    def act() -> Rectification:
        due: date = form.cleaned_data["due_on"]
        return reviewing.open_rectification(
            review, form.cleaned_data["what"], due, by=request.actor, at=request.at
        )

    back = reverse("desk:task_detail", args=[review.task_id])
    done = submit(request, form, act, then=back, said="已提出整改，责任单位会收到通知。")
    crumbs = [*plan_crumbs(plan), (str(review.task), back)]
    return done or {"title": "提出整改", "crumbs": crumbs, "form": form, "cancel": back}


def urls() -> list[URLPattern]:
    return [
        path("plans/<int:pk>/review/<slug:stage>/", plan_review, name="plan_review"),
        path(
            "plans/<int:pk>/reviews/<int:review_pk>/rectify/", rectification_new,
            name="rectification_new",
        ),
        path("rectifications/", rectifications, name="rectification_list"),
        path("rectifications/<int:pk>/", rectification_detail, name="rectification_detail"),
        path("rectifications/<int:pk>/edit/", rectification_edit, name="rectification_edit"),
        path("rectifications/<int:pk>/cancel/", rectification_cancel, name="rectification_cancel"),
    ]  # fmt: skip
