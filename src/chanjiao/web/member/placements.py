"""A school's placements: planned, checked against the law, started, changed, ended."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import FileResponse, Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Invalid
from chanjiao.matching.enums import RoundState
from chanjiao.matching.models import Round
from chanjiao.needs.models import Student
from chanjiao.people.enums import UnitKind
from chanjiao.training import placement_actions as actions
from chanjiao.training import placement_rules as rules
from chanjiao.training.enums import MentorKind, PlacementState
from chanjiao.training.gate import Finding, Judged, judge, recomputed
from chanjiao.training.models import Mentor, Placement, Stint
from chanjiao.training.placement_columns import LAYOUT, exported
from chanjiao.training.placement_facts import PlacementFacts, clock
from chanjiao.training.placement_sheet import with_stints
from chanjiao.training.queries import mentors_in_force, mentors_visible_to, placements_of_school
from chanjiao.web.account.imports import start
from chanjiao.web.parts import placement_forms as given
from chanjiao.web.parts.council import member_units
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.listings import Button, sheet_file
from chanjiao.web.parts.lists import (
    BulkAction,
    ChoiceFilter,
    DateFilter,
    ListAction,
    ListColumn,
    ListPage,
    Shown,
    picked,
)
from chanjiao.web.parts.page import Answer, PageRequest, Primary, page

TONES = {
    "planned": "wait", "running": "good", "ended": "idle", "stopped": "warn", "cancelled": "idle",
}  # fmt: skip


def _hosts(row: Placement) -> str:
    return "、".join(dict.fromkeys(one.host.called for one in row.stints.all()))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementPage(ListPage):
    """The list, whose export is the import's own layout: a stint a row, and it can be read back."""

    def export(self, shown: Shown, form: str) -> FileResponse:
        found = with_stints(shown.rows).iterator(chunk_size=2000)
        rows = (line for row in found for line in exported(row))
        return sheet_file(LAYOUT, rows, f"{self.title}{day_of(shown.request.at):%Y%m%d}", form)


PLACEMENTS = PlacementPage(
    key="member.placements",
    title="实习安排",
    columns=(
        ListColumn("number", "编号", kind="code", sort="number"),
        ListColumn("student", "学生", "student.name", sort="student__name"),
        ListColumn("student_number", "学号", "student.student_number", kind="code", sort="student__student_number"),
        ListColumn("host", "实习单位", _hosts),
        ListColumn("position", "岗位", lambda row: "、".join(dict.fromkeys(one.position for one in row.stints.all()))),
        ListColumn("starts_on", "开始日期", kind="date", sort="starts_on"),
        ListColumn("ends_on", "结束次日", kind="date", sort="ends_on"),
        ListColumn("tutor", "指导教师", "tutor.name", sort="tutor__name"),
        ListColumn("state", "状态", kind="state", sort="state", tones=TONES),
    ),
    search=("number", "student__name", "student__student_number", "stints__host__name"),
    search_hint="搜索编号、姓名、学号、单位",
    filters=(
        ChoiceFilter(key="state", title="状态", choices=PlacementState.choices),
        DateFilter(key="starts", title="开始日期", field="starts_on"),
    ),
    actions=(
        ListAction("上岗检查", "member:placement_gate"),
        ListAction("从匹配结果生成", "member:placement_from_round"),
        ListAction("导入与模板", "member:placement_import"),
        ListAction("备案名单", "member:placement_filing"),
    ),
    bulk=(
        BulkAction("指定指导教师", "member:placement_tutor"),
        BulkAction("送签协议和同意书", "member:placement_papers"),
        BulkAction("上岗前自查", "member:placement_declare"),
        BulkAction("登记保险", "member:placement_insure"),
        BulkAction("登记安全培训", "member:placement_safety"),
        BulkAction("上岗", "member:placement_start", "检查通过的学生上岗？"),
    ),
    link="member:placement_detail",
    empty="还没有实习安排。匹配结果公布后，可从匹配结果一次生成；也可以逐个新增，或下载模板填好后导入。",
)  # fmt: skip


def own_rows(request: PageRequest) -> QuerySet[Placement]:
    """This school's placements, with what a row shows."""
    if not request.unit.is_school:
        raise Http404
    stints = Prefetch("stints", Stint.objects.select_related("host").order_by("starts_on"))
    rows = placements_of_school(request.actor).filter(
        school=request.unit, consortium=request.consortium
    )
    return rows.select_related("student__cohort", "school", "tutor").prefetch_related(stints)


def own_row(request: PageRequest, pk: int) -> Placement:
    return get_object_or_404(own_rows(request), pk=pk)


def crumbs(row: Placement | None = None) -> list[tuple[str, str]]:
    found = [(PLACEMENTS.title, reverse("member:placement_list"))]
    return [*found, (row.number, to(row))] if row else found


def to(row: Placement, name: str = "detail") -> str:
    return reverse(f"member:placement_{name}", args=[row.pk])


@page("member")
def placement_list(request: PageRequest) -> HttpResponseBase:
    rows = own_rows(request).order_by("-starts_on", "number")
    return PLACEMENTS.respond(
        request, rows.distinct(), primary=Primary("新增实习", reverse("member:placement_new"))
    )


@page("member", writes=True)
def placement_import(request: PageRequest) -> HttpResponseBase:
    """Template, export and upload of all placements."""
    if not request.unit.is_school:
        raise Http404
    scope = {"consortium": request.consortium.pk, "unit": request.unit.pk}
    return start(request, LAYOUT.key, scope, reverse("member:placement_list"))


# The gate --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Hurdle:
    """A rule that keeps students from their posts: who mends it, and whom it keeps."""

    finding: Finding
    rows: tuple[Placement, ...]

    @property
    def some(self) -> str:
        names = "、".join(row.student.name for row in self.rows[:6])
        return names + (f" 等 {len(self.rows)} 人" if len(self.rows) > 6 else "")


@page("member", template="training/gate.html")
def placement_gate(request: PageRequest) -> Answer:
    """All planned placements against the law at once: who may start, what keeps the others."""
    rows = list(
        own_rows(request).filter(state=PlacementState.PLANNED).order_by("starts_on", "number")
    )
    judged = judge(rows, on=day_of(request.at)) if rows else {}
    open_ = [row for row in rows if not judged[row.pk].shut]
    ready = [row for row in open_ if row.starts_on <= day_of(request.at)]
    waiting = [row for row in open_ if row.starts_on > day_of(request.at)]
    held = [(row, judged[row.pk].blocking) for row in rows if judged[row.pk].shut]
    return {
        "title": "上岗检查", "crumbs": crumbs(), "rows": rows, "ready": ready, "waiting": waiting, "held": held,
        "hurdles": hurdles(rows, judged),
    }  # fmt: skip


def hurdles(rows: Sequence[Placement], judged: dict[int, Judged]) -> list[Hurdle]:
    """Blocking rules, the commonest first."""
    kept: dict[str, list[Placement]] = {}
    first: dict[str, Finding] = {}
    for row in rows:
        for finding in judged[row.pk].blocking:
            first.setdefault(finding.rule, finding)
            held = kept.setdefault(finding.rule, [])
            if row not in held:
                held.append(row)
    counted = Counter({rule: len(held) for rule, held in kept.items()})
    return [Hurdle(first[rule], tuple(kept[rule])) for rule, _ in counted.most_common()]


@page("member", writes=True)
def placement_start(request: PageRequest) -> HttpResponseBase:
    """Those whose gate is open go on post; of the others the page says why not."""
    rows = list(picked(request, own_rows(request)))
    if not rows:
        messages.warning(request, "请先勾选学生。")
        return redirect("member:placement_list")
    done = actions.start_placements(rows, by=request.actor, at=request.at)
    if done.started:
        messages.success(request, f"{len(done.started)} 名学生已上岗。")
    if not done.held:
        return redirect("member:placement_list")
    names = {row.pk: row for row in rows}
    held = [(names[row.pk], [one for one in found if one.blocks]) for row, found in done.held]
    context = {"title": "没有上岗的学生", "crumbs": crumbs(), "held": held, "rows": rows}
    return render(request, "training/held.html", context, status=422)


# One placement ---------------------------------------------------------------------------------
@page("member", template="training/placement.html")
def placement_detail(request: PageRequest, pk: int) -> Answer:
    row = own_row(request, pk)
    judged = judge([row], on=day_of(request.at))[row.pk]
    gate = row.gates.order_by("-at", "-pk").first()
    stints = row.stints.select_related("host", "post", "master", "second_master").order_by(
        "starts_on"
    )
    return {
        "title": f"{row.student.name}的实习", "crumbs": crumbs(), "placement": row,
        "judged": judged, "today": day_of(request.at), "gate": gate, "gate_holds": recomputed(gate) if gate else None,
        "stints": [(one, clock(one.from_minute), clock(one.to_minute)) for one in stints],
        "insurances": row.insurances.order_by("starts_on"),
        "safety": row.safety.select_related("host").order_by("day"),
        "pay": row.pay.select_related("stint__host").order_by("month"),
        "incidents": row.incidents.order_by("-happened_at"),
        "overrides": row.overrides.filter(withdrawn_at__isnull=True).select_related("by", "proof"),
        "may_override": rules.may_override(request.actor, row), "buttons": _buttons(request, row),
    }  # fmt: skip


def _buttons(request: PageRequest, row: Placement) -> list[Button]:
    actor = request.actor

    def lead(label: str, name: str, verdict: Any) -> Button:
        return Button(label, to(row, name), verdict, leads=True)

    found = [
        lead("修改", "edit", rules.may_change(actor, row)),
        lead("岗位变更", "rotate", rules.may_rotate(actor, row)),
        lead("提前终止", "stop", rules.may_turn(actor, row, PlacementState.STOPPED)),
        Button("按期结束", to(row, "end"), rules.may_turn(actor, row, PlacementState.ENDED)),
        Button("取消安排", to(row, "cancel"), rules.may_turn(actor, row, PlacementState.CANCELLED), note="取消的原因"),
    ]  # fmt: skip
    return [one for one in found if one.verdict]


@page("member", writes=True, template="parts/form_page.html")
def placement_new(request: PageRequest) -> Answer:
    if not request.unit.is_school:
        raise Http404
    form = given.PlacementForm(request.POST or None, **_people(request))

    def act() -> Placement:
        return actions.plan_placement(
            _facts(form, _student(request, form)), [form.facts()], by=request.actor, at=request.at
        )

    done = submit(request, form, act, then=to, said="实习已安排，请看上岗检查还缺什么。")
    return done or {"title": "新增实习", "crumbs": crumbs(), "form": form}


@page("member", writes=True, template="parts/form_page.html")
def placement_edit(request: PageRequest, pk: int) -> Answer:
    row = own_row(request, pk)
    stint = row.stints.order_by("starts_on").first()
    form = given.PlacementForm(request.POST or None, placement=row, stint=stint, **_people(request))

    def act() -> Placement:
        return actions.change_placement(
            row, _facts(form, row.student, row), [form.facts()],
            revision=form.cleaned_data["revision"] or 0, by=request.actor, at=request.at,
        )  # fmt: skip

    done = submit(request, form, act, then=to, said="已保存。")
    several = "保存后只剩这一段岗位安排。" if row.stints.count() > 1 else ""
    return done or {"title": "修改实习", "crumbs": crumbs(row), "form": form, "intro": several}


@page("member", writes=True, template="parts/form_page.html")
def placement_rotate(request: PageRequest, pk: int) -> Answer:
    """Another host or post from a day on."""
    row = own_row(request, pk)
    last = row.stints.order_by("-starts_on").first()
    form = given.RotateForm(
        request.POST or None, stint=last,
        initial={"starts_on": day_of(request.at), "revision": row.revision},
        **_people(request, tutors=False),
    )  # fmt: skip
    done = submit(
        request, form,
        lambda: actions.rotate(
            row, form.facts(), reason=form.cleaned_data["reason"],
            revision=form.cleaned_data["revision"] or 0, by=request.actor, at=request.at,
        ),
        then=lambda _: to(row), said="岗位已变更。",
    )  # fmt: skip
    intro = f"原岗位到开始日期为止；实习仍到 {row.ends_on} 的前一天结束，最后一天请与之相同。"
    return done or {"title": "岗位变更", "crumbs": crumbs(row), "form": form, "intro": intro}


def _people(request: PageRequest, *, tutors: bool = True) -> dict[str, Any]:
    """Whom a form offers: hosts among the members, masters in office, own tutors."""
    on = day_of(request.at)
    hosts = [
        one for one in member_units(request.consortium, on)
        if one.kind in {UnitKind.ENTERPRISE, UnitKind.INSTITUTE} or one.pk == request.unit.pk
    ]  # fmt: skip
    office = Mentor.objects.filter(consortium=request.consortium).select_related("unit")
    masters = mentors_in_force(office.filter(kind=MentorKind.ENTERPRISE, unit__in=hosts), on=on)
    found: dict[str, Any] = {"hosts": hosts, "masters": masters.order_by("unit__name", "name")}
    return found | ({"tutors": own_tutors(request)} if tutors else {})


def own_tutors(request: PageRequest) -> QuerySet[Mentor]:
    rows = mentors_visible_to(request.actor).filter(unit=request.unit, kind=MentorKind.SCHOOL)
    return mentors_in_force(rows, on=day_of(request.at)).order_by("name", "pk")


def _student(request: PageRequest, form: given.PlacementForm) -> Student:
    rows = Student.objects.select_related("school", "cohort__consortium", "user")
    found = rows.filter(
        school=request.unit, cohort__consortium=request.consortium,
        student_number=form.cleaned_data["student_number"].strip(),
    ).first()  # fmt: skip
    if found is None:
        raise Invalid({"student_number": ["本校学生名册里没有这个学号。"]})
    return found


def _facts(
    form: given.PlacementForm, student: Student, held: Placement | None = None
) -> PlacementFacts:
    typed, stint = form.cleaned_data, form.facts()
    return PlacementFacts(
        student, stint.starts_on, stint.ends_on, kind=typed["kind"], profile=typed["profile"],
        tutor=form.tutors.get(typed["tutor"]), self_chosen=typed["self_chosen"],
        training_class=held.training_class if held else None,
    )  # fmt: skip


@page("member", writes=True, template="training/from_round.html")
def placement_from_round(request: PageRequest) -> Answer:
    """Published results of this school's students, in one step."""
    if not request.unit.is_school:
        raise Http404
    rounds = Round.objects.filter(
        consortium=request.consortium,
        state=RoundState.PUBLISHED,
        cohorts__cohort__unit=request.unit,
    ).distinct()
    open_in = {
        one.pk: (one, len(actions.open_matches(one, request.unit)))
        for one in rounds.order_by("-published_at")
    }
    form = given.FromRoundForm(request.POST or None)
    field: Any = form.fields["round"]
    field.choices = [
        (pk, f"{one.title}（{count} 人）") for pk, (one, count) in open_in.items() if count
    ]
    done = submit(
        request, form,
        lambda: actions.plan_from_round(
            open_in[form.cleaned_data["round"]][0], request.unit,
            profile=form.cleaned_data["profile"], by=request.actor, at=request.at,
        ),
        then=lambda made: _told(request, made),
    )  # fmt: skip
    return done or {
        "title": "从匹配结果生成", "crumbs": crumbs(), "form": form, "any": bool(field.choices),
    }  # fmt: skip


def _told(request: PageRequest, made: list[Placement]) -> str:
    messages.success(request, f"已生成 {len(made)} 条实习安排，实习单位会收到通知。")
    return reverse("member:placement_gate")


def urls() -> list[URLPattern]:
    return [
        path("placements/", placement_list, name="placement_list"),
        path("placements/import/", placement_import, name="placement_import"),
        path("placements/gate/", placement_gate, name="placement_gate"),
        path("placements/start/", placement_start, name="placement_start"),
        path("placements/new/", placement_new, name="placement_new"),
        path("placements/from-round/", placement_from_round, name="placement_from_round"),
        path("placements/<int:pk>/", placement_detail, name="placement_detail"),
        path("placements/<int:pk>/edit/", placement_edit, name="placement_edit"),
        path("placements/<int:pk>/rotate/", placement_rotate, name="placement_rotate"),
    ]  # fmt: skip
