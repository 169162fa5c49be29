"""What a browser may send: NUL characters, thousands of fields, numbers that are none, twice."""

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from chanjiao.matching.models import Score
from chanjiao.people.enums import Duty
from chanjiao.web.parts.account import claimed_username
from chanjiao.web.parts.typed import whole
from tests.matching.world import CLOSES, choose, make_student, make_world, opened, scoring
from tests.people.world import make_user, with_duty
from tests.web.rounds.pages import client_of, get, post

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/portal/rounds/?q=%00", "/account/login/?next=%00"])
def test_a_nul_character_in_an_address_is_a_bad_request(address):
    assert Client().get(address).status_code == 400


def test_a_nul_character_in_a_form_is_a_bad_request():
    world = make_world()
    filters = reverse("account_filter_save")
    sent = {"name": "a\0b", "page": "desk.posts", "query": "q=1"}
    assert post(world.secretary, filters, sent).status_code == 400


@pytest.mark.parametrize("sent", ["²", "٣", "9" * 5000, "-1", "1_0", " 1", "", "0x1"])
def test_what_is_no_plain_number_is_the_default(sent):
    assert whole(sent, 7) == 7


def test_a_post_id_of_any_length_stays_itself():
    assert whole("123456789") == 123_456_789


def test_a_revision_that_is_no_number_is_an_old_one():
    world = make_world()
    scoring(world)
    grid = reverse("member:round_score", args=[world.round.pk, world.seats()[0].pk])
    pk = world.students[0].pk
    post(world.recruiters[0], grid, {f"score-{pk}": "50"}, at=CLOSES)
    for sent in ("9" * 5000, "²"):
        data = {f"score-{pk}": "60", f"revision-{pk}": sent}
        assert post(world.recruiters[0], grid, data, at=CLOSES).status_code == 409
    assert Score.objects.get().hundredths == 5000


def test_a_post_with_hundreds_of_applicants_can_be_scored_in_one_form():
    world = make_world()
    opened(world)
    world.students += [make_student(world.cohorts[0], 0) for _ in range(3)]
    choose(world, 0, 0)
    data = {f"score-{number}": "1" for number in range(10**6, 10**6 + 1500)}
    data |= {f"score-{world.students[0].pk}": "88"}
    world.round.state = "scoring"
    world.round.save()
    grid = reverse("member:round_score", args=[world.round.pk, world.seats()[0].pk])
    assert post(world.recruiters[0], grid, data, at=CLOSES).status_code == 302
    assert Score.objects.get().hundredths == 8800


def test_deactivating_twice_does_not_reactivate():
    security, user = with_duty(Duty.SECURITY), make_user()
    address = reverse("operator:user_switch", args=[user.pk])
    shown = get(security, address).content.decode()
    assert 'name="act" value="deactivate"' in shown
    client = client_of(security)
    sent = {"act": "deactivate", "reason": "离职"}
    assert client.post(address, sent).status_code == 302
    again = client.post(address, sent)
    user.refresh_from_db()
    assert not user.is_active
    assert again.status_code == 422


@pytest.mark.parametrize("spelling", ["MISHUCHU", "mıshuchu", "miſhuchu", " Mishuchu "])
def test_spellings_that_the_database_takes_for_one_name_are_counted_as_one(spelling):
    request = RequestFactory().post("/")
    assert claimed_username(request, {"username": spelling}) == "mishuchu"
