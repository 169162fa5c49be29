"""A member's meetings, resolutions and commitments."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet, prefetch_related_objects
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from chanjiao.council import actions, attendance_actions, ledger, queries, rules, voting_actions
from chanjiao.council.enums import MeetingState, MotionState, ResolutionState, VoteWay
from chanjiao.council.minutes import agenda_of, progress, roll
from chanjiao.council.models import Attendance, Commitment, Meeting, Motion, Resolution
from chanjiao.kernel.clock import day_of
from chanjiao.plans.queries import tasks_visible_to
from chanjiao.web.desk.council_commitments import (
    COMMITMENT_COLUMNS,
    commitment_page,
    deliver_page,
    delivery_of,
)
from chanjiao.web.desk.council_papers import paper_of
from chanjiao.web.desk.council_resolutions import REGULATION_COLUMNS, RESOLUTION_COLUMNS
from chanjiao.web.parts.council import TONES, send, timeline
from chanjiao.web.parts.council_forms import ReplyForm, ReportForm, WrittenVoteForm, upload_of
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.lists import ChoiceFilter, ListColumn, ListPage
from chanjiao.web.parts.page import Answer, PageRequest, page

MEETINGS = ListPage(
    key="member.meetings",
    title="我的会议",
    columns=(
        ListColumn("title", "名称", sort="title"),
        ListColumn("body", "机构", "body.name", sort="body__name"),
        ListColumn("form", "形式", "get_form_display", sort="form"),
        ListColumn("starts_at", "时间", kind="moment", sort="starts_at"),
        ListColumn("place", "地点"),
        ListColumn("state", "状态", kind="state", sort="state", tones=TONES),
    ),
    search=("title", "place"),
    filters=(ChoiceFilter(key="state", title="状态", choices=MeetingState.choices),),
    link="member:meeting_detail",
    empty="还没有通知本单位参加的会议。收到会议通知后在这里回执和表决。",
)
RESOLUTIONS = ListPage(
    key="member.resolutions",
    title="决议",
    columns=RESOLUTION_COLUMNS,
    search=("title", "number"),
    filters=(ChoiceFilter(key="state", title="状态", choices=ResolutionState.choices),),
    link="member:resolution_detail",
    empty="还没有与本单位有关的决议。",
)
COMMITMENTS = ListPage(
    key="member.commitments",
    title="本单位的承诺",
    columns=COMMITMENT_COLUMNS,
    search=("title", "number"),
    link="member:commitment_detail",
    empty="还没有登记本单位的承诺。承诺由秘书处登记，如有遗漏请联系秘书处。",
)
REGULATIONS = ListPage(
    key="member.regulations",
    title="制度库",
    columns=REGULATION_COLUMNS,
    search=("title",),
    link=lambda row: reverse("member:regulation_paper", args=[row.pk]) if row.file_id else "",
    empty="秘书处还没有登记制度。",
)


def _meetings(request: PageRequest) -> QuerySet[Meeting]:
    """Of this consortium, those one of the unit's own seats was called to."""
    called = Attendance.objects.filter(unit=request.unit).values("meeting")
    rows = queries.meetings_visible_to(request.actor).filter(body__consortium=request.consortium)
    return rows.filter(pk__in=called).exclude(state=MeetingState.DRAFT)


def _meeting(request: PageRequest, pk: int) -> Meeting:
    return get_object_or_404(_meetings(request), pk=pk)


@page("member")
def meeting_list(request: PageRequest) -> HttpResponseBase:
    return MEETINGS.respond(request, _meetings(request).order_by("-starts_at", "-pk"))


@page("member", template="council/member_meeting.html")
def meeting_detail(request: PageRequest, pk: int) -> Answer:
    meeting = _meeting(request, pk)
    return _meeting_page(request, meeting)


def _meeting_page(
    request: PageRequest, meeting: Meeting, forms: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    own = list(queries.own_attendances(request.actor, meeting).filter(unit=request.unit))
    given = forms or {}
    return {
        "title": meeting.title,
        "crumbs": [(MEETINGS.title, reverse("member:meeting_list"))],
        "meeting": meeting,
        "steps": timeline(meeting),
        "agenda": agenda_of(meeting),
        "carried_over": [(row, progress(row)) for row in queries.carried_over(meeting)],
        "files": meeting.files.select_related("file"),
        "seats": [
            (
                row, rules.may_reply(request.actor, row, at=request.at),
                given.get(f"reply-{row.pk}") or _reply_form(None, None, meeting, row),
                _ballots(request, meeting, row, given),
            )
            for row in own
        ],
        "motions": _results(request, meeting),
        "roll": roll(meeting) if meeting.was_held else [],
    }  # fmt: skip


def _reply_form(data: Any, files: Any, meeting: Meeting, row: Attendance) -> ReplyForm:
    proxies = bool(meeting.rule and meeting.rule.proxy_allowed and not meeting.is_written)
    others = [one for one in roll(meeting) if one.votes]
    initial = {"reply": row.reply, "note": row.reply_note, "holder": row.holder_id}
    return ReplyForm(
        data, files, row=row, others=others, proxies=proxies, initial=initial, prefix=f"r{row.pk}"
    )


def _ballots(
    request: PageRequest, meeting: Meeting, row: Attendance, given: Mapping[str, Any]
) -> list[tuple[Motion, Any, WrittenVoteForm, str]]:
    """What the seat votes on in writing, with what it has cast."""
    prefetch_related_objects([meeting], "attendances")
    rows = meeting.motions.filter(way=VoteWay.WRITTEN, state=MotionState.VOTING)
    cast = {vote.motion_id: vote for vote in row.cast.all()}
    found = []
    for motion in rows.order_by("place", "pk").prefetch_related("avoidances"):
        motion.meeting = meeting
        vote = cast.get(motion.pk)
        initial = {"choice": vote.choice, "opinion": vote.opinion} if vote else {}
        form = given.get(f"vote-{motion.pk}-{row.pk}") or WrittenVoteForm(
            initial=initial, prefix=f"v{motion.pk}-{row.pk}"
        )
        verdict = rules.may_cast(request.actor, motion, row, at=request.at)
        found.append((motion, verdict, form, vote.get_choice_display() if vote else ""))
    return found


def _results(request: PageRequest, meeting: Meeting) -> list[tuple[Motion, list[Any]]]:
    """Each motion; the votes by seat once they may be seen."""
    seen: dict[int, list[Any]] = {}
    for vote in queries.votes_visible_to(request.actor).filter(motion__meeting=meeting):
        seen.setdefault(vote.motion_id, []).append(vote)
    rows = meeting.motions.exclude(state=MotionState.WITHDRAWN).order_by("place", "pk")
    held = meeting.was_held
    return [(row, seen.get(row.pk, []) if held else []) for row in rows]


def _seat(request: PageRequest, meeting: Meeting, seat_pk: int) -> Attendance:
    rows = queries.own_attendances(request.actor, meeting).filter(unit=request.unit)
    row = get_object_or_404(rows, pk=seat_pk)
    row.meeting = meeting
    return row


@page("member", writes=True, template="council/member_meeting.html")
def meeting_reply(request: PageRequest, pk: int, seat_pk: int) -> Answer:
    meeting = _meeting(request, pk)
    row = _seat(request, meeting, seat_pk)
    form = _reply_form(request.POST or None, request.FILES or None, meeting, row)
    done = submit(
        request, form,
        lambda: attendance_actions.reply_to_notice(
            row, reply=form.cleaned_data["reply"], note=form.cleaned_data["note"],
            holder=form.cleaned_data.get("holder"), authorisation=upload_of(form, "authorisation"),
            by=request.actor, at=request.at,
        ),
        then=reverse("member:meeting_detail", args=[pk]), said="回执已提交。",
    )  # fmt: skip
    return done or _meeting_page(request, meeting, {f"reply-{row.pk}": form})


@page("member", writes=True, template="council/member_meeting.html")
def meeting_vote(request: PageRequest, pk: int, seat_pk: int, motion_pk: int) -> Answer:
    """A vote in writing; it may be changed until the deadline."""
    meeting = _meeting(request, pk)
    row = _seat(request, meeting, seat_pk)
    rows = queries.motions_visible_to(request.actor).filter(meeting=meeting)
    motion = get_object_or_404(rows, pk=motion_pk)
    form = WrittenVoteForm(request.POST or None, prefix=f"v{motion.pk}-{row.pk}")
    done = submit(
        request, form,
        lambda: voting_actions.cast_vote(
            motion, row, form.cleaned_data["choice"], opinion=form.cleaned_data["opinion"],
            by=request.actor, at=request.at,
        ),
        then=reverse("member:meeting_detail", args=[pk]), said="表决已提交，截止前可以修改。",
    )  # fmt: skip
    return done or _meeting_page(request, meeting, {f"vote-{motion.pk}-{row.pk}": form})


@page("member")
def meeting_paper(request: PageRequest, pk: int, which: str) -> HttpResponseBase:
    return paper_of(_meeting(request, pk), which)


# Resolutions -----------------------------------------------------------------------------------
def _resolutions(request: PageRequest) -> QuerySet[Resolution]:
    return queries.resolutions_visible_to(request.actor).filter(
        motion__meeting__body__consortium=request.consortium
    )


@page("member")
def resolution_list(request: PageRequest) -> HttpResponseBase:
    rows = _resolutions(request)
    if request.GET.get("own") == "1":
        rows = rows.filter(unit=request.unit)
    return RESOLUTIONS.respond(request, rows)


@page("member", writes=True, template="council/resolution.html")
def resolution_detail(request: PageRequest, pk: int) -> Answer:
    """One resolution; the responsible unit reports here."""
    row = get_object_or_404(_resolutions(request), pk=pk)
    may = rules.may_report(request.actor, row)
    own = row.unit_id == request.unit.pk
    form = ReportForm(request.POST or None, request.FILES or None)
    done = submit(
        request, form,
        lambda: actions.report_resolution(
            row, text=form.cleaned_data["text"], done=form.cleaned_data["done"],
            file=upload_of(form), by=request.actor, at=request.at,
        ),
        then=reverse("member:resolution_detail", args=[pk]), said="执行情况已填报。",
    )  # fmt: skip
    on = day_of(request.at)
    return done or {
        "title": row.title,
        "crumbs": [(RESOLUTIONS.title, reverse("member:resolution_list"))],
        "resolution": row,
        "motion": row.motion,
        "reports": row.reports.select_related("by", "file"),
        "late": row.due_on is not None and row.due_on < on
        and row.state in {ResolutionState.UNDERWAY, ResolutionState.REPORTED},
        "tasks": tasks_visible_to(request.actor).filter(resolutions=row).order_by("place", "pk"),
        "may_assign": None, "may_return": None, "may_carry_out": None, "task_button": None,
        "may_report": may if own else None,
        "form": form if own and may else None,
        "today": on,
        "regulations": row.regulations.order_by("pk"),
    }  # fmt: skip


@page("member")
def resolution_paper(request: PageRequest, pk: int, report_pk: int) -> HttpResponseBase:
    row = get_object_or_404(_resolutions(request), pk=pk)
    return send(get_object_or_404(row.reports.select_related("file"), pk=report_pk).file)


@page("member")
def regulation_list(request: PageRequest) -> HttpResponseBase:
    rows = queries.regulations_visible_to(request.actor).filter(consortium=request.consortium)
    return REGULATIONS.respond(request, rows)


@page("member")
def regulation_paper(request: PageRequest, pk: int) -> HttpResponseBase:
    rows = queries.regulations_visible_to(request.actor).filter(consortium=request.consortium)
    return send(get_object_or_404(rows, pk=pk).file)


# Commitments -----------------------------------------------------------------------------------
def _commitments(request: PageRequest) -> QuerySet[Commitment]:
    return ledger.commitments_visible_to(request.actor).filter(
        consortium=request.consortium, unit=request.unit
    )


def _commitment(request: PageRequest, pk: int) -> Commitment:
    return get_object_or_404(_commitments(request), pk=pk)


@page("member")
def commitment_list(request: PageRequest) -> HttpResponseBase:
    return COMMITMENTS.respond(request, _commitments(request))


@page("member", template="council/commitment.html")
def commitment_detail(request: PageRequest, pk: int) -> Answer:
    crumbs = [(COMMITMENTS.title, reverse("member:commitment_list"))]
    return commitment_page(request, _commitment(request, pk)) | {"crumbs": crumbs}


@page("member", writes=True, template="parts/form_page.html")
def commitment_deliver(request: PageRequest, pk: int) -> Answer | HttpResponseBase:
    return deliver_page(request, _commitment(request, pk))


@page("member", writes=True, template="parts/form_page.html")
def commitment_mend(request: PageRequest, pk: int, delivery_pk: int) -> Answer | HttpResponseBase:
    row = _commitment(request, pk)
    return deliver_page(request, row, delivery_of(request, row, delivery_pk))


@page("member")
def commitment_paper(request: PageRequest, pk: int, delivery_pk: int) -> HttpResponseBase:
    return send(delivery_of(request, _commitment(request, pk), delivery_pk).file)


def urls() -> list[URLPattern]:
    """Addresses below /member/."""
    one = "council/meetings/<int:pk>/"
    owed = "council/commitments/<int:pk>/"
    return [
        path("council/meetings/", meeting_list, name="meeting_list"),
        path(one, meeting_detail, name="meeting_detail"),
        path(f"{one}seats/<int:seat_pk>/reply/", meeting_reply, name="meeting_reply"),
        path(f"{one}seats/<int:seat_pk>/vote/<int:motion_pk>/", meeting_vote, name="meeting_vote"),
        path(f"{one}papers/<slug:which>/", meeting_paper, name="meeting_paper"),
        path("council/resolutions/", resolution_list, name="resolution_list"),
        path("council/resolutions/<int:pk>/", resolution_detail, name="resolution_detail"),
        path(
            "council/resolutions/<int:pk>/reports/<int:report_pk>/",
            resolution_paper,
            name="resolution_paper",
        ),
        path("council/regulations/", regulation_list, name="regulation_list"),
        path("council/regulations/<int:pk>/file/", regulation_paper, name="regulation_paper"),
        path("council/commitments/", commitment_list, name="commitment_list"),
        path(owed, commitment_detail, name="commitment_detail"),
        path(f"{owed}deliver/", commitment_deliver, name="commitment_deliver"),
        path(f"{owed}deliveries/<int:delivery_pk>/mend/", commitment_mend, name="commitment_mend"),
        path(
            f"{owed}deliveries/<int:delivery_pk>/file/", commitment_paper, name="commitment_paper"
        ),
    ]
