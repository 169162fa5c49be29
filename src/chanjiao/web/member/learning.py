"""Students on post as school and host see them: how far, who is behind; one student; one record."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.clock import day_of
from chanjiao.training import entry_rules as rules
from chanjiao.training.entry_queries import (
    entries_visible_to,
    entry_files_visible_to,
    lag_tallies,
    lags,
    tally,
    tally_of,
    unmarked,
    with_tallies,
)
from chanjiao.training.enums import TOOK_PLACE, EntryKind, EntryState, GradePart
from chanjiao.training.grade_actions import give_grade
from chanjiao.training.grades import base_means, given_grades, grade_of, hours
from chanjiao.training.marking_actions import comment_entry
from chanjiao.training.models import BaseEvaluation, Entry, Grade, Placement, Stint, TrainingClass
from chanjiao.training.queries import placements_visible_to
from chanjiao.web.mentor.grades import given
from chanjiao.web.parts.entries import (
    content_type,
    listed,
    percent,
    shown_entries,
    shown_entry,
    shown_files,
)
from chanjiao.web.parts.entry_forms import GradeForm, seen_now
from chanjiao.web.parts.files import file_response
from chanjiao.web.parts.filters import Chip, ChoiceFilter, Control, Filter, Params
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.lists import ListColumn, ListPage
from chanjiao.web.parts.page import Answer, PageRequest, page
from chanjiao.web.parts.typed import whole

PAGE = 30


def placements(request: PageRequest) -> QuerySet[Placement]:
    """Those on post (or that were) of one's unit, as school or as host, in this consortium."""
    rows = placements_visible_to(request.actor, on=day_of(request.at)).filter(
        consortium=request.consortium, state__in=TOOK_PLACE
    )
    hosted = Stint.objects.filter(host=request.unit).values("placement")
    return rows.filter(Q(school=request.unit) | Q(pk__in=hosted))


def placement_of(request: PageRequest, pk: int) -> Placement:
    rows = placements(request).select_related("training_class__programme")
    found: Placement = get_object_or_404(rows, pk=pk)
    return found


def entries(request: PageRequest) -> QuerySet[Entry]:
    """The records of these students that one may read."""
    rows = entries_visible_to(request.actor, on=day_of(request.at))
    return rows.filter(placement__in=placements(request).order_by().values("pk"))


# The list ----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class _Behind(Filter):
    """Who is behind on a day; worked out in Python, as the page words it."""

    base: QuerySet[Placement]
    on: date
    key: str = "behind"
    title: str = "进度"
    choices: tuple[tuple[str, str], ...] = field(default=(("1", "落后"), ("0", "正常")))

    def controls(self, params: Params, asker: Any) -> list[Control]:
        return [Control("select", self.key, self.title, params.get(self.key, ""), self.choices)]

    def narrow(self, rows: QuerySet[Any], params: Params, asker: Any) -> QuerySet[Any]:
        wanted = params.get(self.key, "")
        if wanted not in {"0", "1"}:
            return rows
        told = lag_tallies(self.base)
        late = [row.pk for row, one in told if lags(row, one, on=self.on)]
        return rows.filter(pk__in=late) if wanted == "1" else rows.exclude(pk__in=late)

    def chips(self, params: Params, asker: Any) -> list[Chip]:
        label = dict(self.choices).get(params.get(self.key, ""), "")
        return [Chip(f"{self.title}：{label}", self.names)] if label else []


def _columns(on: date) -> tuple[ListColumn, ...]:
    def share(row: Placement) -> str:
        return percent(tally_of(row).hours_share)

    def journals(row: Placement) -> str:
        told = tally_of(row)
        return f"{told.journals} / {told.journals_due}"

    return (
        ListColumn("student", "学生", "student.name", sort="student__name"),
        ListColumn("number", "学号", "student.student_number", "code", "student__student_number"),
        ListColumn("class", "班级", "training_class.name", sort="training_class__name"),
        ListColumn("host", "单位", "host_name"),
        ListColumn("state", "状态", kind="state", sort="state", tones={"ended": "good"}),
        ListColumn("confirmed", "确认学时", lambda row: hours(row.confirmed), "code", "confirmed"),
        ListColumn("share", "占计划", share, "code"),
        ListColumn("own", "占填写", lambda row: percent(tally_of(row).confirmed_share), "code"),
        ListColumn("waiting", "待确认", kind="number", unit="条", sort="waiting"),
        ListColumn("journals", "周记", journals, "code", "journals"),
        ListColumn("marked", "批阅率", lambda row: percent(tally_of(row).marked_share), "code"),
        ListColumn("lags", "落后", lambda row: lags(row, tally_of(row), on=on)),
    )


def _with_host(rows: QuerySet[Placement], on: date) -> QuerySet[Placement]:
    """Where each is on a day, or was last."""
    stints = Stint.objects.filter(placement=OuterRef("pk"), starts_on__lte=on)
    return rows.annotate(host_name=Subquery(stints.order_by("-starts_on").values("host__name")[:1]))


@page("member")
def learning_list(request: PageRequest) -> HttpResponseBase:
    today = day_of(request.at)
    rows = with_tallies(_with_host(placements(request), today))
    classes = TrainingClass.objects.filter(
        pk__in=placements(request).order_by().values("training_class")
    )
    offered = list(classes.order_by("name", "pk").values_list("pk", "name"))
    shown = ListPage(
        key="member.learning",
        title="学习记录",
        columns=_columns(today),
        search=("student__name", "student__student_number", "number"),
        filters=(
            ChoiceFilter(key="class", title="班级", field="training_class", choices=offered),
            ChoiceFilter(key="tutor", title="学生", field="tutor__user", choices=_mine),
            _Behind(on=today, base=placements(request)),
        ),
        link="member:learning_detail",
        empty="还没有上岗的学生。",
    )
    return shown.respond(
        request, rows.order_by("student__student_number", "pk"), intro=_intro(today, request)
    )


def _mine(asker: Any) -> list[tuple[str, str]]:
    return [(str(asker.pk), "我指导的")]


def _intro(on: date, request: PageRequest) -> str:
    """The figures of the class or the school in one sentence; for a host what students judged."""
    told = lag_tallies(placements(request))
    if not request.unit.is_school:
        means = base_means(request.unit, since=date(on.year, 1, 1), until=date(on.year + 1, 1, 1))
        if not means.means:
            return f"{len(told)} 名学生。学生对本单位的评价满三份后显示平均分（今年 {means.count} 份）。"
        said = "，".join(f"{name} {mean // 100}.{mean % 100:02d}" for name, mean in means.means)
        return f"{len(told)} 名学生。今年 {means.count} 份学生评价（满分 5）：{said}。"
    behind = sum(bool(lags(row, one, on=on)) for row, one in told)
    given_ = sum(one.journals for _, one in told)
    marked = sum(one.journals_marked for _, one in told)
    rate = percent(marked * 10_000 // given_ if given_ else None)
    return f"{len(told)} 名学生，落后 {behind} 名；已交周记 {given_} 篇，已批阅 {marked} 篇，批阅率 {rate}。"


# One student -------------------------------------------------------------------------------------
@page("member", template="learning/detail.html")
def learning_detail(request: PageRequest, pk: int) -> Answer:
    placement, today = placement_of(request, pk), day_of(request.at)
    told, kind = tally(placement), request.GET.get("kind", "")
    rows = entries(request).filter(placement=placement).order_by("-day", "-pk")
    rows = rows.filter(kind=kind) if kind in EntryKind.values else rows
    number = max(1, whole(request.GET.get("page", "")))
    found = list(listed(rows)[(number - 1) * PAGE : number * PAGE + 1])
    is_school = request.actor.acts_for(placement.school_id)
    return {
        "title": placement.student.name,
        "crumbs": [("学习记录", reverse("member:learning_list"))],
        "placement": placement,
        "stints": placement.stints.select_related("host", "master").order_by("starts_on"),
        "told": told,
        "hours": (hours(told.confirmed), hours(told.planned), hours(told.written)),
        "shares": [percent(one) for one in (told.hours_share, told.confirmed_share, told.marked_share)],
        "lags": lags(placement, told, on=today),
        "entries": shown_entries(found[:PAGE], _address),
        "kinds": EntryKind.choices,
        "kind": kind,
        "next_page": number + 1 if len(found) > PAGE else 0,
        "whole": grade_of(placement, told, given_grades(placement)),
        "grade_urls": dict(_grade_urls(request, placement)),
        "is_school": is_school,
        "evaluation": BaseEvaluation.objects.filter(placement=placement).first() if is_school else None,
        "unmarked": unmarked(entries(request).filter(placement=placement)).count(),
    }  # fmt: skip


def _address(row: Entry) -> str:
    return reverse("member:learning_entry", args=[row.pk])


def _grade_urls(request: PageRequest, placement: Placement) -> Iterator[tuple[str, str]]:
    for part in GradePart:
        if rules.may_grade(request.actor, placement, part):
            yield part.value, reverse("member:learning_grade", args=[placement.pk, part.value])


@page("member", writes=True, template="learning/grade_form.html")
def learning_grade(request: PageRequest, pk: int, part: str) -> Answer:
    """The school's own part, or the enterprise's: by its staff, or by the school from paper."""
    placement = placement_of(request, pk)
    row = placement.grades.filter(part=part).first()
    form = GradeForm(request.POST or None, initial=given(row))

    def act() -> Grade:
        return give_grade(
            placement, part, form.hundredths(), form.cleaned_data["remark"],
            revision=form.cleaned_data["revision"] or 0, by=request.actor, at=request.at,
        )  # fmt: skip

    back = reverse("member:learning_detail", args=[pk])
    done = submit(request, form, act, then=back, said="成绩已保存。")
    if done is None:
        row = placement.grades.filter(part=part).first()
        seen_now(form, row.revision if row else 0)
    label = dict(GradePart.choices).get(part, "成绩")
    return done or {
        "title": f"{placement.student.name}：{label}",
        "crumbs": [("学习记录", reverse("member:learning_list")), (placement.student.name, back)],
        "form": form, "verdict": rules.may_grade(request.actor, placement, part),
    }  # fmt: skip


# One record --------------------------------------------------------------------------------------
def entry_of(request: PageRequest, pk: int) -> Entry:
    rows = entries(request).select_related("placement__school", "placement__training_class")
    found: Entry = get_object_or_404(rows, pk=pk)
    return found


@page("member", template="learning/entry.html")
def learning_entry(request: PageRequest, pk: int) -> Answer:
    row = entry_of(request, pk)
    return {
        "title": f"{row.placement.student.name} {row.get_kind_display()} {row.day}",
        "crumbs": [
            ("学习记录", reverse("member:learning_list")),
            (row.placement.student.name, reverse("member:learning_detail", args=[row.placement_id])),
        ],
        "one": shown_entry(row),
        "items": list(row.items.order_by("place")),
        "files": shown_files(row, lambda one: reverse("member:learning_file", args=[one.pk])),
        "may_comment": rules.may_comment(request.actor, row),
        "may_mark": rules.may_mark(request.actor, row),
    }  # fmt: skip


@page("member", writes=True)
def learning_comment(request: PageRequest, pk: int) -> HttpResponseBase:
    if request.method != "POST":
        return redirect("member:learning_entry", pk)
    row = entry_of(request, pk)
    comment_entry(
        row, request.POST.get("comment", ""), revision=whole(request.POST.get("revision", "")),
        by=request.actor, at=request.at,
    )  # fmt: skip
    messages.success(request, "评语已保存。")
    return redirect("member:learning_entry", pk)


@page("member")
def learning_file(request: PageRequest, pk: int) -> HttpResponseBase:
    rows = entry_files_visible_to(request.actor, on=day_of(request.at))
    one = get_object_or_404(rows.filter(entry__in=entries(request).order_by().values("pk")), pk=pk)
    return file_response(one.file, content_type(one))


def waiting_marks(request: PageRequest) -> QuerySet[Entry]:
    """What the school has to mark."""
    rows = entries(request).filter(placement__school=request.unit)
    return unmarked(rows.exclude(state=EntryState.DRAFT))


def urls() -> list[URLPattern]:
    return [
        path("learning/", learning_list, name="learning_list"),
        path("learning/<int:pk>/", learning_detail, name="learning_detail"),
        path("learning/<int:pk>/grade/<slug:part>/", learning_grade, name="learning_grade"),
        path("learning/entries/<int:pk>/", learning_entry, name="learning_entry"),
        path("learning/entries/<int:pk>/comment/", learning_comment, name="learning_comment"),
        path("learning/files/<int:pk>/", learning_file, name="learning_file"),
    ]
