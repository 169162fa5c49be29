"""What a student does with records of learning: write, change, hand in, take back, throw away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from chanjiao.files.actions import store_file
from chanjiao.files.uploads import Fit, Upload, sorted_out
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Conflict, require
from chanjiao.people.access import Actor
from chanjiao.trail.actions import record
from chanjiao.training import entry_rules as rules
from chanjiao.training.entry_checks import (
    MAX_FILES,
    PHOTO_LIMIT,
    EntryValues,
    check_values,
    check_whole,
)
from chanjiao.training.entry_queries import items_offered
from chanjiao.training.entry_rows import locked, locked_placement, save, seen_as
from chanjiao.training.enums import EntryKind, EntryState
from chanjiao.training.models import Entry, EntryFile, Placement
from chanjiao.training.queries import stint_on


@dataclass(frozen=True, slots=True)
class Written:
    """The record as it is kept. With `problems` (files that could not be kept) it stays a draft."""

    entry: Entry
    problems: tuple[str, ...] = ()


def write_entry(
    placement: Placement, values: EntryValues, *, by: Actor, at: datetime,
    uploads: Sequence[Upload] = (), device_key: str = "", submit: bool = False,
) -> Written:  # fmt: skip
    """A new record. Sent again under the same `device_key` it is the same record, brought to what
    was sent; a file it has already is not kept twice."""
    fits, problems = sorted_out(uploads, limit=PHOTO_LIMIT)
    with transaction.atomic():
        held = locked_placement(placement)
        require(rules.may_write(by, held, on=day_of(at)))
        known = _known(held, device_key)
        if known is not None:
            return _sent_again(known, values, fits, problems, submit=submit, by=by, at=at)
        entry = Entry(placement=held, kind=values.kind, device_key=device_key[:40], created_at=at)
        _put(entry, values, whole=submit and not problems, by=by, at=at)
        entry.save(force_insert=True)
        entry.items.set(values.items)
        return _finish("entry.write", entry, fits, problems, submit=submit, by=by, at=at)


def _known(placement: Placement, device_key: str) -> Entry | None:
    found = placement.entries.filter(device_key=device_key[:40]).first() if device_key else None
    return locked(found) if found else None


def _sent_again(
    entry: Entry, values: EntryValues, fits: Sequence[Fit], problems: list[str], *, submit: bool,
    by: Actor, at: datetime,
) -> Written:  # fmt: skip
    """The phone did not hear that it had arrived. Nothing new: nothing is done."""
    fresh = _fresh(entry, fits)
    same = _values_of(entry) == _tidied(values)
    if same and not fresh and (entry.state != EntryState.DRAFT or not submit):
        return Written(entry, tuple(problems))
    if not same and entry.revision != 1:
        raise Conflict("这条记录已经收到，之后又有改动。请打开它再修改。")
    require(rules.may_change(by, entry, on=day_of(at)))
    _put(entry, values, whole=submit and not problems, by=by, at=at)
    save(entry, *_FIELDS)
    entry.items.set(values.items)
    return _finish("entry.change", entry, fresh, problems, submit=submit, by=by, at=at)


def change_entry(
    entry: Entry, values: EntryValues, *, revision: int, by: Actor, at: datetime,
    uploads: Sequence[Upload] = (), submit: bool = False,
) -> Written:  # fmt: skip
    """Other values, more files. What waits for the mentor goes on waiting, as something new."""
    fits, problems = sorted_out(uploads, limit=PHOTO_LIMIT)
    with transaction.atomic():
        held = locked(entry)
        require(rules.may_change(by, held, on=day_of(at)))
        seen_as(held, revision)
        whole = (submit and not problems) or held.state == EntryState.SUBMITTED
        _put(held, values, whole=whole, by=by, at=at)
        save(held, *_FIELDS)
        held.items.set(values.items)
        fresh = _fresh(held, fits)
        return _finish("entry.change", held, fresh, problems, submit=submit, by=by, at=at)


_FIELDS = ("day", "text", "title", "minutes", "stint")


def _put(entry: Entry, values: EntryValues, *, whole: bool, by: Actor, at: datetime) -> None:
    """The values on the row, checked, not yet saved."""
    values = _tidied(values)
    offered = list(items_offered(entry.placement))
    own = entry if entry.pk else None
    check_values(entry.placement, values, offered, on=day_of(at), own=own)
    if whole:
        check_whole(values, has_items=bool(offered))
    entry.day, entry.text, entry.title = values.day, values.text, values.title
    entry.minutes, entry.stint = values.minutes, stint_on(entry.placement, values.day)


def _tidied(values: EntryValues) -> EntryValues:
    work = values.kind == EntryKind.WORK
    return EntryValues(
        values.kind, values.day, values.text.strip().replace("\r\n", "\n"),
        values.title.strip()[:80], values.minutes if work else 0,
        tuple(sorted(set(values.items))) if work else (),
    )  # fmt: skip


def _values_of(entry: Entry) -> EntryValues:
    items = entry.items.order_by("pk").values_list("pk", flat=True)
    return EntryValues(
        entry.kind, entry.day, entry.text, entry.title, entry.minutes, tuple(items)
    )  # fmt: skip


def _fresh(entry: Entry, fits: Sequence[Fit]) -> list[Fit]:
    have = set(entry.files.values_list("digest", flat=True))
    return [fit for fit in fits if fit.digest not in have]


def _finish(
    word: str, entry: Entry, fits: Sequence[Fit], problems: list[str], *, submit: bool,
    by: Actor, at: datetime,
) -> Written:  # fmt: skip
    """Files kept, handed in where that was asked and nothing is wrong, one trail row."""
    found = list(problems)
    kept = _keep(entry, fits, found, by=by, at=at)
    handed_in = submit and not found and entry.state in {EntryState.DRAFT, EntryState.REJECTED}
    if handed_in:
        _hand_in(entry, at=at)
    data = {"day": str(entry.day), "minutes": entry.minutes, "sha256": kept, "submit": handed_in}
    record(word, entry, by=by, at=at, data=data)
    return Written(entry, tuple(found))


def _keep(
    entry: Entry, fits: Sequence[Fit], problems: list[str], *, by: Actor, at: datetime
) -> list[str]:
    """The digests of what is kept now; what is too many is told in `problems`."""
    kept: list[str] = []
    have = entry.files.count()
    for fit in fits:
        if fit.digest in kept:
            continue
        if have + len(kept) >= MAX_FILES:
            problems.append(f"{fit.name}：一条记录最多 {MAX_FILES} 个附件。")
            continue
        fit.content.seek(0)
        stored = store_file(fit.content, fit.name, by=by, at=at)
        EntryFile.objects.create(entry=entry, file=stored, digest=fit.digest)
        kept.append(fit.digest)
    return kept


def _hand_in(entry: Entry, *, at: datetime) -> None:
    entry.state, entry.submitted_at = EntryState.SUBMITTED, at
    entry.decided_at = entry.decided_by = entry.decided_link = None
    entry.remark = ""
    entry.save(
        update_fields=[
            "state",
            "submitted_at",
            "decided_at",
            "decided_by",
            "decided_link",
            "remark",
        ]
    )


def submit_entry(entry: Entry, *, revision: int, by: Actor, at: datetime) -> Entry:
    """To the mentor, or for a journal and a summary to the tutor."""
    with transaction.atomic():
        held = locked(entry)
        require(rules.may_submit(by, held, on=day_of(at)))
        seen_as(held, revision)
        offered = list(items_offered(held.placement))
        check_whole(_values_of(held), has_items=bool(offered))
        _hand_in(held, at=at)
        save(held)
        record("entry.submit", held, by=by, at=at, data={"day": str(held.day)})
    return held


def take_back_entry(entry: Entry, *, revision: int, by: Actor, at: datetime) -> Entry:
    """A draft again, to be mended; the mentor no longer sees it."""
    with transaction.atomic():
        held = locked(entry)
        require(rules.may_take_back(by, held, on=day_of(at)))
        seen_as(held, revision)
        held.state = EntryState.DRAFT
        save(held, "state")
        record("entry.take_back", held, by=by, at=at)
    return held


def delete_entry(entry: Entry, *, by: Actor, at: datetime) -> None:
    """A draft nobody has seen; its files stay among the stored bytes."""
    with transaction.atomic():
        held = locked(entry)
        require(rules.may_delete(by, held, on=day_of(at)))
        record("entry.delete", held, by=by, at=at, data={"day": str(held.day)})
        held.delete()


def remove_entry_file(one: EntryFile, *, by: Actor, at: datetime) -> Entry:
    """Taken out of the record while it may be changed."""
    with transaction.atomic():
        held = locked(one.entry)
        require(rules.may_change(by, held, on=day_of(at)))
        if held.files.filter(pk=one.pk).delete()[0]:
            save(held)
            record("entry.remove_file", held, by=by, at=at, data={"sha256": one.digest})
    return held
