"""What desk and member pages of the council share: files, the timeline, seats drawn."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.http import FileResponse, Http404, HttpResponseBase

from chanjiao.council.enums import MeetingState
from chanjiao.council.models import Meeting
from chanjiao.files.models import StoredFile
from chanjiao.members.models import Consortium, Membership
from chanjiao.members.queries import member_on
from chanjiao.people.models import Unit

TONES = {
    "notified": "wait", "open": "wait", "closed": "warn", "minuted": "warn", "archived": "good",
    "postponed": "warn", "cancelled": "idle", "underway": "wait", "reported": "warn",
    "carried_out": "good", "not_passed": "bad", "recorded": "wait", "confirmed": "good",
    "returned": "warn",
}  # fmt: skip
_LINE = (
    MeetingState.DRAFT, MeetingState.NOTIFIED, MeetingState.OPEN, MeetingState.CLOSED,
    MeetingState.MINUTED, MeetingState.ARCHIVED,
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """A station of a meeting's timeline; look is done, now or empty."""

    label: str
    when: datetime | None
    look: str


def timeline(meeting: Meeting) -> list[Step]:
    """Where the meeting stands, each station with the moment it was reached."""
    when = {
        MeetingState.DRAFT: meeting.created_at, MeetingState.NOTIFIED: meeting.notified_at,
        MeetingState.OPEN: meeting.opened_at or meeting.starts_at,
        MeetingState.CLOSED: meeting.closed_at, MeetingState.MINUTED: meeting.minutes_at,
        MeetingState.ARCHIVED: meeting.archived_at,
    }  # fmt: skip
    if meeting.state not in _LINE:
        return []
    here = _LINE.index(MeetingState(meeting.state))
    last = here == len(_LINE) - 1
    return [
        Step(
            str(state.label), when[state],
            "done" if place < here or last else "now" if place == here else "",
        )
        for place, state in enumerate(_LINE)
    ]  # fmt: skip


def send(stored: StoredFile | None) -> HttpResponseBase:
    """A stored file as a download; 404 where there is none."""
    if stored is None:
        raise Http404
    return FileResponse(stored.file.open("rb"), as_attachment=True, filename=stored.name)


def member_units(consortium: Consortium, on: date) -> list[Unit]:
    """The present members, by name."""
    rows = Membership.objects.filter(member_on(on), consortium=consortium)
    return [row.unit for row in rows.select_related("unit").order_by("unit__name", "pk")]


def first(rows: Iterable[Unit], test: Callable[[Unit], bool]) -> Unit | None:
    return next((row for row in rows if test(row)), None)
