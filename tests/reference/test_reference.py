"""National tables: the shipped selection, complete tables, versions."""

import os
from pathlib import Path

import pytest

from chanjiao.cli import main
from chanjiao.reference import queries
from chanjiao.reference.actions import import_codes, import_links
from chanjiao.reference.enums import Table
from chanjiao.reference.models import Code, Edition, MajorOccupation
from chanjiao.reference.reading import CodeRow, UnreadableTable, complete, read_codes, read_links
from chanjiao.reference.shipped import DATA, load_shipped
from chanjiao_engine.codes import parse_division, parse_industry, parse_major, parse_occupation
from tests.people.world import AT

pytestmark = pytest.mark.django_db
FULL = Path(os.environ.get("CHANJIAO_DATA", "../shared/data")) / "reference"
PARSERS = {
    Table.MAJOR: parse_major,
    Table.OCCUPATION: parse_occupation,
    Table.INDUSTRY: parse_industry,
    Table.DIVISION: parse_division,
}


def loaded(table, *codes, version="1"):
    rows = [CodeRow(code, f"名{code}") for code in codes]
    return import_codes(table, rows, version=version, source="试", by=None, at=AT)


def test_the_shipped_codes_are_well_formed_and_have_their_ancestors():
    load_shipped(at=AT)
    known = queries.book()
    for table, parse in PARSERS.items():
        for code in known.leaves(table):
            if table != Table.MAJOR or len(code) >= 6:
                parse(code)
            top = known.path(table, code)
            assert len(top) >= (3 if table != Table.DIVISION else 2), (table, code)
    assert len([c for c in known.leaves(Table.MAJOR) if not c.startswith(("0", "1"))]) >= 60
    assert len(known.leaves(Table.OCCUPATION)) >= 50
    for major, occupation in known.links:
        assert known.has(Table.MAJOR, major) and known.has(Table.OCCUPATION, occupation)


def test_shipped_codes_agree_with_the_complete_tables_or_say_that_these_are_absent():
    if not FULL.is_dir():
        print(f"complete tables absent at {FULL}: the shipped codes were not compared")
        return
    names = {"majors_2021": Table.MAJOR, "occupations_2022": Table.OCCUPATION,
             "gb4754_2017": Table.INDUSTRY, "divisions": Table.DIVISION}  # fmt: skip
    for file, table in names.items():
        full = {row.code: row for row in read_codes(table, FULL / f"{file}.csv")}
        for row in read_codes(table, DATA / f"{table.value}.csv"):
            if table == Table.MAJOR and row.code.startswith(("0", "1")):
                continue  # undergraduate codes are not in the vocational catalogue
            assert row.name == full[row.code].name
    assert set(read_links(DATA / "link.csv")) <= set(read_links(FULL / "major_occupation_2025.csv"))


def test_complete_tables_import_whole_or_say_that_they_are_absent():
    if not FULL.is_dir():
        print(f"complete tables absent at {FULL}: the importer ran on the shipped ones only")
        return
    counts = {}
    for file, table in (
        ("majors_2021", Table.MAJOR), ("occupations_2022", Table.OCCUPATION),
        ("gb4754_2017", Table.INDUSTRY), ("divisions", Table.DIVISION),
        ("institutions_2025", Table.INSTITUTION),
    ):  # fmt: skip
        rows = read_codes(table, FULL / f"{file}.csv")
        import_codes(table, rows, version="full", source=file, by=None, at=AT)
        counts[table] = Code.objects.filter(table=table).count()
    majors = Code.objects.filter(table=Table.MAJOR)
    levels = {
        level: majors.filter(level=level).count() for level in ("中职", "高职专科", "职教本科")
    }
    assert levels == {"中职": 358, "高职专科": 744, "职教本科": 247}
    assert counts[Table.INDUSTRY] == 1971 and counts[Table.INSTITUTION] == 2919
    import_links(
        read_links(FULL / "major_occupation_2025.csv"), version="2025", source="", by=None, at=AT
    )
    known = queries.book()
    assert known.path(Table.OCCUPATION, "6-20-03-01")[2] == "金属加工机械制造人员"
    assert known.path(Table.OCCUPATION, "6-24-04-00")[-1] == "电池制造工"
    assert known.prepares("460102", "6-18-01-07")  # linked through the 小类 6-18-01
    assert all(code.count("-") == 3 for _, code in known.links)


def test_a_code_that_vanished_is_retired_and_may_come_back():
    loaded(Table.MAJOR, "460103", "460104")
    loaded(Table.MAJOR, "460104", version="2")
    assert not queries.book().has(Table.MAJOR, "460103")
    assert queries.book().entry(Table.MAJOR, "460103").retired_in == "2"
    assert queries.book().name(Table.MAJOR, "460103") == "名460103"
    loaded(Table.MAJOR, "460103", "460104", version="3")
    assert queries.book().has(Table.MAJOR, "460103")


def test_levels_that_a_version_does_not_hold_are_left_alone():
    load_shipped(at=AT)
    rows = [CodeRow("460104", "机械制造及自动化", "4601", "高职专科")]
    import_codes(Table.MAJOR, rows, version="2030", source="试", by=None, at=AT)
    known = queries.book()
    assert not known.has(Table.MAJOR, "460103")
    assert known.has(Table.MAJOR, "080202") and known.has(Table.MAJOR, "660103")


def test_the_shipped_selection_overwrites_nothing():
    import_codes(
        Table.MAJOR,
        [CodeRow("460103", "改名", "", "高职专科")],
        version="2030",
        source="",
        by=None,
        at=AT,
    )
    load_shipped(at=AT)
    assert queries.name_of(Table.MAJOR, "460103") == "改名"


def test_readers_see_a_new_edition_at_once_and_ask_once(django_assert_num_queries):
    loaded(Table.MAJOR, "460103")
    queries.book()
    with django_assert_num_queries(1):
        queries.book()
    loaded(Table.MAJOR, "460199", version="2")
    assert queries.book().has(Table.MAJOR, "460199")


def test_search_finds_by_name_and_by_beginning():
    load_shipped(at=AT)
    assert [c.code for c in queries.search(Table.MAJOR, "数控")] == ["260103", "460103", "660103"]
    assert queries.search(Table.MAJOR, "6601")[0].code == "6601"
    assert queries.search(Table.MAJOR, " ") == []
    assert {c.code for c in queries.codes(Table.INDUSTRY, parent="342")} >= {"3421", "3425"}


def test_three_level_occupations_are_completed():
    assert complete("6-18-01") == "6-18-01-00" and complete("6-18") == "6-18-00-00"
    assert complete("6-18-01-07") == "6-18-01-07"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("code,name\n460103,数控技术\n", "缺少列"),
        ("code,name,parent,level\n1,甲,,\n1,乙,,\n", "两个名称"),
        ("code,name,parent,level\n1,,,\n", "为空"),
        ("", "没有数据行"),
        ("code,name,parent,level\n1,甲,,,多\n", "第 2 行"),
    ],
)
def test_a_file_that_is_no_table_says_where(tmp_path, text, words):
    file = tmp_path / "t.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableTable, match=words):
        read_codes(Table.MAJOR, file)


def test_the_command_imports_csv_and_xlsx(tmp_path, capsys):
    import xlsxwriter

    file = tmp_path / "t.xlsx"
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet()
    for row, cells in enumerate(
        [("code", "name", "parent", "level"), (460103, "数控技术", "", "高职专科")]
    ):
        sheet.write_row(row, 0, cells)
    book.close()
    command = ["reference", "import", "major", str(file), "--version", "2021", "--source", "试"]
    assert main(command) == 0
    assert "已导入 1 条" in capsys.readouterr().out
    assert queries.name_of(Table.MAJOR, "460103") == "数控技术"
    links = tmp_path / "l.csv"
    links.write_text("major_code,occupation_code\n460103,6-18-01\n", encoding="gb18030")
    assert (
        main(["reference", "import", "link", str(links), "--version", "1", "--source", "试"]) == 0
    )
    assert MajorOccupation.objects.get().occupation_code == "6-18-01-00"
    assert (
        main(["reference", "import", "major", "nowhere.csv", "--version", "1", "--source", "x"])
        == 2
    )
    assert main(["reference", "load"]) == 0
    assert Edition.objects.count() == 7
