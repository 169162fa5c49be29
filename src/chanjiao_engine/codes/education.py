"""学校标识码 and 专业代码: level, 大类 and 类 from the digits."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from chanjiao_engine.codes.division import PROVINCES
from chanjiao_engine.codes.text import CodeError, need_digits, need_length, normalise

SCHOOL_CATEGORIES: Final = MappingProxyType(
    {"36": "中等职业学校", "41": "普通高等学校", "42": "成人高等学校"}
)
MajorLevel = Literal["中职", "高职专科", "职教本科", "普通本科"]

# 《职业教育专业目录(2021年)》(教职成〔2021〕2号): the same 19 大类 on three levels.
FIELDS: Final = (
    "农林牧渔大类",
    "资源环境与安全大类",
    "能源动力与材料大类",
    "土木建筑大类",
    "水利大类",
    "装备制造大类",
    "生物与化工大类",
    "轻工纺织大类",
    "食品药品与粮食大类",
    "交通运输大类",
    "电子与信息大类",
    "医药卫生大类",
    "财经商贸大类",
    "旅游大类",
    "文化艺术大类",
    "新闻传播大类",
    "教育与体育大类",
    "公安与司法大类",
    "公共管理与服务大类",
)
# 《普通高等学校本科专业目录》: 学科门类.
DISCIPLINES: Final = MappingProxyType(
    {
        "01": "哲学",
        "02": "经济学",
        "03": "法学",
        "04": "教育学",
        "05": "文学",
        "06": "历史学",
        "07": "理学",
        "08": "工学",
        "09": "农学",
        "10": "医学",
        "11": "军事学",
        "12": "管理学",
        "13": "艺术学",
        "14": "交叉学科",
    }
)
_LEVELS: Final[tuple[tuple[int, MajorLevel], ...]] = (
    (60, "中职"),
    (40, "高职专科"),
    (20, "职教本科"),
)
_VOCATIONAL: Final = 20  # 21–39, 41–59, 61–79: the same 19 大类 on three levels
_UNDERGRADUATE: Final = re.compile(r"(0[1-9]|1[0-4])\d{4}(TK|T|K)?")


@dataclass(frozen=True, slots=True)
class SchoolCode:
    """A school's code of ten digits: category in words, province's name, serial of six digits."""

    code: str
    category: str
    province: str
    serial: str


@dataclass(frozen=True, slots=True)
class MajorCode:
    """A major's code: level, 大类 (two digits and name) and 类 (four digits)."""

    code: str
    level: MajorLevel
    field: str
    field_name: str
    group: str


def parse_school_code(text: str) -> SchoolCode:
    """Return the school's code, or raise CodeError. Source: 教育部 学校(机构)标识码 structure."""
    code = normalise(text)
    need_length(code, (10,), "学校标识码")
    need_digits(code, "学校标识码")
    category = SCHOOL_CATEGORIES.get(code[:2])
    if category is None:
        raise CodeError(
            f"学校标识码前两位应为 36（中职）、41（普通高校）或 42（成人高校），现为 {code[:2]}"
        )
    province = PROVINCES.get(code[2:4])
    if province is None:
        raise CodeError(f"学校标识码第 3–4 位“{code[2:4]}”不是省级代码（如辽宁省为 21）")
    return SchoolCode(code, category, province, code[4:])


def parse_major(text: str) -> MajorCode:
    """Return the major's level and class, or raise CodeError; whether it exists is not checked.

    Sources: 《职业教育专业目录(2021年)》 (six digits, 2x-7x) and 《普通高等学校本科专业目录》
    (01-14, six digits and T, K or TK).
    """
    code = normalise(text)
    if _UNDERGRADUATE.fullmatch(code):
        return MajorCode(code, "普通本科", code[:2], DISCIPLINES[code[:2]], code[:4])
    need_length(code, (6,), "专业代码")
    need_digits(code, "专业代码")
    for base, level in _LEVELS:
        serial = int(code[:2]) - base
        if 1 <= serial <= len(FIELDS):
            return MajorCode(code, level, code[:2], FIELDS[serial - 1], code[:4])
    raise CodeError(
        f"专业代码前两位“{code[:2]}”不在目录中："
        "中职 61–79，高职专科 41–59，职教本科 21–39，普通本科 01–14"
    )


def major_fields(codes: Iterable[str]) -> int | None:
    """The 专业大类 of majors as bits, the same on every vocational level (66 = 46 = 26): two sets of
    majors are 跨大类 when no bit is common. 0 for no codes; None if one of them cannot be read."""
    bits = 0
    for code in codes:
        try:
            number = int(parse_major(code).field)
        except CodeError:
            return None
        bits |= 1 << (number % _VOCATIONAL if number > _VOCATIONAL else _VOCATIONAL + number)
    return bits
