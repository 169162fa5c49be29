"""A class's evidence set: what is in the zip, what the index says is missing, who may have it."""

import hashlib
import io
import zipfile

import pytest
from docx import Document
from openpyxl import load_workbook

from chanjiao.agreements.models import Version
from chanjiao.kernel.verdict import Refused
from chanjiao.training.class_actions import open_class
from chanjiao.training.class_evidence import write_class_evidence
from chanjiao.training.enums import ProgrammeKind
from chanjiao.training.models import TrainingClass
from tests.training.programmes_world import AT, make_programme, make_world, ready

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def zipped(world, one, by=None):
    target = io.BytesIO()
    one = TrainingClass.objects.select_related(
        "programme__agreement", "programme__unit", "cohort__unit", "notice"
    ).get(pk=one.pk)
    pieces = write_class_evidence(one, target, by=by or world.teacher, at=AT)
    return zipfile.ZipFile(target), {piece.name: piece.missing for piece in pieces}


def index(archive):
    rows = load_workbook(io.BytesIO(archive.read("索引.xlsx")))["索引"].iter_rows(values_only=True)
    return [tuple(cell or "" for cell in row) for row in rows]


def test_a_complete_class_has_everything_and_its_digests_hold(world):
    row = ready(world)
    Version.objects.create(
        agreement=row.agreement, number=1, values={}, text="第一条 培养目标", digest="0" * 64,
        made_by=world.teacher.user, made_at=AT,
    )  # fmt: skip
    archive, missing = zipped(world, row.classes.get())
    assert set(missing.values()) == {""}
    agreed, *rest = archive.namelist()
    assert agreed.startswith("1 培养协议/") and agreed.endswith("第1版）.docx")
    assert rest == [
        "2 开班通知/开班通知.pdf", "3 班级名单/班级名单.xlsx",
        "4 培养计划/培养计划.xlsx", "4 培养计划/培养计划.docx", "索引.xlsx", "SHA256SUMS",
    ]  # fmt: skip
    for line in archive.read("SHA256SUMS").decode().splitlines():
        digest, name = line.split("  ", 1)
        assert hashlib.sha256(archive.read(name)).hexdigest() == digest
    roster = load_workbook(io.BytesIO(archive.read("3 班级名单/班级名单.xlsx")))["班级名单"]
    cells = {cell for cells in roster.iter_rows(values_only=True) for cell in cells}
    assert {student.name for student in world.students} <= cells
    words = Document(io.BytesIO(archive.read("4 培养计划/培养计划.docx")))
    text = "\n".join(p.text for p in words.paragraphs)
    assert "总学时 8 小时" in text and "占 50.0%" in text and "真实项目占 66.7%" in text
    assert [line[1] for line in index(archive)[1:]] == ["是"] * 5


def test_the_index_says_what_is_missing_and_what_the_kind_demands(world):
    row = make_programme(world, ProgrammeKind.APPRENTICE)
    one = open_class(row, world.cohort, name="空班", **world.by)
    archive, missing = zipped(world, one)
    assert missing == {
        "培养协议": "没有培养协议", "开班通知": "没有上传开班通知", "班级名单": "名单里没有在班学生",
        "培养计划": "计划没有条目",
    }  # fmt: skip
    told = [line[2] for line in index(archive) if line[0] == "项目要求"]
    assert any(text.startswith("没有培养协议；") for text in told)


def test_names_leave_the_school_with_nobody_else(world):
    one = ready(world).classes.get()
    for actor in (world.recruiter, world.office, world.other_teacher):
        with pytest.raises(Refused, match="个人信息"):
            zipped(world, one, by=actor)


def test_the_same_class_at_the_same_moment_gives_the_same_files(world):
    one = ready(world).classes.get()
    first, second = zipped(world, one)[0], zipped(world, one)[0]
    assert [i.CRC for i in first.infolist() if "xlsx" not in i.filename and "SUMS" not in i.filename] == [
        i.CRC for i in second.infolist() if "xlsx" not in i.filename and "SUMS" not in i.filename
    ]  # fmt: skip
