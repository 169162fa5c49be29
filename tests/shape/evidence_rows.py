"""Evidence of one side of the small world: a file, a use, a suspicion, a bundle."""

from io import BytesIO

from chanjiao.files.actions import store_file
from chanjiao.members.models import Consortium
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.plans.models import (
    Evidence,
    EvidenceBundle,
    EvidenceFile,
    EvidenceFlag,
    EvidenceUse,
    Plan,
    Task,
)
from tests.matching.world import AT
from tests.plans.evidence_world import make_plan, make_task


def evidence_rows(
    consortium: Consortium, unit: Unit, person: Actor, office: Actor
) -> dict[str, object]:
    """Under a plan of the consortium (made here if there is none) and a task of the unit."""
    plan = Plan.objects.filter(consortium=consortium).first() or make_plan(consortium)
    task = make_task(plan, "9-9-9", unit)

    def piece(number: int, **fields: object) -> Evidence:
        return Evidence.objects.create(
            plan=plan, task=task, number=number, code=f"9-9-9-{number}", kind="photo",
            title="活动照片", unit=unit, created_at=AT, **fields,
        )  # fmt: skip

    handed = {"state": "submitted", "submitted_at": AT, "submitted_by": person.user}
    other = piece(1, digest="1" * 64, flag="", **handed)
    row = piece(2, digest="2" * 64, flag="open", **handed)
    stored = store_file(BytesIO(b"%PDF-1.4 evidence"), "照片说明.pdf", by=person, at=AT)
    archive = store_file(BytesIO(b"PK"), "佐证材料.zip", by=None, at=AT)
    EvidenceUse.objects.create(evidence=row, task=task, added_at=AT, added_by=office.user)
    return {
        "evidence": row,
        "evidence_file": EvidenceFile.objects.create(
            evidence=row, file=stored, content_type="application/pdf", added_at=AT
        ),
        "evidence_use": EvidenceUse.objects.create(
            evidence=row, indicator="14", added_at=AT, added_by=office.user
        ),
        "evidence_flag": EvidenceFlag.objects.create(
            evidence=row, other=other, rule="two_items", digest="2" * 64, reason="同一文件",
            raised_at=AT,
        ),
        "evidence_bundle": EvidenceBundle.objects.create(
            plan=plan, unit=unit, file=archive, count=1, asked_by=office.user, asked_at=AT
        ),
    }  # fmt: skip


def mark_evidence(consortium: Consortium, mark: str) -> None:
    """Put the mark into titles, names of tasks and of files."""
    for row in Evidence.objects.filter(plan__consortium=consortium).order_by("pk"):
        Evidence.objects.filter(pk=row.pk).update(title=f"{mark}{row.title}")
    for task in Task.objects.filter(plan__consortium=consortium).order_by("pk"):
        Task.objects.filter(pk=task.pk).update(name=f"{mark}{task.name}")
