"""What agreements put on the home pages: to sign, to amend, to chase, to renew."""

from collections.abc import Iterator
from datetime import date

from django.urls import reverse

from chanjiao.agreements import queries
from chanjiao.web.parts.agreements import here
from chanjiao.web.parts.page import PageRequest
from chanjiao.web.parts.queue import Task


def desk_tasks(request: PageRequest, today: date) -> Iterator[Task]:
    """The office's own, as of any drafting unit."""
    return _tasks(request, today, "秘书处")


def member_tasks(request: PageRequest, today: date) -> Iterator[Task]:
    return _tasks(request, today, "本单位")


def _tasks(request: PageRequest, today: date, who: str) -> Iterator[Task]:
    url = reverse(f"{request.audience}:agreement_list")
    mine = queries.to_sign(here(request), request.consortium)
    yield Task("待我方签署的协议", mine["count"], who, f"{url}?standing=mine", mine["due"], today)
    own = queries.tally_drafted(here(request), request.consortium, on=today)
    yield Task("处理有异议的协议", own["objected"], who, f"{url}?state=objected", None, today)
    yield Task(
        "催签：逾期未签的协议", own["late"], "签署方", f"{url}?standing=overdue", own["late_since"],
        today,
    )  # fmt: skip
    yield Task(
        "续签：60 天内到期的协议",
        own["soon"],
        who,
        f"{url}?standing=expiring",
        own["soon_on"],
        today,
    )
