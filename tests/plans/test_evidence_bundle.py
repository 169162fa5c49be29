"""佐证材料 as a zip, read back: names, digests, links, what is in it and for whom."""

import hashlib
import io
import json
import re
import subprocess
import zipfile
from urllib.parse import unquote

import docx
import openpyxl
import pytest

from chanjiao.files.archive_names import FILE, Names, safe_file_name, safe_name
from chanjiao.kernel.verdict import Refused
from chanjiao.plans import evidence_actions as actions
from chanjiao.plans import records
from chanjiao.plans.evidence_bundle import ask_bundle, write_bundle
from chanjiao.plans.evidence_check_actions import accept_evidence, add_use
from chanjiao.plans.evidence_queries import bundles_visible_to
from chanjiao.plans.models import Evidence, EvidenceBundle, EvidenceFile, Task
from chanjiao.plans.tasks import run_bundle
from tests.people.world import AT
from tests.plans.evidence_world import accepted, asked, make_world, pdf, picture, submitted
from tests.plans.test_evidence_files import listing


# Names -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("产业学院建设方案", "产业学院建设方案"),
        ("A/B:C?", "A-B：C？"),
        ("../../etc", "-..-etc"),
        ("  末尾点. . ", "末尾点"),
        ("CON", "CON_"),
        ("lpt1.txt", "lpt1.txt_"),
        ("", "未命名"),
        ("...", "未命名"),
        ("100%#1", "100-1"),
        ("换\n行\x00", "换行"),
        ("\u202egpj.exe", "gpj.exe"),
    ],
)
def test_names_that_windows_takes(text, name):
    assert safe_name(text) == name


def test_a_long_name_keeps_its_extension():
    name = safe_file_name("很长的名字" * 40 + ".PDF")
    assert len(name) == FILE and name.endswith(".pdf")


def test_doubles_are_told_apart_whatever_their_case():
    names = Names()
    made = [names.once("夹", name) for name in ("Photo.jpg", "photo.JPG", "photo.jpg", "无")]
    assert made == ["夹/Photo.jpg", "夹/photo (2).JPG", "夹/photo (3).jpg", "夹/无"]
    assert names.once("夹", "无") == "夹/无 (2)"


# The zip ---------------------------------------------------------------------------------------
pytestmark = pytest.mark.django_db


def bundle_of(world, unit=None):
    return EvidenceBundle.objects.create(
        plan=world.plan, unit=unit, asked_by=world.office.user, asked_at=AT
    )


def zipped(made) -> zipfile.ZipFile:
    target = io.BytesIO()
    write_bundle(made, target, lambda *_: None)
    return zipfile.ZipFile(io.BytesIO(target.getvalue()))


def full_world():
    """Two files of one name, a live record, a reference, a news link, one not yet accepted."""
    world = make_world()
    Task.objects.filter(pk=world.tasks[0].pk).update(name="产业学院：建设/运行" + "很长" * 30)
    world.tasks[0].refresh_from_db()
    photos = accepted(world, asked(world), picture(), picture(), name="揭牌 照片.jpg")
    other = asked(world, world.tasks[1])
    other = actions.refer_to_evidence(other, photos, by=world.teacher, at=AT)
    accept_evidence(actions.submit_evidence(other, by=world.teacher, at=AT), by=world.office, at=AT)
    record = asked(world, world.tasks[1], "other")
    record = actions.refer_to_record(
        record, records.kind_called("teams"), listing(world).pk, by=world.teacher, at=AT
    )
    record = actions.submit_evidence(record, by=world.teacher, at=AT)
    accept_evidence(record, by=world.office, at=AT)
    accepted(world, asked(world, world.tasks[2], "contract"), pdf("合同"), name="=合同#1.pdf")
    submitted(world, asked(world, world.tasks[2], "invoice"), pdf("发票"), name="发票.pdf")
    add_use(photos, None, "14", by=world.office, at=AT)
    return world


def test_read_back(tmp_path):
    world = full_world()
    archive = zipped(bundle_of(world))
    names = archive.namelist()
    assert [name for name in names if "/" not in name] == ["索引.xlsx", "索引.docx", "SHA256SUMS"]
    jpgs = [name for name in names if name.endswith(".jpg")]
    assert len(jpgs) == 2 and all("2-1-1-1 揭牌活动照片/" in name for name in jpgs)
    assert not any("发票" in name for name in names)  # not accepted
    assert all(len(name) < 160 and not re.search(r'[<>:"\\|?*#%]', name) for name in names)
    archive.extractall(tmp_path)
    checked = subprocess.run(
        ["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=tmp_path, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr
    assert len(checked.stdout.splitlines()) == len(names) - 1


def test_the_record_in_the_zip_has_the_digest_that_was_accepted():
    archive = zipped(bundle_of(full_world()))
    (name,) = (name for name in archive.namelist() if name.endswith("平台记录.json"))
    content = archive.read(name)
    row = Evidence.objects.get(record_label="teams")
    assert hashlib.sha256(content).hexdigest() == row.digest
    assert json.loads(content)["content"]["名称"] == "智能制造团队"


def test_the_excel_index_links_to_every_file():
    archive = zipped(bundle_of(full_world()))
    sheet = openpyxl.load_workbook(io.BytesIO(archive.read("索引.xlsx"))).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [row[2] for row in rows] == [
        "2-1-1-1", "2-1-1-1", "2-1-2-1", "2-1-2-2", "2-2-1-1", "2-2-1-2",
    ]  # fmt: skip
    links = [unquote(cell.hyperlink.target) for cell in sheet["V"][1:] if cell.hyperlink]
    linked = {link.removeprefix("file:///").replace("\\", "/") for link in links}
    inside = {n for n in archive.namelist() if "/" in n}
    assert linked == inside
    assert rows[0][18] == "2-1-1、2-1-2" and rows[0][19] == "14"
    assert "引用 2-1-1-1" in rows[2][13]


def test_the_word_index_links_to_every_file_and_page():
    archive = zipped(bundle_of(full_world()))
    word = docx.Document(io.BytesIO(archive.read("索引.docx")))
    targets = {r.target_ref for r in word.part.rels.values() if r.is_external}
    assert {unquote(target) for target in targets} == {n for n in archive.namelist() if "/" in n}
    assert not any(" " in target for target in targets)
    xml = word.element.xml
    marks = set(re.findall(r'w:bookmarkStart[^>]*w:name="(task\d+)"', xml))
    assert len(marks) == 3 and all(f"PAGEREF {mark} " in xml for mark in marks)
    assert "TOC " in xml and "w:tblHeader" in xml


def test_a_damaged_file_is_found():
    world = make_world()
    one = accepted(world, asked(world)).files.get().file
    with open(one.file.path, "r+b") as content:
        content.seek(30)
        content.write(b"\0\1\2\3")
    with pytest.raises(Refused, match="校验值不符"):
        zipped(bundle_of(world))


def test_a_unit_gets_its_own_only():
    world = full_world()
    archive = zipped(bundle_of(world, world.firm))
    folders = {name.split(" ")[0] for name in archive.namelist() if "/" in name}
    assert folders == {"2-2-1"}


def test_the_job_makes_it_once(django_capture_on_commit_callbacks):
    world = full_world()
    with django_capture_on_commit_callbacks(execute=True):
        made = ask_bundle(world.plan, None, by=world.office, at=AT)
    made.refresh_from_db()
    assert made.file is not None and made.count == 3
    digest = made.file.digest
    run_bundle(made.job, lambda *_: None)
    made.refresh_from_db()
    assert made.file.digest == digest


def test_who_may_have_which():
    world = make_world()
    whole, own = bundle_of(world), bundle_of(world, world.school)
    assert set(bundles_visible_to(world.office)) == {whole, own}
    assert set(bundles_visible_to(world.teacher)) == {own}
    for actor in (world.recruiter, world.outsider, world.far_office, None):
        assert not bundles_visible_to(actor).exists()
    with pytest.raises(Refused):
        ask_bundle(world.plan, None, by=world.teacher, at=AT)
    with pytest.raises(Refused):
        ask_bundle(world.plan, world.school, by=world.recruiter, at=AT)


def test_files_taken_out_are_not_in_it():
    world = make_world()
    row = accepted(world, asked(world), picture(), picture())
    EvidenceFile.objects.filter(pk=row.files.last().pk).update(removed_at=AT)
    assert sum(n.endswith(".jpg") for n in zipped(bundle_of(world)).namelist()) == 1
