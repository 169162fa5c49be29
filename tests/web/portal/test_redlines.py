"""The rules for everybody, and a roster tried without an account: nothing of it is kept."""

from io import BytesIO

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from chanjiao.training import roster_trial
from chanjiao_engine.redlines import HEADINGS, PROFILES, load
from tests.matching.world import AT
from tests.web.rounds.pages import get, post, text

pytestmark = pytest.mark.django_db
TRY = "portal:redlines_try"
EXAMPLE = roster_trial._EXAMPLE
GOOD = EXAMPLE | {"学生": "甲一"}  # the example itself is passed over in a workbook


def pasted(*rows: dict[str, str]) -> str:
    return "\n".join("\t".join(cells) for cells in [list(GOOD), *(list(r.values()) for r in rows)])


def workbook(*rows: dict) -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.append(list(GOOD))
    for row in rows:
        sheet.append([row.get(heading) for heading in GOOD])
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def tried(data: dict, **more):
    return post(None, reverse(TRY), {"profile": "全国", "on": "2026-11-23"} | data, **more)


def sent(data: bytes, name: str = "名单.xlsx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


@pytest.mark.parametrize("profile", list(PROFILES))
def test_every_rule_of_a_province_is_on_the_page(profile):
    said = text(get(None, reverse("portal:redlines"), profile=profile))
    rules = load(profile, on=AT.date()).rules
    missing = [rule.code for rule in rules if rule.text not in said or rule.cites not in said]
    assert not missing
    assert f"共 {len(rules)} 条" in said
    answer = get(None, reverse("portal:redlines"), profile=profile, export="csv")
    assert b"".join(answer).decode().count("\n") == len(rules) + 1


def test_an_unknown_province_shows_the_national_rules():
    assert "共 " in text(get(None, reverse("portal:redlines"), profile="火星"))


def test_the_template_has_every_heading_and_its_example_breaks_no_rule():
    answer = get(None, reverse("portal:redlines_template"))
    book = load_workbook(BytesIO(b"".join(answer)))
    cells = {str(cell.value) for row in book["名单"] for cell in row}
    assert set(HEADINGS) <= {cell.strip("* ") for cell in cells}
    assert set(EXAMPLE) == set(HEADINGS)
    for profile in PROFILES:
        trial = roster_trial.try_text(pasted(EXAMPLE), profile=profile, on=AT.date())
        assert trial.problems == (), profile


@pytest.mark.parametrize("way", ["text", "file"])
def test_violations_by_row_and_column_with_what_mends_them(way):
    bad = GOOD | {"出生日期": "2012-05-17", "每日实习小时": "10", "学生": "甲二", "岗位": "乙岗"}
    missing = GOOD | {"安全培训日期": "", "学生": "甲三"}
    rows = (GOOD, bad, missing)
    data = {"text": pasted(*rows)} if way == "text" else {"file": sent(workbook(*rows))}
    said = text(tried(data))
    assert "3 名学生中 2 名还不能上岗：违反 2 处，待补 1 处" in said
    assert "第 3 行" in said and "第 4 行" in said and "第 2 行" not in said
    assert "把每日时间减到 8 小时以内" in said and "没有可用的“安全培训日期”" in said
    assert "甲二在" not in said, "the row says who"


def test_a_blank_line_in_the_sheet_shifts_no_row():
    bad = GOOD | {"每日实习小时": "10"}
    said = text(tried({"file": sent(workbook(GOOD, {}, bad))}))
    assert "第 4 行" in said and "第 3 行" not in said


def test_a_formula_is_not_believed():
    said = text(tried({"file": sent(workbook(GOOD | {"每日实习小时": "=4+4"}))}))
    assert "每日实习小时" in said and "公式" in said and "名还不能上岗" in said


def test_the_result_as_excel_and_the_same_again_from_the_page():
    bad = GOOD | {"每日实习小时": "10", "学生": "=HYPERLINK(1)"}
    data = {"text": pasted(bad)}
    answer = tried(data | {"download": "1"})
    sheet = load_workbook(BytesIO(b"".join(answer)))["试查结果"]
    rows = [[cell.value for cell in row] for row in sheet]
    assert rows[0][0] == "行" and rows[1][0] == 2 and rows[1][2] == "每日实习小时"
    assert sheet.cell(2, 2).data_type == "s", "no formula comes out"
    trial = roster_trial.try_text(pasted(bad), profile="全国", on=AT.date())
    again = roster_trial.try_text(trial.as_text(), profile="全国", on=AT.date())
    assert again.problems == trial.problems


def test_nothing_is_stored():
    counts = lambda: {m._meta.label: m._default_manager.count() for m in apps.get_models()}  # noqa: E731
    before = counts()
    assert tried({"text": pasted(GOOD | {"年级": "1"})}).status_code == 200
    assert tried({"file": sent(workbook(GOOD))}).status_code == 200
    assert counts() == before


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({}, "请选择文件"),
        ({"text": "甲\t乙\n1\t2"}, "没有找到"),
        ({"text": "学生\t性别"}, "名单里没有学生"),
        ({"file": sent(b"MZ\x00\x01")}, "内容却不是 Excel 工作簿"),
        ({"file": sent(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "旧.xls")}, "旧版 .xls"),
        ({"file": sent(b"<html></html>", "网页.csv")}, "网页或 XML"),
        ({"file": sent(b"x" * (roster_trial.MOST_BYTES + 1), "大.csv")}, "超过 2 MB"),
        ({"text": "学生\t性别\n" + "甲\t男\n" * (roster_trial.MOST_ROWS + 1)}, "超过 2,000 行"),
        ({"text": "学生\t性别\n甲\t男", "profile": "火星"}, "火星"),
        ({"text": "学生\t性别\n甲\t男", "on": "2020-01-01"}, "早于现行规定发布之日"),
    ],
)
def test_what_cannot_be_tried_is_told_and_what_was_typed_stays(data, told):
    answer = tried(data)
    assert answer.status_code == 422
    said = text(answer)
    assert told in said
    if "text" in data and len(data["text"]) < 100:
        assert data["text"].split("\n")[0].split("\t")[0] in said


def test_a_strangers_page_is_small_and_asks_for_no_script():
    body = get(None, reverse(TRY)).content
    assert len(body) < 100_000 and b"<noscript" not in body
