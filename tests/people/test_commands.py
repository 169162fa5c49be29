"""`chanjiao operator create`: the only way to an account with a duty."""

import io

import pytest

from chanjiao.cli import main
from chanjiao.people.enums import Duty
from chanjiao.people.models import User

pytestmark = pytest.mark.django_db


def create(monkeypatch, *arguments, password="correct-horse-42"):
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
    return main(["operator", "create", *arguments, "--password-stdin"])


@pytest.mark.parametrize("duty", ["operator", "security", "auditor"])
def test_an_account_of_each_duty(duty, monkeypatch, capsys):
    assert create(monkeypatch, "keeper1", "--name", "保管人", "--duty", duty) == 0
    user = User.objects.get()
    assert user.duty == duty and user.check_password("correct-horse-42")
    assert user.get_duty_display() in capsys.readouterr().out


def test_the_operator_is_what_one_gets_unasked(monkeypatch):
    create(monkeypatch, "keeper1", "--name", "保管人")
    assert User.objects.get().duty == Duty.OPERATOR


def test_a_weak_password_is_refused(monkeypatch, capsys):
    assert create(monkeypatch, "keeper1", "--name", "保管人", password="12345") == 1
    assert capsys.readouterr().err and not User.objects.exists()


def test_the_trail_is_verified_from_the_command_line(monkeypatch, capsys):
    create(monkeypatch, "keeper1", "--name", "保管人")
    assert main(["trail", "verify"]) == 0
    assert "共 1 条" in capsys.readouterr().out
