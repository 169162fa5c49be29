"""allauth's forms, in our words."""

from typing import Any

from allauth.account.forms import LoginForm
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms

_CODE = "动态验证码"


class SignInForm(LoginForm):  # type: ignore[misc]
    """Name and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _call(self, "login", "登录名")
        _call(self, "password", "密码")


class CodeForm(AuthenticateForm):  # type: ignore[misc]
    """The second factor at sign-in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _call(self, "code", f"{_CODE}或恢复码")


class CodeAgainForm(ReauthenticateForm):  # type: ignore[misc]
    """The second factor before a step that touches the account's safety."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _call(self, "code", f"{_CODE}或恢复码")


class FirstCodeForm(ActivateTOTPForm):  # type: ignore[misc]
    """The first code, which proves that the app has the secret."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _call(self, "code", _CODE)


def _call(form: forms.Form, name: str, label: str) -> None:
    field = form.fields[name]
    field.label = label
    field.help_text = ""
    field.widget.attrs.pop("placeholder", None)
