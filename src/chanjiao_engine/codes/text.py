"""What every code parser shares: the error a person can act on, and normalised characters."""

from __future__ import annotations

import unicodedata

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−─", "-"))
_NOISE = "\u200b\u200c\u200d\ufeff\u2060'`"


class CodeError(ValueError):
    """A code that is not valid; the text says what is wrong and how to mend it (Chinese)."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def normalise(text: str) -> str:
    """Half-width, upper-case, without blanks, zero-width marks or Excel's leading apostrophe.

    Every kind of dash becomes "-". Nothing else is guessed or dropped.
    """
    if text.isascii() and text.isalnum():  # nearly every cell of a large sheet
        return text.upper()
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES).upper()
    return "".join(sign for sign in plain if not sign.isspace() and sign not in _NOISE)


def need_length(code: str, lengths: tuple[int, ...], name: str) -> None:
    """Raise CodeError unless the code has one of the lengths."""
    if not code:
        raise CodeError(f"{name}没有填写")
    if len(code) not in lengths:
        wanted = " 或 ".join(str(length) for length in lengths)
        raise CodeError(f"{name}应为 {wanted} 位，现为 {len(code)} 位，请核对是否漏填或多填")


def need_digits(code: str, name: str, start: int = 0, stop: int | None = None) -> None:
    """Raise CodeError naming the first place in [start, stop) that is not a digit 0-9."""
    part = code[start:stop]
    if part.isascii() and part.isdigit():
        return
    for place, sign in enumerate(part, start + 1):
        if not ("0" <= sign <= "9"):
            raise CodeError(f"{name}第 {place} 位是“{sign}”，应为数字")
