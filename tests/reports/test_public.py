"""What reports are made of once a year is locked, and what of it the public and each member get."""

import io
import re
import zipfile
from datetime import datetime
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from docx import Document
from openpyxl import load_workbook

from chanjiao.council.models import Delivery
from chanjiao.documents.filling import check_template
from chanjiao.documents.names import walk
from chanjiao.indicators import freezing, typed
from chanjiao.indicators.actions import open_period, publish_period, start_reporting
from chanjiao.indicators.bridge import facts_of
from chanjiao.indicators.checklist import close_of
from chanjiao.indicators.computing import refresh_figures, standing_of
from chanjiao.indicators.enums import PeriodState
from chanjiao.indicators.models import Period, Snapshot
from chanjiao.indicators.pack_report import report_of
from chanjiao.indicators.packing import pack_facts
from chanjiao.indicators.values import shown
from chanjiao.jobs.models import Job
from chanjiao.jobs.tasks import run_job
from chanjiao.kernel.clock import ZONE
from chanjiao.kernel.verdict import Refused
from chanjiao.people.models import User
from chanjiao.reports.actions import ask_report
from chanjiao.reports.content import content_of, public_content_of
from chanjiao.reports.models import Report
from chanjiao.reports.names import NAMES, PUBLIC_NAMES
from chanjiao.reports.own import own_workbook
from chanjiao.reports.public_template import public_template
from chanjiao.reports.queries import awaiting_public
from chanjiao.reports.tasks import word_of
from chanjiao_engine.indicators.packs import verify_bytes
from tests.indicators.world import AFTER, AT, Year, make_year

pytestmark = pytest.mark.django_db
BEFORE = datetime(2026, 1, 20, 10, 0, tzinfo=ZONE)
REASON = "管委会文件第七号"
CODES = ["3", "11", "12"]


@pytest.fixture(autouse=True)
def verified_here(monkeypatch):
    monkeypatch.setattr(
        freezing, "verified", lambda data, pin: report_of(verify_bytes(data, pins=[pin]))
    )


@pytest.fixture
def year(db) -> Year:
    """2026 in reporting, the year before locked; people with names that are found again."""
    made = make_year(PeriodState.REPORTING)
    for actor, name in ((made.office, "秦办公"), (made.second, "傅复核")):
        User.objects.filter(pk=actor.pk).update(name=name)
        actor.user.name = name
    last = open_period(made.world.consortium, 2025, made.version, by=made.office, at=BEFORE)
    start_reporting(last, by=made.office, at=BEFORE)
    lock(made, last, BEFORE)
    refresh_figures(made.reload(), at=AT)
    return made


def lock(year: Year, period: Period, at: datetime) -> Snapshot:
    period = Period.objects.select_related("consortium", "set_version").get(pk=period.pk)
    refresh_figures(period, at=at)
    standing = standing_of(period)
    for code, outcome in standing.outcomes.items():
        if standing.found.indicator(code).source.value == "confirmed" and outcome.value is not None:
            typed.confirm_value(period, code, outcome.value, by=year.office, at=at)
    for line in close_of(period, on=at.date()).changes:
        if line.is_open:
            typed.explain_change(period, line.code, "本年起步。", by=year.office, at=at)
    return freezing.lock_period(period, "仍缺年报", by=year.office, at=at)


def locked(year: Year) -> Snapshot:
    row = typed.enter_value(
        year.reload(), "11", Decimal(3), REASON, ["1-1-1-1"], by=year.office, at=AFTER
    )
    typed.approve_value(row, by=year.second, at=AFTER)
    snapshot = lock(year, year.reload(), AFTER)
    year.reload()
    return snapshot


def published(year: Year, *, pack: bool = True) -> Snapshot:
    snapshot = locked(year)
    publish_period(year.period, CODES, public_pack=pack, by=year.office, at=AFTER)
    year.reload()
    return snapshot


def made_public(year: Year) -> Report:
    with time_machine.travel(AFTER, tick=False):
        report = ask_report(year.period, None, public=True, by=year.office, at=AFTER)
        run_job.func(Job.objects.get(kind="reports.make").pk)
    report.refresh_from_db()
    assert report.state == "ready", report.problem
    return report


def text_of(data: bytes) -> str:
    document = Document(io.BytesIO(data))
    found = [p.text for p in document.paragraphs]
    found += [c.text for t in document.tables for r in t.rows for c in r.cells]
    found += [p.text for s in document.sections for p in s.header.paragraphs]
    return "\n".join(found)


# A locked year -------------------------------------------------------------------------------
def test_a_locked_year_reads_the_facts_of_its_pack(year):
    snapshot = locked(year)
    before = content_of(year.period, edition=1, at=AFTER)
    Delivery.objects.update(quantity=1)
    after = content_of(year.period, edition=2, at=AFTER)
    kept, live = pack_facts(snapshot.pack.file), facts_of(year.period)
    assert after.facts["delivery"] == kept["delivery"] != live["delivery"]
    assert {name: table.num_rows for name, table in after.facts.items()} == snapshot.row_counts
    assert after.context["承诺"] == before.context["承诺"] and after.digest == before.digest
    assert after.context["承诺"][0]["兑现"] == "5 万元"


# Drafts --------------------------------------------------------------------------------------
def test_a_draft_compares_with_last_year(year):
    content = content_of(year.period, edition=1, at=AT)
    assert content.context["稿别"] == "草稿，数值未锁定" and content.context["变动说明"] == ""
    line = next(row for row in content.context["变动"] if row["编号"] == "12")
    assert (line["上年"], line["本年"]) == ("0.00 万元", "5.00 万元")
    assert line["原因"] == "待说明" and year.world.firms[0].name in line["主要来源"]
    typed.explain_change(year.period, "12", "首笔捐赠到账。", by=year.office, at=AT)
    again = content_of(year.period, edition=1, at=AT).context["变动"]
    assert next(row for row in again if row["编号"] == "12")["原因"] == "首笔捐赠到账。"


def test_the_first_year_says_that_there_is_none_before(year):
    first = Period.objects.select_related("consortium", "set_version").get(year=2025)
    assert "没有上一年度" in content_of(first, edition=1, at=AT).context["变动说明"]


# The public edition --------------------------------------------------------------------------
def test_the_public_knows_a_part_of_the_names_and_its_template_no_others():
    known = {name.key: {field.key for _, field in walk(name.fields)} for name in NAMES}
    for name in PUBLIC_NAMES:
        assert {field.key for _, field in walk(name.fields)} <= known[name.key]
    inner = {"任务", "承诺", "决议", "人工填报", "指标类别", "佐证总数", "秘书处人数"}
    assert not inner & {name.key for name in PUBLIC_NAMES}
    assert check_template(public_template(), PUBLIC_NAMES) == []


def test_there_is_no_public_edition_before_the_year_is_published(year):
    locked(year)
    with pytest.raises(Refused, match="还没有发布"):
        ask_report(year.period, None, public=True, by=year.office, at=AFTER)
    assert not awaiting_public(year.world.consortium)


def test_the_public_edition_says_what_was_published_and_nothing_else(year):
    snapshot = published(year)
    assert list(awaiting_public(year.world.consortium)) == [year.period]
    report = made_public(year)
    assert not awaiting_public(year.world.consortium)
    assert report.snapshot == snapshot and report.excel is None
    content = public_content_of(year.period, edition=1, at=AFTER)
    assert set(content.context) == {name.key for name in PUBLIC_NAMES}
    found, outcomes = content.standing.found, content.standing.outcomes
    said = {row["编号"]: row["值"] for row in report.said["指标"]}
    assert said == {code: shown(found.indicator(code), outcomes[code]) for code in CODES}
    assert {row["编号"] for row in report.said["变动"]} <= set(CODES)
    with report.word.file.open("rb") as file:
        word = text_of(file.read())
    assert "5.00 万元" in word and snapshot.pack.public_file.digest in word
    assert f"--fingerprint {snapshot.pack.fingerprint}" in word
    for secret in (*secrets(year), snapshot.pack.file.digest):
        assert secret not in word, secret
        assert secret not in str(report.said), secret
        assert secret in inside(year, snapshot) or secret.startswith("任务"), secret


def secrets(year: Year) -> list[str]:
    """Persons, evidence, what a value by hand rests on, and another indicator than the published."""
    return ["秦办公", "傅复核", REASON, "1-1-1-1", "决议按期办结率"]


def inside(year: Year, snapshot: Snapshot) -> str:
    """The whole edition, where these are to be found."""
    content = content_of(year.period, edition=1, at=AFTER)
    return text_of(word_of(Report(period=year.period, made_at=AFTER), content))


def test_without_the_pack_the_public_edition_names_none(year):
    published(year, pack=False)
    content = public_content_of(year.period, edition=1, at=AFTER)
    assert content.context["证据包摘要"] == content.context["核验命令"] == ""
    assert "没有公开证据包" in content.context["核验说明"]


def test_nobodys_name_is_in_the_public_pack(year):
    snapshot = published(year)
    with snapshot.pack.file.file.open("rb") as file:
        whole = file.read()
    with snapshot.pack.public_file.file.open("rb") as file:
        public = file.read()
    for name in ("秦办公", "傅复核"):
        assert name.encode() in whole and name.encode() not in public
    notes = zipfile.ZipFile(io.BytesIO(public)).read("notes/changes.json").decode()
    assert "本年起步。" in notes and '"by":"秘书处"' in notes


def test_the_public_page_shows_the_report_and_gives_its_files(year):
    snapshot = published(year)
    page = reverse("portal:period_report", args=[year.period.pk])
    assert Client().get(page).status_code == 404
    made_public(year)
    shown_page = Client().get(page).content.decode()
    assert "5.00 万元" in shown_page and "本年起步。" in shown_page
    assert f"--fingerprint {snapshot.pack.fingerprint}" in shown_page
    for secret in secrets(year):
        assert secret not in shown_page, secret
    assert page in Client().get(reverse("portal:period", args=[year.period.pk])).content.decode()
    word = reverse("portal:period_report_file", args=[year.period.pk, "word"])
    sent = Client().get(word)
    assert b"".join(sent.streaming_content).startswith(b"PK")
    for close in sent._resource_closers:
        close()
    assert Client().get(word.replace("word", "excel")).status_code == 404


def test_a_correction_leaves_the_public_edition_of_what_is_in_sight(year):
    from chanjiao.indicators.actions import correct_period

    snapshot = published(year)
    correct_period(year.period, "漏报一家", by=year.office, at=AFTER)
    Delivery.objects.update(quantity=1)
    year.reload()
    content = public_content_of(year.period, edition=1, at=AFTER)
    assert content.standing.snapshot == snapshot
    assert "5.00 万元" in {row["值"] for row in content.context["指标"]}


# A member's own workbook ----------------------------------------------------------------------
@pytest.mark.parametrize("state", ["live", "locked"])
def test_each_member_gets_its_own_rows_and_nobody_elses(year, state):
    if state == "locked":
        locked(year)
    mine, other = year.world.firms
    data = own_workbook(year.period, mine.credit_code, mine.name)
    book = load_workbook(io.BytesIO(data))
    cells = [
        str(c) for sheet in book for row in sheet.iter_rows(values_only=True) for c in row if c
    ]
    assert mine.credit_code in cells
    assert other.credit_code not in cells and REASON not in " ".join(cells)
    listed = 0
    for sheet in book.worksheets[1:]:
        heads = [cell.value for cell in sheet[4]]
        units = [
            at for at, head in enumerate(heads) if re.search("单位|信用代码|责任单位", str(head))
        ]
        for row in sheet.iter_rows(min_row=5, values_only=True):
            assert mine.credit_code in {row[at] for at in units}, (sheet.title, row)
            listed += 1
    assert listed > 3
    values = {row[0]: row[4] for row in book.worksheets[0].iter_rows(min_row=5, values_only=True)}
    assert Decimal(str(values["12"])) == standing_of(year.period).outcomes["12"].value


def test_the_workbook_comes_from_the_members_page_of_the_year(year):
    with time_machine.travel(AT, tick=False):
        client = Client()
        client.force_login(year.rival.user)
        listed = client.get(reverse("member:indicator_list", args=[year.period.pk]))
        address = reverse("member:indicator_workbook", args=[year.period.pk])
        assert address in listed.content.decode()
        sent = client.get(address)
        book = load_workbook(io.BytesIO(b"".join(sent.streaming_content)))
    text = " ".join(str(c) for s in book for r in s.iter_rows(values_only=True) for c in r if c)
    mine, other = year.world.firms[1], year.world.firms[0]
    assert mine.credit_code in text and other.credit_code not in text
