"""The operator's pages of authorities: whom consortia report to, and who may act for them."""

from typing import Any

from django import forms
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.clock import day_of
from chanjiao.members import authorities
from chanjiao.members.enums import AuthorityLevel
from chanjiao.members.models import Authority
from chanjiao.people.checks import UnitFacts
from chanjiao.people.enums import UnitKind
from chanjiao.people.queries import lasting_administrators, open_invitations
from chanjiao.web.parts import members as shared
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.lists import ChoiceFilter, ListColumn, ListPage
from chanjiao.web.parts.page import Answer, PageRequest, Primary, page

FORM = "parts/form_page.html"

AUTHORITIES = ListPage(
    key="operator.authorities",
    title="主管部门",
    columns=(
        ListColumn("name", "名称", "unit.name", sort="unit__name"),
        ListColumn("level", "级别", lambda row: row.get_level_display(), sort="level"),
        ListColumn("division_code", "行政区划代码", sort="division_code"),
        ListColumn("created_at", "登记时间", kind="moment", sort="created_at"),
    ),
    search=("unit__name", "unit__short_name"),
    filters=(ChoiceFilter(key="level", title="级别", choices=AuthorityLevel.choices),),
    link="operator:authority_detail",
    empty="还没有主管部门。登记后，其人员可以接收并核验各联合体的证据包。",
)  # fmt: skip


class PersonForm(forms.Form):
    """Who will act for the authority."""

    person = forms.CharField(label="管理员姓名", max_length=100)
    email = forms.EmailField(
        label="电子邮箱", required=False, help_text="只作记录；链接请自行转交。"
    )


class AuthorityForm(PersonForm):
    """The unit, its level, and its first administrator."""

    name = forms.CharField(label="单位名称", max_length=120)
    short_name = forms.CharField(label="简称", max_length=40, required=False)
    credit_code = forms.CharField(
        label="统一社会信用代码", max_length=40, help_text="已登记过的单位按代码找到，资料不改动。"
    )
    level = forms.ChoiceField(label="级别", choices=AuthorityLevel.choices)
    division_code = forms.CharField(
        label="行政区划代码", max_length=10, help_text="6 位，如辽宁省 210000、大连市 210200。"
    )
    field_order = ("name", "short_name", "credit_code", "level", "division_code", "person", "email")

    def facts(self) -> UnitFacts:
        typed = self.cleaned_data
        return UnitFacts(
            kind=UnitKind.GOVERNMENT, name=typed["name"], short_name=typed["short_name"],
            credit_code=typed["credit_code"],
        )  # fmt: skip


@page("operator")
def authority_list(request: PageRequest) -> HttpResponseBase:
    _operator_only(request)
    verdict = authorities.may_register_authority(request.actor)
    primary = Primary("登记主管部门", reverse("operator:authority_create"), verdict)
    return AUTHORITIES.respond(request, authorities.visible_to(request.actor), primary=primary)


@page("operator", writes=True, template=FORM)
def authority_create(request: PageRequest) -> Answer:
    """The authority, and the link for its first administrator, shown once."""
    _operator_only(request)
    home = reverse("operator:authority_list")
    form = AuthorityForm(request.POST or None)
    made: list[authorities.Appointed] = []

    def act() -> None:
        typed = {k: form.cleaned_data[k] for k in ("level", "division_code", "person", "email")}
        made.append(
            authorities.register_authority(form.facts(), **typed, by=request.actor, at=request.at)
        )

    if submit(request, form, act, then=home) is None:
        return {
            "title": "登记主管部门", "form": form, "cancel": home, "label": "登记",
            "crumbs": [("主管部门", home)],
            "intro": "登记后会生成该部门管理员的邀请链接，只显示一次。主管部门只能看到交给它的证据包。",
        }  # fmt: skip
    return _shown_once(request, made[0])


@page("operator", template="operator/authority.html")
def authority_detail(request: PageRequest, pk: int) -> Answer:
    authority = _authority(request, pk)
    unit = authority.unit
    return {
        "title": unit.name,
        "crumbs": [("主管部门", reverse("operator:authority_list"))],
        "authority": authority,
        "has_administrator": lasting_administrators(unit, day_of(request.at)).exists(),
        "waiting": open_invitations(request.at).filter(unit=unit).order_by("-expires_at"),
        "history": shared.history(authority, unit),
    }


@page("operator", writes=True, template=FORM)
def authority_invite(request: PageRequest, pk: int) -> Answer:
    """Another administrator, when the first link was lost."""
    authority = _authority(request, pk)
    home = reverse("operator:authority_detail", args=[pk])
    form = PersonForm(request.POST or None)
    made: list[authorities.Appointed] = []

    def act() -> None:
        made.append(
            authorities.invite_to_authority(
                authority, **form.cleaned_data, by=request.actor, at=request.at
            )
        )

    if submit(request, form, act, then=home) is None:
        return {
            "title": "邀请主管部门人员", "form": form, "cancel": home, "label": "生成邀请链接",
            "crumbs": [("主管部门", reverse("operator:authority_list")), (authority.unit.called, home)],
        }  # fmt: skip
    return _shown_once(request, made[0])


def _shown_once(request: PageRequest, made: authorities.Appointed) -> HttpResponseBase:
    place = reverse("operator:authority_detail", args=[made.authority.pk])
    return shared.shown_once(request, made.invitation, made.token, place)


def _operator_only(request: PageRequest) -> None:
    if not request.actor.is_operator:
        raise Http404


def _authority(request: PageRequest, pk: int) -> Authority:
    _operator_only(request)
    found: Authority = get_object_or_404(authorities.visible_to(request.actor), pk=pk)
    return found


def urls() -> list[URLPattern]:
    views: list[tuple[str, Any, str]] = [
        ("authorities/", authority_list, "authority_list"),
        ("authorities/new/", authority_create, "authority_create"),
        ("authorities/<int:pk>/", authority_detail, "authority_detail"),
        ("authorities/<int:pk>/invite/", authority_invite, "authority_invite"),
    ]
    return [path(address, view, name=name) for address, view, name in views]
