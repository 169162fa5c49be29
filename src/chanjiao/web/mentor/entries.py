"""What waits for a mentor, across students: many confirmed at once, each corrected or sent back."""

from itertools import groupby

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Refused
from chanjiao.training import review_actions as actions
from chanjiao.training.entry_queries import graded_by, guided_by, waiting_for
from chanjiao.training.enums import EntryKind, EntryState, GradePart
from chanjiao.training.models import Entry, EntryFile, Grade
from chanjiao.training.review_actions import Outcome, Seen
from chanjiao.web.mentor.doors import Door, came_in, shown, unkept
from chanjiao.web.parts.entries import (
    ShownEntry,
    content_type,
    listed,
    shown_entry,
    shown_files,
)
from chanjiao.web.parts.entry_forms import DecisionForm, minutes_of, seen_now
from chanjiao.web.parts.files import file_response
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.page import PageRequest, page
from chanjiao.web.parts.typed import whole

PAGE, GRADED = 20, 60  # a mentor has a handful of students; a page stays light


@page("portal")
def waiting(request: PageRequest, token: str) -> HttpResponseBase:
    return _waiting(request, came_in(request, token))


def _waiting(request: PageRequest, door: Door, outcome: Outcome | None = None) -> HttpResponseBase:
    rows = waiting_for(door.mentor)
    found = list(listed(rows)[:PAGE])
    reasons = {row.pk: reason for row, reason in outcome.refused} if outcome else {}
    here = {row.pk for row in found}
    entries = [shown_entry(row, _address(door, row)) for row in found]
    graded = {
        grade.placement_id: grade
        for grade in Grade.objects.filter(
            part=GradePart.ENTERPRISE, placement__in=graded_by(door.mentor, on=day_of(request.at))
        ).order_by("pk")
    }
    context = {
        "count": rows.count(),
        "groups": _by_student(entries),
        "reasons": reasons,
        "gone": [(row, why) for row, why in outcome.refused if row.pk not in here] if outcome else [],
        "all": request.GET.get("all") == "1",
        "students": [
            (row, graded.get(row.pk))
            for row in graded_by(door.mentor, on=day_of(request.at))[:GRADED]
        ],
    }  # fmt: skip
    return shown(request, door, "mentor/waiting.html", context)


def _by_student(entries: list[ShownEntry]) -> list[tuple[object, list[ShownEntry]]]:
    """Grouped as they are ordered: by student."""
    groups = groupby(entries, key=lambda one: one.row.placement)
    return [(placement, list(own)) for placement, own in groups]


def _address(door: Door, row: Entry) -> str:
    return reverse("mentor:entry", args=[door.token, row.pk])


@page("portal", writes=True)
def confirm(request: PageRequest, token: str) -> HttpResponseBase:
    """The ticked ones, each as it was seen; those edited meanwhile are shown again."""
    door = came_in(request, token)
    if request.method != "POST":
        return redirect("mentor:waiting", token)
    seen = [_seen(told) for told in request.POST.getlist("entry")]
    if not seen:
        raise Refused("请先勾选要确认的记录。")
    outcome = actions.confirm_entries(seen, by=door.link, at=request.at)
    if outcome.done:
        messages.success(request, f"已确认 {len(outcome.done)} 条。")
    if not outcome.refused:
        return redirect("mentor:waiting", token)
    request.page_status = 409
    return _waiting(request, door, outcome)


def _seen(told: str) -> Seen:
    entry, _, revision = told.partition(":")
    return Seen(whole(entry), whole(revision))


@page("portal", writes=True)
def entry(request: PageRequest, token: str, pk: int) -> HttpResponseBase:
    """One record whole, with its photographs: confirm, correct, send back."""
    door = came_in(request, token)
    rows = Entry.objects.select_related("placement__student", "placement__school", "stint__host")
    row = get_object_or_404(
        rows.filter(guided_by(door.mentor), kind=EntryKind.WORK).exclude(state=EntryState.DRAFT),
        pk=pk,
    )
    form = DecisionForm(row, request.POST or None)

    def act() -> Entry:
        given = form.cleaned_data
        told = {"revision": given["revision"], "by": door.link, "at": request.at}
        if "reject" in request.POST:
            return actions.reject_entry(row, given["remark"], **told)
        minutes = minutes_of(given["hours"])
        return actions.correct_entry(row, minutes, given["remark"], **told)

    back = reverse("mentor:waiting", args=[token])
    said = "已退回，学生会收到原因。" if "reject" in request.POST else "已更正并确认。"
    done = submit(request, form, act, then=back, said=said)
    if done is not None:
        return done
    row.refresh_from_db()
    seen_now(form, row.revision)
    context = {
        "one": shown_entry(row), "items": list(row.items.order_by("place")), "form": form,
        "files": shown_files(row, lambda one: reverse("mentor:entry_file", args=[token, one.pk])),
        "decidable": row.state == EntryState.SUBMITTED,
    }  # fmt: skip
    return shown(request, door, "mentor/entry.html", context)


@page("portal")
def entry_file(request: PageRequest, token: str, pk: int) -> HttpResponseBase:
    door = came_in(request, token)
    seen = Entry.objects.filter(guided_by(door.mentor), kind=EntryKind.WORK)
    rows = EntryFile.objects.select_related("file").filter(
        entry__in=seen.exclude(state=EntryState.DRAFT).order_by().values("pk")
    )
    one = get_object_or_404(rows, pk=pk)
    return unkept(file_response(one.file, content_type(one)))
