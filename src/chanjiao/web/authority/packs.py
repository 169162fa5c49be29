"""Packs handed to an authority: received, shown step by step, kept when replaced or refused."""

from typing import Any

from django import forms
from django.http import FileResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from chanjiao.indicators import received_rules as rules
from chanjiao.indicators.enums import ReceivedState, SignerState
from chanjiao.indicators.models import ReceivedPack
from chanjiao.indicators.received import MAX_UPLOAD, receive_pack
from chanjiao.indicators.side_by_side import cells_of
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.lists import ChoiceFilter, ListColumn, ListPage, TextFilter
from chanjiao.web.parts.page import Answer, PageRequest, Primary, page
from chanjiao_engine.indicators.definitions import CATEGORY_LABELS, Category
from chanjiao_engine.indicators.schema import BY_NAME
from chanjiao_engine.indicators.text import parse_set

TONES = {"checking": "wait", "questioned": "warn", "verified": "good", "refused": "bad",
         "superseded": "idle"}  # fmt: skip

PACKS = ListPage(
    key="authority.packs",
    title="证据包",
    columns=(
        ListColumn("name", "联合体", lambda row: row.consortium_name or row.file.name, sort="consortium_name"),
        ListColumn("year", "年度", kind="code", sort="year"),
        ListColumn("state", "状态", kind="state", sort="state", tones=TONES),
        ListColumn("refusal", "未通过原因", lambda row: row.refusal[:80]),
        ListColumn("received_at", "收到时间", kind="moment", sort="received_at"),
        ListColumn("received_by", "接收人", "received_by.name"),
        ListColumn("file", "文件名", "file.name"),
    ),
    search=("consortium_name", "consortium_code", "file__name"),
    search_hint="搜索联合体或文件名",
    filters=(
        ChoiceFilter(key="state", title="状态", choices=ReceivedState.choices),
        TextFilter(key="year", title="年度", field="year"),
    ),
    link="authority:pack_detail",
    empty="还没有收到证据包。请联合体秘书处把 .cjpack 文件交来，再点“接收证据包”。",
)  # fmt: skip


class ReceiveForm(forms.Form):
    """The file as it was handed in."""

    file = forms.FileField(
        label="证据包文件", help_text=f".cjpack，不超过 {MAX_UPLOAD // 2**20} MB。上传后自动核验。",
        widget=forms.FileInput(attrs={"accept": ".cjpack"}),
    )  # fmt: skip


@page("authority")
def pack_list(request: PageRequest) -> HttpResponseBase:
    verdict = rules.may_receive(request.actor, request.authority)
    primary = Primary("接收证据包", reverse("authority:pack_receive"), verdict)
    return PACKS.respond(request, _own(request), primary=primary)


@page("authority", writes=True, template="parts/form_page.html")
def pack_receive(request: PageRequest) -> Answer:
    """Upload; the same file again leads to the pack that is there."""
    home = reverse("authority:pack_list")
    form = ReceiveForm(request.POST or None, request.FILES or None)
    done = submit(
        request, form,
        lambda: receive_pack(
            request.authority, form.cleaned_data["file"], form.cleaned_data["file"].name,
            by=request.actor, at=request.at,
        ),
        then=lambda pack: reverse("authority:pack_detail", args=[pack.pk]),
    )  # fmt: skip
    return done or {
        "title": "接收证据包", "form": form, "cancel": home, "label": "上传并核验",
        "crumbs": [("证据包", home)],
        "intro": "系统逐字节核对文件，由事实数据重新计算每项指标，并检查签名。核验不影响联合体的任何数据。",
    }  # fmt: skip


@page("authority", template="authority/pack.html")
def pack_detail(request: PageRequest, pk: int) -> Answer:
    pack = _pack(request, pk)
    context: dict[str, Any] = {
        "title": str(pack),
        "crumbs": [("证据包", reverse("authority:pack_list"))],
        "pack": pack,
        "tone": TONES[pack.state],
        "steps": pack.report.get("steps", []),
        "difference": pack.report.get("difference"),
        "failed": pack.report.get("failed", ""),
        "checking": pack.state == ReceivedState.CHECKING,
        "replaced": pack.supersedes.order_by("-received_at", "-pk"),
    }
    return context | _signer(request, pack) | (_contents(pack) if pack.outcomes else {})


@page("authority")
def pack_download(request: PageRequest, pk: int) -> HttpResponseBase:
    """The file as it was handed in."""
    pack = _pack(request, pk)
    return FileResponse(
        pack.file.file.open("rb"), as_attachment=True, filename=pack.file.name,
        content_type="application/octet-stream",
    )  # fmt: skip


def _signer(request: PageRequest, pack: ReceivedPack) -> dict[str, Any]:
    signer = pack.signer
    if signer is None:
        return {"signer": None}
    return {
        "signer": signer,
        "waiting": signer.state == SignerState.SEEN,
        "known_before": list(rules.other_signers(signer)),
        "may_confirm": rules.may_confirm_signer(request.actor, signer),
        "may_refuse": rules.may_refuse_signer(request.actor, signer),
    }


def _contents(pack: ReceivedPack) -> dict[str, Any]:
    chosen = parse_set(pack.set_text)
    rows = cells_of(pack, chosen)
    parts = [
        (
            CATEGORY_LABELS[category],
            category is Category.VETO,
            [r for r in rows if r[0].category is category],
        )
        for category in (Category.VETO, Category.BASIC, Category.SUBSTANTIAL)
    ]
    names = {one.code: one.name for one in chosen.indicators}
    return {
        "chosen": chosen,
        "parts": [part for part in parts if part[2]],
        "struck": [one for one, cell, _ in rows if cell.mark == "否决"],
        "counts": [
            (BY_NAME[name].title, rows) for name, rows in pack.row_counts.items() if name in BY_NAME
        ],
        "notes": [note | {"name": names.get(note["code"], "")} for note in pack.notes],
        "typed": [one | {"name": names.get(one["code"], "")} for one in pack.typed],
    }


def _own(request: PageRequest) -> Any:
    return rules.packs_visible_to(request.actor).filter(authority=request.authority)


def _pack(request: PageRequest, pk: int) -> ReceivedPack:
    found: ReceivedPack = get_object_or_404(_own(request).select_related("superseded_by"), pk=pk)
    return found


def urls() -> list[URLPattern]:
    return [
        path("packs/", pack_list, name="pack_list"),
        path("packs/new/", pack_receive, name="pack_receive"),
        path("packs/<int:pk>/", pack_detail, name="pack_detail"),
        path("packs/<int:pk>/file/", pack_download, name="pack_download"),
    ]
