"""The secretariat's meetings: one page with all steps, the roll, the files, the minutes."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.council import meeting_actions, minutes_actions, queries, rules
from chanjiao.council.bridge import standing_of
from chanjiao.council.enums import COMING, UNSIGNED, MeetingForm, MeetingState
from chanjiao.council.meeting_actions import MeetingFacts
from chanjiao.council.minutes import agenda_of, progress, roll
from chanjiao.council.models import Attendance, Meeting
from chanjiao.trail.queries import about
from chanjiao.trail.words import word
from chanjiao.web.desk.council_motions import motion_panels
from chanjiao.web.parts.council import TONES, timeline
from chanjiao.web.parts.council_forms import (
    DiscussionForm,
    MeetingFactsForm,
    NewMeetingForm,
    NoticeForm,
)
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.listings import Button
from chanjiao.web.parts.lists import (
    BooleanFilter,
    ChoiceFilter,
    DateFilter,
    ListColumn,
    ListPage,
    TextFilter,
)
from chanjiao.web.parts.page import Answer, PageRequest, Primary, page
from chanjiao.web.parts.typed import whole

MEETINGS = ListPage(
    key="desk.meetings",
    title="会议",
    columns=(
        ListColumn("title", "名称", sort="title"),
        ListColumn("body", "机构", "body.name", sort="body__name"),
        ListColumn("form", "形式", "get_form_display", sort="form"),
        ListColumn("starts_at", "时间", kind="moment", sort="starts_at"),
        ListColumn("place", "地点"),
        ListColumn("state", "状态", kind="state", sort="state", tones=TONES),
    ),
    search=("title", "number", "place"),
    filters=(
        ChoiceFilter(key="state", title="状态", choices=MeetingState.choices),
        BooleanFilter(
            key="coming", title="召开", yes="待开", no="其他", condition=Q(state__in=sorted(COMING))
        ),
        BooleanFilter(
            key="unsigned",
            title="纪要",
            yes="待签",
            no="其他",
            condition=Q(state__in=sorted(UNSIGNED)),
        ),
        ChoiceFilter(key="form", title="形式", choices=MeetingForm.choices),
        TextFilter(key="body", title="机构", field="body__name"),
        DateFilter(key="day", title="日期", field="starts_at"),
    ),
    link="desk:meeting_detail",
    empty="还没有会议。请先在“机构与席位”设立机构，再筹备会议。",
)


def meeting_of(request: PageRequest, pk: int) -> Meeting:
    rows = queries.served_meetings(request.actor).filter(body__consortium=request.consortium)
    return get_object_or_404(rows, pk=pk)


def crumbs(meeting: Meeting | None = None) -> list[tuple[str, str]]:
    found = [(MEETINGS.title, reverse("desk:meeting_list"))]
    if meeting is None:
        return found
    return [*found, (meeting.title, reverse("desk:meeting_detail", args=[meeting.pk]))]


@page("desk")
def meeting_list(request: PageRequest) -> HttpResponseBase:
    rows = queries.served_meetings(request.actor).filter(body__consortium=request.consortium)
    return MEETINGS.respond(
        request, rows.order_by("-starts_at", "-pk"),
        primary=Primary("筹备会议", reverse("desk:meeting_new")),
    )  # fmt: skip


def _facts(given: dict[str, Any]) -> MeetingFacts:
    return MeetingFacts(**{k: v for k, v in given.items() if k not in {"revision", "body"}})


@page("desk", writes=True, template="parts/form_page.html")
def meeting_new(request: PageRequest) -> Answer:
    rows = queries.bodies_visible_to(request.actor).filter(
        consortium=request.consortium, dissolved_on__isnull=True
    )
    bodies = {body.pk: body for body in rows.order_by("pk")}
    initial = {"body": whole(request.GET.get("body", ""))}
    form = NewMeetingForm(request.POST or None, initial=initial, bodies=bodies.values())
    done = submit(
        request, form,
        lambda: meeting_actions.create_meeting(
            bodies[form.cleaned_data["body"]], _facts(form.cleaned_data),
            by=request.actor, at=request.at,
        ),
        then=lambda row: reverse("desk:meeting_detail", args=[row.pk]),
        said="会议已列入筹备。请列入议案、上传材料，再发通知。",
    )  # fmt: skip
    return done or {"title": "筹备会议", "crumbs": crumbs(), "form": form}


@page("desk", writes=True, template="parts/form_page.html")
def meeting_edit(request: PageRequest, pk: int) -> Answer:
    meeting = meeting_of(request, pk)
    initial = {name: getattr(meeting, name) for name in MeetingFactsForm.base_fields}
    form = MeetingFactsForm(request.POST or None, initial=initial)
    done = submit(
        request, form,
        lambda: meeting_actions.edit_meeting(
            meeting, _facts(form.cleaned_data), revision=form.cleaned_data["revision"] or 0,
            by=request.actor, at=request.at,
        ),
        then=reverse("desk:meeting_detail", args=[pk]), said="已保存。",
    )  # fmt: skip
    return done or {"title": "修改会议", "crumbs": crumbs(meeting), "form": form}


# One meeting -----------------------------------------------------------------------------------
@page("desk", template="council/desk_meeting.html")
def meeting_detail(request: PageRequest, pk: int) -> Answer:
    meeting = meeting_of(request, pk)
    rule = meeting.rule
    return {
        "title": meeting.title,
        "crumbs": crumbs(),
        "meeting": meeting,
        "steps": timeline(meeting),
        "buttons": _buttons(request, meeting),
        "agenda": agenda_of(meeting),
        "carried_over": [(row, progress(row)) for row in queries.carried_over(meeting)],
        "standing": standing_of(meeting, rule) if rule and meeting.opened_at else None,
        "roll": roll(meeting),
        "replied": set(
            Attendance.objects.filter(meeting=meeting, cast__isnull=False).values_list(
                "pk", flat=True
            )
        ),
        "may_attend": rules.may_attend(request.actor, meeting),
        "may_move": rules.may_move_motion(request.actor, meeting),
        "motions": motion_panels(request, meeting),
        "files": meeting.files.select_related("file"),
        "events": [(entry, word(entry.action)) for entry in about(meeting)[:30]],
    }


def _buttons(request: PageRequest, meeting: Meeting) -> list[Button]:
    """The way forward first, then what else may be done."""
    actor, at = request.actor, request.at

    def to(step: str) -> str:
        return reverse("desk:meeting_step", args=[meeting.pk, step])

    def page_of(name: str) -> str:
        return reverse(f"desk:{name}", args=[meeting.pk])

    notify = Button(
        "发出会议通知",
        page_of("meeting_notify"),
        rules.may_notify(actor, meeting),
        "primary",
        leads=True,
    )
    edit = Button(
        "修改时间与议程",
        page_of("meeting_edit"),
        rules.may_edit_meeting(actor, meeting),
        leads=True,
    )
    postpone = Button("延期", to("postpone"), rules.may_postpone(actor, meeting), note="延期的原因")
    cancel = Button(
        "取消会议",
        to("cancel"),
        rules.may_cancel(actor, meeting),
        "outline-danger",
        note="取消的原因",
    )
    notes = Button(
        "记录讨论",
        page_of("meeting_discussion"),
        rules.may_note_discussion(actor, meeting),
        leads=True,
    )
    make = Button("生成会议纪要", to("minutes"), rules.may_make_minutes(actor, meeting), "primary")
    again = Button("重新生成纪要", to("minutes"), rules.may_make_minutes(actor, meeting))
    opening = "开始书面表决" if meeting.is_written else "会议开始，签到"
    ways: dict[str, list[Button]] = {
        MeetingState.DRAFT: [notify, edit, cancel],
        MeetingState.NOTIFIED: [
            Button(opening, to("open"), rules.may_open(actor, meeting, at=at), "primary"),
            edit, postpone, cancel,
        ],
        MeetingState.OPEN: [
            Button("闭会", to("close"), rules.may_close(actor, meeting), "primary",
                   ask="闭会后不能再签到和表决，表决结果对与会成员公开。确定闭会？"),
            notes, postpone,
        ],
        MeetingState.CLOSED: [make, notes],
        MeetingState.MINUTED: [
            Button("上传签字纪要并归档", page_of("meeting_archive"), rules.may_archive(actor, meeting), "primary", leads=True),
            again, notes,
        ],
        MeetingState.POSTPONED: [notify, edit, cancel],
    }  # fmt: skip
    return ways.get(meeting.state, [])


@page("desk", writes=True)
def meeting_step(request: PageRequest, pk: int, step: str) -> HttpResponseBase:
    """One step of a meeting's life."""
    meeting, by, at = meeting_of(request, pk), request.actor, request.at
    reason = request.POST.get("reason", "")
    if request.method != "POST":
        raise Http404
    steps: dict[str, tuple[Callable[[], Meeting], str]] = {
        "open": (lambda: meeting_actions.open_meeting(meeting, by=by, at=at), "会议已开始。"),
        "close": (lambda: meeting_actions.close_meeting(meeting, by=by, at=at), "已闭会。"),
        "minutes": (lambda: minutes_actions.make_minutes(meeting, by=by, at=at), "会议纪要已生成。"),
        "postpone": (
            lambda: meeting_actions.postpone_meeting(meeting, reason=reason, by=by, at=at), "会议已延期。",
        ),
        "cancel": (
            lambda: meeting_actions.cancel_meeting(meeting, reason=reason, by=by, at=at), "会议已取消。",
        ),
    }  # fmt: skip
    if step not in steps:
        raise Http404
    act, said = steps[step]
    act()
    messages.success(request, said)
    return redirect("desk:meeting_detail", pk)


@page("desk", writes=True, template="parts/form_page.html")
def meeting_notify(request: PageRequest, pk: int) -> Answer:
    meeting = meeting_of(request, pk)
    form = NoticeForm(request.POST or None)
    if request.method == "POST":
        form = NoticeForm(request.POST)
    done = submit(
        request, form,
        lambda: meeting_actions.send_notice(meeting, by=request.actor, at=request.at, **form.cleaned_data),
        then=reverse("desk:meeting_detail", args=[pk]), said="会议通知已发出。",
    )  # fmt: skip
    return done or {
        "title": "发出会议通知", "crumbs": crumbs(meeting), "form": form, "label": "发出通知",
        "intro": "通知全体席位单位的在任人员，并按会议当日生效的章程规则核对通知天数。",
    }  # fmt: skip


@page("desk", writes=True, template="parts/form_page.html")
def meeting_discussion(request: PageRequest, pk: int) -> Answer:
    meeting = meeting_of(request, pk)
    initial = {"text": meeting.discussion, "revision": meeting.revision}
    form = DiscussionForm(request.POST or None, initial=initial)
    done = submit(
        request, form,
        lambda: meeting_actions.note_discussion(
            meeting, form.cleaned_data["text"], revision=form.cleaned_data["revision"] or 0,
            by=request.actor, at=request.at,
        ),
        then=reverse("desk:meeting_detail", args=[pk]), said="讨论情况已保存。",
    )  # fmt: skip
    return done or {"title": "记录讨论", "crumbs": crumbs(meeting), "form": form}


def urls() -> list[URLPattern]:
    one = "council/meetings/<int:pk>/"
    return [
        path("council/meetings/", meeting_list, name="meeting_list"),
        path("council/meetings/new/", meeting_new, name="meeting_new"),
        path(one, meeting_detail, name="meeting_detail"),
        path(f"{one}edit/", meeting_edit, name="meeting_edit"),
        path(f"{one}notify/", meeting_notify, name="meeting_notify"),
        path(f"{one}step/<slug:step>/", meeting_step, name="meeting_step"),
        path(f"{one}discussion/", meeting_discussion, name="meeting_discussion"),
    ]
