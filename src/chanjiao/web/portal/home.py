"""The public start page: who the consortia are, and what was published."""

from django.urls import URLPattern, path

from chanjiao.matching.queries import visible_to as rounds_visible_to
from chanjiao.members.composition import composition_of
from chanjiao.members.models import Consortium
from chanjiao.people.enums import SIDES
from chanjiao.web.parts.page import Answer, PageRequest, page


@page("portal", template="home/portal.html")
def home(request: PageRequest) -> Answer:
    consortia = [
        (consortium, total, [(side, made.of_side(side)) for side in SIDES])
        for consortium in Consortium.objects.order_by("code")
        for made in [composition_of(consortium)]
        if (total := made.total)
    ]
    rounds = rounds_visible_to(None).order_by("-published_at", "-pk")[:10]
    return {"title": "市域产教联合体", "consortia": consortia, "rounds": rounds}


def urls() -> list[URLPattern]:
    return [path("", home, name="home")]
