"""The start page of the three duties; accounts and lock-outs for the security administrator."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.members.models import Consortium
from chanjiao.people import actions, rules
from chanjiao.people.enums import Duty
from chanjiao.people.forms import SwitchForm
from chanjiao.people.models import Unit, User
from chanjiao.people.queries import lockouts, users_visible_to
from chanjiao.trail.models import Entry
from chanjiao.web.parts import members as shared
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.lists import BooleanFilter, ChoiceFilter, ListColumn, ListPage
from chanjiao.web.parts.page import Answer, PageRequest, page

USERS = ListPage(
    key="operator.users",
    title="账号",
    columns=(
        ListColumn("name", "姓名", sort="name"),
        ListColumn("username", "登录名", sort="username"),
        ListColumn("duty", "系统职责", lambda row: row.get_duty_display(), sort="duty"),
        ListColumn("is_active", "启用", kind="boolean", sort="is_active"),
        ListColumn("created_at", "建立时间", kind="moment", sort="created_at"),
        ListColumn("last_login", "最近登录", kind="moment", sort="last_login"),
    ),
    search=("name", "username"),
    search_hint="搜索姓名或登录名",
    filters=(
        ChoiceFilter(
            key="duty", title="系统职责", choices=[(d.value, d.label) for d in Duty if d.value]
        ),
        BooleanFilter(key="active", title="启用", field="is_active", yes="启用", no="已停用"),
    ),
    link="operator:user_detail",
    empty="没有符合条件的账号。",
)  # fmt: skip


@page("operator", template="operator/home.html")
def home(request: PageRequest) -> Answer:
    """What each duty looks after, in figures."""
    actor = request.actor
    context: dict[str, Any] = {"title": actor.user.get_duty_display(), "actor": actor}
    if actor.is_operator:
        context["figures"] = [
            ("联合体", Consortium.objects.count(), "个", reverse("operator:consortium_list")),
            ("单位", Unit.objects.filter(merged_into__isnull=True).count(), "个",
             reverse("operator:unit_list")),
        ]  # fmt: skip
    elif actor.is_security:
        context["figures"] = [
            ("账号", User.objects.count(), "个", reverse("operator:user_list")),
            ("当前锁定", lockouts(request.at).count(), "个", reverse("operator:lockout_list")),
        ]
    else:
        context["figures"] = [("留痕", Entry.objects.count(), "条", reverse("operator:trail_list"))]
    return context


@page("operator")
def user_list(request: PageRequest) -> HttpResponseBase:
    """All accounts for the security administrator; for the operator those with a duty."""
    intro = (
        "停用的账号不能登录，其任职和历史记录保留。"
        if request.actor.is_security
        else "有系统职责的账号。新账号在服务器上用命令 chanjiao operator create 建立。"
    )
    return USERS.respond(request, _users(request).order_by("username"), intro=intro)


@page("operator", template="operator/user.html")
def user_detail(request: PageRequest, pk: int) -> Answer:
    user = get_object_or_404(_users(request), pk=pk)
    return {
        "title": user.name,
        "crumbs": [("账号", reverse("operator:user_list"))],
        "user_row": user,
        "may_deactivate": rules.may_deactivate(request.actor, user),
        "may_reactivate": rules.may_reactivate(request.actor, user),
        "history": shared.history(user),
    }


_SWITCHES: dict[str, tuple[Callable[..., User], str]] = {
    "deactivate": (actions.deactivate_user, "停用"),
    "reactivate": (actions.reactivate_user, "启用"),
}


@page("operator", writes=True, template="parts/form_page.html")
def user_switch(request: PageRequest, pk: int) -> Answer:
    """Deactivate an active account, or reactivate the other, with the reason."""
    user = get_object_or_404(_users(request), pk=pk)
    place = reverse("operator:user_detail", args=[pk])
    offered = "deactivate" if user.is_active else "reactivate"
    form = SwitchForm(request.POST or None, initial={"act": offered})
    asked = request.POST.get("act", offered)
    act, word = _SWITCHES.get(asked, _SWITCHES[offered])
    done = submit(
        request, form,
        lambda: act(user, reason=form.cleaned_data["reason"], by=request.actor, at=request.at),
        then=place, said=f"已{word}。",
    )  # fmt: skip
    return done or {
        "title": f"{word}账号“{user.username}”", "form": form, "cancel": place, "label": word,
        "crumbs": [(user.name, place)],
    }  # fmt: skip


@page("operator", template="operator/lockouts.html")
def lockout_list(request: PageRequest) -> Answer:
    """Who may not try to sign in just now."""
    if not (request.actor.is_security or request.actor.is_operator):
        raise Http404
    attempts = list(lockouts(request.at)[:200])
    names = {a.username for a in attempts}  # axes has them in small letters
    accounts = User.objects.annotate(counted_as=Lower("username")).filter(counted_as__in=names)
    known = {account.username.lower(): account for account in accounts}
    return {
        "title": "登录锁定",
        "lines": [{"attempt": a, "account": known.get(a.username)} for a in attempts],
        "may_unlock": rules.may_manage_accounts(request.actor),
    }


@page("operator", writes=True)
def user_unlock(request: PageRequest, pk: int) -> HttpResponseBase:
    user = get_object_or_404(_users(request), pk=pk)
    if request.method == "POST":
        actions.unlock_user(user, by=request.actor, at=request.at)
        messages.success(request, f"已解除“{user.username}”的登录锁定。")
    return redirect("operator:lockout_list")


def _users(request: PageRequest) -> QuerySet[User]:
    if not (request.actor.is_security or request.actor.is_operator):
        raise Http404
    return users_visible_to(request.actor)


def urls() -> list[URLPattern]:
    views: list[tuple[str, Any, str]] = [
        ("", home, "home"),
        ("users/", user_list, "user_list"),
        ("users/<int:pk>/", user_detail, "user_detail"),
        ("users/<int:pk>/switch/", user_switch, "user_switch"),
        ("users/<int:pk>/unlock/", user_unlock, "user_unlock"),
        ("lockouts/", lockout_list, "lockout_list"),
    ]
    return [path(address, view, name=name) for address, view, name in views]
