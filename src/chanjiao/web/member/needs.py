"""A member's own lists: write, submit, keep fresh; and what other members have on show."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.kernel import clock
from chanjiao.kernel.period import Quarter
from chanjiao.kernel.verdict import Conflict
from chanjiao.needs import actions, rules
from chanjiao.needs.checks import warnings
from chanjiao.needs.enums import ON_SHOW
from chanjiao.needs.kinds import COHORTS, KINDS, ListingKind
from chanjiao.needs.models import Listing
from chanjiao.needs.queries import on_show, visible_to
from chanjiao.reference.queries import book
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.listing_forms import ListingForm, form_of
from chanjiao.web.parts.listings import (
    Button,
    address,
    changes_since,
    facts,
    history,
    listing_page,
)
from chanjiao.web.parts.lists import BulkAction, ListAction, picked
from chanjiao.web.parts.page import Answer, PageRequest, Primary, page
from chanjiao.web.parts.typed import whole

_DONE = {
    "submit": (actions.submit_listing, "已提交，等待秘书处审核。"),
    "withdraw": (actions.withdraw_listing, "已撤回为草稿。"),
    "confirm": (actions.confirm_listing, "已记录核实。"),
}


def _visible(request: PageRequest, kind: ListingKind) -> Any:
    rows = visible_to(kind.model, request.actor, on=clock.day_of(request.at))
    return rows.filter(consortium=request.consortium)


def _own(request: PageRequest, kind: ListingKind) -> Any:
    return _visible(request, kind).filter(unit=request.unit)


def _own_row(request: PageRequest, kind: ListingKind, pk: int) -> Listing:
    row: Listing = get_object_or_404(_own(request, kind), pk=pk)
    return row


@page("member")
def listing_list(request: PageRequest, kind: ListingKind) -> HttpResponseBase:
    """Own rows; a unit that has no such list sees what the others show."""
    if not kind.open_to(request.unit.kind):
        return _shared(request, kind, [])
    rows = _own(request, kind)
    shown = listing_page(
        kind, "member", rows, known=book(), at=request.at,
        actions=[
            ListAction("导入与模板", f"member:{kind.stem}_import"),
            ListAction("结转", f"member:{kind.stem}_carry"),
            ListAction("其他成员", f"member:{kind.stem}_shared"),
        ],
        bulk=[BulkAction("提交所选", f"member:{kind.stem}_submit_many", "把所选草稿提交秘书处审核？")],
    )  # fmt: skip
    verdict = rules.may_list(
        request.actor, kind, request.consortium, request.unit, on=clock.day_of(request.at)
    )
    primary = Primary(f"新增{kind.noun}", address("member", kind, "new"), verdict)
    return shown.respond(request, rows, primary=primary)


@page("member")
def listing_shared(request: PageRequest, kind: ListingKind) -> HttpResponseBase:
    own = ListAction(f"本单位{kind.noun}", f"member:{kind.stem}_list")
    return _shared(request, kind, [own] if kind.open_to(request.unit.kind) else [])


def _shared(request: PageRequest, kind: ListingKind, links: list[ListAction]) -> HttpResponseBase:
    rows = on_show(_visible(request, kind)).exclude(unit=request.unit)
    shown = listing_page(
        kind, "member", rows, known=book(), at=request.at, shared=True, actions=links
    )
    return shown.respond(request, rows)


@page("member", template="needs/detail.html")
def listing_detail(request: PageRequest, kind: ListingKind, pk: int) -> Answer:
    row = get_object_or_404(_visible(request, kind), pk=pk)
    known, own = book(), row.unit_id == request.unit.pk
    back = "list" if own else "shared"
    return {
        "title": row.title,
        "crumbs": [(kind.label, address("member", kind, back))],
        "kind": kind,
        "row": row,
        "facts": facts(kind, row, known),
        "warnings": warnings(kind, vars(row)) if own else [],
        "buttons": _buttons(request, kind, row) if own else [],
        "events": history(kind, row, known) if own else [],
        "insider": own,
        "assign": None,
        "slips": _slips(request, kind, row),
    }


def _buttons(request: PageRequest, kind: ListingKind, row: Listing) -> list[Button]:
    actor = request.actor

    def to(name: str) -> str:
        return address("member", kind, name, row.pk)

    return [
        Button("修改", to("edit"), rules.may_edit(actor, row), leads=True),
        Button("提交审核", to("submit"), rules.may_submit(actor, row), "primary"),
        Button("撤回", to("withdraw"), rules.may_withdraw(actor, row)),
        Button("核实仍然有效", to("confirm"), rules.may_confirm(actor, row)),
        Button("关闭", to("close"), rules.may_close(actor, row), "outline-danger", note="关闭原因"),
        Button(
            "删除草稿", to("delete"), rules.may_delete(actor, row), "outline-danger",
            ask="删除后不能恢复，确定删除？",
        ),
    ]  # fmt: skip


def _slips(request: PageRequest, kind: ListingKind, row: Any) -> str:
    """Where the invitation slips of a cohort of one's own come from."""
    if kind is not COHORTS or not rules.may_see_students(request.actor, row):
        return ""
    return reverse("member:student_slips", args=[row.pk])


@page("member", writes=True, template="needs/form.html")
def listing_new(request: PageRequest, kind: ListingKind) -> Answer:
    on = clock.day_of(request.at)
    form = form_of(
        kind, request.POST or None, known=book(), on=on, division=request.consortium.division_code
    )
    done = submit(
        request, form,
        lambda: actions.create_listing(
            kind, form.values(), consortium=request.consortium, unit=request.unit,
            by=request.actor, at=request.at,
        ),
        then=lambda row: address("member", kind, "detail", row.pk), said="已存为草稿，核对后请提交审核。",
    )  # fmt: skip
    return done or _form_context(kind, form, f"新增{kind.noun}")


@page("member", writes=True, template="needs/form.html")
def listing_edit(request: PageRequest, kind: ListingKind, pk: int) -> Answer:
    """Edit; when somebody was faster, what was typed stays and the difference is shown."""
    row, known = _own_row(request, kind, pk), book()
    form = form_of(
        kind, request.POST or None, known=known, on=clock.day_of(request.at), row=row,
        division=request.consortium.division_code,
    )  # fmt: skip
    lost: list[Conflict] = []

    def act() -> Listing:
        revision = whole(request.POST.get("revision", ""))
        try:
            return actions.update_listing(
                row, form.values(), revision=revision, by=request.actor, at=request.at
            )
        except Conflict as conflict:
            lost.append(conflict)
            raise

    done = submit(
        request, form, act, then=address("member", kind, "detail", row.pk), said="已保存。"
    )
    if done:
        return done
    row.refresh_from_db()
    context = _form_context(kind, form, f"修改{kind.noun}", row)
    if lost:
        context["differences"] = changes_since(kind, row, form.values(), known)
    if request.method == "POST" and not lost:
        context["revision"] = request.POST.get("revision", "")
    return context


def _form_context(
    kind: ListingKind, form: ListingForm, title: str, row: Listing | None = None
) -> dict[str, Any]:
    back = address("member", kind, "detail", row.pk) if row else address("member", kind, "list")
    return {
        "title": title,
        "crumbs": [(kind.label, address("member", kind, "list"))],
        "form": form,
        "kind": kind,
        "cancel": back,
        "revision": row.revision if row else "",
        "differences": [],
        "whole_reason": row.returned_reasons.get("", "") if row else "",
    }


@page("member", writes=True)
def listing_act(request: PageRequest, kind: ListingKind, pk: int, verb: str) -> Answer:
    """Submit, withdraw or confirm."""
    act, said = _DONE[verb]
    row = _own_row(request, kind, pk)
    if request.method == "POST":
        act(row, by=request.actor, at=request.at)
        messages.success(request, said)
    return redirect(address("member", kind, "detail", pk))


@page("member", writes=True)
def listing_close(request: PageRequest, kind: ListingKind, pk: int) -> Answer:
    row = _own_row(request, kind, pk)
    if request.method == "POST":
        reason = request.POST.get("reason", "")
        actions.close_listing(row, reason, by=request.actor, at=request.at)
        messages.success(request, "已关闭。")
    return redirect(address("member", kind, "detail", pk))


@page("member", writes=True)
def listing_delete(request: PageRequest, kind: ListingKind, pk: int) -> Answer:
    row = _own_row(request, kind, pk)
    if request.method != "POST":
        return redirect(address("member", kind, "detail", pk))
    actions.delete_listing(row, by=request.actor, at=request.at)
    messages.success(request, "草稿已删除。")
    return redirect(address("member", kind, "list"))


@page("member", writes=True)
def listing_submit_many(request: PageRequest, kind: ListingKind) -> Answer:
    if request.method == "POST":
        rows = picked(request, _own(request, kind))
        done = actions.submit_listings(rows, by=request.actor, at=request.at)
        messages.success(request, f"已提交 {len(done)} 条。")
    return redirect(address("member", kind, "list"))


class CarryForm(forms.Form):
    """From which quarter to which."""

    def __init__(self, sources: list[str], targets: list[Quarter], *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["source"] = forms.ChoiceField(
            label="由季度", choices=[(q, Quarter.parse(q).label) for q in sources]
        )
        self.fields["target"] = forms.ChoiceField(
            label="结转到", choices=[(str(q), q.label) for q in targets]
        )


@page("member", writes=True, template="parts/form_page.html")
def listing_carry(request: PageRequest, kind: ListingKind) -> Answer:
    """All published rows of a quarter copied as drafts of a later one."""
    rows = _own(request, kind).filter(state__in=ON_SHOW)
    now = Quarter.of(clock.day_of(request.at))
    sources = list(rows.order_by("-quarter").values_list("quarter", flat=True).distinct())
    form = CarryForm(sources, [now, now.next()], request.POST or None)
    done = submit(
        request, form,
        lambda: actions.carry_forward(
            rows.filter(quarter=form.cleaned_data["source"]), form.cleaned_data["target"],
            by=request.actor, at=request.at,
        ),
        then=address("member", kind, "list"), said="已结转为草稿，请逐条核对后提交。",
    )  # fmt: skip
    return done or {
        "title": f"结转{kind.label}",
        "crumbs": [(kind.label, address("member", kind, "list"))],
        "form": form,
        "label": "结转",
        "intro": "把一个季度已发布的条目复制为另一季度的草稿；已结转过的不会重复。"
        if sources
        else "还没有已发布的条目可以结转。",
    }


def urls() -> list[URLPattern]:
    """Addresses of the six lists, alike for each."""
    found: list[URLPattern] = []
    for kind in KINDS:
        base, named = f"lists/{kind.slug}/", {"kind": kind}
        found += [
            path(base, listing_list, named, name=f"{kind.stem}_list"),
            path(f"{base}shared/", listing_shared, named, name=f"{kind.stem}_shared"),
            path(f"{base}new/", listing_new, named, name=f"{kind.stem}_new"),
            path(f"{base}carry/", listing_carry, named, name=f"{kind.stem}_carry"),
            path(f"{base}submit/", listing_submit_many, named, name=f"{kind.stem}_submit_many"),
            path(f"{base}<int:pk>/", listing_detail, named, name=f"{kind.stem}_detail"),
            path(f"{base}<int:pk>/edit/", listing_edit, named, name=f"{kind.stem}_edit"),
            path(f"{base}<int:pk>/close/", listing_close, named, name=f"{kind.stem}_close"),
            path(f"{base}<int:pk>/delete/", listing_delete, named, name=f"{kind.stem}_delete"),
        ]
        found += [
            path(
                f"{base}<int:pk>/{verb}/", listing_act, named | {"verb": verb},
                name=f"{kind.stem}_{verb}",
            )
            for verb in _DONE
        ]  # fmt: skip
    return found
