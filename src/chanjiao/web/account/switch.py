"""Changing what one acts as."""

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect

from chanjiao.web.parts.page import PageRequest, page
from chanjiao.web.parts.shell import home_of
from chanjiao.web.parts.standing import remember, standing_of


@page("account", writes=True)
def switch(request: PageRequest) -> HttpResponseBase:
    """Take the posted place and open its start page."""
    wanted = request.POST.get("place", "")
    place = next((p for p in standing_of(request).places if p.key == wanted), None)
    if place is None:
        raise Http404
    remember(request, place)
    request.session["audience"] = place.audience
    return redirect(home_of(place.audience) or "home")
