"""Mainland mobile numbers (YD/T numbering plan: 11 digits, 13-19)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from chanjiao_engine.codes.text import CodeError, need_digits, need_length, normalise

_PLAIN: Final = re.compile(r"1[3-9][0-9]{9}")
_PREFIX: Final = re.compile(r"^(?:\+86|0086|86(?=1[0-9]{10}$))")


@dataclass(frozen=True, slots=True)
class Mobile:
    """A mobile number of eleven digits."""

    number: str

    @property
    def masked(self) -> str:
        """The number with its middle hidden: 138****5678."""
        return f"{self.number[:3]}****{self.number[7:]}"


def parse_mobile(text: str) -> Mobile:
    """Return the number without country code, blanks and dashes, or raise CodeError."""
    if _PLAIN.fullmatch(text):
        return Mobile(text)
    code = _PREFIX.sub("", normalise(text).replace("-", ""), count=1)
    need_length(code, (11,), "手机号")
    need_digits(code, "手机号")
    if code[0] != "1" or code[1] < "3":
        raise CodeError(f"手机号应以 13–19 开头，现为 {code[:2]}；固定电话请填在“办公电话”一栏")
    return Mobile(code)
