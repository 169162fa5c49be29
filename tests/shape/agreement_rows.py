"""Agreements of one side of the small world: of a student, of units, a guardian's link, a kind."""

from dataclasses import replace
from datetime import date
from typing import Any

from chanjiao.agreements import actions, kind_actions, sending, signing
from chanjiao.agreements.checks import AgreementFacts, PartyFacts
from chanjiao.agreements.kinds import kind_called
from chanjiao.agreements.models import Agreement, Kind
from chanjiao.agreements.queries import links_of
from chanjiao.links.queries import token_of
from chanjiao.members.models import Consortium
from chanjiao.people.access import Actor
from tests.agreements.world import CONSENT, FRAMEWORK, THREE_PARTY, paper
from tests.matching.world import AT

STARTS, ENDS = date(2027, 3, 1), date(2027, 8, 31)


def agreement_rows(world: Any, teacher: Actor, office: Actor) -> dict[str, object]:
    """All out for signing; the school has signed on paper by a deputy."""
    school, firm, student = world.schools[0], world.firms[0], world.students[0]
    units = (PartyFacts("school", school), PartyFacts("enterprise", firm))
    pupil = PartyFacts("student", student=student)
    guardian = PartyFacts("guardian", student=student, signatory="家长某某")
    own = _sent(world, teacher, "three-party", THREE_PARTY, (*units, pupil), student)
    common = _sent(world, teacher, "framework", FRAMEWORK, units)
    consent = _sent(world, teacher, "consent", CONSENT, (pupil, guardian), student)
    holder = consent.parties.get(role="guardian")
    kind = replace(
        kind_called(world.consortium, "consent"), code=f"own-{world.consortium.pk}", version=0
    )
    return {
        "agreement": own, "agreement_party": own.parties.get(role="enterprise"),
        "agreement_signature": own.parties.get(role="school").signatures.get(),
        "agreement_common": common,
        "agreement_common_party": common.parties.get(role="enterprise"),
        "agreement_common_signature": common.parties.get(role="school").signatures.get(),
        "agreement_token": token_of(links_of([holder])[holder.pk]),
        "agreement_kind": kind_actions.save_kind(world.consortium, kind, by=office, at=AT),
    }  # fmt: skip


def _sent(
    world: Any, teacher: Actor, code: str, values: dict[str, Any], parties: tuple[PartyFacts, ...],
    student: Any = None,
) -> Agreement:  # fmt: skip
    facts = AgreementFacts(f"{code}某某", STARTS, ENDS, values, parties, student)
    made = actions.create_agreement(
        kind_called(world.consortium, code), facts, consortium=world.consortium,
        unit=world.schools[0], by=teacher, at=AT,
    )  # fmt: skip
    version = sending.send_agreement(made, revision=made.revision, by=teacher, at=AT)
    if parties[0].unit is not None:
        signed = signing.Paper(paper(), {"school": "校长某某"}, "代签某某", paper())
        signing.file_paper(made, signed, digest=version.digest, by=teacher, at=AT)
    return made


def mark_agreements(consortium: Consortium, mark: str) -> None:
    """Put the mark into titles and the names of kinds."""
    for row in Agreement.objects.filter(consortium=consortium).order_by("pk"):
        Agreement.objects.filter(pk=row.pk).update(title=f"{mark}{row.title}")
    for kind in Kind.objects.filter(consortium=consortium).order_by("pk"):
        Kind.objects.filter(pk=kind.pk).update(name=f"{mark}{kind.name}")
