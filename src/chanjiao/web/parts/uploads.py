"""A form field that takes several files at once."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from chanjiao.files.sniffing import EXTENSIONS
from chanjiao.files.uploads import Upload

ACCEPT = ",".join(f".{extension}" for extension in EXTENSIONS)


class _ManyFiles(forms.FileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """`clean` gives a list."""

    def __init__(self, *, accept: str = ACCEPT, **shape: Any) -> None:
        widget = _ManyFiles(attrs={"accept": accept, "multiple": True})
        super().__init__(widget=widget, required=False, **shape)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        given = data if isinstance(data, list | tuple) else [data]
        return [super(ManyFilesField, self).clean(one, initial) for one in given if one]


def uploads(form: forms.BaseForm, name: str = "files") -> list[Upload]:
    """What was sent in a field, as actions take it."""
    sent = form.cleaned_data.get(name, [])
    return [Upload(one, str(one.name), int(one.size or 0)) for one in sent]
