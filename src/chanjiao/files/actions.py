"""Storing bytes."""

import hashlib
from datetime import datetime
from typing import IO

from django.core.files import File
from django.db import transaction

from chanjiao.files.models import StoredFile
from chanjiao.people.access import Actor
from chanjiao.trail.actions import record


def store_file(content: IO[bytes], name: str, *, by: Actor | None, at: datetime) -> StoredFile:
    """Keep the bytes under a digest; the name is only shown, never used as a path."""
    sha = hashlib.sha256()
    while chunk := content.read(1 << 20):
        sha.update(chunk)
    size = content.tell()
    content.seek(0)
    stored = StoredFile(
        name=name[-200:], size=size, digest=sha.hexdigest(), stored_at=at,
        stored_by=by.user if by else None,
    )  # fmt: skip
    with transaction.atomic():
        suffix = name.rsplit(".", 1)[-1].lower()
        safe = suffix if suffix.isalnum() and len(suffix) <= 5 and suffix.isascii() else "bin"
        stored.file.save(f"{stored.digest[:20]}.{safe}", File(content), save=True)
        record(
            "file.store", stored, by=by, at=at, data={"name": stored.name, "sha256": stored.digest}
        )
    return stored
