"""A short list of codes in one column, searchable with LIKE on either database."""

from typing import Any

from django.db import models


class CodeListField(models.CharField):  # type: ignore[type-arg]
    """A list of codes, kept as " 460102 460103 ". Ask for one with `field__contains=" 460102 "`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 600)
        kwargs.setdefault("default", list)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> list[str]:
        return (value or "").split()

    def to_python(self, value: Any) -> list[str]:
        return value.split() if isinstance(value, str) else list(value or [])

    def get_prep_value(self, value: Any) -> str:
        if isinstance(value, str):
            return value
        return f" {' '.join(value)} " if value else ""
