"""The secretariat's commitments ledger: promised against delivered, who is behind, confirmation."""

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.council import commitment_actions, ledger, rules
from chanjiao.council.commitment_actions import CommitmentFacts
from chanjiao.council.enums import IN_FEN, CommitmentKind, DeliveryState
from chanjiao.council.ledger import Total, said, shown
from chanjiao.council.models import Commitment, Delivery
from chanjiao.kernel.clock import day_of
from chanjiao.people.enums import SIDES
from chanjiao.web.account.imports import start
from chanjiao.web.parts.charts import Chart, bars, download
from chanjiao.web.parts.council import first, member_units, send
from chanjiao.web.parts.council_forms import CommitmentForm, DeliveryForm, upload_of
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.lists import (
    BooleanFilter,
    ChoiceFilter,
    DateFilter,
    ListAction,
    ListColumn,
    ListPage,
    SideFilter,
)
from chanjiao.web.parts.page import Answer, PageRequest, Primary, page

COMMITMENT_COLUMNS = (
    ListColumn("title", "内容", sort="title"),
    ListColumn("number", "编号", kind="code", sort="number"),
    ListColumn("unit", "单位", "unit.called", sort="unit__name"),
    ListColumn("kind", "种类", "get_kind_display", sort="kind"),
    ListColumn(
        "promised", "承诺", lambda row: said(row.kind, row.promised), kind="figure", sort="promised"
    ),
    ListColumn(
        "delivered",
        "已兑现",
        lambda row: said(row.kind, row.delivered),
        kind="figure",
        sort="delivered",
    ),
    ListColumn(
        "waiting",
        "待确认",
        lambda row: said(row.kind, row.waiting) if row.waiting else "",
        kind="figure",
    ),
    ListColumn("due_on", "兑现期限", kind="date", sort="due_on"),
)
COMMITMENTS = ListPage(
    key="desk.commitments",
    title="承诺兑现台账",
    columns=COMMITMENT_COLUMNS,
    search=("title", "number", "unit__name"),
    filters=(
        ChoiceFilter(key="kind", title="种类", choices=CommitmentKind.choices),
        BooleanFilter(key="fen", title="计量", yes="资金与设备", no="其他",
                      condition=Q(kind__in=sorted(IN_FEN))),
        SideFilter(key="side", title="方面", field="unit__kind"),
        ChoiceFilter(
            key="unit_kind", title="单位类别", field="unit__kind",
            choices=[(kind.value, kind.label) for kinds in SIDES.values() for kind in sorted(kinds)],  # type: ignore[attr-defined]
        ),
        DateFilter(key="due", title="兑现期限", field="due_on"),
    ),
    actions=(ListAction("导入与模板", "desk:commitment_import"),),
    link="desk:commitment_detail",
    empty="还没有登记承诺。请逐项登记，或下载模板填好后导入。",
    template="council/commitments.html",
)  # fmt: skip


def _rows(request: PageRequest) -> QuerySet[Commitment]:
    return ledger.commitments_visible_to(request.actor).filter(consortium=request.consortium)


def _commitment(request: PageRequest, pk: int) -> Commitment:
    return get_object_or_404(_rows(request), pk=pk)


@page("desk")
def commitment_list(request: PageRequest) -> HttpResponseBase:
    on = day_of(request.at)
    late = request.GET.get("late") == "1"
    rows = _rows(request)
    found = ledger.totals(rows)
    chart = _chart(request, ledger.by_kind(found))
    return download(request, chart) or COMMITMENTS.respond(
        request, ledger.behind(rows, on) if late else rows,
        primary=Primary("登记承诺", reverse("desk:commitment_new")),
        chart=chart, totals=[(one, said(one.kind, one.promised), said(one.kind, one.delivered)) for one in found],
        behind=ledger.behind(rows, on).count(), late=late,
        waiting=ledger.deliveries_to_confirm(request.consortium).select_related("commitment__unit")[:50],
    )  # fmt: skip


def _chart(request: PageRequest, found: list[Total]) -> Chart:
    """Shares, since the kinds have no unit in common; the table has the quantities."""
    low = min(found, key=lambda one: one.share, default=None)
    title = f"{low.label}兑现最少：{low.share}%" if low else "各类承诺的兑现情况"
    return Chart(
        key="commitments", title=title, updated_at=request.at,
        source="承诺兑现台账；兑现以秘书处确认的为准，百分比舍去小数",
        columns=(
            ListColumn("name", "种类"),
            ListColumn("share", "已兑现", kind="number", unit="%"),
            ListColumn("promised", "承诺数量"), ListColumn("delivered", "已兑现数量"),
        ),
        rows=[
            {"name": one.label, "share": one.share, "promised": said(one.kind, one.promised),
             "delivered": said(one.kind, one.delivered)}
            for one in found
        ],
        drawing=bars("name", "share", lying=True),
        empty="还没有登记承诺。",
    )  # fmt: skip


@page("desk", writes=True)
def commitment_import(request: PageRequest) -> HttpResponseBase:
    scope = {"consortium": request.consortium.pk}
    return start(request, "commitments", scope, reverse("desk:commitment_list"))


@page("desk", writes=True, template="parts/form_page.html")
def commitment_new(request: PageRequest) -> Answer:
    units = member_units(request.consortium, day_of(request.at))
    form = CommitmentForm(
        request.POST or None, initial={"promised_on": day_of(request.at)}, units=units
    )

    def act() -> Commitment:
        unit = first(units, lambda one: one.pk == form.cleaned_data["unit"])
        assert unit is not None
        return commitment_actions.add_commitment(
            request.consortium, unit, _facts(form), by=request.actor, at=request.at
        )

    done = submit(
        request,
        form,
        act,
        then=lambda row: reverse("desk:commitment_detail", args=[row.pk]),
        said="承诺已登记。",
    )
    return done or {"title": "登记承诺", "crumbs": _crumbs(), "form": form}


def _facts(form: CommitmentForm) -> CommitmentFacts:
    given = form.cleaned_data
    names = ("kind", "title", "promised", "promised_on", "due_on", "source")
    return CommitmentFacts(**{name: given[name] for name in names})


def _crumbs() -> list[tuple[str, str]]:
    return [(COMMITMENTS.title, reverse("desk:commitment_list"))]


@page("desk", template="council/commitment.html")
def commitment_detail(request: PageRequest, pk: int) -> Answer:
    row = _commitment(request, pk)
    return commitment_page(request, row) | {"crumbs": _crumbs()}


def commitment_page(request: PageRequest, row: Commitment) -> dict[str, object]:
    """What both audiences see of one commitment."""
    actor = request.actor
    found = ledger.deliveries_visible_to(actor).filter(commitment=row)
    return {
        "title": row.title,
        "commitment": row,
        "promised": said(row.kind, row.promised),
        "delivered": said(row.kind, row.delivered),  # type: ignore[attr-defined]
        "deliveries": [
            (one, said(row.kind, one.quantity), rules.may_confirm_delivery(actor, one),
             rules.may_return_delivery(actor, one), rules.may_mend_delivery(actor, one))
            for one in found
        ],
        "may_change": rules.may_change_commitment(actor, row),
        "may_deliver": rules.may_deliver(actor, row),
        "late": row.due_on is not None and row.due_on < day_of(request.at)
        and row.delivered < row.promised,  # type: ignore[attr-defined]
    }  # fmt: skip


@page("desk", writes=True, template="parts/form_page.html")
def commitment_edit(request: PageRequest, pk: int) -> Answer:
    row = _commitment(request, pk)
    names = ("kind", "title", "promised_on", "due_on", "source", "revision")
    initial = {name: getattr(row, name) for name in names} | {
        "promised": shown(row.kind, row.promised).normalize()
    }
    form = CommitmentForm(request.POST or None, initial=initial, units=None)
    done = submit(
        request, form,
        lambda: commitment_actions.change_commitment(
            row, _facts(form), revision=form.cleaned_data["revision"] or 0,
            by=request.actor, at=request.at,
        ),
        then=reverse("desk:commitment_detail", args=[pk]), said="已保存。",
    )  # fmt: skip
    return done or {"title": "修改承诺", "crumbs": _crumbs(), "form": form}


@page("desk", writes=True, template="parts/form_page.html")
def commitment_deliver(request: PageRequest, pk: int) -> Answer | HttpResponseBase:
    return deliver_page(request, _commitment(request, pk))


def deliver_page(request: PageRequest, row: Commitment, held: Delivery | None = None) -> Answer:
    """A delivery recorded, or one that was handed back put right; either audience."""
    initial: dict[str, object] = {"delivered_on": day_of(request.at)}
    if held is not None:
        initial = {
            "quantity": shown(row.kind, held.quantity).normalize(), "note": held.note,
            "delivered_on": held.delivered_on, "revision": held.revision,
        }  # fmt: skip
    form = DeliveryForm(
        request.POST or None,
        request.FILES or None,
        initial=initial,
        kind=row.kind,
        measure=row.measure,
    )

    def act() -> Delivery:
        given = {k: v for k, v in form.cleaned_data.items() if k not in {"revision", "file"}}
        given |= {"file": upload_of(form), "by": request.actor, "at": request.at}
        if held is None:
            return commitment_actions.record_delivery(row, **given)
        revision = form.cleaned_data["revision"] or 0
        return commitment_actions.mend_delivery(held, revision=revision, **given)

    back = reverse(f"{request.audience}:commitment_detail", args=[row.pk])
    done = submit(request, form, act, then=back, said="兑现已登记，待秘书处确认。")
    intro = f"退回原因：{held.returned_reason}" if held and held.returned_reason else ""
    return done or {
        "title": "修改兑现登记" if held else "登记兑现", "crumbs": [(row.title, back)],
        "form": form, "intro": intro,
    }  # fmt: skip


def delivery_of(request: PageRequest, row: Commitment, delivery_pk: int) -> Delivery:
    rows = ledger.deliveries_visible_to(request.actor).filter(commitment=row)
    return get_object_or_404(rows, pk=delivery_pk)


@page("desk", writes=True)
def commitment_step(request: PageRequest, pk: int, delivery_pk: int, step: str) -> HttpResponseBase:
    row = delivery_of(request, _commitment(request, pk), delivery_pk)
    if request.method != "POST" or step not in {"confirm", "return"}:
        raise Http404
    if step == "confirm":
        if row.state != DeliveryState.CONFIRMED:
            commitment_actions.confirm_delivery(row, by=request.actor, at=request.at)
        messages.success(request, "已确认，计入兑现。")
    else:
        reason = request.POST.get("reason", "")
        commitment_actions.return_delivery(row, reason=reason, by=request.actor, at=request.at)
        messages.success(request, "已退回成员单位。")
    return redirect("desk:commitment_detail", pk)


@page("desk", writes=True, template="parts/form_page.html")
def commitment_mend(request: PageRequest, pk: int, delivery_pk: int) -> Answer | HttpResponseBase:
    row = _commitment(request, pk)
    return deliver_page(request, row, delivery_of(request, row, delivery_pk))


@page("desk")
def commitment_paper(request: PageRequest, pk: int, delivery_pk: int) -> HttpResponseBase:
    return send(delivery_of(request, _commitment(request, pk), delivery_pk).file)


def urls() -> list[URLPattern]:
    one = "council/commitments/<int:pk>/"
    return [
        path("council/commitments/", commitment_list, name="commitment_list"),
        path("council/commitments/new/", commitment_new, name="commitment_new"),
        path("council/commitments/import/", commitment_import, name="commitment_import"),
        path(one, commitment_detail, name="commitment_detail"),
        path(f"{one}edit/", commitment_edit, name="commitment_edit"),
        path(f"{one}deliver/", commitment_deliver, name="commitment_deliver"),
        path(f"{one}deliveries/<int:delivery_pk>/mend/", commitment_mend, name="commitment_mend"),
        path(f"{one}deliveries/<int:delivery_pk>/file/", commitment_paper, name="commitment_paper"),
        path(
            f"{one}deliveries/<int:delivery_pk>/<slug:step>/",
            commitment_step,
            name="commitment_step",
        ),
    ]
