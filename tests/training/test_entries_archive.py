"""The zip: folders, links that lead, digests that check, bytes that were changed on the disk."""

import hashlib
import io
import zipfile
from pathlib import Path
from urllib.parse import unquote

import pytest
from docx import Document

from chanjiao.kernel.verdict import Refused
from chanjiao.training import marking_actions as marking
from chanjiao.training.archive_bundle import ask_archive, write_one
from chanjiao.training.entry_actions import change_entry
from chanjiao.training.models import Placement, TrainingClass
from tests.people.world import AT
from tests.training.entry_papers import signed
from tests.training.entry_world import journal, make_world, photo, values, written

pytestmark = pytest.mark.django_db


def packed(placement):
    target = io.BytesIO()
    write_one(Placement.objects.get(pk=placement.pk), target, at=AT)
    return zipfile.ZipFile(target)


def test_everything_is_in_its_place():
    world = make_world()
    row = written(world)
    change_entry(
        row, values(world), uploads=[photo("a:b?.jpg"), photo("x.jpg")], revision=1,
        by=world.pupil(), at=AT,
    )  # fmt: skip
    page = written(world, values=journal(world))
    marking.mark_entry(page, 85, "写得具体", revision=1, by=world.teacher, at=AT)
    written(world, submit=False, text="草稿不入档")
    placement = world.placements[0]
    Placement.objects.filter(pk=placement.pk).update(agreement=signed(world, "tripartite"))
    archive = packed(placement)
    folder = f"{placement.student.student_number} {placement.student.name}"
    names = set(archive.namelist())
    assert {
        f"{folder}/实习档案.docx", next(n for n in names if n.startswith(f"{folder}/tripartite协议（")),
        f"{folder}/tripartite协议 学生 签字页.pdf", "SHA256SUMS",
    } <= names  # fmt: skip
    assert len([name for name in names if name.startswith(f"{folder}/附件/")]) == 2
    for line in archive.read("SHA256SUMS").decode().splitlines():
        digest, path = line.split("  ", 1)
        assert hashlib.sha256(archive.read(path)).hexdigest() == digest
    document = Document(io.BytesIO(archive.read(f"{folder}/实习档案.docx")))
    told = "\n".join(p.text for p in document.paragraphs)
    cells = "\n".join(
        cell.text for table in document.tables for r in table.rows for cell in r.cells
    )
    assert "85 分" in told and "写得具体" in told and "草稿不入档" not in told + cells
    assert "实习责任保险" in cells and "没有保单" in cells
    links = [rel.target_ref for rel in document.part.rels.values() if rel.is_external]
    assert len(links) == 2 and all(f"{folder}/{unquote(one)}" in names for one in links)


def test_changed_bytes_are_told_not_packed():
    world = make_world()
    row = change_entry(
        written(world), values(world), uploads=[photo()], revision=1, by=world.pupil(), at=AT
    ).entry
    Path(row.files.get().file.file.path).write_bytes(b"changed")
    with pytest.raises(Refused, match="校验值不符"):
        packed(world.placements[0])


def test_who_asks_for_a_class_and_for_an_empty_one():
    world = make_world()
    with pytest.raises(Refused, match="只有学生所在学校"):
        ask_archive(world.training_class, world.school, by=world.recruiter, at=AT)
    empty = TrainingClass.objects.create(
        programme=world.training_class.programme, cohort=world.base.cohorts[0], name="空班"
    )
    with pytest.raises(Refused, match="还没有上岗"):
        ask_archive(empty, world.school, by=world.teacher, at=AT)
