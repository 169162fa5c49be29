"""From the draft to what is in force: three ways to sign, amendments, refusals, addenda."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from chanjiao.agreements import actions, sending, signing
from chanjiao.agreements.bridge import digest_of
from chanjiao.agreements.checks import AgreementFacts, PartyFacts
from chanjiao.agreements.enums import AgreementState, SignatureState, SigningOrder, SigningWay
from chanjiao.agreements.models import Agreement, Signature
from chanjiao.agreements.queries import blocking, current, waiting_for
from chanjiao.agreements.signing import Paper
from chanjiao.kernel.verdict import Conflict, Invalid, Refused
from chanjiao.links.models import Link
from chanjiao.links.queries import LinkGone, open_link, token_of
from chanjiao.notices.models import Notice
from chanjiao.trail.models import Entry
from tests.agreements.world import (
    ENDS,
    STARTS,
    THREE_PARTY,
    again,
    digest,
    link,
    make_world,
    paper,
    party,
    version,
)
from tests.people.world import AT, TODAY, acting, make_unit

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)


def test_three_ways_bring_one_agreement_into_force(django_capture_on_commit_callbacks):
    world = make_world()
    student = world.students[0]
    student.user = None
    student.save()
    with django_capture_on_commit_callbacks(execute=True):
        agreement = world.sent()
    assert agreement.number == "XY-2026-0001"
    seen = digest(agreement)
    assert Notice.objects.filter(user=world.recruiter.user, text__contains="请签署").exists()
    signing.sign_agreement(party(agreement, "enterprise"), digest=seen, **world.by(world.recruiter))
    signing.sign_by_link(link(agreement, "student"), digest=seen, name=f" {student.name} ", at=AT)
    assert again(agreement).state == AgreementState.SIGNING
    assert [row.party.role for row in blocking(agreement)] == ["school"]
    signing.file_paper(agreement, Paper(paper(), {"school": "李校长"}), digest=seen, **world.by())
    agreement = again(agreement)
    assert (agreement.state, agreement.in_force_at) == (AgreementState.IN_FORCE, AT)
    ways = Signature.objects.order_by("party__position").values_list("way", "signer", "digest")
    assert list(ways) == [
        (SigningWay.PAPER, "李校长", seen), (SigningWay.ONLINE, world.recruiter.name, seen),
        (SigningWay.LINK, student.name, seen),
    ]  # fmt: skip
    last = Entry.objects.filter(action="agreements.sign").order_by("sequence").last()
    assert last.data["digest"] == seen and last.data["in_force"] and last.data["scan"]
    assert Link.objects.get().spent_at == AT


def test_a_version_can_be_digested_again_whatever_happens_to_the_rows():
    world = make_world()
    agreement = world.sent()
    one = version(agreement)
    assert one.digest == digest_of(one)
    sent = Entry.objects.get(action="agreements.send")
    assert sent.data == {"version": 1, "digest": one.digest}
    world.firm.name = "改了名的机床厂"
    world.firm.save()
    Agreement.objects.filter(pk=agreement.pk).update(title="改了的名称")
    assert digest_of(version(agreement)) == one.digest
    one.text += "。"
    assert digest_of(one) != one.digest


def test_a_signature_on_a_version_just_amended_is_refused_and_says_what_changed():
    world = make_world()
    agreement = world.sent()
    seen = digest(agreement)
    sending.take_back(agreement, reason="报酬写错", revision=agreement.revision, **world.by())
    with pytest.raises(Conflict, match="撤回修改"):
        signing.sign_agreement(
            party(agreement, "enterprise"), digest=seen, **world.by(world.recruiter)
        )
    agreement = again(agreement)
    values = THREE_PARTY | {"月报酬": 500_000}
    agreement = actions.change_draft(
        agreement, world.facts(values=values), revision=agreement.revision, **world.by()
    )
    sending.send_agreement(agreement, revision=agreement.revision, why="提高报酬", **world.by())
    with pytest.raises(Conflict, match=r"第 2 版（提高报酬）：改动 1 段，涉及月报酬。"):
        signing.sign_agreement(
            party(agreement, "enterprise"), digest=seen, **world.by(world.recruiter)
        )
    assert not Signature.objects.filter(state=SignatureState.SIGNED).exists()


def test_an_amendment_voids_what_was_signed_and_nothing_is_typed_again():
    world = make_world()
    agreement = world.sent()
    signing.sign_agreement(
        party(agreement, "enterprise"), digest=digest(agreement), **world.by(world.recruiter)
    )
    first = version(agreement)
    agreement = sending.take_back(agreement, reason="改", revision=agreement.revision, **world.by())
    states = Signature.objects.filter(version=first).values_list("state", flat=True)
    assert set(states) == {SignatureState.VOID}
    assert agreement.values == THREE_PARTY
    with pytest.raises(Invalid, match="请写明修改了什么"):
        sending.send_agreement(agreement, revision=agreement.revision, **world.by())
    sending.send_agreement(agreement, revision=agreement.revision, why="核对", **world.by())
    assert current(agreement).number == 2
    assert agreement.versions.get(number=1).digest == first.digest


def test_a_refusal_has_a_reason_and_reaches_the_drafter(django_capture_on_commit_callbacks):
    world = make_world()
    agreement = world.sent()
    seen, where = digest(agreement), party(agreement, "enterprise")
    with pytest.raises(Invalid, match="请写明不签的理由"):
        signing.refuse_agreement(where, digest=seen, reason=" ", **world.by(world.recruiter))
    with django_capture_on_commit_callbacks(execute=True):
        signing.refuse_agreement(
            where, digest=seen, reason="夜班不能接受", **world.by(world.recruiter)
        )
    assert again(agreement).state == AgreementState.OBJECTED
    assert Notice.objects.filter(user=world.teacher.user, text__contains="夜班不能接受").exists()
    with pytest.raises(Refused, match="有异议"):
        signing.sign_agreement(party(agreement, "school"), digest=seen, **world.by())


def test_in_sequence_the_next_waits_for_the_one_before(django_capture_on_commit_callbacks):
    world = make_world()
    agreement = world.sent(world.facts(order=SigningOrder.SEQUENCE))
    seen = digest(agreement)
    assert [row.party.role for row in blocking(agreement)] == ["school"]
    assert not waiting_for(world.recruiter).exists()
    with pytest.raises(Refused, match="请等甲方（学校）先签"):
        signing.sign_agreement(
            party(agreement, "enterprise"), digest=seen, **world.by(world.recruiter)
        )
    with django_capture_on_commit_callbacks(execute=True):
        signing.sign_agreement(party(agreement, "school"), digest=seen, by=world.teacher, at=LATER)
    (next_one,) = blocking(agreement)
    assert (next_one.party.role, next_one.asked_at) == ("enterprise", LATER)
    assert waiting_for(world.recruiter).get() == next_one
    assert Notice.objects.filter(user=world.recruiter.user, at=LATER).count() == 1
    assert not Notice.objects.filter(user=world.pupil().user).exists()


def test_who_is_not_the_signatory_needs_an_authorisation_once():
    world = make_world(2)
    named = (
        PartyFacts("school", world.school), PartyFacts("enterprise", world.firm, signatory="王总经理"),
    )  # fmt: skip
    for index in (0, 1):
        pupil = PartyFacts("student", student=world.students[index])
        agreement = world.sent(world.facts(index, parties=(*named, pupil)))
        where, seen = party(agreement, "enterprise"), digest(agreement)
        if index == 0:
            with pytest.raises(Invalid, match="请上传王总经理签字的授权委托书"):
                signing.sign_agreement(where, digest=seen, **world.by(world.recruiter))
        proof = paper(name="委托书.pdf") if index == 0 else None
        held = signing.sign_agreement(
            where, digest=seen, authorisation=proof, **world.by(world.recruiter)
        )
        assert (held.signer, held.deputy) == ("王总经理", world.recruiter.name)
    assert Signature.objects.filter(authorisation__isnull=False).count() == 2


def test_only_the_party_signs_and_a_guardian_is_not_the_student():
    world = make_world()
    agreement = world.sent(world.consent(), "consent")
    seen = digest(agreement)
    for actor in (world.pupil(), world.teacher, world.office, acting(make_unit())):
        with pytest.raises(Refused, match="不是这一方"):
            signing.sign_agreement(party(agreement, "guardian"), digest=seen, **world.by(actor))
    assert [row.party.role for row in waiting_for(world.pupil())] == ["student"]


# Links -------------------------------------------------------------------------------------------
def test_a_link_is_for_one_person_and_signs_once():
    world = make_world()
    agreement = world.sent(world.consent(), "consent")
    seen, address = digest(agreement), link(agreement, "guardian")
    assert not Link.objects.filter(subject_id=party(agreement, "student").pk).exists()
    with pytest.raises(Invalid, match="请填写本人姓名“张家长”"):
        signing.sign_by_link(address, digest=seen, name="别人", at=AT)
    signing.sign_by_link(address, digest=seen, name="张家长", at=AT)
    with pytest.raises(Refused, match="已经签署"):
        signing.sign_by_link(address, digest=seen, name="张家长", at=LATER)
    spent = Entry.objects.filter(action="link.spend")
    assert spent.count() == 1
    signed = Entry.objects.get(action="agreements.sign")
    assert (signed.actor_name, signed.data["signer"]) == ("系统", "张家长")


def test_a_link_expired_forged_or_replaced_signs_nothing():
    world = make_world()
    agreement = world.sent(world.consent(), "consent")
    address = link(agreement, "guardian")
    token = token_of(address)
    with pytest.raises(LinkGone, match="不完整或不正确"):
        open_link(token[:-1], "sign", at=AT)
    with pytest.raises(LinkGone, match="到期"):
        open_link(token, "sign", at=AT + timedelta(days=31))
    signing.renew_link(party(agreement, "guardian"), **world.by())
    with pytest.raises(LinkGone, match="作废"):
        open_link(token, "sign", at=AT)
    seen = digest(agreement)
    with pytest.raises(Refused, match="已经作废或到期"):
        signing.sign_by_link(address, digest=seen, name="张家长", at=AT)
    new = link(agreement, "guardian")
    with pytest.raises(Refused, match="已经作废或到期"):
        signing.sign_by_link(new, digest=seen, name="张家长", at=AT + timedelta(days=31))


def test_a_link_lives_through_an_amendment_but_not_through_a_change_of_person():
    world = make_world()
    agreement = world.sent(world.consent(), "consent")
    address = link(agreement, "guardian")
    signing.refuse_by_link(address, digest=digest(agreement), reason="单位太远", at=AT)
    agreement = again(agreement)
    agreement = sending.take_back(
        agreement, reason="换单位", revision=agreement.revision, **world.by()
    )
    sending.send_agreement(agreement, revision=agreement.revision, why="换单位", **world.by())
    assert link(agreement, "guardian") == address
    agreement = again(agreement)
    agreement = sending.take_back(
        agreement, reason="换人", revision=agreement.revision, **world.by()
    )
    facts = world.consent()
    other = replace(facts.parties[1], signatory="李家长")
    agreement = actions.change_draft(
        agreement, replace(facts, parties=(facts.parties[0], other)), revision=agreement.revision,
        **world.by(),
    )  # fmt: skip
    sending.send_agreement(agreement, revision=agreement.revision, why="换人", **world.by())
    assert link(agreement, "guardian").holder == "李家长"
    address.refresh_from_db()
    assert address.revoked_at is not None


def test_no_link_for_those_who_have_an_account():
    world = make_world()
    agreement = world.sent()
    with pytest.raises(Refused, match="已有平台账号"):
        signing.renew_link(party(agreement, "enterprise"), **world.by())
    with pytest.raises(Refused, match="请先填写签署人姓名"):
        signing.renew_link(party(agreement, "enterprise"), **world.by(world.recruiter))
    assert not Link.objects.exists()


# Paper -------------------------------------------------------------------------------------------
def test_one_scan_serves_all_who_signed_on_it():
    world = make_world()
    agreement = world.signed()
    assert agreement.state == AgreementState.IN_FORCE
    assert Signature.objects.values("scan").distinct().count() == 1


def test_paper_asks_for_scan_names_and_authority():
    world = make_world()
    agreement = world.sent(world.framework(), "framework")
    seen = digest(agreement)
    file = lambda given: signing.file_paper(agreement, given, digest=seen, **world.by())  # noqa: E731
    with pytest.raises(Invalid, match="请勾选"):
        file(Paper(paper(), {}))
    with pytest.raises(Invalid, match="请上传 PDF"):
        file(Paper(paper(b"PK", "签字页.docx"), {"school": "李校长"}))
    with pytest.raises(Invalid, match="请填写甲方（学校）的签署人姓名"):
        file(Paper(paper(), {"school": ""}))
    with pytest.raises(Invalid, match="须上传授权委托书"):
        file(Paper(paper(), {"school": "李校长"}, deputy="张主任"))
    with pytest.raises(Invalid, match="请逐方登记"):
        file(Paper(paper(), {"school": "李校长", "enterprise": "王总"}, deputy="张主任"))
    (held,) = file(Paper(paper(), {"school": "李校长"}, "张主任", paper()))
    assert (held.deputy, held.signer) == ("张主任", "李校长")
    with pytest.raises(Refused, match="只有起草单位和签署方"):
        signing.file_paper(
            agreement, Paper(paper(), {"enterprise": "王"}), digest=seen, **world.by(world.office)
        )


# What follows ------------------------------------------------------------------------------------
def test_an_addendum_has_the_same_parties_and_may_move_the_end():
    world = make_world()
    original = world.signed()
    facts = AgreementFacts(
        "延长合作期限", date(2027, 5, 1),
        values={"变更事由": "合作顺利", "变更内容": "期限延长一年", "新的终止日期": date(2028, 8, 31)},
    )  # fmt: skip
    addendum = actions.supplement_agreement(original, facts, **world.by())
    sending.send_agreement(addendum, revision=1, **world.by())
    assert f"《{original.title}》（编号：{original.number}" in version(addendum).text
    assert again(original).ends_on == ENDS
    seen = digest(addendum)
    signing.sign_agreement(party(addendum, "school"), digest=seen, **world.by())
    signing.sign_agreement(party(addendum, "enterprise"), digest=seen, **world.by(world.recruiter))
    assert again(original).ends_on == date(2028, 8, 31)
    assert version(original).facts["ends_on"] == str(ENDS)
    with pytest.raises(Refused, match="请为原协议另签"):
        actions.supplement_agreement(again(addendum), facts, **world.by())


def test_a_renewal_begins_the_day_after_with_the_same_values():
    world = make_world()
    original = world.signed()
    new = actions.renew_agreement(original, ends_on=date(2028, 8, 31), **world.by())
    assert (new.starts_on, new.values, new.title) == (
        date(2027, 9, 1), original.values, original.title,
    )  # fmt: skip
    assert [p.role for p in new.parties.order_by("position")] == ["school", "enterprise"]
    with pytest.raises(Refused, match="已经起草了续签协议"):
        actions.renew_agreement(original, ends_on=date(2028, 8, 31), **world.by())


def test_ending_needs_a_day_that_was_and_a_reason():
    world = make_world()
    facts = world.framework(starts_on=date(2026, 1, 1))
    agreement = world.signed(facts)
    end = lambda on, why: sending.end_agreement(  # noqa: E731
        agreement, on=on, reason=why, revision=agreement.revision, **world.by()
    )
    with pytest.raises(Invalid, match="请写明终止原因"):
        end(TODAY, "")
    with pytest.raises(Invalid, match="到今天之间"):
        end(TODAY + timedelta(days=1), "合作结束")
    assert end(TODAY, "合作结束").state == AgreementState.ENDED


def test_reminders_go_to_exactly_those_who_hold_it_up(django_capture_on_commit_callbacks):
    world = make_world()
    agreement = world.sent(world.consent(), "consent")
    Notice.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        unreached = sending.remind_signers(agreement, **world.by())
    assert [one.role for one in unreached] == ["guardian"]
    assert [n.user for n in Notice.objects.all()] == [world.students[0].user]
    entry = Entry.objects.get(action="agreements.remind")
    assert entry.data == {"parties": ["student", "guardian"], "unreached": ["guardian"]}


# Drafting ----------------------------------------------------------------------------------------
def test_many_at_once_all_or_none():
    world = make_world(3)
    make = lambda drafts: actions.create_agreements(  # noqa: E731
        world.kind(), drafts, consortium=world.consortium, unit=world.school, **world.by()
    )
    broken = world.facts(1, values=THREE_PARTY | {"投保方": "丙方"})
    with pytest.raises(Invalid, match=f"{world.students[1].name}：“投保方”请从"):
        make([world.facts(0), broken])
    assert not Agreement.objects.exists()
    made = make([world.facts(index) for index in range(3)])
    assert [row.number for row in made] == [f"XY-2026-000{n}" for n in (1, 2, 3)]
    assert Entry.objects.filter(action="agreements.create").count() == 3
    assert sending.send_agreements(made, **world.by()) == 3
    assert Signature.objects.count() == 9


def test_a_school_drafts_for_its_own_students_only():
    world, other = make_world(), make_world()
    facts = replace(world.facts(), parties=other.facts().parties, student=other.students[0])
    with pytest.raises(Invalid, match="只能为本校学生"):
        world.draft(facts)
    with pytest.raises(Invalid, match="本单位应是签署方之一"):
        world.draft(other.framework(), "framework")
    with pytest.raises(Refused, match="只有本单位人员"):
        actions.create_agreement(
            world.kind(), world.facts(), consortium=world.consortium, unit=world.school,
            **world.by(world.recruiter),
        )  # fmt: skip


def test_an_incomplete_draft_is_kept_but_not_sent():
    world = make_world()
    agreement = world.draft(world.facts(values={"岗位": "数控车工"}))
    with pytest.raises(Invalid) as caught:
        sending.send_agreement(agreement, revision=1, **world.by())
    assert caught.value.problems["value-月报酬"] == ["请填写“月报酬”。"]
    assert "value-其他约定" not in caught.value.problems
    with pytest.raises(Conflict):
        actions.change_draft(agreement, world.facts(), revision=9, **world.by())
    changed = actions.change_draft(agreement, world.facts(), revision=1, **world.by())
    assert changed.values == THREE_PARTY
    late = world.facts(sign_by=date(2026, 1, 1))
    changed = actions.change_draft(changed, late, revision=2, **world.by())
    with pytest.raises(Invalid, match="签署期限已过"):
        sending.send_agreement(changed, revision=3, **world.by())
    assert (changed.starts_on, changed.ends_on) == (STARTS, ENDS)
