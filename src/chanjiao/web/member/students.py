"""A school's roster: who is in it, who has an account, and the slips that open one."""

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path

from chanjiao.kernel import clock
from chanjiao.kernel.verdict import Refused
from chanjiao.needs.actions import invite_students
from chanjiao.needs.enums import Sex
from chanjiao.needs.models import Cohort, Student
from chanjiao.needs.queries import students_visible_to
from chanjiao.people.actions import INVITATION_DAYS
from chanjiao.people.enums import SCHOOLS
from chanjiao.web.parts.export import export
from chanjiao.web.parts.lists import (
    BooleanFilter,
    BulkAction,
    ChoiceFilter,
    ListAction,
    ListColumn,
    ListPage,
    picked,
)
from chanjiao.web.parts.page import PageRequest, page


def _rows(request: PageRequest) -> Any:
    return students_visible_to(request.actor).filter(
        school=request.unit, cohort__consortium=request.consortium
    )


def _account(student: Student) -> str:
    if student.user_id:
        return "已开通"
    return "已邀请" if student.invitation_id else "未邀请"


_SLIP = (
    ListColumn("number", "学号"),
    ListColumn("name", "姓名"),
    ListColumn("cohort", "批次"),
    ListColumn("link", "开通链接"),
    ListColumn("until", "有效期至", kind="date"),
)


@page("member")
def student_list(request: PageRequest) -> HttpResponseBase:
    cohorts = Cohort.objects.filter(unit=request.unit, consortium=request.consortium)
    offered = list(cohorts.order_by("-number").values_list("pk", "title"))
    shown = ListPage(
        key="member.students",
        title="学生",
        columns=(
            ListColumn("student_number", "学号", sort="student_number"),
            ListColumn("name", "姓名", sort="name"),
            ListColumn("sex", "性别", lambda row: row.get_sex_display(), sort="sex"),
            ListColumn("birth_date", "出生日期", kind="date", sort="birth_date"),
            ListColumn("cohort", "批次", "cohort.title", sort="cohort__number"),
            ListColumn("grade_points", "综合成绩", kind="decimal", sort="grade_points"),
            ListColumn("skill_points", "技能成绩", kind="decimal", sort="skill_points"),
            ListColumn("account", "账号", _account),
        ),
        filters=(
            ChoiceFilter(key="cohort", title="批次", choices=offered),
            ChoiceFilter(key="sex", title="性别", choices=Sex.choices),
            BooleanFilter(key="account", title="账号", field="user__isnull", yes="未开通", no="已开通"),
        ),
        search=("name", "student_number"),
        search_hint="搜索姓名、学号",
        actions=[ListAction("导入与模板", "member:student_import")],
        bulk=[
            BulkAction(
                "生成邀请单", "member:student_invite",
                "原有的未使用链接会失效。新链接只显示这一次，确定生成？",
            )
        ],
        empty="还没有学生。请先建立学生批次，再导入名册。"
        if request.unit.kind in SCHOOLS
        else "只有学校有学生名册。",
    )  # fmt: skip
    return shown.respond(request, _rows(request))


@page("member", writes=True)
def student_invite(request: PageRequest) -> HttpResponseBase:
    """Slips of the ticked students, on a page that is shown once."""
    if request.method != "POST":
        return redirect("member:student_list")
    slips = _invited(request, picked(request, _rows(request)))
    context = {"title": "邀请单", "slips": slips, "days": INVITATION_DAYS}
    return render(request, "needs/slips.html", context)


@page("member", writes=True)
def student_slips(request: PageRequest, pk: int) -> HttpResponseBase:
    """A cohort's slips as a workbook, downloaded once."""
    cohort = get_object_or_404(Cohort, pk=pk, unit=request.unit, consortium=request.consortium)
    if request.method != "POST":
        return redirect("member:cohort_detail", pk)
    slips = _invited(request, _rows(request).filter(cohort=cohort))
    return export(_SLIP, slips, f"{cohort.title}邀请单", "xlsx")


def _invited(request: PageRequest, students: Any) -> list[dict[str, Any]]:
    made = invite_students(students, by=request.actor, at=request.at)
    if not made:
        raise Refused("所选学生都已开通账号，或名册为空。")
    return [
        {
            "number": student.student_number,
            "name": student.name,
            "cohort": student.cohort.title,
            "link": request.build_absolute_uri(f"/account/invitation/{token}/"),
            "until": clock.day_of(student.invitation.expires_at) if student.invitation else None,
        }
        for student, token in made
    ]


def urls() -> list[URLPattern]:
    return [
        path("students/", student_list, name="student_list"),
        path("students/invite/", student_invite, name="student_invite"),
        path("students/slips/<int:pk>/", student_slips, name="student_slips"),
    ]
