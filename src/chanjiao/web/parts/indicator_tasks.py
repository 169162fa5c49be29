"""What a year asks of people now, as lines of a home page."""

from collections.abc import Iterator
from datetime import date

from django.urls import reverse

from chanjiao.indicators.enums import WITH_MEMBER, PeriodState, ReturnState, TypedState
from chanjiao.indicators.queries import returns_visible_to, typed_visible_to
from chanjiao.web.parts.page import PageRequest
from chanjiao.web.parts.queue import Task


def desk_tasks(request: PageRequest, today: date) -> Iterator[Task]:
    """Values that another person must approve; returns to check."""
    waiting = typed_visible_to(request.actor).filter(
        period__consortium=request.consortium, state=TypedState.ENTERED
    ).exclude(entered_by=request.actor.pk)  # fmt: skip
    first = waiting.order_by("entered_at").first()
    if first is not None:
        url = reverse("desk:typed_list", args=[first.period_id])
        yield Task("批准同事填报的指标数值", waiting.count(), "秘书处", url, None, today)
    given = returns_visible_to(request.actor).filter(
        period__consortium=request.consortium, period__state=PeriodState.REPORTING,
        state=ReturnState.SUBMITTED,
    )  # fmt: skip
    row = given.order_by("submitted_at").first()
    if row is not None:
        url = reverse("desk:return_list", args=[row.period_id])
        yield Task("核对成员提交的年报", given.count(), "秘书处", url, None, today)


def member_tasks(request: PageRequest, today: date) -> Iterator[Task]:
    """The unit's own return, while it is with the unit."""
    rows = returns_visible_to(request.actor).filter(
        unit=request.unit, period__consortium=request.consortium,
        period__state=PeriodState.REPORTING, state__in=WITH_MEMBER,
    )  # fmt: skip
    for row in rows.order_by("period__year"):
        said = "按退回原因补正" if row.state == ReturnState.RETURNED else "核对并提交"
        url = reverse("member:return_detail", args=[row.pk])
        due = row.period.return_due_on
        yield Task(f"{said} {row.period.year} 年报", 1, "本单位", url, due, today)
