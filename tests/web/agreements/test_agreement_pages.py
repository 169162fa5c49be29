"""Agreements walked by their pages: draft, send, sign, refuse, paper, link, batch, query counts."""

import re

import pytest
from django.urls import reverse

from chanjiao.agreements import actions, sending
from chanjiao.agreements.enums import AgreementState, SignatureState
from chanjiao.agreements.models import Agreement, Kind, Signature
from chanjiao.kernel.clock import day_of
from chanjiao.links.models import Link
from chanjiao.links.queries import token_of
from tests.agreements.world import (
    CONSENT,
    FRAMEWORK,
    PDF,
    THREE_PARTY,
    again,
    digest,
    link,
    make_world,
    party,
    version,
)
from tests.people.world import AT
from tests.web.rounds.pages import client_of, get, post, queries, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world(3)


def at(name: str, *args, audience: str = "member") -> str:
    return reverse(f"{audience}:agreement_{name}", args=args)


def typed(values: dict) -> dict:
    """Values as a form sends them."""
    shown = {"月报酬": "4500.00"}
    return {f"value-{name}": shown.get(name, value) for name, value in values.items()}


def upload(name: str = "签字页.pdf", content: bytes = PDF):
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile(name, content)


def test_a_framework_is_drafted_sent_and_signed_by_its_forms(world):
    assert "校企合作框架协议" in text(get(world.teacher, at("pick")))
    given = {
        "title": "校企合作框架协议", "starts_on": "2027-03-01", "ends_on": "2027-08-31", "order": "any",
        "party-school": world.school.pk, "party-enterprise": world.firm.pk,
    } | typed(FRAMEWORK | {"乙方投入": ""})  # fmt: skip
    answer = post(world.teacher, at("new", "framework"), given)
    agreement = Agreement.objects.get()
    assert answer.url == at("send", agreement.pk)
    assert "还没有填写：乙方投入" in text(get(world.teacher, answer.url))
    refused = post(world.teacher, answer.url, {"revision": 1})
    assert refused.status_code == 422 and "请填写“乙方投入”" in text(refused)
    shown = text(get(world.teacher, at("edit", agreement.pk)))
    assert "共建专业" in shown
    assert (
        post(
            world.teacher, at("edit", agreement.pk), given | {"revision": 1} | typed(FRAMEWORK)
        ).status_code
        == 302
    )
    assert post(world.teacher, at("send", agreement.pk), {"revision": 2}).status_code == 302
    page = text(get(world.teacher, at("detail", agreement.pk)))
    assert "在等谁签" in page and world.firm.name in page
    seen = digest(agreement)
    for who in (world.teacher, world.recruiter):
        assert "阅读并签署" in text(get(who, at("detail", agreement.pk)))
        done = post(who, at("sign", agreement.pk), {"digest": seen, "read": "on"})
        assert done.status_code == 302
    assert again(agreement).state == AgreementState.IN_FORCE
    for which in ("word", "signed"):
        assert b"".join(get(world.recruiter, at("file", agreement.pk, which)))[:2] == b"PK"


def test_a_student_reads_signs_or_objects_on_the_phone(world):
    agreement = world.sent()
    pupil = world.pupil()
    assert "有 1 份协议等你阅读并签署" in text(get(pupil, reverse("student:home")))
    where = at("sign", agreement.pk, audience="student")
    assert where in text(get(pupil, at("list", audience="student")))
    page = text(get(pupil, where))
    assert "第四条 实习报酬和支付方式" in page and "人民币 4,500.00 元" in page
    assert 'name="authorisation"' not in page
    unread = post(pupil, where, {"digest": digest(agreement)})
    assert unread.status_code == 422
    assert post(pupil, where, {"digest": digest(agreement), "read": "on"}).status_code == 302
    assert Signature.objects.get(party__role="student").state == SignatureState.SIGNED
    other = world.sent(world.facts(1))
    assert get(pupil, at("sign", other.pk, audience="student")).status_code == 404
    no = at("refuse", other.pk, audience="student")
    answer = post(world.pupil(1), no, {"digest": digest(other), "reason": "离家太远"})
    assert answer.status_code == 302
    assert "离家太远" in text(get(world.pupil(1), at("detail", other.pk, audience="student")))


def test_signing_what_was_just_amended_shows_the_new_text_and_what_changed(world):
    agreement = world.sent()
    seen = digest(agreement)
    agreement = sending.take_back(agreement, reason="改", revision=agreement.revision, **world.by())
    values = THREE_PARTY | {"月报酬": 520_000}
    facts = world.facts(values=values)
    agreement = actions.change_draft(agreement, facts, revision=agreement.revision, **world.by())
    sending.send_agreement(agreement, revision=agreement.revision, why="涨薪", **world.by())
    answer = post(world.recruiter, at("sign", agreement.pk), {"digest": seen, "read": "on"})
    assert answer.status_code == 409
    page = text(answer)
    assert "协议刚刚修改为第 2 版（涨薪）" in page and "5,200.00" in page
    assert f'value="{digest(agreement)}"' in page and seen not in page
    assert not Signature.objects.filter(state=SignatureState.SIGNED).exists()


def test_the_link_page_needs_no_account_and_says_what_was_done(world):
    agreement = world.sent(world.consent(), "consent")
    where = reverse("portal:sign", args=[token_of(link(agreement, "guardian"))])
    answer = get(None, where)
    assert answer["Cache-Control"] == "private, no-store"
    page = text(answer)
    assert "张家长，您好" in page and "机械伤害" in page
    assert world.students[1].name not in page
    seen = digest(agreement)
    wrong = post(None, where, {"digest": seen, "name": "李四", "act": "sign"})
    assert wrong.status_code == 422 and "请填写本人姓名" in text(wrong)
    assert post(None, where, {"digest": seen, "name": "张家长", "act": "sign"}).status_code == 302
    assert "张家长已于 2026-11-23 10:00 签署，不用再办" in text(get(None, where))
    twice = post(None, where, {"digest": seen, "name": "张家长", "act": "sign"})
    assert twice.status_code == 422 and "已经签署" in text(twice)


def test_a_link_that_opens_nothing_says_what_to_do(world):
    agreement = world.sent(world.consent(), "consent")
    token = token_of(link(agreement, "guardian"))
    forged = get(None, reverse("portal:sign", args=[token[:-2]]))
    assert forged.status_code == 410 and "向发出的人再要一次" in text(forged)
    sending.take_back(agreement, reason="改", revision=agreement.revision, **world.by())
    assert "协议正在修改" in text(get(None, reverse("portal:sign", args=[token])))
    agreement = again(agreement)
    sending.abandon_agreement(agreement, reason="不签了", revision=agreement.revision, **world.by())
    gone = get(None, reverse("portal:sign", args=[token]))
    assert gone.status_code == 410 and "已经作废" in text(gone)


def test_a_guardian_objects_by_link(world):
    agreement = world.sent(world.consent(), "consent")
    where = reverse("portal:sign", args=[token_of(link(agreement, "guardian"))])
    given = {"digest": digest(agreement), "act": "refuse", "reason": ""}
    assert post(None, where, given).status_code == 422
    assert post(None, where, given | {"reason": "夜班太多"}).status_code == 302
    assert "夜班太多" in text(get(None, where))
    assert again(agreement).state == AgreementState.OBJECTED


def test_links_and_their_codes_are_for_the_drafter_only(world):
    agreement = world.sent(world.consent(), "consent")
    where = at("detail", agreement.pk)
    page = text(get(world.teacher, where))
    token = token_of(link(agreement, "guardian"))
    assert token in page and "<svg" in page
    answer = post(world.teacher, at("link", agreement.pk, party(agreement, "guardian").pk))
    assert answer.status_code == 302
    new = token_of(link(agreement, "guardian"))
    assert new != token and new in text(get(world.teacher, where))
    assert get(world.recruiter, where).status_code == 404
    assert Link.objects.filter(revoked_at__isnull=False).count() == 1


def test_paper_is_printed_scanned_and_filed(world):
    agreement = world.sent(world.framework(), "framework")
    printed = text(get(world.teacher, at("print", agreement.pk)))
    assert digest(agreement) in printed and "签字（盖章）" in printed
    where = at("file_paper", agreement.pk)
    assert "摘要前 16 位" in text(get(world.teacher, where))
    given = {
        "digest": digest(agreement), "with-school": "on", "signer-school": "李校长",
        "with-enterprise": "on", "signer-enterprise": "王总",
    }  # fmt: skip
    assert post(world.teacher, where, given).status_code == 422
    assert post(world.teacher, where, given | {"scan": upload()}).status_code == 302
    assert again(agreement).state == AgreementState.IN_FORCE
    row = Signature.objects.order_by("pk").first()
    scan = get(world.recruiter, at("paper", agreement.pk, row.pk, "scan"))
    assert b"".join(scan) == PDF
    other = make_world()
    assert get(other.recruiter, at("paper", agreement.pk, row.pk, "scan")).status_code == 404


def test_a_school_drafts_for_many_students_and_sends_them_together(world):
    where = at("batch_new", "consent")
    shown = text(get(world.teacher, where))
    assert all(student.name in shown for student in world.students)
    given = {
        "title": "知情同意书", "starts_on": "2027-03-01", "ends_on": "2027-08-31", "order": "any",
    } | typed(CONSENT)  # fmt: skip
    assert "请在下面的名单里勾选学生" in text(post(world.teacher, where, given))
    first, second = world.students[:2]
    chosen = {f"student-{first.pk}": "on", f"student-{second.pk}": "on",
              f"guardian-{first.pk}": "张家长"}  # fmt: skip
    refused = post(world.teacher, where, given | chosen)
    assert f"{second.name}：请填写监护人姓名" in text(refused)
    assert "张家长" in text(refused) and not Agreement.objects.exists()
    done = post(world.teacher, where, given | chosen | {f"guardian-{second.pk}": "李家长"})
    assert done.status_code == 302
    assert [row.title for row in Agreement.objects.order_by("pk")] == [
        f"{first.name}知情同意书", f"{second.name}知情同意书",
    ]  # fmt: skip
    rows = {"row": list(Agreement.objects.values_list("pk", flat=True))}
    assert post(world.teacher, at("send_many"), rows).status_code == 302
    assert Agreement.objects.filter(state=AgreementState.SIGNING).count() == 2
    assert get(world.recruiter, at("batch_new", "consent")).status_code == 404


def test_a_unit_signs_many_at_once(world):
    made = [world.sent(world.facts(index)) for index in range(3)]
    rows = {"row": [row.pk for row in made]}
    first = post(world.recruiter, at("sign_many"), rows)
    page = text(first)
    assert "签署所选（3 份）" in page
    digests = dict(re.findall(r'name="(digest-\d+)" value="(\w+)"', page))
    assert len(digests) == 3
    given = rows | digests | {"confirm": "1"}
    assert post(world.recruiter, at("sign_many"), given).status_code == 422
    stale = given | {f"digest-{made[1].pk}": "0" * 64, "read": "on"}
    refused = post(world.recruiter, at("sign_many"), stale)
    assert refused.status_code == 422 and made[1].number in text(refused)
    assert not Signature.objects.filter(state=SignatureState.SIGNED).exists()
    assert post(world.recruiter, at("sign_many"), given | {"read": "on"}).status_code == 302
    assert Signature.objects.filter(state=SignatureState.SIGNED).count() == 3


def test_versions_stand_side_by_side(world):
    agreement = world.sent()
    agreement = sending.take_back(agreement, reason="改", revision=agreement.revision, **world.by())
    values = THREE_PARTY | {"月报酬": 520_000}
    facts = world.facts(values=values)
    agreement = actions.change_draft(agreement, facts, revision=agreement.revision, **world.by())
    sending.send_agreement(agreement, revision=agreement.revision, why="涨薪", **world.by())
    page = text(get(world.recruiter, at("compare", agreement.pk)))
    assert "<del>" in page and "<ins>" in page and "第 2 版：涨薪" in page
    assert version(agreement).number == 2


def test_steps_ask_for_their_reasons(world):
    agreement = world.signed(world.framework(starts_on=day_of(AT)))
    assert get(world.recruiter, at("end", agreement.pk)).status_code == 200
    end = {"on": "2026-11-23", "reason": "合作结束", "revision": agreement.revision}
    assert "只有起草单位" in text(post(world.recruiter, at("end", agreement.pk), end))
    given = {
        "title": "补充协议", "starts_on": "2026-11-23", "order": "any", "value-变更事由": "延期",
        "value-变更内容": "延长一年", "value-新的终止日期": "2028-08-31",
    }  # fmt: skip
    made = post(world.teacher, at("supplement", agreement.pk), given)
    assert made.status_code == 302
    addendum = Agreement.objects.get(supplements=agreement)
    assert addendum.parties.count() == 2
    renewed = post(world.teacher, at("renew", agreement.pk), {"ends_on": "2028-08-31"})
    assert renewed.url == at("edit", Agreement.objects.get(renews=agreement).pk)
    assert post(world.teacher, at("end", agreement.pk), end).status_code == 302
    draft = world.draft(world.framework(), "framework")
    gone = {"reason": "重复起草", "revision": 1}
    assert post(world.teacher, at("abandon", draft.pk), gone).status_code == 302


def test_the_secretariat_reads_what_is_about_no_student_and_reminds(world):
    about = world.sent()
    agreement = world.sent(world.framework(), "framework")
    draft = world.draft(world.framework(title="还在起草"), "framework")
    page = text(get(world.office, at("list", audience="desk")))
    assert agreement.number in page
    assert about.number not in page and draft.number not in page
    assert get(world.office, at("detail", about.pk, audience="desk")).status_code == 404
    assert post(world.office, at("remind", agreement.pk, audience="desk")).status_code == 302
    assert (
        post(world.office, at("back", agreement.pk, audience="desk"), {"reason": "x"}).status_code
        == 422
    )


def test_the_homes_say_what_waits(world):
    world.sent(world.framework(), "framework")
    assert "待我方签署的协议" in text(get(world.recruiter, reverse("member:home")))
    mine = text(get(world.recruiter, at("list"), standing="mine"))
    assert "XY-2026-0001" in mine
    assert "XY-2026-0001" not in text(get(world.recruiter, at("list"), standing="expiring"))


# Kinds -------------------------------------------------------------------------------------------
def kind_form(**changes) -> dict:
    return {
        "code": "gift", "name": "捐赠协议", "order": "any", "source": "", "revision": 0,
        "roles": "donor | 甲方 | 捐赠方 | 单位 | 必填\nschool | 乙方 | 受赠方 | 单位 | 必填",
        "lines": "捐赠金额 | 金额（元） | 必填\n用途 | 长文字 | 必填 | | 写明用途",
        "body": "甲方：{{ 甲方 }}\n捐赠{{ 捐赠金额 }}，用于{{ 用途 }}。",
    } | changes  # fmt: skip


def test_the_secretariat_makes_a_kind_of_its_own(world):
    where = at("kind_new", audience="desk")
    bad = post(world.office, where, kind_form(roles="donor | 甲方", body="{{ 没有 }}"))
    assert "第 1 行：应有 5 项" in text(bad)
    bad = post(world.office, where, kind_form(body="甲方：{{ 没有 }}"))
    assert "正文第 1 段：没有名为“没有”的填写项或签署方" in text(bad)
    assert post(world.office, where, kind_form()).status_code == 302
    assert "捐赠协议" in text(get(world.recruiter, at("pick")))
    edit = at("kind_edit", "gift", audience="desk")
    stale = post(world.office, edit, kind_form(name="改名"))
    assert stale.status_code == 409
    assert post(world.office, edit, kind_form(name="改名", revision=1)).status_code == 302
    assert Kind.objects.filter(code="gift").count() == 2
    assert post(world.office, at("kind_retire", "gift", audience="desk")).status_code == 302
    assert "改名" not in text(get(world.recruiter, at("pick")))


def test_a_word_template_takes_the_place_of_the_text(world):
    kind = "framework"
    word = get(world.office, at("kind_template", kind, audience="desk"))
    content = b"".join(word)
    where = at("kind_edit", kind, audience="desk")
    form = client_of(world.office).get(where).context["form"]
    given = {name: form.initial[name] for name in form.initial}
    broken = content.replace(b"PK", b"XX", 1)
    refused = post(world.office, where, given | {"template": upload("模板.docx", broken)})
    assert refused.status_code == 422
    answer = post(world.office, where, given | {"template": upload("模板.docx", content)})
    assert answer.status_code == 302
    agreement = world.sent(world.framework(), "framework")
    assert agreement.kind.version == 2 and agreement.kind.template is not None
    assert "共建专业" in version(agreement).text
    assert "{{" not in version(agreement).text


# Queries -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_one_and_three(world, count):
    for _ in range(count):
        world.sent()
    assert queries(world.teacher, at("list")) == LIST_QUERIES
    assert queries(world.pupil(), at("list", audience="student")) == STUDENT_QUERIES


LIST_QUERIES = 13
STUDENT_QUERIES = 7
