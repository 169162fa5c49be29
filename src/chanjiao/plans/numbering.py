"""Codes for the tasks of a book that has none: numbered by the order of the rows.

A field of work or a group that the plan knows by name keeps its number, and so does a task that it
knows by name; whatever is new takes the next free number. So the same book comes in twice unchanged.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from chanjiao.plans.codes import groups_of, place_of, whole_code
from chanjiao_engine.codes import normalise


@dataclass(frozen=True, slots=True)
class Line:
    """What a row says of its place; blanks stand under the row above."""

    area: str
    group: str
    name: str


@dataclass
class _Numbers:
    """Numbers given out under one code ("" for fields of work)."""

    names: dict[str, str] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)

    def code_for(self, name: str, above: str) -> str:
        """The code that has the name, else the next free one."""
        known = self.names.get(name)
        if known is None:
            known = self.fresh(above)
            self.names[name] = known
        return known

    def fresh(self, above: str) -> str:
        number = max(self.taken, default=0) + 1
        self.taken.add(number)
        return f"{above}-{number}" if above else str(number)


def numbered(
    lines: Sequence[Line], groups: Mapping[str, str], tasks: Mapping[str, str]
) -> list[str]:
    """A code for each line. `groups` and `tasks` are the plan's: code → name."""
    below = _known(groups, tasks)
    own = {normalise(name): code for code, name in tasks.items() if not whole_code(code)}
    used: set[str] = set()
    found, area, group = [], "", ""
    for line in lines:
        if line.area:
            area, group = normalise(line.area), "" if normalise(line.area) != area else group
        group = normalise(line.group) or group
        code = own.get(normalise(line.name), "")
        if not code or code in used:
            first = below.setdefault("", _Numbers()).code_for(area, "")
            second = below.setdefault(first, _Numbers()).code_for(group, first)
            code = below.setdefault(second, _Numbers()).fresh(second)
        used.add(code)
        found.append(code)
    return found


def _known(groups: Mapping[str, str], tasks: Collection[str]) -> dict[str, _Numbers]:
    """The numbers the plan has given out already, by the code above them."""
    below: dict[str, _Numbers] = {}
    for code in tasks:
        for one in [*groups_of(code), code.partition(".")[0]]:
            _take(below, one)
    for code, name in groups.items():
        above = _take(below, code)
        below[above].names.setdefault(normalise(name), code)
    unnamed = {one for code in tasks for one in groups_of(code)} - groups.keys()
    for code in sorted(unnamed, key=place_of):
        below[code.rpartition("-")[0]].names.setdefault("", code)
    return below


def _take(below: dict[str, _Numbers], code: str) -> str:
    above, _, number = code.rpartition("-")
    below.setdefault(above, _Numbers()).taken.add(int(number))
    return above


def told(codes: Sequence[str], lines: Sequence[Line]) -> list[str]:
    """What was numbered, one sentence for each group, for a person to check before it is written."""
    by_group: dict[str, list[tuple[str, str]]] = {}
    for code, line in zip(codes, lines, strict=True):
        by_group.setdefault(code.rpartition("-")[0], []).append((code, line.name))
    return [
        "表中没有任务编号，按行的顺序编号如下，请核对；导入后可以逐项修改。",
        *(
            "；".join(f"{code} {name}" for code, name in rows) + "。"
            for _, rows in sorted(by_group.items(), key=lambda item: place_of(item[0] or "1"))
        ),
    ]
