"""Signed agreements, straight to the tables, and what a file is read back as."""

from __future__ import annotations

import io

from chanjiao.agreements.models import Agreement, Kind, Party, Signature, Version
from chanjiao.files.actions import store_file
from tests.people.world import AT
from tests.training.entry_world import STARTS, World


def signed(world: World, code: str, index: int = 0) -> Agreement:
    """In force, with a Word file and one scan."""
    base = world.base
    kind, _ = Kind.objects.get_or_create(
        consortium=base.consortium, code=code, version=1,
        defaults={"name": code, "order": "any", "roles": [], "fields": [], "created_at": AT},
    )  # fmt: skip
    student = world.placements[index].student
    row = Agreement.objects.create(
        consortium=base.consortium, number=f"XY-{code}-{student.pk}"[:24], kind=kind,
        title=f"{code}协议", state="in_force", in_force_at=AT, unit=world.school, student=student,
        starts_on=STARTS, created_by=world.teacher.user, created_at=AT,
    )  # fmt: skip
    files = [
        store_file(io.BytesIO(f"{code}{name}".encode()), name, by=world.teacher, at=AT)
        for name in ("正文.docx", "签字页.pdf")
    ]
    version = Version.objects.create(
        agreement=row, number=1, values={}, text="正文", digest="d" * 64, document=files[0],
        made_by=world.teacher.user, made_at=AT,
    )  # fmt: skip
    party = Party.objects.create(
        agreement=row, position=1, role="student", label="学生", side="student", student=student
    )
    Signature.objects.create(
        version=version, party=party, state="signed", asked_at=AT, decided_at=AT, scan=files[1],
        way="paper", signer=student.name, digest="d" * 64,
    )  # fmt: skip
    return row
