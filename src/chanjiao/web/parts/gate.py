"""What every request passes: the idle clock, the second factor of staff, and who asks."""

from collections.abc import Callable
from typing import Any, cast

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from chanjiao.kernel import clock
from chanjiao.people.access import Actor, actor_of

_SEEN = "seen_at"
# What a person without the demanded second factor may still open: setting it up, and leaving.
_OPEN_TO_UNENROLLED = (
    "/account/mfa/", "/account/reauthenticate/", "/account/login/", "/account/logout/",
    "/account/password/", "/account/invitation/", "/static/",
)  # fmt: skip


class GateMiddleware:
    """Sets `request.at` and `request.actor` (None for strangers); ends idle sessions."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        at = clock.now()
        page = cast(Any, request)
        page.at = at
        page.actor = None
        if request.user.is_authenticated:
            if self._idle(request, int(at.timestamp())):
                logout(request)
                messages.info(request, f"已 {settings.IDLE_MINUTES} 分钟没有操作，请重新登录。")
                return self._to_login(request)
            page.actor = actor_of(request.user, clock.day_of(at))
            if self._lacks_second_factor(request, page.actor):
                return self._to_enrolment(request)
        return self.get_response(request)

    def _idle(self, request: HttpRequest, now: int) -> bool:
        """Whether the session slept too long; notes the time at most once a minute."""
        seen = request.session.get(_SEEN, now)
        if now - seen > settings.IDLE_MINUTES * 60:
            return True
        if now - seen >= 60 or _SEEN not in request.session:
            request.session[_SEEN] = now
        return False

    def _to_login(self, request: HttpRequest) -> HttpResponse:
        answer = redirect("account_login")
        if request.headers.get("HX-Request"):
            answer["HX-Redirect"] = answer.url
            answer.status_code = 200
        return answer

    def _to_enrolment(self, request: HttpRequest) -> HttpResponse:
        text = "您的岗位须启用二次验证，请先完成设置。"
        if text not in {str(message) for message in messages.get_messages(request)}:
            messages.warning(request, text)
        return redirect("mfa_activate_totp")

    def _lacks_second_factor(self, request: HttpRequest, actor: Actor) -> bool:
        if not settings.SECOND_FACTOR_REQUIRED or request.path.startswith(_OPEN_TO_UNENROLLED):
            return False
        if not needs_second_factor(actor):
            return False
        return not Authenticator.objects.filter(
            user=actor.user, type=Authenticator.Type.TOTP
        ).exists()


def needs_second_factor(actor: Actor) -> bool:
    """Staff: whoever acts for a unit or holds a duty. Students need none."""
    return bool(actor.roles or actor.user.duty)
