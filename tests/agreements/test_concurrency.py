"""Two at once: signatures, an amendment under a signature, one link in two browsers, numbers."""

import pytest

from chanjiao.agreements import actions, sending, signing
from chanjiao.agreements.enums import AgreementState, SignatureState
from chanjiao.agreements.models import Agreement, Kind, Signature
from chanjiao.kernel.verdict import Refused
from chanjiao.trail.models import Entry
from tests.agreements.world import again, digest, link, make_world, party
from tests.needs.test_concurrency import together
from tests.people.world import AT

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_signers_at_once_bring_it_into_force_once():
    world = make_world()
    agreement = world.sent(world.framework(), "framework")
    seen = digest(agreement)
    who = (
        (party(agreement, "school"), world.teacher),
        (party(agreement, "enterprise"), world.recruiter),
    )

    def sign(index):
        where, actor = who[index]
        return signing.sign_agreement(where, digest=seen, by=actor, at=AT)

    done = together(2, sign)
    assert not [one for one in done if isinstance(one, Refused)]
    assert again(agreement).state == AgreementState.IN_FORCE
    entries = Entry.objects.filter(action="agreements.sign")
    assert sorted(entry.data["in_force"] for entry in entries) == [False, True]


def test_one_party_in_several_browsers_signs_once():
    world = make_world()
    agreement = world.sent(world.framework(), "framework")
    where, seen = party(agreement, "enterprise"), digest(agreement)
    done = together(
        3, lambda _: signing.sign_agreement(where, digest=seen, by=world.recruiter, at=AT)
    )
    assert sum(isinstance(one, Refused) for one in done) == 2
    assert Entry.objects.filter(action="agreements.sign").count() == 1


def test_a_signature_and_an_amendment_at_once_leave_no_signature_on_the_old_version():
    """Whichever comes first: a void signature, or a refused one; never one that counts."""
    world = make_world()
    agreement = world.sent(world.framework(), "framework")
    where, seen = party(agreement, "enterprise"), digest(agreement)

    def act(index):
        if index == 0:
            return sending.take_back(
                agreement, reason="改", revision=agreement.revision, by=world.teacher, at=AT
            )
        return signing.sign_agreement(where, digest=seen, by=world.recruiter, at=AT)

    done = together(2, act)
    assert isinstance(done[0], Agreement)
    assert again(agreement).state == AgreementState.DRAFT
    assert set(Signature.objects.values_list("state", flat=True)) == {SignatureState.VOID}


def test_one_link_in_two_browsers_signs_once():
    world = make_world()
    agreement = world.sent(world.consent(), "consent")
    address, seen = link(agreement, "guardian"), digest(agreement)
    done = together(2, lambda _: signing.sign_by_link(address, digest=seen, name="张家长", at=AT))
    assert sum(isinstance(one, Refused) for one in done) == 1
    assert Entry.objects.filter(action="link.spend").count() == 1


def test_numbers_are_given_once_and_a_kind_is_kept_once():
    world = make_world()
    kind = world.kind("framework")

    def draft(_):
        return actions.create_agreement(
            kind, world.framework(), consortium=world.consortium, unit=world.school,
            by=world.teacher, at=AT,
        )  # fmt: skip

    done = together(4, draft)
    assert {row.number for row in done} == {f"XY-2026-000{n}" for n in (1, 2, 3, 4)}
    assert Kind.objects.count() == 1
