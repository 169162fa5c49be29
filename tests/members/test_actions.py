"""Consortia, memberships, contributions, contacts; and possible duplicates."""

from datetime import timedelta

import pytest

from chanjiao.kernel.verdict import Conflict, Invalid, Refused
from chanjiao.members import actions, queries
from chanjiao.members.checks import ConsortiumFacts, ContactFacts
from chanjiao.members.duplicates import possible_duplicates
from chanjiao.members.models import Consortium, Contact, Contribution, Membership
from chanjiao.people.actions import accept_invitation
from chanjiao.people.checks import UnitFacts
from chanjiao.people.enums import UnitKind
from chanjiao.people.models import Unit
from chanjiao.trail.models import Entry
from chanjiao_engine.codes import make_credit_code
from tests.members.world import JOINED, make_consortium, make_member, secretary
from tests.people.world import AT, TODAY, acting, credit_code, make_unit, seen, with_duty

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def consortium_facts(**values):
    return ConsortiumFacts(
        **{
            "code": "dalian-jinpu", "name": "示例市域产教联合体", "short_name": "示例联合体",
            "park": "示例园区", "division_code": "210200", "industries": ("C34", "38"),
        } | values
    )  # fmt: skip


def facts(**values):
    base = {"kind": UnitKind.ENTERPRISE, "name": "示例机床有限公司", "credit_code": credit_code()}
    return UnitFacts(**(base | values))


def admit(consortium, unit_facts=None, **values):
    base = {"role": "member", "industries": ["3421"], "joined_on": JOINED, "at": AT}
    return actions.admit_unit(
        consortium, unit_facts or facts(), **(base | {"by": secretary(consortium)} | values)
    )


def last_entry():
    return Entry.objects.order_by("-sequence").first()


def test_a_consortium_begins_with_its_office_and_an_invitation():
    founded = actions.create_consortium(
        consortium_facts(), secretary="秘书长", email="", by=with_duty(), at=AT
    )
    assert founded.consortium.industries == ["34", "38"]
    assert founded.consortium.secretariat.kind == UnitKind.OFFICE
    user = accept_invitation(founded.token, username="office1", password="right-horse-77", at=AT)
    assert list(queries.consortia_served(seen(user))) == [founded.consortium]
    assert seen(user).administers(founded.consortium.secretariat_id)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"code": "大连"}, "code"),
        ({"division_code": "xx"}, "division_code"),
        ({"industries": ("999",)}, "industries"),
        ({"name": ""}, "name"),
    ],
)
def test_a_consortium_that_is_refused_leaves_nothing(values, field):
    with pytest.raises(Invalid) as caught:
        actions.create_consortium(
            consortium_facts(**values), secretary="甲", email="", by=with_duty(), at=AT
        )
    assert field in caught.value.problems
    assert not Consortium.objects.exists() and not Unit.objects.exists()


def test_a_college_may_lead_two_consortia():
    college = make_unit(UnitKind.HIGHER_VOCATIONAL)
    same = UnitFacts(kind=college.kind, name="名称写法不同", credit_code=college.credit_code)
    first, second = make_consortium(), make_consortium()
    rows = [admit(c, same, role="lead") for c in (first, second)]
    assert [row.unit for row in rows] == [college, college]
    college.refresh_from_db()
    assert college.name != "名称写法不同"


def test_several_leads():
    consortium = make_consortium()
    for _ in range(3):
        admit(consortium, role="lead")
    assert consortium.memberships.filter(role="lead").count() == 3


def test_a_unit_is_a_member_once():
    consortium = make_consortium()
    unit_facts = facts()
    admit(consortium, unit_facts)
    with pytest.raises(Invalid, match="已是本联合体成员"):
        admit(consortium, unit_facts)
    assert Unit.objects.filter(kind=UnitKind.ENTERPRISE).count() == 1


def test_a_unit_comes_back_after_leaving():
    consortium = make_consortium()
    unit_facts = facts()
    row = admit(consortium, unit_facts)
    office = secretary(consortium)
    actions.leave(row, left_on=TODAY - DAY, reason="搬迁", revision=1, by=office, at=AT)
    with pytest.raises(Invalid, match="才退出"):
        admit(consortium, unit_facts, joined_on=TODAY - 9 * DAY)
    assert admit(consortium, unit_facts, joined_on=TODAY).unit == row.unit
    assert Membership.objects.count() == 2


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"role": "chief"}, "role"),
        ({"industries": ["ZZ"]}, "industries"),
        ({"unit_facts": facts(kind=UnitKind.OFFICE)}, "kind"),
        ({"unit_facts": facts(credit_code="123")}, "credit_code"),
    ],
)
def test_a_refused_admission_leaves_nothing(values, field):
    consortium = make_consortium()
    before = Unit.objects.count()
    with pytest.raises(Invalid) as caught:
        admit(consortium, **values)
    assert field in caught.value.problems
    assert Unit.objects.count() == before and not Membership.objects.exists()


def test_another_consortium_s_secretary_cannot():
    row = make_member(make_consortium())
    other = secretary(make_consortium(), "administrator")
    with pytest.raises(Refused):
        actions.change_role(row, role="lead", revision=1, by=other, at=AT)
    with pytest.raises(Refused):
        actions.leave(row, left_on=TODAY, reason="x", revision=1, by=other, at=AT)
    with pytest.raises(Refused):
        actions.invite_for(row.unit, name="甲", email="", role="administrator", by=other, at=AT)
    with pytest.raises(Refused):
        actions.add_contact(row, ContactFacts("甲"), by=other, at=AT)
    assert not Entry.objects.exists()


def test_role_and_facts_change_with_a_revision():
    consortium = make_consortium()
    row, office = make_member(consortium), secretary(consortium)
    changed = actions.change_role(row, role="lead", revision=1, by=office, at=AT, reason="章程")
    assert last_entry().data == {"changed": {"role": ["member", "lead"]}}
    with pytest.raises(Conflict):
        actions.change_role(row, role="director", revision=1, by=office, at=AT)
    again = actions.update_membership(
        changed, industries=["c3421", "38"], joined_on=JOINED - DAY, revision=2, by=office, at=AT
    )
    assert again.industries == ["3421", "38"]
    assert last_entry().data["changed"]["joined_on"] == [str(JOINED), str(JOINED - DAY)]


@pytest.mark.parametrize(
    "values", [{"reason": " "}, {"left_on": TODAY + DAY}, {"left_on": JOINED - DAY}]
)
def test_leaving_needs_a_reason_and_a_day_that_was(values):
    consortium = make_consortium()
    row = make_member(consortium)
    base = {
        "left_on": TODAY,
        "reason": "注销",
        "revision": 1,
        "by": secretary(consortium),
        "at": AT,
    }
    with pytest.raises(Invalid):
        actions.leave(row, **(base | values))
    row.refresh_from_db()
    assert row.left_on is None


def test_contributions():
    row = make_member(make_consortium())
    own = acting(row.unit, "staff")
    made = actions.add_contribution(
        row, advantage="funds", text=" 实训设备 ", amount_fen=120_000_000_00, by=own, at=AT
    )
    assert (made.text, made.get_advantage_display()) == ("实训设备", "资金")
    actions.change_contribution(made, advantage="talent", text="产业导师", by=own, at=AT)
    made.refresh_from_db()
    assert made.amount_fen is None
    actions.remove_contribution(made, by=own, at=AT)
    assert not Contribution.objects.exists()
    assert last_entry().data == {"advantage": "talent", "text": "产业导师"}
    with pytest.raises(Invalid):
        actions.add_contribution(row, advantage="love", text="x", by=own, at=AT)


def test_contacts_leave_no_personal_data_in_the_trail():
    row = make_member(make_consortium())
    own = acting(row.unit)
    contact = actions.add_contact(
        row, ContactFacts("王小明", "主任", "13812345678", "w@example.cn", True), by=own, at=AT
    )
    actions.change_contact(
        contact, ContactFacts("王小明", "处长", "0411-87654321", "", True), by=own, at=AT
    )
    text = str(list(Entry.objects.values("data", "reason")))
    assert "13812345678" not in text and "王小明" not in text and "w@example.cn" not in text
    assert last_entry().data["fields"] == ["email", "phone", "position"]
    actions.remove_contact(contact, by=own, at=AT)
    assert not Contact.objects.exists()


def test_one_main_contact():
    row = make_member(make_consortium())
    own = acting(row.unit)
    for name in ("甲某", "乙某"):
        actions.add_contact(row, ContactFacts(name, is_main=True), by=own, at=AT)
    assert [c.name for c in Contact.objects.filter(is_main=True)] == ["乙某"]


@pytest.mark.parametrize("values", [{"name": " "}, {"phone": "打不通"}, {"email": "nowhere"}])
def test_a_contact_that_is_refused(values):
    row = make_member(make_consortium())
    with pytest.raises(Invalid):
        actions.add_contact(
            row, ContactFacts(**({"name": "甲某"} | values)), by=acting(row.unit), at=AT
        )


def test_the_secretariat_invites_the_first_administrator_and_corrects_a_name():
    consortium = make_consortium()
    row, office = make_member(consortium), secretary(consortium)
    _, token = actions.invite_for(
        row.unit, name="甲", email="", role="administrator", by=office, at=AT
    )
    user = accept_invitation(token, username="admin1", password="right-horse-77", at=AT)
    assert seen(user).administers(row.unit_id)
    new = UnitFacts(kind=row.unit.kind, name="更正后的名称", credit_code=row.unit.credit_code)
    assert actions.update_unit(row.unit, new, revision=1, by=office, at=AT).name == "更正后的名称"
    with pytest.raises(Refused, match="联系秘书处"):
        actions.update_unit(
            row.unit,
            UnitFacts(new.kind, "又一名称", new.credit_code),
            revision=2,
            by=seen(user),
            at=AT,
        )


# Possible duplicates ------------------------------------------------------------------------


def suspicions(consortium):
    return {
        frozenset((s.first.unit.name, s.second.unit.name)): s.reasons
        for s in possible_duplicates(consortium)
    }


@pytest.mark.parametrize(
    ("one", "two", "reason"),
    [
        ("示例机床有限公司", "示例 机床有限公司", "名称相同"),
        ("大连示例机床有限公司", "示例机床股份有限公司", "名称相近"),
        ("示例机床（大连）有限公司", "示例机床\uff08大连\uff09有限公司", "名称相同"),
        ("大连市示例轴承有限责任公司", "大连示例轴承有限公司", "名称相近"),
    ],
)
def test_names_that_look_alike(one, two, reason):
    consortium = make_consortium()
    for name in (one, two):
        make_member(consortium, make_unit(name=name))
    assert suspicions(consortium) == {frozenset((one, two)): (reason,)}


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("示例集团有限公司", "示例集团有限公司金普分公司"),
        ("示例机床有限公司", "示例轴承有限公司"),
        ("示例一厂", "示例二厂"),
    ],
)
def test_branches_and_others_are_not_duplicates(one, two):
    consortium = make_consortium()
    for name in (one, two):
        make_member(consortium, make_unit(name=name))
    assert not possible_duplicates(consortium)


def test_the_same_school_code_or_organisation():
    consortium = make_consortium()
    for name in ("示例职业学校", "新名学校"):
        make_member(consortium, make_unit(UnitKind.SECONDARY, name, school_code="3621010001"))
    for kind in ("91", "93"):
        code = make_credit_code(kind, "210213", "MA012345")
        make_member(consortium, make_unit(name=f"甲{kind}某某", credit_code=code))
    assert sorted(reasons for reasons in suspicions(consortium).values()) == sorted(
        [("学校标识码相同",), ("信用代码中的主体标识相同",)]
    )


def test_only_present_members_are_compared():
    consortium = make_consortium()
    make_member(consortium, make_unit(name="示例机床"), left_on=TODAY, left_reason="并入")
    make_member(consortium, make_unit(name="示例机床"))
    make_member(make_consortium(), make_unit(name="示例机床"))
    assert not possible_duplicates(consortium)
