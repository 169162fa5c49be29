"""Facts as people read them on a page: states and kinds in words, units by name, digests cut.

The files keep the facts as they are, so that they can be computed with.
"""

from collections.abc import Mapping
from typing import Any

from chanjiao.council.enums import BodyKind, CommitmentKind, RegulationKind
from chanjiao.indicators.drilling import Part
from chanjiao.matching.enums import RoundState
from chanjiao.members.enums import MemberRole
from chanjiao.needs.enums import ListingState, PostKind
from chanjiao.needs.kinds import KINDS
from chanjiao.people.enums import UnitKind
from chanjiao.people.models import Unit
from chanjiao.plans.enums import EvidenceKind, EvidenceState, TaskState, VerdictKind

_DIGEST_SHOWN = 12
_UNITS = {"unit", "employer"}
_LISTS = {kind.slug: kind.label for kind in KINDS}
_WORDS: dict[tuple[str, str], Mapping[str, Any]] = {
    ("member", "kind"): dict(UnitKind.choices),
    ("member", "role"): dict(MemberRole.choices),
    ("regulation", "kind"): dict(RegulationKind.choices),
    ("body", "kind"): dict(BodyKind.choices),
    ("commitment", "kind"): dict(CommitmentKind.choices),
    ("delivery", "kind"): dict(CommitmentKind.choices),
    ("need", "kind"): _LISTS,
    ("need", "state"): dict(ListingState.choices),
    ("need", "post_kind"): dict(PostKind.choices),
    ("offer", "kind"): _LISTS,
    ("offer", "state"): dict(ListingState.choices),
    ("round", "kind"): dict(PostKind.choices),
    ("round", "state"): dict(RoundState.choices),
    ("task", "state"): dict(TaskState.choices),
    ("task", "verdict"): dict(VerdictKind.choices),
    ("evidence", "kind"): dict(EvidenceKind.choices),
    ("evidence", "state"): dict(EvidenceState.choices),
    ("evidence_use", "purpose"): {"task": "任务", "indicator": "指标"},
}


def in_words(part: Part) -> list[tuple[Any, ...]]:
    """The part's rows for a page; what has no words of its own stays as it is."""
    words = [_words_of(part.table, name) for name in part.names]
    units = _unit_names(part)
    return [
        tuple(
            _said(name, cell, known, units)
            for name, cell, known in zip(part.names, row, words, strict=True)
        )
        for row in part.rows
    ]


def _words_of(table: str, name: str) -> Mapping[str, Any]:
    """Of the table's own column, or of a joined table's, which has that table's name before it."""
    own = _WORDS.get((table, name))
    if own is not None:
        return own
    joined = (words for (home, column), words in _WORDS.items() if name == f"{home}_{column}")
    return next(joined, {})


def _unit_names(part: Part) -> dict[str, str]:
    places = [at for at, name in enumerate(part.names) if name in _UNITS]
    codes = {str(row[at]) for row in part.rows for at in places if row[at]}
    rows = Unit.objects.filter(credit_code__in=codes) if codes else Unit.objects.none()
    return {unit.credit_code or "": unit.called for unit in rows.order_by("pk")}


def _said(name: str, cell: Any, words: Mapping[str, Any], units: Mapping[str, str]) -> Any:
    if name in _UNITS:
        return "秘书处" if cell == "OFFICE" else units.get(str(cell), cell)
    if name == "digest" and isinstance(cell, str):
        return f"{cell[:_DIGEST_SHOWN]}…"
    return words.get(str(cell), cell)
