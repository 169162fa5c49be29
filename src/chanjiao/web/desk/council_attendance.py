"""The secretariat's roll of a meeting: replies entered for a seat, who is there, by grid or workbook."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.council import attendance_actions, rules
from chanjiao.council.attendance_actions import PresenceFacts
from chanjiao.council.bridge import standing_of
from chanjiao.council.enums import Presence
from chanjiao.council.minutes import roll
from chanjiao.council.models import Attendance
from chanjiao.kernel.verdict import Invalid, Refused
from chanjiao.web.account.imports import start
from chanjiao.web.desk.council_meetings import crumbs, meeting_of
from chanjiao.web.parts.council_forms import ReplyForm, upload_of
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.page import Answer, PageRequest, page
from chanjiao.web.parts.typed import whole


@page("desk", writes=True, template="council/attendance.html")
def meeting_attendance(request: PageRequest, pk: int) -> Answer | HttpResponseBase:
    """The whole roll as one grid."""
    meeting = meeting_of(request, pk)
    rows, trouble = roll(meeting), ""
    if request.method == "POST":
        typed = {row.pk: _presence(request, row) for row in rows if f"p-{row.pk}" in request.POST}
        try:
            attendance_actions.record_attendance(meeting, typed, by=request.actor, at=request.at)
        except Refused as refusal:
            request.page_status, trouble = 422, _spoken(refusal)
            for row in rows:
                facts = typed.get(row.pk, PresenceFacts(row.presence, row.attendee, row.holder_id))
                row.presence, row.attendee, row.holder_id = (
                    facts.presence,
                    facts.attendee,
                    facts.holder,
                )
        else:
            messages.success(request, "签到已保存。")
            return redirect("desk:meeting_detail", pk)
    rule = meeting.rule
    return {
        "title": "签到", "crumbs": crumbs(meeting), "meeting": meeting, "roll": rows,
        "trouble": trouble, "verdict": rules.may_attend(request.actor, meeting),
        "presences": Presence.choices,
        "standing": standing_of(meeting, rule) if rule else None,
    }  # fmt: skip


def _presence(request: PageRequest, row: Attendance) -> PresenceFacts:
    given = request.POST
    holder = whole(given.get(f"h-{row.pk}", ""))
    return PresenceFacts(given[f"p-{row.pk}"], given.get(f"a-{row.pk}", ""), holder or None)


def _spoken(refusal: Refused) -> str:
    if isinstance(refusal, Invalid):
        return "".join(text for found in refusal.problems.values() for text in found)
    return refusal.reason


@page("desk", writes=True)
def meeting_attendance_import(request: PageRequest, pk: int) -> HttpResponseBase:
    meeting = meeting_of(request, pk)
    back = reverse("desk:meeting_detail", args=[pk])
    return start(request, "attendance", {"meeting": meeting.pk}, back)


@page("desk", writes=True, template="parts/form_page.html")
def meeting_reply(request: PageRequest, pk: int, seat_pk: int) -> Answer:
    """A reply that came by telephone or on paper, entered by the secretariat."""
    meeting = meeting_of(request, pk)
    row = get_object_or_404(meeting.attendances.select_related("unit"), pk=seat_pk)
    form = ReplyForm(
        request.POST or None, request.FILES or None, row=row, others=roll(meeting),
        proxies=bool(meeting.rule and meeting.rule.proxy_allowed and not meeting.is_written),
        initial={"reply": row.reply, "note": row.reply_note, "holder": row.holder_id},
    )  # fmt: skip
    done = submit(
        request, form,
        lambda: attendance_actions.reply_to_notice(
            row, reply=form.cleaned_data["reply"], note=form.cleaned_data["note"],
            holder=form.cleaned_data.get("holder"), authorisation=upload_of(form, "authorisation"),
            by=request.actor, at=request.at,
        ),
        then=reverse("desk:meeting_detail", args=[pk]), said="回执已登记。",
    )  # fmt: skip
    return done or {"title": f"{row.name}的回执", "crumbs": crumbs(meeting), "form": form}


def urls() -> list[URLPattern]:
    one = "council/meetings/<int:pk>/"
    return [
        path(f"{one}attendance/", meeting_attendance, name="meeting_attendance"),
        path(f"{one}attendance/import/", meeting_attendance_import, name="meeting_import"),
        path(f"{one}seats/<int:seat_pk>/reply/", meeting_reply, name="meeting_reply"),
    ]
