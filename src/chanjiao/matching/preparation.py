"""What the secretariat should look at before it opens a round: facts, not prohibitions."""

from collections.abc import Iterator
from dataclasses import dataclass

from chanjiao.matching.bridge import hindrances
from chanjiao.matching.limits import caps_of
from chanjiao.matching.models import Round, RoundPost
from chanjiao.matching.queries import participants, posts_of
from chanjiao.needs.models import Student


@dataclass(frozen=True)
class Concern:
    """One thing to look at. `grave`: the round would not do what it is meant to."""

    text: str
    grave: bool = False


def concerns(round_: Round) -> list[Concern]:
    """Everything found, grave ones first; a handful of queries."""
    posts = list(posts_of(round_))
    students = list(participants(round_).select_related("cohort", "school").order_by("pk"))
    found = [
        *_about_students(round_, students),
        *_about_capacity(posts, students),
        *_about_staff(round_, posts),
        *_about_eligibility(posts, students),
    ]
    return sorted(found, key=lambda concern: not concern.grave)


def _about_students(round_: Round, students: list[Student]) -> Iterator[Concern]:
    held = {student.cohort_id for student in students}
    for row in round_.cohorts.select_related("cohort"):
        if row.cohort_id not in held:
            yield Concern(f"批次“{row.cohort.title}”还没有学生名册。", grave=True)
    without = sum(1 for student in students if student.user_id is None)
    if without:
        yield Concern(f"{without} 名学生还没有账号，只能由学校代录志愿。")


def _about_capacity(posts: list[RoundPost], students: list[Student]) -> Iterator[Concern]:
    seats = sum(row.capacity for row in posts)
    if seats < len(students):
        yield Concern(
            f"名额共 {seats} 个，学生 {len(students)} 人，至少 {len(students) - seats} 人无法录取。"
        )


def _about_staff(round_: Round, posts: list[RoundPost]) -> Iterator[Concern]:
    wanted: dict[tuple[int, str], int] = {}
    for row in posts:
        for key in ((row.post.unit_id, ""), (row.post.unit_id, row.post.occupation_code)):
            wanted[key] = wanted.get(key, 0) + row.capacity
    for cap in caps_of(round_, posts):
        what = f"同类岗位（{cap.occupation_code}）" if cap.occupation_code else ""
        if cap.percent is not None and cap.staff is None:
            yield Concern(f"{cap.unit}没有填写职工人数，按规定不能接收学生。", grave=True)
        elif not cap.capacity:
            yield Concern(f"{cap.unit}{what}可接收人数为 0。", grave=True)
        elif cap.capacity < (seats := wanted[cap.unit.pk, cap.occupation_code]):
            yield Concern(f"{cap.unit}{what}名额 {seats} 个，按上限只能接收 {cap.capacity} 人。")


def _about_eligibility(posts: list[RoundPost], students: list[Student]) -> Iterator[Concern]:
    """One student stands for all with the same facts, so that a large round is looked at quickly."""
    kinds = {
        (s.cohort_id, s.sex, s.birth_date): s for s in sorted(students, key=lambda s: s.birth_date)
    }
    for row in posts:
        if not any(not hindrances(student, row) for student in kinds.values()):
            yield Concern(f"岗位“{row.post.unit.called}·{row}”没有一名学生符合条件。", grave=True)
