"""Files that come with an action: checked, then kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import IO

from chanjiao.council.checks import PAPERS, check_file
from chanjiao.files.actions import store_file
from chanjiao.files.models import StoredFile
from chanjiao.people.access import Actor


@dataclass(frozen=True, slots=True)
class Upload:
    """What a person sent: the bytes and the name it had."""

    content: IO[bytes]
    name: str


def stored(
    upload: Upload | None, *, by: Actor, at: datetime, kinds: tuple[str, ...] = PAPERS
) -> StoredFile | None:
    """The stored file; None for none. `Invalid` under "file" for one that cannot be accepted."""
    if upload is None:
        return None
    check_file(upload.content, upload.name, kinds=kinds)
    return store_file(upload.content, upload.name, by=by, at=at)
