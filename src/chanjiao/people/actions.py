"""Writing units, accounts, invitations and appointments.

`verdict` is for a layer above that knows more than `people.rules` (members: the secretariat of the
unit's consortium); without it the rules here decide.
"""

import secrets
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from axes.utils import reset
from django.db import transaction

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.period import overlaps
from chanjiao.kernel.verdict import Conflict, Invalid, Refused, Verdict, require
from chanjiao.people import rules
from chanjiao.people.access import Actor
from chanjiao.people.checks import (
    IDENTITY,
    UnitFacts,
    check_password,
    check_period,
    check_role,
    check_row,
    checked_facts,
    checked_username,
    tidy,
)
from chanjiao.people.enums import AppointmentRole, Duty
from chanjiao.people.models import Appointment, Invitation, SavedFilter, Unit, User
from chanjiao.people.queries import (
    digest_of_token,
    lasting_administrators,
    open_invitations,
)
from chanjiao.trail.actions import record

INVITATION_DAYS = 14


def create_duty_account(
    *, username: str, name: str, password: str, duty: str, at: datetime
) -> User:
    """An account for one of the three duties. Only from the installation's own command line."""
    if duty not in (Duty.OPERATOR, Duty.SECURITY, Duty.AUDITOR):
        raise Invalid({"duty": ["职责应为系统、安全或审计管理员。"]})
    with transaction.atomic():
        user = _new_user(username, name, "", password, at=at, duty=duty)
        record("account.create", user, by=None, at=at, data={"duty": duty})
    return user


def create_first_operator(*, username: str, name: str, password: str, at: datetime) -> User:
    """The account with which an installation begins: a 系统管理员."""
    return create_duty_account(
        username=username, name=name, password=password, duty=Duty.OPERATOR, at=at
    )


def create_unit(
    facts: UnitFacts, *, by: Actor, at: datetime, verdict: Verdict | None = None
) -> Unit:
    """Register a unit. `Invalid` names every unacceptable field, a credit code in use among them."""
    require(rules.may_create_unit(by) if verdict is None else verdict)
    with transaction.atomic():
        unit = Unit(created_at=at, **_columns(checked_facts(facts)))
        check_row(unit)
        unit.save(force_insert=True)
        record("unit.create", unit, by=by, at=at, data={"name": unit.name, "kind": unit.kind})
    return unit


def update_unit(
    unit: Unit,
    facts: UnitFacts,
    *,
    revision: int,
    by: Actor,
    at: datetime,
    verdict: Verdict | None = None,
) -> Unit:
    """Change a unit's facts. Its identity (name, kind, code) needs more than its administrator."""
    with transaction.atomic():
        held = Unit.objects.select_for_update().get(pk=unit.pk)
        require(rules.may_update_unit(by, held) if verdict is None else verdict)
        require(rules.not_merged(held))
        if held.revision != revision:
            raise Conflict("单位资料已被他人修改，请刷新后重新填写。")
        columns = _columns(checked_facts(facts))
        changed = {f: [getattr(held, f), v] for f, v in columns.items() if getattr(held, f) != v}
        if verdict is None and any(field in changed for field in IDENTITY):
            require(rules.may_update_identity(by, held))
        for field, value in columns.items():
            setattr(held, field, value)
        held.revision += 1
        check_row(held)
        held.save()
        record("unit.update", held, by=by, at=at, data={"changed": changed})
    return held


def appoint(
    unit: Unit,
    user: User,
    *,
    role: str,
    by: Actor,
    at: datetime,
    starts_on: date | None = None,
    ends_on: date | None = None,
    verdict: Verdict | None = None,
) -> Appointment:
    """Let a user act for a unit from a day (today) to a day (exclusive; none = until ended)."""
    with transaction.atomic():
        held = Unit.objects.select_for_update().get(pk=unit.pk)
        require(rules.may_appoint(by, held) if verdict is None else verdict)
        appointment = _new_appointment(held, user, role, starts_on or day_of(at), ends_on)
        data = {"user": user.pk, "unit": held.pk, "role": role}
        record("appointment.start", appointment, by=by, at=at, data=data)
    return appointment


def end_appointment(
    appointment: Appointment,
    *,
    reason: str,
    by: Actor,
    at: datetime,
    ends_on: date | None = None,
    verdict: Verdict | None = None,
) -> Appointment:
    """From `ends_on` (today) the user no longer acts for the unit.

    Refused when it would leave the unit without an administrator: the unit's row is locked first,
    so two people leaving at once cannot both be the last but one.
    """
    with transaction.atomic():
        held = _locked(appointment)
        require(rules.may_end_appointment(by, held) if verdict is None else verdict)
        last_day = ends_on or day_of(at)
        _end(held, last_day, reason, today=day_of(at))
        record("appointment.end", held, by=by, at=at, reason=reason, data={"on": str(last_day)})
    return held


def change_appointment(
    appointment: Appointment, *, role: str, by: Actor, at: datetime, verdict: Verdict | None = None
) -> Appointment:
    """Make a 经办人 the 单位管理员 or the reverse, from today; the old period is kept as history."""
    with transaction.atomic():
        held = _locked(appointment)
        require(rules.may_change_appointment(by, held) if verdict is None else verdict)
        if role == held.role:
            raise Invalid({"role": [f"此人已是{held.get_role_display()}。"]})
        today = day_of(at)
        _end(held, max(today, held.starts_on), "角色变更", today=today)
        changed = _new_appointment(held.unit, held.user, role, max(today, held.starts_on), None)
        data = {"user": held.user_id, "unit": held.unit_id, "was": held.role, "role": role}
        record("appointment.change", changed, by=by, at=at, data=data)
    return changed


def invite(
    unit: Unit,
    *,
    name: str,
    email: str,
    role: str,
    by: Actor,
    at: datetime,
    verdict: Verdict | None = None,
) -> tuple[Invitation, str]:
    """An invitation and its secret, which is shown once and stored only as a digest.

    An empty role invites a student of the school: the account then acts for no unit.
    """
    require(rules.may_invite(by, unit, role) if verdict is None else verdict)
    check_role(role, unit.kind, student=True)
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        held = Unit.objects.select_for_update().get(pk=unit.pk)
        require(rules.not_merged(held))
        invitation = Invitation(
            unit=held, role=role, name=tidy(name), email=email.strip(), invited_by=by.user,
            invited_at=at, expires_at=at + timedelta(days=INVITATION_DAYS),
            token_digest=digest_of_token(token),
        )  # fmt: skip
        check_row(invitation)
        invitation.save(force_insert=True)
        data = {"unit": held.pk, "role": role}
        record("invitation.send", invitation, by=by, at=at, data=data)
    return invitation, token


def revoke_invitation(
    invitation: Invitation, *, by: Actor, at: datetime, verdict: Verdict | None = None
) -> Invitation:
    """The link stops working at once."""
    with transaction.atomic():
        held = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
        require(rules.may_revoke_invitation(by, held) if verdict is None else verdict)
        if held.accepted_at or held.revoked_at:
            raise Conflict("邀请已被接受或撤回，请刷新页面。")
        held.revoked_at = at
        held.save(update_fields=["revoked_at"])
        record("invitation.revoke", held, by=by, at=at)
    return held


def accept_invitation(token: str, *, username: str, password: str, at: datetime) -> User:
    """Make the account, and let it act for the unit from today. A secret works once.

    `Refused` when the invitation is no longer open, `Invalid` under "username" and "password".
    """
    with transaction.atomic():
        invitation = _taken(token, at)
        user = _new_user(username, invitation.name, invitation.email, password, at=at)
        _use(invitation, user, at=at)
        record(
            "invitation.accept", invitation, by=user, at=at,
            data={"user": user.pk, "unit": invitation.unit_id, "role": invitation.role},
        )  # fmt: skip
    return user


def accept_invitation_as(token: str, *, by: Actor, at: datetime) -> Invitation:
    """A person who already has an account accepts with it."""
    with transaction.atomic():
        invitation = _taken(token, at)
        _use(invitation, by.user, at=at)
        record(
            "invitation.accept", invitation, by=by, at=at,
            data={"user": by.pk, "unit": invitation.unit_id, "role": invitation.role},
        )  # fmt: skip
    return invitation


def deactivate_user(user: User, *, reason: str, by: Actor, at: datetime) -> User:
    """The account can no longer sign in. Refused for a unit's last administrator."""
    with transaction.atomic():
        offices = _lock_administered_units(user)
        held = User.objects.select_for_update().get(pk=user.pk)
        require(rules.may_deactivate(by, held))
        _need_reason(reason)
        for appointment in offices:
            require(rules.may_lose(appointment, day_of(at)))
        held.is_active = False
        held.save(update_fields=["is_active"])
        record("account.deactivate", held, by=by, at=at, reason=reason)
    return held


def reactivate_user(user: User, *, reason: str, by: Actor, at: datetime) -> User:
    """The account can sign in again, with the appointments it still has."""
    with transaction.atomic():
        held = User.objects.select_for_update().get(pk=user.pk)
        require(rules.may_reactivate(by, held))
        _need_reason(reason)
        held.is_active = True
        held.save(update_fields=["is_active"])
        record("account.reactivate", held, by=by, at=at, reason=reason)
    return held


def unlock_user(user: User, *, by: Actor, at: datetime) -> int:
    """Forget the failed sign-ins of an account, so that it may try again; how many there were."""
    require(rules.may_manage_accounts(by))
    with transaction.atomic():
        forgotten: int = reset(username=user.username.lower())  # as axes counts them
        record("account.unlock", user, by=by, at=at, data={"attempts": forgotten})
    return forgotten


def save_filter(page: str, name: str, query: str, *, by: Actor) -> SavedFilter:
    """Keep a search under a name of one's own; the same name is replaced. Decides nothing."""
    with transaction.atomic():
        row = SavedFilter.objects.filter(user_id=by.pk, page=page, name=tidy(name)).first()
        row = row or SavedFilter(user=by.user, page=page, name=tidy(name))
        row.query = query
        check_row(row)
        row.save()
    return row


def delete_filter(row: SavedFilter, *, by: Actor) -> None:
    """Forget one of one's own searches."""
    require(rules.may_delete_filter(by, row))
    row.delete()


def _columns(facts: UnitFacts) -> dict[str, Any]:
    columns = asdict(facts)
    columns["credit_code"] = facts.credit_code or None
    return columns


def _new_user(
    username: str, name: str, email: str, password: str, *, at: datetime, duty: str = Duty.NONE
) -> User:
    user = User(
        username=checked_username(username), name=tidy(name), email=email, duty=duty, created_at=at
    )
    check_password(password, user)
    user.set_password(password)
    check_row(user)
    user.save(force_insert=True)
    return user


def _new_appointment(
    unit: Unit, user: User, role: str, starts_on: date, ends_on: date | None
) -> Appointment:
    require(rules.not_merged(unit))
    require(rules.may_be_appointed(user))
    check_role(role, unit.kind)
    check_period(starts_on, ends_on)
    for other in Appointment.objects.filter(unit=unit, user=user):
        if overlaps((starts_on, ends_on), (other.starts_on, other.ends_on)):
            raise Invalid({"user": ["此人在这段时间已代表该单位，请先结束原任职或变更角色。"]})
    temporary = role == AppointmentRole.ADMINISTRATOR and ends_on is not None
    if temporary and not lasting_administrators(unit, starts_on).exists():
        raise Refused("单位须有一位无结束日期的管理员，之后才能安排临时管理员。")
    appointment = Appointment(unit=unit, user=user, role=role, starts_on=starts_on, ends_on=ends_on)
    check_row(appointment)
    appointment.save(force_insert=True)
    return appointment


def _locked(appointment: Appointment) -> Appointment:
    """The appointment read again under its unit's lock."""
    Unit.objects.select_for_update().get(pk=appointment.unit_id)
    return (
        Appointment.objects.select_for_update(of=("self",))
        .select_related("unit", "user")
        .get(pk=appointment.pk)
    )


def _end(appointment: Appointment, ends_on: date, reason: str, *, today: date) -> None:
    _need_reason(reason)
    if appointment.ends_on is not None and appointment.ends_on <= today:
        raise Conflict("该任职已经结束，请刷新页面。")
    if ends_on < max(today, appointment.starts_on):
        raise Invalid({"ends_on": ["结束日期不能早于今天，也不能早于开始日期。"]})
    require(rules.may_lose(appointment, ends_on))
    appointment.ends_on = ends_on
    appointment.ended_reason = reason.strip()
    check_row(appointment)
    appointment.save(update_fields=["ends_on", "ended_reason"])


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid({"reason": ["请写明原因。"]})


def _taken(token: str, at: datetime) -> Invitation:
    """The open invitation of a secret, marked as used before anything else is done.

    The unit is locked before the invitation, in the order every action here keeps.
    """
    wanted = open_invitations(at).filter(token_digest=digest_of_token(token))
    list(Unit.objects.select_for_update().filter(pk__in=wanted.values("unit_id")))
    invitation = wanted.select_for_update(of=("self",)).select_related("unit").first()
    if invitation is None or not wanted.filter(pk=invitation.pk).update(accepted_at=at):
        raise Refused("邀请链接无效、已过期或已被使用。请联系邀请您的人重新发送。")
    invitation.accepted_at = at
    return invitation


def _use(invitation: Invitation, user: User, *, at: datetime) -> None:
    invitation.accepted_by = user
    invitation.save(update_fields=["accepted_by"])
    if invitation.role:
        _new_appointment(invitation.unit, user, invitation.role, day_of(at), None)


def _lock_administered_units(user: User) -> list[Appointment]:
    """The user's open administrator appointments, their units locked in one order."""
    open_ones = Appointment.objects.filter(
        user=user, role=AppointmentRole.ADMINISTRATOR, ends_on__isnull=True
    ).select_related("unit", "user")
    units = list(open_ones.values_list("unit_id", flat=True))
    list(Unit.objects.select_for_update().filter(pk__in=units).order_by("pk"))
    return list(open_ones.order_by("unit_id"))
