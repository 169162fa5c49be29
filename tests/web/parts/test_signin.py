"""Signing in: lockout, idleness, second factor, no hints for guessers, no way off the site."""

from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.cache import cache
from django.test import Client

from chanjiao.people.enums import AppointmentRole, Duty, UnitKind
from chanjiao.people.models import Invitation, User
from chanjiao.people.queries import digest_of_token
from tests.people.world import AT, make_unit, make_user
from tests.web.parts.places import make_consortium, make_student, person_of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.web.parts.places")]
PASSWORD = "right-horse-77"


@pytest.fixture(autouse=True)
def no_counts_left() -> None:
    cache.clear()


def try_login(client: Client, username: str, password: str = "wrong", path: str = "") -> object:
    return client.post(f"/account/login/{path}", {"login": username, "password": password})


def code_of(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return f"{hotp_value(secret, counter):06}"


def enrol(user: User) -> str:
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return secret


def test_a_person_signs_in_and_lands_at_their_home():
    user = make_user()
    client = Client()
    answer = try_login(client, user.username, PASSWORD)
    assert answer.status_code == 302 and answer.url == "/"
    assert "没有可办的事项" in client.get("/").content.decode()


def test_five_failures_lock_for_a_quarter_of_an_hour():
    user = make_user()
    client = Client()
    for _ in range(4):
        assert try_login(client, user.username).status_code == 200
    locked = try_login(client, user.username)
    assert locked.status_code == 429
    assert "15 分钟" in locked.content.decode()
    assert try_login(client, user.username, PASSWORD).status_code == 429


def test_letter_case_opens_no_further_tries():
    user = make_user(username="zhang.san")
    client = Client()
    for name in ("zhang.san", "ZHANG.san", "Zhang.San", "zhanG.san", "zhang.saN"):
        last = try_login(client, name)
    assert last.status_code == 429
    assert try_login(client, user.username, PASSWORD).status_code == 429


def test_the_lock_opens_after_its_time():
    user = make_user()
    with time_machine.travel(AT, tick=False) as clock:
        client = Client()
        for _ in range(5):
            try_login(client, user.username)
        clock.shift(timedelta(minutes=16))
        assert try_login(client, user.username, PASSWORD).status_code == 302


def test_a_guesser_learns_nothing_about_names():
    user = make_user()
    known = try_login(Client(), user.username).content.decode()
    unknown = try_login(Client(), "nobody-here").content.decode()
    clean = [
        text.replace(user.username, "*").replace("nobody-here", "*") for text in (known, unknown)
    ]
    assert "登录名或密码不正确。" in known
    assert _without_token(clean[0]) == _without_token(clean[1])
    client = Client()
    for _ in range(5):
        last = try_login(client, "nobody-here")
    assert last.status_code == 429, "an unknown name locks like a known one"


def _without_token(text: str) -> str:
    import re

    return re.sub(r'csrfmiddlewaretoken" value="[^"]+"', "", text)


def test_an_account_put_out_of_use_does_not_open():
    user = make_user(is_active=False)
    client = Client()
    try_login(client, user.username, PASSWORD)
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    ("wanted", "landed"),
    [
        ("/account/notices/", "/account/notices/"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_next_leads_nowhere_else(wanted, landed):
    user = make_user()
    answer = Client().post(
        "/account/login/", {"login": user.username, "password": PASSWORD, "next": wanted}
    )
    assert answer.url == landed


def test_the_session_gets_a_new_key_at_sign_in():
    user = make_user()
    client = Client()
    client.get("/account/login/")
    session = client.session
    session["planted"] = "x"
    session.save()
    client.cookies["sessionid"] = before = session.session_key
    try_login(client, user.username, PASSWORD)
    assert client.cookies["sessionid"].value != before


def test_an_idle_session_ends(settings):
    user = make_user()
    with time_machine.travel(AT, tick=False) as clock:
        client = signed_in(user)
        assert client.get("/account/notices/").status_code == 200
        clock.shift(timedelta(minutes=settings.IDLE_MINUTES - 1))
        assert client.get("/account/notices/").status_code == 200
        clock.shift(timedelta(minutes=settings.IDLE_MINUTES + 1))
        answer = client.get("/account/notices/", follow=True)
        assert answer.redirect_chain[0][0] == "/account/login/"
        assert f"已 {settings.IDLE_MINUTES} 分钟没有操作" in answer.content.decode()
        assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("who", ["desk", "member", "operator"])
def test_staff_are_led_to_their_second_factor(settings, who):
    settings.SECOND_FACTOR_REQUIRED = True
    consortium = make_consortium()
    user = {
        "desk": lambda: person_of(consortium.secretariat),
        "member": lambda: person_of(make_unit(UnitKind.ENTERPRISE)),
        "operator": lambda: make_user(duty=Duty.OPERATOR),
    }[who]()
    client = Client()
    try_login(client, user.username, PASSWORD)
    for address in ("/", f"/try/{who}/", "/account/jobs/", "/account/notices/"):
        assert client.get(address).url == "/account/mfa/totp/activate/", address
    page = client.get("/account/mfa/totp/activate/").content.decode()
    assert "data:image/svg+xml;base64," in page and "启用二次验证" in page


def test_students_need_no_second_factor(settings):
    settings.SECOND_FACTOR_REQUIRED = True
    user = make_user()
    make_student(make_consortium(), user)
    client = Client()
    try_login(client, user.username, PASSWORD)
    assert client.get("/try/student/").status_code == 200


def test_enrolling_opens_the_door_and_keeps_the_secret_encrypted(settings):
    settings.SECOND_FACTOR_REQUIRED = True
    user = person_of(make_consortium().secretariat)
    client = Client()
    try_login(client, user.username, PASSWORD)
    secret = client.get("/account/mfa/totp/activate/").context["form"].secret
    done = client.post("/account/mfa/totp/activate/", {"code": code_of(secret)}, follow=True)
    assert "恢复码" in done.content.decode()
    assert client.get("/try/desk/").status_code == 200
    kept = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)
    assert secret not in str(kept.data)
    for name in ("index", "codes", "codes_new", "off"):
        path = {
            "index": "",
            "codes": "codes/",
            "codes_new": "codes/new/",
            "off": "totp/deactivate/",
        }
        assert client.get(f"/account/mfa/{path[name]}").status_code == 200, name
    download = client.get("/account/mfa/codes/download/")
    assert len(download.content.decode().split()) == 10


def test_the_code_is_asked_at_every_sign_in():
    user = make_user()
    secret = enrol(user)
    client = Client()
    assert try_login(client, user.username, PASSWORD).url.startswith("/account/mfa/verify/")
    assert client.get("/account/notices/").status_code == 302, "half signed in is not signed in"
    assert (
        "验证码不正确" in client.post("/account/mfa/verify/", {"code": "000000"}).content.decode()
    )
    assert client.post("/account/mfa/verify/", {"code": code_of(secret)}).url == "/"
    assert client.get("/account/notices/").status_code == 200


def test_codes_cannot_be_guessed_without_end():
    user = make_user()
    secret = enrol(user)
    client = Client()
    try_login(client, user.username, PASSWORD)
    for _ in range(5):
        client.post("/account/mfa/verify/", {"code": "000000"})
    answer = client.post("/account/mfa/verify/", {"code": code_of(secret)})
    assert answer.status_code == 200 and "5 分钟后再试" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def invitation_for(
    token: str, unit=None, role: str = AppointmentRole.STAFF, **fields
) -> Invitation:
    values = {
        "unit": unit or make_unit(), "role": role, "name": "王一", "invited_by": make_user(),
        "invited_at": AT, "expires_at": AT + timedelta(days=3650),
        "token_digest": digest_of_token(token),
    }  # fmt: skip
    return Invitation.objects.create(**(values | fields))


ANSWER = {"username": "wangyi", "password": "clean-water-2026", "again": "clean-water-2026"}


def test_an_invitation_opens_an_account_once():
    invitation = invitation_for("secret-one")
    client = Client()
    assert invitation.unit.name in client.get("/account/invitation/secret-one/").content.decode()
    assert client.post("/account/invitation/secret-one/", ANSWER).url == "/account/login/"
    user = User.objects.get(username="wangyi")
    assert user.appointments.get().unit == invitation.unit
    again = client.post("/account/invitation/secret-one/", ANSWER | {"username": "other"})
    assert again.status_code == 410 and not User.objects.filter(username="other").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"again": "something-else-9"}, "两次输入的密码不一致。"),
        ({"password": "short", "again": "short"}, "密码"),
        ({"password": "123456789012", "again": "123456789012"}, "数字"),
        ({"username": ""}, "必填"),
    ],
)
def test_an_invitation_refuses_a_poor_password(change, said):
    invitation_for("secret-two")
    answer = Client().post("/account/invitation/secret-two/", ANSWER | change)
    assert answer.status_code == 422 and said in answer.content.decode()
    assert not User.objects.filter(username="wangyi").exists()


def test_a_student_gets_the_record_that_waits():
    student = make_student(make_consortium())
    student.invitation = invitation_for("secret-three", student.school, role="")
    student.save()
    Client().post("/account/invitation/secret-three/", ANSWER)
    student.refresh_from_db()
    assert student.user == User.objects.get(username="wangyi")
    assert signed_in(student.user).get("/try/student/").status_code == 200


def test_a_person_with_an_account_takes_an_invitation_up_with_it():
    invitation = invitation_for("secret-four")
    user = make_user("李二")
    client = signed_in(user)
    assert "用现有账号“李二”接受" in client.get("/account/invitation/secret-four/").content.decode()
    assert client.post("/account/invitation/secret-four/").url == "/"
    assert user.appointments.get().unit == invitation.unit


def test_a_wrong_link_says_what_to_do():
    answer = Client().get("/account/invitation/nonsense/")
    assert answer.status_code == 410 and "请邀请人重新发送链接" in answer.content.decode()


def test_unused_pages_of_allauth_do_not_exist():
    for path in ("signup/", "email/", "password/reset/", "mfa/webauthn/", "3rdparty/"):
        assert Client().get(f"/account/{path}").status_code == 404, path


def test_pages_are_in_chinese_only(settings):
    """No sentence of allauth's English is left on any page of sign-in."""
    import re

    user = make_user(name="李四")
    enrol(user)
    client = Client()
    texts = [
        client.get("/account/login/").content.decode(),
        try_login(client, "x", "").content.decode(),
    ]
    try_login(client, user.username, PASSWORD)
    texts.append(client.get("/account/mfa/verify/").content.decode())
    inside = signed_in(user)
    for path in ("password/", "reauthenticate/", "mfa/", "logout/", "jobs/", "notices/"):
        texts.append(inside.get(f"/account/{path}", follow=True).content.decode())
    texts.append(inside.post("/account/password/", {}).content.decode())
    for text in texts:
        text = re.sub(r"<(script|head|style).*?</\1>", " ", text, flags=re.S)
        seen = re.findall(r"(?:placeholder|aria-label|title|alt)=\"([^\"]*)\"", text)
        words = re.findall(r"[A-Za-z]{3,}", re.sub(r"<[^>]+>", " ", text) + " ".join(seen))
        assert set(words) <= {"TOTP"} | {user.username.strip("0123456789")}, (
            set(words),
            text[:300],
        )


def test_the_security_administrator_opens_a_lock_whatever_the_letter_case():
    user = make_user(username="Zhang.San")
    for _ in range(5):
        try_login(Client(), "Zhang.San")
    keeper = signed_in(make_user(duty=Duty.SECURITY))
    assert "解除锁定" in keeper.get("/operator/lockouts/").content.decode()
    keeper.post(f"/operator/users/{user.pk}/unlock/")
    assert try_login(Client(), "Zhang.San", PASSWORD).status_code == 302
