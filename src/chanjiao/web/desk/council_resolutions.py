"""The secretariat's resolutions and regulations."""

from datetime import date

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.council import actions, queries, resolution_actions, rules
from chanjiao.council.enums import OWED, RegulationKind, ResolutionState
from chanjiao.council.models import Regulation, Resolution
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Invalid
from chanjiao.people.models import User
from chanjiao.people.queries import people_of
from chanjiao.plans.queries import plan_for_tasks, tasks_visible_to
from chanjiao.plans.rules import may_make_task_of
from chanjiao.web.parts.council import TONES, first, member_units, send
from chanjiao.web.parts.council_forms import AssignForm, RegulationForm, upload_of
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.listings import Button
from chanjiao.web.parts.lists import (
    BooleanFilter,
    ChoiceFilter,
    DateFilter,
    ListColumn,
    ListPage,
    TextFilter,
)
from chanjiao.web.parts.page import Answer, PageRequest, Primary, page

RESOLUTION_COLUMNS = (
    ListColumn("title", "决议", sort="title"),
    ListColumn("number", "编号", kind="code", sort="number"),
    ListColumn("meeting", "会议", "motion.meeting.title", sort="motion__meeting__title"),
    ListColumn("state", "状态", kind="state", sort="state", tones=TONES),
    ListColumn("unit", "责任单位", "unit.called", sort="unit__name"),
    ListColumn("person", "责任人", "person.name", sort="person__name"),
    ListColumn("due_on", "办结期限", kind="date", sort="due_on"),
    ListColumn("carried_out_on", "办结日期", kind="date", sort="carried_out_on"),
)
RESOLUTIONS = ListPage(
    key="desk.resolutions",
    title="决议",
    columns=RESOLUTION_COLUMNS,
    search=("title", "number", "unit__name"),
    filters=(
        ChoiceFilter(key="state", title="状态", choices=ResolutionState.choices),
        BooleanFilter(
            key="owed", title="办结", yes="未办结", no="其他", condition=Q(state__in=sorted(OWED))
        ),
        DateFilter(key="due", title="办结期限", field="due_on"),
        TextFilter(key="body", title="机构", field="motion__meeting__body__name"),
    ),
    link="desk:resolution_detail",
    empty="还没有决议。会议上议案计票后，决议自动产生。",
)


def _resolution(request: PageRequest, pk: int) -> Resolution:
    rows = queries.resolutions_visible_to(request.actor).filter(
        motion__meeting__body__consortium=request.consortium
    )
    return get_object_or_404(rows, pk=pk)


@page("desk")
def resolution_list(request: PageRequest) -> HttpResponseBase:
    rows = queries.resolutions_visible_to(request.actor).filter(
        motion__meeting__body__consortium=request.consortium
    )
    return RESOLUTIONS.respond(request, rows)


@page("desk", template="council/resolution.html")
def resolution_detail(request: PageRequest, pk: int) -> Answer:
    row, on = _resolution(request, pk), day_of(request.at)
    return {
        "title": row.title,
        "tasks": tasks_visible_to(request.actor).filter(resolutions=row).order_by("place", "pk"),
        "task_button": _task_button(request, row, on),
        "crumbs": [(RESOLUTIONS.title, reverse("desk:resolution_list"))],
        "resolution": row,
        "motion": row.motion,
        "reports": row.reports.select_related("by", "file"),
        "late": row.due_on is not None and row.due_on < on
        and row.state in {ResolutionState.UNDERWAY, ResolutionState.REPORTED},
        "may_assign": rules.may_assign(request.actor, row),
        "may_return": rules.may_return_resolution(request.actor, row),
        "may_carry_out": rules.may_mark_carried_out(request.actor, row),
        "may_report": None,
        "form": None,
        "today": on,
        "regulations": row.regulations.order_by("pk"),
    }  # fmt: skip


def _task_button(request: PageRequest, row: Resolution, on: date) -> Button:
    """To the form of a new task of this year's plan, filled from the resolution."""
    plan = plan_for_tasks(request.consortium, on=on)
    verdict = may_make_task_of(request.actor, row, request.consortium, plan)
    url = f"{reverse('desk:task_new', args=[plan.pk])}?resolution={row.pk}" if plan else ""
    return Button("从决议生成任务", url, verdict, leads=True)


@page("desk", writes=True, template="parts/form_page.html")
def resolution_assign(request: PageRequest, pk: int) -> Answer:
    row, on = _resolution(request, pk), day_of(request.at)
    units = [*member_units(request.consortium, on), request.consortium.secretariat]
    people = _people(units, on)
    names = ("due_on", "todo", "revision")
    initial = {name: getattr(row, name) for name in names} | {
        "unit": row.unit_id, "person": row.person_id,
    }  # fmt: skip
    form = AssignForm(request.POST or None, initial=initial, units=units, people=people)

    def act() -> Resolution:
        given = dict(form.cleaned_data)
        unit = first(units, lambda one: one.pk == given["unit"])
        assert unit is not None
        given["unit"] = unit
        given["person"] = next((user for user, _ in people if user.pk == given["person"]), None)
        return resolution_actions.assign_resolution(row, by=request.actor, at=request.at, **given)

    done = submit(
        request,
        form,
        act,
        then=reverse("desk:resolution_detail", args=[pk]),
        said="决议已分派，责任单位已收到通知。",
    )
    return done or {
        "title": "分派决议", "crumbs": [(row.title, reverse("desk:resolution_detail", args=[pk]))],
        "form": form, "label": "分派",
    }  # fmt: skip


def _people(units: list, on: date) -> list[tuple[User, str]]:  # type: ignore[type-arg]
    return [
        (user, unit.called) for unit in units for user in people_of(unit, on).order_by("name", "pk")
    ]


@page("desk", writes=True)
def resolution_step(request: PageRequest, pk: int, step: str) -> HttpResponseBase:
    row, by, at = _resolution(request, pk), request.actor, request.at
    if request.method != "POST" or step not in {"return", "done"}:
        raise Http404
    if step == "return":
        reason = request.POST.get("reason", "")
        resolution_actions.return_resolution(row, reason=reason, by=by, at=at)
        messages.success(request, "已退回责任单位。")
    else:
        on = _day(request.POST.get("on", ""))
        resolution_actions.mark_carried_out(row, on=on, by=by, at=at)
        messages.success(request, "已办结。")
    return redirect("desk:resolution_detail", pk)


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise Invalid({"on": ["请填写办结日期。"]}) from None


@page("desk")
def resolution_paper(request: PageRequest, pk: int, report_pk: int) -> HttpResponseBase:
    """The file of a report."""
    rows = _resolution(request, pk).reports.select_related("file")
    return send(get_object_or_404(rows, pk=report_pk).file)


# Regulations -----------------------------------------------------------------------------------
REGULATION_COLUMNS = (
    ListColumn("title", "名称", sort="title"),
    ListColumn("kind", "种类", "get_kind_display", sort="kind"),
    ListColumn("adopted_on", "生效日期", kind="date", sort="adopted_on"),
    ListColumn("ended_on", "废止日期", kind="date", sort="ended_on"),
    ListColumn("resolution", "通过它的决议", "resolution.number", sort="resolution__number"),
    ListColumn("file", "文件", lambda row: "有" if row.file_id else "缺"),
)
REGULATIONS = ListPage(
    key="desk.regulations",
    title="制度库",
    columns=REGULATION_COLUMNS,
    search=("title",),
    filters=(
        ChoiceFilter(key="kind", title="种类", choices=RegulationKind.choices),
        DateFilter(key="from", title="生效日期", field="adopted_on"),
    ),
    link="desk:regulation_edit",
    empty="还没有登记制度。请先登记章程。",
    template="council/regulations.html",
)


def _regulation(request: PageRequest, pk: int) -> Regulation:
    rows = queries.regulations_visible_to(request.actor).filter(consortium=request.consortium)
    return get_object_or_404(rows, pk=pk)


@page("desk")
def regulation_list(request: PageRequest) -> HttpResponseBase:
    rows = queries.regulations_visible_to(request.actor).filter(consortium=request.consortium)
    return REGULATIONS.respond(
        request, rows,
        primary=Primary("登记制度", reverse("desk:regulation_new")),
        gaps=queries.regulation_gaps(request.consortium, day_of(request.at)),
    )  # fmt: skip


@page("desk", writes=True, template="parts/form_page.html")
def regulation_new(request: PageRequest) -> Answer:
    found = _adopted(request)
    initial = {"kind": request.GET.get("kind", ""), "adopted_on": day_of(request.at)}
    form = RegulationForm(
        request.POST or None,
        request.FILES or None,
        initial=initial,
        resolutions=found.values(),
        new=True,
    )

    def act() -> Regulation:
        given = _given(form, found)
        return actions.adopt_regulation(
            request.consortium, by=request.actor, at=request.at, **given
        )

    done = submit(request, form, act, then=reverse("desk:regulation_list"), said="制度已登记。")
    return done or {
        "title": "登记制度", "crumbs": [(REGULATIONS.title, reverse("desk:regulation_list"))], "form": form,
    }  # fmt: skip


@page("desk", writes=True, template="council/regulation.html")
def regulation_edit(request: PageRequest, pk: int) -> Answer:
    row, found = _regulation(request, pk), _adopted(request)
    names = ("kind", "title", "adopted_on", "ended_on", "revision")
    initial = {name: getattr(row, name) for name in names} | {"resolution": row.resolution_id}
    form = RegulationForm(
        request.POST or None,
        request.FILES or None,
        initial=initial,
        resolutions=found.values(),
        new=False,
    )
    done = submit(
        request, form,
        lambda: actions.change_regulation(
            row, by=request.actor, at=request.at, revision=form.cleaned_data["revision"] or 0,
            **_given(form, found),
        ),
        then=reverse("desk:regulation_list"), said="已保存。",
    )  # fmt: skip
    return done or {
        "title": row.title, "crumbs": [(REGULATIONS.title, reverse("desk:regulation_list"))],
        "form": form, "regulation": row,
    }  # fmt: skip


def _adopted(request: PageRequest) -> dict[int, Resolution]:
    rows = queries.resolutions_of(request.consortium).filter(passed=True)
    return {row.pk: row for row in rows.select_related("motion__meeting__body")}


def _given(form: RegulationForm, found: dict[int, Resolution]) -> dict:  # type: ignore[type-arg]
    given = {k: v for k, v in form.cleaned_data.items() if k != "revision"}
    given["resolution"] = found.get(given["resolution"] or 0)
    given["file"] = upload_of(form)
    return given


@page("desk")
def regulation_paper(request: PageRequest, pk: int) -> HttpResponseBase:
    return send(_regulation(request, pk).file)


def urls() -> list[URLPattern]:
    one = "council/resolutions/<int:pk>/"
    return [
        path("council/resolutions/", resolution_list, name="resolution_list"),
        path(one, resolution_detail, name="resolution_detail"),
        path(f"{one}assign/", resolution_assign, name="resolution_assign"),
        path(f"{one}step/<slug:step>/", resolution_step, name="resolution_step"),
        path(f"{one}reports/<int:report_pk>/", resolution_paper, name="resolution_paper"),
        path("council/regulations/", regulation_list, name="regulation_list"),
        path("council/regulations/new/", regulation_new, name="regulation_new"),
        path("council/regulations/<int:pk>/", regulation_edit, name="regulation_edit"),
        path("council/regulations/<int:pk>/file/", regulation_paper, name="regulation_paper"),
    ]
