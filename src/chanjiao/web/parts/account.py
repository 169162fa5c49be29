"""How sign-in behaves: closed sign-up, lockout by name in any letter case, secrets at rest."""

import base64
from typing import Any, ClassVar

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.http import HttpRequest

_WAIT = "验证码连续有误，请 5 分钟后再试。"


class ClosedSignup(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are by invitation: the public sign-up is closed."""

    error_messages: ClassVar[dict[str, Any]] = DefaultAccountAdapter.error_messages | {
        "account_inactive": "账号已停用，请联系管理员。",
        "enter_current_password": "请输入现在的密码。",
        "incorrect_code": "验证码不正确。",
        "incorrect_password": "密码不正确。",
        "invalid_login": "登录名或密码不正确。",
        "username_password_mismatch": "登录名或密码不正确。",
        "too_many_login_attempts": _WAIT,
        "rate_limited": _WAIT,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Passwords are django-axes' business; allauth's limit is left to second-factor codes."""

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not within five minutes of a sign-in: who just typed the password is not asked again."""
        records = get_authentication_records(context.request, context.request.user)
        latest = max((record["at"] for record in records), default=0)
        return bool(context.request.at.timestamp() - latest > app_settings.REAUTHENTICATION_TIMEOUT)


class SecondFactor(DefaultMFAAdapter):  # type: ignore[misc]
    """Second-factor secrets lie encrypted in the database; a copy of it lets nobody in."""

    error_messages: ClassVar[dict[str, Any]] = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "验证码不正确。请核对手机时间，输入最新的一个。",
        "cannot_delete_authenticator": "现在不能停用二次验证。",
        "cannot_generate_recovery_codes": "请先启用二次验证，再生成恢复码。",
    }

    def encrypt(self, text: str) -> str:
        return _cipher(settings.SECRET_KEY).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher(settings.SECRET_KEY).decrypt(encrypted_text.encode()).decode()


def claimed_username(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The name an attempt claims, in one letter case: sign-in ignores case, so must the lockout.

    By way of capitals, as the database compares: ſ and ı are other spellings of s and i there.
    """
    given = credentials.get("username") if credentials else request.POST.get("login")
    return str(given or "").strip().upper().lower()


def _cipher(secret: str) -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"chanjiao second factor")
    return Fernet(base64.urlsafe_b64encode(key.derive(secret.encode())))
