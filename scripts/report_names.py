"""Write the table of report templates' names into docs/formats.md; `--check` only says if it is current."""

import sys
from collections.abc import Sequence
from pathlib import Path

from chanjiao.documents.names import Name, walk
from chanjiao.reports.names import NAMES, PUBLIC_NAMES

FILE = Path(__file__).resolve().parents[1] / "docs" / "formats.md"
BEGIN, END = "<!-- names: made by scripts/report_names.py -->\n", "<!-- /names -->\n"


def text() -> str:
    public = {name.key: name for name in PUBLIC_NAMES}
    lines = ["| name | kind | 含义 | public edition |", "|---|---|---|---|"]
    for name in NAMES:
        lines += _lines(name, public.get(name.key))
    return "\n".join(lines) + "\n"


def _lines(name: Name, public: Name | None) -> list[str]:
    """A name, and its fields, indented by what they are fields of."""
    shown = {field.key for _, field in walk(public.fields)} if public else set()
    found = [_line(name.key, name, public is not None)]
    return found + _fields(name.key, name.fields, shown)


def _fields(above: str, fields: Sequence[Name], shown: set[str]) -> list[str]:
    found = []
    for field in fields:
        key = f"{above} › {field.key}"
        found.append(_line(key, field, field.key in shown))
        found += _fields(key, field.fields, shown)
    return found


def _line(key: str, name: Name, public: bool) -> str:
    return f"| {key} | {name.kind} | {name.meaning} | {'yes' if public else ''} |"


def written(old: str) -> str:
    """The file with the table between its marks."""
    head, _, rest = old.partition(BEGIN)
    _, mark, tail = rest.partition(END)
    if not mark:
        raise SystemExit(f"docs/formats.md has no {BEGIN.strip()} … {END.strip()}")
    return head + BEGIN + text() + END + tail


def main(check: bool) -> int:
    old = FILE.read_text(encoding="utf-8")
    current = old == written(old)
    if check and not current:
        print("run scripts/report_names.py")
    if not check:
        FILE.write_text(written(old), encoding="utf-8")
    return int(check and not current)


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))
