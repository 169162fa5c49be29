"""Addresses under /account/. allauth's own names are kept, so that its redirects work."""

from collections.abc import Callable
from typing import Any

from allauth.account import views as accounts
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from django.urls import path

from chanjiao.web.account import filters, imports, invitation, jobs, notices, switch
from chanjiao.web.account.signin import CodeAgainForm, CodeForm, FirstCodeForm, SignInForm
from chanjiao.web.parts.page import page


def _asked(view: Callable[..., Any]) -> Callable[..., Any]:
    """A page of allauth's for people who are signed in."""
    return page("account", writes=True)(view)


def _shown_once(view: Callable[..., Any]) -> Callable[..., Any]:
    """Recovery codes: allauth notes that they were shown."""
    return page("account", writes=True, notes_views=True)(view)


urlpatterns = [
    path("login/", page("portal", writes=True)(accounts.LoginView.as_view(form_class=SignInForm)), name="account_login"),
    path("logout/", page("portal", writes=True)(accounts.logout), name="account_logout"),
    path("inactive/", page("portal")(accounts.account_inactive), name="account_inactive"),
    path("reauthenticate/", _asked(accounts.reauthenticate), name="account_reauthenticate"),
    path("password/", _asked(accounts.password_change), name="account_change_password"),
    path("mfa/", _asked(mfa.index), name="mfa_index"),
    path("mfa/verify/", page("portal", writes=True)(mfa.AuthenticateView.as_view(form_class=CodeForm)), name="mfa_authenticate"),
    path("mfa/reauthenticate/", _asked(mfa.ReauthenticateView.as_view(form_class=CodeAgainForm)), name="mfa_reauthenticate"),
    path("mfa/totp/activate/", _asked(totp.ActivateTOTPView.as_view(form_class=FirstCodeForm)), name="mfa_activate_totp"),
    path("mfa/totp/deactivate/", _asked(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("mfa/codes/", _shown_once(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("mfa/codes/new/", _asked(codes.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("mfa/codes/download/", _shown_once(codes.download_recovery_codes), name="mfa_download_recovery_codes"),
    path("invitation/<str:token>/", invitation.accept, name="account_invitation"),
    path("switch/", switch.switch, name="account_switch"),
    path("filters/save/", filters.save, name="account_filter_save"),
    path("filters/<int:pk>/delete/", filters.delete, name="account_filter_delete"),
    path("notices/", notices.notices, name="account_notices"),
    path("notices/read/", notices.read_all, name="account_notices_read"),
    path("notices/<int:pk>/", notices.open_notice, name="account_notice"),
    path("jobs/", jobs.job_list, name="account_jobs"),
    path("jobs/<int:pk>/", jobs.job, name="account_job"),
    *imports.urls,
]  # fmt: skip
