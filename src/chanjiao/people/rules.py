"""Who may do what to units, accounts and appointments, as far as this layer knows.

The secretariat's rights over its members' units are known one layer up: `members.rules` decides
them and `members.actions` hands the verdict down to the actions here.
"""

from datetime import date

from chanjiao.kernel.verdict import ALLOWED, Verdict, all_of, refuse
from chanjiao.people.access import Actor
from chanjiao.people.enums import AppointmentRole, Duty, UnitKind
from chanjiao.people.models import Appointment, Invitation, SavedFilter, Unit, User
from chanjiao.people.queries import lasting_administrators


def not_merged(unit: Unit) -> Verdict:
    """A merged duplicate is history: nothing more happens to it."""
    if unit.merged_into_id is None:
        return ALLOWED
    return refuse("该单位已并入其他单位，请到保留的单位办理。")


def may_create_unit(actor: Actor) -> Verdict:
    if actor.is_operator:
        return ALLOWED
    return refuse("只有系统管理员或秘书处可以登记单位。")


def may_update_unit(actor: Actor, unit: Unit) -> Verdict:
    """The unit's administrator, or the operator."""
    if not (actor.administers(unit.pk) or actor.is_operator):
        return refuse("只有本单位管理员可以修改单位资料。")
    return not_merged(unit)


def may_update_identity(actor: Actor, unit: Unit) -> Verdict:
    """Name, kind and credit code identify the unit to everybody else."""
    if not actor.is_operator:
        return refuse("单位名称、类别、统一社会信用代码请联系秘书处修改。")
    return not_merged(unit)


def may_invite(actor: Actor, unit: Unit, role: str) -> Verdict:
    """Administrators for their unit; whoever acts for a school may invite its students."""
    if role == "" and actor.acts_for(unit.pk):
        return not_merged(unit)
    if actor.administers(unit.pk) or (actor.is_operator and unit.kind == UnitKind.OFFICE):
        return not_merged(unit)
    return refuse("只有本单位管理员可以邀请人员。")


def may_revoke_invitation(actor: Actor, invitation: Invitation) -> Verdict:
    """Whoever may send it may take it back, as long as nobody has used it."""
    if invitation.accepted_at:
        return refuse("邀请已被接受，不能撤回；如需停止其办理业务，请结束任职。")
    if invitation.revoked_at:
        return refuse("邀请已撤回。")
    return may_invite(actor, invitation.unit, invitation.role)


def may_appoint(actor: Actor, unit: Unit) -> Verdict:
    if not actor.administers(unit.pk):
        return refuse("只有本单位管理员可以安排经办人员。")
    return not_merged(unit)


def may_be_appointed(user: User) -> Verdict:
    """三员分立: who looks after the installation does no business in it."""
    if user.duty != Duty.NONE:
        return refuse("系统、安全、审计管理员的账号不能代表单位办理业务，请另用账号。")
    if not user.is_active:
        return refuse("该账号已停用。")
    return ALLOWED


def may_end_appointment(actor: Actor, appointment: Appointment) -> Verdict:
    """The unit's administrator, or the person. The last administrator: see `may_lose`."""
    if actor.pk == appointment.user_id or actor.administers(appointment.unit_id):
        return ALLOWED
    return refuse("只有本单位管理员可以结束任职。")


def may_change_appointment(actor: Actor, appointment: Appointment) -> Verdict:
    return may_appoint(actor, appointment.unit)


def may_lose(appointment: Appointment, ends_on: date) -> Verdict:
    """A unit never loses its last administrator. Ask with the unit's row locked."""
    if appointment.role != AppointmentRole.ADMINISTRATOR:
        return ALLOWED
    others = lasting_administrators(appointment.unit, ends_on).exclude(pk=appointment.pk)
    if others.exists():
        return ALLOWED
    return refuse(
        f"{appointment.user.name}是“{appointment.unit.name}”的最后一位管理员。"
        "请先安排另一位管理员（无结束日期），再结束此任职。"
    )


def may_manage_accounts(actor: Actor) -> Verdict:
    if actor.is_security:
        return ALLOWED
    return refuse("只有安全管理员可以停用、启用账号或解除锁定。")


def may_deactivate(actor: Actor, user: User) -> Verdict:
    """The security administrator, anybody's but their own, and never a unit's last administrator."""
    if actor.pk == user.pk:
        return refuse("不能停用自己的账号。")
    if not user.is_active:
        return refuse("该账号已停用。")
    return all_of(may_manage_accounts(actor), _duty_stays_held(user))


def may_reactivate(actor: Actor, user: User) -> Verdict:
    if user.is_active:
        return refuse("该账号正在使用。")
    return may_manage_accounts(actor)


def may_delete_filter(actor: Actor, row: SavedFilter) -> Verdict:
    return ALLOWED if row.user_id == actor.pk else refuse("只能删除自己的筛选。")


def _duty_stays_held(user: User) -> Verdict:
    if user.duty == Duty.NONE:
        return ALLOWED
    if User.objects.filter(duty=user.duty, is_active=True).exclude(pk=user.pk).exists():
        return ALLOWED
    return refuse(f"{user.name}是唯一的{user.get_duty_display()}，请先建立另一个账号。")
