"""职业分类大典 2022 and 国民经济行业分类 GB/T 4754-2017: structure of the codes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from chanjiao_engine.codes.text import CodeError, need_length, normalise

OCCUPATION_CLASSES: Final = (
    "党的机关、国家机关、群众团体和社会组织、企事业单位负责人",
    "专业技术人员",
    "办事人员和有关人员",
    "社会生产服务和生活服务人员",
    "农、林、牧、渔业生产及辅助人员",
    "生产制造及有关人员",
    "军队人员",
    "不便分类的其他从业人员",
)
_OCCUPATION: Final = re.compile(r"([1-8])-?([0-9]{2})-?([0-9]{2})-?([0-9]{2})")

# 门类 → its first and last 大类.
SECTIONS: Final = MappingProxyType(
    {
        "A": (1, 5, "农、林、牧、渔业"),
        "B": (6, 12, "采矿业"),
        "C": (13, 43, "制造业"),
        "D": (44, 46, "电力、热力、燃气及水生产和供应业"),
        "E": (47, 50, "建筑业"),
        "F": (51, 52, "批发和零售业"),
        "G": (53, 60, "交通运输、仓储和邮政业"),
        "H": (61, 62, "住宿和餐饮业"),
        "I": (63, 65, "信息传输、软件和信息技术服务业"),
        "J": (66, 69, "金融业"),
        "K": (70, 70, "房地产业"),
        "L": (71, 72, "租赁和商务服务业"),
        "M": (73, 75, "科学研究和技术服务业"),
        "N": (76, 79, "水利、环境和公共设施管理业"),
        "O": (80, 82, "居民服务、修理和其他服务业"),
        "P": (83, 83, "教育"),
        "Q": (84, 85, "卫生和社会工作"),
        "R": (86, 90, "文化、体育和娱乐业"),
        "S": (91, 96, "公共管理、社会保障和社会组织"),
        "T": (97, 97, "国际组织"),
    }
)
_SECTION_OF: Final = {
    number: letter
    for letter, (first, last, _) in SECTIONS.items()
    for number in range(first, last + 1)
}
_INDUSTRY: Final = re.compile(r"([A-T]?)([0-9]{0,4})")
IndustryLevel = Literal["门类", "大类", "中类", "小类"]
_INDUSTRY_LEVELS: Final[dict[int, IndustryLevel]] = {0: "门类", 2: "大类", 3: "中类", 4: "小类"}


@dataclass(frozen=True, slots=True)
class OccupationCode:
    """An occupation (细类) X-XX-XX-XX: its 大类's name; 中类 and 小类 as code prefixes."""

    code: str
    major: str
    middle: str
    minor: str


@dataclass(frozen=True, slots=True)
class IndustryCode:
    """An industry: `code` is the letter alone (门类) or digits; `section` the letter."""

    code: str
    section: str
    section_name: str
    level: IndustryLevel

    @property
    def full(self) -> str:
        """Letter and digits, as in C3411."""
        return self.code if self.level == "门类" else self.section + self.code


def parse_occupation(text: str) -> OccupationCode:
    """Return the occupation, or raise CodeError. Source: 中华人民共和国职业分类大典(2022年版).

    Seven digits without dashes are accepted; whether the occupation exists is not checked.
    """
    code = normalise(text)
    if not code:
        raise CodeError("职业代码没有填写")
    found = _OCCUPATION.fullmatch(code)
    if found is None:
        raise CodeError(f"职业代码“{code}”应写成 X-XX-XX-XX，首位 1–8，如 6-18-01-07")
    first, second, third, _ = parts = found.groups()
    middle = f"{first}-{second}"
    return OccupationCode(
        "-".join(parts), OCCUPATION_CLASSES[int(first) - 1], middle, f"{middle}-{third}"
    )


def parse_industry(text: str) -> IndustryCode:
    """Return the industry, or raise CodeError. Source: GB/T 4754-2017 (amended 2019).

    Accepts a letter (C), two to four digits (34, 341, 3411), or both (C3411).
    """
    code = normalise(text)
    found = _INDUSTRY.fullmatch(code)
    if not code or found is None or len(found[2]) not in _INDUSTRY_LEVELS:
        need_length(code, (1, 2, 3, 4, 5), "行业代码")
        raise CodeError(f"行业代码“{code}”应为门类字母 A–T，或 2–4 位数字，如 C、34、341、C3411")
    letter, digits = found.groups()
    section = _SECTION_OF.get(int(digits[:2])) if digits else letter
    if section is None:
        raise CodeError(f"行业代码“{code}”的大类“{digits[:2]}”不存在，大类为 01–97")
    if letter and letter != section:
        raise CodeError(f"行业代码“{code}”的大类 {digits[:2]} 属于门类 {section}，不属于 {letter}")
    level = _INDUSTRY_LEVELS[len(digits)]
    return IndustryCode(digits or letter, section, SECTIONS[section][2], level)
