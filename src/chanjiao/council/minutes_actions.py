"""The minutes as a file: written from the record until they are signed, final afterwards."""

from datetime import datetime
from io import BytesIO

from django.db import transaction

from chanjiao.council import rules
from chanjiao.council.checks import SCANS
from chanjiao.council.enums import MeetingState
from chanjiao.council.meeting_actions import locked
from chanjiao.council.minutes import minutes_blocks, moment, notice_blocks
from chanjiao.council.models import Meeting
from chanjiao.council.papers import Upload, stored
from chanjiao.council.writing import save
from chanjiao.documents.writing import write_word
from chanjiao.files.actions import store_file
from chanjiao.kernel.verdict import Conflict, Invalid, require
from chanjiao.people.access import Actor
from chanjiao.trail.actions import record


def make_minutes(meeting: Meeting, *, by: Actor, at: datetime) -> Meeting:
    """The minutes are written from the record and kept with their digest; anew until signed."""
    with transaction.atomic():
        held = locked(meeting)
        require(rules.may_make_minutes(by, held))
        name = f"{held.title}纪要.docx"
        held.minutes = store_file(BytesIO(minutes_word(held)), name, by=by, at=at)
        held.minutes_at, held.state = at, MeetingState.MINUTED
        save(held)
        record("council.make_minutes", held, by=by, at=at, data={"file": held.minutes.digest})
    return held


def archive_minutes(
    meeting: Meeting, signed: Upload | None, *, revision: int, by: Actor, at: datetime
) -> Meeting:
    """The signed scan is filed: the minutes are final. Conflict if they were made anew meanwhile."""
    with transaction.atomic():
        held = locked(meeting)
        require(rules.may_archive(by, held))
        if held.revision != revision:
            raise Conflict("纪要刚刚已重新生成，请核对签字的是否为最新一份。")
        if signed is None:
            raise Invalid({"file": ["请上传签字盖章的扫描件。"]})
        held.signed = stored(signed, by=by, at=at, kinds=SCANS)
        held.state, held.archived_at = MeetingState.ARCHIVED, at
        save(held)
        assert held.signed is not None
        record("council.archive_minutes", held, by=by, at=at, data={"file": held.signed.digest})
    return held


def minutes_word(meeting: Meeting) -> bytes:
    """The bytes of the minutes; the same record gives the same bytes."""
    name = meeting.body.consortium.name
    return write_word(f"{meeting.title}纪要", minutes_blocks(meeting), subtitle=name)


def notice_word(meeting: Meeting) -> bytes:
    """The notice as a Word file."""
    subtitle = f"{meeting.body.consortium.name}　{moment(meeting.notified_at, day=True)}"
    word = "书面表决通知" if meeting.is_written else "会议通知"
    return write_word(f"{meeting.title}{word}", notice_blocks(meeting), subtitle=subtitle)
