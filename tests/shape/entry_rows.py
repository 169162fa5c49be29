"""A student on post with a record, a journal, a visit and an archive, for the pages about them."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

from chanjiao.files.actions import store_file
from chanjiao.links.queries import token_of
from chanjiao.needs.models import Student
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.sheets.foreign import Outline
from chanjiao.training.entry_actions import write_entry
from chanjiao.training.entry_checks import EntryValues
from chanjiao.training.enums import EntryKind
from chanjiao.training.models import (
    ClassArchive,
    Mentor,
    Override,
    Placement,
    Programme,
    RosterLayout,
    Stint,
    TrainingClass,
)
from chanjiao.training.review_actions import give_link
from chanjiao.training.visit_actions import Wish, draw_visits, fix_draw
from tests.people.world import AT, TODAY
from tests.training.entry_world import ENDS, STARTS, photo


def entry_rows(student: Student, firm: Unit, teacher: Actor, pupil: Actor) -> dict[str, object]:
    """The student at the firm, in a class of the school."""
    school, consortium = student.school, student.cohort.consortium
    programme = Programme.objects.create(
        consortium=consortium, unit=school, number=f"PYE-{student.pk}", kind="order", state="running",
        name="订单班", starts_on=STARTS, ends_on=ENDS, created_by=teacher.user, created_at=AT,
    )  # fmt: skip
    group = TrainingClass.objects.create(
        programme=programme, cohort=student.cohort, name=f"{consortium.pk} 班"
    )
    mentor = Mentor.objects.create(
        consortium=consortium, unit=firm, number=f"DSE-{student.pk}", name="师傅", starts_on=STARTS,
        kind="enterprise",
    )  # fmt: skip
    row = Placement.objects.create(
        consortium=consortium, number=f"SXE-{student.pk}", student=student, school=school,
        training_class=group, state="running", starts_on=STARTS, ends_on=ENDS, started_at=AT,
        created_by=teacher.user, created_at=AT,
    )  # fmt: skip
    Stint.objects.create(
        placement=row, host=firm, position="数控车工", occupation_code="6-18-01-01",
        starts_on=STARTS, ends_on=ENDS, master=mentor,
    )  # fmt: skip
    told = EntryValues(EntryKind.WORK, TODAY, "车削轴套", minutes=60)
    work = write_entry(row, told, uploads=[photo()], submit=True, by=pupil, at=AT).entry
    page = EntryValues(EntryKind.JOURNAL, TODAY, "第一周")
    wish = Wish("走访", 1, TODAY + timedelta(days=7))
    draw = fix_draw(school, consortium, wish, seed="s", by=teacher, at=AT)
    draw_visits(draw, by=teacher, at=AT)
    archive = ClassArchive.objects.create(
        training_class=group, unit=school, asked_by=teacher.user, asked_at=AT,
        file=store_file(BytesIO(b"PK"), "实习档案.zip", by=teacher, at=AT),
    )  # fmt: skip
    head = Outline("备案", 1, 1, ("姓名", "实习单位", "备注"))
    return {
        "placement": row, "entry_class": group, "entry_mentor": mentor, "work_entry": work,
        "override": Override.objects.create(
            placement=row, rule="major_group", approver="学校", reason="跨界课程", proof=archive.file,
            by=teacher.user, at=AT,
        ),
        "journal": write_entry(row, page, submit=True, by=pupil, at=AT).entry,
        "entry_file": work.files.get(), "draw": draw, "visit": draw.visits.get(),
        "class_archive": archive,
        "roster_layout": RosterLayout.objects.create(
            consortium=consortium, unit=school, fingerprint=f"{student.pk:064}", title="备案模板",
            outline=head.as_dict(), mapping={"name": 0, "host": 1}, made_at=AT,
            made_by=teacher.user, confirmed_at=AT,
        ),
        "mentor_token": token_of(give_link(mentor, by=teacher, at=AT)),
    }  # fmt: skip
