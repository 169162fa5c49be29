"""What the council puts on the home pages: who must do what now, by when."""

from collections.abc import Iterator
from datetime import date

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
    late = ledger.behind(rows, today).order_by("due_on", "pk")
    first = late.first()
    yield Task(
        "催办：承诺已过期限未足额兑现", late.count(), "成员单位", f"{ledger_url}?late=1",
        first.due_on if first else None, today,
    )  # fmt: skip
    terms = queries.expiring_seats(consortium, today)
    seat = terms.first()
    yield Task(
        "任期将满的席位：换届或补选", terms.count(), "秘书处", f"{reverse('desk:body_list')}#terms",
        seat.ends_on if seat else None, today,
    )  # fmt: skip


def _resolutions(request: PageRequest, today: date) -> Iterator[Task]:
    found = queries.resolutions_of(request.consortium)
    url = reverse("desk:resolution_list")
    unassigned = found.filter(state=ResolutionState.OPEN).count()
    yield Task(
        "分派决议的责任单位",
        unassigned,
        "秘书处",
        f"{url}?state={ResolutionState.OPEN.value}",
        None,
        today,
    )
    reported = found.filter(state=ResolutionState.REPORTED).count()
    yield Task(
        "核对已报办结的决议",
        reported,
        "秘书处",
        f"{url}?state={ResolutionState.REPORTED.value}",
        None,
        today,
    )
    late = queries.overdue_resolutions(request.consortium, today).filter(
        state=ResolutionState.UNDERWAY
    )
    first = late.first()
    yield Task(
        "催办：决议逾期未办结", late.count(), "责任单位",
        f"{url}?state={ResolutionState.UNDERWAY.value}&sort=due_on",
        first.due_on if first else None, today,
    )  # fmt: skip


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
    owed = queries.owed_by(unit, consortium)
    first = owed.first()
    yield Task(
        "落实决议并填报执行情况", owed.count(), "本单位", f"{reverse('member:resolution_list')}?own=1",
        first.due_on if first else None, today,
    )  # fmt: skip
    yield from _promises(request, today)


def _promises(request: PageRequest, today: date) -> Iterator[Task]:
    url = reverse("member:commitment_list")
    returned = ledger.returned_to(request.unit, request.consortium).count()
    yield Task("修改被退回的兑现登记", returned, "本单位", url, None, today)
    rows = ledger.commitments_visible_to(request.actor).filter(
        consortium=request.consortium, unit=request.unit
    )
    late = ledger.behind(rows, today).order_by("due_on", "pk")
    first = late.first()
    yield Task(
        "兑现已过期限的承诺", late.count(), "本单位", url, first.due_on if first else None, today
    )
