"""The report is read back: every figure in Word, PDF and Excel is the outcome's, and no other."""

import io
import re
import subprocess
from decimal import Decimal

import pytest
import time_machine
from docx import Document
from openpyxl import load_workbook

from chanjiao.documents.filling import check_template
from chanjiao.indicators.values import shown, threshold_shown
from chanjiao.jobs.models import Job
from chanjiao.jobs.tasks import run_job
from chanjiao.reports.actions import ask_report
from chanjiao.reports.content import content_of
from chanjiao.reports.figures import conclusion, source_mark
from chanjiao.reports.models import Report
from chanjiao.reports.names import NAMES
from chanjiao.reports.tasks import source_of, word_of
from chanjiao.reports.template import default_template
from chanjiao.reports.workbook import LIST, write_workbook
from chanjiao_engine.indicators.definitions import Category
from chanjiao_engine.indicators.outcomes import State
from tests.reports.world import AT, LOCKED, locked, make_world, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db):
    return make_world()


def contents(world, edition=1, at=AT):
    return content_of(world.period, edition=edition, at=at)


def word(world, content=None):
    content = content or contents(world)
    return word_of(Report(period=world.period, made_at=AT), content)


def texts(document):
    found = [p.text for p in document.paragraphs]
    found += [c.text for t in document.tables for r in t.rows for c in r.cells]
    return "\n".join(found)


def test_the_shipped_template_names_what_there_is(world):
    assert check_template(default_template(), NAMES) == []
    keys = set(contents(world).context)
    assert keys == {name.key for name in NAMES}


def test_rows_have_the_declared_fields_and_no_others(world):
    def compare(name, value):
        if name.kind != "rows":
            return
        assert isinstance(value, list)
        for row in value:
            assert set(row) == {field.key for field in name.fields}, name.key
            for field in name.fields:
                compare(field, row[field.key])

    locked(world)
    context = contents(world).context
    for name in NAMES:
        compare(name, context[name.key])
    filled = [n.key for n in NAMES if n.kind == "rows" and context[n.key]]
    assert set(filled) == {n.key for n in NAMES if n.kind == "rows"}


def test_every_indicator_in_the_word_is_its_outcome(world):
    content = contents(world)
    document = Document(io.BytesIO(word(world, content)))
    rows = [[c.text for c in r.cells] for t in document.tables for r in t.rows]
    by_code = {row[1]: row for row in rows if len(row) == 8 and row[1] != "编号"}
    found, outcomes = content.standing.found, content.standing.outcomes
    assert set(by_code) == {one.code for one in found.indicators} and len(by_code) == 44
    values = 0
    for one in found.indicators:
        out, row = outcomes[one.code], by_code[one.code]
        assert row[2] == one.name and row[0] == one.second
        said = "".join(row[3:5]) if row[4] == "%" else f"{row[3]} {row[4]}".strip()
        assert said == shown(one, out)
        assert row[5] == (threshold_shown(one) or "—")
        assert row[6] == conclusion(one, out) and row[7] == source_mark(one, out)
        values += out.state is State.VALUE
        assert out.state is State.VALUE or row[3] in {"暂无数据来源", "待填报", "无法计算"}
    assert values > 10
    assert by_code["1"][3:5] == ["1,234.56", "亿元"] and by_code["1"][7] == "人工填报"


def test_groups_are_in_the_indicators_unit(world):
    row = next(row for row in contents(world).context["指标"] if row["编号"] == "12")
    assert row["值"] == "240.00 万元" and row["分组"] == "企 240.00 万元"


def test_veto_items_stand_apart(world):
    content = contents(world)
    document = Document(io.BytesIO(word(world, content)))
    tables = [[[c.text for c in r.cells] for r in t.rows] for t in document.tables]
    veto = {one.code for one in content.standing.found.indicators if one.category is Category.VETO}
    with_veto = [
        t for t in tables if {row[1] for row in t if len(row) > 1} & veto and len(t[0]) == 8
    ]
    assert len(with_veto) == 1 and {row[1] for row in with_veto[0][1:]} == veto
    chart = content.context["达标情况图"]
    assert "真实性" not in chart.categories


def test_the_years_figures(world):
    said = contents(world).context
    wanted = {
        "会议次数": 1, "足额会议次数": 1, "决议总数": 2, "通过决议数": 2, "办结决议数": 1,
        "决议办结率": "50.0%", "任务总数": 2, "总进度": "0%", "成员总数": 3, "企业成员数": 2,
        "学校成员数": 1, "政府成员数": 0, "年度": 2026, "期末": "2026年12月31日",
    }  # fmt: skip
    assert {key: said[key] for key in wanted} == wanted
    assert said["会议"][0] | {"名称": ""} == {
        "日期": "2026-06-01", "机构": "理事会", "名称": "", "形式": "会议", "应到": 4, "实到": 3,
        "委托": 1, "法定人数": "达到",
    }  # fmt: skip
    assert [(row["种类"], row["承诺"], row["兑现"], row["兑现率"]) for row in said["承诺"]] == [
        ("资金", "300 万元", "240 万元", "80.0%"), ("岗位", "40 个", "10 个", "25.0%"),
    ]  # fmt: skip
    document = texts(Document(io.BytesIO(word(world))))
    assert "表决议案 2 项，通过 2 项，期末已办结 1 项，办结率 50.0%" in document
    assert "岗位" in document and "25.0%" in document


def test_the_label_is_in_the_header_of_every_page_and_a_draft_says_so(world):
    document = Document(io.BytesIO(word(world)))
    section = document.sections[0]
    label = contents(world).standing.found.label
    assert label
    for header in (section.header, section.even_page_header):
        assert header.paragraphs[0].text == f"{label}　草稿，数值未锁定"
    locked(world)
    document = Document(io.BytesIO(word(world)))
    assert document.sections[0].header.paragraphs[0].text == label
    assert "新增一家企业" in texts(document) and "示例电机厂 +1" in texts(document)


def test_typed_values_have_their_annex(world):
    document = texts(Document(io.BytesIO(word(world))))
    assert "园区统计公报第 3 页" in document and "1-1-1-1" in document
    assert world.office.name in document and world.base.second.name in document


def test_same_figures_same_digest_and_bytes_other_figures_others(world):
    first, again = contents(world), contents(world, edition=2)
    assert first.digest == again.digest
    assert word(world, first) == word(world, contents(world))
    assert excel(world, first) == excel(world, again)
    typed(world.base, world.period, "8", "50", "财务决算")
    with time_machine.travel(AT, tick=False):
        from chanjiao.indicators.computing import refresh_figures

        refresh_figures(world.period, at=AT)
    assert contents(world).digest != first.digest


# Excel ---------------------------------------------------------------------------------------
def excel(world, content=None):
    content = content or contents(world)
    return write_workbook(source_of(Report(period=world.period), content))


def test_the_workbooks_values_are_the_outcomes_and_its_rows_add_up_to_them(world):
    content = contents(world)
    data = excel(world, content)
    cached = load_workbook(io.BytesIO(data), data_only=True)
    formulas = load_workbook(io.BytesIO(data))
    rows = list(cached[LIST].iter_rows(min_row=5, values_only=True))
    assert len(rows) == 44
    summed = 0
    for at, (row, one) in enumerate(zip(rows, content.standing.found.indicators, strict=True), 5):
        out = content.standing.outcomes[one.code]
        assert row[0] == one.code
        if out.value is not None:
            assert Decimal(str(row[4])) == out.value
        else:
            assert row[4] == shown(one, out)
        link = formulas[LIST].cell(at, 4).hyperlink
        if link:
            assert link.location.split("!")[0].strip("'") in cached.sheetnames
        summed += _checked(formulas, cached, at, row)
    assert summed > 8
    assert content.standing.found.label in [c.value for c in cached[LIST]["A"]]


def _checked(formulas, cached, at, row):
    """Recompute a row's formulas with the sheet's own cells, as Excel does."""
    done = 0
    for column, cell in ((11, row[10]), (12, row[11])):
        text = formulas[LIST].cell(at, column).value
        if not isinstance(text, str) or not text.startswith("="):
            continue
        assert cell is not None
        done += 1
        found = re.search(r"'([^']+)'!\$([A-Z]+)\$(\d+):\$[A-Z]+\$(\d+)", text)
        if found is None:
            assert text == "=0" and cell == 0
            continue
        name, letter, first, last = found.groups()
        values = [c.value for (c,) in cached[name][f"{letter}{first}:{letter}{last}"]]
        assert cached[name][f"{letter}{int(first) - 1}"].value == "计入"
        wanted = (
            len({v for v in values if v is not None})
            if "COUNTIF" in text
            else sum(Decimal(str(v)) for v in values if v is not None)
        )
        assert Decimal(str(cell)) == wanted
    if row[13] is not None:
        assert row[14] == "一致" and abs(Decimal(str(row[13])) - Decimal(str(row[4]))) <= Decimal(
            "0.01"
        )
    return done


# Making --------------------------------------------------------------------------------------
@pytest.mark.converter
def test_a_report_is_made_with_its_pdf(world):
    locked(world)
    with time_machine.travel(LOCKED, tick=False):
        report = ask_report(world.period, None, by=world.office, at=LOCKED)
        run_job.func(Job.objects.get(kind="reports.make").pk)
    report.refresh_from_db()
    assert (report.state, report.problem, report.pdf_problem) == ("ready", "", "")
    assert report.word.digest and report.excel.digest and report.content_digest
    with report.pdf.file.open("rb") as file:
        pdf = file.read()
    text = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()
    pages = text.split("\f")[:-1]
    label = content_of(world.period, edition=1, at=LOCKED).standing.found.label
    assert len(pages) >= 6 and all(label in page for page in pages)
    assert "1,234.56" in text and "办结率 50.0%" in text
    assert re.search(r"五、指标\.+\d", text)


def test_word_of_an_empty_year_still_reads(world):
    from chanjiao.council.models import Delivery, Resolution

    Delivery.objects.all().delete()
    Resolution.objects.all().delete()
    assert "年度内没有表决的议案。" in texts(Document(io.BytesIO(word(world))))
