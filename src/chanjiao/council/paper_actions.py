"""The papers of a meeting: its documents, and the written authorisation of a seat."""

from datetime import datetime

from django.db import transaction

from chanjiao.council import rules
from chanjiao.council.attendance_actions import attendance_of
from chanjiao.council.enums import MeetingState
from chanjiao.council.meeting_actions import locked
from chanjiao.council.models import Attendance, Meeting, MeetingFile
from chanjiao.council.papers import Upload, stored
from chanjiao.kernel.verdict import Refused, require
from chanjiao.people.access import Actor
from chanjiao.people.checks import check_row
from chanjiao.trail.actions import record


def attach_authorisation(
    row: Attendance, file: Upload, *, by: Actor, at: datetime
) -> Attendance:  # fmt: skip
    """The written authorisation of a seat that is represented."""
    with transaction.atomic():
        meeting = locked(row.meeting)
        held = attendance_of(meeting, row.pk)
        require(rules.may_serve(by, meeting.body.consortium))
        if meeting.state not in {MeetingState.NOTIFIED, MeetingState.OPEN}:
            raise Refused("会议通知后、闭会前才能上传委托书。")
        held.authorisation = stored(file, by=by, at=at)
        held.save(update_fields=["authorisation"])
        record("council.attach_authorisation", held, by=by, at=at)
    return held


def add_file(meeting: Meeting, file: Upload, title: str, *, by: Actor, at: datetime) -> MeetingFile:
    """A document those called may read."""
    with transaction.atomic():
        held = locked(meeting)
        require(rules.may_serve(by, held.body.consortium))
        if held.state in {MeetingState.ARCHIVED, MeetingState.CANCELLED}:
            raise Refused("会议已归档或取消，不能再加材料。")
        kept = stored(file, by=by, at=at)
        assert kept is not None
        row = MeetingFile(meeting=held, file=kept, title=title.strip() or kept.name)
        check_row(row)
        row.save(force_insert=True)
        record("council.add_file", held, by=by, at=at, data={"file": kept.digest})
    return row


def remove_file(row: MeetingFile, *, by: Actor, at: datetime) -> None:
    """Taken off before the notice; later it stays, since people have read it."""
    with transaction.atomic():
        held = locked(row.meeting)
        require(rules.may_serve(by, held.body.consortium))
        if held.state != MeetingState.DRAFT:
            raise Refused("已发通知，材料不能再删除。")
        record("council.remove_file", held, by=by, at=at, data={"file": row.file.digest})
        row.delete()
