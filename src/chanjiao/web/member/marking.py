"""Marking journals and summaries one after the other, by keyboard: a number and Enter."""

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse

from chanjiao.training import entry_rules as rules
from chanjiao.training.marking_actions import mark_entry, return_entry
from chanjiao.training.models import Entry
from chanjiao.web.member.learning import entry_of, waiting_marks
from chanjiao.web.parts.entries import shown_entry, shown_files
from chanjiao.web.parts.entry_forms import MarkForm, seen_now
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.page import Answer, PageRequest, page
from chanjiao.web.parts.typed import whole


@page("member", template="learning/marked.html")
def marking(request: PageRequest) -> Answer:
    """On to the one that waits longest; `tutor=1` only one's own students, `after` one to pass over."""
    rows = waiting_marks(request)
    if request.GET.get("tutor") == "1":
        rows = rows.filter(placement__tutor__user=request.actor.pk)
    waiting = list(rows.values_list("pk", flat=True))
    if not waiting:
        return {"title": "批阅周记", "own": request.GET.get("tutor") == "1"}
    passed = whole(request.GET.get("after", ""))
    at = waiting.index(passed) + 1 if passed in waiting else 0
    query = "?tutor=1" if request.GET.get("tutor") == "1" else ""
    return redirect(reverse("member:marking_one", args=[waiting[at % len(waiting)]]) + query)


@page("member", writes=True, template="learning/marking.html")
def marking_one(request: PageRequest, pk: int) -> Answer:
    row = entry_of(request, pk)
    sent = request.POST.copy()
    if "return" in sent and not sent.get("mark"):
        sent["mark"] = "0"  # what goes back has no mark
    initial = {"mark": row.mark, "comment": row.comment, "revision": row.revision}
    form = MarkForm(sent or None, initial=initial)

    def act() -> Entry:
        given = form.cleaned_data
        if "return" in sent:
            return return_entry(
                row, given["comment"], revision=given["revision"], by=request.actor, at=request.at
            )
        return mark_entry(
            row, given["mark"], given["comment"], revision=given["revision"], by=request.actor,
            at=request.at,
        )  # fmt: skip

    own = request.GET.get("tutor") == "1"
    onward = reverse("member:marking") + ("?tutor=1" if own else "")
    done: HttpResponseBase | None = submit(request, form, act, then=onward)
    if done is None:
        row = entry_of(request, pk)
        seen_now(form, row.revision)
    count = waiting_marks(request).count()
    return done or {
        "title": f"{row.placement.student.name} {row.title or row.get_kind_display()}",
        "crumbs": [("学习记录", reverse("member:learning_list"))],
        "one": shown_entry(row), "form": form, "count": count, "own": own,
        "files": shown_files(row, lambda one: reverse("member:learning_file", args=[one.pk])),
        "next": f"{reverse('member:marking')}?after={row.pk}{'&tutor=1' if own else ''}",
        "may_mark": rules.may_mark(request.actor, row),
        "may_return": rules.may_return(request.actor, row),
    }  # fmt: skip


def urls() -> list[URLPattern]:
    return [
        path("marking/", marking, name="marking"),
        path("marking/<int:pk>/", marking_one, name="marking_one"),
    ]
