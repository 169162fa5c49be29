"""What pages of every audience show of records of learning."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from chanjiao.files.sniffing import type_called
from chanjiao.training.enums import EntryKind, EntryState
from chanjiao.training.grades import hours
from chanjiao.training.models import Entry, EntryFile

TONES = {
    EntryState.DRAFT: "idle", EntryState.SUBMITTED: "wait", EntryState.CONFIRMED: "good",
    EntryState.CORRECTED: "good", EntryState.REJECTED: "warn",
}  # fmt: skip
# A journal is marked, not confirmed: the same states under their own names.
_MARKING = {EntryState.SUBMITTED: "待批阅", EntryState.CONFIRMED: "已批阅"}


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file of a record and where it opens."""

    one: EntryFile
    url: str
    image: bool


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """A record ready to be drawn."""

    row: Entry
    url: str
    state: str
    tone: str
    hours: str
    confirmed: str

    @property
    def heading(self) -> str:
        return self.row.title or self.row.get_kind_display()


def shown_entry(row: Entry, url: str = "") -> ShownEntry:
    return ShownEntry(
        row, url, state_of(row), TONES[EntryState(row.state)], hours(row.minutes),
        "" if row.confirmed_minutes is None else hours(row.confirmed_minutes),
    )  # fmt: skip


def shown_entries(rows: Sequence[Entry], url: Callable[[Entry], str]) -> list[ShownEntry]:
    return [shown_entry(row, url(row)) for row in rows]


def state_of(row: Entry) -> str:
    marking = _MARKING if row.kind != EntryKind.WORK else {}
    return marking.get(EntryState(row.state), str(row.get_state_display()))


def listed(rows: QuerySet[Entry]) -> QuerySet[Entry]:
    """With items and the number of files, for a list; three queries."""
    return rows.prefetch_related("items").annotate(file_count=Count("files", distinct=True))


def shown_files(row: Entry, url: Callable[[EntryFile], str]) -> list[ShownFile]:
    found = []
    for one in row.files.select_related("file").order_by("pk"):
        kind = type_called(one.file.name)
        found.append(ShownFile(one, url(one), kind is not None and kind.is_image))
    return found


def content_type(one: EntryFile) -> str:
    """As it was sniffed when it came."""
    kind = type_called(one.file.name)
    return kind.content_type if kind else "application/octet-stream"


def percent(share: int | None) -> str:
    """Hundredths of a percent as 85.5%; a dash for none."""
    return "—" if share is None else f"{share // 100}.{share % 100 // 10}%"
