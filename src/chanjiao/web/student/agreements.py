"""A student's agreements, on a phone: what waits, the whole text, signing, refusing."""

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path

from chanjiao.agreements import queries
from chanjiao.agreements.enums import AgreementState
from chanjiao.web.parts import agreement_pages, agreement_signing
from chanjiao.web.parts.agreements import own_signature, row_of, rows_of
from chanjiao.web.parts.page import Answer, PageRequest, page


@page("student", template="agreements/student_list.html")
def agreement_list(request: PageRequest) -> Answer:
    """What is to be signed first, then the others."""
    mine = queries.waiting_for(request.actor).values_list("version__agreement", flat=True)
    waiting = set(mine)
    rows = rows_of(request).exclude(state=AgreementState.ABANDONED)
    found = list(rows.order_by("-created_at", "-pk"))
    return {
        "title": "我的协议",
        "waiting": [row for row in found if row.pk in waiting],
        "others": [row for row in found if row.pk not in waiting],
    }


@page("student", template="agreements/sign.html")
def agreement_detail(request: PageRequest, pk: int) -> Answer | HttpResponseBase:
    """The text as it stands; where there is something to sign, the page to sign on."""
    agreement = row_of(request, pk)
    version = queries.current(agreement)
    if own_signature(request, version) is None:
        return redirect("student:agreement_list")
    return agreement_signing.agreement_sign(request, pk)


@page("student", writes=True, template="agreements/sign.html")
def agreement_sign(request: PageRequest, pk: int) -> Answer:
    return agreement_signing.agreement_sign(request, pk)


@page("student", writes=True, template="agreements/sign.html")
def agreement_refuse(request: PageRequest, pk: int) -> Answer:
    return agreement_signing.agreement_refuse(request, pk)


@page("student")
def agreement_file(request: PageRequest, pk: int, which: str) -> HttpResponseBase:
    return agreement_pages.agreement_file(request, pk, which)


def waiting_count(request: PageRequest) -> int:
    """For the home page: how many the student can sign now."""
    return queries.waiting_for(request.actor).count()


def urls() -> list[URLPattern]:
    """Addresses below /student/."""
    one = "agreements/<int:pk>/"
    return [
        path("agreements/", agreement_list, name="agreement_list"),
        path(one, agreement_detail, name="agreement_detail"),
        path(f"{one}sign/", agreement_sign, name="agreement_sign"),
        path(f"{one}refuse/", agreement_refuse, name="agreement_refuse"),
        path(f"{one}files/<slug:which>/", agreement_file, name="agreement_file"),
    ]
