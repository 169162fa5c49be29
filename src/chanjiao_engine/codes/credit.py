"""统一社会信用代码 GB 32100-2015, with the organisation part of GB 11714-1997 inside it."""

from __future__ import annotations

from dataclasses import dataclass
from operator import getitem
from types import MappingProxyType
from typing import Final

from chanjiao_engine.codes.division import PROVINCES
from chanjiao_engine.codes.text import CodeError, need_digits, need_length, normalise

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUES: Final = {sign: value for value, sign in enumerate(ALPHABET)}
_SIGNS: Final = frozenset(ALPHABET)
_ORG_SIGNS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# One table per place, value times weight: weights are 3^i mod 31, and GB 11714's.
_PRODUCTS: Final = [
    {sign: value * pow(3, place, 31) for sign, value in _VALUES.items()} for place in range(17)
]
_ORG_PRODUCTS: Final = [
    {sign: int(sign, 36) * weight for sign in _ORG_SIGNS} for weight in (3, 7, 9, 10, 5, 8, 4, 2)
]
_LOOKS_LIKE: Final = MappingProxyType({"I": "1", "O": "0", "Z": "2", "S": "5", "V": "U"})
_STATE_LEVEL: Final = "10"
_NAME: Final = "统一社会信用代码"

DEPARTMENTS: Final = MappingProxyType(
    {
        "1": "机构编制",
        "2": "外交",
        "3": "司法行政",
        "4": "文化",
        "5": "民政",
        "6": "旅游",
        "7": "宗教",
        "8": "工会",
        "9": "市场监管（工商）",
        "A": "中央军委改革和编制办公室",
        "N": "农业",
        "Y": "其他",
    }
)
CATEGORIES: Final = MappingProxyType(
    {
        "11": "机关",
        "12": "事业单位",
        "13": "群众团体",
        "51": "社会团体",
        "52": "民办非企业单位",
        "53": "基金会",
        "91": "企业",
        "92": "个体工商户",
        "93": "农民专业合作社",
    }
)


@dataclass(frozen=True, slots=True)
class CreditCode:
    """A valid code: `code` normalised (18), `division` (6 digits), `organisation` (GB 11714, 9).

    `category` is the trade's word for the first two characters ("企业", "事业单位"…), or "其他".
    """

    code: str
    category: str
    division: str
    organisation: str


def parse_credit_code(text: str) -> CreditCode:
    """Return the code, or raise CodeError. Source: GB 32100-2015 §4-5, GB 11714-1997.

    Full-width and lower-case characters and blanks are normalised. The check character detects
    every error in a single character (31 is prime, no weight is 0).
    """
    code = normalise(text).replace("-", "")
    need_length(code, (18,), _NAME)
    _need_alphabet(code)
    need_digits(code, _NAME, 2, 8)
    _need_parts(code)
    expected = _check(code[:17])
    if code[17] != expected:
        raise CodeError(f"{_NAME}校验位应为 {expected}，现为 {code[17]}，请对照营业执照逐位核对")
    return CreditCode(code, CATEGORIES.get(code[:2], "其他"), code[2:8], code[8:17])


def parse_organisation_code(text: str) -> str:
    """Return the nine characters of an organisation code, or raise CodeError (GB 11714-1997)."""
    code = normalise(text).replace("-", "")
    name = "组织机构代码"
    need_length(code, (9,), name)
    for place, sign in enumerate(code, 1):
        if not (sign.isascii() and sign.isalnum()):
            raise CodeError(f"{name}第 {place} 位“{sign}”不是数字或大写字母")
    expected = _organisation_check(code[:8])
    if code[8] != expected:
        raise CodeError(f"{name}校验位应为 {expected}，现为 {code[8]}")
    return code


def make_credit_code(registration: str, division: str, org8: str) -> str:
    """Build a valid code from its free parts, for fictional units in demonstrations and tests.

    `registration` is department and category ("91" is an enterprise), `division` six digits,
    `org8` the first eight characters of the organisation code. Raises CodeError.
    """
    body = normalise(registration + division + org8)
    if (len(registration), len(division), len(org8)) != (2, 6, 8):
        raise CodeError("登记管理部门与类别应为 2 位，行政区划 6 位，主体标识 8 位")
    _need_alphabet(body)
    body += _organisation_check(org8.upper())
    return parse_credit_code(body + _check(body)).code


def _need_alphabet(code: str) -> None:
    if _SIGNS.issuperset(code):
        return
    for place, sign in enumerate(code, 1):
        if sign in _VALUES:
            continue
        likely = _LOOKS_LIKE.get(sign)
        hint = f"，是否应为“{likely}”" if likely else "，请对照营业执照核对"
        raise CodeError(f"{_NAME}第 {place} 位“{sign}”不在允许的字符中（不用 I、O、S、V、Z）{hint}")


def _need_parts(code: str) -> None:
    if code[0] not in DEPARTMENTS:
        raise CodeError(f"{_NAME}第 1 位“{code[0]}”不是登记管理部门代码（企业为 9，事业单位为 1）")
    if code[2:4] not in PROVINCES and code[2:4] != _STATE_LEVEL:
        raise CodeError(f"{_NAME}第 3–4 位“{code[2:4]}”不是省级行政区划代码")
    expected = _organisation_check(code[8:16])
    if code[16] != expected:
        raise CodeError(
            f"{_NAME}第 17 位（组织机构代码校验位）应为 {expected}，现为 {code[16]}，请核对第 9–17 位"
        )


def _check(body: str) -> str:
    total = sum(map(getitem, _PRODUCTS, body))
    return ALPHABET[(31 - total % 31) % 31]


def _organisation_check(body: str) -> str:
    total = sum(map(getitem, _ORG_PRODUCTS, body))
    return "0123456789X0"[11 - total % 11]
