"""Reading agreements; every list starts at what the person may see."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Prefetch, Q, QuerySet

from chanjiao.agreements.enums import AgreementState, PartySide, SignatureState, SigningOrder
from chanjiao.agreements.models import Agreement, Kind, Party, Signature, Version
from chanjiao.files.models import StoredFile
from chanjiao.links.enums import Purpose
from chanjiao.links.models import Link
from chanjiao.links.queries import living_links
from chanjiao.members.models import Consortium
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit

EXPIRES_SOON = timedelta(days=60)
_PUT_TO_PARTIES = (
    AgreementState.SIGNING, AgreementState.OBJECTED, AgreementState.IN_FORCE, AgreementState.ENDED,
)  # fmt: skip


def agreements_visible_to(actor: Actor | None) -> QuerySet[Agreement]:
    """Those one's unit drafted; those put before one's unit or oneself as a student; for the
    secretariat those of its consortium that are about no student and left the drafting unit.

    Who was once asked to sign keeps seeing it, also while it is taken back; never the draft.
    """
    rows = Agreement.objects.select_related("kind", "unit", "student", "consortium")
    if actor is None:
        return rows.none()
    of_unit = Q(parties__unit__in=actor.units)
    of_student = Q(parties__student__user=actor.pk, parties__side=PartySide.STUDENT)
    put = Agreement.objects.filter(of_unit | of_student, state__in=_PUT_TO_PARTIES)
    asked = Agreement.objects.filter(of_unit | of_student, parties__signatures__isnull=False)
    office = Q(consortium__secretariat__in=actor.units, student__isnull=True) & (
        Q(state__in=_PUT_TO_PARTIES) | Q(versions__isnull=False)
    )
    served = Agreement.objects.filter(office)
    return rows.filter(
        Q(unit__in=actor.units) | Q(pk__in=put.values("pk")) | Q(pk__in=asked.values("pk"))
        | Q(pk__in=served.values("pk"))
    )  # fmt: skip


def drafted_by(actor: Actor | None) -> QuerySet[Agreement]:
    """Those one's own unit drafts and keeps: who may change, send and end them."""
    rows = Agreement.objects.select_related("kind", "unit", "student", "consortium")
    return rows.filter(unit__in=actor.units) if actor else rows.none()


def kinds_visible_to(actor: Actor | None) -> QuerySet[Kind]:
    """The kept kinds of the consortium one serves as secretariat."""
    rows = Kind.objects.select_related("template")
    return rows.filter(consortium__secretariat__in=actor.units) if actor else rows.none()


def current(agreement: Agreement) -> Version | None:
    """The newest version."""
    return agreement.versions.order_by("-number").first()


def expiring(rows: QuerySet[Agreement], *, on: date) -> QuerySet[Agreement]:
    """In force, and over within sixty days, with no agreement that follows."""
    return rows.filter(_ends_soon(on))


def _ends_soon(on: date) -> Q:
    """What is about one student ends with the placement, and nobody renews it."""
    return Q(
        state=AgreementState.IN_FORCE, ends_on__gte=on, ends_on__lt=on + EXPIRES_SOON,
        renewal__isnull=True, student__isnull=True,
    )  # fmt: skip


def in_force_on(rows: QuerySet[Agreement], day: date) -> QuerySet[Agreement]:
    """Signed by all, begun, and not over: `ends_on` is the last day."""
    lasting = Q(ends_on__isnull=True) | Q(ends_on__gte=day)
    return rows.filter(lasting, state=AgreementState.IN_FORCE, starts_on__lte=day)


# Who signs ---------------------------------------------------------------------------------------
def parties_of(agreement: Agreement) -> list[Party]:
    """In the order of signing, ready to be named in the text."""
    rows = agreement.parties.select_related("unit", "student__cohort", "student__school")
    return list(rows.order_by("position"))


def signatures_on(version: Version | None) -> list[Signature]:
    """Of one version, in the order of signing."""
    if version is None:
        return []
    rows = version.signatures.select_related(
        "party__unit", "party__student", "scan", "authorisation", "version__agreement"
    )
    return list(rows.order_by("party__position"))


def _earlier_waits() -> Exists:
    """Whether somebody before this signature, where there is an order, has not signed."""
    before = Signature.objects.filter(
        version=OuterRef("version"), state=SignatureState.WAITING,
        version__agreement__order=SigningOrder.SEQUENCE,
        party__position__lt=OuterRef("party__position"),
    )  # fmt: skip
    return Exists(before)


def at_turn() -> QuerySet[Signature]:
    """The signatures that can be given now: exactly these hold an agreement up."""
    rows = Signature.objects.filter(
        state=SignatureState.WAITING, version__agreement__state=AgreementState.SIGNING
    )
    related = rows.select_related(
        "party__unit", "party__student__user", "party__agreement", "version__agreement__kind"
    )
    return related.exclude(_earlier_waits()).order_by("asked_at", "pk")


def waiting_for(actor: Actor | None) -> QuerySet[Signature]:
    """What a person can sign now, for a unit or as a student; a guardian signs by link."""
    if actor is None:
        return Signature.objects.none()
    as_student = Q(party__side=PartySide.STUDENT, party__student__user=actor.pk)
    return at_turn().filter(Q(party__unit__in=actor.units) | as_student)


def blocking(agreement: Agreement) -> list[Signature]:
    """Who holds this agreement up, longest first."""
    return list(at_turn().filter(version__agreement=agreement))


def with_blockers(rows: QuerySet[Agreement]) -> QuerySet[Agreement]:
    """For lists: `blockers` and `blocked_since` need no query for each row."""
    waiting = Prefetch(
        "signatures", Signature.objects.filter(state=SignatureState.WAITING), to_attr="waiting"
    )
    parties = Party.objects.select_related("unit", "student").order_by("position")
    return rows.prefetch_related(
        Prefetch("parties", parties.prefetch_related(waiting), to_attr="listed")
    )


def blockers(agreement: Any) -> list[Any]:
    """The parties at turn of a row of `with_blockers`."""
    waiting = [party for party in agreement.listed if party.waiting]
    return waiting[:1] if agreement.order == SigningOrder.SEQUENCE else waiting


def blocked_since(agreement: Any) -> Any:
    """Since when the first of them is waited for; None when nobody is."""
    moments = [one.asked_at for party in blockers(agreement) for one in party.waiting]
    return min(moments, default=None)


def overdue(rows: QuerySet[Agreement], *, on: date) -> QuerySet[Agreement]:
    """Out for signing past the day it should have been signed by."""
    return rows.filter(_late(on))


def _late(on: date) -> Q:
    return Q(state=AgreementState.SIGNING, sign_by__lt=on)


def authorisation_kept(unit: Unit, *, signatory: str, deputy: str) -> StoredFile | None:
    """The paper that let this deputy sign for this signatory last time."""
    rows = Signature.objects.filter(
        party__unit=unit, deputy=deputy, signer=signatory, authorisation__isnull=False
    ).select_related("authorisation")
    last = rows.order_by("-decided_at", "-pk").first()
    return last.authorisation if last else None


def links_of(parties: Iterable[Party]) -> dict[int, Link]:
    """The living link of each party, by the party's number."""
    return living_links(Purpose.SIGN, Party._meta.label_lower, [party.pk for party in parties])


def addenda_of(agreement: Agreement) -> QuerySet[Agreement]:
    """What changes it, in force or on its way, oldest first."""
    return agreement.addenda.exclude(state=AgreementState.ABANDONED).order_by("created_at", "pk")


# What waits, for home pages --------------------------------------------------------------------
def to_sign(actor: Actor, consortium: Consortium) -> dict[str, Any]:
    """How many a person can sign now (`count`), and by when the first (`due`); one query."""
    rows = waiting_for(actor).filter(version__agreement__consortium=consortium).order_by()
    return rows.aggregate(count=Count("pk"), due=Min("version__agreement__sign_by"))


def tally_drafted(actor: Actor, consortium: Consortium, *, on: date) -> dict[str, Any]:
    """Of those one's unit drafted: objected to, late, ending soon, each with its day; one query."""
    rows = drafted_by(actor).filter(consortium=consortium).order_by()
    late, soon = _late(on), _ends_soon(on)
    return rows.aggregate(
        objected=Count("pk", filter=Q(state=AgreementState.OBJECTED)),
        late=Count("pk", filter=late), late_since=Min("sign_by", filter=late),
        soon=Count("pk", filter=soon), soon_on=Min("ends_on", filter=soon),
    )  # fmt: skip
