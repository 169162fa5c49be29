"""Signatures: after signing in, by a link, on paper; refusals. Three equal ways."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from chanjiao.agreements import rules
from chanjiao.agreements.comparing import what_changed
from chanjiao.agreements.enums import (
    AgreementState,
    PartySide,
    SignatureState,
    SigningOrder,
    SigningWay,
)
from chanjiao.agreements.kinds import NEW_END
from chanjiao.agreements.models import Agreement, Party, Signature, Version
from chanjiao.agreements.people import accounts_of, holder_of, tell_drafters
from chanjiao.agreements.queries import authorisation_kept, blocking, current
from chanjiao.agreements.rows import locked
from chanjiao.agreements.sending import ask_parties, come_into_force
from chanjiao.council.checks import SCANS
from chanjiao.council.papers import Upload, stored
from chanjiao.files.models import StoredFile
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Conflict, Invalid, Refused, require
from chanjiao.links.actions import issue_link, revoke_links, spend_link
from chanjiao.links.enums import Purpose
from chanjiao.links.models import Link
from chanjiao.people.access import Actor
from chanjiao.people.checks import check_row, tidy
from chanjiao.trail.actions import record


@dataclass(frozen=True, slots=True)
class Paper:
    """A signed paper: its scan, who signed for which party (by role), and a deputy's authority."""

    scan: Upload
    signers: Mapping[str, str]
    deputy: str = ""
    authorisation: Upload | None = None


def sign_agreement(
    party: Party, *, digest: str, authorisation: Upload | None = None, by: Actor, at: datetime
) -> Signature:
    """A party's own person signs what they saw; `Conflict` with what changed if it was amended.

    Who is not the signatory named signs as the deputy, with an authorisation (the one kept from an
    earlier time serves again).
    """
    with transaction.atomic():
        proof = stored_as(authorisation, "authorisation", by=by, at=at)
        return _online(party, digest, proof, by=by, at=at)


def sign_agreements(
    wanted: Sequence[tuple[Party, str]], *, authorisation: Upload | None = None, by: Actor,
    at: datetime,
) -> list[Signature]:  # fmt: skip
    """Many (party, digest seen) with one authorisation, all or none; `Refused` names the one."""
    done = []
    with transaction.atomic():
        proof = stored_as(authorisation, "authorisation", by=by, at=at)
        for party, digest in wanted:
            try:
                done.append(_online(party, digest, proof, by=by, at=at))
            except Refused as refusal:
                raise Refused(f"{party.agreement}：{refusal.reason}") from refusal
    return done


def _online(
    party: Party, digest: str, proof: StoredFile | None, *, by: Actor, at: datetime
) -> Signature:
    held = _turn(party, digest, at=at)
    require(rules.may_sign(by, held))
    signatory = holder_of(held.party) or by.name
    if tidy(by.name) != tidy(signatory) and held.party.side == PartySide.UNIT:
        held.deputy = by.name
        held.authorisation = _authority(held, signatory, proof, by=by)
    held.way, held.signer, held.decided_by = SigningWay.ONLINE, signatory, by.user
    _sign(held, by=by, at=at)
    return held


def sign_by_link(link: Link, *, digest: str, name: str, at: datetime) -> Signature:
    """The holder of a link confirms by typing their own name. A link signs once."""
    with transaction.atomic():
        held = _opened(link, digest, at=at)
        _check_name(link, name)
        held.way, held.signer = SigningWay.LINK, link.holder
        _sign(held, by=None, at=at)
        spend_link(link, at=at)
    return held


def file_paper(
    agreement: Agreement, paper: Paper, *, digest: str, by: Actor, at: datetime
) -> list[Signature]:
    """One scan for all parties who signed on it; the paper is of the version with this digest."""
    if not paper.signers:
        raise Invalid({"signers": ["请勾选在这份纸质协议上签字的各方。"]})
    if paper.deputy.strip() and len(paper.signers) > 1:
        raise Invalid({"deputy": ["有人代签的，请逐方登记。"]})
    with transaction.atomic():
        locked(agreement)
        scan = stored_as(paper.scan, "scan", by=by, at=at)
        proof = stored_as(paper.authorisation, "authorisation", by=by, at=at)
        parties = list(agreement.parties.filter(role__in=paper.signers).order_by("position"))
        return [
            _on_paper(party, paper, scan, proof, digest=digest, by=by, at=at) for party in parties
        ]


def refuse_agreement(
    party: Party, *, digest: str, reason: str, by: Actor, at: datetime
) -> Signature:
    """Not signed, with the reason; the drafting unit amends it or gives it up."""
    with transaction.atomic():
        held = _turn(party, digest, at=at)
        require(rules.may_sign(by, held))
        held.signer, held.decided_by = by.name, by.user
        _refuse(held, reason, by=by, at=at)
    return held


def refuse_by_link(link: Link, *, digest: str, reason: str, at: datetime) -> Signature:
    """The holder of a link says no. The link stays for the amended version."""
    with transaction.atomic():
        held = _opened(link, digest, at=at)
        held.signer = link.holder
        _refuse(held, reason, by=None, at=at)
    return held


def renew_link(party: Party, *, by: Actor, at: datetime) -> Link:
    """A new secret address for a party; the earlier one dies."""
    with transaction.atomic():
        agreement = locked(party.agreement)
        signature = _signature(agreement, party)
        has_account = bool(accounts_of(signature.party, day_of(at)))
        require(rules.may_issue_link(by, signature, has_account=has_account))
        held = signature.party
        revoke_links(held, purpose=Purpose.SIGN, by=by, at=at, reason="重新生成")
        return issue_link(
            held, purpose=Purpose.SIGN, unit=agreement.unit, holder=holder_of(held), by=by, at=at,
            contact=held.contact,
        )  # fmt: skip


def stored_as(upload: Upload | None, field: str, *, by: Actor, at: datetime) -> StoredFile | None:
    """A scan kept; what is wrong with it is told beside its own field."""
    try:
        return stored(upload, by=by, at=at, kinds=SCANS)
    except Invalid as wrong:
        raise Invalid({field: wrong.problems["file"]}) from wrong


# What all ways share -----------------------------------------------------------------------------
def _signature(agreement: Agreement, party: Party) -> Signature:
    """The party's signature on the newest version; `Refused` when none was asked for."""
    version = current(agreement)
    rows = Signature.objects.select_related("party__unit", "party__student__user")
    found = rows.filter(version=version, party=party).first() if version else None
    if found is None or version is None:
        raise Refused("协议还没有送签。")
    version.agreement = agreement
    found.version = version
    return found


def _turn(party: Party, digest: str, *, at: datetime) -> Signature:
    """The signature to decide, its agreement locked; `Conflict` unless it is what was seen."""
    agreement = locked(party.agreement)
    signature = _signature(agreement, party)
    _check_seen(agreement, signature.version, digest)
    return signature


def _check_seen(agreement: Agreement, version: Version, digest: str) -> None:
    if agreement.state == AgreementState.DRAFT:
        raise Conflict("发起方刚刚撤回修改，这一版不再有效。修改后会再请您签署。")
    if version.digest == digest:
        return
    seen = agreement.versions.filter(digest=digest).order_by("-number").first()
    said = f"：{what_changed(seen, version)}" if seen else ""
    why = f"（{version.why}）" if version.why else ""
    raise Conflict(f"协议刚刚修改为第 {version.number} 版{why}{said}。请重新阅读后再办理。")


def _opened(link: Link, digest: str, *, at: datetime) -> Signature:
    """What a link opens, checked again under the lock: two browsers may hold the same address."""
    party = Party.objects.select_related("agreement").get(pk=link.subject_id)
    held = _turn(party, digest, at=at)
    alive = Link.objects.filter(pk=link.pk, revoked_at__isnull=True, expires_at__gt=at)
    if not alive.exists():
        raise Refused("这个链接已经作废或到期，请向发出的人要一个新的。")
    require(rules.can_be_signed(held))
    return held


def _check_name(link: Link, name: str) -> None:
    if tidy(name) != tidy(link.holder):
        raise Invalid({"name": [f"请填写本人姓名“{link.holder}”。不是本人的，请勿代签。"]})


def _authority(
    held: Signature, signatory: str, proof: StoredFile | None, *, by: Actor
) -> StoredFile:
    """The paper that lets the deputy sign: the one sent now, else the one kept."""
    unit = held.party.unit
    kept = authorisation_kept(unit, signatory=signatory, deputy=by.name) if unit else None
    found = proof or kept
    if found is None:
        said = f"协议约定由{signatory}签署。您代为签署的，请上传{signatory}签字的授权委托书。"
        raise Invalid({"authorisation": [said]})
    return found


def _on_paper(
    party: Party, paper: Paper, scan: StoredFile | None, proof: StoredFile | None, *, digest: str,
    by: Actor, at: datetime,
) -> Signature:  # fmt: skip
    held = _turn(party, digest, at=at)
    require(rules.may_file_paper(by, held))
    held.way, held.scan, held.decided_by = SigningWay.PAPER, scan, by.user
    held.signer = tidy(paper.signers[party.role]) or holder_of(held.party)
    if not held.signer:
        raise Invalid({f"signer-{party.role}": [f"请填写{party.label}的签署人姓名。"]})
    if paper.deputy.strip():
        if proof is None:
            raise Invalid({"authorisation": ["由他人代签的，须上传授权委托书。"]})
        held.deputy, held.authorisation = tidy(paper.deputy), proof
    _sign(held, by=by, at=at)
    return held


def _sign(held: Signature, *, by: Actor | None, at: datetime) -> None:
    """Write a signature that may be given, and what follows from it; one trail row."""
    agreement, version = held.version.agreement, held.version
    held.state, held.decided_at, held.digest = SignatureState.SIGNED, at, version.digest
    check_row(held)
    held.save()
    waiting = blocking(agreement)
    in_force = not waiting
    if in_force:
        come_into_force(agreement, at=at)
        moved = _move_end(agreement)
    else:
        moved = None
        _next_turn(agreement, waiting, at=at)
    data = {
        "version": version.number, "digest": version.digest, "party": held.party.role,
        "way": held.way, "signer": held.signer, "deputy": held.deputy, "in_force": in_force,
        "scan": held.scan.digest if held.scan else "",
        "authorisation": held.authorisation.digest if held.authorisation else "",
        "moves_end_to": str(moved or ""),
    }  # fmt: skip
    record("agreements.sign", agreement, by=by, at=at, data=data)


def _next_turn(agreement: Agreement, waiting: Sequence[Signature], *, at: datetime) -> None:
    """Where there is an order, the next one is told, and waits from now on."""
    if agreement.order == SigningOrder.ANY:
        return
    Signature.objects.filter(pk__in=[row.pk for row in waiting]).update(asked_at=at)
    ask_parties(agreement, [row.party for row in waiting], at=at)


def _move_end(agreement: Agreement) -> date | None:
    """An addendum in force that says so moves the end of what it supplements."""
    day = agreement.values.get(NEW_END) if agreement.supplements else None
    if not day or agreement.supplements is None:
        return None
    original = locked(agreement.supplements)
    original.ends_on = date.fromisoformat(day)
    original.revision += 1
    check_row(original)
    original.save()
    return original.ends_on


def _refuse(held: Signature, reason: str, *, by: Actor | None, at: datetime) -> None:
    if not reason.strip():
        raise Invalid({"reason": ["请写明不签的理由，发起方据此修改。"]})
    agreement = held.version.agreement
    held.state, held.decided_at, held.reason = SignatureState.REFUSED, at, reason.strip()[:300]
    held.digest = held.version.digest
    check_row(held)
    held.save()
    agreement.state, agreement.revision = AgreementState.OBJECTED, agreement.revision + 1
    agreement.save()
    text = f"{held.party.label}对协议“{agreement.title}”有异议：{held.reason}"
    tell_drafters(agreement, text[:290], at=at)
    data = {"version": held.version.number, "digest": held.digest, "party": held.party.role,
            "signer": held.signer}  # fmt: skip
    record("agreements.refuse", agreement, by=by, at=at, reason=held.reason, data=data)
