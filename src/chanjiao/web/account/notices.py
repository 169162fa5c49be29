"""The bell: what a person was told."""

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect

from chanjiao.kernel.verdict import require
from chanjiao.notices.actions import mark_read
from chanjiao.notices.queries import unread, visible_to
from chanjiao.notices.rules import may_read
from chanjiao.web.parts.page import Answer, PageRequest, is_ours, page

SHOWN = 200


@page("account", template="account/notices.html")
def notices(request: PageRequest) -> Answer:
    """The newest two hundred."""
    return {"title": "通知", "notices": list(visible_to(request.actor)[:SHOWN]), "most": SHOWN}


@page("account", writes=True)
def open_notice(request: PageRequest, pk: int) -> HttpResponseBase:
    """Mark as read and go where the notice points."""
    notice = get_object_or_404(visible_to(request.actor), pk=pk)
    require(may_read(request.actor, notice))
    if request.method == "POST":
        mark_read([notice], at=request.at)
    return redirect(notice.link if is_ours(request, notice.link) else "account_notices")


@page("account", writes=True)
def read_all(request: PageRequest) -> HttpResponseBase:
    if request.method == "POST":
        mark_read(unread(request.actor), at=request.at)
    return redirect("account_notices")
