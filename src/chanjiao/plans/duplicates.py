"""When one file is handed in twice for things it cannot both prove: rules as data, judged by people.

Two pieces of evidence that share a file (or have pictures alike) are put to the rules in order; the
first that speaks gives the reason. No rule decides anything: the secretariat clears or confirms.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from chanjiao.plans.evidence_kinds import RULES


@dataclass(frozen=True, slots=True)
class Piece:
    """What the rules look at in a piece of evidence."""

    pk: int
    code: str
    title: str
    kind: str
    unit: int
    unit_name: str
    task: int
    year: int

    @property
    def called(self) -> str:
        return f"{self.code}《{self.title}》"


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Against which other piece, by which rule, over which file (digest), and why (Chinese)."""

    other: int
    rule: str
    digest: str
    reason: str


Speaks = Callable[[Piece, Piece], str]


def _both(name: str, first: Piece, second: Piece) -> bool:
    """Whether one file may serve both, for what the two kinds say under this name."""
    return all(bool(getattr(RULES[piece.kind], name)) for piece in (first, second))


def _other_year(new: Piece, old: Piece) -> str:
    if new.year == old.year or _both("many_years", new, old):
        return ""
    return f"与 {old.year} 年的 {old.called}是同一文件，不能证明 {new.year} 年的工作。"


def _two_units(new: Piece, old: Piece) -> str:
    if new.unit == old.unit or _both("many_units", new, old):
        return ""
    return f"{old.unit_name}已把同一文件作为 {old.called}提交。"


def _two_kinds(new: Piece, old: Piece) -> str:
    if new.kind == old.kind:
        return ""
    labels = [RULES[piece.kind].kind.label for piece in (old, new)]
    return f"同一文件已作为“{labels[0]}”提交（{old.called}），这次又作为“{labels[1]}”提交。"


def _two_items(new: Piece, old: Piece) -> str:
    if new.task != old.task:
        return ""
    return f"同一任务下的 {old.called}已提交同一文件，重复计数。"


def _two_tasks(new: Piece, old: Piece) -> str:
    if new.task == old.task or _both("many_tasks", new, old):
        return ""
    label = RULES[new.kind].kind.label
    return f"同一文件已作为 {old.called}提交；一份{label}不能作为两项任务各自的佐证，确需共用请引用已有佐证。"


SAME_FILE: dict[str, tuple[str, Speaks]] = {
    "other_year": ("与往年相同", _other_year),
    "two_units": ("两个单位提交同一文件", _two_units),
    "two_kinds": ("同一文件充当两种佐证", _two_kinds),
    "two_items": ("同一任务下重复", _two_items),
    "two_tasks": ("同一文件充当两项任务的佐证", _two_tasks),
}
ALIKE = "alike"
TITLES: dict[str, str] = {key: title for key, (title, _) in SAME_FILE.items()} | {
    ALIKE: "照片高度相似"
}


def same_file(new: Piece, old: Piece, digest: str) -> Suspicion | None:
    """What the rules say of two pieces that hold the same file."""
    for key, (_, speaks) in SAME_FILE.items():
        reason = speaks(new, old)
        if reason:
            return Suspicion(old.pk, key, digest, reason)
    return None


def alike(new: Piece, old: Piece, digest: str) -> Suspicion | None:
    """What the rules say of two pieces with pictures alike, though not the same file.

    Pictures of one unit under one task may well be alike: the same event from two sides.
    """
    if new.task == old.task and new.unit == old.unit:
        return None
    reason = (
        f"有照片与 {old.unit_name} {old.year} 年的 {old.called}高度相似，请核对是否同一次活动。"
    )
    return Suspicion(old.pk, ALIKE, digest, reason)


def suspicions(
    new: Piece, shared: Iterable[tuple[Piece, str]], pictures: Iterable[tuple[Piece, str]]
) -> Iterator[Suspicion]:
    """At most one for each other piece. `shared` and `pictures`: (other, digest of new's file)."""
    seen: set[int] = set()
    for found, rule in ((shared, same_file), (pictures, alike)):
        for old, digest in found:
            if old.pk == new.pk or old.pk in seen:
                continue
            suspicion = rule(new, old, digest)
            if suspicion:
                seen.add(old.pk)
                yield suspicion
