"""A person's saved filters of list pages."""

from django.contrib import messages
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect

from chanjiao.kernel.verdict import Invalid
from chanjiao.people.actions import delete_filter, save_filter
from chanjiao.people.models import SavedFilter
from chanjiao.people.queries import saved_filters
from chanjiao.web.parts.page import PageRequest, next_url, page

MOST_PER_LIST = 20


@page("account", writes=True)
def save(request: PageRequest) -> HttpResponseBase:
    """Keep the list's address under a name; the same name on the same list is replaced."""
    if request.method != "POST":
        return redirect("home")
    name, key = request.POST.get("name", "").strip()[:40], request.POST.get("page", "")
    kept = saved_filters(request.actor, key)
    if kept.exclude(name=name).count() >= MOST_PER_LIST:
        raise Invalid({"name": [f"每个清单最多保存 {MOST_PER_LIST} 个筛选，请先删除不用的。"]})
    query = QueryDict(request.POST.get("query", "")).urlencode()
    save_filter(key, name, query, by=request.actor)
    messages.success(request, f"已保存筛选“{name}”。")
    return redirect(next_url(request, "home"))


@page("account", writes=True)
def delete(request: PageRequest, pk: int) -> HttpResponseBase:
    kept = get_object_or_404(SavedFilter, pk=pk, user=request.actor.user)
    if request.method == "POST":
        delete_filter(kept, by=request.actor)
        messages.success(request, f"已删除筛选“{kept.name}”。")
    return redirect(next_url(request, "home"))
