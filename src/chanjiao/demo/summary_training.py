"""What came of dual training, in Chinese; every kept gate is judged again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from chanjiao.agreements.models import Agreement
from chanjiao.demo.cast import Cast
from chanjiao.kernel.clock import day_of
from chanjiao.training.enums import STANDING, EntryKind, PlacementState
from chanjiao.training.gate import judge, recomputed
from chanjiao.training.models import Entry, Gate, Placement, Programme


def training_lines(cast: Cast) -> tuple[list[str], bool]:
    """The lines, and whether every gate that let somebody on post holds."""
    gates = list(Gate.objects.filter(placement__consortium=cast.consortium).order_by("pk"))
    sound = all(recomputed(gate) for gate in gates)
    told = f"上岗检查存档 {len(gates)} 份，{'逐份重算一致' if sound else '有重算不一致的'}"
    return [*_classes(cast), *_placements(cast), told], sound


def _classes(cast: Cast) -> Iterator[str]:
    rows = Programme.objects.filter(consortium=cast.consortium).order_by("pk")
    kinds = Counter(row.get_kind_display() for row in rows)
    yield "培养项目：" + "，".join(f"{kind} {count}" for kind, count in kinds.items())
    states = Counter(
        row.get_state_display() for row in Agreement.objects.filter(consortium=cast.consortium)
    )
    yield "协议：" + "，".join(f"{state} {count}" for state, count in states.most_common())


def _placements(cast: Cast) -> Iterator[str]:
    rows = Placement.objects.filter(consortium=cast.consortium).select_related("student__cohort")
    states = Counter(row.get_state_display() for row in rows)
    yield f"实习 {sum(states.values())} 条：" + "，".join(
        f"{s} {n}" for s, n in states.most_common()
    )
    planned = list(rows.filter(state=PlacementState.PLANNED).order_by("pk"))
    judged = judge(planned, on=day_of(cast.season.tick(0)))
    held = [one for one in judged.values() if one.shut]
    broken = Counter(f.text for one in held for f in one.blocking if f.outcome == "违反")
    yield f"  拟安排中 {len(held)} 人还不能上岗" + (
        f"；违反最多的：{broken.most_common(1)[0][0]}（{broken.most_common(1)[0][1]} 处）"
        if broken
        else ""
    )
    entries = Entry.objects.filter(placement__in=rows, kind=EntryKind.WORK)
    yield f"  学习记录 {entries.count()} 条，导师确认 {entries.filter(state__in=STANDING).count()} 条"
