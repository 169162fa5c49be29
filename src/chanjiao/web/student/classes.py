"""A student's class and its plan, on a phone."""

from typing import Any

from django.urls import URLPattern, path

from chanjiao.training.models import Enrolment
from chanjiao.training.programme_queries import classes_of_student, hours_of, units_of
from chanjiao.training.shares import hours_text, shares_of
from chanjiao.web.parts.page import Answer, PageRequest, page
from chanjiao.web.parts.programmes import plan_lines


@page("student", template="student/class_list.html")
def class_list(request: PageRequest) -> Answer:
    rows = list(classes_of_student(request.student))
    return {"title": "我的班级", "classes": [_shown(row) for row in rows]}


def _shown(row: Enrolment) -> dict[str, Any]:
    one = row.training_class
    programme = one.programme
    shares = shares_of(hours_of([programme.pk])[programme.pk])
    courses: dict[str, list[tuple[Any, str]]] = {}
    for item, hours in plan_lines(programme):
        courses.setdefault(item.course, []).append((item, hours))
    return {
        "enrolment": row,
        "one": one,
        "programme": programme,
        "enterprises": [unit.name for unit in units_of(programme) if not unit.is_school],
        "shares": shares,
        "hours": hours_text(shares.minutes),
        "courses": list(courses.items()),
    }


def urls() -> list[URLPattern]:
    """Addresses below /student/."""
    return [path("classes/", class_list, name="class_list")]
