"""The start page: each person's own."""

from django.http import HttpResponseBase
from django.shortcuts import redirect, render

from chanjiao.web.parts.page import PageRequest, page
from chanjiao.web.parts.shell import home_of
from chanjiao.web.parts.standing import standing_of


@page("portal")
def home(request: PageRequest) -> HttpResponseBase:
    """On to the start page of the person's place; strangers to the portal, else to sign in."""
    if not request.user.is_authenticated:
        return redirect(home_of("portal") or "account_login")
    audiences = [place.audience for place in standing_of(request).places]
    kept = request.session.get("audience")
    order = [kept, *audiences] if kept in audiences else audiences
    address = next((a for a in map(home_of, order) if a), "")
    if address:
        return redirect(address)
    request.audience = "account"
    return render(request, "account/nowhere.html", {"title": "暂无可办事项"})
