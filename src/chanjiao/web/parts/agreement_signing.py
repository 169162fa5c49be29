"""Signing on desk, member and student pages, paper, and links for people without an account."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect

from chanjiao.agreements import queries, rules, signing
from chanjiao.agreements.enums import PartySide
from chanjiao.agreements.models import Agreement, Signature, Version
from chanjiao.agreements.people import holder_of
from chanjiao.agreements.text import read_paragraphs
from chanjiao.council.checks import SCANS
from chanjiao.kernel.verdict import Refused
from chanjiao.people.checks import tidy
from chanjiao.web.parts.agreement_forms import PaperForm, RefuseForm, Seen, SignForm
from chanjiao.web.parts.agreements import (
    address,
    crumbs,
    here,
    own_signature,
    row_of,
    rows_of,
)
from chanjiao.web.parts.council_forms import paper, upload_of
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.lists import picked
from chanjiao.web.parts.page import Answer, PageRequest


def agreement_sign(request: PageRequest, pk: int) -> Answer:
    """The whole text, then the signature; a refusal is beside it."""
    _, version, held = _mine(request, pk)
    form = _sign_form(request, held, version, request.POST or None, request.FILES or None)
    done = submit(
        request, form,
        lambda: signing.sign_agreement(
            held.party, digest=form.cleaned_data["digest"],
            authorisation=upload_of(form, "authorisation"), by=here(request), at=request.at,
        ),
        then=address(request, "detail", pk), said="已签署。",
    )  # fmt: skip
    return done or _page(request, *_mine(request, pk), {"sign": form})


def agreement_refuse(request: PageRequest, pk: int) -> Answer:
    _, version, held = _mine(request, pk)
    form = RefuseForm(request.POST or None, initial={"digest": version.digest})
    done = submit(
        request, form,
        lambda: signing.refuse_agreement(
            held.party, digest=form.cleaned_data["digest"], reason=form.cleaned_data["reason"],
            by=here(request), at=request.at,
        ),
        then=address(request, "detail", pk), said="已告知发起方您的理由。",
    )  # fmt: skip
    return done or _page(request, *_mine(request, pk), {"refuse": form})


def _mine(request: PageRequest, pk: int) -> tuple[Agreement, Version, Signature]:
    """What this person may sign on; 404 for whoever is no party to it."""
    agreement = row_of(request, pk)
    version = queries.current(agreement)
    held = own_signature(request, version)
    if version is None or held is None:
        raise Http404
    return agreement, version, held


def _sign_form(
    request: PageRequest, held: Signature, version: Version, data: Any, files: Any
) -> SignForm:
    signatory = holder_of(held.party)
    deputy_for, kept = "", None
    unit = held.party.unit if held.party.side == PartySide.UNIT else None
    if unit is not None and signatory and tidy(signatory) != tidy(request.actor.name):
        deputy_for, by = signatory, request.actor.name
        kept = queries.authorisation_kept(unit, signatory=signatory, deputy=by)
    return SignForm(
        data, files, initial={"digest": version.digest}, deputy_for=deputy_for,
        kept=kept.name if kept else "",
    )  # fmt: skip


def _page(
    request: PageRequest, agreement: Agreement, version: Version, held: Signature,
    given: Mapping[str, Seen],
) -> dict[str, Any]:  # fmt: skip
    """After a refusal it is the newest text that is shown, with the reason on top."""
    for form in given.values():
        form.look_again(version.digest)
    return {
        "title": agreement.title,
        "crumbs": crumbs(request, *([] if request.audience == "student" else [agreement])),
        "agreement": agreement,
        "version": version,
        "signature": held,
        "paragraphs": read_paragraphs(version.text),
        "verdict": rules.may_sign(here(request), held),
        "sign_form": given.get("sign") or _sign_form(request, held, version, None, None),
        "refuse_form": given.get("refuse") or RefuseForm(initial={"digest": version.digest}),
        "refusing": "refuse" in given,
        "sign_url": address(request, "sign", agreement.pk),
        "refuse_url": address(request, "refuse", agreement.pk),
    }


# Many at once ------------------------------------------------------------------------------------
class ManyForm(forms.Form):
    """One consent and one authorisation for all that is listed."""

    authorisation = paper("授权委托书（代签时上传一次）", kinds=SCANS)
    read = forms.BooleanField(label="我已逐份阅读，同意签署以上全部")


def agreement_sign_many(request: PageRequest) -> Answer:
    """The ticked agreements that wait for this unit: read, then signed together, all or none."""
    if request.method != "POST":
        raise Http404
    chosen = picked(request, rows_of(request)).order_by().values("pk")
    rows = queries.waiting_for(here(request)).filter(version__agreement__in=chosen)
    held = list(rows.select_related("version__agreement"))
    if not held:
        raise Refused("所选协议中没有正等待我方签署的。")
    asked = request.POST.get("confirm") == "1"
    form = ManyForm(request.POST if asked else None, request.FILES if asked else None)
    done = None
    if asked:
        done = submit(
            request, form, lambda: _sign_all(request, held, form), then=address(request, "list"),
            said=f"已签署 {len(held)} 份。",
        )  # fmt: skip
    return done or {
        "title": f"签署所选（{len(held)} 份）",
        "crumbs": crumbs(request),
        "rows": [(row, row.version.agreement, _seen(request, row)) for row in held],
        "form": form,
    }


def _seen(request: PageRequest, row: Signature) -> str:
    """The digest the person saw: that of the first page, kept while a form is mended."""
    return request.POST.get(f"digest-{row.version.agreement_id}", row.version.digest)


def _sign_all(request: PageRequest, rows: list[Signature], form: ManyForm) -> int:
    wanted = [(row.party, _seen(request, row)) for row in rows]
    done = signing.sign_agreements(
        wanted, authorisation=upload_of(form, "authorisation"), by=here(request), at=request.at
    )
    return len(done)


# Paper and links ---------------------------------------------------------------------------------
def agreement_file_paper(request: PageRequest, pk: int) -> Answer:
    """Upload the scan of what was signed on paper."""
    agreement = row_of(request, pk)
    version = queries.current(agreement)
    rows = queries.signatures_on(version)
    waiting = [row for row in rows if rules.may_file_paper(here(request), row)]
    if version is None or not waiting:
        raise Refused("没有可以登记纸质签署的一方：都已签署，或还没有轮到。")
    form = PaperForm(
        request.POST or None, request.FILES or None, waiting=waiting,
        initial={"digest": version.digest},
    )  # fmt: skip

    def act() -> list[Signature]:
        scan = upload_of(form, "scan")
        assert scan is not None  # the form asks for it
        given = signing.Paper(
            scan, form.signers(), form.cleaned_data["deputy"], upload_of(form, "authorisation")
        )
        return signing.file_paper(
            agreement, given, digest=form.cleaned_data["digest"], by=here(request), at=request.at
        )

    done = submit(request, form, act, then=address(request, "detail", pk), said="纸质签署已登记。")
    return done or {
        "title": "登记纸质签署", "crumbs": crumbs(request, agreement), "form": form,
        "agreement": agreement, "version": version,
        "pairs": [
            (row.party, form[f"with-{row.party.role}"], form[f"signer-{row.party.role}"])
            for row in waiting
        ],
        "cancel": address(request, "detail", pk),
    }  # fmt: skip


def agreement_link(request: PageRequest, pk: int, party_pk: int) -> HttpResponseBase:
    """A new link for a party; the earlier one dies."""
    if request.method != "POST":
        raise Http404
    parties = row_of(request, pk).parties.select_related("agreement")
    party = get_object_or_404(parties, pk=party_pk)
    signing.renew_link(party, by=here(request), at=request.at)
    messages.success(request, "已生成新的链接，请复制后发给本人；原来的链接已作废。")
    return redirect(address(request, "detail", pk))
