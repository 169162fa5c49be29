"""Students at one's own enterprise: who is there or coming, guided by whom, paid how, what is owed."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Verdict, refuse
from chanjiao.reference.enums import Table
from chanjiao.reference.queries import book
from chanjiao.training import safeguard_rules as rules
from chanjiao.training.enums import TOOK_PLACE, PlacementState
from chanjiao.training.gate import Finding
from chanjiao.training.hosted import loads_for, rooms_of, stints_hosted, wanted_of_host
from chanjiao.training.hosted_actions import assign_masters
from chanjiao.training.models import Stint
from chanjiao.training.pay_standing import months_of
from chanjiao.training.safeguard_actions import record_pay, record_safety
from chanjiao.training.safeguard_queries import incidents_visible_to, pay_visible_to
from chanjiao.training.safeguard_sheets import PAY, SAFETY
from chanjiao.web.account.imports import start
from chanjiao.web.parts.care_forms import MastersForm, PayForm, SafetyForm, months_in
from chanjiao.web.parts.council import send
from chanjiao.web.parts.council_forms import upload_of
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.lists import ChoiceFilter, DateFilter, ListAction, ListColumn, ListPage
from chanjiao.web.parts.page import Answer, PageRequest, Primary, page

_TITLE = "实习学生"
_TONES = {
    PlacementState.PLANNED.value: "wait", PlacementState.RUNNING.value: "good",
    PlacementState.STOPPED.value: "warn",
}  # fmt: skip


def _rows(request: PageRequest) -> QuerySet[Stint]:
    on = day_of(request.at)
    rows = stints_hosted(request.actor, request.unit, request.consortium, on=on)
    return rows.order_by("-starts_on", "placement__number", "pk")


def _stint(request: PageRequest, pk: int) -> Stint:
    return get_object_or_404(_rows(request), pk=pk)


def _here(pk: int) -> str:
    return reverse("member:hosted_detail", args=[pk])


def hosted_page(wanted: Mapping[int, list[Finding]]) -> ListPage:
    """Who is here or coming; neither birth date nor student number."""
    return ListPage(
        key="member.hosted",
        title=_TITLE,
        columns=(
            ListColumn("name", "姓名", "placement.student.name", sort="placement__student__name"),
            ListColumn("number", "实习编号", "placement.number", kind="code", sort="placement__number"),
            ListColumn("school", "学校", "placement.school.called", sort="placement__school__name"),
            ListColumn("major", "批次", "placement.student.cohort.title"),
            ListColumn("position", "岗位", sort="position"),
            ListColumn("starts_on", "到岗", kind="date", sort="starts_on"),
            ListColumn("ends_on", "结束", kind="date", sort="ends_on"),
            ListColumn("master", "企业导师", lambda row: row.master.name if row.master else "未安排"),
            ListColumn("wage", "月报酬", "wage_fen", kind="money", sort="wage_fen"),
            ListColumn("state", "状态", "placement.state", kind="state", sort="placement__state",
                       tones=_TONES),
            ListColumn("wanted", "待本单位补正", lambda row: len(wanted.get(row.pk, ())),
                       kind="number", unit="项"),
        ),
        filters=(
            ChoiceFilter(key="state", title="状态", field="placement__state",
                         choices=[c for c in PlacementState.choices if c[0] != "cancelled"]),
            DateFilter(key="starts", title="到岗日期", field="starts_on"),
        ),
        search=("placement__student__name", "placement__number", "position"),
        search_hint="搜索姓名、编号、岗位",
        actions=(
            ListAction("登记安全培训", "member:hosted_safety"),
            ListAction("用 Excel 登记安全培训", "member:hosted_safety_import"),
        ),
        link=lambda row: _here(row.pk),
        empty="还没有学校安排学生来本单位实习。学校按匹配结果安排后会列在这里。",
        template="care/hosted_list.html",
    )  # fmt: skip


@page("member")
def hosted_list(request: PageRequest) -> HttpResponseBase:
    on, rows = day_of(request.at), _rows(request)
    now = rows.filter(placement__state__in=[PlacementState.PLANNED, PlacementState.RUNNING])
    wanted = wanted_of_host(now, on=on)
    known = book()
    rooms = [
        (room, known.name(Table.OCCUPATION, room.occupation) if room.occupation else "全单位")
        for room in rooms_of(request.unit, on=on)
    ]
    return hosted_page(wanted).respond(
        request, rows, rooms=rooms, unit=request.unit,
        primary=Primary("导入工资发放表", reverse("member:hosted_pay_import")),
        months=_recent_months(on)[:4],
    )  # fmt: skip


def _recent_months(on: date) -> list[str]:
    """This month and those before it that are still corrected."""
    first = on.year * 12 + on.month - 1
    return [f"{(first - i) // 12}-{(first - i) % 12 + 1:02d}" for i in range(12)]


# One student -----------------------------------------------------------------------------------
@page("member", template="care/hosted.html")
def hosted_detail(request: PageRequest, pk: int) -> Answer:
    return _detail(request, _stint(request, pk))


def _detail(
    request: PageRequest, row: Stint, *, masters: MastersForm | None = None,
    pay: PayForm | None = None,
) -> dict[str, Any]:  # fmt: skip
    on, actor, placement = day_of(request.at), request.actor, row.placement
    incidents = incidents_visible_to(actor).filter(placement=placement)
    found = wanted_of_host([row], on=on).get(row.pk, [])
    return {
        "title": placement.student.name,
        "crumbs": [(_TITLE, reverse("member:hosted_list"))],
        "row": row,
        "placement": placement,
        "tone": _TONES.get(placement.state, "idle"),
        "occupation": book().name(Table.OCCUPATION, row.occupation_code),
        "hours": f"{_clock(row.from_minute)} 至 {_clock(row.to_minute)}，每日 {row.day_minutes / 60:g} 小时",
        "wanted": found,
        "may_masters": rules.may_assign_masters(actor, row),
        "masters": masters or _masters_form(request, row, None),
        "may_pay": _may_pay(request, row),
        "pay": pay or _pay_form(request, row, None),
        "months": list(months_of([row], on=on).get(row.pk, {}).values())[::-1],
        "safety": placement.safety.select_related("host"),
        "incidents": incidents,
    }


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02d}"


def _may_pay(request: PageRequest, row: Stint) -> Verdict:
    if row.placement.state in TOOK_PLACE and not months_in(row, on=day_of(request.at)):
        return refuse("还没有到应发报酬的月份。")
    return rules.may_record_pay(request.actor, row)


def _masters_form(request: PageRequest, row: Stint, data: Any) -> MastersForm:
    held = {"revision": row.revision, "master": row.master_id, "second": row.second_master_id}
    return MastersForm(loads_for(row), data, initial=held)


def _pay_form(request: PageRequest, row: Stint, data: Any) -> PayForm:
    on = day_of(request.at)
    return PayForm(months_in(row, on=on), data, request.FILES or None, initial={"paid_on": on})


@page("member", writes=True, template="care/hosted.html")
def hosted_masters(request: PageRequest, pk: int) -> Answer:
    row = _stint(request, pk)
    form = _masters_form(request, row, request.POST or None)

    def act() -> Stint:
        master = form.chosen("master")
        assert master is not None  # required
        return assign_masters(
            row, master, form.chosen("second"), revision=form.cleaned_data["revision"] or 0,
            by=request.actor, at=request.at,
        )  # fmt: skip

    done = submit(request, form, act, then=_here(pk), said="已安排企业导师。")
    return done or _detail(request, row, masters=form)


@page("member", writes=True, template="care/hosted.html")
def hosted_pay(request: PageRequest, pk: int) -> Answer:
    row = _stint(request, pk)
    form = _pay_form(request, row, request.POST or None)
    done = submit(
        request, form,
        lambda: record_pay(
            row, form.facts(), proof=upload_of(form), by=request.actor, at=request.at
        ),
        then=_here(pk), said="已登记，学生会在手机上确认。",
    )  # fmt: skip
    return done or _detail(request, row, pay=form)


@page("member")
def pay_proof(request: PageRequest, pk: int) -> HttpResponseBase:
    """The proof that came with a month's pay: for the host that paid, and the school."""
    return send(get_object_or_404(pay_visible_to(request.actor), pk=pk).proof)


# Many at once ----------------------------------------------------------------------------------
@page("member", writes=True)
def hosted_pay_import(request: PageRequest) -> HttpResponseBase:
    """Pay as Excel: `?file=export&month=2026-12` with everybody who was here, filled in, imported."""
    scope = {"consortium": request.consortium.pk, "unit": request.unit.pk}
    month = request.GET.get("month", "")
    if month and month not in _recent_months(day_of(request.at)):
        raise Http404
    return start(
        request, PAY.key, scope | ({"month": month} if month else {}), reverse("member:hosted_list")
    )


@page("member", writes=True)
def hosted_safety_import(request: PageRequest) -> HttpResponseBase:
    scope = {"consortium": request.consortium.pk, "unit": request.unit.pk}
    return start(request, SAFETY.key, scope, reverse("member:hosted_list"))


@page("member", writes=True, template="parts/form_page.html")
def hosted_safety(request: PageRequest) -> Answer:
    """One training or test for the ticked students."""
    on, url = day_of(request.at), reverse("member:hosted_list")
    rows = _rows(request).filter(
        placement__state__in=[PlacementState.PLANNED, PlacementState.RUNNING]
    )
    form = SafetyForm(rows, request.POST or None, initial={"day": on})
    done = submit(
        request, form,
        lambda: record_safety(
            form.chosen(), form.facts(), host=request.unit, by=request.actor, at=request.at
        ),
        then=url, said="已登记。",
    )  # fmt: skip
    intro = "" if form.offered else "还没有拟安排或在岗的实习学生。"
    return done or {
        "title": "登记安全培训与考核", "crumbs": [(_TITLE, url)], "form": form, "cancel": url,
        "label": "登记", "intro": intro,
    }  # fmt: skip


def urls() -> list[URLPattern]:
    """Addresses below /member/."""
    return [
        path("hosted/", hosted_list, name="hosted_list"),
        path("hosted/safety/", hosted_safety, name="hosted_safety"),
        path("hosted/safety/import/", hosted_safety_import, name="hosted_safety_import"),
        path("hosted/pay/", hosted_pay_import, name="hosted_pay_import"),
        path("hosted/<int:pk>/", hosted_detail, name="hosted_detail"),
        path("hosted/<int:pk>/masters/", hosted_masters, name="hosted_masters"),
        path("hosted/<int:pk>/pay/", hosted_pay, name="hosted_pay"),
        path("pay/<int:pk>/proof/", pay_proof, name="pay_proof"),
    ]
