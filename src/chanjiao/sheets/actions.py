"""An upload's way: stored and checked, then written whole or in part, or given up."""

from collections.abc import Mapping
from datetime import datetime
from typing import IO, Any

from django.conf import settings
from django.db import transaction

from chanjiao.files.actions import store_file
from chanjiao.files.models import StoredFile
from chanjiao.jobs.actions import start_job
from chanjiao.kernel.verdict import Conflict, Refused, require
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.sheets import rules
from chanjiao.sheets.binding import Binding, Committed, get
from chanjiao.sheets.checking import CheckedRow
from chanjiao.sheets.enums import ImportMode, ImportState
from chanjiao.sheets.models import Import
from chanjiao.trail.actions import record

CHECK, WRITE = "sheets.check", "sheets.write"


def upload(
    content: IO[bytes],
    name: str,
    layout: str,
    context: dict[str, Any],
    *,
    unit: Unit,
    by: Actor,
    at: datetime,
) -> Import:
    """Keep the file and start the dry run. `unit` is whom the person acts for: its people see it."""
    binding = get(layout)
    require(binding.may(by, context))
    if not by.acts_for(unit.pk):
        raise Refused("只能以本单位的名义上传。")
    _need_size(content)
    with transaction.atomic():
        stored = store_file(content, name, by=by, at=at)
        made = Import.objects.create(
            layout=layout, context=context, unit=unit, file=stored, by=by.user, at=at
        )
        title = f"检查{binding.layout.title}：{stored.name}"
        made.job = start_job(CHECK, title, {"import": made.pk}, by=by, at=at, link=_link(made))
        made.save(update_fields=["job"])
        data = {"layout": layout, "unit": unit.pk, "sha256": stored.digest}
        record("sheets.upload", made, by=by, at=at, data=data)
    return made


def commit_import(
    import_: Import, *, mode: str = ImportMode.ALL, by: Actor, at: datetime
) -> Import:
    """Start the writing. A second request finds the first one and is refused."""
    with transaction.atomic():
        held = _locked(import_)
        require(rules.may_commit(by, held, mode))
        held.state, held.mode = ImportState.WRITING, ImportMode(mode)
        title = f"导入{get(held.layout).layout.title}：{held.file.name}"
        held.job = start_job(WRITE, title, {"import": held.pk}, by=by, at=at, link=_link(held))
        held.save(update_fields=["state", "mode", "job"])
        record("sheets.commit", held, by=by, at=at, data={"mode": held.mode})
    return held


def abandon_import(import_: Import, *, by: Actor, at: datetime) -> Import:
    """Nothing of the file is written."""
    with transaction.atomic():
        held = _locked(import_)
        require(rules.may_abandon(by, held))
        held.state = ImportState.ABANDONED
        held.save(update_fields=["state"])
        record("sheets.abandon", held, by=by, at=at)
    return held


def note_check(
    import_: Import, report: Mapping[str, Any], returned: StoredFile | None, *, at: datetime
) -> None:
    """The dry run's outcome: ready to be decided on, or not readable at all."""
    with transaction.atomic():
        held = _locked(import_)
        if held.state not in {ImportState.CHECKING, ImportState.WRITING}:
            return
        held.state = ImportState.REFUSED if report["refused"] else ImportState.CHECKED
        held.report, held.returned = dict(report), returned
        held.save(update_fields=["state", "report", "returned"])
        data = {key: report[key] for key in ("rows", "good", "bad", "problem_count", "refused")}
        record("sheets.check", held, by=None, at=at, data=data)


def note_failure(import_: Import, reason: str, *, at: datetime) -> None:
    """The writing failed and wrote nothing: it may be decided on again."""
    with transaction.atomic():
        held = _locked(import_)
        if held.state != ImportState.WRITING:
            return
        held.state = ImportState.CHECKED
        held.save(update_fields=["state"])
        record("sheets.fail", held, by=None, at=at, reason=reason)


def write_rows(
    import_: Import,
    binding: Binding,
    rows: list[CheckedRow],
    context: Any,
    report: Mapping[str, Any],
    returned: StoredFile | None,
    *,
    by: Actor,
    at: datetime,
) -> Committed | None:
    """One transaction: the rows, the import's new state, one trail row. None if it is over.

    Killed before the end, nothing of it exists; run again after it, it finds itself done.
    """
    with transaction.atomic():
        held = _locked(import_)
        if held.state != ImportState.WRITING:
            return None
        counts = binding.commit(rows, by=by, at=at, context=context)
        held.state, held.done_at = ImportState.DONE, at
        held.written = counts.created + counts.updated
        held.report, held.returned = dict(report), returned
        held.report["written"] = _counted(counts)
        held.save(update_fields=["state", "done_at", "written", "report", "returned"])
        data = {
            "layout": held.layout,
            "mode": held.mode,
            "sha256": held.file.digest,
            "left_out": report["bad"],
            **_counted(counts),
        }
        record("sheets.write", held, by=by, at=at, data=data)
    return counts


def _counted(counts: Committed) -> dict[str, int]:
    return {
        "created": counts.created,
        "updated": counts.updated,
        "unchanged": counts.unchanged,
    }


def _locked(import_: Import) -> Import:
    rows = Import.objects.select_related("file", "by", "unit", "job")
    try:
        return rows.select_for_update(of=("self",)).get(pk=import_.pk)
    except Import.DoesNotExist:
        raise Conflict("这次导入已不存在。") from None


def _link(import_: Import) -> str:
    return f"/account/imports/{import_.pk}/"


def _need_size(content: IO[bytes]) -> None:
    content.seek(0, 2)
    size = content.tell()
    content.seek(0)
    limit = settings.UPLOAD_LIMIT_BYTES
    if size > limit:
        raise Refused(f"文件 {size // 2**20} MB，超过上限 {limit // 2**20} MB。请拆成几个文件。")
    if not size:
        raise Refused("文件是空的，请重新选择。")
