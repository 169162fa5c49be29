"""Opening an account from an invitation link, or taking the invitation up with one's account."""

from typing import Any

from django import forms
from django.db import transaction
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters

from chanjiao.needs.enrolment import claim_student
from chanjiao.people.actions import accept_invitation, accept_invitation_as
from chanjiao.people.models import Invitation
from chanjiao.people.queries import open_invitation
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.page import Answer, PageRequest, page


class AccountForm(forms.Form):
    """A sign-in name and a password, typed twice."""

    username = forms.CharField(
        label="登录名", max_length=64, help_text="3 个以上字母或数字，可含 . _ - @；以后用它登录，不区分大小写。",
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )  # fmt: skip
    password = forms.CharField(
        label="密码", strip=False, help_text="至少 10 位，不能全是数字，不要用常见密码。",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip
    again = forms.CharField(
        label="再次输入密码", strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if "password" in values and values.get("again") != values["password"]:
            self.add_error("again", "两次输入的密码不一致。")
        return values


@sensitive_post_parameters("password", "again")
@page("portal", writes=True, template="account/invitation.html")
def accept(request: PageRequest, token: str) -> Answer:
    """Strangers open an account; whoever is signed in takes the invitation up with their own."""
    invitation = open_invitation(token, request.at)
    if invitation is None:
        return render(request, "account/invitation_gone.html", status=410)
    if request.user.is_authenticated:
        form: forms.Form = forms.Form(request.POST if request.method == "POST" else None)
        said, goal = "已接受邀请。", "home"
    else:
        form = AccountForm(request.POST or None)
        said, goal = "账号已开通，请登录。", "account_login"
    done = submit(
        request, form, lambda: _take_up(request, invitation, token, form.cleaned_data),
        then=goal, said=said,
    )  # fmt: skip
    return done or {"invitation": invitation, "form": form}


def _take_up(
    request: PageRequest, invitation: Invitation, token: str, typed: dict[str, Any]
) -> None:
    """The account, and for a student the record that waits for it: both or neither."""
    with transaction.atomic():
        if request.user.is_authenticated:
            accept_invitation_as(token, by=request.actor, at=request.at)
            user = request.user
        else:
            user = accept_invitation(
                token, username=typed["username"], password=typed["password"], at=request.at
            )
        invitation.refresh_from_db()
        claim_student(invitation, user, at=request.at)
