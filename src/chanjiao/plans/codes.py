"""Codes of tasks: 2-1-1, a part 2-1-1.2; read leniently, ordered as numbers."""

import re
import unicodedata

_CODE = re.compile(r"[1-9][0-9]{0,2}(-[1-9][0-9]{0,2}){0,2}(\.[1-9][0-9]?)?")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−－_", "-") | {"。": ".", "．": ".", "·": "."})


def read_code(text: str) -> str:
    """The code as it is kept; ValueError (Chinese) for anything else."""
    plain = "".join(unicodedata.normalize("NFKC", text.translate(_DASHES)).split())
    if not _CODE.fullmatch(plain):
        raise ValueError(f"“{text.strip()[:24]}”不是任务编号，应写成 2-1-1 或 2-1-1.2")
    return plain


def place_of(code: str) -> str:
    """A text that orders codes as numbers: 1-1-10 after 1-1-9, parts after their whole."""
    whole, _, part = code.partition(".")
    return "-".join(f"{int(n):04}" for n in whole.split("-")) + (f".{int(part):04}" if part else "")


def groups_of(code: str) -> list[str]:
    """The codes of the groups above a task, widest first: 2-1-1 → 2, 2-1."""
    numbers = code.partition(".")[0].split("-")
    return ["-".join(numbers[:length]) for length in range(1, len(numbers))]


def part_code(code: str, number: int) -> str:
    """The code of a task's n-th part."""
    return f"{code}.{number}"


def whole_code(code: str) -> str:
    """The code of the task a part belongs to; empty for a whole task."""
    whole, dot, _ = code.partition(".")
    return whole if dot else ""
