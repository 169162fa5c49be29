"""Reports at the desk and for members: made, fetched, and templates that are refused with places."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from chanjiao.indicators.models import Snapshot
from chanjiao.jobs.models import Job
from chanjiao.reports.models import Report, ReportTemplate
from chanjiao.reports.template import default_template
from tests.documents.test_filling import made
from tests.reports.world import AT, locked, make_world

pytestmark = pytest.mark.django_db


def client_of(actor):
    client = Client()
    client.force_login(actor.user)
    return client


@pytest.fixture
def world(db, time_machine_at):
    return make_world()


@pytest.fixture
def time_machine_at():
    import time_machine

    with time_machine.travel(AT, tick=False):
        yield


def upload(client, content, name="本联合体模板"):
    file = SimpleUploadedFile("模板.docx", content)
    return client.post(reverse("desk:report_templates"), {"name": name, "file": file})


def test_a_report_is_asked_for_once_at_a_time(world):
    client = client_of(world.office)
    data = {"period": world.period.pk, "template": "", "readers": "whole"}
    answer = client.post(reverse("desk:report_new"), data)
    report = Report.objects.get()
    assert answer.url == reverse("desk:report_detail", args=[report.pk])
    assert report.state == "making" and report.is_draft and report.edition == 1
    assert Job.objects.get(kind="reports.make").arguments == {"report": report.pk}
    page = client.get(answer.url).content.decode()
    assert "草稿" in page and "progress" in page
    again = client.post(reverse("desk:report_new"), data)
    assert again.status_code == 422 and Report.objects.count() == 1
    assert "正在生成" in again.content.decode()


def test_no_public_edition_of_a_year_that_is_not_published(world):
    client = client_of(world.office)
    form = client.get(reverse("desk:report_new"), {"readers": "public"}).content.decode()
    assert 'value="public" selected' in form and "没有任务、承诺、供需" in form
    data = {"period": world.period.pk, "template": "", "readers": "public"}
    answer = client.post(reverse("desk:report_new"), data)
    assert answer.status_code == 422 and "还没有发布" in answer.content.decode()
    assert not Report.objects.exists()


def test_a_broken_template_is_told_with_its_places_and_nothing_is_saved(world):
    client = client_of(world.office)
    answer = upload(client, made("{{ 联合体名 }}", table=[["{{ 年度", "x"]]))
    text = answer.content.decode()
    assert answer.status_code == 422 and not ReportTemplate.objects.exists()
    assert "正文第 1 段" in text and "第 1 个表格第 1 行第 1 列" in text
    assert "联合体名称" in text and 'value="本联合体模板"' in text
    for bad in (b"", b"PK\x03\x04 no", made("{{ ''.__class__ }}")):
        assert upload(client, bad).status_code == 422
    assert not ReportTemplate.objects.exists()


def test_templates_are_used_made_default_and_retired(world):
    client = client_of(world.office)
    assert upload(client, default_template()).status_code == 302
    template = ReportTemplate.objects.get()
    assert upload(client, default_template()).status_code == 422  # the name is taken
    client.post(reverse("desk:report_template_step", args=[template.pk, "default"]))
    template.refresh_from_db()
    assert template.is_default
    form = client.get(reverse("desk:report_new")).content.decode()
    assert f'value="{template.pk}" selected' in form
    client.post(reverse("desk:report_template_step", args=[template.pk, "retire"]))
    template.refresh_from_db()
    assert template.retired_at and not template.is_default
    gone = client.post(
        reverse("desk:report_new"),
        {"period": world.period.pk, "template": template.pk, "readers": "whole"},
    )
    assert gone.status_code == 422 and not Report.objects.exists()
    shipped = client.get(reverse("desk:report_template_shipped"))
    assert b"".join(shipped.streaming_content) == default_template()


def test_members_read_only_what_was_published(world):
    from chanjiao.files.actions import store_file

    snapshot = locked(world)
    file = store_file(io.BytesIO(b"PK"), "年度报告.docx", by=None, at=AT)
    report = Report.objects.create(
        period=world.period, edition=1, snapshot=snapshot, state="ready", word=file, excel=file,
        content_digest="1" * 64, made_by=world.office.user, made_at=AT,
    )  # fmt: skip
    teacher, rival = client_of(world.base.teacher), client_of(world.base.outsider)
    address = reverse("member:report_file", args=[report.pk, "word"])
    assert teacher.get(address).status_code == 404
    Snapshot.objects.update(published_at=AT + timedelta(days=1))
    sent = teacher.get(address)
    assert b"".join(sent.streaming_content) == b"PK"
    for close in sent._resource_closers:  # sent.close() would close the connection of the test too
        close()
    assert teacher.get(reverse("member:report_file", args=[report.pk, "excel"])).status_code == 404
    assert rival.get(address).status_code == 404
    assert "2026 年度报告" in teacher.get(reverse("member:report_list")).content.decode()


def test_the_home_asks_for_the_report_of_a_locked_year(world):
    client = client_of(world.office)
    assert "生成 2026 年度报告" not in client.get(reverse("desk:home")).content.decode()
    locked(world)
    assert "生成 2026 年度报告" in client.get(reverse("desk:home")).content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_the_same_number_of_queries_for_one_and_three(
    world, rows, django_assert_max_num_queries
):
    for edition in range(1, rows + 1):
        Report.objects.create(
            period=world.period, edition=edition, state="failed", problem="没有模板",
            made_by=world.office.user, made_at=AT,
        )  # fmt: skip
    client = client_of(world.office)
    client.get(reverse("desk:report_list"))
    with django_assert_max_num_queries(16):
        assert client.get(reverse("desk:report_list")).status_code == 200
