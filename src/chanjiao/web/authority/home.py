"""An authority's start page: what must be looked at, who has not sent the year."""

from collections.abc import Iterator
from datetime import date, timedelta
from urllib.parse import urlencode

from django.urls import URLPattern, path, reverse

from chanjiao.indicators import received_rules as rules
from chanjiao.indicators.enums import ReceivedState, SignerState
from chanjiao.kernel.clock import day_of
from chanjiao.web.authority.years import year_of
from chanjiao.web.parts.page import Answer, PageRequest, Primary, page
from chanjiao.web.parts.queue import Task, in_order

REFUSED_DAYS = 30  # a refused file may not say whose it is, so it leaves the queue by its age


@page("authority", template="authority/home.html")
def home(request: PageRequest) -> Answer:
    authority, year = request.authority, year_of(request)
    counted = rules.counted(authority, year).count()
    silent = rules.silent_in(authority, year)
    verdict = rules.may_receive(request.actor, authority)
    return {
        "title": "工作台",
        "primary": Primary("接收证据包", reverse("authority:pack_receive"), verdict),
        "queue": in_order(_tasks(request, day_of(request.at))),
        "year": year,
        "counted": counted,
        "silent": silent,
        "any": bool(rules.years_of(authority)),
        "at": request.at,
    }


def _tasks(request: PageRequest, today: date) -> Iterator[Task]:
    packs = rules.packs_visible_to(request.actor).filter(authority=request.authority)
    signers = rules.signers_visible_to(request.actor).filter(
        authority=request.authority, state=SignerState.SEEN, packs__state=ReceivedState.QUESTIONED
    )
    changed = [s for s in signers.distinct().order_by("pk") if rules.other_signers(s).exists()]
    fresh = signers.distinct().count() - len(changed)
    to_signers = f"{reverse('authority:signer_list')}?{urlencode({'state': SignerState.SEEN})}"

    def of(state: str) -> str:
        return f"{reverse('authority:pack_list')}?{urlencode({'state': state})}"

    yield Task("签名人与以前不同，请核对是谁签的", len(changed), "本部门", to_signers, today, today)
    yield Task("首次出现的签名人，请核对公钥指纹", fresh, "本部门", to_signers, None, today)
    since = request.at - timedelta(days=REFUSED_DAYS)
    refused = packs.filter(state=ReceivedState.REFUSED, received_at__gte=since).exclude(
        consortium_code__in=packs.filter(state=ReceivedState.VERIFIED).values("consortium_code")
    )
    yield Task(
        "没有通过核验，请告知联合体重新制作",
        refused.count(),
        "联合体",
        of(ReceivedState.REFUSED),
        None,
        today,
    )
    checking = packs.filter(state=ReceivedState.CHECKING).count()
    yield Task("正在核验", checking, "系统", of(ReceivedState.CHECKING), None, today)


def urls() -> list[URLPattern]:
    return [path("", home, name="home")]
