"""Forms that lose nothing: a refused action leaves the form as typed, with the reason beside it.

    form = PostForm(request.POST or None, …)
    done = submit(
        request, form, lambda: edit_post(post, by=request.actor, at=request.at, **form.cleaned_data),
        then=lambda post: reverse("desk:post_detail", args=[post.pk]), said="已保存。",
    )
    return done or {"title": "修改岗位", "form": form}

In the template `{% load chanjiao %}{% fields form %}` draws every field with label, help and
errors; `{% include "parts/form.html" with form=form label="保存" %}` draws the whole form.
"""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from chanjiao.kernel.verdict import Conflict, Invalid, Refused


def submit(
    request: HttpRequest,
    form: BaseForm,
    act: Callable[[], Any],
    *,
    then: str | Callable[[Any], str],
    said: str = "",
) -> HttpResponseBase | None:
    """Run the action when the form is valid. None means: show the form (again)."""
    if request.method != "POST":
        return None
    if not form.is_valid():
        _note_status(request, 422)
        return None
    try:
        result = act()
    except Invalid as refusal:
        _note_status(request, 422)
        blame(form, refusal)
        return None
    except Refused as refusal:
        _note_status(request, 409 if isinstance(refusal, Conflict) else 422)
        form.add_error(None, refusal.reason)
        return None
    if said:
        messages.success(request, said)
    return redirect(then(result) if callable(then) else then)


def blame(form: BaseForm, refusal: Invalid) -> None:
    """Put each problem beside its field; what belongs to no field goes on top."""
    for field, found in refusal.problems.items():
        for message in found:
            form.add_error(field if field in form.fields else None, message)


def _note_status(request: HttpRequest, status: int) -> None:
    cast(Any, request).page_status = status
