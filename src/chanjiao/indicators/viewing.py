"""Which fact rows a member may see: its own unit's, and those the whole consortium sees anyway."""

from collections.abc import Callable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from chanjiao.needs.enums import ON_SHOW

Facts = Mapping[str, pa.Table]
Rule = Callable[[pa.Table, str, Facts], pa.ChunkedArray]


def narrowed(facts: Facts, unit: str) -> dict[str, pa.Table]:
    """The facts as one unit may see them; a table without a rule here shows nothing."""
    return _kept(facts, unit, _RULES)


def owned(facts: Facts, unit: str) -> dict[str, pa.Table]:
    """Of what one unit may see its own rows; rows that are of no unit are nobody's own."""
    return _kept(facts, unit, _OWN_RULES)


def _kept(facts: Facts, unit: str, rules: Mapping[str, Rule]) -> dict[str, pa.Table]:
    seen: dict[str, pa.Table] = {}
    for name in sorted(facts, key=lambda one: one in _AFTER):
        table = facts[name]
        rule = rules.get(name)
        seen[name] = table.filter(rule(table, unit, seen)) if rule else table.slice(0, 0)
    return seen


def _all(table: pa.Table, unit: str, seen: Facts) -> pa.ChunkedArray:
    return pa.chunked_array([pa.repeat(pa.scalar(True), table.num_rows)], type=pa.bool_())


def _own(table: pa.Table, unit: str, seen: Facts) -> pa.ChunkedArray:
    return pc.equal(table["unit"], unit)


def _on_show(table: pa.Table, unit: str, seen: Facts) -> pa.ChunkedArray:
    """Others' rows while on show; technology needs may be for the secretariat's eyes only."""
    shown = pc.is_in(table["state"], value_set=pa.array(sorted(ON_SHOW)))
    open_kind = pc.not_equal(table["kind"], "technology")
    return pc.or_(_own(table, unit, seen), pc.and_(shown, open_kind))


def _own_match(table: pa.Table, unit: str, seen: Facts) -> pa.ChunkedArray:
    """The school's own students, and those the unit itself took."""
    taken = pc.fill_null(pc.equal(table["employer"], unit), False)
    return pc.or_(pc.equal(table["unit"], unit), taken)


def _with(other: str) -> Rule:
    """Rows that hang on a row of another table, as far as that one is seen."""

    def rule(table: pa.Table, unit: str, seen: Facts) -> pa.ChunkedArray:
        keys = pc.unique(seen[other][other]) if other in seen else pa.array([], pa.string())
        return pc.is_in(table[other], value_set=keys)

    return rule


_AFTER = frozenset({"need_major", "evidence_use"})
# Governance and membership are known to every member; money, tasks, evidence and persons are not.
_RULES: dict[str, Rule] = {
    "consortium": _all,
    "member": _all,
    "regulation": _all,
    "body": _all,
    "meeting": _all,
    "resolution": _all,
    "round": _all,
    "commitment": _own,
    "delivery": _own,
    "task": _own,
    "evidence": _own,
    "student": _own,
    "need": _on_show,
    "offer": _on_show,
    "match": _own_match,
    "need_major": _with("need"),
    "evidence_use": _with("evidence"),
}
_COMMON = frozenset({"consortium", "regulation", "body", "meeting", "resolution", "round"})
_OWN_RULES: dict[str, Rule] = {
    name: _own if name in {"member", "need", "offer"} else rule
    for name, rule in _RULES.items()
    if name not in _COMMON
}
