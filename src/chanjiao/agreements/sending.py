"""An agreement goes out for signing, is taken back to be amended, is ended, is chased."""

import io
from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from chanjiao.agreements import rules
from chanjiao.agreements.bridge import digest_of, drafted_text, facts_of_agreement
from chanjiao.agreements.checks import checked_values
from chanjiao.agreements.enums import AgreementState, SignatureState, SigningOrder
from chanjiao.agreements.kinds import facts_of
from chanjiao.agreements.models import Agreement, Party, Signature, Version
from chanjiao.agreements.people import accounts_of, holder_of, tell_drafters, tell_parties
from chanjiao.agreements.queries import blocking, current, links_of, parties_of
from chanjiao.agreements.rows import CHANGED, locked
from chanjiao.files.actions import store_file
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Conflict, Invalid, Refused, require
from chanjiao.links.actions import issue_link, revoke_links
from chanjiao.links.enums import Purpose
from chanjiao.people.access import Actor
from chanjiao.trail.actions import record


def send_agreement(
    agreement: Agreement, *, revision: int, why: str = "", by: Actor, at: datetime
) -> Version:
    """The draft becomes a version that never changes, and its parties are asked to sign.

    After the first version `why` says what was amended. Whoever has no account gets a link, shown
    to the drafting unit.
    """
    with transaction.atomic():
        held = locked(agreement)
        require(rules.may_send(by, held))
        if held.revision != revision:
            raise Conflict(CHANGED)
        _check_complete(held, on=day_of(at))
        last = current(held)
        if last is not None and not why.strip():
            raise Invalid({"why": ["请写明修改了什么，签署方会看到。"]})
        version = _version(held, last.number + 1 if last else 1, why=why, by=by, at=at)
        held.state, held.revision = AgreementState.SIGNING, held.revision + 1
        held.save()
        _ask(held, version, by=by, at=at)
        data = {"version": version.number, "digest": version.digest}
        record("agreements.send", held, by=by, at=at, reason=version.why, data=data)
    return version


def send_agreements(agreements: Sequence[Agreement], *, by: Actor, at: datetime) -> int:
    """Many first versions at once, all or none; `Refused` names the one that cannot go out."""
    with transaction.atomic():
        for agreement in agreements:
            try:
                send_agreement(agreement, revision=agreement.revision, by=by, at=at)
            except Refused as refusal:
                raise Refused(f"{agreement}：{refusal.reason}") from refusal
    return len(agreements)


def take_back(
    agreement: Agreement, *, reason: str, revision: int, by: Actor, at: datetime
) -> Agreement:
    """Back to the draft, to be amended without typing it again; the signatures become void."""
    with transaction.atomic():
        held = locked(agreement)
        require(rules.may_take_back(by, held))
        if held.revision != revision:
            raise Conflict(CHANGED)
        if not reason.strip():
            raise Invalid({"reason": ["请写明撤回修改的原因。"]})
        _close_signing(held, f"撤回修改：{reason.strip()}", at=at)
        held.state, held.revision = AgreementState.DRAFT, held.revision + 1
        held.save()
        record("agreements.take_back", held, by=by, at=at, reason=reason.strip())
    return held


def abandon_agreement(
    agreement: Agreement, *, reason: str, revision: int, by: Actor, at: datetime
) -> Agreement:
    """Given up before it came into force; what was signed becomes void, links die."""
    with transaction.atomic():
        held = locked(agreement)
        require(rules.may_abandon(by, held))
        if held.revision != revision:
            raise Conflict(CHANGED)
        if not reason.strip():
            raise Invalid({"reason": ["请写明作废原因。"]})
        _close_signing(held, f"已作废：{reason.strip()}", at=at)
        for party in parties_of(held):
            revoke_links(party, purpose=Purpose.SIGN, by=by, at=at, reason="协议作废")
        held.state, held.ended_reason = AgreementState.ABANDONED, reason.strip()[:200]
        held.revision += 1
        held.save()
        record("agreements.abandon", held, by=by, at=at, reason=held.ended_reason)
    return held


def _close_signing(agreement: Agreement, said: str, *, at: datetime) -> None:
    """The signatures on the newest version are void; whoever was asked is told why."""
    version = current(agreement)
    if version is None or agreement.state == AgreementState.DRAFT:
        return
    version.signatures.exclude(state=SignatureState.VOID).update(state=SignatureState.VOID)
    others = [party for party in parties_of(agreement) if party.unit_id != agreement.unit_id]
    tell_parties(agreement, others, f"协议“{agreement.title}”{said}", at=at)


def end_agreement(
    agreement: Agreement, *, on: date, reason: str, revision: int, by: Actor, at: datetime
) -> Agreement:
    """Over before its time, or closed at its end; everybody is told why."""
    with transaction.atomic():
        held = locked(agreement)
        require(rules.may_end(by, held))
        if held.revision != revision:
            raise Conflict(CHANGED)
        if not reason.strip():
            raise Invalid({"reason": ["请写明终止原因。"]})
        if on > day_of(at) or on < held.starts_on:
            raise Invalid({"on": [f"终止日期应在 {held.starts_on} 到今天之间。"]})
        held.state, held.ended_on = AgreementState.ENDED, on
        held.ended_reason, held.revision = reason.strip()[:200], held.revision + 1
        held.save()
        text = f"协议“{held.title}”已于 {on} 终止：{held.ended_reason}"
        tell_parties(held, parties_of(held), text, at=at)
        data = {"on": str(on)}
        record("agreements.end", held, by=by, at=at, reason=held.ended_reason, data=data)
    return held


def remind_signers(agreement: Agreement, *, by: Actor, at: datetime) -> list[Party]:
    """Tell exactly those who hold it up; those without an account are returned, to be sent a link."""
    with transaction.atomic():
        held = locked(agreement)
        require(rules.may_remind(by, held))
        parties = [signature.party for signature in blocking(held)]
        text = f"请签署协议“{held.title}”（{held.number}），其他各方在等待。"
        unreached = tell_parties(held, parties, text, at=at, due_on=held.sign_by)
        data = {"parties": [party.role for party in parties],
                "unreached": [party.role for party in unreached]}  # fmt: skip
        record("agreements.remind", held, by=by, at=at, data=data)
    return unreached


def _check_complete(agreement: Agreement, *, on: date) -> None:
    fields = facts_of(agreement.kind).fields
    checked_values(fields, agreement.values, complete=True)
    if agreement.sign_by is not None and agreement.sign_by < on:
        raise Invalid({"sign_by": ["签署期限已过，请改为今天或以后。"]})


def _version(
    agreement: Agreement, number: int, *, why: str, by: Actor, at: datetime
) -> Version:  # fmt: skip
    parties = parties_of(agreement)
    text, word = drafted_text(agreement, parties)
    version = Version(
        agreement=agreement, number=number, facts=facts_of_agreement(agreement, parties),
        values=agreement.values, text=text, why=why.strip()[:200], made_by=by.user, made_at=at,
    )  # fmt: skip
    version.digest = digest_of(version)
    if word is not None:
        name = f"{agreement.title}（{agreement.number} 第{number}版）.docx"
        version.document = store_file(io.BytesIO(word), name, by=by, at=at)
    version.save(force_insert=True)
    return version


def _ask(agreement: Agreement, version: Version, *, by: Actor, at: datetime) -> None:
    """A signature waits for each party; links for those without an account; those at turn are told."""
    parties = parties_of(agreement)
    Signature.objects.bulk_create(
        [Signature(version=version, party=party, asked_at=at) for party in parties]
    )
    alive = links_of(parties)
    for party in parties:
        link = alive.get(party.pk)
        usable = link is not None and link.spent_at is None and link.expires_at > at
        if usable or accounts_of(party, day_of(at)) or not holder_of(party):
            continue
        issue_link(
            party, purpose=Purpose.SIGN, unit=agreement.unit, holder=holder_of(party), by=by, at=at,
            contact=party.contact,
        )  # fmt: skip
    first = parties[:1] if agreement.order == SigningOrder.SEQUENCE else parties
    ask_parties(agreement, first, at=at)


def ask_parties(agreement: Agreement, parties: Sequence[Party], *, at: datetime) -> None:
    """Tell parties that their turn has come."""
    text = f"请签署协议“{agreement.title}”（{agreement.number}，{agreement.unit.called}发起）。"
    tell_parties(agreement, parties, text, at=at, due_on=agreement.sign_by)


def come_into_force(agreement: Agreement, *, at: datetime) -> None:
    """All have signed; part of the last signature's action, which has its own trail row."""
    agreement.state, agreement.in_force_at = AgreementState.IN_FORCE, at
    agreement.revision += 1
    agreement.save()
    text = f"协议“{agreement.title}”（{agreement.number}）各方已签署完毕，已生效。"
    others = [party for party in parties_of(agreement) if party.unit_id != agreement.unit_id]
    tell_parties(agreement, others, text, at=at)
    tell_drafters(agreement, text, at=at)
