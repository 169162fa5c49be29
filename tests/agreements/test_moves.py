"""State × step × role, from the MOVES tables; what the database refuses by itself."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from chanjiao.agreements import actions, rules, sending, signing
from chanjiao.agreements.checks import AgreementFacts
from chanjiao.agreements.enums import (
    AGREEMENT_MOVES,
    SIGNATURE_MOVES,
    AgreementState,
    SignatureState,
)
from chanjiao.agreements.models import Agreement, Signature
from chanjiao.agreements.queries import agreements_visible_to
from chanjiao.kernel.verdict import Refused
from tests.agreements.world import again, digest, make_world, party
from tests.people.world import AT, TODAY, stranger

pytestmark = pytest.mark.django_db
STEPS = {
    AgreementState.SIGNING: lambda a, by: sending.send_agreement(
        a, revision=a.revision, why="改", by=by, at=AT
    ),
    AgreementState.DRAFT: lambda a, by: sending.take_back(
        a, reason="改", revision=a.revision, by=by, at=AT
    ),
    AgreementState.ABANDONED: lambda a, by: sending.abandon_agreement(
        a, reason="不签了", revision=a.revision, by=by, at=AT
    ),
    AgreementState.ENDED: lambda a, by: sending.end_agreement(
        a, on=TODAY, reason="结束", revision=a.revision, by=by, at=AT
    ),
}


def agreement_in(world, state) -> Agreement:
    agreement = world.sent(world.framework(starts_on=date(2026, 1, 1)), "framework")
    Agreement.objects.filter(pk=agreement.pk).update(
        state=state, in_force_at=AT, ended_on=TODAY if state == AgreementState.ENDED else None
    )
    return again(agreement)


# It comes into force, or is objected to, by signatures only: see below.
@pytest.mark.parametrize("target", STEPS)
@pytest.mark.parametrize("state", AgreementState.values)
def test_every_step_by_everybody(state, target):
    world = make_world()
    agreement = agreement_in(world, state)
    for actor in (world.recruiter, world.office, world.pupil(), stranger(), make_world().teacher):
        with pytest.raises(Refused):
            STEPS[target](agreement, actor)
        assert again(agreement).state == state
    if target in AGREEMENT_MOVES[state]:
        STEPS[target](agreement, world.teacher)
        assert again(agreement).state == target
    else:
        with pytest.raises(Refused):
            STEPS[target](agreement, world.teacher)
        assert again(agreement).state == state


@pytest.mark.parametrize("signature", SignatureState.values)
@pytest.mark.parametrize("state", AgreementState.values)
def test_a_signature_is_given_or_refused_only_while_it_waits_for_it(state, signature):
    world = make_world()
    agreement = agreement_in(world, state)
    fields = {
        "state": signature,
        "decided_at": AT,
        "digest": "0" * 64,
        "way": "online",
        "reason": "否",
    }
    Signature.objects.filter(party__role="enterprise").update(**fields)
    open_ = state == AgreementState.SIGNING and SignatureState.SIGNED in SIGNATURE_MOVES[signature]
    where, seen = party(agreement, "enterprise"), digest(agreement)
    ways = (
        lambda: signing.sign_agreement(where, digest=seen, by=world.recruiter, at=AT),
        lambda: signing.refuse_agreement(
            where, digest=seen, reason="否", by=world.recruiter, at=AT
        ),
    )
    for way in ways:
        before = Signature.objects.get(party=where).state
        if open_:
            with transaction.atomic():
                assert way().state in SIGNATURE_MOVES[signature]
                transaction.set_rollback(True)
        else:
            with pytest.raises(Refused):
                way()
            assert Signature.objects.get(party=where).state == before


@pytest.mark.parametrize("state", AgreementState.values)
def test_what_follows_an_agreement_needs_it_in_force(state):
    world = make_world()
    agreement = agreement_in(world, state)
    facts = AgreementFacts("补充", TODAY, values={"变更事由": "一", "变更内容": "二"})
    alive = state == AgreementState.IN_FORCE
    assert bool(rules.may_supplement(world.teacher, agreement)) == alive
    over = state in {AgreementState.IN_FORCE, AgreementState.ENDED}
    assert bool(rules.may_renew(world.teacher, agreement)) == over
    for actor in (world.recruiter, world.office, stranger()):
        assert not rules.may_supplement(actor, agreement)
        assert not rules.may_renew(actor, agreement)
    if not alive:
        with pytest.raises(Refused):
            actions.supplement_agreement(agreement, facts, **world.by())
    if not over:
        with pytest.raises(Refused):
            actions.renew_agreement(agreement, ends_on=date(2029, 1, 1), **world.by())


@pytest.mark.parametrize("state", AgreementState.values)
def test_who_sees_an_agreement_in_each_state(state):
    """The parties and the office: whatever was put before the parties once; others: nothing."""
    world = make_world()
    agreement = agreement_in(world, state)
    unsent = world.draft(world.framework(), "framework")
    for actor in (world.teacher, world.recruiter, world.office):
        assert agreements_visible_to(actor).filter(pk=agreement.pk).count() == 1
    for actor in (world.recruiter, world.office, world.pupil()):
        assert not agreements_visible_to(actor).filter(pk=unsent.pk).exists()
    for actor in (world.pupil(), stranger(), make_world().office, None):
        assert not agreements_visible_to(actor).filter(pk=agreement.pk).exists()


def test_a_student_sees_her_own_when_it_is_sent():
    world = make_world(2)
    draft = world.draft()
    sent = world.sent(world.consent(), "consent")
    seen = set(agreements_visible_to(world.pupil()).values_list("pk", flat=True))
    assert seen == {sent.pk}
    assert not agreements_visible_to(world.pupil(1)).exists()
    assert not agreements_visible_to(world.office).exists()
    assert draft.pk not in seen


# What the database itself refuses ------------------------------------------------------------
def refused(act) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        act()


def test_the_database_refuses_what_must_never_be():
    world = make_world()
    agreement = world.sent(world.framework(), "framework")
    rows = Agreement.objects.filter(pk=agreement.pk)
    refused(lambda: rows.update(state=AgreementState.IN_FORCE, in_force_at=None))
    refused(lambda: rows.update(state=AgreementState.ENDED))
    refused(lambda: rows.update(ends_on=date(2020, 1, 1)))
    signatures = Signature.objects.filter(party__role="school")
    refused(lambda: signatures.update(state=SignatureState.SIGNED))
    refused(lambda: signatures.update(state=SignatureState.REFUSED))
    refused(lambda: signatures.update(way="paper"))
    refused(lambda: signatures.update(deputy="代签"))
    held = signatures.get()
    refused(lambda: Signature.objects.create(version=held.version, party=held.party, asked_at=AT))
    refused(lambda: agreement.versions.create(
        number=1, values={}, text="", digest="", made_by=world.teacher.user, made_at=AT
    ))  # fmt: skip
