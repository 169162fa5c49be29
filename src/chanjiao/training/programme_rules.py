"""Who may do what with programmes, classes and plans; the reason is shown on the button."""

from collections.abc import Sequence
from datetime import date

from chanjiao.kernel.moves import may_move
from chanjiao.kernel.verdict import ALLOWED, Verdict, all_of, refuse
from chanjiao.members.models import Consortium, Membership
from chanjiao.members.queries import member_on
from chanjiao.needs.models import Cohort
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.training.enums import PROGRAMME_MOVES, ProgrammeState
from chanjiao.training.models import Enrolment, PlanItem, Programme, TrainingClass
from chanjiao.training.programme_checks import Gap

_KEEPER_ONLY = refuse("只有主办学校的人员可以办理。")
_SCHOOL_ONLY = refuse("只有学生所在学校的人员可以办理。")
_LABELS = {state.value: str(state.label) for state in ProgrammeState}
_OPEN = frozenset({ProgrammeState.PREPARING, ProgrammeState.RUNNING})


def may_create(actor: Actor | None, consortium: Consortium, unit: Unit, *, on: date) -> Verdict:
    """A school's own people, while it is a member."""
    if actor is None or not actor.acts_for(unit.pk):
        return refuse("只能为本单位建立培养项目。")
    if not unit.is_school:
        return refuse("培养项目由学校建立；企业由学校添加为合作单位。")
    members = Membership.objects.filter(member_on(on), consortium=consortium, unit=unit)
    if not members.exists():
        return refuse(f"{unit.name}不是{consortium.short_name}的在任成员。")
    return ALLOWED


def _keeper(actor: Actor | None, programme: Programme) -> Verdict:
    return ALLOWED if actor is not None and actor.acts_for(programme.unit_id) else _KEEPER_ONLY


def _still_open(programme: Programme) -> Verdict:
    if programme.state in _OPEN:
        return ALLOWED
    return refuse(f"项目{programme.get_state_display()}，不能再修改。")


def _to(programme: Programme, target: ProgrammeState) -> Verdict:
    return may_move(PROGRAMME_MOVES, _LABELS, programme.state, target)


def may_edit(actor: Actor | None, programme: Programme) -> Verdict:
    """Facts, partners and the plan, until the programme is over."""
    return all_of(_keeper(actor, programme), _still_open(programme))


def may_start(actor: Actor | None, programme: Programme, gaps: Sequence[Gap]) -> Verdict:
    """When nothing is missing that this kind of programme demands."""
    verdict = all_of(_keeper(actor, programme), _to(programme, ProgrammeState.RUNNING))
    if verdict and gaps:
        return refuse(f"还缺 {len(gaps)} 项：{'；'.join(gap.text for gap in gaps)}。")
    return verdict


def may_end(actor: Actor | None, programme: Programme) -> Verdict:
    return all_of(_keeper(actor, programme), _to(programme, ProgrammeState.ENDED))


def may_cancel(actor: Actor | None, programme: Programme) -> Verdict:
    return all_of(_keeper(actor, programme), _to(programme, ProgrammeState.CANCELLED))


def may_report(actor: Actor | None, programme: Programme) -> Verdict:
    """The year's report, of a programme that runs or ran."""
    begun = programme.state in {ProgrammeState.RUNNING, ProgrammeState.ENDED}
    return all_of(
        _keeper(actor, programme), ALLOWED if begun else refuse("启动培养后才有年度报告。")
    )


# Classes ---------------------------------------------------------------------------------------
def may_open_class(actor: Actor | None, programme: Programme, cohort: Cohort) -> Verdict:
    """A school that takes part opens a class of its own cohort."""
    if actor is None or not actor.acts_for(cohort.unit_id):
        return _SCHOOL_ONLY
    partner = programme.partners.filter(unit=cohort.unit_id).exists()
    if cohort.unit_id != programme.unit_id and not partner:
        return refuse("本校不在这个培养项目中。")
    if cohort.consortium_id != programme.consortium_id:
        return refuse("学生批次不属于这个联合体。")
    return _still_open(programme)


def may_keep_class(actor: Actor | None, one: TrainingClass) -> Verdict:
    """Its roster and notice: the students' school, until the programme is over."""
    own = actor is not None and actor.acts_for(one.cohort.unit_id)
    return all_of(ALLOWED if own else _SCHOOL_ONLY, _still_open(one.programme))


def may_see_roster(actor: Actor | None, one: TrainingClass) -> Verdict:
    """Names are the students' school's only; everybody else sees numbers."""
    if actor is not None and actor.acts_for(one.cohort.unit_id):
        return ALLOWED
    return refuse("名单含学生个人信息，只有学生所在学校可以查看。")


def may_leave(actor: Actor | None, row: Enrolment) -> Verdict:
    """A student leaves the class, once."""
    if row.ends_on is not None:
        return all_of(may_keep_class(actor, row.training_class), refuse("该学生已离班。"))
    return may_keep_class(actor, row.training_class)


# The plan --------------------------------------------------------------------------------------
def needs_reason(programme: Programme) -> bool:
    """Whether a change to the plan must say why: learners already follow it."""
    return bool(programme.state == ProgrammeState.RUNNING)


def may_remove_item(actor: Actor | None, item: PlanItem) -> Verdict:
    """An item that no record of learning ticks."""
    verdict = may_edit(actor, item.programme)
    if verdict and item.pk and item.entries.exists():
        return refuse("已有学习记录对应这一条，不能删除；可以修改内容并写明原因。")
    return verdict
