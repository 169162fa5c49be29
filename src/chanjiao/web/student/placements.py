"""A student's internship: who, where, how far, what to do by when; the grade; the evaluation."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.clock import day_of
from chanjiao.training import entry_rules as rules
from chanjiao.training.entry_queries import (
    Tally,
    items_done,
    items_offered,
    next_journal_on,
    own_placements,
    tally,
)
from chanjiao.training.enums import TOOK_PLACE, EntryKind
from chanjiao.training.grade_actions import evaluate_base
from chanjiao.training.grades import BASE_FIELDS, given_grades, grade_of, hours
from chanjiao.training.models import BaseEvaluation, Placement
from chanjiao.training.queries import stint_on
from chanjiao.web.parts.entries import listed, percent, shown_entries
from chanjiao.web.parts.entry_forms import BaseForm
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.page import Answer, PageRequest, page

RECENT = 5
SUMMARY_DAYS = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Due:
    """One thing to do; `on` the day it is due, None for now."""

    text: str
    url: str
    act: str
    on: date | None = None
    urgent: bool = False


def own(request: PageRequest, pk: int) -> Placement:
    """The student's own internship, 404 for another's."""
    found: Placement = get_object_or_404(own_placements(request.actor), pk=pk)
    return found


def pressing(request: PageRequest) -> tuple[Placement | None, list[Due]]:
    """For the home page: the internship that counts now and what is due in it."""
    placement = own_placements(request.actor).filter(state__in=TOOK_PLACE).first()
    return placement, list(dues(request, placement, tally(placement))) if placement else []


@page("student", template="student/placement.html")
def current(request: PageRequest) -> Answer:
    placement = own_placements(request.actor).first()
    if placement is None:
        return {"title": "实习", "placement": None}
    return _detail(request, placement)


@page("student", template="student/placement.html")
def placement_detail(request: PageRequest, pk: int) -> Answer:
    return _detail(request, own(request, pk))


def _detail(request: PageRequest, placement: Placement) -> dict[str, object]:
    today = day_of(request.at)
    told = tally(placement)
    done = items_done(placement)
    stint = stint_on(placement, min(max(today, placement.starts_on), _last_day(placement)))
    recent = list(listed(placement.entries.order_by("-day", "-pk"))[:RECENT])
    return {
        "title": "我的实习",
        "placement": placement,
        "others": own_placements(request.actor).exclude(pk=placement.pk),
        "stint": stint,
        "told": told,
        "hours": (hours(told.confirmed), hours(told.planned), hours(told.written)),
        "shares": (percent(told.hours_share), percent(told.confirmed_share)),
        "items": [(item, item.pk in done) for item in items_offered(placement)],
        "dues": list(dues(request, placement, told)),
        "recent": shown_entries(recent, lambda row: reverse("student:entry", args=[row.pk])),
        "may_write": rules.may_write(request.actor, placement, on=today),
        "whole": grade_of(placement, told, given_grades(placement)),
        "evaluated": _evaluation(placement),
        "may_evaluate": rules.may_evaluate_base(request.actor, placement, on=today),
    }


def _last_day(placement: Placement) -> date:
    return placement.ends_on - timedelta(days=1)


def _evaluation(placement: Placement) -> BaseEvaluation | None:
    return BaseEvaluation.objects.filter(placement=placement).first()


def dues(request: PageRequest, placement: Placement, told: Tally) -> Iterator[Due]:
    """What to do by when, the pressing first."""
    today = day_of(request.at)
    if placement.state not in TOOK_PLACE or not rules.may_write(request.actor, placement, on=today):
        return
    listing = reverse("student:entry_list", args=[placement.pk])
    if told.returned:
        text = f"{told.returned} 条记录被退回，请修改后重新提交"
        yield Due(text, f"{listing}?state=rejected", "去修改", urgent=True)
    new = reverse("student:entry_new", args=[placement.pk])
    if told.journals < told.journals_due:
        number = told.journals + 1
        on = next_journal_on(placement, number, told.journals_due)
        text = f"第 {number} 篇周记（共 {told.journals_due} 篇）"
        yield Due(text, f"{new}?kind=journal", "写周记", on, urgent=on < today)
    if today >= placement.ends_on - SUMMARY_DAYS:
        if not told.summaries:
            yield Due("实习总结", f"{new}?kind=summary", "写总结", placement.ends_on, True)
        if _evaluation(placement) is None:
            url = reverse("student:placement_evaluate", args=[placement.pk])
            yield Due("评价实习单位", url, "去评价", placement.ends_on)


@page("student", writes=True, template="student/evaluate.html")
def evaluate(request: PageRequest, pk: int) -> Answer:
    placement = own(request, pk)
    form = BaseForm(request.POST or None)

    def act() -> BaseEvaluation:
        given = form.cleaned_data
        points = {name: given[name] for name in BASE_FIELDS}
        return evaluate_base(placement, points, given["text"], by=request.actor, at=request.at)

    back = reverse("student:placement_detail", args=[pk])
    done: HttpResponseBase | None = submit(request, form, act, then=back, said="谢谢，评价已提交。")
    return done or {
        "title": "评价实习单位", "crumbs": [("我的实习", back)], "form": form, "placement": placement,
        "evaluated": _evaluation(placement),
        "verdict": rules.may_evaluate_base(request.actor, placement, on=day_of(request.at)),
    }  # fmt: skip


def kind_asked(request: PageRequest) -> str:
    """The kind of record an address asks for."""
    told = request.GET.get("kind", "")
    return told if told in EntryKind.values else EntryKind.WORK.value


def urls() -> list[URLPattern]:
    return [
        path("placement/", current, name="placement"),
        path("placement/<int:pk>/", placement_detail, name="placement_detail"),
        path("placement/<int:pk>/evaluate/", evaluate, name="placement_evaluate"),
    ]
