"""The facts the red lines are asked of, column by column: narrow rows with ids as text.

Every column but an id may be null: a fact nobody has stated is an outcome of its own (待补).
docs/redlines.md is made from this file. Periods are half-open: `until` is the first day after.
(The indicators' schema is not used: it tells what leaves a consortium, these rows never do.)
"""

from dataclasses import dataclass
from enum import StrEnum

INTERNSHIP = "岗位实习"
IN_SCHOOL = ("校中厂", "厂中校", "校内基地")  # sites that must be registered


class Type(StrEnum):
    """Column types. No floats: money is an integer of 分, a time of day is minutes."""

    TEXT = "text"
    INTEGER = "integer"
    DATE = "date"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `low` and `high` bound an integer, `choices` a text (empty: any).

    `refers` names the table whose id it holds.
    """

    name: str
    type: Type
    title: str
    unit: str = ""
    meaning: str = ""
    required: bool = False
    low: int = 0
    high: int = 10**12  # 分; leaves room for the products of the checks in 64 bits
    refers: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """One fact table; `key` names a row, and repeating it is refused."""

    name: str
    title: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]


def _id(name: str, title: str, refers: str = "") -> Column:
    return Column(name, Type.TEXT, title, required=True, refers=refers)


def _choice(name: str, title: str, *choices: str) -> Column:
    return Column(name, Type.TEXT, title, meaning="、".join(choices), choices=choices)


def _text(name: str, title: str, meaning: str = "", required: bool = False) -> Column:
    return Column(name, Type.TEXT, title, meaning=meaning, required=required)


def _whole(name: str, title: str, unit: str, meaning: str = "", **more: object) -> Column:
    return Column(name, Type.INTEGER, title, unit, meaning, **more)  # type: ignore[arg-type]


def _date(name: str, title: str, meaning: str = "", required: bool = False) -> Column:
    return Column(name, Type.DATE, title, meaning=meaning, required=required)


def _flag(name: str, title: str, meaning: str = "") -> Column:
    return Column(name, Type.BOOLEAN, title, meaning=meaning)


_STUDENTS = Table("students", "学生", ("student",), (
    _id("student", "学生"),
    _date("born", "出生日期"),
    _choice("sex", "性别", "男", "女"),
    _text("major", "专业代码", "六位专业代码"),
))  # fmt: skip

_UNITS = Table("units", "实习单位", ("unit",), (
    _id("unit", "实习单位"),
    _text("industry", "行业代码", "GB/T 4754-2017，四位小类最好"),
    _flag("entertainment", "营业性娱乐场所"),
    _choice("site", "实习场所", "企业", *IN_SCHOOL),
    _flag("registered", "依法登记", "依法成立或登记，取得法人或非法人组织资格"),
    _flag("chemical_park", "位于化工园区"),
    _whole("hourly_minimum", "当地小时最低工资", "分"),
))  # fmt: skip

_POSTS = Table("posts", "岗位", ("post",), (
    _id("post", "岗位"),
    _id("unit", "实习单位", "units"),
    _text("kind", "岗位类别", "同类岗位同名"),
    _text("majors", "面向专业", "专业代码，顿号隔开"),
    _flag("minor_forbidden", "未成年工禁忌"),
    _flag("female_forbidden", "女职工禁忌"),
    _flag("chemical_site", "危险化学品场所", "岗位在危险化学品生产、储存、使用场所内"),
    _flag("harmful", "有害身心健康"),
    _whole("intensity", "体力劳动强度", "级", "Ⅰ—Ⅳ 级写 1—4", low=1, high=4),
    _whole("daily_minutes", "每日实习时间", "分钟", high=1440),
    _flag("night", "安排夜班", "22:00 至次日 6:00 之间有工作"),
    _whole("same_post_wage", "相同岗位月工资", "分"),
    _whole("lowest_wage_grade", "最低档月工资", "分"),
))  # fmt: skip

_PLACEMENTS = Table("placements", "实习安排", ("placement",), (
    _id("placement", "实习安排"),
    _id("student", "学生", "students"),
    _id("post", "岗位", "posts"),
    _text("school", "学校"),
    _choice("kind", "实习类型", "认识实习", INTERNSHIP),
    _whole("grade", "年级", "年级", "上岗当日的年级，一年级写 1", low=1, high=9),
    _date("starts", "开始日期", "上岗当日"),
    _date("until", "结束次日", "实习结束后的第一天"),
    _whole("pay", "约定月报酬", "分"),
    _flag("independent", "相对独立参与实际工作", "报酬下限只对这样的学生"),
))  # fmt: skip

_AGREEMENTS = Table("agreements", "三方协议", ("placement",), (
    _id("placement", "实习安排", "placements"),
    _date("school_on", "学校签订日期"),
    _date("unit_on", "实习单位签订日期"),
    _date("student_on", "学生签订日期"),
))  # fmt: skip

_CONSENTS = Table("consents", "知情同意书", ("placement",), (
    _id("placement", "实习安排", "placements"),
    _date("student_on", "学生签字日期"),
    _date("guardian_on", "监护人（家长）签字日期"),
))  # fmt: skip

_INSURANCE = Table("insurance", "实习责任保险", ("placement", "since", "until"), (
    _id("placement", "实习安排", "placements"),
    _date("since", "起保日期", required=True),
    _date("until", "终保次日", required=True),
    _flag("charged", "保费向学生收取"),
))  # fmt: skip

_TRAINING = Table("training", "岗前安全培训", ("placement",), (
    _id("placement", "实习安排", "placements"),
    _date("trained_on", "安全培训日期"),
    _date("tested_on", "安全考核日期"),
    _flag("passed", "安全考核合格"),
))  # fmt: skip

_DECLARATIONS = Table("declarations", "上岗前自查", ("placement",), (
    _id("placement", "实习安排", "placements"),
    _flag("fees", "向学生收费或收押金"),
    _flag("documents_held", "扣押证件"),
    _flag("intermediary", "中介组织或管理"),
    _flag("forced", "强制到指定单位"),
    _date("filed_on", "备案日期"),
    _date("mental_health_on", "心理健康评估日期"),
))  # fmt: skip

_FEES = Table("fees", "收费", ("placement", "item", "on"), (
    _id("placement", "实习安排", "placements"),
    _text("item", "收费项目", required=True),
    _date("on", "收费日期", required=True),
    _whole("amount", "金额", "分"),
))  # fmt: skip

_STAFF = Table("staff", "在岗职工", ("unit", "kind", "since"), (
    _id("unit", "实习单位", "units"),
    _text("kind", "岗位类别", "空文本为全单位", required=True),
    _date("since", "统计日期", "自当日起，至下一次统计", required=True),
    _whole("staff", "在岗职工数", "人", required=True),
))  # fmt: skip

_PAY = Table("pay", "报酬发放", ("placement", "month"), (
    _id("placement", "实习安排", "placements"),
    _date("month", "月份", "当月第一天", required=True),
    _whole("due", "应发", "分"),
    _whole("paid", "实发", "分"),
    _date("paid_on", "发放日期"),
    _flag("money", "以货币支付"),
    _flag("direct", "直接付给学生"),
    _whole("minutes", "当月实习时间", "分钟", high=44_640),
))  # fmt: skip

_SHIFTS = Table("shifts", "班次", ("placement", "day", "from_minute"), (
    _id("placement", "实习安排", "placements"),
    _date("day", "日期", "班次开始的一天", required=True),
    _whole("from_minute", "上班时刻", "分钟", "自当日零时", required=True, high=1439),
    _whole("until_minute", "下班时刻", "分钟", "自当日零时，次日继续累加", required=True, high=2879),
    _whole("worked", "工作时间", "分钟", "不含休息；空为全程", high=1440),
))  # fmt: skip

_OVERRIDES = Table("overrides", "豁免", ("placement", "rule"), (
    _id("placement", "实习安排", "placements"),
    _text("rule", "规则代码", required=True),
    _text("by", "批准方", "学校、主管部门", required=True),
    _text("proof", "证明材料", required=True),
))  # fmt: skip

TABLES: tuple[Table, ...] = (
    _STUDENTS, _UNITS, _POSTS, _PLACEMENTS, _AGREEMENTS, _CONSENTS, _INSURANCE, _TRAINING,
    _DECLARATIONS, _FEES, _STAFF, _PAY, _SHIFTS, _OVERRIDES,
)  # fmt: skip
BY_NAME = {table.name: table for table in TABLES}
TITLES = {
    f"{table.name}.{column.name}": column.title for table in TABLES for column in table.columns
}
