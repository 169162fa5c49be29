"""A file's problems: all of them, each with its sheet, row, column, value and advice."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

import openpyxl
import pytest

from chanjiao.sheets.checking import CheckedFile, check_file
from chanjiao.sheets.layout import Column, Kind, Layout, LayoutError
from chanjiao.sheets.problems import Fault, Problem, column_letter, counted, shown
from chanjiao.sheets.refusals import TooManyRows, UnreadableText, WrongSheet
from chanjiao.sheets.writing import template
from tests.sheets.samples import HEADINGS, LAYOUT, workbook

A, B = "91350100M000100Y43", "91110000802100433B"


def _places(checked: CheckedFile) -> list[tuple[int, str, str]]:
    return [(p.row, p.column, p.code) for p in checked.problems]


def test_every_problem_has_its_place() -> None:
    data = workbook(
        [
            ["甲厂", A, "牵头", "2026-11-23", 12, 3],
            [],
            [None, "91350100M000100Y44", "组长", "昨天", "多", -1],
            ["乙厂", A],
        ]
    )
    checked = check_file(data, LAYOUT)
    assert _places(checked) == [
        (4, "A", "required"),
        (4, "B", "code"),
        (4, "C", "choice"),
        (4, "D", "date"),
        (4, "E", "number"),
        (4, "F", "too_small"),
        (5, "B", "repeated"),
    ]
    assert checked.problems[1] == Problem(
        sheet="成员单位",
        row=4,
        column="B",
        title="统一社会信用代码",
        value="91350100M000100Y44",
        code="code",
        message="统一社会信用代码校验位应为 3，现为 4，请对照营业执照逐位核对",
    )
    assert checked.problems[1].where == "第 4 行 B 列“统一社会信用代码”"
    assert "与第 2 行重复" in checked.problems[-1].message
    assert [row.number for row in checked.good_rows()] == [2]
    assert [row.number for row in checked.bad_rows()] == [4, 5]


def test_problems_are_plain_json_and_counted() -> None:
    problems = check_file(workbook([["甲厂", "1"], ["乙厂", "2"]]), LAYOUT).problems
    text = json.dumps([problem.as_dict() for problem in problems])
    assert [Problem(**item) for item in json.loads(text)] == problems
    assert counted(problems) == {"code": 2}
    assert shown(problems, 1) == (problems[:1], 1)


def test_columns_in_any_order_under_titles_and_notes() -> None:
    headings = ["序号", " 统一社会信用代码 *", "说明", "单位名称*"]
    data = workbook(
        [[1, A, "好", "甲厂"], [2, None, None, None]],
        headings=headings,
        above=[["大连市产教联合体成员名册"], ["填表日期：2026-11-23"], []],
    )
    checked = check_file(data, LAYOUT)
    assert [(row.number, row.values["name"], row.values["remark"]) for row in checked.rows] == [
        (5, "甲厂", "好")
    ]
    assert checked.clean
    assert checked.notices[1] == "这些列不在模板中，没有读取：序号"
    assert "按未填处理：角色" in checked.notices[0]
    assert "role" in checked.absent
    assert "remark" not in checked.absent


def test_a_table_that_starts_further_right() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for index, (heading, value) in enumerate(zip(HEADINGS, ["甲厂", "错"], strict=False), 3):
        sheet.cell(6, index, heading)
        sheet.cell(9, index, value)
    file = io.BytesIO()
    book.save(file)
    assert _places(check_file(file.getvalue(), LAYOUT)) == [(9, "D", "code")]


def test_missing_and_repeated_columns_block_the_file_but_the_rest_is_checked() -> None:
    data = workbook(
        [["甲厂", "乙厂", "2026-02-30"]], headings=["单位名称", "单位名称", "加入日期", "信用代码"]
    )
    checked = check_file(data, LAYOUT)
    assert _places(checked) == [
        (1, "", "missing_column"),
        (1, "B", "repeated_column"),
        (2, "C", "no_such_day"),
    ]
    assert checked.blocked
    assert checked.good_rows() == []
    assert "信用代码" in checked.problems[0].advice


def test_another_unit_in_a_title_is_another_column() -> None:
    checked = check_file(workbook([["甲厂", A, 5]], headings=[*HEADINGS[:2], "投入（元）"]), LAYOUT)
    assert checked.rows[0].values["money"] is None
    assert "这些列不在模板中，没有读取：投入（元）" in checked.notices


def test_merged_header_cells() -> None:
    data = workbook([["甲厂", A]], merged="B1:C1")
    checked = check_file(data, LAYOUT)
    assert checked.blocked
    assert "表头 B1:C1 是合并单元格" in checked.problems[0].message


def test_merged_title_above_is_fine_and_merged_body_is_told_row_by_row() -> None:
    title = workbook([["甲厂", A]], above=[["名册"]], merged="A1:F1")
    assert check_file(title, LAYOUT).clean
    body = workbook([["甲厂", A, "牵头"], ["乙厂", B]], merged="C2:C3")
    checked = check_file(body, LAYOUT)
    assert _places(checked) == [(2, "C", "merged"), (3, "C", "merged")]
    assert "C2:C3" in checked.problems[0].message


def test_wrong_sheet_names_what_was_found_and_what_was_wanted() -> None:
    data = workbook([["a"]], headings=["学号", "姓名"], name="学生")
    with pytest.raises(WrongSheet) as caught:
        check_file(data, LAYOUT)
    assert "文件里的工作表是：学生" in caught.value.message
    assert "“成员单位”" in caught.value.message
    assert "单位名称、统一社会信用代码" in caught.value.advice


def test_two_line_merged_header_is_named_when_no_header_is_found() -> None:
    data = workbook([["姓名", "电话"]], headings=["联系人", None], merged="A1:B1", name="名单")
    with pytest.raises(WrongSheet, match="A1:B1"):
        check_file(data, LAYOUT)


def test_template_of_another_list() -> None:
    with pytest.raises(WrongSheet, match="这是“成员单位名册”的表，这里要的是“岗位清单”"):
        check_file(template(LAYOUT), replace(LAYOUT, key="posts", title="岗位清单"))


def test_old_template_is_read_and_said() -> None:
    newer = replace(LAYOUT, columns=(*LAYOUT.columns, Column("new", "新列")))
    assert "旧版模板" in check_file(template(LAYOUT), newer).notices[0]


def test_two_sheets_with_our_header() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook([["甲厂", A]], name="一月")))
    copy = book.copy_worksheet(book.worksheets[0])
    copy.title = "成员单位"
    file = io.BytesIO()
    book.save(file)
    checked = check_file(file.getvalue(), LAYOUT)
    assert checked.sheet == "成员单位"
    assert checked.notices[0] == "工作表“一月”也有同样的表头，没有读取；一次只读一张"


def test_formulas_and_error_values_are_named_by_cell() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(HEADINGS)
    sheet.append(["甲厂", A, "牵头", None, "=1+2", 3])
    sheet.append(["乙厂", B, "成员", None, None, "#N/A"])
    sheet["F3"].data_type = "e"
    sheet["Z2"] = "=1+1"  # not in our columns: no matter
    file = io.BytesIO()
    book.save(file)
    checked = check_file(file.getvalue(), LAYOUT)
    assert _places(checked) == [(2, "E", "formula"), (3, "F", "error_value")]
    assert checked.problems[0].message == "E2：这一格是公式，算出的值不作数"
    assert "选择性粘贴为“数值”" in checked.problems[0].advice
    assert [row.values["money"] for row in checked.rows] == [None, None]


def test_row_check_and_later_checks_are_placed() -> None:
    def check(values: Mapping[str, object]) -> Iterable[Fault]:
        if values["role"] == "lead" and values["joined"] is None:
            yield Fault("no_date", "牵头单位要有加入日期", "请补填", "joined")

    layout = replace(LAYOUT, row_check=check)
    checked = check_file(workbook([["甲厂", A, "牵头"], ["乙厂", B]]), layout)
    assert _places(checked) == [(2, "D", "no_date")]
    checked.add([Fault("known", "这个单位已在库中", "请删除", "code", 3), Fault("x", "行", row=3)])
    assert _places(checked) == [(2, "D", "no_date"), (3, "", "x"), (3, "B", "known")]
    assert checked.problems[-1].value == B
    assert checked.good_rows() == []


@pytest.mark.parametrize(
    ("encoding", "words"),
    [("utf-8", ""), ("utf-8-sig", ""), ("gbk", "GBK"), ("gb18030", "GBK"), ("utf-16", "UTF-16")],
)
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_csv_in_the_encodings_of_chinese_excel(encoding: str, words: str, separator: str) -> None:
    text = "\r\n".join(separator.join(row) for row in [HEADINGS[:2], ["甲厂", A], ["乙厂", "错"]])
    checked = check_file(text.encode(encoding), LAYOUT, name="名册.csv")
    assert checked.rows[0].values["name"] == "甲厂"
    assert _places(checked) == [(3, "B", "code")]
    assert words in "".join(checked.notices[: bool(words)])


def test_csv_that_no_encoding_fits_is_never_garbled() -> None:
    with pytest.raises(UnreadableText, match="强读会变成乱码"):
        check_file("单位名称".encode() + b"\xff\xff,x", LAYOUT, name="a.csv")
    latin = "单位名称,统一社会信用代码\nä,ö".encode().replace("ä".encode(), b"\xe4")
    with pytest.raises((UnreadableText, WrongSheet)):
        check_file(latin, LAYOUT, name="a.csv")


def test_row_limit() -> None:
    data = workbook([[f"厂{n}", A] for n in range(4)])
    assert len(check_file(data, replace(LAYOUT, max_rows=4)).rows) == 4
    with pytest.raises(TooManyRows, match="超过 3 行"):
        check_file(data, replace(LAYOUT, max_rows=3))


def test_progress_is_told() -> None:
    calls: list[tuple[int, int]] = []
    data = workbook([[f"厂{n}", A] for n in range(4500)])
    check_file(data, LAYOUT, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(2000, 4500), (4000, 4500), (4500, 4500)]


def test_equal_looking_cells_of_different_types_are_not_confused() -> None:
    layout = Layout("x", "表", "表", (Column("a", "甲"), Column("b", "乙", Kind.BOOLEAN)))
    rows = [[1, 1], [True, True], ["1", "1"], [1.0, 0]]
    checked = check_file(workbook(rows, headings=["甲", "乙"]), layout)
    assert [row.values["a"] for row in checked.rows] == ["1", "TRUE", "1", "1"]
    assert [row.values["b"] for row in checked.rows] == [True, True, True, False]


@pytest.mark.parametrize(
    "change",
    [
        {"columns": (Column("a", "甲"), Column("a", "乙"))},
        {"columns": (Column("a", "甲"), Column("b", "乙", aliases=("甲",)))},
        {"columns": ()},
        {"unique": (("nobody",),)},
        {"sheet_name": "名册/2026"},
        {"columns": (Column("a", "退回原因"),), "unique": ()},
    ],
)
def test_layouts_that_contradict_themselves(change: dict[str, object]) -> None:
    with pytest.raises(LayoutError):
        replace(LAYOUT, **change)  # type: ignore[arg-type]


def test_column_letters() -> None:
    assert [column_letter(n) for n in (0, 25, 26, 701, 702, 16383)] == [
        "A",
        "Z",
        "AA",
        "ZZ",
        "AAA",
        "XFD",
    ]
