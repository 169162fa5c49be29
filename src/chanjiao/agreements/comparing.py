"""Two texts side by side, by paragraph: versions of an agreement, or it and its addendum."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from chanjiao.agreements.models import Version
from chanjiao.agreements.text import paragraphs

Piece = tuple[str, bool]  # text, whether it differs


@dataclass(frozen=True, slots=True)
class Line:
    """A pair of paragraphs; `kind` is same, changed, removed or added."""

    kind: str
    left: tuple[Piece, ...]
    right: tuple[Piece, ...]


def side_by_side(before: str, after: str) -> list[Line]:
    """Paragraph by paragraph; within a changed one the characters that differ are marked."""
    left, right = paragraphs(before), paragraphs(after)
    lines: list[Line] = []
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            lines += [_whole("same", text, text) for text in left[a:b]]
        else:
            lines += _pairs(left[a:b], right[c:d])
    return lines


def _pairs(left: Sequence[str], right: Sequence[str]) -> list[Line]:
    """Neighbours are compared in order; what is over on one side stands alone."""
    both = min(len(left), len(right))
    lines = [_changed(one, other) for one, other in zip(left, right, strict=False)]
    lines += [Line("removed", ((text, True),), ()) for text in left[both:]]
    return lines + [Line("added", (), ((text, True),)) for text in right[both:]]


def _whole(kind: str, left: str, right: str) -> Line:
    return Line(kind, ((left, False),), ((right, False),))


def _changed(left: str, right: str) -> Line:
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    if matcher.ratio() < 0.3:  # marks all over the line would help nobody
        return Line("changed", ((left, True),), ((right, True),))
    one: list[Piece] = []
    other: list[Piece] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if left[a:b]:
            one.append((left[a:b], kind != "equal"))
        if right[c:d]:
            other.append((right[c:d], kind != "equal"))
    return Line("changed", tuple(one), tuple(other))


def what_changed(before: Version, after: Version) -> str:
    """One sentence on what differs between two versions, for the one whose signature was refused."""
    names = [name for name, value in after.values.items() if before.values.get(name) != value]
    old, new = before.facts, after.facts
    names += [
        label
        for key, label in (("title", "名称"), ("starts_on", "起始日期"), ("ends_on", "终止日期"),
                           ("parties", "签署方"))
        if old.get(key) != new.get(key)
    ]  # fmt: skip
    lines = side_by_side(before.text, after.text)
    count = sum(line.kind != "same" for line in lines)
    said = "、".join(names[:6]) + ("等" if len(names) > 6 else "")
    return f"改动 {count} 段" + (f"，涉及{said}" if said else "")
