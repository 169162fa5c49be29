"""Who may do what with a listing, and why not: the reason is shown on the disabled button."""

from datetime import date

from django.db.models import Q

from chanjiao.kernel.moves import may_move
from chanjiao.kernel.period import Quarter
from chanjiao.kernel.verdict import ALLOWED, Verdict, all_of, refuse
from chanjiao.members.models import Consortium, Membership
from chanjiao.needs.enums import EDITABLE, LABELS, MOVES, ON_SHOW, ListingState
from chanjiao.needs.kinds import ListingKind
from chanjiao.needs.models import Cohort, Listing, Student
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit

_OWN_ONLY = refuse("只有本单位的人员可以办理。")
_OFFICE_ONLY = refuse("只有秘书处可以办理。")
_OFFICE_MAY_CORRECT = frozenset({ListingState.SUBMITTED, ListingState.RETURNED})


def is_own(actor: Actor | None, row: Listing) -> bool:
    """Whether the person acts for the unit that lists the row."""
    return actor is not None and actor.acts_for(row.unit_id)


def is_office(actor: Actor | None, row: Listing) -> bool:
    """Whether the person is of the secretariat of the row's consortium."""
    return actor is not None and actor.acts_for(row.consortium.secretariat_id)


def _own(actor: Actor | None, row: Listing) -> Verdict:
    return ALLOWED if is_own(actor, row) else _OWN_ONLY


def _office(actor: Actor | None, row: Listing) -> Verdict:
    return ALLOWED if is_office(actor, row) else _OFFICE_ONLY


def _to(row: Listing, target: ListingState) -> Verdict:
    return may_move(MOVES, LABELS, row.state, target)


def may_list(
    actor: Actor | None, kind: ListingKind, consortium: Consortium, unit: Unit, *, on: date
) -> Verdict:
    """Whether the person may add rows for a unit: its own people, or the secretariat for it."""
    if actor is None or not actor.units & {unit.pk, consortium.secretariat_id}:
        return _OWN_ONLY
    if not kind.open_to(unit.kind):
        return refuse(f"{unit.get_kind_display()}没有{kind.label}。")
    if not Membership.objects.filter(in_force_on(on), consortium=consortium, unit=unit).exists():
        return refuse(f"{unit.name}不是{consortium.short_name}的在任成员。")
    return ALLOWED


def in_force_on(day: date) -> Q:
    """Memberships whose half-open period holds the day."""
    return Q(joined_on__lte=day) & (Q(left_on__isnull=True) | Q(left_on__gt=day))


def may_edit(actor: Actor | None, row: Listing) -> Verdict:
    """The unit edits drafts and what came back; the secretariat only what it typed in itself."""
    if is_own(actor, row):
        if row.state in EDITABLE:
            return ALLOWED
        return refuse(_why_not_editable(row))
    if is_office(actor, row) and row.entered_by_office:
        if row.state in _OFFICE_MAY_CORRECT:
            return ALLOWED
        return refuse(f"当前状态为“{row.get_state_display()}”，不能修改。")
    return refuse("只有本单位的人员可以修改。")


def _why_not_editable(row: Listing) -> str:
    if row.state == ListingState.SUBMITTED:
        return "已提交待审核，如需修改请先撤回。"
    if row.state in ON_SHOW:
        return "已发布，如需修改请联系秘书处退回。"
    return "已关闭，不能再修改。"


def may_delete(actor: Actor | None, row: Listing) -> Verdict:
    """Only drafts, by the unit itself."""
    if is_own(actor, row) and row.state != ListingState.DRAFT:
        return refuse("只有草稿可以删除。")
    return _own(actor, row)


def may_submit(actor: Actor | None, row: Listing) -> Verdict:
    """The unit; or the secretariat, for what it typed in and handed back to itself."""
    if is_office(actor, row) and row.entered_by_office and row.state != ListingState.DRAFT:
        return _to(row, ListingState.SUBMITTED)
    return all_of(_own(actor, row), _to(row, ListingState.SUBMITTED))


def may_withdraw(actor: Actor | None, row: Listing) -> Verdict:
    """The unit takes back what is not yet reviewed."""
    return all_of(_own(actor, row), _to(row, ListingState.DRAFT))


def may_return(actor: Actor | None, row: Listing) -> Verdict:
    return all_of(_office(actor, row), _to(row, ListingState.RETURNED))


def may_publish(actor: Actor | None, row: Listing) -> Verdict:
    """Publication after review; a matched row is reopened by `may_reopen`."""
    if row.state == ListingState.MATCHED:
        return all_of(_office(actor, row), refuse("已匹配的条目请用“重新开放”。"))
    return all_of(_office(actor, row), _to(row, ListingState.PUBLISHED))


def may_reopen(actor: Actor | None, row: Listing) -> Verdict:
    """A match fell through: from matched back to published."""
    if row.state != ListingState.MATCHED:
        return all_of(_office(actor, row), refuse("只有“已匹配”的条目可以重新开放。"))
    return _office(actor, row)


def may_mark_matched(actor: Actor | None, row: Listing) -> Verdict:
    return all_of(_office(actor, row), _to(row, ListingState.MATCHED))


def may_close(actor: Actor | None, row: Listing) -> Verdict:
    """The unit or the secretariat, with a reason."""
    either = ALLOWED if is_own(actor, row) or is_office(actor, row) else _OWN_ONLY
    return all_of(either, _to(row, ListingState.CLOSED))


def may_confirm(actor: Actor | None, row: Listing) -> Verdict:
    """The unit says that a published row still holds."""
    if is_own(actor, row) and row.state not in ON_SHOW:
        return refuse("只有已发布的条目需要核实。")
    return _own(actor, row)


def may_assign(actor: Actor | None, row: Listing) -> Verdict:
    """Who answers and by when: the secretariat, while the row is open."""
    if is_office(actor, row) and row.state == ListingState.CLOSED:
        return refuse("已关闭，不再需要答复。")
    return _office(actor, row)


def may_carry_forward(actor: Actor | None, row: Listing, quarter: str) -> Verdict:
    """The unit copies a row that was on show into a later quarter, once."""
    if not is_own(actor, row):
        return _OWN_ONLY
    if row.state not in ON_SHOW:
        return refuse("只有已发布的条目可以结转。")
    if Quarter.parse(row.quarter) >= Quarter.parse(quarter):
        return refuse(f"只能结转到 {row.quarter} 之后的季度。")
    return ALLOWED


def may_see_students(actor: Actor | None, cohort: Cohort) -> Verdict:
    """A roster is personal data: the school's own people only."""
    return _own(actor, cohort)


def may_invite(actor: Actor | None, student: Student) -> Verdict:
    """The school invites its students, each until the account exists."""
    if actor is None or not actor.acts_for(student.school_id):
        return _OWN_ONLY
    if student.user_id is not None:
        return refuse("该学生已有账号。")
    return ALLOWED
