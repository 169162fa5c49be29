"""The papers of a meeting as the secretariat keeps them: documents, authorisations, signed minutes."""

from io import BytesIO

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.council import minutes_actions, paper_actions
from chanjiao.council.models import Attendance, Meeting, MeetingFile
from chanjiao.web.desk.council_meetings import crumbs, meeting_of
from chanjiao.web.parts.council import send
from chanjiao.web.parts.council_forms import FileForm, SignedForm, upload_of
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.listings import download
from chanjiao.web.parts.page import Answer, PageRequest, page
from chanjiao.web.parts.typed import whole


@page("desk", writes=True, template="parts/form_page.html")
def meeting_file_new(request: PageRequest, pk: int) -> Answer:
    meeting = meeting_of(request, pk)
    form = FileForm(request.POST or None, request.FILES or None)

    def act() -> MeetingFile:
        sent = upload_of(form)
        assert sent is not None
        title = form.cleaned_data["title"]
        return paper_actions.add_file(meeting, sent, title, by=request.actor, at=request.at)

    done = submit(
        request, form, act, then=reverse("desk:meeting_detail", args=[pk]), said="材料已上传。"
    )
    return done or {
        "title": "上传会议材料",
        "crumbs": crumbs(meeting),
        "form": form,
        "label": "上传",
    }


@page("desk", writes=True)
def meeting_file_remove(request: PageRequest, pk: int, file_pk: int) -> HttpResponseBase:
    row = get_object_or_404(meeting_of(request, pk).files, pk=file_pk)
    if request.method == "POST":
        paper_actions.remove_file(row, by=request.actor, at=request.at)
        messages.success(request, "材料已删除。")
    return redirect("desk:meeting_detail", pk)


@page("desk")
def meeting_paper(request: PageRequest, pk: int, which: str) -> HttpResponseBase:
    """The notice or the minutes as Word, the signed scan, or one of the documents (its number)."""
    return paper_of(meeting_of(request, pk), which)


def paper_of(meeting: Meeting, which: str) -> HttpResponseBase:
    if which == "notice" and meeting.notified_at is not None:
        content = minutes_actions.notice_word(meeting)
        return download(BytesIO(content), f"{meeting.title}通知.docx")
    if which in {"minutes", "signed"}:
        return send(meeting.minutes if which == "minutes" else meeting.signed)
    row = meeting.files.select_related("file").filter(pk=whole(which)).first()
    return send(row.file if row else None)


@page("desk")
def meeting_authorisation(request: PageRequest, pk: int, seat_pk: int) -> HttpResponseBase:
    rows = meeting_of(request, pk).attendances.select_related("authorisation")
    return send(get_object_or_404(rows, pk=seat_pk).authorisation)


@page("desk", writes=True, template="parts/form_page.html")
def meeting_authorise(request: PageRequest, pk: int, seat_pk: int) -> Answer:
    """The written authorisation of a seat, for a proxy given on the spot."""
    meeting = meeting_of(request, pk)
    row = get_object_or_404(meeting.attendances.select_related("unit"), pk=seat_pk)
    form = SignedForm(request.POST or None, request.FILES or None)
    form.fields["file"].label = "委托书"

    def act() -> Attendance:
        sent = upload_of(form)
        assert sent is not None
        return paper_actions.attach_authorisation(row, sent, by=request.actor, at=request.at)

    done = submit(
        request,
        form,
        act,
        then=reverse("desk:meeting_attendance", args=[pk]),
        said="委托书已保存。",
    )
    return done or {"title": f"{row.name}的委托书", "crumbs": crumbs(meeting), "form": form}


@page("desk", writes=True, template="parts/form_page.html")
def meeting_archive(request: PageRequest, pk: int) -> Answer:
    meeting = meeting_of(request, pk)
    form = SignedForm(
        request.POST or None, request.FILES or None, initial={"revision": meeting.revision}
    )
    done = submit(
        request, form,
        lambda: minutes_actions.archive_minutes(
            meeting, upload_of(form), revision=form.cleaned_data["revision"] or 0,
            by=request.actor, at=request.at,
        ),
        then=reverse("desk:meeting_detail", args=[pk]), said="签字纪要已归档。",
    )  # fmt: skip
    return done or {
        "title": "上传签字纪要并归档", "crumbs": crumbs(meeting), "form": form, "label": "归档",
        "intro": "归档后纪要和表决不能再改。",
    }  # fmt: skip


def urls() -> list[URLPattern]:
    one = "council/meetings/<int:pk>/"
    seat = f"{one}seats/<int:seat_pk>/"
    return [
        path(f"{seat}authorise/", meeting_authorise, name="meeting_authorise"),
        path(f"{seat}paper/", meeting_authorisation, name="meeting_authorisation"),
        path(f"{one}files/new/", meeting_file_new, name="meeting_file_new"),
        path(f"{one}files/<int:file_pk>/remove/", meeting_file_remove, name="meeting_file_remove"),
        path(f"{one}papers/<slug:which>/", meeting_paper, name="meeting_paper"),
        path(f"{one}archive/", meeting_archive, name="meeting_archive"),
    ]
