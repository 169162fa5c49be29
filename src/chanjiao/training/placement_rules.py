"""Who may do what with placements, and why not."""

from chanjiao.kernel.moves import may_move
from chanjiao.kernel.verdict import ALLOWED, Verdict, all_of, refuse
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.training.enums import ALIVE, PLACEMENT_MOVES, PlacementState
from chanjiao.training.models import Placement

LABELS: dict[str, str] = {state.value: str(state.label) for state in PlacementState}
_SCHOOL_ONLY = refuse("只有学生所在学校可以办理。")


def may_plan(actor: Actor | None, school: Unit) -> Verdict:
    """A school places its own students."""
    return ALLOWED if actor is not None and actor.acts_for(school.pk) else _SCHOOL_ONLY


def _own(actor: Actor | None, placement: Placement) -> Verdict:
    ours = actor is not None and actor.acts_for(placement.school_id)
    return ALLOWED if ours else _SCHOOL_ONLY


def _alive(placement: Placement) -> Verdict:
    if placement.state in ALIVE:
        return ALLOWED
    return refuse(f"实习{placement.get_state_display()}，不能再修改。")


def may_change(actor: Actor | None, placement: Placement) -> Verdict:
    """Who, when and which conditions: before the student is on post."""
    if placement.state == PlacementState.RUNNING:
        return all_of(_own(actor, placement), refuse("学生已上岗，请用“岗位变更”。"))
    return all_of(_own(actor, placement), _alive(placement))


def may_prepare(actor: Actor | None, placement: Placement) -> Verdict:
    """Papers, declarations, tutor, insurance, safety: until it is over."""
    return all_of(_own(actor, placement), _alive(placement))


def may_rotate(actor: Actor | None, placement: Placement) -> Verdict:
    """Another stint: while planned or running."""
    return all_of(_own(actor, placement), _alive(placement))


def may_turn(actor: Actor | None, placement: Placement, target: str) -> Verdict:
    """Start, end, stop, cancel; the gate is asked apart."""
    return all_of(
        _own(actor, placement), may_move(PLACEMENT_MOVES, LABELS, placement.state, target)
    )


def may_override(actor: Actor | None, placement: Placement) -> Verdict:
    """An exception the law allows is entered by an administrator of the school, with its proof."""
    if actor is None or not actor.administers(placement.school_id):
        return refuse("例外由学校管理员登记。")
    return _alive(placement)
