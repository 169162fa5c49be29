"""居民身份证号 GB 11643-1999: check digit, birth date, sex."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from operator import mul
from typing import Final, Literal

from chanjiao_engine.codes.division import PROVINCES
from chanjiao_engine.codes.text import CodeError, need_digits, need_length, normalise

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"
_TAIWAN_RESIDENCE: Final = "83"
_NAME: Final = "身份证号"


@dataclass(frozen=True, slots=True)
class Identity:
    """A valid number (18 characters) with what it says: division, birth date, sex."""

    number: str
    division: str
    birth: date
    sex: Literal["男", "女"]

    def age_on(self, day: date) -> int:
        """Full years (周岁) on the day; a birthday counts on the day itself."""
        before = (day.month, day.day) < (self.birth.month, self.birth.day)
        return day.year - self.birth.year - before

    @property
    def masked(self) -> str:
        """The number with the birth date hidden, fit for a list on a page."""
        return self.number[:6] + "********" + self.number[14:]


def parse_identity(text: str, *, on: date | None = None) -> Identity:
    """Return what the number says, or raise CodeError. Source: GB 11643-1999.

    With `on`, a birth date after that day is refused. Residence permits of Hong Kong, Macao and
    Taiwan residents (81, 82, 83) have the same structure and are accepted.
    """
    code = normalise(text)
    if len(code) == 15 and code.isdigit():
        raise CodeError("身份证号为 15 位旧号，已停用，请填写 18 位身份证号")
    need_length(code, (18,), _NAME)
    need_digits(code, _NAME, 0, 17)
    if code[:2] not in PROVINCES and code[:2] != _TAIWAN_RESIDENCE:
        raise CodeError(f"身份证号前两位“{code[:2]}”不是省级行政区划代码，请核对")
    birth = _birth(code[6:14], on)
    expected = _CHECKS[sum(map(mul, map(int, code[:17]), _WEIGHTS)) % 11]
    if code[17] != expected:
        raise CodeError(f"身份证号校验位应为 {expected}，现为 {code[17]}，请逐位核对")
    return Identity(code, code[:6], birth, "男" if int(code[16]) % 2 else "女")


def _birth(digits: str, on: date | None) -> date:
    try:
        birth = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise CodeError(f"身份证号第 7–14 位“{digits}”不是一个存在的日期，请核对") from None
    if birth.year < 1900 or (on is not None and birth > on):
        raise CodeError(f"身份证号中的出生日期 {birth:%Y-%m-%d} 不合理，请核对第 7–14 位")
    return birth
