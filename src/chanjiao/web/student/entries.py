"""A student's records: writing on a phone, with or without JavaScript, sent again as often as needed."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.clock import day_of
from chanjiao.training import entry_actions as actions
from chanjiao.training import entry_rules as rules
from chanjiao.training.entry_actions import Written
from chanjiao.training.entry_queries import items_done, items_offered
from chanjiao.training.enums import EntryKind, EntryState
from chanjiao.training.models import Entry, EntryFile, Placement
from chanjiao.web.parts.entries import content_type, listed, shown_entries, shown_entry, shown_files
from chanjiao.web.parts.entry_forms import EntryForm, seen_now
from chanjiao.web.parts.files import file_response
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.page import Answer, PageRequest, page
from chanjiao.web.parts.typed import whole
from chanjiao.web.parts.uploads import uploads
from chanjiao.web.student.placements import kind_asked, own

PAGE = 30


def _entry(request: PageRequest, pk: int) -> Entry:
    rows = Entry.objects.select_related("placement__student", "placement__training_class", "stint")
    found: Entry = get_object_or_404(rows, pk=pk, placement__student=request.student)
    return found


@page("student", template="student/entry_list.html")
def entry_list(request: PageRequest, pk: int) -> Answer:
    placement = own(request, pk)
    kind, state = request.GET.get("kind", ""), request.GET.get("state", "")
    rows = placement.entries.order_by("-day", "-pk")
    rows = rows.filter(kind=kind) if kind in EntryKind.values else rows
    rows = rows.filter(state=state) if state in EntryState.values else rows
    number = max(1, whole(request.GET.get("page", "")))
    found = list(listed(rows)[(number - 1) * PAGE : number * PAGE + 1])
    return {
        "title": "我的记录",
        "crumbs": [("我的实习", reverse("student:placement_detail", args=[pk]))],
        "placement": placement,
        "entries": shown_entries(found[:PAGE], _here),
        "kinds": EntryKind.choices,
        "kind": kind,
        "state": state,
        "next_page": number + 1 if len(found) > PAGE else 0,
        "may_write": rules.may_write(request.actor, placement, on=day_of(request.at)),
    }


def _here(row: Entry) -> str:
    return reverse("student:entry", args=[row.pk])


# Writing -----------------------------------------------------------------------------------------
@page("student", writes=True, template="student/entry_form.html")
def entry_new(request: PageRequest, pk: int) -> Answer:
    placement, kind = own(request, pk), kind_asked(request)
    form = _form(request, placement, kind)

    def act() -> Written:
        return actions.write_entry(
            placement, form.values(), uploads=uploads(form), by=request.actor, at=request.at,
            device_key=form.cleaned_data["device_key"], submit="submit" in request.POST,
        )  # fmt: skip

    done = _sent(request, form, act)
    return done or {
        "title": f"写{EntryKind(kind).label}",
        "crumbs": [("我的实习", reverse("student:placement_detail", args=[pk]))],
        "form": form, "entry": None, "files": [], "kind": kind, "to": _to(kind),
        "verdict": rules.may_write(request.actor, placement, on=day_of(request.at)),
    }  # fmt: skip


@page("student", writes=True, template="student/entry_form.html")
def entry(request: PageRequest, pk: int) -> Answer:
    """One record: its form while it may be changed, and what was said of it."""
    row = _entry(request, pk)
    form = _form(request, row.placement, row.kind, row)

    def act() -> Written:
        return actions.change_entry(
            row, form.values(), revision=form.cleaned_data["revision"] or 0, by=request.actor,
            uploads=uploads(form), at=request.at, submit="submit" in request.POST,
        )  # fmt: skip

    done = _sent(request, form, act)
    if done is None:
        row = _entry(request, pk)
        seen_now(form, row.revision)
    today = day_of(request.at)
    return done or {
        "title": f"{row.get_kind_display()} {row.day}",
        "crumbs": [
            ("我的实习", reverse("student:placement_detail", args=[row.placement_id])),
            ("我的记录", reverse("student:entry_list", args=[row.placement_id])),
        ],
        "form": form, "entry": row, "shown": shown_entry(row), "kind": row.kind,
        "files": shown_files(row, _file_url), "to": _to(row.kind),
        "items": list(row.items.order_by("place")),
        "verdict": rules.may_change(request.actor, row, on=today),
        "may_take_back": rules.may_take_back(request.actor, row, on=today),
        "may_delete": rules.may_delete(request.actor, row, on=today),
    }  # fmt: skip


def _to(kind: str) -> str:
    return "导师" if kind == EntryKind.WORK else "老师"


def _file_url(one: EntryFile) -> str:
    return reverse("student:entry_file", args=[one.pk])


def _form(
    request: PageRequest, placement: Placement, kind: str, row: Entry | None = None
) -> EntryForm:
    work = kind == EntryKind.WORK
    return EntryForm(
        kind, items_offered(placement) if work else (), items_done(placement) if work else set(),
        request.POST or None, request.FILES or None, entry=row, today=day_of(request.at),
    )  # fmt: skip


def _sent(
    request: PageRequest, form: EntryForm, act: Callable[[], Written]
) -> HttpResponseBase | None:
    """The answer to a form; to the page's own script (it asks for JSON) an address or what is wrong."""
    answer = submit(request, form, act, then=lambda done: _told(request, done))
    if request.headers.get("Accept") != "application/json" or request.method != "POST":
        return answer
    if answer is not None:
        return JsonResponse({"url": answer.headers["Location"]})
    found = [text for errors in form.errors.values() for text in errors]
    return JsonResponse({"problems": found}, status=getattr(request, "page_status", 422))


def _told(request: PageRequest, done: Written) -> str:
    """Say what became of it; gives where to go on."""
    row = done.entry
    for problem in done.problems:
        messages.warning(request, problem)
    if done.problems:
        messages.warning(request, "记录已存为草稿，请处理上面的附件后提交。")
        return _here(row)
    if row.state == EntryState.DRAFT:
        messages.success(request, "已存为草稿。")
        return _here(row)
    messages.success(request, f"已提交，等{_to(row.kind)}{'确认' if row.minutes else '批阅'}。")
    return reverse("student:placement_detail", args=[row.placement_id])


@page("student", writes=True)
def take_back(request: PageRequest, pk: int) -> HttpResponseBase:
    if request.method != "POST":
        return redirect("student:entry", pk)
    row = _entry(request, pk)
    revision = whole(request.POST.get("revision", ""))
    actions.take_back_entry(row, revision=revision, by=request.actor, at=request.at)
    messages.success(request, "已撤回，修改后请重新提交。")
    return redirect("student:entry", pk)


@page("student", writes=True)
def delete(request: PageRequest, pk: int) -> HttpResponseBase:
    if request.method != "POST":
        return redirect("student:entry", pk)
    row = _entry(request, pk)
    actions.delete_entry(row, by=request.actor, at=request.at)
    messages.success(request, "草稿已删除。")
    return redirect("student:entry_list", row.placement_id)


# Files -------------------------------------------------------------------------------------------
def _file(request: PageRequest, pk: int) -> EntryFile:
    rows = EntryFile.objects.select_related("file", "entry__placement__student")
    found: EntryFile = get_object_or_404(rows, pk=pk, entry__placement__student=request.student)
    return found


@page("student")
def entry_file(request: PageRequest, pk: int) -> HttpResponseBase:
    one = _file(request, pk)
    return file_response(one.file, content_type(one))


@page("student", writes=True)
def remove_file(request: PageRequest, pk: int) -> HttpResponseBase:
    if request.method != "POST":
        return redirect("student:entry_file", pk)
    one = _file(request, pk)
    actions.remove_entry_file(one, by=request.actor, at=request.at)
    messages.success(request, "附件已移除。")
    return redirect("student:entry", one.entry_id)


def urls() -> list[URLPattern]:
    return [
        path("placement/<int:pk>/entries/", entry_list, name="entry_list"),
        path("placement/<int:pk>/new/", entry_new, name="entry_new"),
        path("entries/<int:pk>/", entry, name="entry"),
        path("entries/<int:pk>/take-back/", take_back, name="entry_take_back"),
        path("entries/<int:pk>/delete/", delete, name="entry_delete"),
        path("entries/files/<int:pk>/", entry_file, name="entry_file"),
        path("entries/files/<int:pk>/remove/", remove_file, name="entry_file_remove"),
    ]
