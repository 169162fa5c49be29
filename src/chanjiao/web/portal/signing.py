"""Signing by link, without an account: the text, one's own name, or a refusal with its reason."""

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from chanjiao.agreements import queries, rules, signing
from chanjiao.agreements.enums import SignatureState
from chanjiao.agreements.models import Party, Signature, Version
from chanjiao.agreements.text import read_paragraphs
from chanjiao.links.enums import Purpose
from chanjiao.links.models import Link
from chanjiao.links.queries import LinkGone, open_link
from chanjiao.web.parts.agreement_forms import LinkSignForm, RefuseForm
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.page import PageRequest, page

# What stands here is for one person: no copy on the way, none on a shared phone.
_PRIVATE = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}


@page("portal", writes=True)
def sign(request: PageRequest, token: str) -> HttpResponseBase:
    """Read and sign. Used again, it shows what was done; expired or forged, what to do."""
    try:
        link = open_link(token, Purpose.SIGN, at=request.at)
    except LinkGone as gone:
        return _gone(request, gone.reason, status=410)
    version = _version(link)
    if version is None:
        return _gone(request, "协议正在修改，改好后仍用这个链接签署；也可以问问发起的单位。")
    sending = request.method == "POST"
    refusing = sending and request.POST.get("act") == "refuse"
    seen = {"digest": version.digest}
    form = LinkSignForm(request.POST if sending and not refusing else None, initial=seen)
    refuse = RefuseForm(request.POST if refusing else None, initial=seen)
    done = None
    if sending:
        done = _refused(request, link, refuse) if refusing else _signed(request, link, form)
    return _private(done or _shown(request, link, form, refuse))


def _signed(request: PageRequest, link: Link, form: LinkSignForm) -> HttpResponseBase | None:
    return submit(
        request, form,
        lambda: signing.sign_by_link(
            link, digest=form.cleaned_data["digest"], name=form.cleaned_data["name"], at=request.at
        ),
        then=request.path,
    )  # fmt: skip


def _refused(request: PageRequest, link: Link, form: RefuseForm) -> HttpResponseBase | None:
    return submit(
        request, form,
        lambda: signing.refuse_by_link(
            link, digest=form.cleaned_data["digest"], reason=form.cleaned_data["reason"],
            at=request.at,
        ),
        then=request.path,
    )  # fmt: skip


def _gone(request: PageRequest, reason: str, *, status: int = 200) -> HttpResponseBase:
    shown = {"reason": reason}
    return _private(render(request, "agreements/link_gone.html", shown, status=status))


def _version(link: Link) -> Version | None:
    held = _signature(link)
    return held.version if held else None


def _signature(link: Link) -> Signature | None:
    """What the link is to sign on: the party's signature on the newest version."""
    party = Party.objects.select_related("agreement").filter(pk=link.subject_id).first()
    version = queries.current(party.agreement) if party else None
    found = [row for row in queries.signatures_on(version) if party and row.party_id == party.pk]
    live = found and found[0].state != SignatureState.VOID
    return found[0] if live else None


def _shown(
    request: PageRequest, link: Link, form: LinkSignForm, refuse: RefuseForm
) -> HttpResponseBase:
    """Read anew: after a conflict the page shows the newest text, with the reason on top."""
    held = _signature(link)
    if held is None:
        return redirect(request.path)
    form.look_again(held.version.digest)
    refuse.look_again(held.version.digest)
    context = {
        "title": held.version.facts.get("title", ""),
        "link": link,
        "signature": held,
        "version": held.version,
        "agreement": held.version.agreement,
        "paragraphs": read_paragraphs(held.version.text),
        "verdict": rules.can_be_signed(held),
        "form": form,
        "refuse_form": refuse,
        "refusing": refuse.is_bound,
    }
    status = getattr(request, "page_status", 200)
    return render(request, "agreements/link.html", context, status=status)


def _private(answer: HttpResponseBase) -> HttpResponseBase:
    for name, value in _PRIVATE.items():
        answer.headers[name] = value
    return answer


def urls() -> list[URLPattern]:
    """Addresses below /portal/."""
    return [path("sign/<str:token>/", sign, name="sign")]
