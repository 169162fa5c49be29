"""行政区划代码 GB/T 2260: structure only (province, city, county); no list of cities."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from chanjiao_engine.codes.text import CodeError, need_digits, need_length, normalise

DivisionLevel = Literal["省级", "地级", "县级"]

PROVINCES: Final = MappingProxyType(
    {
        "11": "北京市",
        "12": "天津市",
        "13": "河北省",
        "14": "山西省",
        "15": "内蒙古自治区",
        "21": "辽宁省",
        "22": "吉林省",
        "23": "黑龙江省",
        "31": "上海市",
        "32": "江苏省",
        "33": "浙江省",
        "34": "安徽省",
        "35": "福建省",
        "36": "江西省",
        "37": "山东省",
        "41": "河南省",
        "42": "湖北省",
        "43": "湖南省",
        "44": "广东省",
        "45": "广西壮族自治区",
        "46": "海南省",
        "50": "重庆市",
        "51": "四川省",
        "52": "贵州省",
        "53": "云南省",
        "54": "西藏自治区",
        "61": "陕西省",
        "62": "甘肃省",
        "63": "青海省",
        "64": "宁夏回族自治区",
        "65": "新疆维吾尔自治区",
        "71": "台湾省",
        "81": "香港特别行政区",
        "82": "澳门特别行政区",
    }
)


@dataclass(frozen=True, slots=True)
class Division:
    """One place of GB/T 2260: its code of six digits, its level and its province's name."""

    code: str
    level: DivisionLevel
    province: str

    @property
    def parent(self) -> str | None:
        """The code one level up; None for a province."""
        if self.level == "县级":
            return self.code[:4] + "00"
        return self.code[:2] + "0000" if self.level == "地级" else None


def parse_division(text: str) -> Division:
    """Return the division, or raise CodeError. Source: GB/T 2260-2007, structure of the code."""
    code = normalise(text)
    need_length(code, (6,), "行政区划代码")
    need_digits(code, "行政区划代码")
    province = PROVINCES.get(code[:2])
    if province is None:
        raise CodeError(f"行政区划代码前两位“{code[:2]}”不是省级代码（如辽宁省为 21）")
    return Division(code, _level(code), province)


def _level(code: str) -> DivisionLevel:
    if code[2:] == "0000":
        return "省级"
    if code[2:4] == "00":
        raise CodeError(f"行政区划代码“{code}”第 3–4 位为 00，第 5–6 位就只能是 00")
    return "地级" if code[4:] == "00" else "县级"
