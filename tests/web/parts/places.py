"""A consortium with a desk, a member and a student; and pages of our own to try the parts on."""

from datetime import date
from typing import Any

from django import forms
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.test import Client
from django.urls import include, path

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Conflict, Invalid, Refused, refuse
from chanjiao.members.enums import MemberRole
from chanjiao.members.models import Consortium, Membership
from chanjiao.needs.enums import PostKind
from chanjiao.needs.models import Cohort, Student
from chanjiao.people.enums import AppointmentRole, UnitKind
from chanjiao.people.models import Unit, User
from chanjiao.web.parts.charts import Chart, Drawing, bars, download, heat, lines, treemap
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.lists import (
    BooleanFilter,
    BulkAction,
    ChoiceFilter,
    CodeFilter,
    DateFilter,
    ListColumn,
    ListPage,
    TextFilter,
    picked,
)
from chanjiao.web.parts.page import Answer, PageRequest, Primary, page
from chanjiao.web.parts.queue import Task, in_order
from tests.people.world import AT, make_appointment, make_unit, make_user


def make_consortium(code: str = "jinpu") -> Consortium:
    office = make_unit(UnitKind.OFFICE, f"{code}秘书处")
    return Consortium.objects.create(
        code=code, name=f"{code}市域产教联合体", short_name=code, park="示例园区",
        division_code="210213", secretariat=office, created_at=AT,
    )  # fmt: skip


def make_member(consortium: Consortium, kind: str = UnitKind.ENTERPRISE, name: str = "") -> Unit:
    unit = make_unit(kind, name)
    Membership.objects.create(
        consortium=consortium, unit=unit, role=MemberRole.MEMBER, joined_on=date(2026, 1, 1)
    )
    return unit


def make_student(consortium: Consortium, user: User | None = None) -> Student:
    school = make_member(consortium, UnitKind.HIGHER_VOCATIONAL)
    cohort = Cohort.objects.create(
        consortium=consortium, unit=school, number=f"C-{school.pk}", quarter="2026Q4",
        title="示例批次", created_at=AT, major_code="460103", entry_year=2024, size=30,
        kind=PostKind.INTERNSHIP, available_from=date(2027, 1, 1), available_to=date(2027, 7, 1),
    )  # fmt: skip
    return Student.objects.create(
        cohort=cohort, school=school, student_number="1", name="示例学生", sex="male",
        birth_date=date(2006, 1, 1), grade_points=80, skill_points=80, user=user, created_at=AT,
    )  # fmt: skip


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def person_of(unit: Unit, role: str = AppointmentRole.STAFF) -> User:
    user = make_user()
    make_appointment(user, unit, role)
    return user


UNITS = ListPage(
    key="try.units",
    title="单位清单",
    query=lambda actor: Unit.objects.all(),
    columns=(
        ListColumn("name", "单位名称", sort="name"),
        ListColumn("kind", "类别", kind="state"),
        ListColumn(
            "staff", "职工人数", "staff_count", kind="number", unit="人", sort="staff_count"
        ),
        ListColumn("wage", "金额", lambda unit: (unit.staff_count or 0) * 12345, kind="money"),
        ListColumn("day", "建立日期", "created_at", kind="date", sort="created_at"),
        ListColumn("at", "建立时间", "created_at", kind="moment"),
        ListColumn("fictional", "示例", "is_fictional", kind="boolean"),
        ListColumn("into", "并入", "merged_into.name", link=lambda unit: "/x/"),
        ListColumn("code", "代码", "credit_code", export=False),
        ListColumn("address", "地址", screen=False),
    ),
    filters=(
        ChoiceFilter(key="kind", title="类别", choices=UnitKind.choices),
        DateFilter(key="made", title="建立", field="created_at", moment=True),
        BooleanFilter(key="fictional", title="示例", field="is_fictional"),
        TextFilter(key="address", title="地址"),
        CodeFilter(key="division", title="区划", field="division_code"),
    ),
    search=("name", "address"),
    link="try:unit",
    bulk=(BulkAction("处理所选", "try:bulk", ask="确定处理？"),),
    empty="还没有单位。请先登记。",
)


class NameForm(forms.Form):
    name = forms.CharField(label="名称", max_length=10)
    note = forms.CharField(label="备注", required=False, help_text="可不填。")


@page("desk")
def unit_list(request: PageRequest) -> HttpResponseBase:
    return UNITS.respond(request)


@page("desk", template="parts/list_page.html")
def unit(request: PageRequest, pk: int) -> Answer:
    Unit.objects.filter(pk=pk).update(name="偷改")
    return {}


@page("desk", writes=True)
def bulk(request: PageRequest) -> HttpResponseBase:
    picked(request, Unit.objects.filter(is_fictional=False)).update(address="已处理")
    return redirect("try:unit_list")


@page("member", writes=True, template="parts/form_page.html")
def name_form(request: PageRequest) -> Answer:
    def act() -> str:
        return _act(form.cleaned_data["name"])

    form = NameForm(request.POST or None)
    done = submit(request, form, act, then=lambda name: f"/?{name}", said="已保存。")
    return done or {"title": "改名", "form": form}


@page("member", writes=True)
def press(request: PageRequest) -> HttpResponseBase:
    _act(request.POST.get("name", ""))
    return redirect("home")


FIGURES = [
    {"major": "数控技术", "group": "装备制造", "need": 120, "supply": 45},
    {"major": "工业机器人技术", "group": "装备制造", "need": 80, "supply": 96},
    {"major": "新能源装备技术", "group": "新能源", "need": 40, "supply": 12},
    {"major": "=大数据技术", "group": "数字经济", "need": 66, "supply": 70},
]


def make_chart(key: str, drawing: Drawing, rows: list[dict[str, Any]] | None = None) -> Chart:
    return Chart(
        key=key, title="数控技术缺口最大：需 120 人，可供 45 人", source="2026年第四季度供需清单",
        updated_at=AT, rows=FIGURES if rows is None else rows, drawing=drawing,
        columns=(
            ListColumn("group", "产业"), ListColumn("major", "专业"),
            ListColumn("need", "需求", kind="number", unit="人"),
            ListColumn("supply", "供给", kind="number", unit="人"),
        ),
    )  # fmt: skip


@page("desk", template="tests/charts.html")
def charts(request: PageRequest) -> Answer:
    shown = [
        make_chart("bars", bars("major", "need", "supply", lying=True)),
        make_chart("stacked", bars("major", "need", "supply", stacked=True)),
        make_chart("lines", lines("major", "need", "supply")),
        make_chart("heat", heat("group", "major", "need")),
        make_chart("treemap", treemap("group", "major", "need")),
        make_chart("empty", bars("major", "need"), []),
    ]
    return download(request, *shown) or {"title": "图表", "charts": shown}


@page("desk", template="tests/queue.html")
def queue(request: PageRequest) -> Answer:
    today = day_of(AT)
    tasks = [
        Task("待审核的人才需求", 12, "秘书处", "/try/units/", date(2026, 11, 20), today),
        Task("超过答复期限的技术需求", 3, "示例单位", "/try/units/", date(2026, 11, 25), today),
        Task("等待企业评分的轮次", 1, "25 家企业", "/try/units/", None, today),
        Task("没有的事", 0, "无", "/try/units/", None, today),
    ]
    return {
        "title": "工作台",
        "queue": in_order(tasks),
        "primary": Primary("新建轮次", "/", refuse("岗位还没有发布。")),
        "crumbs": [("首页", "/")],
    }


@page("desk")
def desk_home(request: PageRequest) -> HttpResponseBase:
    return _say(f"{request.consortium.code} {request.unit.name}")


@page("member")
def member_home(request: PageRequest) -> HttpResponseBase:
    return _say(f"{request.consortium.code} {request.unit.name}")


@page("student")
def student_home(request: PageRequest) -> HttpResponseBase:
    return _say(f"{request.consortium.code} {request.student.name}")


@page("operator")
def operator_home(request: PageRequest) -> HttpResponseBase:
    return _say("operator")


@page("portal")
def portal_home(request: PageRequest) -> HttpResponseBase:
    return _say(f"portal {request.actor}")


def _say(text: str) -> HttpResponseBase:
    from django.http import HttpResponse

    return HttpResponse(text)


def _act(name: str) -> str:
    problems: dict[str, Any] = {
        "冲突": Conflict("刚被他人修改。"),
        "无效": Invalid({"name": ["名称已被使用。"], "elsewhere": ["另有问题。"]}),
        "不行": Refused("现在不能改。"),
    }
    if name in problems:
        raise problems[name]
    return name


urlpatterns = [
    path("", include("chanjiao.urls")),
    path(
        "try/",
        include(
            (
                [
                    path("units/", unit_list, name="unit_list"),
                    path("units/<int:pk>/", unit, name="unit"),
                    path("bulk/", bulk, name="bulk"),
                    path("form/", name_form, name="form"),
                    path("press/", press, name="press"),
                    path("charts/", charts, name="charts"),
                    path("queue/", queue, name="queue"),
                    path("desk/", desk_home, name="desk"),
                    path("member/", member_home, name="member"),
                    path("student/", student_home, name="student"),
                    path("operator/", operator_home, name="operator"),
                    path("portal/", portal_home, name="portal"),
                ],
                "try",
            )
        ),
    ),
]
