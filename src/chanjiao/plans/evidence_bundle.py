"""佐证材料 as one zip: folders by code, live records as extracts, an index, and a list of digests.

    2-1-1 任务名/2-1-1-1 佐证名/文件
    索引.xlsx  索引.docx  SHA256SUMS

`sha256sum -c SHA256SUMS` checks every file. The extract of a live record is its canonical content:
its SHA-256 is the digest that was noted when it was accepted. Only what is accepted has files in
it; the index lists everything that was wanted, with its state.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

from django.db import transaction

from chanjiao.files.actions import store_file
from chanjiao.files.archive_names import FOLDER, safe_name
from chanjiao.files.archives import Archive
from chanjiao.jobs.actions import start_job
from chanjiao.jobs.registry import Progress
from chanjiao.kernel.canonical import canonical
from chanjiao.kernel.verdict import require
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.plans import evidence_rules as rules
from chanjiao.plans.enums import EvidenceState
from chanjiao.plans.evidence_index import index_as_excel
from chanjiao.plans.evidence_queries import GONE, with_files, with_uses
from chanjiao.plans.evidence_word import index_as_word
from chanjiao.plans.models import Evidence, EvidenceBundle, Plan
from chanjiao.trail.actions import record

JOB = "plans.evidence_bundle"
EXCEL, WORD = "索引.xlsx", "索引.docx"


def ask_bundle(plan: Plan, unit: Unit | None, *, by: Actor, at: datetime) -> EvidenceBundle:
    """Queue the making of the zip, of everybody's evidence or of one unit's."""
    require(rules.may_bundle(by, plan, unit.pk if unit else None))
    audience = "desk" if rules.is_office_of(by, plan) else "member"
    with transaction.atomic():
        made = EvidenceBundle.objects.create(plan=plan, unit=unit, asked_by=by.user, asked_at=at)
        made.job = start_job(
            JOB, f"导出佐证材料：{plan.title}", {"bundle": made.pk}, by=by, at=at,
            link=f"/{audience}/evidence/bundles/",
        )  # fmt: skip
        made.save(update_fields=["job"])
        data = {"plan": plan.pk, "unit": unit.pk if unit else None}
        record("evidence.bundle", made, by=by, at=at, data=data)
    return made


def keep_bundle(
    made: EvidenceBundle, content: IO[bytes], name: str, count: int, *, at: datetime
) -> None:
    """The zip is there to be fetched."""
    with transaction.atomic():
        made.file, made.count = store_file(content, name, by=None, at=at), count
        made.save(update_fields=["file", "count"])
        data = {"count": count, "sha256": made.file.digest}
        record("evidence.bundle_done", made, by=None, at=at, data=data)


@dataclass(frozen=True)
class Entry:
    """One row of the index, and the paths of its files in the zip."""

    row: Evidence
    paths: list[tuple[str, str]] = field(default_factory=list)  # name shown, path


def write_bundle(made: EvidenceBundle, target: IO[bytes], progress: Progress) -> int:
    """Write the zip; gives how many pieces have their content in it."""
    rows = Evidence.objects.filter(plan=made.plan).exclude(state__in=GONE)
    rows = rows.filter(unit=made.unit) if made.unit else rows
    listed = list(
        with_files(with_uses(rows.select_related("plan__consortium", "task", "unit", "same_as", "accepted_by")))
        .prefetch_related("uses__task")
        .order_by("task__place", "task", "number")
    )  # fmt: skip
    entries = []
    with Archive(target, made.asked_at) as archive:
        for done, row in enumerate(listed):
            progress(done, len(listed), f"正在打包 {row.code}")
            entries.append(Entry(row, list(_pack(archive, row))))
        title = f"{made.plan.title}佐证材料"
        archive.add_bytes(EXCEL, index_as_excel(title, entries))
        archive.add_bytes(WORD, index_as_word(title, made.plan, entries))
        archive.add_sums()
    progress(len(listed), len(listed), "完成")
    return sum(bool(entry.paths) for entry in entries)


def _pack(archive: Archive, row: Evidence) -> Iterator[tuple[str, str]]:
    """Write one accepted piece; gives (name shown, path) of each of its files."""
    if row.state != EvidenceState.ACCEPTED or row.same_as_id:
        return
    folder = "/".join(
        [
            f"{safe_name(row.task.code)} {safe_name(row.task.name)}"[:FOLDER].rstrip(" ."),
            f"{safe_name(row.code)} {safe_name(row.title)}"[:FOLDER].rstrip(" ."),
        ]
    )
    if row.record_label:
        content = {"kind": row.record_label, "id": row.record_id, "content": row.record_content}
        yield "平台记录.json", archive.add_bytes("平台记录.json", canonical(content), folder)
    for one in row.held:  # type: ignore[attr-defined]
        yield one.file.name, archive.add_stored(one.file, folder)
    if row.link and not row.held:  # type: ignore[attr-defined]
        yield "网址.txt", archive.add_bytes("网址.txt", f"{row.link}\r\n".encode(), folder)
