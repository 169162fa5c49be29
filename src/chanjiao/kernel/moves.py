"""State machines as data: a MOVES table maps each state to the states it may move to."""

from collections.abc import Mapping

from chanjiao.kernel.verdict import ALLOWED, Verdict, refuse

Moves = Mapping[str, frozenset[str]]


def may_move(moves: Moves, labels: Mapping[str, str], state: str, target: str) -> Verdict:
    """Whether `state` may become `target`; the reason names both states in Chinese."""
    if target in moves[state]:
        return ALLOWED
    if state == target:
        return refuse(f"已经是“{labels[state]}”。")
    return refuse(f"当前状态为“{labels[state]}”，不能变为“{labels[target]}”。")


def diagram(moves: Moves, labels: Mapping[str, str]) -> str:
    """The table as a Mermaid state diagram, for docs/states."""
    lines = ["stateDiagram-v2"]
    lines += [f"    {state}: {labels[state]}" for state in moves]
    lines += [
        f"    {state} --> {target}"
        for state, targets in moves.items()
        for target in sorted(targets)
    ]
    return "\n".join(lines) + "\n"
