"""The secretariat's pages on members: each does one thing, and nobody else gets in."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localtime

from chanjiao.members.merging import merge_units
from chanjiao.members.models import Contact, Contribution, Membership, UnitMerge
from chanjiao.people.actions import accept_invitation
from chanjiao.people.enums import UnitKind
from chanjiao.people.models import Invitation, Unit
from tests.members.world import JOINED, make_consortium, make_member, secretary
from tests.people.world import AT, TODAY, acting, credit_code, make_unit, seen, with_duty
from tests.web.parts.places import signed_in

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def consortium():
    return make_consortium("示例联合体")


@pytest.fixture
def desk(consortium):
    return signed_in(secretary(consortium, name="秘书甲").user)


def at(name, *args):
    return reverse(f"desk:{name}", args=args)


def names(answer):
    return {line.row.unit.name for line in answer.context["list"].lines}


LIST_QUERIES = 10


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_whatever_the_rows(desk, consortium, count):
    for _ in range(count):
        make_member(consortium)
    desk.get(at("member_list"))
    with CaptureQueriesContext(connection) as asked:
        assert len(desk.get(at("member_list")).context["list"].lines) == count
    assert len(asked) == LIST_QUERIES, "\n".join(q["sql"][:100] for q in asked)


DETAIL_QUERIES = 18


@pytest.mark.parametrize("count", [1, 3])
def test_a_member_s_page_costs_the_same_whatever_the_rows(desk, consortium, count):
    row = make_member(consortium)
    for number in range(count):
        acting(row.unit)
        Contact.objects.create(membership=row, name=f"联系人{number}")
        Contribution.objects.create(membership=row, advantage="talent", text=f"教师{number}")
        Invitation.objects.create(
            unit=row.unit, role="staff", name="乙", token_digest=str(number), invited_at=AT,
            expires_at=AT, invited_by=acting(consortium.secretariat).user,
        )  # fmt: skip
    desk.get(at("member_detail", row.pk))
    with CaptureQueriesContext(connection) as asked:
        desk.get(at("member_detail", row.pk))
    assert len(asked) == DETAIL_QUERIES, "\n".join(q["sql"][:100] for q in asked)


def test_filters(desk, consortium):
    make_member(consortium, make_unit(UnitKind.SECONDARY, "示例中职"), "lead")
    make_member(consortium, make_unit(UnitKind.UNIVERSITY, "示例大学"), industries=["82"])
    company = make_member(consortium, make_unit(name="示例机床公司"), industries=["3421"])
    make_member(consortium, make_unit(name="退出公司"), left_on=TODAY, left_reason="注销")
    make_member(make_consortium(), make_unit(name="别家单位"))
    acting(company.unit)
    found = {
        "side=校": {"示例中职", "示例大学"},
        "side=研": set(),
        "kind=university": {"示例大学"},
        "role=lead": {"示例中职"},
        "industry=34": {"示例机床公司", "示例中职", "退出公司"},
        "industry=3421": {"示例机床公司"},
        "left=1": {"退出公司"},
        "left=0": {"示例中职", "示例大学", "示例机床公司"},
        "administered=1": {"示例机床公司"},
        "q=机床": {"示例机床公司"},
        "side=外": set(),
    }
    for query, wanted in found.items():
        assert names(desk.get(at("member_list") + "?" + query)) == wanted, query


def test_the_export_holds_what_the_list_shows(desk, consortium):
    make_member(consortium, make_unit(name="示例甲"))
    make_member(make_consortium(), make_unit(name="别家单位"))
    text = b"".join(desk.get(at("member_list") + "?export=csv").streaming_content).decode(
        "utf-8-sig"
    )
    assert "示例甲" in text and "别家单位" not in text
    assert ",".join(["", "企业", "成员单位", ""]) in text


def test_admit(desk, consortium):
    typed = {
        "name": "示例机床有限公司", "kind": "enterprise", "credit_code": credit_code(),
        "role": "member", "industries": "3421、38", "joined_on": "2024-03-01", "staff_count": "300",
    }  # fmt: skip
    wrong = desk.post(at("member_admit"), typed | {"credit_code": "91210213MA0000000X"})
    assert wrong.status_code == 422 and "credit_code" in wrong.context["form"].errors
    answer = desk.post(at("member_admit"), typed)
    row = Membership.objects.get()
    assert answer.url == at("member_detail", row.pk)
    assert (row.industries, row.unit.staff_count) == (["3421", "38"], 300)
    again = desk.post(at("member_admit"), typed)
    assert again.status_code == 422 and "已是本联合体成员" in again.content.decode()


def test_role_edit_unit_and_leave(desk, consortium):
    row = make_member(consortium)
    desk.post(at("member_role", row.pk), {"role": "lead", "reason": "决议", "revision": 1})
    desk.post(
        at("member_edit", row.pk), {"industries": "82", "joined_on": "2024-01-01", "revision": 2}
    )
    desk.post(
        at("member_unit", row.pk),
        {"name": "更名后的公司", "kind": "enterprise", "credit_code": row.unit.credit_code,
         "revision": 1},
    )  # fmt: skip
    row.refresh_from_db()
    assert (row.role, row.industries, row.unit.name) == ("lead", ["82"], "更名后的公司")
    late = desk.post(at("member_role", row.pk), {"role": "member", "revision": 2})
    assert late.status_code == 409 and "已被他人修改" in late.content.decode()
    desk.post(at("member_leave", row.pk), {"left_on": str(JOINED), "reason": "搬迁", "revision": 3})
    row.refresh_from_db()
    assert row.left_reason == "搬迁"
    page = desk.get(at("member_detail", row.pk)).content.decode()
    assert "已于" in page and "退出联合体</a>" not in page
    assert desk.get(at("member_role", row.pk)).status_code == 403


def test_contributions_and_contacts(desk, consortium):
    row = make_member(consortium)
    desk.post(
        at("contribution_add", row.pk), {"advantage": "funds", "text": "设备", "amount": "1.5"}
    )
    made = Contribution.objects.get()
    assert made.amount_fen == 1_500_000
    assert 'value="1.5"' in desk.get(at("contribution_edit", made.pk)).content.decode()
    desk.post(at("contribution_edit", made.pk), {"advantage": "talent", "text": "教师"})
    desk.post(at("contact_add", row.pk), {"name": "王五", "phone": "13800000000", "is_main": "on"})
    contact = Contact.objects.get()
    desk.post(at("contact_edit", contact.pk), {"name": "王六", "phone": "13800000000"})
    page = desk.get(at("member_detail", row.pk)).content.decode()
    assert "教师" in page and "王六" in page and "添加联系人" in page
    desk.post(at("contribution_remove", made.pk))
    desk.post(at("contact_remove", contact.pk))
    assert not Contribution.objects.exists() and not Contact.objects.exists()


def test_the_invitation_s_link_is_shown_once_and_works(desk, consortium):
    row = make_member(consortium)
    answer = desk.post(
        at("person_invite", row.unit_id), {"name": "李四", "email": "", "role": "administrator"}
    )
    assert answer["Cache-Control"] == "no-store"
    token = re.search(r"/account/invitation/([\w-]+)/", answer.content.decode())[1]
    page = desk.get(at("member_detail", row.pk)).content.decode()
    assert "李四" in page and token not in page
    invitation = Invitation.objects.get()
    assert f"{localtime(invitation.expires_at):%Y-%m-%d %H:%M}" in answer.content.decode()
    user = accept_invitation(
        token, username="lisi", password="right-horse-77", at=invitation.invited_at
    )
    assert user.appointments.get().unit == row.unit


def test_an_invitation_is_revoked(desk, consortium):
    row = make_member(consortium)
    desk.post(at("person_invite", row.unit_id), {"name": "李四", "role": "staff"})
    desk.post(at("invitation_revoke", Invitation.objects.get().pk))
    assert Invitation.objects.get().revoked_at


def test_the_last_administrator_s_end_is_refused_with_the_reason(desk, consortium):
    row = make_member(consortium)
    administrator = acting(row.unit)
    place = at("person_end", administrator.user.appointments.get().pk)
    assert "最后一位管理员" in desk.get(place).content.decode()
    day = desk.get(place).context["form"].initial["ends_on"]
    answer = desk.post(place, {"ends_on": str(day), "reason": "调离"})
    assert answer.status_code == 422 and "最后一位管理员" in answer.content.decode()
    other = acting(row.unit, "staff")
    desk.post(at("person_role", other.user.appointments.get().pk), {"role": "administrator"})
    assert other.user.appointments.filter(role="administrator").exists()
    assert desk.post(place, {"ends_on": str(day), "reason": "调离"}).status_code == 302


def test_merge_by_way_of_the_pages(desk, consortium):
    first = make_member(consortium, make_unit(name="示例机床有限公司"))
    second = make_member(consortium, make_unit(name="示例 机床有限公司"))
    page = desk.get(at("member_duplicates")).content.decode()
    assert f"?kept={first.unit_id}&amp;duplicate={second.unit_id}" in page
    place = f"{at('member_merge')}?kept={first.unit_id}&duplicate={second.unit_id}"
    preview = desk.get(place).content.decode()
    assert "两个单位都是" in preview and "确认合并" in preview
    desk.post(place, {"reason": "同一单位"})
    merge = UnitMerge.objects.get()
    assert Unit.objects.get(pk=second.unit_id).merged_into == first.unit
    assert "没有发现疑似重复" in desk.get(at("member_duplicates")).content.decode()
    desk.post(at("merge_detail", merge.pk), {"reason": "有误"})
    assert Unit.objects.get(pk=second.unit_id).merged_into is None
    assert "已撤销" in desk.get(at("merge_detail", merge.pk)).content.decode()


@pytest.mark.parametrize("query", ["", "?kept=x&duplicate=1", "?kept=999999&duplicate=1"])
def test_a_merge_of_units_that_are_not_there(desk, query):
    assert desk.get(at("member_merge") + query).status_code == 404


def test_the_map(desk, consortium):
    make_member(consortium, make_unit(UnitKind.SECONDARY), "lead")
    make_member(consortium, industries=["3421", "38"])
    make_member(consortium, industries=[])
    kind, industry = desk.get(at("member_map")).context["charts"]
    assert kind.title == "成员 3 家：政 0、校 1、企 2、研 0"
    assert {row["industry"][:2] or row["industry"]: row["企"] for row in industry.rows}
    assert sum(row["企"] for row in industry.rows) == 2
    assert "1 家未填行业" in industry.source
    text = b"".join(desk.get(at("member_map") + "?chart=kind").streaming_content)
    assert text.startswith(b"\xef\xbb\xbf") and "中等职业学校" in text.decode("utf-8-sig")


def test_an_empty_consortium(desk):
    for name in ("member_list", "member_map", "member_duplicates", "people_list"):
        assert desk.get(at(name)).status_code == 200


def test_the_sheet_s_page(desk):
    assert desk.get(at("member_import")).status_code == 200
    assert desk.get(at("member_import") + "?file=template").status_code == 200


# Nobody else --------------------------------------------------------------------------------


def addresses(row, unit):
    """Every page about one member: (name, number)."""
    person = acting(unit, "staff").user.appointments.get()
    contact = Contact.objects.create(membership=row, name="机密联系人", phone="13811112222")
    brought = Contribution.objects.create(membership=row, advantage="talent", text="教师")
    invitation = Invitation.objects.create(
        unit=unit, role="staff", name="乙", token_digest="d", invited_at=AT, expires_at=AT + DAY * 999,
        invited_by=person.user,
    )  # fmt: skip
    return [
        ("member_detail", row.pk), ("member_unit", row.pk), ("member_edit", row.pk),
        ("member_role", row.pk), ("member_leave", row.pk), ("contribution_add", row.pk),
        ("contact_add", row.pk), ("contribution_edit", brought.pk),
        ("contribution_remove", brought.pk), ("contact_edit", contact.pk),
        ("contact_remove", contact.pk), ("person_invite", unit.pk), ("person_end", person.pk),
        ("person_role", person.pk), ("invitation_revoke", invitation.pk),
    ]  # fmt: skip


def test_another_consortium_s_secretary_finds_nothing(consortium):
    row = make_member(consortium)
    pages = addresses(row, row.unit)
    other = signed_in(secretary(make_consortium(), "administrator").user)
    before = Contact.objects.count(), Contribution.objects.count()
    for name, pk in pages:
        assert other.get(at(name, pk)).status_code == 404, name
        if name != "member_detail":
            assert other.post(at(name, pk), {"reason": "x"}).status_code == 404, name
    assert (Contact.objects.count(), Contribution.objects.count()) == before
    merge = merge_units(row.unit, make_unit(), reason="重复", by=with_duty(), at=AT)
    assert other.get(at("merge_detail", merge.pk)).status_code == 404


def test_member_s_people_have_no_desk(consortium):
    row = make_member(consortium)
    client = signed_in(acting(row.unit).user)
    for name in ("member_list", "member_map", "member_duplicates", "member_admit", "people_list"):
        assert client.get(at(name)).status_code == 404


def test_a_secretary_does_not_manage_a_unit_that_has_left(desk, consortium):
    row = make_member(consortium, left_on=TODAY - DAY * 3, left_reason="搬迁")
    staff = acting(row.unit, "staff")
    assert desk.get(at("person_invite", row.unit_id)).status_code == 404
    assert desk.get(at("person_end", staff.user.appointments.get().pk)).status_code == 404
    assert seen(staff.user).acts_for(row.unit_id)


def test_no_page_shows_a_method_instead_of_its_value(desk, consortium):
    """A column that names a method prints "functools.partial…" and still looks like a list."""
    row = make_member(consortium, make_unit(UnitKind.SECONDARY))
    acting(row.unit)
    for place in (at("member_list"), at("member_detail", row.pk), at("people_list")):
        page = desk.get(place).content.decode()
        assert "functools" not in page and "bound method" not in page and "object at 0x" not in page
    assert "中等职业学校" in desk.get(at("member_list")).content.decode()
