"""Imports and rosters on the site."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from chanjiao.needs.enums import ListingState
from chanjiao.needs.models import Post, Student
from chanjiao.sheets.enums import ImportState
from chanjiao.sheets.models import Import
from tests.needs.test_roster import STUDENT
from tests.needs.world import POST, in_state, make_cohort, make_world, upload_rows, workbook
from tests.people.world import AT
from tests.web.parts.places import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def sent(client, address, content, commits, name="清单.xlsx"):
    with commits(execute=True):
        answer = client.post(address, {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302, answer.content.decode()
    return answer.url


def test_from_template_to_rows(world, django_capture_on_commit_callbacks):
    client = signed_in(world.recruiter.user)
    address = reverse("member:post_import")
    template = b"".join(client.get(address, {"file": "template"}).streaming_content)
    book = openpyxl.load_workbook(io.BytesIO(template))
    assert book.sheetnames[0] == "人才需求清单"
    content = workbook("posts", world, world.recruiter, world.firm, [POST, POST | {"place": ""}])
    url = sent(client, address, content.read(), django_capture_on_commit_callbacks)
    report = client.get(url).content.decode()
    for word in ("工作地点", "必填未填", "只导入合格行（1 行）", "还有 1 行有问题"):
        assert word in report
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{url}commit/", {"mode": "good"})
    assert Post.objects.count() == 1
    assert "新增 1 行" in client.get(url).content.decode()
    back = b"".join(client.get(f"{url}returned/").streaming_content)
    assert "退回原因" in [
        c.value for c in openpyxl.load_workbook(io.BytesIO(back)).worksheets[0][3]
    ]


def test_the_example_of_the_template_is_no_row(world, django_capture_on_commit_callbacks):
    client = signed_in(world.recruiter.user)
    address = reverse("member:post_import")
    template = b"".join(client.get(address, {"file": "template"}).streaming_content)
    url = sent(client, address, template, django_capture_on_commit_callbacks)
    assert "文件里没有数据行" in client.get(url).content.decode()


def test_a_hostile_file_says_why_on_the_page(world, django_capture_on_commit_callbacks):
    client = signed_in(world.recruiter.user)
    url = sent(
        client, reverse("member:post_import"), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600,
        django_capture_on_commit_callbacks, "旧表.xls",
    )  # fmt: skip
    text = client.get(url).content.decode()
    assert "文件没有读取" in text and Import.objects.get().state == ImportState.REFUSED


def test_another_unit_sees_neither_the_import_nor_its_files(
    world, django_capture_on_commit_callbacks
):
    made = upload_rows(
        "posts", world, world.recruiter, world.firm, [POST], django_capture_on_commit_callbacks
    )
    base = f"/account/imports/{made.pk}/"
    for actor in (world.rival, world.office, world.outsider, world.stranger):
        client = signed_in(actor.user)
        for address in (base, f"{base}file/", f"{base}returned/"):
            assert client.get(address).status_code == 404
        assert client.post(f"{base}commit/").status_code == 404
    for audience, actor in (("member", world.rival), ("desk", world.office)):
        text = signed_in(actor.user).get(reverse(f"{audience}:import_list")).content.decode()
        assert "清单.xlsx" not in text
    own = signed_in(world.recruiter.user).get(reverse("member:import_list")).content.decode()
    assert "清单.xlsx" in own


def test_the_desk_imports_for_members(world, django_capture_on_commit_callbacks):
    client = signed_in(world.office.user)
    rows = [POST | {"unit_name": world.firm.name}]
    content = workbook("posts", world, world.office, None, rows)
    url = sent(
        client, reverse("desk:post_import"), content.read(), django_capture_on_commit_callbacks
    )
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{url}commit/", {"mode": "all"})
    row = Post.objects.get()
    assert row.unit == world.firm and row.state == ListingState.SUBMITTED


def test_a_firm_has_no_roster_and_the_desk_takes_none_out(world):
    firm, desk = signed_in(world.recruiter.user), signed_in(world.office.user)
    assert "只有学校有学生名册" in firm.get(reverse("member:student_import")).content.decode()
    assert firm.get(reverse("member:student_import"), {"file": "export"}).status_code == 403
    assert desk.get(reverse("desk:student_import"), {"file": "export"}).status_code == 404


@pytest.fixture
def student(world, django_capture_on_commit_callbacks):
    in_state(make_cohort(world), ListingState.PUBLISHED)
    made = upload_rows(
        "students", world, world.teacher, world.school, [STUDENT],
        django_capture_on_commit_callbacks,
    )  # fmt: skip
    from chanjiao.sheets.actions import commit_import

    with django_capture_on_commit_callbacks(execute=True):
        commit_import(made, by=world.teacher, at=AT)
    return Student.objects.get()


def test_the_roster_is_the_schools_own(world, student):
    school = signed_in(world.teacher.user)
    assert student.name in school.get(reverse("member:student_list")).content.decode()
    for actor in (world.recruiter, world.rival):
        client = signed_in(actor.user)
        assert student.name not in client.get(reverse("member:student_list")).content.decode()
        answer = client.post(reverse("member:student_invite"), {"row": [student.pk]})
        assert answer.status_code == 422
        slips = client.post(reverse("member:student_slips", args=[student.cohort_id]))
        assert slips.status_code == 404
    student.refresh_from_db()
    assert student.invitation is None


def test_slips_open_accounts_once(world, student):
    school = signed_in(world.teacher.user)
    page = school.post(reverse("member:student_invite"), {"row": [student.pk]})
    link = page.context["slips"][0]["link"]
    assert link in page.content.decode()
    answer = school.post(reverse("member:student_slips", args=[student.cohort_id]))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    fresh = [cell.value for cell in book.worksheets[0][2]][3]
    assert fresh != link
    from django.test import Client

    path, old = (text.split("testserver")[1] for text in (fresh, link))
    assert Client().get(old).status_code == 410
    typed = {"username": "student-1", "password": "right-horse-77", "again": "right-horse-77"}
    assert Client().post(path, typed).status_code == 302
    student.refresh_from_db()
    assert student.user is not None and student.user.username == "student-1"
