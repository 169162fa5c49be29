"""What is exported imports back to equal values; returned rows come back as they were."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import openpyxl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chanjiao.sheets.cells import clean
from chanjiao.sheets.checking import check_file
from chanjiao.sheets.texts import to_csv
from chanjiao.sheets.writing import export, returned, template
from chanjiao_engine.codes import make_credit_code
from tests.sheets.samples import LAYOUT, ROW, workbook

plain = st.text(st.characters(codec="utf-8"), max_size=40).map(clean)
formulas = st.sampled_from(
    ["=1+1", "+8613800000000", "-5", "@SUM(A1)", "_x0041_", "a<b>&\"c'", "''=1"]
)
texts = st.one_of(plain, formulas)
codes = st.builds(
    make_credit_code,
    st.just("91"),
    st.just("210200"),
    st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=8, max_size=8),
)
rows = st.fixed_dictionaries(
    {
        "name": texts.filter(bool),
        "code": codes,
        "role": st.sampled_from(["lead", "member", None]),
        "joined": st.none() | st.dates(date(1900, 1, 1), date(2199, 12, 31)),
        "money": st.none() | st.integers(-(10**12), 10**12),
        "people": st.none() | st.integers(0, 10**9),
        "share": st.none() | st.decimals(-(10**6), 10**6, places=2),
        "listed": st.none() | st.booleans(),
        "quarter": st.none()
        | st.builds("{}Q{}".format, st.integers(1990, 2099), st.integers(1, 4)),
        "industries": st.lists(st.sampled_from(["A", "C", "I"]), unique=True).map(tuple),
        "remark": texts.map(lambda text: text or None),
    }
)
tables = st.lists(rows, max_size=8, unique_by=lambda row: row["code"])
relaxed = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@relaxed
@given(tables)
def test_export_imports_back_equal(table: list[dict[str, object]]) -> None:
    file = io.BytesIO()
    assert export(LAYOUT, table, file) == len(table)
    checked = check_file(file.getvalue(), LAYOUT)
    assert [row.values for row in checked.rows] == table
    assert checked.clean
    assert not checked.notices


@relaxed
@given(tables)
def test_csv_imports_back_equal(table: list[dict[str, object]]) -> None:
    if not table:
        return
    checked = check_file(to_csv(table, LAYOUT.columns), LAYOUT, name="名册.csv")
    assert [row.values for row in checked.rows] == table
    assert checked.clean


def test_formula_text_is_text_in_the_workbook() -> None:
    file = io.BytesIO()
    export(LAYOUT, [ROW | {"remark": "=HYPERLINK(1)"}], file)
    cell = openpyxl.load_workbook(file)["成员单位"]["K4"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=HYPERLINK(1)", "s", True)


def test_csv_opens_in_chinese_excel_and_runs_nothing() -> None:
    data = to_csv([ROW | {"remark": "=1+1", "money": -12}], LAYOUT.columns)
    assert data.startswith(b"\xef\xbb\xbf")
    text = data.decode("utf-8-sig")
    assert text.startswith(",".join(["单位名称", "统一社会信用代码", ""]))
    assert "'=1+1" in text
    assert ",-0.000012," in text  # a number stays a number, and no unit is lost


def test_same_rows_give_the_same_bytes() -> None:
    first, second = io.BytesIO(), io.BytesIO()
    export(LAYOUT, [ROW], first)
    export(LAYOUT, [ROW], second)
    assert first.getvalue() == second.getvalue()
    assert template(LAYOUT) == template(LAYOUT)


def test_template_has_drop_downs_frozen_header_text_codes_and_one_example() -> None:
    book = openpyxl.load_workbook(io.BytesIO(template(LAYOUT)))
    sheet = book["成员单位"]
    assert book.sheetnames == ["成员单位", "填写说明", "选项", "_chanjiao"]
    assert [book[name].sheet_state for name in book.sheetnames] == [
        "visible",
        "visible",
        "hidden",
        "veryHidden",
    ]
    assert sheet.freeze_panes == "B4"
    assert [cell.value for cell in sheet[3]][:3] == ["单位名称*", "统一社会信用代码*", "角色"]
    assert sheet["B4"].number_format == "@"
    assert sheet.column_dimensions["B"].width > 8
    assert sheet["L4"].value == "示例（导入时自动忽略）"
    lists = {
        str(v.sqref): v.formula1 for v in sheet.data_validations.dataValidation if v.type == "list"
    }
    assert lists["C4:C200003"] == '"' + ",".join(["牵头", "成员"]) + '"'
    assert lists["H4:H200003"] == '"' + ",".join(["是", "否"]) + '"'
    assert "农、林、牧、渔业" in lists["J4:J200003"]


def test_long_lists_stand_on_the_hidden_sheet() -> None:
    many = LAYOUT.with_choices(role=[(n, f"角色，之{n}") for n in range(300)])
    book = openpyxl.load_workbook(io.BytesIO(template(many)))
    rules = book["成员单位"].data_validations.dataValidation
    assert "'选项'!$C$2:$C$301" in {rule.formula1 for rule in rules}
    assert book["选项"]["C301"].value == "角色，之299"


def test_an_untouched_template_holds_no_row() -> None:
    checked = check_file(template(LAYOUT), LAYOUT)
    assert (checked.rows, checked.problems, checked.notices) == ([], [], [])


def _edited(data: bytes, **cells: object) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(data))
    for place, value in cells.items():
        book["成员单位"][place] = value
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_the_example_without_its_mark_is_passed_over_and_said() -> None:
    checked = check_file(_edited(template(LAYOUT), L4=None), LAYOUT)
    assert checked.rows == []
    assert checked.notices == ["第 4 行与模板的示例完全相同，已当作示例跳过"]


def test_an_example_written_over_is_not_lost() -> None:
    checked = check_file(_edited(template(LAYOUT), A4="大连真实机床厂"), LAYOUT)
    assert [p.code for p in checked.problems] == ["changed_example"]
    assert [row.values["name"] for row in checked.rows] == ["大连真实机床厂"]
    assert not checked.good_rows()


def test_an_exported_row_equal_to_the_example_is_data() -> None:
    file = io.BytesIO()
    export(LAYOUT, [{c.key: c.example for c in LAYOUT.columns}], file)
    assert len(check_file(file.getvalue(), LAYOUT).rows) == 1


def test_returned_rows_come_with_reasons_and_can_be_uploaded_again(tmp_path: Path) -> None:
    good = dict(zip(ROW, ["甲厂", "91350100M000100Y43"], strict=False))
    data = workbook(
        [
            list(good.values()),
            ["乙厂", "91350100M000100Y44", "组长", "2026-02-30", "一万"],
            [None, "91110000802100433B", None, date(2026, 11, 23), 3.5],
        ]
    )
    checked = check_file(data, LAYOUT)
    target = tmp_path / "returned.xlsx"
    with target.open("wb") as file:
        assert returned(checked, file) == 2
    sheet = openpyxl.load_workbook(target)["成员单位"]
    assert sheet["L3"].value == "退回原因"
    assert "校验位应为 3" in sheet["L4"].value
    assert sheet["L4"].value.count("\n") == 3
    assert {c.coordinate for c in sheet[4] if c.fill.fgColor.rgb == "FFFFD9D9"} == {
        "B4",
        "C4",
        "D4",
        "E4",
    }
    again = check_file(target, LAYOUT)
    assert [row.cells[:5] for row in again.rows] == [row.cells[:5] for row in checked.bad_rows()]
    assert [(p.code, p.column) for p in again.problems] == [
        (p.code, p.column) for p in checked.problems
    ]
    assert again.notices == []
