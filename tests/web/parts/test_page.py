"""Who may come in, what a read page may not do, and refusals that lose nothing."""

from datetime import date

import pytest
from django.db import transaction
from django.test import Client

from chanjiao.people.enums import Duty, UnitKind
from chanjiao.people.models import Unit
from chanjiao.web.parts.page import WroteWhileReading, page
from tests.people.world import make_appointment, make_unit, make_user
from tests.web.parts.places import (
    make_consortium,
    make_member,
    make_student,
    person_of,
    signed_in,
)

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.web.parts.places")]
AUDIENCES = ["desk", "member", "student", "operator"]


def people() -> dict[str, Client]:
    consortium = make_consortium()
    student = make_user()
    make_student(consortium, student)
    return {
        "desk": signed_in(person_of(consortium.secretariat)),
        "member": signed_in(person_of(make_member(consortium))),
        "student": signed_in(student),
        "operator": signed_in(make_user(duty=Duty.OPERATOR)),
        "nobody": signed_in(make_user()),
    }


def test_each_audience_opens_its_own_pages_only():
    for who, client in people().items():
        for audience in AUDIENCES:
            status = client.get(f"/try/{audience}/").status_code
            assert status == (200 if who == audience else 404), (who, audience)
        assert client.get("/try/portal/").status_code == 200


@pytest.mark.parametrize("audience", AUDIENCES)
def test_a_stranger_is_sent_to_sign_in_and_back(audience):
    answer = Client().get(f"/try/{audience}/?a=1")
    assert answer.status_code == 302
    assert answer.url == f"/account/login/?next=/try/{audience}/%3Fa%3D1"


def test_a_stranger_may_read_the_portal_and_htmx_is_told_to_leave():
    assert Client().get("/try/portal/").content.decode() == "portal None"
    answer = Client().get("/try/desk/", headers={"HX-Request": "true"})
    assert answer["HX-Redirect"].startswith("/account/login/")


def test_an_ended_appointment_closes_the_door():
    consortium = make_consortium()
    user = make_user()
    make_appointment(user, consortium.secretariat, ends_on=date(2026, 1, 2), ended_reason="调离")
    assert signed_in(user).get("/try/desk/").status_code == 404


def test_a_unit_that_left_has_no_consortium_to_work_in():
    unit = make_unit()
    answer = signed_in(person_of(unit)).get("/try/member/")
    assert answer.status_code == 403
    assert "没有可办的事项" in answer.content.decode()


def test_a_read_page_takes_no_post_and_cannot_write():
    desk = people()["desk"]
    assert desk.post("/try/units/").status_code == 405
    unit = Unit.objects.filter(kind=UnitKind.ENTERPRISE).get()
    with transaction.atomic():
        with pytest.raises(WroteWhileReading):
            desk.get(f"/try/units/{unit.pk}/")
        transaction.set_rollback(True)
    assert not Unit.objects.filter(name="偷改").exists()


def test_a_view_says_whom_it_is_for():
    @page("member", writes=True)
    def view(request):
        return None

    assert (view.audience, view.writes) == ("member", True)
    with pytest.raises(ValueError, match="no such audience"):
        page("everybody")


@pytest.mark.parametrize(("name", "status"), [("冲突", 409), ("无效", 422), ("不行", 422)])
def test_a_refused_form_keeps_what_was_typed(name, status):
    answer = people()["member"].post("/try/form/", {"name": name, "note": "写了很久"})
    text = answer.content.decode()
    assert answer.status_code == status
    assert 'value="写了很久"' in text and f'value="{name}"' in text


def test_problems_stand_beside_their_field():
    form = people()["member"].post("/try/form/", {"name": "无效"}).context["form"]
    assert form.errors["name"] == ["名称已被使用。"]
    assert form.non_field_errors() == ["另有问题。"]


def test_an_invalid_form_is_422_and_a_good_one_goes_on():
    member = people()["member"]
    assert member.post("/try/form/", {"name": ""}).status_code == 422
    assert member.post("/try/form/", {"name": "ok"}).url == "/?ok"


@pytest.mark.parametrize(("name", "status"), [("冲突", 409), ("无效", 422), ("不行", 422)])
def test_a_refused_button_says_why(name, status):
    member = people()["member"]
    answer = member.post(
        "/try/press/", {"name": name}, headers={"Referer": "http://testserver/try/member/?page=2"}
    )
    assert answer.status_code == status
    assert 'href="/try/member/?page=2"' in answer.content.decode()
    part = member.post("/try/press/", {"name": name}, headers={"HX-Request": "true"})
    assert part.status_code == status
    assert part["HX-Retarget"] == "#messages" and "<html" not in part.content.decode()


def test_the_way_back_never_leaves_the_site():
    answer = people()["member"].post(
        "/try/press/", {"name": "不行"}, headers={"Referer": "https://elsewhere.example/x"}
    )
    assert "elsewhere" not in answer.content.decode()


def test_a_secretary_of_two_consortia_switches():
    first, second = make_consortium("aa"), make_consortium("bb")
    user = person_of(first.secretariat)
    make_appointment(user, second.secretariat)
    client = signed_in(user)
    assert client.get("/try/desk/").content.decode().startswith("aa")
    client.post("/account/switch/", {"place": f"desk-{second.pk}"})
    assert client.get("/try/desk/").content.decode().startswith("bb")


def test_nobody_switches_to_a_place_that_is_not_theirs():
    other = make_consortium("other")
    client = people()["desk"]
    assert client.post("/account/switch/", {"place": f"desk-{other.pk}"}).status_code == 404


def test_a_person_of_a_desk_and_a_college_in_two_consortia_has_three_places():
    first, second = make_consortium("aa"), make_consortium("bb")
    college = make_member(first, UnitKind.HIGHER_VOCATIONAL)
    college.memberships.create(consortium=second, role="lead", joined_on=date(2026, 1, 1))
    user = person_of(first.secretariat)
    make_appointment(user, college)
    client = signed_in(user)
    assert client.get("/try/member/").content.decode().startswith("aa")
    client.post("/account/switch/", {"place": f"unit-{college.pk}-{second.pk}"})
    assert client.get("/try/member/").content.decode().startswith("bb")
    assert client.get("/try/desk/").content.decode().startswith("aa")


def test_forged_posts_are_refused():
    client = Client(enforce_csrf_checks=True)
    assert client.post("/account/login/", {"login": "a", "password": "b"}).status_code == 403


def test_a_boosted_form_goes_on_by_loading_the_next_page_anew():
    answer = people()["member"].post(
        "/try/form/", {"name": "ok"}, headers={"HX-Request": "true", "HX-Boosted": "true"}
    )
    assert (answer.status_code, answer["HX-Redirect"]) == (200, "/?ok")
    assert "messages" in answer.cookies, "what is said waits for the next page"
