"""The three duties' pages: each sees its own and nothing of the others'."""

import re

import pytest
from axes.models import AccessAttempt
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import now

from chanjiao.members.models import Consortium, Contact, UnitMerge
from chanjiao.people.actions import accept_invitation
from chanjiao.people.enums import Duty
from chanjiao.people.models import Unit, User
from chanjiao.trail.models import Entry
from tests.members.world import make_consortium, make_member, secretary
from tests.people.world import acting, make_unit, make_user, with_duty
from tests.trail.test_trail import triggers_off
from tests.web.parts.places import signed_in

pytestmark = pytest.mark.django_db


def at(name, *args):
    return reverse(f"operator:{name}", args=args)


@pytest.fixture
def clients():
    found = {
        duty: signed_in(with_duty(duty).user)
        for duty in (Duty.OPERATOR, Duty.SECURITY, Duty.AUDITOR)
    }
    consortium = make_consortium()
    row = make_member(consortium)
    return found | {
        "secretary": signed_in(secretary(consortium).user),
        "administrator": signed_in(acting(row.unit).user),
    }


PAGES = {
    "home": {Duty.OPERATOR, Duty.SECURITY, Duty.AUDITOR},
    "consortium_list": {Duty.OPERATOR},
    "consortium_create": {Duty.OPERATOR},
    "consortium_detail": {Duty.OPERATOR},
    "consortium_edit": {Duty.OPERATOR},
    "secretary_invite": {Duty.OPERATOR},
    "unit_list": {Duty.OPERATOR},
    "unit_detail": {Duty.OPERATOR},
    "unit_edit": {Duty.OPERATOR},
    "user_list": {Duty.OPERATOR, Duty.SECURITY},
    "user_detail": {Duty.SECURITY},
    "user_switch": {Duty.SECURITY},
    "lockout_list": {Duty.OPERATOR, Duty.SECURITY},
    "trail_list": {Duty.AUDITOR},
    "trail_check": {Duty.AUDITOR},
    "trail_detail": {Duty.AUDITOR},
}


@pytest.mark.parametrize("name", PAGES)
def test_whose_page_it_is(name, clients):
    from django.db import transaction

    from chanjiao.trail.actions import record
    from tests.people.world import AT

    unit = make_unit()
    with transaction.atomic():
        entry = record("unit.create", unit, by=None, at=AT)
    numbers = {
        "consortium_detail": Consortium.objects.get().pk, "consortium_edit": Consortium.objects.get().pk,
        "secretary_invite": Consortium.objects.get().pk, "unit_detail": unit.pk, "unit_edit": unit.pk,
        "user_detail": make_user().pk, "user_switch": make_user().pk, "trail_detail": entry.pk,
    }  # fmt: skip
    args = [numbers[name]] if name in numbers else []
    opened = {
        who for who, client in clients.items() if client.get(at(name, *args)).status_code == 200
    }
    assert opened == PAGES[name]
    for who in opened:
        assert "functools" not in clients[who].get(at(name, *args)).content.decode()


def test_the_navigation_shows_each_duty_its_own(clients):
    shown = {
        duty: [item.label for item in clients[duty].get(at("home")).context["frame"].items]
        for duty in (Duty.OPERATOR, Duty.SECURITY, Duty.AUDITOR)
    }
    assert shown[Duty.SECURITY] == ["系统", "账号", "登录锁定"]
    assert shown[Duty.AUDITOR] == ["系统", "留痕"]
    assert "留痕" not in shown[Duty.OPERATOR] and "联合体" in shown[Duty.OPERATOR]


def test_the_operator_founds_a_consortium(clients):
    typed = {
        "code": "new-one", "name": "新市域产教联合体", "short_name": "新联合体", "park": "示例园区",
        "division_code": "210200", "industries": "34、38", "secretary": "秘书长",
    }  # fmt: skip
    client = clients[Duty.OPERATOR]
    wrong = client.post(at("consortium_create"), typed | {"division_code": "99"})
    assert wrong.status_code == 422
    page = client.post(at("consortium_create"), typed).content.decode()
    token = re.search(r"/account/invitation/([\w-]+)/", page)[1]
    consortium = Consortium.objects.get(code="new-one")
    assert "还没有管理员" in client.get(at("consortium_detail", consortium.pk)).content.decode()
    accept_invitation(token, username="chief", password="right-horse-77", at=now())
    assert "已有管理员" in client.get(at("consortium_detail", consortium.pk)).content.decode()
    client.post(
        at("consortium_edit", consortium.pk), typed | {"park": "另一园区", "code": "hacked"}
    )
    consortium.refresh_from_db()
    assert (consortium.park, consortium.code) == ("另一园区", "new-one")


@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_whatever_the_rows(count):
    client = signed_in(with_duty().user)
    for _ in range(count):
        make_member(make_consortium())
    for name in ("consortium_list", "unit_list"):
        client.get(at(name))
        with CaptureQueriesContext(connection) as asked:
            client.get(at(name))
        assert len(asked) == 7, "\n".join(q["sql"][:100] for q in asked)


def test_the_operator_sees_no_contacts(clients):
    row = make_member(make_consortium())
    Contact.objects.create(membership=row, name="机密人", phone="13811112222")
    acting(row.unit, name="机密员工")
    page = clients[Duty.OPERATOR].get(at("unit_detail", row.unit_id)).content.decode()
    assert "13811112222" not in page and "机密" not in page


def test_the_operator_merges_units_of_two_consortia(clients):
    kept, lost = make_member(make_consortium()).unit, make_member(make_consortium()).unit
    client = clients[Duty.OPERATOR]
    place = at("unit_merge")
    assert client.get(place, {"kept": kept.pk, "code": "nothing"}).status_code == 404
    page = client.get(place, {"kept": kept.pk, "code": lost.credit_code.lower()})
    assert "确认合并" in page.content.decode()
    client.post(f"{place}?kept={kept.pk}&code={lost.credit_code}", {"reason": "同一单位"})
    assert Unit.objects.get(pk=lost.pk).merged_into == kept
    merge = UnitMerge.objects.get()
    client.post(at("merge_detail", merge.pk), {"reason": "有误"})
    assert Unit.objects.get(pk=lost.pk).merged_into is None


def test_security_switches_accounts(clients):
    user = make_user()
    client = clients[Duty.SECURITY]
    client.post(at("user_switch", user.pk), {"act": "deactivate", "reason": "离职"})
    assert not User.objects.get(pk=user.pk).is_active
    assert "离职" in client.get(at("user_detail", user.pk)).content.decode()
    client.post(at("user_switch", user.pk), {"act": "reactivate", "reason": "返聘"})
    assert User.objects.get(pk=user.pk).is_active
    unit = make_unit()
    last = acting(unit).user
    refused = client.post(at("user_switch", last.pk), {"act": "deactivate", "reason": "离职"})
    assert refused.status_code == 422 and "最后一位管理员" in refused.content.decode()


def test_security_lifts_a_lock_out(clients):
    user = make_user()
    for name in (user.username, "nobody"):
        AccessAttempt.objects.create(
            username=name, ip_address="127.0.0.1", failures_since_start=5, attempt_time=now()
        )
    page = clients[Duty.SECURITY].get(at("lockout_list")).content.decode()
    assert user.username in page and "没有这个账号" in page
    assert clients[Duty.OPERATOR].post(at("user_unlock", user.pk)).status_code == 404
    clients[Duty.SECURITY].post(at("user_unlock", user.pk))
    assert [a.username for a in AccessAttempt.objects.all()] == ["nobody"]
    assert Entry.objects.get(action="account.unlock").subject_id == str(user.pk)


def test_the_auditor_reads_filters_and_checks(clients):
    security, client = clients[Duty.SECURITY], clients[Duty.AUDITOR]
    first, second = make_user(), make_user()
    for user in (first, second):
        security.post(at("user_switch", user.pk), {"act": "deactivate", "reason": f"离职{user.pk}"})
    found = client.get(at("trail_list"), {"number": second.pk, "subject": "people.user"})
    assert [line.row.reason for line in found.context["list"].lines] == [f"离职{second.pk}"]
    assert not client.get(at("trail_list"), {"action": "unit.merge"}).context["list"].lines
    entry = Entry.objects.order_by("sequence").first()
    assert entry.digest in client.get(at("trail_detail", entry.pk)).content.decode()
    assert "留痕链完好" in client.get(at("trail_check")).content.decode()
    with triggers_off() as cursor:
        cursor.execute("UPDATE trail_entry SET reason='改写' WHERE sequence=1")
    assert "第 1 条的内容与摘要不符" in client.get(at("trail_check")).content.decode()


def test_a_deactivated_person_is_out_at_once(clients):
    user = make_user()
    make_member(make_consortium(), make_unit())
    client = signed_in(user)
    clients[Duty.SECURITY].post(at("user_switch", user.pk), {"act": "deactivate", "reason": "离职"})
    assert client.get(reverse("account_notices")).status_code == 302
