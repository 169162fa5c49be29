"""Picture, table and CSV come from the same rows."""

import csv
import io
import json
import re

import pytest

from chanjiao.web.parts.charts import bars, heat, treemap
from tests.web.parts.places import FIGURES, make_chart, make_consortium, person_of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.web.parts.places")]


@pytest.fixture
def desk():
    return signed_in(person_of(make_consortium().secretariat))


def test_the_picture_shows_the_numbers_of_the_table():
    option = make_chart("a", bars("major", "need", "supply")).option
    assert option["xAxis"]["data"] == [row["major"] for row in FIGURES]
    assert [s["data"] for s in option["series"]] == [[120, 80, 40, 66], [45, 96, 12, 70]]
    assert option["series"][0]["name"] == "需求（人）"


def test_series_are_told_apart_without_colour():
    assert make_chart("a", bars("major", "need", "supply")).option["aria"]["decal"]["show"]
    assert not make_chart("a", bars("major", "need")).option["aria"]["decal"]["show"]


def test_lying_bars_read_from_the_top():
    option = make_chart("a", bars("major", "need", lying=True)).option
    assert option["yAxis"]["inverse"] and option["yAxis"]["data"][0] == "数控技术"


def test_heat_and_treemap_hold_every_row():
    cells = make_chart("a", heat("group", "major", "need")).option["series"][0]["data"]
    assert sorted(cell[2] for cell in cells) == [40, 66, 80, 120]
    groups = make_chart("a", treemap("group", "major", "need")).option["series"][0]["data"]
    assert {g["name"]: len(g["children"]) for g in groups} == {
        "装备制造": 2,
        "新能源": 1,
        "数字经济": 1,
    }


def test_no_drawing_uses_an_html_tooltip():
    for drawing in (
        bars("major", "need"),
        heat("group", "major", "need"),
        treemap("group", "major", "need"),
    ):
        assert make_chart("a", drawing).option["tooltip"]["renderMode"] == "richText"


def test_the_page_carries_json_and_a_table_that_shows_without_javascript(desk):
    text = desk.get("/try/charts/").content.decode()
    found = re.search(r'<script id="chart-bars" type="application/json">(.*?)</script>', text, re.S)
    assert json.loads(found[1])["series"][0]["data"] == [120, 80, 40, 66]
    assert text.count("<details open>") == 5 and "还没有可以统计的数据。" in text


def test_the_csv_opens_in_chinese_excel(desk):
    answer = desk.get("/try/charts/?chart=bars&quarter=1")
    content = b"".join(answer.streaming_content)
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[0] == ["产业", "专业", "需求（人）", "供给（人）"] and len(rows) == 5
    assert rows[4][1] == "'=大数据技术"


def test_the_link_to_the_csv_keeps_the_page_as_it_is(desk):
    text = desk.get("/try/charts/?quarter=2026Q4").content.decode()
    assert "?quarter=2026Q4&amp;chart=bars" in text
