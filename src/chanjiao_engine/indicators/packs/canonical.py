"""One byte form for every JSON file of a pack, and a reader that trusts nothing.

UTF-8, keys sorted by code point, no spaces, no escapes but those JSON demands, no floats, one line
feed at the end. Numbers that are not whole are text.
"""

import json
from decimal import Decimal
from typing import Any

from .refusals import PackDiffers

MAX_JSON_BYTES = 64 * 2**20


def to_json(value: Any) -> bytes:
    """The canonical bytes."""
    text = json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return text.encode() + b"\n"


def from_json(data: bytes | memoryview, name: str) -> Any:
    """The value; refused where the bytes are not the canonical ones of what they say.

    Nesting beyond the interpreter's limit, whole numbers of thousands of digits, half surrogates
    and keys given twice all end here too.
    """
    if len(data) > MAX_JSON_BYTES:
        raise PackDiffers(name, f"至多 {MAX_JSON_BYTES} 字节", f"{len(data)} 字节")
    raw = bytes(data)
    try:
        value = json.loads(raw, parse_float=_no_float, parse_constant=_no_float)
        again = to_json(value)
    except (ValueError, RecursionError) as fault:
        raise PackDiffers(name, "规范形式的 JSON（UTF-8）", _brief(fault)) from fault
    if again != raw:
        raise PackDiffers(name, "规范形式的 JSON", "同样内容的另一种写法")
    return value


def exact(number: Decimal) -> str:
    """The shortest plain text of a number: no exponent, no zeros that say nothing."""
    if not number.is_finite():
        raise ValueError("not a finite number")
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _no_float(text: str) -> Any:
    raise ValueError(f"float {text}")


def _brief(fault: Exception) -> str:
    return f"无法解读的内容（{str(fault)[:80]}）"
