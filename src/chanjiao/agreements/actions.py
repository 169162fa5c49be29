"""Drafting agreements: one or many at once, changed, renewed, supplemented, given up."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from chanjiao.agreements import rules
from chanjiao.agreements.checks import (
    AgreementFacts,
    PartyFacts,
    checked_parties,
    checked_values,
)
from chanjiao.agreements.kinds import ADDENDUM, KindFacts, Role, facts_of, kind_called
from chanjiao.agreements.models import Agreement, Kind, Party
from chanjiao.agreements.rows import CHANGED, locked, party_facts, roles_for
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Conflict, Invalid, Refused, require
from chanjiao.links.actions import revoke_links
from chanjiao.links.enums import Purpose
from chanjiao.members.models import Consortium
from chanjiao.needs.numbers import take
from chanjiao.people.access import Actor
from chanjiao.people.checks import check_period, check_row
from chanjiao.people.models import Unit
from chanjiao.trail.actions import record

MOST_AT_ONCE = 1000


def create_agreement(
    kind: KindFacts, facts: AgreementFacts, *, consortium: Consortium, unit: Unit, by: Actor,
    at: datetime,
) -> Agreement:  # fmt: skip
    """A draft with the next number."""
    (made,) = create_agreements(kind, [facts], consortium=consortium, unit=unit, by=by, at=at)
    return made


def create_agreements(
    kind: KindFacts, drafts: Sequence[AgreementFacts], *, consortium: Consortium, unit: Unit,
    by: Actor, at: datetime,
) -> list[Agreement]:  # fmt: skip
    """Many drafts of one kind, all or none, one trail row for each.

    The kind's first use keeps it for the consortium. `Invalid` names the draft that is wrong by its
    title. The values may still be incomplete; sending asks for all of them.
    """
    if len(drafts) > MOST_AT_ONCE:
        raise Refused(f"一次最多起草 {MOST_AT_ONCE} 份，现有 {len(drafts)} 份，请分批办理。")
    if kind.is_addendum:
        raise Refused("补充协议请从原协议的页面起草。")
    with transaction.atomic():
        require(rules.may_draft(by, unit))
        row = _kept_kind(consortium, kind, at=at)
        made = [
            _drafted(row, kind.roles, facts, consortium=consortium, unit=unit, by=by, at=at)
            for facts in drafts
        ]
        _number([agreement for agreement, _ in made], at=at)
        Agreement.objects.bulk_create([agreement for agreement, _ in made])
        Party.objects.bulk_create([party for _, parties in made for party in parties])
        for agreement, _ in made:
            record("agreements.create", agreement, by=by, at=at, data=_plain(agreement))
    return [agreement for agreement, _ in made]


def supplement_agreement(
    original: Agreement, facts: AgreementFacts, *, by: Actor, at: datetime
) -> Agreement:
    """An addendum's draft: with the same parties, to change what is in force."""
    with transaction.atomic():
        held = locked(original)
        require(rules.may_supplement(by, held))
        kind = _kept_kind(held.consortium, kind_called(held.consortium, ADDENDUM), at=at)
        whole = replace(facts, parties=party_facts(held), student=held.student, order=held.order)
        agreement, parties = _drafted(
            kind, facts_of(held.kind).roles, whole, consortium=held.consortium, unit=held.unit,
            by=by, at=at,
        )  # fmt: skip
        agreement.supplements = held
        return _saved(agreement, parties, by=by, at=at)


def renew_agreement(original: Agreement, *, ends_on: date, by: Actor, at: datetime) -> Agreement:
    """A draft that follows another one, with its values and parties; it begins the day after."""
    with transaction.atomic():
        held = locked(original)
        require(rules.may_renew(by, held))
        assert held.ends_on is not None  # may_renew
        kind = kind_called(held.consortium, held.kind.code)
        known = {one.name for one in kind.fields}
        facts = AgreementFacts(
            held.title, held.ends_on + timedelta(days=1), ends_on,
            {name: value for name, value in held.values.items() if name in known},
            party_facts(held), held.student, order=held.order,
        )  # fmt: skip
        row = _kept_kind(held.consortium, kind, at=at)
        agreement, parties = _drafted(
            row, kind.roles, facts, consortium=held.consortium, unit=held.unit, by=by, at=at
        )
        agreement.renews = held
        return _saved(agreement, parties, by=by, at=at)


def change_draft(
    agreement: Agreement, facts: AgreementFacts, *, revision: int, by: Actor, at: datetime
) -> Agreement:
    """Everything that is typed, in one go; the kind, the student and the roles stay."""
    with transaction.atomic():
        held = locked(agreement)
        require(rules.may_change(by, held))
        if held.revision != revision:
            raise Conflict(CHANGED)
        before = _plain(held) | {"values": held.values}
        roles = roles_for(held)
        given = facts.parties if not held.supplements_id else party_facts(held)
        found = checked_parties(roles, given, held.student)
        held.values = checked_values(facts_of(held.kind).fields, facts.values, complete=False)
        for name in ("title", "starts_on", "ends_on", "sign_by", "order"):
            setattr(held, name, getattr(facts, name))
        held.revision += 1
        check_row(held)
        held.save()
        _put_parties(held, roles, found, by=by, at=at)
        data = {"before": before, "after": _plain(held) | {"values": held.values}}
        record("agreements.change", held, by=by, at=at, data=data)
    return held


def _kept_kind(consortium: Consortium, kind: KindFacts, *, at: datetime) -> Kind:
    """The kind's row; the shipped kind is copied to the consortium when it is first used."""
    version = kind.version or 1
    row, _ = Kind.objects.get_or_create(
        consortium=consortium, code=kind.code, version=version,
        defaults=kind.plain() | {"created_at": at},
    )  # fmt: skip
    return row


def _drafted(
    kind: Kind, roles: Sequence[Role], facts: AgreementFacts, *, consortium: Consortium, unit: Unit,
    by: Actor, at: datetime,
) -> tuple[Agreement, list[Party]]:  # fmt: skip
    """The rows, checked but not saved and without a number."""
    try:
        found = checked_parties(roles, facts.parties, facts.student)
        _check_place(facts, [party for _, party in found], consortium, unit)
        check_period(facts.starts_on, facts.ends_on)
        agreement = Agreement(
            consortium=consortium, kind=kind, unit=unit, student=facts.student,
            title=facts.title.strip(), starts_on=facts.starts_on, ends_on=facts.ends_on,
            sign_by=facts.sign_by, order=facts.order, created_by=by.user, created_at=at,
            values=checked_values(facts_of(kind).fields, facts.values, complete=False),
        )  # fmt: skip
    except Invalid as wrong:
        who = f"{facts.student.name}：" if facts.student else ""
        told = {key: [f"{who}{text}" for text in texts] for key, texts in wrong.problems.items()}
        raise Invalid(told) from wrong
    if not agreement.title or len(agreement.title) > 120:
        raise Invalid({"title": ["请填写协议名称，最多 120 字。"]})
    return agreement, [_party(agreement, roles, role, party) for role, party in found]


def _check_place(
    facts: AgreementFacts, parties: Sequence[PartyFacts], consortium: Consortium, unit: Unit
) -> None:
    """A school drafts for its own students; a member for itself; the secretariat for anybody."""
    if facts.student is not None:
        if facts.student.school_id != unit.pk:
            raise Invalid({"student": ["只能为本校学生起草。"]})
    elif unit.pk != consortium.secretariat_id and all(party.unit != unit for party in parties):
        raise Invalid({"__all__": [f"“{unit.name}”起草的协议，本单位应是签署方之一。"]})


def _party(
    agreement: Agreement, roles: Sequence[Role], role: Role, party: PartyFacts
) -> Party:  # fmt: skip
    row = Party(
        agreement=agreement, position=list(roles).index(role) + 1, role=role.code,
        label=role.title, side=role.side, unit=party.unit, student=party.student,
        signatory=party.signatory.strip(), contact=party.contact.strip(),
    )  # fmt: skip
    too_long = len(row.signatory) > 60 or len(row.contact) > 120
    if too_long:
        raise Invalid({f"party-{role.code}": ["姓名最多 60 字，联系方式最多 120 字。"]})
    return row


def _put_parties(
    agreement: Agreement, roles: Sequence[Role], found: Sequence[tuple[Role, PartyFacts]], *,
    by: Actor, at: datetime,
) -> None:  # fmt: skip
    """The parties as they are now; one who was once asked to sign stays the same row."""
    rows = {party.role: party for party in agreement.parties.all()}
    for role, facts in found:
        made = _party(agreement, roles, role, facts)
        kept = rows.pop(role.code, None)
        if kept is not None:
            if (kept.signatory, kept.unit_id) != (made.signatory, made.unit_id):
                revoke_links(kept, purpose=Purpose.SIGN, by=by, at=at, reason="签署人变更")
            made.pk = kept.pk
        made.save()
    for kept in rows.values():
        if kept.signatures.exists():
            raise Invalid(
                {f"party-{kept.role}": ["已经送签过的签署方不能去掉；请作废后另行起草。"]}
            )
        kept.delete()


def _number(agreements: Sequence[Agreement], *, at: datetime) -> None:
    numbers = take(f"XY-{day_of(at).year}", len(agreements)) if agreements else []
    for agreement, number in zip(agreements, numbers, strict=True):
        agreement.number = number


def _saved(agreement: Agreement, parties: Sequence[Party], *, by: Actor, at: datetime) -> Agreement:
    _number([agreement], at=at)
    agreement.save(force_insert=True)
    Party.objects.bulk_create(parties)
    record("agreements.create", agreement, by=by, at=at, data=_plain(agreement))
    return agreement


def _plain(agreement: Agreement) -> dict[str, Any]:
    names = ("number", "title", "starts_on", "ends_on", "sign_by", "order", "supplements_id")
    return {
        "kind": f"{agreement.kind.code}/{agreement.kind.version}",
        **{name: str(getattr(agreement, name) or "") for name in names},
    }
