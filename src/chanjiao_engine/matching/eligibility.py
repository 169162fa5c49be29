"""Which student may not take which post, and under which rule: rules as data over plain facts.

Source of all but the last three: 《职业学校学生实习管理规定》 (教职成〔2021〕4号), with the protection
rules it refers to. The numbers of the bars are part of stored problems and never change.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum

from chanjiao_engine.codes import major_fields

INTERNSHIP_RULES = "《职业学校学生实习管理规定》（教职成〔2021〕4号）"
MINORS_RULES = "《未成年工特殊保护规定》"
WOMEN_RULES = "《女职工劳动保护特别规定》"
WAGE_SHARE = 80  # percent of the same post's wage in the unit


class Bar(IntEnum):
    """Why a pair is ineligible. The name in lower case is the code in files and on pages."""

    NOT_SCORED = 1
    GRADE_FIRST_YEAR = 2
    AGE_UNDER_16 = 3
    MINOR_HAZARD = 4
    FEMALE_HAZARD = 5
    VENUE = 6
    HAZARD = 7
    NIGHT_SHIFT = 8
    HOURS = 9
    MAJOR_GROUP = 10
    WAGE = 11
    GRADE_LOWEST = 12
    OTHER = 13

    @property
    def code(self) -> str:
        """Stable text, e.g. `age_under_16`."""
        return self.name.lower()


class Kind(StrEnum):
    """Kinds of need."""

    INTERNSHIP = "岗位实习"
    APPRENTICE = "学徒"
    ORDER_CLASS = "订单班"
    EMPLOYMENT = "就业"


class Sex(StrEnum):
    """As in the school's register."""

    MALE = "男"
    FEMALE = "女"


class Hazard(StrEnum):
    """What a post exposes people to, as far as the rules ask."""

    MINOR_FORBIDDEN = "未成年工禁忌"
    FEMALE_FORBIDDEN = "女职工禁忌"
    INTENSITY_3 = "第三级体力劳动强度"
    HARMFUL = "其他有害作业"
    ENTERTAINMENT = "营业性娱乐场所"


@dataclass(frozen=True)
class StudentFacts:
    """What the rules ask about a student; None where the school has not said."""

    born: date | None = None
    grade: int | None = None
    sex: Sex | None = None
    major_code: str = ""


@dataclass(frozen=True)
class PostFacts:
    """What the rules ask about a post. Money in integer fen a month; None where not stated."""

    kind: Kind = Kind.INTERNSHIP
    major_codes: frozenset[str] = frozenset()
    hazards: frozenset[Hazard] = frozenset()
    night_shift: bool = False
    hours_per_day: int | None = None
    lowest_grade: int | None = None
    starts: date | None = None
    pay: int | None = None
    same_post_wage: int | None = None
    lowest_wage_grade: int | None = None


Check = Callable[[StudentFacts, PostFacts], bool]


@dataclass(frozen=True)
class Rule:
    """One rule: to which kinds of need it applies, where it is written, when it bars."""

    bar: Bar
    text: str
    article: str
    kinds: frozenset[Kind]
    bars: Check


def age_on(born: date, day: date) -> int:
    """Whole years of age on a day."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _younger(student: StudentFacts, post: PostFacts, years: int) -> bool:
    if student.born is None or post.starts is None:
        return False
    return age_on(student.born, post.starts) < years


def _other_major_group(student: StudentFacts, post: PostFacts) -> bool:
    """跨专业大类, as `redlines` means it: a 中职 66, a 高职 46 and a 职教本科 26 are one. A code that
    cannot be read bars nobody; the checks of the lists refuse it."""
    wanted, own = major_fields(post.major_codes), major_fields([student.major_code])
    return bool(wanted and own is not None and not own & wanted)


def _underpaid(_: StudentFacts, post: PostFacts) -> bool:
    """In principle 80 % of the same post's wage, or at least the unit's lowest wage grade."""
    if post.pay is None:
        return False
    enough = []
    if post.same_post_wage is not None:
        enough.append(post.pay * 100 >= post.same_post_wage * WAGE_SHARE)
    if post.lowest_wage_grade is not None:
        enough.append(post.pay >= post.lowest_wage_grade)
    return bool(enough) and not any(enough)


def _below_lowest_grade(student: StudentFacts, post: PostFacts) -> bool:
    if student.grade is None or post.lowest_grade is None:
        return False
    return student.grade < post.lowest_grade


_INTERN = frozenset({Kind.INTERNSHIP})
_AT_WORK = frozenset({Kind.INTERNSHIP, Kind.APPRENTICE, Kind.EMPLOYMENT})
_AS_STUDENT = frozenset({Kind.INTERNSHIP, Kind.APPRENTICE})
_ALL = frozenset(Kind)

RULES: tuple[Rule, ...] = (
    Rule(
        Bar.GRADE_FIRST_YEAR, "一年级学生不得参加岗位实习", INTERNSHIP_RULES, _INTERN,
        lambda s, p: s.grade == 1,
    ),
    Rule(
        Bar.AGE_UNDER_16, "上岗时未满 16 周岁", INTERNSHIP_RULES, _AT_WORK,
        lambda s, p: _younger(s, p, 16),
    ),
    Rule(
        Bar.MINOR_HAZARD, "上岗时未满 18 周岁，岗位属于未成年工禁忌劳动", MINORS_RULES, _AT_WORK,
        lambda s, p: Hazard.MINOR_FORBIDDEN in p.hazards and _younger(s, p, 18),
    ),
    Rule(
        Bar.FEMALE_HAZARD, "岗位属于女职工禁忌劳动", WOMEN_RULES, _AT_WORK,
        lambda s, p: Hazard.FEMALE_FORBIDDEN in p.hazards and s.sex is Sex.FEMALE,
    ),
    Rule(
        Bar.VENUE, "不得到营业性娱乐场所实习", INTERNSHIP_RULES, _AS_STUDENT,
        lambda s, p: Hazard.ENTERTAINMENT in p.hazards,
    ),
    Rule(
        Bar.HAZARD, "岗位为第三级及以上体力劳动强度或其他有害作业", INTERNSHIP_RULES, _AS_STUDENT,
        lambda s, p: bool({Hazard.INTENSITY_3, Hazard.HARMFUL} & p.hazards),
    ),
    Rule(
        Bar.NIGHT_SHIFT, "岗位安排夜班（22:00–6:00）", INTERNSHIP_RULES, _AS_STUDENT,
        lambda s, p: p.night_shift,
    ),
    Rule(
        Bar.HOURS, "岗位每日工作超过 8 小时", INTERNSHIP_RULES, _AS_STUDENT,
        lambda s, p: p.hours_per_day is not None and p.hours_per_day > 8,
    ),
    Rule(
        Bar.MAJOR_GROUP, "所学专业与岗位不在同一专业大类", INTERNSHIP_RULES, _AS_STUDENT,
        _other_major_group,
    ),
    Rule(Bar.WAGE, "岗位报酬低于规定标准", INTERNSHIP_RULES, _INTERN, _underpaid),
    Rule(Bar.GRADE_LOWEST, "年级低于岗位要求", "岗位要求", _ALL, _below_lowest_grade),
)  # fmt: skip

BAR_TEXTS: dict[Bar, str] = {
    **{rule.bar: rule.text for rule in RULES},
    Bar.NOT_SCORED: "该岗位没有给出你的评分",
    Bar.OTHER: "不符合该岗位的其他条件",
}
BAR_ARTICLES: dict[Bar, str] = {
    **{rule.bar: rule.article for rule in RULES},
    Bar.NOT_SCORED: "",
    Bar.OTHER: "",
}


@dataclass(frozen=True)
class Finding:
    """One rule that bars a pair."""

    bar: Bar
    text: str
    article: str

    @property
    def code(self) -> str:
        """The bar's stable code."""
        return self.bar.code


def findings(
    student: StudentFacts, post: PostFacts, rules: tuple[Rule, ...] = RULES
) -> tuple[Finding, ...]:
    """Every rule that bars this student from this post, in the order of `rules`; empty if none.

    A fact not stated bars nobody here: that it must be stated is a check of the lists themselves.
    """
    return tuple(
        Finding(rule.bar, rule.text, rule.article)
        for rule in rules
        if post.kind in rule.kinds and rule.bars(student, post)
    )
