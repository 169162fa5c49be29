"""What everybody may see of published rounds, and how to check them."""

from django.http import FileResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from chanjiao.matching.enums import RoundState
from chanjiao.matching.figures import mean_rank
from chanjiao.matching.models import Round
from chanjiao.matching.queries import accepted_run, looked_up, visible_to
from chanjiao.reference.queries import book
from chanjiao.web.parts.charts import download
from chanjiao.web.parts.lists import ListColumn, ListPage
from chanjiao.web.parts.page import Answer, PageRequest, page
from chanjiao.web.parts.round_charts import post_chart, quota_chart, rank_chart

ROUNDS = ListPage(
    key="portal.rounds",
    title="匹配公示",
    columns=(
        ListColumn("title", "名称", sort="title"),
        ListColumn("consortium", "联合体", "consortium.short_name"),
        ListColumn("kind", "类型", "get_kind_display"),
        ListColumn("published_at", "公布时间", kind="moment", sort="published_at"),
    ),
    search=("title", "code"),
    link=lambda row: reverse("portal:round", args=[row.code]),
    empty="还没有公布的匹配结果。",
)


@page("portal")
def round_list(request: PageRequest) -> HttpResponseBase:
    rows = visible_to(None).order_by("-published_at", "-pk")
    return ROUNDS.respond(
        request, rows, intro="每一轮的名单、规则、种子和证书都可下载，任何人都能重算。"
    )


@page("portal", template="rounds/public.html")
def round_detail(request: PageRequest, code: str) -> Answer:
    round_ = _published(code)
    run = accepted_run(round_)
    assert run is not None and round_.published_at is not None  # published
    source, at = f"{round_.title}公布结果", round_.published_at
    charts = [
        rank_chart(run.statistics, source, at),
        post_chart(run.statistics, source, at),
        quota_chart(run.statistics, source, at, book()),
    ]
    asked = request.GET.get("id", "").strip()[:16]
    return download(request, *charts) or {
        "title": round_.title,
        "crumbs": [(ROUNDS.title, reverse("portal:round_list"))],
        "round": round_,
        "run": run,
        "figures": run.statistics,
        "mean_rank": mean_rank(run.statistics),
        "charts": charts,
        "asked": asked,
        "found": looked_up(round_, asked) if asked else None,
    }


@page("portal")
def bundle(request: PageRequest, code: str) -> HttpResponseBase:
    """The files anyone can verify."""
    run = accepted_run(_published(code))
    assert run is not None and run.bundle is not None  # published
    return FileResponse(
        run.bundle.file.open("rb"), as_attachment=True, filename=f"{code}.zip",
        content_type="application/zip",
    )  # fmt: skip


def _published(code: str) -> Round:
    """Also for insiders only what is published: this is the public page."""
    rows = visible_to(None).filter(state=RoundState.PUBLISHED)
    found: Round = get_object_or_404(rows, code=code)
    return found


def urls() -> list[URLPattern]:
    """Addresses below /portal/."""
    return [
        path("rounds/", round_list, name="round_list"),
        path("rounds/<slug:code>/", round_detail, name="round"),
        path("rounds/<slug:code>/bundle/", bundle, name="round_bundle"),
    ]
