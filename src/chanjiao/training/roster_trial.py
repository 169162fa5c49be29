"""名单试查: a roster from Excel or pasted, judged by the red lines; nothing of it is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO

import xlsxwriter

from chanjiao.kernel.verdict import Invalid
from chanjiao.sheets.cells import displayed, is_blank
from chanjiao.sheets.checking import CheckedFile, check_file
from chanjiao.sheets.guard import Limits
from chanjiao.sheets.layout import Column, Layout
from chanjiao.sheets.problems import Problem
from chanjiao.sheets.refusals import RefusedFile
from chanjiao.sheets.writing import template
from chanjiao_engine.redlines import (
    HEADINGS,
    PROFILES,
    Outcome,
    RosterProblem,
    RulesRefused,
    Severity,
    evaluate_roster,
    load,
)

MOST_ROWS = 2_000
MOST_BYTES = 2 * 2**20
# A stranger's file: small, and nothing that unpacks to much.
LIMITS = Limits(size=MOST_BYTES, unpacked=60 * 2**20, ratio_from=2**20, entries=200)

# One student with everything in order, so that the template shows how each cell is written.
_EXAMPLE = {
    "学生": "学生甲", "学校": "示例职业学院", "实习单位": "示例机床有限公司", "岗位": "数控车工",
    "出生日期": "2006-05-17", "性别": "男", "专业代码": "460102", "年级": "3",
    "实习类型": "岗位实习", "开始日期": "2027-03-01", "结束日期": "2027-08-31",
    "行业代码": "3421", "营业性娱乐场所": "否", "实习场所": "企业", "依法登记": "是",
    "位于化工园区": "否", "在岗职工数": "300", "岗位类别": "6-18-01-01",
    "同类岗位在岗职工数": "50", "面向专业": "460102、460103", "未成年工禁忌": "否",
    "女职工禁忌": "否", "危险化学品场所": "否", "有害身心健康": "否", "体力劳动强度": "1",
    "每日实习小时": "8", "安排夜班": "否", "约定月报酬（元）": "4000",
    "相同岗位月工资（元）": "5000", "最低档月工资（元）": "3000", "相对独立参与实际工作": "是",
    "学校签订日期": "2027-02-20", "实习单位签订日期": "2027-02-20", "学生签订日期": "2027-02-20",
    "学生知情同意日期": "2027-02-20", "监护人知情同意日期": "2027-02-20",
    "保险起始日期": "2027-03-01", "保险终止日期": "2027-08-31", "保费向学生收取": "否",
    "安全培训日期": "2027-02-25", "安全考核日期": "2027-02-26", "安全考核合格": "是",
    "向学生收费或收押金": "否", "扣押证件": "否", "中介组织或管理": "否", "强制到指定单位": "否",
    "备案日期": "2027-02-20", "心理健康评估日期": "2027-02-20",
}  # fmt: skip

LAYOUT = Layout(
    key="roster_trial",
    title="实习名单试查",
    sheet_name="名单",
    columns=tuple(
        Column(heading, heading, required=heading == "学生", example=_EXAMPLE[heading],
               width=max(10, 2 * len(heading) + 2))
        for heading in sorted(HEADINGS, key=list(_EXAMPLE).index)
    ),
    notes=(
        "一行是一名学生。“学生”可以写编号代替姓名；不判断的列可以整列删去，缺的内容会列为“待补”。",
        "结束日期写最后一天；金额以元为单位；是否类填 是 或 否；同一单位、同一岗位的说法各行要一致。",
        f"一次最多 {MOST_ROWS} 行。试查只在内存里进行，平台不保存名单和结果。",
    ),
    max_rows=MOST_ROWS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a roster: its rows by their numbers as they were read, and every problem by row."""

    profile: str
    on: date
    rows: Mapping[int, dict[str, str]]
    problems: tuple[RosterProblem, ...]
    notices: tuple[str, ...]

    @property
    def broken(self) -> int:
        """Rows that may not start: something blocks."""
        return len({one.row for one in self.problems if one.severity is Severity.BLOCK})

    @property
    def violations(self) -> int:
        return sum(one.outcome is Outcome.VIOLATED for one in self.problems)

    @property
    def missing(self) -> int:
        return len(self.problems) - self.violations

    def student(self, row: int) -> str:
        """Who stands in a row of the sheet."""
        return self.rows.get(row, {}).get("学生", "")

    def as_text(self) -> str:
        """The rows once more, to be pasted again: headings, then one line each, by tabs."""
        used = [h for h in LAYOUT.by_key if any(row.get(h) for row in self.rows.values())]
        lines = [used, *([row.get(h, "") for h in used] for row in self.rows.values())]
        return "\n".join("\t".join(" ".join(cell.split()) for cell in line) for line in lines)


def try_file(data: bytes, name: str, *, profile: str, on: date) -> Trial:
    """Judge a workbook or CSV. `Invalid` under "file" for what is refused, too long or not a roster."""
    try:
        checked = check_file(data, LAYOUT, name=name, limits=LIMITS)
    except RefusedFile as refused:
        raise Invalid({"file": [f"{refused.message}。{refused.advice}。"]}) from refused
    if checked.blocked:
        raise Invalid({"file": [one.text for one in checked.problems[:5]]})
    if not checked.rows:
        raise Invalid({"file": ["名单里没有学生。示例行不算，请另起一行填写。"]})
    unread = [one for one in checked.problems if one.code != "required"]
    return _judged(_rows(checked), checked.notices, unread, profile, on)


def _rows(checked: CheckedFile) -> dict[int, dict[str, str]]:
    """Row number → its cells by heading, without the empty and without those refused as cells."""
    bad = {(one.row, one.title) for one in checked.problems}
    keys = list(LAYOUT.by_key)
    return {
        row.number: {
            key: displayed(cell)
            for key, cell in zip(keys, row.cells, strict=True)
            if not is_blank(cell) and (row.number, key) not in bad
        }
        for row in checked.rows
    }


def try_text(text: str, *, profile: str, on: date) -> Trial:
    """Judge rows pasted from Excel, the first of them the headings. `Invalid` under "text"."""
    data = text.strip("\r\n").encode()
    try:
        return try_file(data, "粘贴.csv", profile=profile, on=on)
    except Invalid as refused:
        raise Invalid({"text": refused.problems.get("file", [refused.reason])}) from refused


def _judged(
    rows: Mapping[int, dict[str, str]], notices: Sequence[str], unread: Sequence[Problem],
    profile: str, on: date,
) -> Trial:  # fmt: skip
    if profile not in PROFILES:
        raise Invalid({"profile": ["请选择适用的规则。"]})
    try:
        rules = load(profile, on=on)
    except RulesRefused as refused:
        raise Invalid({"on": [str(refused)]}) from refused
    found = evaluate_roster(list(rows.values()), rules, numbers=list(rows))
    cells = [
        RosterProblem(
            p.row, p.title, p.value, "cell", Outcome.MISSING, Severity.BLOCK, f"{p.text}。"
        )
        for p in unread
    ]
    problems = sorted([*cells, *map(_plain, found)], key=lambda one: one.row)
    return Trial(profile, on, rows, tuple(problems), tuple(notices))


def _plain(problem: RosterProblem) -> RosterProblem:
    """Without who and where at the beginning: the row says it."""
    _, _, rest = problem.text.partition("：")
    return problem if problem.code == "cell" or not rest else replace(problem, text=rest)


def blank() -> bytes:
    """The template to be filled in."""
    return template(LAYOUT)


_COLUMNS = (
    ("行", 6), ("学生", 14), ("列", 20), ("填写的值", 18), ("结果", 8), ("处置", 8), ("问题与改法", 90),
)  # fmt: skip


def workbook(trial: Trial) -> bytes:
    """The problems as a workbook, one line each, texts as texts."""
    target = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(target, options)
    sheet, head = book.add_worksheet("试查结果"), book.add_format({"bold": True, "bottom": 1})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for at, (title, width) in enumerate(_COLUMNS):
        sheet.set_column(at, at, width)
        sheet.write_string(0, at, title, head)
    for line, one in enumerate(trial.problems, start=1):
        sheet.write_number(line, 0, one.row)
        texts = (
            trial.student(one.row), one.heading, one.value, one.outcome.word, str(one.severity),
            one.text,
        )  # fmt: skip
        for at, text in enumerate(texts, start=1):
            sheet.write_string(line, at, text[:32_767], wrapped)
    sheet.freeze_panes(1, 0)
    book.close()
    return target.getvalue()
