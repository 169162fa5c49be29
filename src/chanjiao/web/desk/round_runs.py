"""Trial runs on the desk: figures, comparison, replay, acceptance, files."""

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.verdict import require
from chanjiao.matching import queries, rules
from chanjiao.matching.enums import RunState
from chanjiao.matching.figures import mean_rank
from chanjiao.matching.models import Round, Run
from chanjiao.matching.replay import replay_run
from chanjiao.matching.runs import accept_run
from chanjiao.reference.queries import book
from chanjiao.web.parts.charts import download
from chanjiao.web.parts.page import Answer, PageRequest, page
from chanjiao.web.parts.round_charts import (
    Figures,
    post_chart,
    quota_chart,
    quota_name,
    quota_rows,
    rank_chart,
)
from chanjiao.web.parts.typed import whole


def round_of(request: PageRequest, pk: int) -> Round:
    """A round of the desk's own consortium, else 404."""
    rows = queries.managed_by(request.actor).filter(consortium=request.consortium)
    found: Round = get_object_or_404(rows, pk=pk)
    return found


def runs_of(round_: Round) -> QuerySet[Run]:
    """A round's runs, newest first."""
    return round_.runs.select_related("job", "asked_by", "accepted_by", "bundle").order_by("-pk")


def _run(request: PageRequest, pk: int, run_pk: int) -> Run:
    found: Run = get_object_or_404(runs_of(round_of(request, pk)), pk=run_pk)
    found.round = round_of(request, pk)
    return found


def _crumbs(round_: Round, run: Run | None = None) -> list[tuple[str, str]]:
    crumbs = [
        ("匹配轮次", reverse("desk:round_list")),
        (round_.title, reverse("desk:round_detail", args=[round_.pk])),
    ]
    if run is not None:
        crumbs.append((f"试算 {run.pk}", reverse("desk:run_detail", args=[round_.pk, run.pk])))
    return crumbs


@page("desk", template="rounds/run.html")
def run_detail(request: PageRequest, pk: int, run_pk: int) -> Answer:
    run = _run(request, pk, run_pk)
    figures = run.statistics
    charts = []
    if figures:
        source, at = f"{run.round.title}试算 {run.pk}", run.ended_at or request.at
        known = book()
        charts = [
            rank_chart(figures, source, at),
            quota_chart(figures, source, at, known),
            post_chart(figures, source, at),
        ]
    return download(request, *charts) or {
        "title": f"试算 {run.pk}",
        "crumbs": _crumbs(run.round),
        "round": run.round,
        "run": run,
        "figures": figures,
        "mean_rank": mean_rank(figures) if figures else "",
        "charts": charts,
        "quotas": quota_rows(figures, book()) if figures else [],
        "verdict": rules.may_accept(request.actor, run),
        "others": runs_of(run.round).filter(state__in=[RunState.DONE, RunState.ACCEPTED]).exclude(pk=run.pk),
        "broken_off": run.is_stuck,
    }  # fmt: skip


@page("desk", writes=True, template="rounds/accept.html")
def run_accept(request: PageRequest, pk: int, run_pk: int) -> Answer:
    """What will be decided, then the decision."""
    run = _run(request, pk, run_pk)
    if request.method == "POST":
        accept_run(run, by=request.actor, at=request.at)
        return redirect("desk:round_detail", pk)
    return {
        "title": f"审定试算 {run.pk}",
        "crumbs": _crumbs(run.round, run),
        "round": run.round,
        "run": run,
        "figures": run.statistics,
        "mean_rank": mean_rank(run.statistics) if run.statistics else "",
        "verdict": rules.may_accept(request.actor, run),
        "full": [q for q in quota_rows(run.statistics, book()) if not q["free"]] if run.statistics else [],
    }  # fmt: skip


@page("desk", template="rounds/replay.html")
def run_replay(request: PageRequest, pk: int, run_pk: int) -> Answer:
    """The run again from its stored files, beside what was stored."""
    run = _run(request, pk, run_pk)
    return {
        "title": "重算核对",
        "crumbs": _crumbs(run.round, run),
        "round": run.round,
        "run": run,
        "found": replay_run(run),
    }


@page("desk")
def run_bundle(request: PageRequest, pk: int, run_pk: int) -> HttpResponseBase:
    """The run's files."""
    run = _run(request, pk, run_pk)
    require(rules.may_download_bundle(request.actor, run))
    assert run.bundle is not None  # the rule
    return FileResponse(
        run.bundle.file.open("rb"), as_attachment=True, filename=run.bundle.name,
        content_type="application/zip",
    )  # fmt: skip


# Two runs side by side -----------------------------------------------------------------------
_FIGURES = {
    "students": "学生（人）", "choices": "志愿（条）", "eligible": "符合条件的志愿（条）",
    "matched": "录取（人）", "first_choice": "第一志愿（人）", "unscored": "未评分的志愿（条）",
}  # fmt: skip


@page("desk", template="rounds/compare.html")
def run_compare(request: PageRequest, pk: int) -> Answer:
    round_ = round_of(request, pk)
    rows = runs_of(round_).filter(state__in=[RunState.DONE, RunState.ACCEPTED])
    first = get_object_or_404(rows, pk=whole(request.GET.get("a", "")))
    second = get_object_or_404(rows, pk=whole(request.GET.get("b", "")))
    return {
        "title": f"比较试算 {first.pk} 与 {second.pk}",
        "crumbs": _crumbs(round_),
        "round": round_,
        "first": first,
        "second": second,
        "lines": compared(first.statistics, second.statistics),
        "places": _places(first.statistics, second.statistics),
        "same": first.problem_digest == second.problem_digest,
    }


def compared(first: Figures, second: Figures) -> list[tuple[str, str, str, bool]]:
    """Label, both values, and whether they differ."""
    lines = [(label, str(first[key]), str(second[key])) for key, label in _FIGURES.items()]
    lines.append(("平均录取志愿", mean_rank(dict(first)), mean_rank(dict(second))))
    ranks = max(len(first["rank_counts"]), len(second["rank_counts"]))
    lines += [
        (f"第 {rank + 1} 志愿（人）", _at(first, rank), _at(second, rank)) for rank in range(ranks)
    ]
    return [(label, a, b, a != b) for label, a, b in lines]


def _at(figures: Figures, rank: int) -> str:
    counts = figures["rank_counts"]
    return str(counts[rank]) if rank < len(counts) else "0"


def _places(first: Figures, second: Figures) -> list[dict[str, Any]]:
    """Posts and caps whose admission or size differs."""
    known, nothing = book(), ("—", "—")
    a, b = _named(first, known), _named(second, known)
    lines = [
        {"name": name, "left": a.get(name, nothing), "right": b.get(name, nothing)}
        for name in sorted(a.keys() | b.keys())
    ]
    return [line for line in lines if line["left"] != line["right"]]


def _named(figures: Figures, known: Any) -> dict[str, tuple[Any, Any]]:
    posts = {f"岗位：{p['name']}": (p["filled"], p["capacity"]) for p in figures["posts"]}
    caps = {
        f"上限：{quota_name(q, known)}": (q["filled"], q["capacity"]) for q in figures["quotas"]
    }
    return posts | caps


def urls() -> list[URLPattern]:
    """Addresses below /desk/."""
    return [
        path("rounds/<int:pk>/compare/", run_compare, name="run_compare"),
        path("rounds/<int:pk>/runs/<int:run_pk>/", run_detail, name="run_detail"),
        path("rounds/<int:pk>/runs/<int:run_pk>/accept/", run_accept, name="run_accept"),
        path("rounds/<int:pk>/runs/<int:run_pk>/replay/", run_replay, name="run_replay"),
        path("rounds/<int:pk>/runs/<int:run_pk>/bundle/", run_bundle, name="run_bundle"),
    ]
