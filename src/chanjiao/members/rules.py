"""Who may do what in a consortium. The secretariat is whoever acts for the consortium's office."""

from datetime import date

from chanjiao.kernel.verdict import ALLOWED, Verdict, all_of, refuse
from chanjiao.members.models import Consortium, Membership, UnitMerge
from chanjiao.members.queries import consortia_of_unit, is_member_of_served
from chanjiao.people import rules as people_rules
from chanjiao.people.access import Actor
from chanjiao.people.enums import UnitKind
from chanjiao.people.models import Appointment, Invitation, Unit

_OFFICE_ONLY = refuse("只有本联合体秘书处可以办理。")


def may_create_consortium(actor: Actor) -> Verdict:
    return ALLOWED if actor.is_operator else refuse("只有系统管理员可以登记联合体。")


def may_update_consortium(actor: Actor, consortium: Consortium) -> Verdict:
    return ALLOWED if actor.is_operator else may_serve(actor, consortium)


def may_serve(actor: Actor, consortium: Consortium) -> Verdict:
    """The daily business of a consortium: its secretariat, and nobody else's."""
    return ALLOWED if actor.acts_for(consortium.secretariat_id) else _OFFICE_ONLY


def may_admit(actor: Actor, consortium: Consortium) -> Verdict:
    return may_serve(actor, consortium)


def may_change_membership(actor: Actor, membership: Membership) -> Verdict:
    """Role, industries, dates: the secretariat, while the unit is a member."""
    return all_of(may_serve(actor, membership.consortium), _still_member(membership))


def may_leave(actor: Actor, membership: Membership) -> Verdict:
    """Leaving is entered by the secretariat, with the reason."""
    return may_change_membership(actor, membership)


def may_edit_details(actor: Actor, membership: Membership) -> Verdict:
    """Contributions and contacts: the secretariat, or whoever acts for the unit."""
    if not (_serves(actor, membership) or actor.acts_for(membership.unit_id)):
        return refuse("只有本单位人员或秘书处可以修改。")
    return _still_member(membership)


def may_see_contacts(actor: Actor, membership: Membership) -> Verdict:
    """Personal data: the unit itself and its secretariat."""
    if _serves(actor, membership) or actor.acts_for(membership.unit_id):
        return ALLOWED
    return refuse("联系方式仅本单位和秘书处可见。")


def may_steward(actor: Actor, unit: Unit, *, on: date) -> Verdict:
    """The secretariat of a consortium in which the unit is a member on a day."""
    if not is_member_of_served(actor, unit, on=on):
        return refuse("该单位不是本联合体的在任成员。")
    return people_rules.not_merged(unit)


def may_update_unit(actor: Actor, unit: Unit, *, on: date) -> Verdict:
    """The unit's administrator, its secretariat, the operator."""
    return _own_or(people_rules.may_update_unit(actor, unit), may_steward(actor, unit, on=on))


def may_invite(actor: Actor, unit: Unit, role: str, *, on: date) -> Verdict:
    """The unit's administrator; the secretariat too, but students are their school's."""
    own = people_rules.may_invite(actor, unit, role)
    if own or role == "":
        return own
    return _own_or(own, may_steward(actor, unit, on=on))


def may_revoke_invitation(actor: Actor, invitation: Invitation, *, on: date) -> Verdict:
    own = people_rules.may_revoke_invitation(actor, invitation)
    if own or invitation.accepted_at or invitation.revoked_at:
        return own
    return _own_or(own, may_invite(actor, invitation.unit, invitation.role, on=on))


def may_appoint(actor: Actor, unit: Unit, *, on: date) -> Verdict:
    return _own_or(people_rules.may_appoint(actor, unit), may_steward(actor, unit, on=on))


def may_end_appointment(actor: Actor, appointment: Appointment, *, on: date) -> Verdict:
    own = people_rules.may_end_appointment(actor, appointment)
    return own or _own_or(own, may_steward(actor, appointment.unit, on=on))


def may_change_appointment(actor: Actor, appointment: Appointment, *, on: date) -> Verdict:
    return may_appoint(actor, appointment.unit, on=on)


def may_merge(actor: Actor, kept: Unit, duplicate: Unit) -> Verdict:
    """Two registrations of one unit: its secretariat, if no other consortium is concerned.

    Where the units belong, or belonged, to consortia of other secretariats, only the operator.
    """
    fit = _fit_to_merge(kept, duplicate)
    if not fit or actor.is_operator:
        return fit
    concerned = consortia_of_unit(kept) | consortia_of_unit(duplicate)
    offices = set(concerned.values_list("secretariat_id", flat=True))
    if not offices & actor.units:
        return _OFFICE_ONLY
    if offices - actor.units:
        return refuse("其中一个单位还是其他联合体的成员，请系统管理员办理合并。")
    return ALLOWED


def may_undo_merge(actor: Actor, merge: UnitMerge) -> Verdict:
    """Whoever might have merged; the rows themselves are looked at by the action."""
    if merge.undone_at:
        return refuse("该合并已撤销。")
    if actor.is_operator:
        return ALLOWED
    offices = set(
        (consortia_of_unit(merge.kept) | consortia_of_unit(merge.duplicate)).values_list(
            "secretariat_id", flat=True
        )
    )
    if not offices or not offices <= actor.units:
        return _OFFICE_ONLY
    return ALLOWED


def _fit_to_merge(kept: Unit, duplicate: Unit) -> Verdict:
    if kept.pk == duplicate.pk:
        return refuse("请选择两个不同的单位。")
    if kept.merged_into_id or duplicate.merged_into_id:
        return refuse("其中一个单位已并入其他单位，请刷新后再试。")
    if UnitKind.OFFICE in (kept.kind, duplicate.kind):
        return refuse("秘书处不能合并。")
    if kept.kind != duplicate.kind:
        return refuse(
            f"两个单位类别不同（“{kept.get_kind_display()}”与“{duplicate.get_kind_display()}”），"
            "请先更正类别，再合并。"
        )
    return ALLOWED


def _serves(actor: Actor, membership: Membership) -> bool:
    return actor.acts_for(membership.consortium.secretariat_id)


def _still_member(membership: Membership) -> Verdict:
    if membership.left_on is None:
        return ALLOWED
    return refuse(f"该单位已于 {membership.left_on} 退出，资料只供查阅。")


def _own_or(own: Verdict, from_office: Verdict) -> Verdict:
    """Allowed by either; otherwise the reason a member's own person can act on."""
    return own if own or not from_office else from_office
