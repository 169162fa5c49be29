"""A unit's own pages, and what members see of each other."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chanjiao.members.models import Contact, Contribution
from chanjiao.people.enums import UnitKind
from chanjiao.people.models import Appointment, Invitation
from tests.members.world import make_consortium, make_member
from tests.people.world import TODAY, acting, make_unit
from tests.web.parts.places import signed_in

pytestmark = pytest.mark.django_db


def at(name, *args):
    return reverse(f"member:{name}", args=args)


@pytest.fixture
def own():
    return make_member(make_consortium("示例联合体"), make_unit(name="示例本单位"))


@pytest.fixture
def administrator(own):
    return signed_in(acting(own.unit, name="管理员甲").user)


@pytest.fixture
def staff(own):
    return signed_in(acting(own.unit, "staff", name="经办人乙").user)


LIST_QUERIES = 10


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_fellows_costs_the_same(administrator, own, count):
    for _ in range(count - 1):
        make_member(own.consortium)
    administrator.get(at("fellow_list"))
    with CaptureQueriesContext(connection) as asked:
        assert len(administrator.get(at("fellow_list")).context["list"].lines) == count
    assert len(asked) == LIST_QUERIES, "\n".join(q["sql"][:100] for q in asked)


def test_one_s_own_unit(administrator, staff, own):
    Contact.objects.create(membership=own, name="王五", phone="13800000000")
    for client in (administrator, staff):
        page = client.get(at("unit")).content.decode()
        assert "示例本单位" in page and "13800000000" in page
    assert "只有本单位管理员可以修改" in staff.get(at("unit")).content.decode()


def test_facts_change_but_not_the_identity(administrator, staff, own):
    typed = {"staff_count": "88", "address": "示例路 1 号", "revision": "1", "name": "偷改的名称"}
    assert staff.post(at("unit_edit"), typed).status_code == 422
    assert administrator.post(at("unit_edit"), typed).status_code == 302
    own.unit.refresh_from_db()
    assert (own.unit.staff_count, own.unit.name) == (88, "示例本单位")
    assert administrator.post(at("unit_edit"), typed).status_code == 409


def test_staff_keep_contributions_and_contacts(staff, own):
    staff.post(at("contribution_add", own.pk), {"advantage": "talent", "text": "产业导师 3 名"})
    staff.post(at("contact_add", own.pk), {"name": "王五"})
    assert Contribution.objects.get().membership == own
    staff.post(at("contact_remove", Contact.objects.get().pk))
    assert not Contact.objects.exists()


def test_fellows_are_seen_without_contacts_and_not_touched(administrator, own):
    fellow = make_member(own.consortium, make_unit(UnitKind.UNIVERSITY, "示例大学"))
    contact = Contact.objects.create(membership=fellow, name="机密人", phone="13811112222")
    brought = Contribution.objects.create(membership=fellow, advantage="talent", text="教授 5 名")
    person = acting(fellow.unit, name="机密员工").user.appointments.get()
    page = administrator.get(at("fellow", fellow.pk)).content.decode()
    assert "教授 5 名" in page
    for secret in ("机密人", "13811112222", "机密员工"):
        assert secret not in page
    for name, pk, status in (
        ("contact_edit", contact.pk, 404), ("contact_remove", contact.pk, 404),
        ("person_end", person.pk, 404), ("person_role", person.pk, 404),
        ("person_invite", fellow.unit_id, 404), ("contribution_edit", brought.pk, 403),
        ("contribution_add", fellow.pk, 403), ("contact_add", fellow.pk, 403),
    ):  # fmt: skip
        assert administrator.get(at(name, pk)).status_code == status, name
        assert administrator.post(at(name, pk), {}).status_code in {status, 422}, name
    assert administrator.post(at("contribution_remove", brought.pk)).status_code == 422
    assert Contribution.objects.exists() and Contact.objects.exists()


def test_who_left_is_not_seen(administrator, own):
    gone = make_member(own.consortium, left_on=TODAY, left_reason="注销")
    elsewhere = make_member(make_consortium())
    for row in (gone, elsewhere):
        assert administrator.get(at("fellow", row.pk)).status_code == 404
    assert len(administrator.get(at("fellow_list")).context["list"].lines) == 1


def test_people(administrator, staff, own):
    page = administrator.get(at("people_list")).content.decode()
    assert "经办人乙" in page and "邀请人员" in page
    assert (
        administrator.post(
            at("person_invite", own.unit_id), {"name": "丙", "role": "staff"}
        ).status_code
        == 200
    )
    row = Appointment.objects.get(user__name="经办人乙")
    day = administrator.get(at("person_end", row.pk)).context["form"].initial["ends_on"]
    administrator.post(at("person_end", row.pk), {"ends_on": str(day), "reason": "调岗"})
    row.refresh_from_db()
    assert (row.ends_on, row.ended_reason) == (day, "调岗")
    assert staff.get(at("people_list")).status_code == 404


def test_staff_invite_and_end_nobody_but_themselves(administrator, staff, own):
    assert staff.get(at("person_invite", own.unit_id)).status_code == 403
    theirs = Appointment.objects.get(user__name="管理员甲")
    assert staff.get(at("person_end", theirs.pk)).status_code == 403
    assert staff.post(at("person_role", theirs.pk), {"role": "staff"}).status_code == 422
    mine = Appointment.objects.get(user__name="经办人乙")
    assert staff.get(at("person_end", mine.pk)).status_code == 200
    assert not Invitation.objects.exists()
