"""Random visits of a school: draw, draw again to check, go with the phone, results."""

import secrets

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Refused
from chanjiao.people.models import Unit
from chanjiao.training import visit_actions as actions
from chanjiao.training.draw_files import as_file, differences
from chanjiao.training.enums import VisitState
from chanjiao.training.models import Draw, Stint, Visit
from chanjiao.training.queries import placements_of_school, running, stint_on
from chanjiao.web.parts.entry_forms import DrawForm, MissForm, VisitForm, seen_now
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.lists import ListColumn, ListPage
from chanjiao.web.parts.page import Answer, PageRequest, Primary, page

_TONES = {"drawn": "wait", "done": "good", "missed": "warn"}

DRAWS = ListPage(
    key="member.draws",
    title="随机走访",
    columns=(
        ListColumn("title", "名称", sort="title"),
        ListColumn("host", "范围", lambda row: row.host.name if row.host else "全部单位"),
        ListColumn("drawn_at", "抽取时间", kind="moment", sort="drawn_at"),
        ListColumn("candidates", "候选", lambda row: len(row.candidates), "number", unit="人"),
        ListColumn("drawn", "抽中", kind="number", unit="人"),
        ListColumn("done", "已走访", kind="number", unit="人"),
        ListColumn("present", "在岗", kind="number", unit="人"),
        ListColumn("due_on", "期限", kind="date", sort="due_on"),
    ),
    search=("title",),
    link="member:draw_detail",
    empty="还没有抽取过走访。",
)


def _draws(request: PageRequest) -> QuerySet[Draw]:
    rows = actions.draws_visible_to(request.actor)
    return rows.filter(unit=request.unit, consortium=request.consortium)


@page("member")
def draw_list(request: PageRequest) -> HttpResponseBase:
    rows = _draws(request).annotate(
        drawn=Count("visits"),
        done=Count("visits", filter=Q(visits__state=VisitState.DONE)),
        present=Count("visits", filter=Q(visits__present=True)),
    )
    verdict = actions.may_draw(request.actor, request.unit)
    primary = Primary("抽取走访", reverse("member:draw_new"), verdict)
    intro = "先定种子、后列名单，再按种子抽取。每次抽取都留痕，任何人可用下载的文件重抽核对。"
    return DRAWS.respond(request, rows.order_by("-fixed_at", "-pk"), primary=primary, intro=intro)


@page("member", writes=True, template="learning/draw_new.html")
def draw_new(request: PageRequest) -> Answer:
    """The seed is fixed by an action of its own before anybody has made the list."""
    today = day_of(request.at)
    there = running(placements_of_school(request.actor), on=today).filter(school=request.unit)
    hosts = Unit.objects.filter(
        pk__in=Stint.objects.filter(
            placement__in=there.order_by().values("pk"), starts_on__lte=today, ends_on__gt=today
        ).values("host")
    ).order_by("name", "pk")
    form = DrawForm(hosts, request.POST or None)

    def act() -> Draw:
        given = form.cleaned_data
        wish = actions.Wish(given["title"], given["size"], given["due_on"], given["host"])
        fixed = actions.fix_draw(
            request.unit, request.consortium, wish, seed=secrets.token_hex(16), by=request.actor,
            at=request.at,
        )  # fmt: skip
        try:
            return actions.draw_visits(fixed, by=request.actor, at=request.at)
        except Refused as refusal:
            messages.warning(request, refusal.reason)
            return fixed

    done = submit(request, form, act, then=_address)
    return done or {
        "title": "抽取走访", "crumbs": [(DRAWS.title, reverse("member:draw_list"))], "form": form,
        "count": there.count(), "verdict": actions.may_draw(request.actor, request.unit),
    }  # fmt: skip


def _address(row: Draw) -> str:
    return reverse("member:draw_detail", args=[row.pk])


@page("member", template="learning/draw.html")
def draw_detail(request: PageRequest, pk: int) -> Answer:
    """The draw, drawn again while the page is made."""
    row: Draw = get_object_or_404(_draws(request), pk=pk)
    visits = list(_visits(row))
    return {
        "title": row.title,
        "crumbs": [(DRAWS.title, reverse("member:draw_list"))],
        "draw": row,
        "visits": [(one, _TONES[one.state]) for one in visits],
        "differences": differences(_file(row, visits)) if row.drawn_at else [],
        "verdict": actions.may_draw(request.actor, row.unit),
    }


def _visits(row: Draw) -> QuerySet[Visit]:
    return row.visits.select_related("placement__student").order_by("rank")


def _file(row: Draw, visits: list[Visit]) -> bytes:
    return as_file(
        {
            "title": row.title, "unit": row.unit.name, "seed": row.seed, "size": row.size,
            "candidates": row.candidates, "digest": row.digest,
            "drawn": [one.placement.number for one in visits],
            "fixed_at": row.fixed_at.isoformat(),
            "drawn_at": row.drawn_at.isoformat() if row.drawn_at else "",
        }
    )  # fmt: skip


@page("member")
def draw_file(request: PageRequest, pk: int) -> HttpResponseBase:
    row = get_object_or_404(_draws(request).filter(drawn_at__isnull=False), pk=pk)
    answer = HttpResponse(_file(row, list(_visits(row))), content_type="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="draw-{row.pk}.json"'
    return answer


@page("member", writes=True)
def draw_again(request: PageRequest, pk: int) -> HttpResponseBase:
    if request.method != "POST":
        return redirect("member:draw_detail", pk)
    """The list was empty when the seed was fixed: draw now, with that seed."""
    row = get_object_or_404(_draws(request), pk=pk)
    actions.draw_visits(row, by=request.actor, at=request.at)
    return redirect("member:draw_detail", pk)


# Going -------------------------------------------------------------------------------------------
def _visit(request: PageRequest, pk: int) -> Visit:
    rows = actions.visits_visible_to(request.actor).filter(draw__in=_draws(request).values("pk"))
    found: Visit = get_object_or_404(rows, pk=pk)
    return found


@page("member", writes=True, template="learning/visit.html")
def visit(request: PageRequest, pk: int) -> Answer:
    row, today = _visit(request, pk), day_of(request.at)
    initial = {"visited_on": today, "visitor": request.actor.name, "revision": row.revision}
    form = VisitForm(request.POST or None, initial=initial)

    def act() -> Visit:
        revision = form.cleaned_data["revision"]
        return actions.record_visit(
            row, form.found(), revision=revision, by=request.actor, at=request.at
        )

    back = reverse("member:draw_detail", args=[row.draw_id])
    done = submit(request, form, act, then=back, said="走访已登记。")
    if done is None:
        row = _visit(request, pk)
        seen_now(form, row.revision)
    return done or {
        "title": f"走访 {row.placement.student.name}",
        "crumbs": [(DRAWS.title, reverse("member:draw_list")), (row.draw.title, back)],
        "visit": row, "stint": stint_on(row.placement, today), "form": form,
        "miss": MissForm(initial={"revision": row.revision}),
        "verdict": actions.may_visit(request.actor, row),
    }  # fmt: skip


@page("member", writes=True)
def visit_miss(request: PageRequest, pk: int) -> HttpResponseBase:
    if request.method != "POST":
        return redirect("member:visit", pk)
    row = _visit(request, pk)
    form = MissForm(request.POST)
    if not form.is_valid():
        raise Refused("请写明未能走访的原因。")
    given = form.cleaned_data
    actions.miss_visit(
        row, given["finding"], revision=given["revision"], by=request.actor, at=request.at
    )
    messages.success(request, "已登记为未完成。")
    return redirect("member:draw_detail", row.draw_id)


def urls() -> list[URLPattern]:
    return [
        path("draws/", draw_list, name="draw_list"),
        path("draws/new/", draw_new, name="draw_new"),
        path("draws/<int:pk>/", draw_detail, name="draw_detail"),
        path("draws/<int:pk>/file/", draw_file, name="draw_file"),
        path("draws/<int:pk>/again/", draw_again, name="draw_again"),
        path("visits/<int:pk>/", visit, name="visit"),
        path("visits/<int:pk>/miss/", visit_miss, name="visit_miss"),
    ]
