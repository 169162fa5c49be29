"""The words of the red lines: when a rule asks, what it does, who mends, what came out."""

from enum import IntEnum, StrEnum


class Stage(StrEnum):
    """When a rule asks."""

    GATE = "上岗前"
    IN_FLIGHT = "实习中"
    YEARLY = "年度"


class Severity(StrEnum):
    """What a violation does: stop, be told, or (by a setting) nothing."""

    BLOCK = "阻断"
    WARN = "提醒"
    OFF = "停用"


class Outcome(IntEnum):
    """What came of a rule for a row; a row the rule is content with is not listed."""

    VIOLATED = 1
    MISSING = 2  # cannot tell: a fact is not there
    WAIVED = 3  # violated, and a permitted override with proof is there

    @property
    def word(self) -> str:
        """The outcome in Chinese."""
        return {1: "违反", 2: "待补", 3: "已豁免"}[self.value]


class Party(StrEnum):
    """Who mends, or who may override."""

    SCHOOL = "学校"
    UNIT = "实习单位"
    STUDENT = "学生"
    GUARDIAN = "监护人（家长）"
    AUTHORITY = "主管部门"


class Status(StrEnum):
    """Whether the words were read in the notice, or quoted alike by two; the rest may be set in use."""

    CHECKED = "已核"
    OPEN = "待核"


class Measure(StrEnum):
    """What the numbers in `seen` and `limit` are; dates are days since 1970-01-01."""

    FLAG = "是否"
    COUNT = "人"
    YEARS = "周岁"
    GRADE = "年级"
    LEVEL = "级"
    MINUTES = "分钟"
    FEN = "分"
    DATE = "日期"
    MINUTE_OF_DAY = "时刻"
    MONTH = "月份"  # the first day of the month
    FIELD = "专业大类"
