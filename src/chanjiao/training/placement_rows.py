"""Placements under a lock, saved with their checks, and who is told."""

from collections.abc import Iterable
from datetime import datetime

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Conflict
from chanjiao.needs.models import Student
from chanjiao.notices.actions import tell
from chanjiao.people.checks import check_row
from chanjiao.people.models import Unit
from chanjiao.people.queries import people_of
from chanjiao.training.models import Placement, Stint


def held(placement: Placement) -> Placement:
    rows = Placement.objects.select_for_update(of=("self",))
    return rows.select_related("school", "student__cohort", "consortium").get(pk=placement.pk)


def held_many(placements: Iterable[Placement]) -> list[Placement]:
    wanted = [placement.pk for placement in placements]
    rows = Placement.objects.select_for_update(of=("self",)).filter(pk__in=wanted)
    return list(rows.select_related("school", "student__cohort", "consortium").order_by("pk"))


def lock_hosts(rows: Iterable[Placement]) -> None:
    hosts = Stint.objects.filter(placement__in=list(rows)).values("host")
    list(Unit.objects.select_for_update().filter(pk__in=hosts).order_by("pk"))


def lock_students(students: Iterable[Student]) -> None:
    """Held to the end of the transaction, so that nobody else plans for them meanwhile."""
    wanted = {student.pk for student in students}
    list(Student.objects.select_for_update().filter(pk__in=wanted).order_by("pk"))


def saved(row: Placement) -> None:
    row.revision += 1
    check_row(row)
    row.save()


def need(row: Placement, revision: int) -> None:
    if row.revision != revision:
        raise Conflict("这条实习刚刚已被他人修改，请核对最新内容后再保存。")


def tell_student(row: Placement, text: str, at: datetime) -> None:
    if row.student.user is not None:
        tell([row.student.user], text, at=at, link="/student/placement/")


def tell_hosts(row: Placement, text: str, at: datetime) -> None:
    for host in Unit.objects.filter(stints__placement=row).distinct().order_by("pk"):
        tell(people_of(host, day_of(at)), text, at=at, link="/member/hosted/")
