"""Files of a piece of evidence: taken in, sniffed, freed of the place of taking, taken out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from typing import IO

from django.conf import settings
from django.db import transaction

from chanjiao.files.actions import store_file
from chanjiao.kernel.verdict import Invalid, Refused, require
from chanjiao.people.access import Actor
from chanjiao.plans import evidence_rules as rules
from chanjiao.plans.evidence_checks import FILES
from chanjiao.plans.evidence_queries import current_files
from chanjiao.plans.evidence_rows import locked, save, seen_as
from chanjiao.plans.models import Evidence, EvidenceFile
from chanjiao.plans.photos import fingerprint, without_place
from chanjiao.plans.sniffing import FileType, Unfit, sniff
from chanjiao.trail.actions import record

MAX_FILES = 30


@dataclass(frozen=True, slots=True)
class Upload:
    """One file as it was sent; `size` in bytes."""

    content: IO[bytes]
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class _Fit:
    content: IO[bytes]
    name: str
    type: FileType
    digest: str
    fingerprint: str
    place_removed: bool


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
    fits, problems = _sorted_out(uploads)
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


def shown_name(name: str) -> str:
    """The last part of whatever path was sent, without control characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in last if letter.isprintable())[-200:]


def _sorted_out(uploads: Sequence[Upload]) -> tuple[list[_Fit], list[str]]:
    """Those that may be kept, and why the others may not; before anything is locked."""
    fits, problems = [], []
    for upload in uploads:
        try:
            fits.append(_fit(upload))
        except Unfit as error:
            problems.append(f"{shown_name(upload.name)}：{error}")
    return fits, problems


def _fit(upload: Upload) -> _Fit:
    """The file ready to be kept; Unfit otherwise."""
    limit = settings.UPLOAD_LIMIT_BYTES
    if upload.size > limit:
        raise Unfit(f"文件超过 {limit // 1024 // 1024} MB，请压缩后上传。")
    name = shown_name(upload.name)
    found = sniff(upload.content, name)
    if not found.is_image:
        return _Fit(upload.content, name, found, _digest(upload.content), "", False)
    upload.content.seek(0)
    data, removed = without_place(upload.content.read())
    kept = BytesIO(data)
    return _Fit(kept, name, found, _digest(kept), fingerprint(data), removed)


def _digest(content: IO[bytes]) -> str:
    digest = sha256()
    content.seek(0)
    while chunk := content.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()


def _keep(row: Evidence, fit: _Fit, *, by: Actor, at: datetime) -> EvidenceFile:
    fit.content.seek(0)
    return EvidenceFile.objects.create(
        evidence=row, file=store_file(fit.content, fit.name, by=by, at=at), added_at=at,
        content_type=fit.type.content_type, fingerprint=fit.fingerprint,
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
