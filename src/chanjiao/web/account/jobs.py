"""Background work of one's own: how far it is, and how it ended."""

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from chanjiao.jobs.enums import JobState
from chanjiao.jobs.models import Job
from chanjiao.people.access import Actor
from chanjiao.web.parts.lists import ChoiceFilter, ListColumn, ListPage
from chanjiao.web.parts.page import Answer, PageRequest, is_htmx, page


def jobs_of(actor: Actor) -> QuerySet[Job]:
    """A person sees the work they asked for."""
    return Job.objects.filter(owner=actor.user)


JOBS = ListPage(
    key="account.jobs",
    title="后台任务",
    query=jobs_of,
    columns=(
        ListColumn("title", "事项"),
        ListColumn("state", "状态", kind="state", sort="state"),
        ListColumn("step", "步骤"),
        ListColumn("message", "说明"),
        ListColumn("queued_at", "发起时间", kind="moment", sort="queued_at"),
        ListColumn("ended_at", "结束时间", kind="moment", sort="ended_at"),
    ),
    filters=(ChoiceFilter(key="state", title="状态", choices=JobState.choices),),
    search=("title", "message"),
    link="account_job",
    empty="您还没有发起过后台任务。导入、试算等耗时的工作会列在这里。",
)


@page("account")
def job_list(request: PageRequest) -> HttpResponseBase:
    return JOBS.respond(request)


@page("account", template="account/job.html")
def job(request: PageRequest, pk: int) -> Answer:
    """One job; htmx asks again every second for the progress part until the job is over."""
    found = get_object_or_404(jobs_of(request.actor), pk=pk)
    context = {
        "title": found.title,
        "job": found,
        "crumbs": [("后台任务", reverse("account_jobs"))],
    }
    if is_htmx(request) and request.headers.get("HX-Target") == f"job-{found.pk}":
        return render(request, "parts/progress.html", {"job": found})
    return context
