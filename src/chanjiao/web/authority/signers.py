"""Whose keys an authority knows: compared by other means, then confirmed."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from chanjiao.indicators import received_rules as rules
from chanjiao.indicators.enums import SignerState
from chanjiao.indicators.models import Signer
from chanjiao.indicators.received import confirm_signer, refuse_signer
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.lists import ChoiceFilter, ListColumn, ListPage
from chanjiao.web.parts.page import Answer, PageRequest, page

SIGNERS = ListPage(
    key="authority.signers",
    title="签名人",
    columns=(
        ListColumn("consortium_name", "联合体", sort="consortium_name"),
        ListColumn("state", "状态", kind="state", sort="state",
                   tones={"seen": "warn", "confirmed": "good", "refused": "bad"}),
        ListColumn("fingerprint", "公钥指纹", lambda row: row.fingerprint[:24] + "…", kind="code", export=False),
        ListColumn("whole", "公钥指纹（全）", "fingerprint", screen=False),
        ListColumn("first_seen_at", "首次出现", kind="moment", sort="first_seen_at"),
        ListColumn("note", "核对方式"),
        ListColumn("decided_by", "核对人", "decided_by.name"),
    ),
    search=("consortium_name", "consortium_code", "fingerprint"),
    filters=(ChoiceFilter(key="state", title="状态", choices=SignerState.choices),),
    link="authority:signer_detail",
    empty="还没有签名人。第一次收到某个联合体的证据包后，这里会列出它的公钥指纹。",
)  # fmt: skip


class ConfirmForm(forms.Form):
    note = forms.CharField(
        label="怎样核对的", max_length=200,
        help_text="如：电话核对，对方秘书处李某报读指纹，与本页一致。不要只凭随证据包寄来的说明。",
    )  # fmt: skip


class RefuseForm(forms.Form):
    note = forms.CharField(
        label="为什么不承认", max_length=200, help_text="如：对方称未曾用这把密钥签名。"
    )


@page("authority")
def signer_list(request: PageRequest) -> HttpResponseBase:
    return SIGNERS.respond(request, _own(request))


@page("authority", template="authority/signer.html")
def signer_detail(request: PageRequest, pk: int) -> Answer:
    signer = _signer(request, pk)
    return {
        "title": signer.consortium_name,
        "crumbs": [("签名人", reverse("authority:signer_list"))],
        "signer": signer,
        "known_before": list(rules.other_signers(signer)),
        "packs": signer.packs.order_by("-received_at", "-pk"),
        "may_confirm": rules.may_confirm_signer(request.actor, signer),
        "may_refuse": rules.may_refuse_signer(request.actor, signer),
    }


@page("authority", writes=True, template="authority/decide.html")
def signer_confirm(request: PageRequest, pk: int) -> Answer:
    """With the whole fingerprint in sight, and how it was compared."""
    return _decide(
        request, pk, ConfirmForm, "确认签名人", "确认",
        lambda signer, note: confirm_signer(signer, note=note, by=request.actor, at=request.at),
    )  # fmt: skip


@page("authority", writes=True, template="authority/decide.html")
def signer_refuse(request: PageRequest, pk: int) -> Answer:
    return _decide(
        request, pk, RefuseForm, "不承认签名人", "不承认",
        lambda signer, note: refuse_signer(signer, reason=note, by=request.actor, at=request.at),
    )  # fmt: skip


def _decide(
    request: PageRequest, pk: int, kind: type[forms.Form], title: str, label: str,
    act: Callable[[Signer, str], Any],
) -> Answer:  # fmt: skip
    signer = _signer(request, pk)
    home = reverse("authority:signer_detail", args=[pk])
    form = kind(request.POST or None)
    done = submit(
        request,
        form,
        lambda: act(signer, form.cleaned_data["note"]),
        then=home,
        said=f"已{label}。",
    )
    return done or {
        "title": title, "form": form, "cancel": home, "label": label, "signer": signer,
        "known_before": list(rules.other_signers(signer)),
        "crumbs": [("签名人", reverse("authority:signer_list")), (signer.consortium_name, home)],
    }  # fmt: skip


def _own(request: PageRequest) -> Any:
    return rules.signers_visible_to(request.actor).filter(authority=request.authority)


def _signer(request: PageRequest, pk: int) -> Signer:
    found: Signer = get_object_or_404(_own(request), pk=pk)
    return found


def urls() -> list[URLPattern]:
    return [
        path("signers/", signer_list, name="signer_list"),
        path("signers/<int:pk>/", signer_detail, name="signer_detail"),
        path("signers/<int:pk>/confirm/", signer_confirm, name="signer_confirm"),
        path("signers/<int:pk>/refuse/", signer_refuse, name="signer_refuse"),
    ]
