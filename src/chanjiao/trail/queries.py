"""Reading the trail and checking its chain."""

from dataclasses import dataclass

from django.db import models
from django.db.models import Q, QuerySet

from chanjiao.trail.actions import FIRST_DIGEST, digest_of
from chanjiao.trail.models import Entry
from chanjiao.trail.rules import Asker, may_read_trail


@dataclass(frozen=True, slots=True)
class ChainReport:
    """`count` rows read; `fault` is empty, or says in Chinese where the chain first breaks."""

    count: int
    last_digest: str
    fault: str = ""


def visible_to(asker: Asker | None) -> QuerySet[Entry]:
    """The whole trail for the audit administrator, nothing for anybody else."""
    return Entry.objects.all() if may_read_trail(asker) else Entry.objects.none()


def about(*subjects: models.Model) -> QuerySet[Entry]:
    """What was done to some rows, newest first. Only for who may see the rows themselves."""
    numbers: dict[str, list[str]] = {}
    for subject in subjects:
        numbers.setdefault(subject._meta.label_lower, []).append(str(subject.pk))
    wanted = Q(pk__in=[])
    for label, found in numbers.items():
        wanted |= Q(subject=label, subject_id__in=found)
    return Entry.objects.filter(wanted).order_by("-sequence")


def verify_chain() -> ChainReport:
    """Recompute every digest from the first row to the last; stops at the first fault."""
    previous, expected, count = FIRST_DIGEST, 1, 0
    for entry in Entry.objects.order_by("sequence").iterator(chunk_size=2000):
        fault = _fault(entry, expected, previous)
        if fault:
            return ChainReport(count, previous, fault)
        previous, expected, count = entry.digest, expected + 1, count + 1
    return ChainReport(count, previous)


def _fault(entry: Entry, expected: int, previous: str) -> str:
    if entry.sequence != expected:
        return f"第 {expected} 条缺失（下一条是第 {entry.sequence} 条）。"
    if entry.previous_digest != previous:
        return f"第 {entry.sequence} 条与上一条不相接。"
    if entry.digest != digest_of(entry):
        return f"第 {entry.sequence} 条的内容与摘要不符，已被改动。"
    return ""


def holds_digest(digest: str) -> bool:
    """Whether a digest noted down earlier is in the chain; if not, its end was cut off."""
    return digest == FIRST_DIGEST or Entry.objects.filter(digest=digest).exists()
