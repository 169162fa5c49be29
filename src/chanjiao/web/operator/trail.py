"""The audit administrator's reader of the trail. It only reads."""

import json
from typing import Any

from django.apps import apps
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from chanjiao.trail.models import Entry
from chanjiao.trail.queries import verify_chain, visible_to
from chanjiao.trail.rules import may_read_trail
from chanjiao.trail.words import WORDS, word
from chanjiao.web.parts.lists import (
    ChoiceFilter,
    DateFilter,
    ListAction,
    ListColumn,
    ListPage,
    TextFilter,
)
from chanjiao.web.parts.page import Answer, PageRequest, page

CHECKED_ON_PAGE = 50_000


def subject_name(label: str) -> str:
    """What a kind of row is called: 成员资格 for members.membership."""
    try:
        return str(apps.get_model(label)._meta.verbose_name)
    except LookupError:
        return label


def subject_choices(asker: Any) -> list[tuple[str, str]]:
    """The kinds of row of our own packages."""
    ours = (m for m in apps.get_models() if m.__module__.startswith("chanjiao."))
    return sorted(((m._meta.label_lower, subject_name(m._meta.label_lower)) for m in ours),
                  key=lambda pair: pair[1])  # fmt: skip


TRAIL = ListPage(
    key="operator.trail",
    title="留痕",
    query=visible_to,
    columns=(
        ListColumn("sequence", "序号", kind="number", sort="sequence"),
        ListColumn("at", "时间", kind="moment", sort="at"),
        ListColumn("actor_name", "操作人", sort="actor_name"),
        ListColumn("action", "动作", lambda row: word(row.action), sort="action"),
        ListColumn("subject", "对象", lambda row: subject_name(row.subject), sort="subject"),
        ListColumn("subject_id", "对象编号"),
        ListColumn("reason", "理由"),
        ListColumn("digest", "摘要", screen=False),
    ),
    filters=(
        ChoiceFilter(key="action", title="动作", choices=sorted(WORDS.items(), key=lambda p: p[1])),
        ChoiceFilter(key="subject", title="对象", choices=subject_choices),
        TextFilter(key="number", title="对象编号", field="subject_id"),
        DateFilter(key="at", title="时间", field="at", moment=True),
    ),
    search=("actor_name", "reason"),
    search_hint="搜索操作人或理由",
    actions=(ListAction("核验留痕链", "operator:trail_check"),),
    link="operator:trail_detail",
    empty="没有符合条件的记录。",
)


@page("operator")
def trail_list(request: PageRequest) -> HttpResponseBase:
    _auditor_only(request)
    return TRAIL.respond(request, visible_to(request.actor).order_by("-sequence"))


@page("operator", template="operator/trail_entry.html")
def trail_detail(request: PageRequest, pk: int) -> Answer:
    _auditor_only(request)
    entry = get_object_or_404(visible_to(request.actor), pk=pk)
    near = visible_to(request.actor)
    return {
        "title": f"留痕第 {entry.sequence} 条",
        "crumbs": [("留痕", reverse("operator:trail_list"))],
        "entry": entry,
        "what": word(entry.action),
        "subject": subject_name(entry.subject),
        "data": json.dumps(entry.data, ensure_ascii=False, indent=2),
        "before": near.filter(sequence=entry.sequence - 1).first(),
        "after": near.filter(sequence=entry.sequence + 1).first(),
    }


@page("operator", template="operator/trail_check.html")
def trail_check(request: PageRequest) -> Answer:
    """Recompute the chain; a long one is left to the command."""
    _auditor_only(request)
    count = Entry.objects.count()
    return {
        "title": "核验留痕链",
        "crumbs": [("留痕", reverse("operator:trail_list"))],
        "count": count,
        "most": CHECKED_ON_PAGE,
        "report": verify_chain() if count <= CHECKED_ON_PAGE else None,
    }


def _auditor_only(request: PageRequest) -> None:
    if not may_read_trail(request.actor):
        raise Http404


def urls() -> list[URLPattern]:
    return [
        path("trail/", trail_list, name="trail_list"),
        path("trail/check/", trail_check, name="trail_check"),
        path("trail/<int:pk>/", trail_detail, name="trail_detail"),
    ]
