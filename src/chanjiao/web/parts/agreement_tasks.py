"""What agreements put on the home pages: to sign, to amend, to chase, to renew."""

from collections.abc import Iterator
from datetime import date

from django.urls import reverse

from chanjiao.agreements import queries
from chanjiao.agreements.enums import AgreementState
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
    actor = here(request)
    waiting = queries.waiting_for(actor).filter(version__agreement__consortium=request.consortium)
    due = waiting.order_by().filter(version__agreement__sign_by__isnull=False)
    days = due.order_by("version__agreement__sign_by").values_list("version__agreement__sign_by")
    first = days.first()
    yield Task(
        "待我方签署的协议",
        waiting.count(),
        who,
        f"{url}?standing=mine",
        first[0] if first else None,
        today,
    )
    own = queries.drafted_by(actor).filter(consortium=request.consortium)
    objected = own.filter(state=AgreementState.OBJECTED).count()
    yield Task("处理有异议的协议", objected, who, f"{url}?state=objected", None, today)
    late = queries.overdue(own, on=today).order_by("sign_by", "pk")
    oldest = late.first()
    yield Task(
        "催签：逾期未签的协议", late.count(), "签署方", f"{url}?standing=overdue",
        oldest.sign_by if oldest else None, today,
    )  # fmt: skip
    soon = queries.expiring(own, on=today).order_by("ends_on", "pk")
    next_one = soon.first()
    yield Task(
        "续签：60 天内到期的协议", soon.count(), who, f"{url}?standing=expiring",
        next_one.ends_on if next_one else None, today,
    )  # fmt: skip
