"""Who may do what about pay, insurance, safety, incidents and complaints, and why not."""

from chanjiao.kernel.moves import may_move
from chanjiao.kernel.verdict import ALLOWED, Verdict, refuse
from chanjiao.members.models import Consortium
from chanjiao.people.access import Actor
from chanjiao.training.enums import (
    ALIVE,
    COMPLAINT_MOVES,
    TOOK_PLACE,
    ComplaintState,
    IncidentState,
    PlacementState,
)
from chanjiao.training.models import Complaint, Incident, PayProof, Placement, Stint

_COMPLAINT_LABELS: dict[str, str] = {state.value: str(state.label) for state in ComplaintState}


def is_school(actor: Actor | None, placement: Placement) -> bool:
    return actor is not None and actor.acts_for(placement.school_id)


def is_host(actor: Actor | None, placement: Placement) -> bool:
    """Of an enterprise the student is, was or will be at under this placement."""
    return actor is not None and placement.stints.filter(host__in=actor.units).exists()


def is_student(actor: Actor | None, placement: Placement) -> bool:
    return actor is not None and placement.student.user_id == actor.pk


def may_insure(actor: Actor | None, placement: Placement) -> Verdict:
    """The school buys the insurance and enters the policy."""
    if not is_school(actor, placement):
        return refuse("保险由学校登记。")
    return _not_cancelled(placement)


def may_record_safety(actor: Actor | None, placement: Placement) -> Verdict:
    """School or host: whoever held the training."""
    if not (is_school(actor, placement) or is_host(actor, placement)):
        return refuse("只有学校和实习单位可以登记安全培训。")
    return _not_cancelled(placement)


def _not_cancelled(placement: Placement) -> Verdict:
    if placement.state == PlacementState.CANCELLED:
        return refuse("这条实习没有成行。")
    return ALLOWED


def may_record_pay(actor: Actor | None, stint: Stint) -> Verdict:
    """The host of the stint, or the school for it."""
    ours = actor is not None and actor.acts_for(stint.host_id)
    if not (ours or is_school(actor, stint.placement)):
        return refuse("报酬由实习单位或学校登记。")
    if stint.placement.state not in TOOK_PLACE:
        return refuse("学生上岗后才登记报酬。")
    return ALLOWED


def may_assign_masters(actor: Actor | None, stint: Stint) -> Verdict:
    """The host chooses among its own masters, until the placement is over."""
    if actor is None or not actor.acts_for(stint.host_id):
        return refuse("企业导师由实习单位安排。")
    if stint.placement.state not in ALIVE:
        return refuse(f"实习{stint.placement.get_state_display()}，不能再换导师。")
    return ALLOWED


def may_answer_pay(actor: Actor | None, proof: PayProof) -> Verdict:
    """The student says whether it came."""
    if is_student(actor, proof.placement):
        return ALLOWED
    return refuse("只有学生本人可以确认报酬。")


def may_report(actor: Actor | None, placement: Placement) -> Verdict:
    """An incident: whoever of the student's own people hears of it first."""
    known = is_school(actor, placement) or is_host(actor, placement) or is_student(actor, placement)
    if not known:
        return refuse("只有学生本人、学校和实习单位可以报告。")
    return _not_cancelled(placement)


def may_follow_up(actor: Actor | None, incident: Incident) -> Verdict:
    """School and host, while it is open."""
    placement = incident.placement
    if not (is_school(actor, placement) or is_host(actor, placement)):
        return refuse("只有学校和实习单位可以登记处理情况。")
    if incident.state == IncidentState.CLOSED:
        return refuse("事件已结案，如有新情况请先重新打开。")
    return ALLOWED


def may_close_incident(actor: Actor | None, incident: Incident) -> Verdict:
    """The school, with a finding."""
    if not is_school(actor, incident.placement):
        return refuse("由学校结案。")
    return ALLOWED if incident.state == IncidentState.OPEN else refuse("事件已结案。")


def may_reopen_incident(actor: Actor | None, incident: Incident) -> Verdict:
    if not is_school(actor, incident.placement):
        return refuse("由学校重新打开。")
    return ALLOWED if incident.state == IncidentState.CLOSED else refuse("事件还没有结案。")


def may_complain(actor: Actor | None, placement: Placement) -> Verdict:
    """The student herself, from the planning on; nobody else for her."""
    if is_student(actor, placement):
        return _not_cancelled(placement)
    return refuse("只有学生本人可以反映。")


def is_office(actor: Actor | None, consortium: Consortium) -> bool:
    return actor is not None and actor.acts_for(consortium.secretariat_id)


def may_handle(actor: Actor | None, complaint: Complaint, target: str) -> Verdict:
    """The school, or the secretariat where the student asked for it."""
    placement = complaint.placement
    office = complaint.to_office and is_office(actor, placement.consortium)
    school = not complaint.to_office and is_school(actor, placement)
    if not (office or school):
        return refuse(
            "这件事由秘书处办理。" if complaint.to_office else "这件事由学生所在学校办理。"
        )
    return may_move(COMPLAINT_MOVES, _COMPLAINT_LABELS, complaint.state, target)


def may_answer(actor: Actor | None, complaint: Complaint) -> Verdict:
    """The host, once it was asked."""
    if actor is None or not actor.acts_for(complaint.host_id):
        return refuse("只有被询问的单位可以答复。")
    return may_move(COMPLAINT_MOVES, _COMPLAINT_LABELS, complaint.state, ComplaintState.ANSWERED)
