"""Files of a piece of evidence: taken in, sniffed, freed of the place of taking, taken out."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction

from chanjiao.files.actions import store_file
from chanjiao.files.uploads import Fit, Upload, sorted_out
from chanjiao.kernel.verdict import Invalid, Refused, require
from chanjiao.people.access import Actor
from chanjiao.plans import evidence_rules as rules
from chanjiao.plans.evidence_checks import FILES
from chanjiao.plans.evidence_queries import current_files
from chanjiao.plans.evidence_rows import locked, save, seen_as
from chanjiao.plans.models import Evidence, EvidenceFile
from chanjiao.trail.actions import record

MAX_FILES = 30


def add_files(
    row: Evidence,
    uploads: Sequence[Upload],
    *,
    by: Actor,
    at: datetime,
    revision: int | None = None,
) -> list[EvidenceFile]:
    """Keep the files that are sent; Invalid under "files" names each that cannot be kept.

    Good files are kept even when others are not, so that nobody uploads twice. A file the piece
    has already is passed over. Of photographs the place of taking is removed first; the digest is
    of what is kept.
    """
    require(rules.may_edit(by, row))
    fits, problems = sorted_out(uploads, limit=settings.UPLOAD_LIMIT_BYTES)
    made = []
    with transaction.atomic():
        held = locked(row)
        require(rules.may_edit(by, held))
        seen_as(held, revision)
        _need_no_reference(held)
        have = set(current_files(held).values_list("file__digest", flat=True))
        for fit in fits:
            if fit.digest in have:
                continue
            if len(have) >= MAX_FILES:
                problems.append(f"{fit.name}：一份佐证最多 {MAX_FILES} 个文件。")
                continue
            have.add(fit.digest)
            made.append(_keep(held, fit, by=by, at=at))
        if made:
            save(held)
            data = {"sha256": [one.file.digest for one in made]}
            record("evidence.add_files", held, by=by, at=at, data=data)
    if problems:
        raise Invalid({FILES: problems})
    return made


def _need_no_reference(row: Evidence) -> None:
    if row.record_label or row.same_as_id:
        raise Refused("已引用平台记录或其他佐证。要改为上传文件，请先取消引用。")


def _keep(row: Evidence, fit: Fit, *, by: Actor, at: datetime) -> EvidenceFile:
    fit.content.seek(0)
    return EvidenceFile.objects.create(
        evidence=row, file=store_file(fit.content, fit.name, by=by, at=at), added_at=at,
        content_type=fit.type.content_type, fingerprint=fit.fingerprint(),
        place_removed=fit.place_removed,
    )  # fmt: skip


def remove_file(one: EvidenceFile, *, by: Actor, at: datetime) -> None:
    """Taken out of the piece; the bytes stay for the history of what was handed in."""
    with transaction.atomic():
        held = locked(one.evidence)
        require(rules.may_edit(by, held))
        if EvidenceFile.objects.filter(pk=one.pk, removed_at__isnull=True).update(removed_at=at):
            save(held)
            record("evidence.remove_file", held, by=by, at=at, data={"sha256": one.file.digest})
