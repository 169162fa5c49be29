"""The operator's pages: consortia and units. No contacts, students or posts are shown here."""

from typing import Any

from django.db.models import Count, Q
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.clock import day_of
from chanjiao.members import actions, rules
from chanjiao.members.forms import ConsortiumForm, NewConsortiumForm
from chanjiao.members.models import Consortium
from chanjiao.members.queries import consortia_visible_to, merges_visible_to
from chanjiao.people.actions import invite
from chanjiao.people.enums import AppointmentRole, UnitKind
from chanjiao.people.forms import InviteForm, UnitEditForm, facts_of
from chanjiao.people.models import Invitation, Unit
from chanjiao.people.queries import (
    lasting_administrators,
    open_invitations,
    unit_with_credit_code,
    units_visible_to,
)
from chanjiao.people.rules import may_invite, may_update_unit
from chanjiao.web.parts import members as shared
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.lists import BooleanFilter, ChoiceFilter, ListColumn, ListPage
from chanjiao.web.parts.page import Answer, PageRequest, Primary, page
from chanjiao_engine.codes import normalise

FORM = "parts/form_page.html"

CONSORTIA = ListPage(
    key="operator.consortia",
    title="联合体",
    columns=(
        ListColumn("name", "名称", sort="name"),
        ListColumn("code", "代号", sort="code"),
        ListColumn("park", "依托园区", sort="park"),
        ListColumn("division_code", "行政区划代码", sort="division_code"),
        ListColumn("members", "在任成员", kind="number", unit="家", sort="members"),
        ListColumn("founded_on", "成立日期", kind="date", sort="founded_on"),
    ),
    search=("name", "short_name", "code", "park"),
    link="operator:consortium_detail",
    empty="还没有联合体。请先登记一个。",
)

UNITS = ListPage(
    key="operator.units",
    title="单位",
    columns=(
        ListColumn("name", "单位名称", sort="name"),
        ListColumn("kind", "类别", lambda row: row.get_kind_display(), sort="kind"),
        ListColumn("credit_code", "统一社会信用代码", sort="credit_code"),
        ListColumn("consortia", "所在联合体", kind="number", unit="个", sort="consortia"),
        ListColumn("created_at", "登记时间", kind="moment", sort="created_at"),
        ListColumn("merged_into", "已并入", "merged_into.name"),
    ),
    search=("name", "short_name", "credit_code"),
    filters=(
        ChoiceFilter(key="kind", title="类别", choices=UnitKind.choices),
        BooleanFilter(
            key="merged", title="状态", condition=Q(merged_into__isnull=False), yes="已并入",
            no="正常",
        ),
    ),
    link="operator:unit_detail",
    empty="还没有单位。单位由各联合体秘书处在加入成员时登记。",
)  # fmt: skip


@page("operator")
def consortium_list(request: PageRequest) -> HttpResponseBase:
    _operator_only(request)
    present = Count("memberships", filter=Q(memberships__left_on__isnull=True))
    rows = consortia_visible_to(request.actor).annotate(members=present)
    verdict = rules.may_create_consortium(request.actor)
    primary = Primary("登记联合体", reverse("operator:consortium_create"), verdict)
    return CONSORTIA.respond(request, rows, primary=primary)


@page("operator", writes=True, template=FORM)
def consortium_create(request: PageRequest) -> Answer:
    """The consortium, its office, and the link for the person who will run the office."""
    _operator_only(request)
    home = reverse("operator:consortium_list")
    form = NewConsortiumForm(request.POST or None)
    made: list[actions.Founded] = []

    def act() -> None:
        typed = form.cleaned_data
        made.append(
            actions.create_consortium(
                form.facts(), secretary=typed["secretary"], email=typed["email"],
                by=request.actor, at=request.at,
            )
        )  # fmt: skip

    if submit(request, form, act, then=home) is None:
        return {
            "title": "登记联合体", "form": form, "cancel": home, "label": "登记",
            "crumbs": [("联合体", home)],
            "intro": "登记后会生成秘书处负责人的邀请链接，只显示一次。",
        }  # fmt: skip
    founded = made[0]
    place = reverse("operator:consortium_detail", args=[founded.consortium.pk])
    return shared.shown_once(request, founded.invitation, founded.token, place)


@page("operator", template="operator/consortium.html")
def consortium_detail(request: PageRequest, pk: int) -> Answer:
    consortium = _consortium(request, pk)
    office = consortium.secretariat
    waiting = open_invitations(request.at).filter(unit=office)
    return {
        "title": consortium.name,
        "crumbs": [("联合体", reverse("operator:consortium_list"))],
        "consortium": consortium,
        "members": consortium.memberships.filter(left_on__isnull=True).count(),
        "has_secretary": lasting_administrators(office, day_of(request.at)).exists(),
        "waiting": waiting.order_by("-expires_at"),
        "may_invite": may_invite(request.actor, office, AppointmentRole.ADMINISTRATOR),
        "history": shared.history(consortium, office),
    }


@page("operator", writes=True, template=FORM)
def consortium_edit(request: PageRequest, pk: int) -> Answer:
    consortium = _consortium(request, pk)
    home = reverse("operator:consortium_detail", args=[pk])
    initial = {name: getattr(consortium, name) for name in ConsortiumForm.base_fields}
    form = ConsortiumForm(request.POST or None, initial=initial)
    form.fields["code"].disabled = True
    done = submit(
        request, form,
        lambda: actions.update_consortium(
            consortium, form.facts(), by=request.actor, at=request.at
        ),
        then=home, said="已保存。",
    )  # fmt: skip
    return done or {
        "title": "修改联合体资料", "form": form, "cancel": home,
        "crumbs": [(consortium.short_name, home)],
    }  # fmt: skip


@page("operator", writes=True, template=FORM)
def secretary_invite(request: PageRequest, pk: int) -> Answer:
    """Another administrator for a consortium's office, when the first link was lost."""
    consortium = _consortium(request, pk)
    home = reverse("operator:consortium_detail", args=[pk])
    form = InviteForm(request.POST or None, initial={"role": AppointmentRole.ADMINISTRATOR})
    made: list[tuple[Invitation, str]] = []

    def act() -> None:
        made.append(
            invite(consortium.secretariat, by=request.actor, at=request.at, **form.cleaned_data)
        )

    if submit(request, form, act, then=home) is None:
        return {
            "title": "邀请秘书处人员", "form": form, "cancel": home, "label": "生成邀请链接",
            "crumbs": [(consortium.short_name, home)],
        }  # fmt: skip
    return shared.shown_once(request, *made[0], home)


@page("operator")
def unit_list(request: PageRequest) -> HttpResponseBase:
    _operator_only(request)
    present = Count(
        "memberships__consortium", filter=Q(memberships__left_on__isnull=True), distinct=True
    )
    rows = units_visible_to(request.actor).select_related("merged_into").annotate(consortia=present)
    return UNITS.respond(request, rows)


@page("operator", template="operator/unit.html")
def unit_detail(request: PageRequest, pk: int) -> Answer:
    unit = _unit(request, pk)
    return {
        "title": unit.name,
        "crumbs": [("单位", reverse("operator:unit_list"))],
        "unit": unit,
        "memberships": unit.memberships.select_related("consortium").order_by("joined_on", "pk"),
        "has_administrator": lasting_administrators(unit, day_of(request.at)).exists(),
        "may_update": may_update_unit(request.actor, unit),
        "merges": merges_visible_to(request.actor).filter(Q(kept=unit) | Q(duplicate=unit)),
        "history": shared.history(unit),
    }


@page("operator", writes=True, template=FORM)
def unit_edit(request: PageRequest, pk: int) -> Answer:
    unit = _unit(request, pk)
    home = reverse("operator:unit_detail", args=[pk])
    form = UnitEditForm(request.POST or None, initial=facts_of(unit) | {"revision": unit.revision})
    done = submit(
        request, form,
        lambda: actions.update_unit(
            unit, form.facts(unit), revision=form.cleaned_data["revision"],
            by=request.actor, at=request.at,
        ),
        then=home, said="已保存。",
    )  # fmt: skip
    return done or {
        "title": "修改单位资料", "form": form, "cancel": home, "crumbs": [(unit.called, home)]
    }  # fmt: skip


@page("operator", writes=True, template="members/merge.html")
def unit_merge(request: PageRequest) -> Answer:
    """Of any two units; the duplicate by its number, or by the credit code typed on a unit's page."""
    _operator_only(request)
    rows = units_visible_to(request.actor)
    kept = shared.named_unit(request, "kept", rows)
    home = reverse("operator:unit_detail", args=[kept.pk])
    code = normalise(request.GET.get("code", ""))
    duplicate = (
        unit_with_credit_code(code) if code else shared.named_unit(request, "duplicate", rows)
    )
    if duplicate is None:
        return _no_such_code(request, code, home)
    return shared.merge(request, kept, duplicate, "operator:merge_detail", home)


@page("operator", writes=True, template="members/merged.html")
def merge_detail(request: PageRequest, pk: int) -> Answer:
    _operator_only(request)
    return shared.merged(request, pk, reverse("operator:unit_list"))


def _no_such_code(request: PageRequest, code: str, home: str) -> HttpResponse:
    context = {
        "title": "没有找到单位", "reason": f"没有信用代码为 {code} 的单位。", "problems": [], "back": home
    }  # fmt: skip
    return render(request, "refused.html", context, status=404)


def _operator_only(request: PageRequest) -> None:
    if not request.actor.is_operator:
        raise Http404


def _consortium(request: PageRequest, pk: int) -> Consortium:
    _operator_only(request)
    rows = consortia_visible_to(request.actor).select_related("secretariat")
    return get_object_or_404(rows, pk=pk)


def _unit(request: PageRequest, pk: int) -> Unit:
    _operator_only(request)
    return get_object_or_404(units_visible_to(request.actor).select_related("merged_into"), pk=pk)


def urls() -> list[URLPattern]:
    views: list[tuple[str, Any, str]] = [
        ("consortia/", consortium_list, "consortium_list"),
        ("consortia/new/", consortium_create, "consortium_create"),
        ("consortia/<int:pk>/", consortium_detail, "consortium_detail"),
        ("consortia/<int:pk>/edit/", consortium_edit, "consortium_edit"),
        ("consortia/<int:pk>/invite/", secretary_invite, "secretary_invite"),
        ("units/", unit_list, "unit_list"),
        ("units/merge/", unit_merge, "unit_merge"),
        ("units/merges/<int:pk>/", merge_detail, "merge_detail"),
        ("units/<int:pk>/", unit_detail, "unit_detail"),
        ("units/<int:pk>/edit/", unit_edit, "unit_edit"),
    ]
    return [path(address, view, name=name) for address, view, name in views]
