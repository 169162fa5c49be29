"""A verification as JSON: what a parent process, a page or another program reads."""

from typing import Any

from chanjiao_engine.indicators.packs import Opened, Verification
from chanjiao_engine.indicators.packs.contents import (
    SET,
    head_row,
    note_rows,
    outcome_row,
    typed_rows,
)


def report_of(found: Verification) -> dict[str, Any]:
    """Steps, the difference if any, and of a pack that holds everything the pages show."""
    one = found.difference
    return {
        "holds": found.holds,
        "pinned": found.pinned,
        "steps": [[step.name, step.detail] for step in found.steps],
        "failed": found.failed,
        "difference": [one.where, one.expected, one.found] if one else None,
        "said": head_row(found.opened.head) if found.opened else None,
        "signer": found.opened.signer if found.opened else "",
        "contents": _contents(found.opened) if found.holds and found.opened else None,
    }


def _contents(opened: Opened) -> dict[str, Any]:
    assert opened.chosen is not None
    return {
        "outcomes": [outcome_row(o) for o in opened.outcomes],
        "typed": typed_rows(opened.typed),
        "notes": note_rows(opened.notes),
        "rows": {name: rows.num_rows for name, rows in opened.facts.items()},
        "evidence": len(opened.evidence),
        "set": bytes(opened.files[SET]).decode(),
    }
