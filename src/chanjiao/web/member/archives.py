"""Internship files: one student's at once, a class's as a job."""

import tempfile

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import require
from chanjiao.training.archive_bundle import ask_archive, folder_of, write_one
from chanjiao.training.archive_content import dossier_of
from chanjiao.training.entry_rules import may_archive
from chanjiao.training.models import ClassArchive, TrainingClass
from chanjiao.web.member.learning import placement_of, placements
from chanjiao.web.parts.lists import ListColumn, ListPage
from chanjiao.web.parts.page import Answer, PageRequest, page

ARCHIVES = ListPage(
    key="member.archives",
    title="实习档案",
    columns=(
        ListColumn("class", "班级", "training_class.name"),
        ListColumn("job", "状态", "job.state", kind="state"),
        ListColumn("count", "学生", kind="number", unit="名"),
        ListColumn(
            "size", "大小", lambda row: row.file and -(-row.file.size // 1024), "number", unit="KB"
        ),
        ListColumn("digest", "SHA-256", lambda row: row.file.digest[:16] if row.file else ""),
        ListColumn("asked_at", "发起时间", kind="moment", sort="asked_at"),
    ),
    link=lambda row: reverse("member:archive_file", args=[row.pk]) if row.file_id else "",
    template="learning/archives.html",
    empty="还没有导出过班级的实习档案。",
)


def _rows(request: PageRequest) -> QuerySet[ClassArchive]:
    rows = ClassArchive.objects.select_related("training_class", "job", "file")
    return rows.filter(
        unit=request.unit, training_class__programme__consortium=request.consortium
    ).order_by("-asked_at", "-pk")


def _classes(request: PageRequest) -> QuerySet[TrainingClass]:
    own = placements(request).filter(school=request.unit)
    return TrainingClass.objects.filter(pk__in=own.order_by().values("training_class"))


@page("member")
def archive_list(request: PageRequest) -> HttpResponseBase:
    running = next((row.job for row in _rows(request)[:1] if row.job and not row.job.is_over), None)
    return ARCHIVES.respond(
        request, _rows(request), classes=_classes(request).order_by("name", "pk"), running=running
    )


@page("member", writes=True)
def archive_ask(request: PageRequest, pk: int) -> HttpResponseBase:
    if request.method != "POST":
        return redirect("member:archive_list")
    group = get_object_or_404(_classes(request), pk=pk)
    ask_archive(group, request.unit, by=request.actor, at=request.at)
    return redirect("member:archive_list")


@page("member")
def archive_file(request: PageRequest, pk: int) -> HttpResponseBase:
    row = get_object_or_404(_rows(request), pk=pk)
    if row.file is None:
        raise Http404
    return FileResponse(
        row.file.file.open("rb"), as_attachment=True, filename=row.file.name,
        content_type="application/zip",
    )  # fmt: skip


@page("member", template="learning/archive.html")
def archive_one(request: PageRequest, pk: int) -> Answer:
    """What belongs into a student's file, and what is missing."""
    placement = placement_of(request, pk)
    if not may_archive(request.actor, placement):
        raise Http404
    return {
        "title": f"{placement.student.name}的实习档案",
        "crumbs": [
            ("学习记录", reverse("member:learning_list")),
            (placement.student.name, reverse("member:learning_detail", args=[pk])),
        ],
        "placement": placement,
        "dossier": dossier_of(placement),
    }


@page("member")
def archive_zip(request: PageRequest, pk: int) -> HttpResponseBase:
    placement = placement_of(request, pk)
    require(may_archive(request.actor, placement))
    target = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    write_one(placement, target, at=request.at)
    target.seek(0)
    name = f"{folder_of(placement)} 实习档案{day_of(request.at):%Y%m%d}.zip"
    return FileResponse(target, as_attachment=True, filename=name, content_type="application/zip")


def urls() -> list[URLPattern]:
    return [
        path("archives/", archive_list, name="archive_list"),
        path("archives/<int:pk>/", archive_file, name="archive_file"),
        path("archives/classes/<int:pk>/", archive_ask, name="archive_ask"),
        path("learning/<int:pk>/archive/", archive_one, name="archive_one"),
        path("learning/<int:pk>/archive/zip/", archive_zip, name="archive_zip"),
    ]
