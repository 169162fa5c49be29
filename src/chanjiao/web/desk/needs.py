"""The secretariat's view of all members' lists: review, publish, chase, close."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path

from chanjiao.kernel import clock
from chanjiao.needs import actions, rules
from chanjiao.needs.checks import warnings
from chanjiao.needs.kinds import KINDS, ListingKind
from chanjiao.needs.models import Listing
from chanjiao.needs.queries import visible_to
from chanjiao.people.models import User
from chanjiao.people.queries import people_of
from chanjiao.reference.queries import book
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.listing_forms import AssignForm, ReturnForm
from chanjiao.web.parts.listings import Button, address, facts, history, listing_page
from chanjiao.web.parts.lists import BulkAction, ListAction, picked
from chanjiao.web.parts.page import Answer, PageRequest, page

_DONE = {
    "publish": (actions.publish_listing, "已发布。"),
    "match": (actions.mark_matched, "已标记为已匹配。"),
    "submit": (actions.submit_listing, "已重新提交审核。"),
}
_EXPLAINED = {
    "close": (actions.close_listing, "已关闭。"),
    "reopen": (actions.reopen_listing, "已重新开放。"),
}


def _rows(request: PageRequest, kind: ListingKind) -> Any:
    rows = visible_to(kind.model, request.actor, on=clock.day_of(request.at))
    return rows.filter(consortium=request.consortium)


def _row(request: PageRequest, kind: ListingKind, pk: int) -> Listing:
    row: Listing = get_object_or_404(_rows(request, kind), pk=pk)
    return row


@page("desk")
def listing_list(request: PageRequest, kind: ListingKind) -> HttpResponseBase:
    rows = _rows(request, kind)
    shown = listing_page(
        kind, "desk", rows, known=book(), at=request.at,
        actions=[ListAction("导入与模板", f"desk:{kind.stem}_import")],
        bulk=[BulkAction("发布所选", f"desk:{kind.stem}_publish_many", "发布所选条目？")],
    )  # fmt: skip
    return shown.respond(request, rows)


@page("desk", template="needs/detail.html")
def listing_detail(request: PageRequest, kind: ListingKind, pk: int) -> Answer:
    return _detail(request, kind, _row(request, kind, pk))


def _detail(
    request: PageRequest, kind: ListingKind, row: Listing, form: AssignForm | None = None
) -> dict[str, Any]:
    known = book()
    return {
        "title": row.title,
        "crumbs": [(kind.label, address("desk", kind, "list"))],
        "kind": kind,
        "row": row,
        "facts": facts(kind, row, known),
        "warnings": warnings(kind, vars(row)),
        "buttons": _buttons(request, kind, row),
        "events": history(kind, row, known),
        "insider": True,
        "assign": form or _assign_form(request, row, None),
        "assign_url": address("desk", kind, "assign", row.pk),
        "assign_verdict": rules.may_assign(request.actor, row),
        "slips": "",
    }


def _buttons(request: PageRequest, kind: ListingKind, row: Listing) -> list[Button]:
    actor = request.actor

    def to(name: str) -> str:
        return address("desk", kind, name, row.pk)

    found = [
        Button("发布", to("publish"), rules.may_publish(actor, row), "primary"),
        Button("退回修改", to("return"), rules.may_return(actor, row), leads=True),
        Button("标记已匹配", to("match"), rules.may_mark_matched(actor, row)),
        Button("重新开放", to("reopen"), rules.may_reopen(actor, row), note="重新开放的原因"),
        Button("关闭", to("close"), rules.may_close(actor, row), "outline-danger", note="关闭原因"),
    ]
    if row.entered_by_office:
        found.insert(0, Button("重新提交", to("submit"), rules.may_submit(actor, row)))
    return found


def _assign_form(request: PageRequest, row: Listing, data: Any) -> AssignForm:
    on = clock.day_of(request.at)
    people = people_of(row.unit, on) | people_of(request.consortium.secretariat, on)
    initial = {"owner": row.owner_id, "answer_due_on": row.answer_due_on}
    return AssignForm(people.order_by("name", "pk").distinct(), data, initial=initial)


@page("desk", writes=True, template="needs/detail.html")
def listing_assign(request: PageRequest, kind: ListingKind, pk: int) -> Answer:
    row = _row(request, kind, pk)
    form = _assign_form(request, row, request.POST or None)

    def act() -> Listing:
        owner: User | None = form.cleaned_data["owner"]
        due = form.cleaned_data["answer_due_on"]
        return actions.assign_owner(row, owner, due, by=request.actor, at=request.at)

    done = submit(request, form, act, then=address("desk", kind, "detail", pk), said="已指定。")
    return done or _detail(request, kind, row, form)


@page("desk", writes=True, template="needs/return.html")
def listing_return(request: PageRequest, kind: ListingKind, pk: int) -> Answer:
    """Each field with its value and a place for what is wrong with it."""
    row = _row(request, kind, pk)
    form = ReturnForm(kind, request.POST or None)
    done = submit(
        request, form,
        lambda: actions.return_listing(row, form.reasons(), by=request.actor, at=request.at),
        then=address("desk", kind, "detail", pk), said="已退回，单位会收到通知。",
    )  # fmt: skip
    return done or {
        "title": f"退回：{row.title}",
        "crumbs": [
            (kind.label, address("desk", kind, "list")),
            (row.title, address("desk", kind, "detail", pk)),
        ],
        "row": row,
        "form": form,
        "verdict": rules.may_return(request.actor, row),
        "lines": [(fact, form[fact.key]) for fact in facts(kind, row, book())],
        "cancel": address("desk", kind, "detail", pk),
    }


@page("desk", writes=True)
def listing_act(request: PageRequest, kind: ListingKind, pk: int, verb: str) -> Answer:
    """Publish, mark as matched, or resubmit what the secretariat typed in."""
    act, said = _DONE[verb]
    row = _row(request, kind, pk)
    if request.method == "POST":
        act(row, by=request.actor, at=request.at)
        messages.success(request, said)
    return redirect(address("desk", kind, "detail", pk))


@page("desk", writes=True)
def listing_explain(request: PageRequest, kind: ListingKind, pk: int, verb: str) -> Answer:
    """Close or reopen, with the reason."""
    act, said = _EXPLAINED[verb]
    row = _row(request, kind, pk)
    if request.method == "POST":
        act(row, request.POST.get("reason", ""), by=request.actor, at=request.at)
        messages.success(request, said)
    return redirect(address("desk", kind, "detail", pk))


@page("desk", writes=True)
def listing_publish_many(request: PageRequest, kind: ListingKind) -> Answer:
    if request.method == "POST":
        rows = picked(request, _rows(request, kind))
        done = actions.publish_listings(rows, by=request.actor, at=request.at)
        messages.success(request, f"已发布 {len(done)} 条。")
    return redirect(address("desk", kind, "list"))


def urls() -> list[URLPattern]:
    """Addresses of the six lists, alike for each."""
    found: list[URLPattern] = []
    for kind in KINDS:
        base, named = f"lists/{kind.slug}/", {"kind": kind}
        one = f"{base}<int:pk>/"
        found += [
            path(base, listing_list, named, name=f"{kind.stem}_list"),
            path(f"{base}publish/", listing_publish_many, named, name=f"{kind.stem}_publish_many"),
            path(one, listing_detail, named, name=f"{kind.stem}_detail"),
            path(f"{one}return/", listing_return, named, name=f"{kind.stem}_return"),
            path(f"{one}assign/", listing_assign, named, name=f"{kind.stem}_assign"),
        ]
        for verbs, view in ((_DONE, listing_act), (_EXPLAINED, listing_explain)):
            found += [
                path(f"{one}{verb}/", view, named | {"verb": verb}, name=f"{kind.stem}_{verb}")
                for verb in verbs
            ]
    return found
