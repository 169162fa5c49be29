"""Desk and member pages of agreements: the list, one agreement, its texts side by side, its files.

Both audiences have the same pages: `urls_for(audience)` makes them.
"""

import io
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path

from chanjiao.agreements import queries, rules, sending
from chanjiao.agreements.bridge import signed_word, word_of
from chanjiao.agreements.comparing import side_by_side
from chanjiao.agreements.enums import AgreementState
from chanjiao.agreements.models import Agreement, Version
from chanjiao.agreements.text import read_paragraphs
from chanjiao.documents.pdf import to_pdf
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Refused
from chanjiao.web.parts import agreement_drafting, agreement_signing
from chanjiao.web.parts.agreement_forms import EndForm, RenewForm
from chanjiao.web.parts.agreements import (
    address,
    crumbs,
    detail,
    here,
    list_page,
    row_of,
    rows_of,
)
from chanjiao.web.parts.council import send
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.lists import picked
from chanjiao.web.parts.page import Answer, PageRequest, Primary, page

FORM = "parts/form_page.html"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def agreement_list(request: PageRequest) -> HttpResponseBase:
    rows = queries.with_blockers(rows_of(request).order_by("-created_at", "-pk"))
    verdict = rules.may_draft(here(request), request.unit)
    primary = Primary("起草协议", address(request, "pick"), verdict)
    return list_page(request).respond(request, rows, primary=primary)


def agreement_detail(request: PageRequest, pk: int) -> Answer:
    return detail(request, row_of(request, pk))


def agreement_print(request: PageRequest, pk: int) -> Answer:
    """The newest version to be signed on paper: the text, lines to sign, the digest."""
    agreement = row_of(request, pk)
    version = _version(agreement, "")
    return {
        "title": version.facts.get("title", agreement.title),
        "crumbs": crumbs(request, agreement),
        "agreement": agreement,
        "version": version,
        "paragraphs": read_paragraphs(version.text),
        "parties": version.facts.get("parties", []),
    }


def _version(agreement: Agreement, number: str) -> Version:
    rows = agreement.versions.select_related("document", "agreement").order_by("-number")
    found = rows.filter(number=number) if number.isdecimal() else rows
    version = found.first()
    if version is None:
        raise Http404
    return version


# Side by side ------------------------------------------------------------------------------------
def agreement_compare(request: PageRequest, pk: int) -> Answer:
    """Two texts of this agreement and its addenda, chosen in the address; the last two by default."""
    agreement = row_of(request, pk)
    texts = _texts(agreement)
    if not texts:
        raise Http404
    keys = list(texts)
    left = request.GET.get("left", "")
    right = request.GET.get("right", "")
    right = right if right in texts else keys[-1]
    left = left if left in texts else keys[max(0, keys.index(right) - 1)]
    return {
        "title": "对照",
        "crumbs": crumbs(request, agreement),
        "agreement": agreement,
        "texts": [(key, label) for key, (label, _) in texts.items()],
        "left": left, "right": right,
        "left_label": texts[left][0], "right_label": texts[right][0],
        "lines": side_by_side(texts[left][1], texts[right][1]),
    }  # fmt: skip


def _texts(agreement: Agreement) -> dict[str, tuple[str, str]]:
    """Key → label and text: what it supplements, its own versions, its addenda; oldest first."""
    found: dict[str, tuple[str, str]] = {}
    parent = agreement.supplements
    for row in [*([parent] if parent else []), agreement, *queries.addenda_of(agreement)]:
        for version in row.versions.order_by("number"):
            label = f"{row.number} 第 {version.number} 版" + (
                f"：{version.why}" if version.why else ""
            )
            found[f"{row.pk}-{version.number}"] = (label, version.text)
    return found


# Files -------------------------------------------------------------------------------------------
def agreement_file(request: PageRequest, pk: int, which: str) -> HttpResponseBase:
    """`word` as sent, `signed` with the record of signatures, `pdf` of that; ?version= for others."""
    agreement = row_of(request, pk)
    version = _version(agreement, request.GET.get("version", ""))
    name = f"{agreement.number} {version.facts.get('title', agreement.title)}"
    if which == "word":
        title, content = word_of(version)
        return _download(content, title, _WORD)
    word = signed_word(agreement, version, queries.signatures_on(version))
    if which == "signed":
        return _download(word, f"{name}（签署件）.docx", _WORD)
    if which == "pdf":
        return _download(to_pdf(word), f"{name}（签署件）.pdf", "application/pdf")
    raise Http404


def _download(content: bytes, name: str, kind: str) -> HttpResponseBase:
    return FileResponse(io.BytesIO(content), as_attachment=True, filename=name, content_type=kind)


def agreement_paper(
    request: PageRequest, pk: int, signature_pk: int, which: str
) -> HttpResponseBase:
    """The scan of a signed paper, or the authorisation of a deputy."""
    rows = row_of(request, pk).parties.filter(signatures=signature_pk)
    party = get_object_or_404(rows)
    signature = party.signatures.select_related("scan", "authorisation").get(pk=signature_pk)
    if which not in {"scan", "authorisation"}:
        raise Http404
    return send(signature.scan if which == "scan" else signature.authorisation)


# Steps -------------------------------------------------------------------------------------------
def agreement_send(request: PageRequest, pk: int) -> Answer:
    """The draft as it will read, and the button that sends it."""
    return agreement_drafting.send_page(request, row_of(request, pk))


def agreement_back(request: PageRequest, pk: int) -> Answer:
    return agreement_drafting.reason_page(
        request, row_of(request, pk), sending.take_back, title="撤回修改", label="撤回修改",
        then="edit", said="已撤回，请修改后重新送签。",
        intro="内容回到草稿，不用重新填写；这一版上已有的签署失效，各方会收到通知。",
    )  # fmt: skip


def agreement_abandon(request: PageRequest, pk: int) -> Answer:
    return agreement_drafting.reason_page(
        request, row_of(request, pk), sending.abandon_agreement, title="作废", label="作废",
        then="detail", said="协议已作废。", intro="作废后不能恢复，编号不再使用；已发出的链接同时失效。",
    )  # fmt: skip


def agreement_end(request: PageRequest, pk: int) -> Answer:
    agreement = row_of(request, pk)
    initial = {"on": day_of(request.at), "revision": agreement.revision}
    form = EndForm(request.POST or None, initial=initial)
    done = submit(
        request, form,
        lambda: sending.end_agreement(
            agreement, on=form.cleaned_data["on"], reason=form.cleaned_data["reason"],
            revision=form.cleaned_data["revision"] or 0, by=here(request), at=request.at,
        ),
        then=address(request, "detail", pk), said="协议已终止，各方会收到通知。",
    )  # fmt: skip
    return done or {
        "title": "提前终止", "crumbs": crumbs(request, agreement), "form": form, "label": "终止",
        "cancel": address(request, "detail", pk),
    }  # fmt: skip


def agreement_renew(request: PageRequest, pk: int) -> Answer:
    agreement = row_of(request, pk)
    form = RenewForm(request.POST or None)
    done = submit(
        request, form,
        lambda: agreement_drafting.renewed(request, agreement, form.cleaned_data["ends_on"]),
        then=lambda made: address(request, "edit", made.pk), said="已按原内容起草，请核对后送签。",
    )  # fmt: skip
    return done or {
        "title": "续签", "crumbs": crumbs(request, agreement), "form": form, "label": "起草续签协议",
        "cancel": address(request, "detail", pk),
    }  # fmt: skip


def agreement_remind(request: PageRequest, pk: int) -> HttpResponseBase:
    _must_post(request)
    agreement = row_of(request, pk)
    unreached = sending.remind_signers(agreement, by=here(request), at=request.at)
    messages.success(request, "已提醒尚未签署的各方。")
    if unreached:
        names = "、".join(f"{party.label} {party.called}" for party in unreached)
        messages.warning(request, f"以下各方没有账号，请把下面的链接发给本人：{names}。")
    return redirect(address(request, "detail", pk))


def agreement_send_many(request: PageRequest) -> HttpResponseBase:
    _must_post(request)
    rows = picked(request, rows_of(request)).filter(state=AgreementState.DRAFT).order_by("pk")
    count = sending.send_agreements(list(rows), by=here(request), at=request.at)
    _say(request, count, f"已送签 {count} 份。", "所选协议都不是草稿，没有送签。")
    return redirect(address(request, "list"))


def agreement_remind_many(request: PageRequest) -> HttpResponseBase:
    _must_post(request)
    rows = list(picked(request, rows_of(request)).filter(state=AgreementState.SIGNING))
    unreached = 0
    for row in rows:
        unreached += len(sending.remind_signers(row, by=here(request), at=request.at))
    _say(request, len(rows), f"已催签 {len(rows)} 份。", "所选协议都不在签署中，没有催签。")
    if unreached:
        messages.warning(request, f"其中 {unreached} 方没有账号，请打开协议，把链接发给本人。")
    return redirect(address(request, "list"))


def _must_post(request: PageRequest) -> None:
    if request.method != "POST":
        raise Http404


def _say(request: PageRequest, count: int, done: str, nothing: str) -> None:
    if not count:
        raise Refused(nothing)
    messages.success(request, done)


def urls_for(audience: str) -> list[URLPattern]:
    """Addresses below /desk/ or /member/."""
    one = "agreements/<int:pk>/"

    def reads(where: str, view: Any, template: str | None = None) -> URLPattern:
        return path(where, page(audience, template=template)(view), name=view.__name__)

    def writes(where: str, view: Any, template: str | None = None) -> URLPattern:
        shown = page(audience, writes=True, template=template)(view)
        return path(where, shown, name=view.__name__)

    drafting, signing = agreement_drafting, agreement_signing
    return [
        reads("agreements/", agreement_list),
        reads("agreements/new/", drafting.agreement_pick, "agreements/pick.html"),
        writes("agreements/new/<slug:code>/", drafting.agreement_new, "agreements/form.html"),
        writes("agreements/send/", agreement_send_many),
        writes("agreements/remind/", agreement_remind_many),
        writes("agreements/sign/", signing.agreement_sign_many, "agreements/sign_many.html"),
        reads(one, agreement_detail, "agreements/detail.html"),
        writes(f"{one}edit/", drafting.agreement_edit, "agreements/form.html"),
        writes(f"{one}send/", agreement_send, "agreements/send.html"),
        writes(f"{one}back/", agreement_back, FORM),
        writes(f"{one}abandon/", agreement_abandon, FORM),
        writes(f"{one}end/", agreement_end, FORM),
        writes(f"{one}renew/", agreement_renew, FORM),
        writes(f"{one}supplement/", drafting.agreement_supplement, "agreements/form.html"),
        writes(f"{one}remind/", agreement_remind),
        writes(f"{one}sign/", signing.agreement_sign, "agreements/sign.html"),
        writes(f"{one}refuse/", signing.agreement_refuse, "agreements/sign.html"),
        writes(f"{one}paper/", signing.agreement_file_paper, "agreements/paper.html"),
        writes(f"{one}parties/<int:party_pk>/link/", signing.agreement_link),
        reads(f"{one}print/", agreement_print, "agreements/print.html"),
        reads(f"{one}compare/", agreement_compare, "agreements/compare.html"),
        reads(f"{one}files/<slug:which>/", agreement_file),
        reads(f"{one}signatures/<int:signature_pk>/<slug:which>/", agreement_paper),
    ]


def member_urls() -> list[URLPattern]:
    """A school drafts for many students at once."""
    view = page("member", writes=True, template="agreements/batch.html")(
        agreement_drafting.agreement_batch
    )
    pick = page("member", template="agreements/pick.html")(agreement_drafting.agreement_batch_pick)
    return [
        *urls_for("member"),
        path("agreements/batch/", pick, name="agreement_batch"),
        path("agreements/batch/<slug:code>/", view, name="agreement_batch_new"),
    ]
