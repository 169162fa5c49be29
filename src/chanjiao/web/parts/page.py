"""The one door of every page: who may come in, whether it may write, and how refusals are shown.

    @page("desk", template="desk/post_detail.html")
    def post_detail(request: PageRequest, pk: int) -> Answer:
        post = get_object_or_404(visible_to(request.actor), pk=pk)
        return {"title": post.title, "post": post}

A view returns a response, or the context of its template: `title`, and where wanted `crumbs`
([(label, address), …]) and `primary` (a `Primary`). On entry it finds

- `request.at`, `request.actor` (None for strangers, on portal pages only),
- desk: `request.consortium` and `request.unit` (its office),
- member: `request.unit` and `request.consortium`,
- authority: `request.authority` and `request.unit`,
- student: `request.student`, `request.consortium` and `request.unit` (the school).

Strangers are sent to the sign-in page, people of another audience get a plain 404. A page without
`writes=True` takes GET and HEAD only, and the database refuses to write during every GET. A page
with `writes=True` takes POST, and GET for its form. `Refused`, `Conflict` and `Invalid` raised by
a POST become a message (422, 409, 422); `parts.forms.submit` puts them beside the fields instead.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, cast
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

from chanjiao.kernel.verdict import ALLOWED, Conflict, Invalid, Refused, Verdict
from chanjiao.members.models import Authority, Consortium
from chanjiao.needs.models import Student
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.web.parts.standing import AUDIENCES, Standing, remembered, standing_of

_READS = {"GET", "HEAD"}
_READ_STATEMENTS = (
    "SELECT",
    "WITH",
    "SAVEPOINT",
    "RELEASE",
    "ROLLBACK",
    "EXPLAIN",
    "PRAGMA",
    "BEGIN",
)


class PageRequest(HttpRequest):
    """What a view behind `@page` finds on its request (for annotations only)."""

    at: datetime
    actor: Actor
    consortium: Consortium
    unit: Unit
    authority: Authority
    student: Student
    standing: Standing
    audience: str
    page_status: int


@dataclass(frozen=True, slots=True)
class Primary:
    """The page's main button. A refusing verdict shows it disabled, with the reason."""

    label: str
    url: str
    verdict: Verdict = ALLOWED


Answer = HttpResponseBase | dict[str, Any]
View = Callable[..., Any]


class WroteWhileReading(RuntimeError):
    """A GET tried to change the database."""


def page(
    audience: str, *, writes: bool = False, template: str | None = None, notes_views: bool = False
) -> Callable[[View], Callable[..., HttpResponseBase]]:
    """Declare a view's audience and whether it writes; see the module's text.

    `notes_views` is for the one page whose showing is itself noted (allauth's recovery codes).
    """
    if audience not in AUDIENCES:
        raise ValueError(f"no such audience: {audience}")

    def decorate(view: View) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            _need_clean(request)
            turned_away = _turned_away(request, audience, writes)
            if turned_away is not None:
                return turned_away
            with _only_reading(request.method in _READS and not notes_views):
                try:
                    answer = view(request, *args, **kwargs)
                except Refused as refusal:
                    return refused(request, refusal)
                return _finished(request, _shown(request, answer, template), audience)

        marked = cast(Any, shown)
        marked.audience, marked.writes, marked.template = audience, writes, template
        return cast(Callable[..., HttpResponseBase], shown)

    return decorate


def is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def next_url(request: HttpRequest, default: str) -> str:
    """Where the form asked to go on to, if that is an address of this site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if is_ours(request, wanted) else resolve_url(default)


def is_ours(request: HttpRequest, address: str) -> bool:
    return bool(address) and url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )


def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """The refusal as a page, or for htmx as a message on the page that is already there."""
    status = 403 if request.method in _READS else 409 if isinstance(refusal, Conflict) else 422
    problems = refusal.problems if isinstance(refusal, Invalid) else {}
    context = {
        "title": "没有办成",
        "reason": refusal.reason,
        "problems": [message for messages in problems.values() for message in messages],
        "back": came_from(request),
    }
    if not is_htmx(request):
        return render(request, "refused.html", context, status=status)
    answer = render(request, "parts/refusal.html", context, status=status)
    answer["HX-Retarget"], answer["HX-Reswap"], answer["HX-Push-Url"] = (
        "#messages",
        "innerHTML",
        "false",
    )
    return answer


def came_from(request: HttpRequest) -> str:
    """The page of ours that led here, else the start page."""
    address = request.headers.get("Referer", "")
    if not is_ours(request, address):
        return resolve_url("home")
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _need_clean(request: HttpRequest) -> None:
    """PostgreSQL keeps no NUL character; nobody types one. 400 on every database."""
    for sent in (request.GET, request.POST):
        if any("\0" in text for _, texts in sent.lists() for text in texts):
            raise BadRequest("NUL in what was sent")


def _turned_away(request: HttpRequest, audience: str, writes: bool) -> HttpResponseBase | None:
    actor = getattr(request, "actor", None)
    if audience != "portal" and actor is None:
        return _to_login(request)
    _enter(cast(PageRequest, request), audience)
    allowed = ["GET", "HEAD", "POST"] if writes else ["GET", "HEAD"]
    if request.method not in allowed:
        return HttpResponseNotAllowed(allowed)
    if audience == "member" and cast(Any, request).consortium is None:
        return render(request, "account/nowhere.html", {"title": "暂无可办事项"}, status=403)
    return None


def _enter(request: PageRequest, audience: str) -> None:
    """Set where the asker stands; 404 where the asker has no business."""
    request.audience = audience
    standing = standing_of(request)
    if audience in {"portal", "account"}:
        return
    place = standing.chosen(audience, remembered(request))
    if place is None:
        raise Http404
    if request.session.get("audience") != audience:
        request.session["audience"] = audience  # account pages keep the frame the person came from
    request.consortium = cast(Consortium, place.consortium)
    request.unit = cast(Unit, place.unit)
    request.authority = cast(Authority, place.authority)
    if audience == "student":
        request.student = cast(Student, standing.student)


def _to_login(request: HttpRequest) -> HttpResponseBase:
    address = request.get_full_path()
    if is_htmx(request):
        answer = HttpResponse()
        answer["HX-Redirect"] = redirect_to_login(came_from(request)).url
        return answer
    return redirect_to_login(address if request.method in _READS else came_from(request))


def _shown(request: HttpRequest, answer: Answer, template: str | None) -> HttpResponseBase:
    if isinstance(answer, HttpResponseBase):
        return answer
    if template is None:
        raise TypeError("a view that returns a context must name its template in @page")
    return render(request, template, answer, status=getattr(request, "page_status", 200))


def _finished(request: HttpRequest, answer: HttpResponseBase, audience: str) -> HttpResponseBase:
    """What every answer of ours has: no copy on a shared machine, and whole pages after a form.

    A boosted form that goes on to another page loads it anew, with that page's own scripts.
    """
    if request.headers.get("HX-Boosted") and 300 <= answer.status_code < 400:
        goal = answer.headers["Location"]
        answer = HttpResponse()
        answer["HX-Redirect"] = goal
    if audience != "portal":
        answer.headers.setdefault("Cache-Control", "private, no-store")
    return answer


@contextmanager
def _only_reading(reading: bool) -> Iterator[None]:
    if not reading:
        yield
        return
    with connection.execute_wrapper(_refuse_writes):
        yield


def _refuse_writes(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    if not sql.lstrip(" (\n").upper().startswith(_READ_STATEMENTS):
        raise WroteWhileReading(sql[:80])
    return execute(sql, params, many, context)
