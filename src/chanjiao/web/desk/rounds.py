"""The secretariat's rounds: plan, open, follow, and end each step."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.verdict import ALLOWED, Conflict, Invalid, Refused
from chanjiao.matching import actions, queries, rules, runs
from chanjiao.matching.enums import RoundState
from chanjiao.matching.models import Round
from chanjiao.matching.plan import Plan, plan_of
from chanjiao.matching.preparation import concerns
from chanjiao.needs.enums import ListingState, PostKind
from chanjiao.needs.models import Cohort, Post
from chanjiao.reference.queries import book
from chanjiao.trail.queries import about
from chanjiao.web.desk import round_runs
from chanjiao.web.desk.round_forms import (
    LimitSet,
    LimitsForm,
    PlanForms,
    ReopenForm,
    limit_values,
    limits_of_forms,
    offer_limits,
)
from chanjiao.web.parts.forms import blame, submit
from chanjiao.web.parts.listings import Button
from chanjiao.web.parts.lists import ChoiceFilter, ListColumn, ListPage
from chanjiao.web.parts.page import Answer, PageRequest, Primary, page
from chanjiao.web.parts.typed import whole

SEED_BITS = 63
WORDS = {
    "round.create": "新建", "round.edit": "修改", "round.limit": "修改名额限制",
    "round.open": "开放志愿填报", "round.close_choosing": "结束填报",
    "round.reopen_choosing": "重新开放填报", "round.close_scoring": "结束评分",
    "round.reopen_scoring": "退回企业评分", "round.accept": "审定结果", "round.undo": "撤销审定",
    "round.publish": "公布结果", "round.cancel": "取消",
}  # fmt: skip

ROUNDS = ListPage(
    key="desk.rounds",
    title="匹配轮次",
    columns=(
        ListColumn("title", "名称", sort="title"),
        ListColumn("code", "编号", sort="code"),
        ListColumn("kind", "类型", "get_kind_display", sort="kind"),
        ListColumn("state", "状态", kind="state", sort="state"),
        ListColumn("closes_at", "填报截止", kind="moment", sort="closes_at"),
        ListColumn("scores_due_at", "评分截止", kind="moment", sort="scores_due_at"),
        ListColumn("publish_on", "计划公布", kind="date", sort="publish_on"),
    ),
    search=("title", "code"),
    filters=(
        ChoiceFilter(key="state", title="状态", choices=RoundState.choices),
        ChoiceFilter(key="kind", title="类型", choices=PostKind.choices),
    ),
    link="desk:round_detail",
    empty="还没有匹配轮次。请先发布岗位和学生批次，再新建轮次。",
)


def _round(request: PageRequest, pk: int) -> Round:
    return round_runs.round_of(request, pk)


@page("desk")
def round_list(request: PageRequest) -> HttpResponseBase:
    rows = queries.managed_by(request.actor).filter(consortium=request.consortium)
    return ROUNDS.respond(
        request, rows.order_by("-created_at", "-pk"),
        primary=Primary("新建轮次", reverse("desk:round_new")),
    )  # fmt: skip


# Planning ------------------------------------------------------------------------------------
def _posts(request: PageRequest, kind: str, stored: Plan | None) -> dict[int, Post]:
    rows = Post.objects.filter(
        consortium=request.consortium, kind=kind, state=ListingState.PUBLISHED
    )
    taken = [seat.post.pk for seat in stored.seats] if stored else []
    found: QuerySet[Post] = rows | Post.objects.filter(pk__in=taken)
    return {row.pk: row for row in found.select_related("unit").order_by("unit__name", "number")}


def _cohorts(request: PageRequest, kind: str, stored: Plan | None) -> dict[int, Cohort]:
    rows = Cohort.objects.filter(
        consortium=request.consortium, kind=kind, state=ListingState.PUBLISHED
    )
    taken = [cohort.pk for cohort in stored.cohorts] if stored else []
    found: QuerySet[Cohort] = rows | Cohort.objects.filter(pk__in=taken)
    return {row.pk: row for row in found.select_related("unit").order_by("unit__name", "number")}


@page("desk", writes=True, template="rounds/plan.html")
def round_new(request: PageRequest) -> Answer:
    asked = request.GET.get("kind", "")
    kind = PostKind(asked) if asked in PostKind.values else PostKind.INTERNSHIP
    parts = PlanForms(
        kind, _posts(request, kind, None), _cohorts(request, kind, None), book(),
        _given(request),
    )  # fmt: skip
    done = _submitted(
        request, parts,
        lambda: actions.create_round(
            request.consortium, parts.plan(), by=request.actor, at=request.at
        ),
    )  # fmt: skip
    return done or _plan_page("新建轮次", parts, kinds=PostKind.choices)


@page("desk", writes=True, template="rounds/plan.html")
def round_edit(request: PageRequest, pk: int) -> Answer:
    round_ = _round(request, pk)
    stored, kind = plan_of(round_), PostKind(round_.kind)
    parts = PlanForms(
        kind, _posts(request, kind, stored), _cohorts(request, kind, stored), book(),
        _given(request), stored, round_.revision,
    )  # fmt: skip
    done = _submitted(
        request, parts,
        lambda: actions.edit_round(
            round_, parts.plan(), revision=parts.rules.cleaned_data["revision"] or 0,
            by=request.actor, at=request.at,
        ),
    )  # fmt: skip
    return done or _plan_page(
        "修改轮次", parts, round=round_, verdict=rules.may_edit(request.actor, round_)
    )


def _given(request: PageRequest) -> QueryDict | None:
    """What was posted, even if nothing was; None for the empty form."""
    return request.POST if request.method == "POST" else None


def _submitted(
    request: PageRequest, parts: PlanForms, act: Callable[[], Round]
) -> HttpResponseBase | None:
    """One action for the whole page; a refusal leaves everything as typed."""
    if request.method != "POST":
        return None
    if not parts.is_valid():
        request.page_status = 422
        parts.rules.add_error(None, "有几处填写不对，没有保存。请按提示修改。")
        return None
    try:
        round_ = act()
    except Invalid as refusal:
        request.page_status = 422
        blame(parts.rules, refusal)
        return None
    except Refused as refusal:
        request.page_status = 409 if isinstance(refusal, Conflict) else 422
        parts.rules.add_error(None, refusal.reason)
        return None
    messages.success(request, "已保存。")
    return redirect("desk:round_detail", round_.pk)


def _plan_page(title: str, parts: PlanForms, **more: Any) -> dict[str, Any]:
    return {
        "title": title,
        "crumbs": [(ROUNDS.title, reverse("desk:round_list"))],
        "parts": parts,
        "form": parts.rules,
        "kinds": (),
        "round": None,
        "verdict": ALLOWED,
    } | more


# One round -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Step:
    """A station of the timeline; look is done, now, late or empty."""

    label: str
    when: datetime | None
    look: str


_LINE = [
    RoundState.DRAFT, RoundState.CHOOSING, RoundState.SCORING, RoundState.DECIDING,
    RoundState.ACCEPTED, RoundState.PUBLISHED,
]  # fmt: skip


def timeline(round_: Round, at: datetime) -> list[Step]:
    """Where the round stands; the time of a station is when it ends."""
    ends = {
        RoundState.DRAFT: round_.opens_at,
        RoundState.CHOOSING: round_.closes_at,
        RoundState.SCORING: round_.scores_due_at,
        RoundState.PUBLISHED: round_.published_at,
    }
    here = _LINE.index(RoundState(round_.state)) if round_.state in _LINE else len(_LINE)
    steps = []
    for position, state in enumerate(_LINE):
        end = ends.get(state)
        late = position == here and end is not None and at >= end and state != _LINE[-1]
        look = "done" if position < here or here == len(_LINE) - 1 else ""
        look = ("late" if late else "now") if position == here and not look else look
        steps.append(Step(str(state.label), end, look if here < len(_LINE) else ""))
    return steps


@page("desk", template="rounds/desk_round.html")
def round_detail(request: PageRequest, pk: int) -> Answer:
    round_ = _round(request, pk)
    draft = round_.state == RoundState.DRAFT
    posts = queries.posts_of(round_).order_by("post__unit__name", "post__number", "pk")
    return {
        "title": round_.title,
        "crumbs": [(ROUNDS.title, reverse("desk:round_list"))],
        "round": round_,
        "steps": timeline(round_, request.at),
        "buttons": _buttons(request, round_),
        "concerns": concerns(round_) if draft else [],
        "posts": posts,
        "choosing": queries.choosing_progress(round_),
        "scoring": queries.scoring_progress(round_) if round_.state in rules.SHOWN_TO_UNITS else [],
        "limits": round_.quotas.select_related("unit", "school", "round_post__post"),
        "limits_verdict": rules.may_limit(request.actor, round_),
        "runs": round_runs.runs_of(round_),
        "events": [(entry, WORDS.get(entry.action, "其他")) for entry in about(round_)[:30]],
        "done": round_.state == RoundState.PUBLISHED,
    }


def _buttons(request: PageRequest, round_: Round) -> list[Button]:
    """The steps from this state, the way forward first."""
    actor, at, state = request.actor, request.at, round_.state

    def to(step: str) -> str:
        return reverse("desk:round_step", args=[round_.pk, step])

    def page_of(name: str) -> str:
        return reverse(f"desk:{name}", args=[round_.pk])

    ways: dict[str, list[Button]] = {
        RoundState.DRAFT: [
            Button("开放志愿填报", to("open"), rules.may_open(actor, round_, at), "primary",
                   ask="开放后规则、岗位和批次不能再改，并通知全体参加者。确定开放？"),
            Button("修改", page_of("round_edit"), rules.may_edit(actor, round_), leads=True),
        ],
        RoundState.CHOOSING: [
            Button("结束填报，转入评分", to("close-choosing"), rules.may_close_choosing(actor, round_, at), "primary"),
        ],
        RoundState.SCORING: [
            Button("结束评分，转入试算", to("close-scoring"), rules.may_close_scoring(actor, round_, at), "primary"),
            Button("重新开放填报", page_of("round_reopen"), rules.may_reopen_choosing(actor, round_), leads=True),
        ],
        RoundState.DECIDING: [
            Button("试算一次", to("run"), rules.may_run(actor, round_), "primary"),
            Button("退回企业评分", page_of("round_reopen"), rules.may_reopen_scoring(actor, round_), leads=True),
        ],
        RoundState.ACCEPTED: [
            Button("公布结果", to("publish"), rules.may_publish(actor, round_), "primary",
                   ask="公布后不能撤回，并通知全体参加者。确定公布？"),
            Button("撤销审定", to("undo"), rules.may_undo(actor, round_), note="撤销的原因"),
        ],
    }  # fmt: skip
    found = ways.get(state, [])
    cancel = rules.may_cancel(actor, round_)
    if cancel:
        found.append(Button("取消本轮", to("cancel"), cancel, "outline-danger", note="取消的原因"))
    return found


@page("desk", writes=True)
def round_step(request: PageRequest, pk: int, step: str) -> HttpResponseBase:
    """One step of the round's life; the seed is drawn here, at the edge."""
    round_, by, at = _round(request, pk), request.actor, request.at
    reason, seen = request.POST.get("reason", ""), whole(request.POST.get("revision", ""))
    if request.method != "POST":
        raise Http404
    if step == "run":
        run = runs.start_run(round_, by=by, at=at)
        return redirect("desk:run_detail", pk, run.pk)
    steps: dict[str, tuple[Callable[[], Round], str]] = {
        "open": (
            lambda: actions.open_round(
                round_, seed=secrets.randbits(SEED_BITS), revision=seen, by=by, at=at
            ),
            "已开放志愿填报。",
        ),
        "close-choosing": (
            lambda: actions.close_choosing(round_, by=by, at=at), "已转入企业评分。",
        ),
        "close-scoring": (lambda: actions.close_scoring(round_, by=by, at=at), "已转入试算与审定。"),
        "publish": (lambda: runs.publish_round(round_, by=by, at=at), "结果已公布。"),
        "undo": (lambda: runs.undo_accept(round_, reason=reason, by=by, at=at), "已撤销审定。"),
        "cancel": (lambda: actions.cancel_round(round_, reason=reason, by=by, at=at), "本轮已取消。"),
    }  # fmt: skip
    if step not in steps:
        raise Http404
    act, said = steps[step]
    act()
    messages.success(request, said)
    return redirect("desk:round_detail", pk)


@page("desk", writes=True, template="rounds/reopen.html")
def round_reopen(request: PageRequest, pk: int) -> Answer:
    round_ = _round(request, pk)
    choosing = round_.state != RoundState.DECIDING
    initial = {"closes_at": round_.closes_at, "scores_due_at": round_.scores_due_at}
    form = ReopenForm(request.POST or None, initial=initial, choosing=choosing)

    def act() -> Round:
        given, by, at = form.cleaned_data, request.actor, request.at
        if choosing:
            return actions.reopen_choosing(round_, by=by, at=at, **given)
        return actions.reopen_scoring(round_, by=by, at=at, **given)

    done = submit(
        request, form, act, then=reverse("desk:round_detail", args=[pk]), said="已重新开放。"
    )
    return done or {
        "title": "重新开放填报" if choosing else "退回企业评分",
        "crumbs": [(round_.title, reverse("desk:round_detail", args=[pk]))],
        "form": form,
    }


@page("desk", writes=True, template="rounds/limits.html")
def round_limits(request: PageRequest, pk: int) -> Answer:
    round_ = _round(request, pk)
    plan = plan_of(round_)
    posts = {row.post_id: row.post for row in queries.posts_of(round_)}
    cohorts = {row.cohort_id: row.cohort for row in round_.cohorts.select_related("cohort__unit")}
    form = LimitsForm(request.POST or None, initial={"revision": round_.revision})
    lines = LimitSet(request.POST or None, prefix="limits", initial=limit_values(list(plan.limits)))
    offer_limits(lines, posts, cohorts, book(), [s for s in plan.seats if s.reserved_for])
    if request.method == "POST" and not lines.is_valid():
        request.page_status = 422
        form.add_error(None, "有几处填写不对，没有保存。请按提示修改。")
    done = submit(
        request, form,
        lambda: actions.set_limits(
            round_, limits_of_forms(lines, posts, cohorts), by=request.actor, at=request.at,
            **form.cleaned_data,
        ),
        then=reverse("desk:round_detail", args=[pk]), said="名额限制已保存。",
    )  # fmt: skip
    return done or {
        "title": "名额限制",
        "crumbs": [(round_.title, reverse("desk:round_detail", args=[pk]))],
        "form": form,
        "lines": lines,
        "verdict": rules.may_limit(request.actor, round_),
    }


def urls() -> list[URLPattern]:
    """Addresses below /desk/."""
    return [
        path("rounds/", round_list, name="round_list"),
        path("rounds/new/", round_new, name="round_new"),
        path("rounds/<int:pk>/", round_detail, name="round_detail"),
        path("rounds/<int:pk>/edit/", round_edit, name="round_edit"),
        path("rounds/<int:pk>/reopen/", round_reopen, name="round_reopen"),
        path("rounds/<int:pk>/limits/", round_limits, name="round_limits"),
        path("rounds/<int:pk>/step/<slug:step>/", round_step, name="round_step"),
        *round_runs.urls(),
    ]
