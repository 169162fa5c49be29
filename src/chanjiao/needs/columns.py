"""The Excel columns of each list, keyed by model field."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from chanjiao.needs.enums import Confidentiality, Hazard, PostKind, Sex, Shift
from chanjiao.needs.kinds import (
    COHORTS,
    KINDS,
    POSTS,
    PRODUCTS,
    STATIONS,
    TEAMS,
    TECHNOLOGY,
    ListingKind,
)
from chanjiao.reference.enums import Table
from chanjiao.reference.queries import Book
from chanjiao.sheets.layout import Column, Kind, Layout
from chanjiao_engine.codes import (
    CodeError,
    normalise,
    parse_division,
    parse_industry,
    parse_major,
    parse_occupation,
)

_FIRST, _LAST = date(2000, 1, 1), date(2100, 1, 1)
UNIT = (
    Column("unit_code", "统一社会信用代码", Kind.TEXT, max_length=40, width=22, help="18 位；与单位名称至少填一项"),
    Column("unit_name", "单位名称", Kind.TEXT, max_length=120, width=30),
)  # fmt: skip


def _code(key: str, title: str, table: Table, example: object, **shape: Any) -> Column:
    help_ = "填代码，也可填目录中的名称"
    return Column(
        key, title, Kind.CODE, parser=_STRUCTURE[table], example=example,
        **{"help": help_, "required": True, "width": 16, **shape},
    )  # fmt: skip


def _choice(key: str, title: str, source: Any, example: object, **shape: Any) -> Column:
    pairs = tuple(source.choices)
    return Column(key, title, Kind.CHOICE, choices=pairs, example=example, **shape)


def _text(key: str, title: str, length: int, example: str, **shape: Any) -> Column:
    return Column(key, title, Kind.TEXT, max_length=length, example=example, **shape)


def _count(key: str, title: str, example: int | None, **shape: Any) -> Column:
    whole = {"required": True, "minimum": 1, "maximum": 1_000_000, **shape}
    return Column(key, title, Kind.INTEGER, example=example, **whole)


def _money(key: str, title: str, example: int, **shape: Any) -> Column:
    return Column(key, title, Kind.MONEY, unit="元", minimum=0, example=example, **shape)


def _day(key: str, title: str, example: date, **shape: Any) -> Column:
    return Column(
        key, title, Kind.DATE, minimum=_FIRST, maximum=_LAST, example=example, **shape,
    )  # fmt: skip


_STRUCTURE: dict[Table, Callable[[str], str]] = {
    Table.MAJOR: lambda text: parse_major(text).code,
    Table.OCCUPATION: lambda text: parse_occupation(text).code,
    Table.INDUSTRY: lambda text: parse_industry(text).code,
    Table.DIVISION: lambda text: parse_division(text).code,
}
CODED = {
    "major_code": Table.MAJOR,
    "major_codes": Table.MAJOR,
    "occupation_code": Table.OCCUPATION,
    "occupation_codes": Table.OCCUPATION,
    "industry_code": Table.INDUSTRY,
    "division_code": Table.DIVISION,
}

_CONTENT: dict[str, tuple[Column, ...]] = {
    POSTS.slug: (
        _choice("kind", "类型", PostKind, PostKind.INTERNSHIP, required=True),
        _code("occupation_code", "职业代码", Table.OCCUPATION, "6-18-01-07"),
        _code("major_codes", "需求专业代码", Table.MAJOR, ("460103", "460104"), many=True, required=False, help="可填多个，用“、”隔开；不填表示不限"),
        _count("headcount", "人数", 6),
        _count("minimum", "开班下限", 0, required=False, minimum=0, help="报名不足这个人数就不开；没有填 0"),
        _code("division_code", "工作地区划", Table.DIVISION, "210213", required=False),
        _text("place", "工作地点", 120, "金州区示例路 1 号", required=True),
        _choice("shift", "班次", Shift, Shift.DAY, required=True),
        _money("wage_fen", "月报酬", 420_000, required=True),
        _money("lowest_wage_fen", "本单位最低档工资", 400_000, required=True),
        _money("peer_wage_fen", "相同岗位工资", 500_000, required=True),
        _count("same_post_staff", "同类岗位职工数", 60, minimum=0, help="本单位同一职业的在岗职工数；同一职业各条应一致"),
        _choice("hazards", "危害因素", Hazard, (), many=True, help="没有就留空"),
        _day("starts_on", "开始日期", date(2027, 3, 1), required=True),
        _day("ends_on", "结束日期", date(2027, 8, 31), required=True),
    ),
    TECHNOLOGY.slug: (
        _code("industry_code", "行业代码", Table.INDUSTRY, "3421"),
        _text("problem", "技术难题", 2000, "五轴联动加工中心热变形补偿精度不足", required=True, width=40),
        _text("acceptance", "验收要求", 500, "连续加工 8 小时，定位误差不超过 5 微米"),
        _money("budget_fen", "预算", 30_000_000),
        _day("wanted_by", "期望完成日期", date(2027, 12, 31)),
        _choice("confidentiality", "公开范围", Confidentiality, Confidentiality.MEMBERS, required=True),
    ),
    PRODUCTS.slug: (
        _code("industry_code", "行业代码", Table.INDUSTRY, "3421"),
        _text("chain_link", "产业链环节", 60, "整机制造", required=True),
        _text("model", "主要型号", 120, "VDM-850"),
        _text("yearly_output", "年产量", 60, "1,200 台"),
        _money("yearly_sales_fen", "年销售额", 36_000_000_000),
        _text("key_technology", "关键技术", 500, "主轴热误差补偿"),
    ),
    COHORTS.slug: (
        _code("major_code", "专业代码", Table.MAJOR, "460103"),
        _count("entry_year", "入学年份", 2024, minimum=2000, maximum=2100),
        _count("years", "学制（年）", 3, maximum=8),
        _count("size", "人数", 45),
        _choice("kind", "去向", PostKind, PostKind.INTERNSHIP, required=True),
        _day("available_from", "可到岗日期", date(2027, 3, 1), required=True),
        _day("available_to", "应返校日期", date(2027, 8, 31), required=True),
    ),
    TEAMS.slug: (
        _text("field", "研究方向", 200, "机床数控系统与在机测量", required=True),
        _text("leader", "负责人", 60, "张某某", required=True),
        _count("size", "人数", 8),
        _text("service", "可提供的服务", 500, "工艺诊断、精度检测、人员培训"),
    ),
    STATIONS.slug: (
        _text("workshop", "车间", 120, "数控加工车间", required=True),
        _text("equipment", "设备", 200, "立式加工中心 VDM-850", required=True),
        _count("quantity", "工位数", 12),
        _code("occupation_codes", "服务职业代码", Table.OCCUPATION, ("6-18-01-07",), many=True, required=False, help="可填多个，用“、”隔开"),
        _money("value_fen", "设备原值", 420_000_000),
    ),
}  # fmt: skip

_TITLES = {
    POSTS.slug: "数控机床操作工",
    TECHNOLOGY.slug: "五轴加工中心热变形补偿",
    PRODUCTS.slug: "立式加工中心",
    COHORTS.slug: "2024 级数控技术 1 班",
    TEAMS.slug: "智能制造服务团队",
    STATIONS.slug: "立式加工中心工位",
}
_NOTES = (
    "新增的条目“编号”留空；导出后修改再导入时，请保留原来的编号。",
    "“状态”由平台填写，导入时不读取。没有改动的行不会产生任何变化。",
)


def layout_of(kind: ListingKind) -> Layout:
    """The sheet of a list as a unit fills it in."""
    return Layout(
        key=kind.slug,
        title=kind.label,
        sheet_name=kind.label,
        columns=(
            Column("number", "编号", Kind.TEXT, max_length=24, locked=True, width=18, help="新增时留空"),
            Column("state", "状态", Kind.TEXT, locked=True, width=10),
            Column("quarter", "季度", Kind.QUARTER, required=True, example="2026Q4", width=10),
            _text("title", "名称", 120, _TITLES[kind.slug], required=True, width=28),
            *_CONTENT[kind.slug],
            _text("note", "备注", 500, "", width=24),
        ),
        notes=_NOTES,
        unique=(("number",),),
    )  # fmt: skip


STUDENTS = Layout(
    key="students",
    title="学生名册",
    sheet_name="学生名册",
    columns=(
        Column(
            "student_number", "学号", Kind.TEXT, required=True, max_length=30, example="20240101",
            pattern=r"[0-9A-Za-z-]{4,30}", help="4–30 位数字、字母或短横", width=16,
        ),
        _text("name", "姓名", 60, "李某某", required=True),
        _choice("sex", "性别", Sex, Sex.MALE, required=True),
        Column(
            "birth_date", "出生日期", Kind.DATE, required=True, example=date(2006, 5, 12),
            minimum=date(1950, 1, 1), maximum=date(2030, 1, 1),
        ),
        _text("cohort_number", "批次编号", 24, "", width=18, help="学生批次清单中的编号；也可只填专业代码和入学年份"),
        _code("major_code", "专业代码", Table.MAJOR, "460103", required=False),
        _count("entry_year", "入学年份", 2024, required=False, minimum=2000, maximum=2100),
        Column(
            "grade_points", "综合成绩", Kind.DECIMAL, required=True, minimum=0, maximum=100,
            places=2, example=86.5, help="0–100",
        ),
        Column(
            "skill_points", "技能成绩", Kind.DECIMAL, required=True, minimum=0, maximum=100,
            places=2, example=90, help="0–100",
        ),
    ),
    notes=(
        "先导入学生批次清单，再导入名册：批次须已经存在。",
        "学号是一名学生的标识：已有的学号会更新该生的信息，没有的新增。",
    ),
    unique=(("student_number",),),
)  # fmt: skip

LAYOUTS = {kind.slug: layout_of(kind) for kind in KINDS}


def with_names(layout: Layout, book: Book) -> Layout:
    """The layout whose code columns also take a name of the loaded tables."""
    columns = (
        replace(column, parser=_by_name(CODED[column.key], book)) if column.key in CODED else column
        for column in layout.columns
    )
    return replace(layout, columns=tuple(columns))


def with_unit(layout: Layout) -> Layout:
    """The layout for the secretariat: each row tells its unit."""
    unique = tuple(
        ("unit_code", "unit_name", *group) for group in layout.unique if "number" not in group
    )
    return replace(
        layout,
        columns=(layout.columns[0], *UNIT, *layout.columns[1:]),
        unique=unique or layout.unique,
        notes=(*layout.notes, "每行用统一社会信用代码或单位名称说明是哪个成员单位。"),
    )


def _by_name(table: Table, book: Book) -> Callable[[str], str]:
    """A code as written; else the one code in force with exactly this name."""
    structure = _STRUCTURE[table]
    names: dict[str, list[str]] = {}
    for code, entry in book.tables.get(table, {}).items():
        if not entry.retired_in:
            names.setdefault(normalise(entry.name), []).append(code)
    parents = {entry.parent for entry in book.tables.get(table, {}).values()}

    def parse(text: str) -> str:
        found = _leaves_first(names.get(normalise(text), []), parents)
        if len(found) == 1:
            return found[0]
        if found:
            labels = "、".join(f"{code}（{book.tables[table][code].level}）" for code in found)
            raise CodeError(f"“{text}”对应多个代码：{labels}，请填代码")
        return structure(text)

    return parse


def _leaves_first(codes: Sequence[str], parents: set[str]) -> Sequence[str]:
    return [code for code in codes if code not in parents] or codes
