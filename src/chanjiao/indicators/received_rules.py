"""Who may hand in a pack, and decide on its signer; which packs an authority sees."""

from django.db.models import QuerySet

from chanjiao.indicators.enums import (
    SIGNER_LABELS,
    SIGNER_MOVES,
    ReceivedState,
    SignerState,
)
from chanjiao.indicators.models import ReceivedPack, Signer
from chanjiao.kernel.moves import may_move
from chanjiao.kernel.verdict import ALLOWED, Verdict, all_of, refuse
from chanjiao.members.models import Authority
from chanjiao.people.access import Actor

_OWN_ONLY = refuse("只有本主管部门人员可以办理。")


def may_receive(actor: Actor, authority: Authority) -> Verdict:
    """Whoever acts for the authority."""
    return ALLOWED if actor.acts_for(authority.unit_id) else _OWN_ONLY


def may_confirm_signer(actor: Actor, signer: Signer) -> Verdict:
    return _may_decide(actor, signer, SignerState.CONFIRMED)


def may_refuse_signer(actor: Actor, signer: Signer) -> Verdict:
    return _may_decide(actor, signer, SignerState.REFUSED)


def _may_decide(actor: Actor, signer: Signer, target: str) -> Verdict:
    return all_of(
        may_receive(actor, signer.authority),
        may_move(SIGNER_MOVES, SIGNER_LABELS, signer.state, target),
    )


# Reading -------------------------------------------------------------------------------------
def packs_visible_to(actor: Actor | None) -> QuerySet[ReceivedPack]:
    """Those handed to the authorities a person acts for; nobody else's, not even the operator."""
    rows = ReceivedPack.objects.select_related("file", "signer", "job", "received_by", "authority")
    if actor is None:
        return rows.none()
    return rows.filter(authority__unit__in=actor.units)


def signers_visible_to(actor: Actor | None) -> QuerySet[Signer]:
    rows = Signer.objects.select_related("authority", "decided_by")
    if actor is None:
        return rows.none()
    return rows.filter(authority__unit__in=actor.units)


def counted(authority: Authority, year: int) -> QuerySet[ReceivedPack]:
    """The packs that count for a year: verified, their signer confirmed, not replaced."""
    rows = ReceivedPack.objects.filter(authority=authority, year=year, state=ReceivedState.VERIFIED)
    return rows.select_related("signer").order_by("consortium_name", "consortium_code", "pk")


def years_of(authority: Authority) -> list[int]:
    """Years of which something was received, the youngest first."""
    rows = ReceivedPack.objects.filter(authority=authority, year__isnull=False)
    found = rows.order_by("-year").values_list("year", flat=True).distinct()
    return [year for year in found if year is not None]


def silent_in(authority: Authority, year: int) -> list[str]:
    """Names of consortia whose packs counted in another year, and of which none counts in this."""
    rows = ReceivedPack.objects.filter(
        authority=authority, state__in=[ReceivedState.VERIFIED, ReceivedState.SUPERSEDED]
    )
    sent = set(
        rows.filter(year=year, state=ReceivedState.VERIFIED).values_list(
            "consortium_code", flat=True
        )
    )
    known = dict(rows.order_by("received_at").values_list("consortium_code", "consortium_name"))
    return sorted(name for code, name in known.items() if code not in sent)


def other_signers(signer: Signer) -> QuerySet[Signer]:
    """Keys the authority confirmed for the same consortium: this one is a change."""
    rows = Signer.objects.filter(
        authority=signer.authority_id, consortium_code=signer.consortium_code,
        state=SignerState.CONFIRMED,
    )  # fmt: skip
    return rows.exclude(pk=signer.pk).order_by("first_seen_at", "pk")
