"""The one list page: finding, sorting, exporting, saving, and few queries."""

import csv
import io
from html.parser import HTMLParser

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chanjiao.people.enums import UnitKind
from chanjiao.people.models import SavedFilter, Unit
from chanjiao.web.parts import lists
from chanjiao.web.parts.columns import ListColumn
from tests.people.world import AT, make_unit
from tests.web.parts.places import make_consortium, person_of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.web.parts.places")]
LIST_QUERIES = 3  # the count, the page, the saved filters
FRAME_QUERIES = 7  # session, user, appointments, desks, memberships, authorities, unread notices


@pytest.fixture
def desk() -> Client:
    return signed_in(person_of(make_consortium().secretariat))


def names(answer) -> list[str]:
    return [line.row.name for line in answer.context["list"].lines]


def csv_rows(answer) -> list[list[str]]:
    content = b"".join(answer.streaming_content)
    assert content.startswith(b"\xef\xbb\xbf"), "Chinese Excel needs the mark"
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.mark.parametrize("more", [0, 2])
def test_a_list_costs_the_same_whatever_the_rows(desk, more):
    for _ in range(more):
        make_unit()
    desk.get("/try/units/")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        desk.get("/try/units/")
    assert len(asked) == FRAME_QUERIES + LIST_QUERIES, "\n".join(q["sql"][:90] for q in asked)


def test_search_finds_inside_a_longer_title_and_needs_every_word(desk):
    make_unit(name="大连数控机床有限公司", address="金普新区")
    make_unit(name="大连轴承有限公司", address="金普新区")
    assert names(desk.get("/try/units/?q=机床")) == ["大连数控机床有限公司"]
    assert names(desk.get("/try/units/?q=金普 轴承")) == ["大连轴承有限公司"]
    assert names(desk.get("/try/units/?q=轴承 机床")) == []


def test_search_reads_full_width_letters(desk):
    make_unit(name="ABC公司")
    assert names(desk.get("/try/units/?q=ABC")) == ["ABC公司"]
    assert names(desk.get("/try/units/?q=abc")) == ["ABC公司"]


def test_a_percent_sign_is_a_letter(desk):
    make_unit(name="百分之100%公司")
    make_unit(name="公司1005")
    assert names(desk.get("/try/units/?q=100%25")) == ["百分之100%公司"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind=institute", ["丙所"]),
        ("kind=nothing", []),
        ("fictional=1", ["乙厂"]),
        ("fictional=0&kind=enterprise", ["甲厂"]),
        ("address=开发&kind=enterprise", ["乙厂"]),
        ("division=2102&kind=enterprise", ["甲厂"]),
        ("made_from=2026-11-24", []),
        ("made_to=2026-11-22", []),
        ("made_from=2026-11-23&made_to=2026-11-23&kind=institute", ["丙所"]),
        ("made_from=yesterday&kind=institute", ["丙所"]),
    ],
)
def test_filters(desk, query, found):
    make_unit(name="甲厂", division_code="210213")
    make_unit(name="乙厂", is_fictional=True, address="开发区", division_code="320100")
    make_unit(UnitKind.INSTITUTE, "丙所")
    assert names(desk.get(f"/try/units/?{query}")) == found


def test_the_header_sorts_both_ways_and_an_unknown_one_is_ignored(desk):
    make_unit(name="a", staff_count=2)
    make_unit(name="b", staff_count=10)
    up = names(desk.get("/try/units/?sort=staff&kind=enterprise"))
    assert up == ["a", "b"]
    assert names(desk.get("/try/units/?sort=-staff&kind=enterprise")) == ["b", "a"]
    assert desk.get("/try/units/?sort=password").status_code == 200
    assert 'aria-sort="descending"' in desk.get("/try/units/?sort=-staff").content.decode()


def test_pages_of_fifty_and_a_capped_count(desk, monkeypatch):
    for number in range(60):
        make_unit(name=f"单位{number:02}")
    first = desk.get("/try/units/?kind=enterprise")
    assert len(names(first)) == 50 and "page=2" in first.context["list"].next_url
    second = desk.get("/try/units/?kind=enterprise&page=2")
    assert len(names(second)) == 10 and not second.context["list"].next_url
    assert "kind=enterprise" in second.context["list"].previous_url
    assert names(desk.get("/try/units/?page=9999")) == []
    assert desk.get("/try/units/?page=-1&page=x").status_code == 200
    monkeypatch.setattr(lists, "COUNT_CAP", 40)
    assert "超过 40 条" in desk.get("/try/units/").content.decode()


def test_what_htmx_swaps_is_what_the_full_page_shows(desk):
    make_unit()
    plain = desk.get("/try/units/?kind=enterprise")
    swapped = desk.get("/try/units/?kind=enterprise", headers={"HX-Request": "true"})
    assert _list_part(plain) == _list_part(swapped)


def _list_part(answer) -> str:
    text = answer.content.decode()
    return text[text.index('<div id="list"') : text.index("</main>")].replace(
        str(answer.context["csrf_token"]), ""
    )


def test_export_is_the_filtered_rows_for_chinese_excel(desk):
    make_unit(name="=HYPERLINK(1)", staff_count=1200, address="-2+3")
    make_unit(UnitKind.INSTITUTE, name="丙所")
    answer = desk.get("/try/units/?kind=enterprise&export=csv")
    assert "attachment" in answer["Content-Disposition"]
    head, *rows = csv_rows(answer)
    assert head == [
        "单位名称",
        "类别",
        "职工人数（人）",
        "金额（元）",
        "建立日期",
        "建立时间",
        "示例",
        "并入",
        "地址",
    ]
    assert rows == [
        [
            "'=HYPERLINK(1)",
            "企业",
            "1200",
            "148140",
            "2026-11-23",
            "2026-11-23 10:00",
            "否",
            "",
            "'-2+3",
        ]
    ]


def test_export_workbook_has_numbers_and_no_formulas(desk):
    make_unit(name="=1+1", staff_count=1200)
    answer = desk.get("/try/units/?kind=enterprise&export=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    row = [cell.value for cell in sheet[2]]
    assert row[0] == "=1+1" and sheet["A2"].data_type in {"s", "inlineStr"}
    assert row[2] == 1200 and row[3] == 148140
    assert row[5].isoformat() == AT.replace(tzinfo=None).isoformat()


def test_a_person_keeps_and_drops_their_own_filters(desk):
    desk.post(
        "/account/filters/save/",
        {
            "page": "try.units",
            "name": "研究所",
            "query": "kind=institute",
            "next": "/try/units/?kind=institute",
        },
    )
    text = desk.get("/try/units/").content.decode()
    assert 'href="/try/units/?kind=institute"' in text and "研究所" in text
    kept = SavedFilter.objects.get()
    other = signed_in(person_of(make_consortium("other").secretariat))
    assert "我的筛选（1）" not in other.get("/try/units/").content.decode()
    assert other.post(f"/account/filters/{kept.pk}/delete/").status_code == 404
    desk.post(f"/account/filters/{kept.pk}/delete/")
    assert not SavedFilter.objects.exists()


def test_a_saved_filter_goes_back_only_to_this_site(desk):
    answer = desk.post(
        "/account/filters/save/",
        {"page": "try.units", "name": "a", "query": "q=1", "next": "https://elsewhere.example/"},
    )
    assert answer.url == "/"


def test_bulk_acts_on_what_the_asker_may_see(desk):
    mine, hidden = make_unit(), make_unit(is_fictional=True)
    desk.post("/try/bulk/", {"row": [mine.pk, hidden.pk, "x", "99999999999999999999"]})
    assert list(Unit.objects.filter(address="已处理")) == [mine]


def test_an_empty_list_says_what_to_do_and_a_narrow_one_how_to_widen(desk):
    Unit.objects.exclude(kind=UnitKind.OFFICE).delete()
    assert "清除条件" in desk.get("/try/units/?kind=enterprise").content.decode()
    assert "清除条件" not in desk.get("/try/units/").content.decode()


def test_values_are_escaped(desk):
    make_unit(name="<script>alert(1)</script>")
    text = desk.get("/try/units/?q=<b>x").content.decode()
    assert "<b>x" not in text
    assert "<script>alert" not in desk.get("/try/units/").content.decode()


def test_a_page_has_no_inline_script_or_style(desk):
    class Finder(HTMLParser):
        found: list[str] = []

        def handle_starttag(self, tag, attributes):
            names = {name for name, _ in attributes}
            if tag == "style" or "style" in names or any(n.startswith("on") for n in names):
                self.found.append(tag)
            if tag == "script" and "src" not in names:
                self.found.append(tag)

    make_unit()
    finder = Finder()
    finder.feed(desk.get("/try/units/").content.decode())
    assert finder.found == []


def test_a_column_of_an_unknown_kind_is_a_mistake():
    with pytest.raises(ValueError, match="no such kind"):
        ListColumn("a", "b", kind="colour")


def test_a_column_may_name_a_method_of_the_row():
    """`get_kind_display` shows what it returns, not what it is."""
    column = ListColumn("kind", "类别", "get_kind_display")
    assert column.text(make_unit(kind=UnitKind.ENTERPRISE)) == "企业"
