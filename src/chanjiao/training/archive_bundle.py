"""Internship files as a zip: of one student at once, of a class as a job.

学号 姓名/实习档案.docx          completeness list, grade, records, journals, summary
学号 姓名/三方协议.docx …        agreements and signed papers
学号 姓名/附件/2026-11-20 照片.jpg
齐备情况.csv                    of a class: who lacks what
SHA256SUMS
"""

from collections.abc import Sequence
from datetime import datetime
from typing import IO

from django.db import transaction

from chanjiao.agreements.bridge import word_of
from chanjiao.agreements.models import Agreement, Signature, Version
from chanjiao.files.actions import store_file
from chanjiao.files.archive_names import safe_file_name, safe_name
from chanjiao.files.archives import Archive
from chanjiao.jobs.actions import start_job
from chanjiao.jobs.registry import Progress
from chanjiao.kernel.verdict import Refused
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.sheets.layout import Column
from chanjiao.sheets.texts import to_csv
from chanjiao.trail.actions import record
from chanjiao.training.archive_content import Dossier, dossier_of
from chanjiao.training.archive_word import dossier_as_word
from chanjiao.training.enums import TOOK_PLACE, EntryState
from chanjiao.training.models import ClassArchive, Entry, Placement, TrainingClass

JOB = "training.class_archive"
WORD, TABLE, FILES = "实习档案.docx", "齐备情况.csv", "附件"


def of_class(group: TrainingClass, unit: Unit) -> list[Placement]:
    """The internships of a school's class that took place, by student number."""
    rows = Placement.objects.select_related(
        "student", "school", "tutor", "training_class__programme", "agreement", "consent"
    )
    return list(
        rows.filter(training_class=group, school=unit, state__in=TOOK_PLACE).order_by(
            "student__student_number", "starts_on", "pk"
        )
    )


def ask_archive(group: TrainingClass, unit: Unit, *, by: Actor, at: datetime) -> ClassArchive:
    """Queue the making of a class's zip."""
    if not by.acts_for(unit.pk):
        raise Refused("只有学生所在学校可以办理。")
    if not of_class(group, unit):
        raise Refused("这个班还没有上岗的学生。")
    with transaction.atomic():
        made = ClassArchive.objects.create(
            training_class=group, unit=unit, asked_by=by.user, asked_at=at
        )
        made.job = start_job(
            JOB, f"导出实习档案：{group.name}", {"archive": made.pk}, by=by, at=at,
            link="/member/archives/",
        )  # fmt: skip
        made.save(update_fields=["job"])
        record("training.archive", made, by=by, at=at, data={"class": group.pk})
    return made


def keep_archive(
    made: ClassArchive, content: IO[bytes], name: str, count: int, *, at: datetime
) -> None:
    """The zip is there to be fetched."""
    with transaction.atomic():
        made.file, made.count = store_file(content, name, by=None, at=at), count
        made.save(update_fields=["file", "count"])
        data = {"count": count, "sha256": made.file.digest}
        record("training.archive_done", made, by=None, at=at, data=data)


def write_class(made: ClassArchive, target: IO[bytes], progress: Progress) -> int:
    """Write a class's zip; gives how many students are in it."""
    rows = of_class(made.training_class, made.unit)
    with Archive(target, made.asked_at) as archive:
        done = []
        for number, row in enumerate(rows):
            progress(number, len(rows), f"正在打包 {row.student.name}")
            done.append(_pack(archive, row))
        archive.add_bytes(TABLE, _table(done))
        archive.add_sums()
    progress(len(rows), len(rows), "完成")
    return len(rows)


def write_one(placement: Placement, target: IO[bytes], *, at: datetime) -> Dossier:
    """Write one student's zip."""
    with Archive(target, at) as archive:
        dossier = _pack(archive, placement)
        archive.add_sums()
    return dossier


def folder_of(placement: Placement) -> str:
    student = placement.student
    return safe_name(f"{student.student_number} {student.name}")


def _pack(archive: Archive, placement: Placement) -> Dossier:
    folder = folder_of(placement)
    dossier = dossier_of(placement)
    entries = list(_entries(placement))
    paths: dict[int, list[tuple[str, str]]] = {}
    for entry in entries:
        for one in entry.files.all():
            name = f"{entry.day} {one.file.name}"
            path = archive.add_stored(one.file, f"{folder}/{FILES}", safe_file_name(name))
            paths.setdefault(entry.pk, []).append((name, path.removeprefix(f"{folder}/")))
    word = dossier_as_word(dossier, entries, paths)
    archive.add_bytes(WORD, word, folder)
    for agreement in (placement.agreement, placement.consent):
        if agreement is not None:
            _add_papers(archive, folder, agreement)
    return dossier


def _entries(placement: Placement) -> Sequence[Entry]:
    rows = placement.entries.exclude(state=EntryState.DRAFT).select_related("decided_by")
    return list(rows.prefetch_related("items", "files__file").order_by("day", "pk"))


def _add_papers(archive: Archive, folder: str, agreement: Agreement) -> None:
    """The newest version's Word file, and the scans of what was signed on paper."""
    versions = Version.objects.select_related("document", "agreement").filter(agreement=agreement)
    version = versions.order_by("-number").first()
    if version is None:
        return
    name, word = word_of(version)
    archive.add_bytes(safe_file_name(name), word, folder)
    scans = Signature.objects.select_related("scan", "party").filter(
        version=version, scan__isnull=False
    )
    for signature in scans.order_by("pk"):
        if signature.scan is not None:
            name = f"{agreement.title} {signature.party.label} {signature.scan.name}"
            archive.add_stored(signature.scan, folder, safe_file_name(name))


def _table(done: Sequence[Dossier]) -> bytes:
    """Who lacks what, for the class; opens in Excel."""
    titles = [line.title for line in done[0].lines] if done else []
    columns = [Column(name, name) for name in ("学号", "姓名", "缺项数", *titles)]
    return to_csv((_told(one) for one in done), columns)


def _told(one: Dossier) -> dict[str, str]:
    student = one.placement.student
    told = {"学号": student.student_number, "姓名": student.name, "缺项数": str(len(one.missing))}
    return told | {line.title: "齐" if line.there else f"缺：{line.told}" for line in one.lines}
