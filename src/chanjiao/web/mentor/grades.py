"""The enterprise's part of a student's grade, given by the mentor through the link."""

from decimal import Decimal

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from chanjiao.kernel.clock import day_of
from chanjiao.training.entry_queries import graded_by, tally
from chanjiao.training.enums import GradePart
from chanjiao.training.grade_actions import give_grade_by_link
from chanjiao.training.grades import hours
from chanjiao.training.models import Grade
from chanjiao.web.mentor.doors import came_in, shown
from chanjiao.web.parts.entry_forms import GradeForm, seen_now
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.page import PageRequest, page


@page("portal", writes=True)
def grade(request: PageRequest, token: str, pk: int) -> HttpResponseBase:
    door = came_in(request, token)
    placement = get_object_or_404(graded_by(door.mentor, on=day_of(request.at)), pk=pk)
    form = GradeForm(
        request.POST or None,
        initial=given(placement.grades.filter(part=GradePart.ENTERPRISE).first()),
    )

    def act() -> Grade:
        return give_grade_by_link(
            placement, form.hundredths(), form.cleaned_data["remark"],
            revision=form.cleaned_data["revision"] or 0, by=door.link, at=request.at,
        )  # fmt: skip

    back = reverse("mentor:waiting", args=[token])
    done = submit(request, form, act, then=back, said="评分已保存。")
    if done is not None:
        return done
    row = placement.grades.filter(part=GradePart.ENTERPRISE).first()
    seen_now(form, row.revision if row else 0)
    told = tally(placement)
    context = {
        "placement": placement, "form": form, "told": told, "confirmed": hours(told.confirmed),
    }  # fmt: skip
    return shown(request, door, "mentor/grade.html", context)


def given(row: Grade | None) -> dict[str, object]:
    """What the form begins with."""
    if row is None:
        return {"revision": 0}
    points = Decimal(row.hundredths) / 100
    return {"points": points, "remark": row.remark, "revision": row.revision}
