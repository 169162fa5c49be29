"""Writing consortia, memberships, contributions and contacts.

Units and people are written by `people.actions`; what the secretariat may do there is decided by
`members.rules` and handed down as a verdict.
"""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import transaction

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import ALLOWED, Conflict, Invalid, require
from chanjiao.members import rules
from chanjiao.members.checks import (
    ConsortiumFacts,
    ContactFacts,
    check_consortium,
    check_role,
    checked_contact,
    checked_industries,
    checked_text,
)
from chanjiao.members.models import Consortium, Contact, Contribution, Membership
from chanjiao.people import actions as people
from chanjiao.people.access import Actor
from chanjiao.people.checks import UnitFacts, check_row, checked_facts
from chanjiao.people.enums import AppointmentRole, UnitKind
from chanjiao.people.models import Appointment, Invitation, Unit
from chanjiao.people.queries import unit_with_credit_code
from chanjiao.people.rules import not_merged
from chanjiao.trail.actions import record


class Founded(NamedTuple):
    """A new consortium, and the invitation of its first secretary with the secret of its link."""

    consortium: Consortium
    invitation: Invitation
    token: str


# Consortia ----------------------------------------------------------------------------------


def create_consortium(
    facts: ConsortiumFacts, *, secretary: str, email: str, by: Actor, at: datetime
) -> Founded:
    """Register a consortium with its office, and invite the person who will run the office."""
    require(rules.may_create_consortium(by))
    check_consortium(facts)
    with transaction.atomic():
        office_facts = UnitFacts(
            kind=UnitKind.OFFICE,
            name=f"{facts.name}秘书处",
            short_name=f"{facts.short_name}秘书处"[:40],
        )
        office = people.create_unit(office_facts, by=by, at=at)
        consortium = Consortium(secretariat=office, created_at=at, **_consortium_columns(facts))
        check_row(consortium)
        consortium.save(force_insert=True)
        invitation, token = people.invite(
            office, name=secretary, email=email, role=AppointmentRole.ADMINISTRATOR, by=by, at=at
        )
        record("consortium.create", consortium, by=by, at=at, data={"code": consortium.code})
    return Founded(consortium, invitation, token)


def update_consortium(
    consortium: Consortium, facts: ConsortiumFacts, *, by: Actor, at: datetime
) -> Consortium:
    """Change a consortium's facts; its code never changes."""
    with transaction.atomic():
        held = Consortium.objects.select_for_update().get(pk=consortium.pk)
        require(rules.may_update_consortium(by, held))
        check_consortium(facts)
        columns = _consortium_columns(facts) | {"code": held.code}
        changed = _apply(held, columns)
        check_row(held)
        held.save()
        record("consortium.update", held, by=by, at=at, data={"changed": changed})
    return held


# Memberships --------------------------------------------------------------------------------


def admit_unit(
    consortium: Consortium,
    facts: UnitFacts,
    *,
    role: str,
    industries: Iterable[str] = (),
    joined_on: date,
    by: Actor,
    at: datetime,
) -> Membership:
    """Make a unit a member. A unit whose credit code is known is used as it stands, not changed."""
    require(rules.may_admit(by, consortium))
    check_role(role)
    if facts.kind == UnitKind.OFFICE:
        raise Invalid({"kind": ["秘书处不能作为成员。"]})
    with transaction.atomic():
        known = unit_with_credit_code(checked_facts(facts).credit_code)
        unit = known or people.create_unit(facts, by=by, at=at, verdict=ALLOWED)
        unit = Unit.objects.select_for_update().get(pk=unit.pk)
        require(not_merged(unit))
        membership = Membership(consortium=consortium, unit=unit, role=role, joined_on=joined_on)
        _apply(membership, {"industries": checked_industries(industries)})
        _need_no_overlap(membership)
        check_row(membership)
        membership.save(force_insert=True)
        data = {"unit": unit.pk, "name": unit.name, "role": role, "joined_on": str(joined_on)}
        record("member.admit", membership, by=by, at=at, data=data)
    return membership


def change_role(
    membership: Membership, *, role: str, revision: int, by: Actor, at: datetime, reason: str = ""
) -> Membership:
    """牵头, 副理事长, 理事 or 成员. A consortium may have several leads."""
    check_role(role)
    with transaction.atomic():
        held = _locked(membership, revision)
        require(rules.may_change_membership(by, held))
        changed = _apply(held, {"role": role})
        _save(held)
        record("member.role", held, by=by, at=at, reason=reason, data={"changed": changed})
    return held


def update_membership(
    membership: Membership,
    *,
    industries: Iterable[str],
    joined_on: date,
    revision: int,
    by: Actor,
    at: datetime,
) -> Membership:
    """Correct the industries or the day of joining."""
    with transaction.atomic():
        held = _locked(membership, revision)
        require(rules.may_change_membership(by, held))
        columns = {"industries": checked_industries(industries), "joined_on": joined_on}
        changed = _apply(held, columns)
        if "joined_on" in changed:
            _need_no_overlap(held)
        _save(held)
        record("member.update", held, by=by, at=at, data={"changed": changed})
    return held


def leave(
    membership: Membership,
    *,
    left_on: date,
    reason: str,
    revision: int,
    by: Actor,
    at: datetime,
) -> Membership:
    """From `left_on` the unit is no member. Its rows stay, and it may be admitted again later."""
    with transaction.atomic():
        held = _locked(membership, revision)
        require(rules.may_leave(by, held))
        if not reason.strip():
            raise Invalid({"reason": ["请写明退出原因。"]})
        if left_on > day_of(at):
            raise Invalid({"left_on": ["退出日期不能晚于今天。"]})
        held.left_on, held.left_reason = left_on, reason.strip()
        _save(held)
        data = {"unit": held.unit_id, "left_on": str(left_on)}
        record("member.leave", held, by=by, at=at, reason=reason, data=data)
    return held


# Contributions and contacts -----------------------------------------------------------------


def add_contribution(
    membership: Membership,
    *,
    advantage: str,
    text: str,
    by: Actor,
    at: datetime,
    amount_fen: int | None = None,
) -> Contribution:
    """What the member brings by an advantage; `amount_fen` where it can be put in money."""
    with transaction.atomic():
        held = _locked(membership)
        require(rules.may_edit_details(by, held))
        row = Contribution(membership=held)
        changed = _apply(
            row, {"advantage": advantage, "text": checked_text(text), "amount_fen": amount_fen}
        )
        check_row(row)
        row.save(force_insert=True)
        record("contribution.add", row, by=by, at=at, data={"changed": changed})
    return row


def change_contribution(
    contribution: Contribution,
    *,
    advantage: str,
    text: str,
    by: Actor,
    at: datetime,
    amount_fen: int | None = None,
) -> Contribution:
    """Replace what was written of one contribution."""
    with transaction.atomic():
        row = Contribution.objects.select_for_update().get(pk=contribution.pk)
        require(rules.may_edit_details(by, _locked(row.membership)))
        changed = _apply(
            row, {"advantage": advantage, "text": checked_text(text), "amount_fen": amount_fen}
        )
        check_row(row)
        row.save()
        record("contribution.change", row, by=by, at=at, data={"changed": changed})
    return row


def remove_contribution(contribution: Contribution, *, by: Actor, at: datetime) -> None:
    """Take one contribution off; what it said stays in the trail."""
    with transaction.atomic():
        require(rules.may_edit_details(by, _locked(contribution.membership)))
        data = {"advantage": contribution.advantage, "text": contribution.text}
        record("contribution.remove", contribution, by=by, at=at, data=data)
        contribution.delete()


def add_contact(membership: Membership, facts: ContactFacts, *, by: Actor, at: datetime) -> Contact:
    """Whom to ring. The trail holds no personal data: it says that, not what, was written."""
    with transaction.atomic():
        held = _locked(membership)
        require(rules.may_edit_details(by, held))
        row = Contact(membership=held)
        _write_contact(row, checked_contact(facts))
        record("contact.add", row, by=by, at=at, data={"membership": held.pk})
    return row


def change_contact(contact: Contact, facts: ContactFacts, *, by: Actor, at: datetime) -> Contact:
    """Replace a contact's data; the trail names the fields, not their values."""
    with transaction.atomic():
        row = Contact.objects.select_for_update().get(pk=contact.pk)
        require(rules.may_edit_details(by, _locked(row.membership)))
        fields = _write_contact(row, checked_contact(facts))
        data = {"membership": row.membership_id, "fields": fields}
        record("contact.change", row, by=by, at=at, data=data)
    return row


def remove_contact(contact: Contact, *, by: Actor, at: datetime) -> None:
    """Erase a contact and its personal data."""
    with transaction.atomic():
        require(rules.may_edit_details(by, _locked(contact.membership)))
        record("contact.remove", contact, by=by, at=at, data={"membership": contact.membership_id})
        contact.delete()


# Units and people, by the secretariat or by the unit itself ---------------------------------


def update_unit(unit: Unit, facts: UnitFacts, *, revision: int, by: Actor, at: datetime) -> Unit:
    """The secretariat may correct its member's facts, identity included."""
    steward = rules.may_steward(by, unit, on=day_of(at))
    return people.update_unit(
        unit, facts, revision=revision, by=by, at=at, verdict=ALLOWED if steward else None
    )


def invite_for(
    unit: Unit, *, name: str, email: str, role: str, by: Actor, at: datetime
) -> tuple[Invitation, str]:
    """Invite a person to act for a unit: its administrator, or the secretariat it belongs to."""
    verdict = rules.may_invite(by, unit, role, on=day_of(at))
    return people.invite(unit, name=name, email=email, role=role, by=by, at=at, verdict=verdict)


def revoke_invitation_for(invitation: Invitation, *, by: Actor, at: datetime) -> Invitation:
    """The link stops working."""
    verdict = rules.may_revoke_invitation(by, invitation, on=day_of(at))
    return people.revoke_invitation(invitation, by=by, at=at, verdict=verdict)


def end_appointment_for(
    appointment: Appointment, *, reason: str, by: Actor, at: datetime, ends_on: date | None = None
) -> Appointment:
    """The person no longer acts for the unit; never the last administrator."""
    verdict = rules.may_end_appointment(by, appointment, on=day_of(at))
    return people.end_appointment(
        appointment, reason=reason, by=by, at=at, ends_on=ends_on, verdict=verdict
    )


def change_appointment_for(
    appointment: Appointment, *, role: str, by: Actor, at: datetime
) -> Appointment:
    """Make a 经办人 the 单位管理员 or the reverse, from today."""
    verdict = rules.may_change_appointment(by, appointment, on=day_of(at))
    return people.change_appointment(appointment, role=role, by=by, at=at, verdict=verdict)


def _consortium_columns(facts: ConsortiumFacts) -> dict[str, Any]:
    return asdict(facts) | {"industries": checked_industries(facts.industries)}


def _locked(membership: Membership, revision: int | None = None) -> Membership:
    rows = Membership.objects.select_for_update(of=("self",)).select_related("consortium", "unit")
    held = rows.get(pk=membership.pk)
    if revision is not None and held.revision != revision:
        raise Conflict("成员资料已被他人修改，请刷新后重新填写。")
    return held


def _save(membership: Membership) -> None:
    membership.revision += 1
    check_row(membership)
    membership.save()


def _need_no_overlap(membership: Membership) -> None:
    """A unit is a member of one consortium once at a time, in the past too."""
    others = Membership.objects.filter(consortium=membership.consortium, unit=membership.unit)
    for other in others.exclude(pk=membership.pk).order_by("joined_on"):
        if other.left_on is None:
            raise Invalid({"credit_code": [f"“{membership.unit.name}”已是本联合体成员。"]})
        if membership.joined_on < other.left_on:
            raise Invalid(
                {"joined_on": [f"该单位 {other.left_on} 才退出，加入日期应不早于这一天。"]}
            )


def _apply(row: Any, columns: dict[str, Any]) -> dict[str, list[Any]]:
    """Set the columns; what changed, as {field: [before, after]} fit for the trail."""
    changed = {}
    for field, value in columns.items():
        before = getattr(row, field)
        if before != value:
            changed[field] = [_plain(before), _plain(value)]
        setattr(row, field, value)
    return changed


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, date) else value


def _write_contact(row: Contact, facts: ContactFacts) -> list[str]:
    """Save the contact; the main one is one per member. Returns the names of changed fields."""
    fields = sorted(_apply(row, asdict(facts)))
    check_row(row)
    row.save()
    if row.is_main:
        others = Contact.objects.filter(membership=row.membership_id, is_main=True)
        others.exclude(pk=row.pk).update(is_main=False)
    return fields
