"""Write docs/states/*.md from the MOVES tables; `--check` only says whether they are current."""

import importlib
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = [
    "jobs",
    "sheets",
    "council",
    "needs",
    "matching",
    "agreements",
    "training",
    "plans",
    "indicators",
]


def pages() -> dict[str, str]:
    """File name → text, one page for each MOVES table."""
    from chanjiao.kernel.moves import diagram

    found = {}
    for package in PACKAGES:
        enums = importlib.import_module(f"chanjiao.{package}.enums")
        for name, moves in sorted(vars(enums).items()):
            if not name.endswith("MOVES"):
                continue
            choices = type(next(iter(moves)))
            labels = {state.value: str(state.label) for state in choices}
            plain = {state.value: frozenset(t.value for t in to) for state, to in moves.items()}
            title = f"{package}.{name}"
            text = f"# {title}\n\nMade by `scripts/states.py` from the code.\n\n"
            found[f"{title.lower()}.md"] = text + f"```mermaid\n{diagram(plain, labels)}```\n"
    return found


def main(check: bool) -> int:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chanjiao.settings")
    django.setup()
    folder, stale = ROOT / "docs" / "states", []
    for name, text in pages().items():
        file = folder / name
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                file.write_text(text, encoding="utf-8")
    if check and stale:
        print("run scripts/states.py:", *stale)
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))
