"""What waits at a school or a host about students on post, for the home page."""

from collections.abc import Iterator
from datetime import date

from django.urls import reverse

from chanjiao.training.enums import VisitState
from chanjiao.training.visit_actions import visits_visible_to
from chanjiao.web.member.learning import waiting_marks
from chanjiao.web.member.mentor_links import overdue
from chanjiao.web.parts.page import PageRequest
from chanjiao.web.parts.queue import Task


def member_tasks(request: PageRequest, today: date) -> Iterator[Task]:
    """Journals to mark, mentors to be reminded, visits to make."""
    late = f"{reverse('member:mentor_link_list')}?late=1"
    reminded = overdue(request).count()
    yield Task("转发提醒给久未确认的导师", reminded, "本单位", late, None, today)
    if not request.unit.is_school:
        return
    marks = waiting_marks(request).count()
    yield Task("批阅实习周记和总结", marks, "指导教师", reverse("member:marking"), None, today)
    visits = visits_visible_to(request.actor).filter(
        draw__unit=request.unit, draw__consortium=request.consortium, state=VisitState.DRAWN
    )
    first = visits.order_by("draw__due_on").values_list("draw__due_on", flat=True).first()
    url = reverse("member:draw_list")
    yield Task("完成随机走访", visits.count(), "本单位", url, first, today)
