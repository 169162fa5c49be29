"""What the council puts on the home pages: who must do what now, by when."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.urls import reverse

from chanjiao.council import ledger, queries
from chanjiao.council.enums import MeetingState, ResolutionState
from chanjiao.kernel.clock import day_of
from chanjiao.web.parts.page import PageRequest
from chanjiao.web.parts.queue import Task

_NEXT = {
    MeetingState.NOTIFIED: "召开", MeetingState.OPEN: "完成表决并闭会",
    MeetingState.CLOSED: "生成会议纪要", MeetingState.MINUTED: "请主持人签字并归档纪要",
    MeetingState.POSTPONED: "重新通知", MeetingState.DRAFT: "发出会议通知",
}  # fmt: skip


def desk_tasks(request: PageRequest, today: date) -> Iterator[Task]:
    """Meetings to take further, resolutions to assign, judge or chase, deliveries, terms."""
    consortium = request.consortium
    meetings = queries.served_meetings(request.actor).filter(
        body__consortium=consortium, state__in=list(_NEXT)
    )
    for meeting in meetings.order_by("starts_at", "pk"):
        text = f"{meeting.title}：{_NEXT[MeetingState(meeting.state)]}"
        url = reverse("desk:meeting_detail", args=[meeting.pk])
        yield Task(
            text, 1, "秘书处", url, day_of(meeting.replies_due_at or meeting.starts_at), today
        )
    yield from _resolutions(request, today)
    to_confirm = ledger.deliveries_to_confirm(consortium)
    ledger_url = reverse("desk:commitment_list")
    yield Task("确认成员登记的兑现", to_confirm.count(), "秘书处", ledger_url, None, today)
    rows = ledger.commitments_visible_to(request.actor).filter(consortium=consortium)
    late, since = _counted(ledger.behind(rows, today), "due_on")
    yield Task(
        "催办：承诺已过期限未足额兑现", late, "成员单位", f"{ledger_url}?late=1", since, today
    )
    terms, ends = _counted(queries.expiring_seats(consortium, today), "ends_on")
    url = f"{reverse('desk:body_list')}#terms"
    yield Task("任期将满的席位：换届或补选", terms, "秘书处", url, ends, today)


def _counted(rows: QuerySet[Any], day: str) -> tuple[int, date | None]:
    """How many rows and the earliest of their days, in one query."""
    found = rows.order_by().aggregate(n=Count("pk"), first=Min(day))
    return found["n"], found["first"]


def _resolutions(request: PageRequest, today: date) -> Iterator[Task]:
    late = Q(state=ResolutionState.UNDERWAY, due_on__lt=today)
    found = queries.resolutions_of(request.consortium).aggregate(
        unassigned=Count("pk", filter=Q(state=ResolutionState.OPEN)),
        reported=Count("pk", filter=Q(state=ResolutionState.REPORTED)),
        late=Count("pk", filter=late), since=Min("due_on", filter=late),
    )  # fmt: skip
    url = reverse("desk:resolution_list")
    at = f"{url}?state={ResolutionState.OPEN.value}"
    yield Task("分派决议的责任单位", found["unassigned"], "秘书处", at, None, today)
    at = f"{url}?state={ResolutionState.REPORTED.value}"
    yield Task("核对已报办结的决议", found["reported"], "秘书处", at, None, today)
    at = f"{url}?state={ResolutionState.UNDERWAY.value}&sort=due_on"
    yield Task("催办：决议逾期未办结", found["late"], "责任单位", at, found["since"], today)


def member_tasks(request: PageRequest, today: date) -> Iterator[Task]:
    """Notices to answer, votes to cast, resolutions to carry out, promises to keep."""
    unit, consortium = request.unit, request.consortium
    for row in queries.meetings_to_answer(request.actor, unit, consortium):
        if row.meeting.is_written:
            continue
        url = reverse("member:meeting_detail", args=[row.meeting_id])
        text = f"回复会议通知：{row.meeting.title}"
        yield Task(text, 1, "本单位", url, day_of(row.meeting.starts_at), today)
    motions = queries.written_votes_due(request.actor, unit, consortium)
    for motion in motions.order_by("meeting__replies_due_at", "pk"):
        due = motion.meeting.replies_due_at
        url = reverse("member:meeting_detail", args=[motion.meeting_id])
        yield Task(f"书面表决：{motion.title}", 1, "本单位", url, due and day_of(due), today)
    owed, due_on = _counted(queries.owed_by(unit, consortium), "due_on")
    url = f"{reverse('member:resolution_list')}?own=1"
    yield Task("落实决议并填报执行情况", owed, "本单位", url, due_on, today)
    yield from _promises(request, today)


def _promises(request: PageRequest, today: date) -> Iterator[Task]:
    url = reverse("member:commitment_list")
    returned = ledger.returned_to(request.unit, request.consortium).count()
    yield Task("修改被退回的兑现登记", returned, "本单位", url, None, today)
    rows = ledger.commitments_visible_to(request.actor).filter(
        consortium=request.consortium, unit=request.unit
    )
    late, since = _counted(ledger.behind(rows, today), "due_on")
    yield Task("兑现已过期限的承诺", late, "本单位", url, since, today)
