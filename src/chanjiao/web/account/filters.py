"""A person's saved filters of list pages."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect

from chanjiao.kernel.verdict import Invalid
from chanjiao.people.models import SavedFilter
from chanjiao.web.parts.page import PageRequest, next_url, page

MOST_PER_PAGE = 20


@page("account", writes=True)
def save(request: PageRequest) -> HttpResponseBase:
    """Keep the list's address under a name; the same name on the same list is replaced."""
    name = request.POST.get("name", "").strip()[:40]
    key, query = request.POST.get("page", ""), QueryDict(request.POST.get("query", "")).urlencode()
    mine = SavedFilter.objects.filter(user=request.actor.user, page=key)
    kept = mine.filter(name=name).first() or SavedFilter(
        user=request.actor.user, page=key, name=name
    )
    kept.query = query
    if kept.pk is None and mine.count() >= MOST_PER_PAGE:
        raise Invalid({"name": [f"每个清单最多保存 {MOST_PER_PAGE} 个筛选,请先删除不用的。"]})
    try:
        kept.full_clean()
    except ValidationError as error:
        raise Invalid({"name": list(error.messages)}) from error
    kept.save()
    messages.success(request, f"已保存筛选“{name}”。")
    return redirect(next_url(request, "home"))


@page("account", writes=True)
def delete(request: PageRequest, pk: int) -> HttpResponseBase:
    kept = get_object_or_404(SavedFilter, pk=pk, user=request.actor.user)
    if request.method == "POST":
        kept.delete()
        messages.success(request, f"已删除筛选“{kept.name}”。")
    return redirect(next_url(request, "home"))
