"""Programmes: state × role from the MOVES table, what a start demands, who sees what."""

from dataclasses import replace
from datetime import date

import pytest
from django.db import IntegrityError, transaction

from chanjiao.kernel.verdict import Conflict, Invalid, Refused
from chanjiao.trail.models import Entry
from chanjiao.training import programme_rules as rules
from chanjiao.training.class_actions import WEIGHTS, change_class, enrol, leave_class, open_class
from chanjiao.training.enums import PROGRAMME_MOVES, ProgrammeKind, ProgrammeState, Site, Teacher
from chanjiao.training.models import Programme
from chanjiao.training.programme_actions import (
    add_partner,
    cancel_programme,
    change_programme,
    create_programme,
    end_programme,
    file_report,
    remove_partner,
    start_programme,
)
from chanjiao.training.programme_checks import gaps_to_start, gaps_while_running
from chanjiao.training.programme_queries import enrolments_visible_to, facts_of
from chanjiao.training.queries import programmes_visible_to
from tests.people.world import stranger
from tests.training.programmes_world import (
    AT,
    ENDS,
    STARTS,
    TODAY,
    agreement,
    fields,
    in_state,
    items,
    make_class,
    make_master,
    make_programme,
    make_tutor,
    make_world,
    paper,
    place,
    ready,
    running,
)

pytestmark = pytest.mark.django_db
STEPS = {
    ProgrammeState.RUNNING: lambda row, by: start_programme(row, by=by, at=AT),
    ProgrammeState.ENDED: lambda row, by: end_programme(row, reason="提前完成", by=by, at=AT),
    ProgrammeState.CANCELLED: lambda row, by: cancel_programme(row, reason="未成班", by=by, at=AT),
}


@pytest.fixture
def world():
    return make_world()


@pytest.mark.parametrize("target", STEPS)
@pytest.mark.parametrize("state", ProgrammeState.values)
def test_every_step_by_everybody(world, state, target):
    row = in_state(ready(world), state)
    others = (world.recruiter, world.rival, world.other_teacher, world.office, stranger())
    for actor in others:
        with pytest.raises(Refused):
            STEPS[target](row, actor)
    row.refresh_from_db()
    assert row.state == state
    if target in PROGRAMME_MOVES[state]:
        assert STEPS[target](row, world.teacher).state == target
    else:
        with pytest.raises(Refused):
            STEPS[target](row, world.teacher)


@pytest.mark.parametrize("state", ProgrammeState.values)
def test_who_may_change_a_programme(world, state):
    row = in_state(ready(world), state)
    one = row.classes.select_related("programme", "cohort").get()
    is_open = state in {ProgrammeState.PREPARING, ProgrammeState.RUNNING}
    begun = state in {ProgrammeState.RUNNING, ProgrammeState.ENDED}
    assert bool(rules.may_edit(world.teacher, row)) == is_open
    assert bool(rules.may_keep_class(world.teacher, one)) == is_open
    assert bool(rules.may_open_class(world.teacher, row, world.cohort)) == is_open
    assert bool(rules.may_report(world.teacher, row)) == begun
    for actor in (world.recruiter, world.other_teacher, world.office, None):
        for rule in (rules.may_edit, rules.may_report, rules.may_end, rules.may_cancel):
            assert not rule(actor, row)
        assert not rules.may_keep_class(actor, one)
        assert not rules.may_see_roster(actor, one)


# What a start demands ----------------------------------------------------------------------------
def codes(row: Programme) -> list[str]:
    return [gap.code for gap in gaps_to_start(facts_of(row))]


def test_an_empty_order_class_is_told_everything_it_lacks(world):
    row = create_programme(world.consortium, world.school, fields(), **world.by)
    assert codes(row) == ["enterprise", "agreement", "class", "plan"]
    with pytest.raises(Refused, match="还缺 4 项：还没有合作企业；没有培养协议"):
        start_programme(row, **world.by)


def test_each_gap_closes_by_itself(world):
    row = make_programme(world, agreement=agreement(world))
    open_class(row, world.cohort, name="一班", **world.by)
    assert codes(row) == ["roster", "notice", "plan"]
    one = row.classes.select_related("programme", "cohort").get()
    enrol(one, world.students, starts_on=STARTS, **world.by)
    change_class(
        one, name="一班", opened_on=STARTS, journals_due=12, weights=WEIGHTS, notice=paper(),
        revision=1, **world.by,
    )  # fmt: skip
    assert codes(row) == ["plan"]
    from chanjiao.training.plan_actions import write_plan

    school_only = [replace(items(world)[0], teacher=Teacher.SCHOOL, site=Site.SCHOOL)]
    write_plan(row, school_only, **world.by)
    assert codes(row) == ["joint"]
    write_plan(row, items(world), **world.by)
    assert codes(row) == []
    assert start_programme(row, **world.by).state == ProgrammeState.RUNNING


def test_an_agreement_must_be_in_force(world):
    row = ready(world)
    type(row.agreement).objects.filter(pk=row.agreement_id).update(state="signing")
    row = Programme.objects.get(pk=row.pk)
    assert codes(row) == ["agreement_state"]


def test_apprentices_need_two_identities_and_two_mentors(world):
    row = ready(world, ProgrammeKind.APPRENTICE)
    one = row.classes.get()
    n = len(world.students)
    texts = {gap.code: gap.text for gap in gaps_to_start(facts_of(row))}
    assert set(texts) == {"identity", "master", "tutor"}
    assert f"{n} 名学徒" in texts["master"]
    master, tutor = make_master(world), make_tutor(world)
    for number, student in enumerate(world.students):
        agreement(world, f"XT{number}", student=student)
        place(world, student, master, tutor, one=one)
    assert codes(row) == []
    # Another enterprise's agreement is no second identity.
    from chanjiao.agreements.models import Party

    Party.objects.filter(agreement__student=world.students[0], unit=world.firm).update(
        unit=world.other_firm
    )
    assert codes(row) == ["identity"]


def test_field_engineers_need_posts_and_owe_a_report_for_every_year(world):
    row = ready(world, ProgrammeKind.FIELD_ENGINEER)
    assert codes(row) == []
    from chanjiao.needs.models import Post

    Post.objects.filter(unit=world.firm).update(state="draft")
    assert codes(row) == ["posts"]
    in_state(row, ProgrammeState.RUNNING)
    owed = [gap.text for gap in gaps_while_running(facts_of(row), date(2028, 3, 1))]
    assert owed[-2:] == ["缺 2026 年度报告", "缺 2027 年度报告"]
    file_report(row, year=2026, file=paper("报告.pdf"), summary="首年", **world.by)
    owed = [gap.text for gap in gaps_while_running(facts_of(row), date(2028, 3, 1))]
    assert "缺 2026 年度报告" not in owed
    with pytest.raises(Invalid, match="已提交"):
        file_report(row, year=2026, file=paper("报告.pdf"), **world.by)
    with pytest.raises(Invalid, match="年度应在"):
        file_report(row, year=2025, file=paper("报告.pdf"), **world.by)


def test_a_bridge_needs_two_schools(world):
    row = make_programme(world, ProgrammeKind.BRIDGE)
    assert "schools" in codes(row)
    add_partner(row, world.other_school, **world.by)
    assert "schools" not in codes(row)


# Writing -----------------------------------------------------------------------------------------
def test_numbers_follow_each_other(world):
    first, second = make_programme(world), make_programme(world, name="第二个")
    assert first.number.startswith("PY-2026-") and len(first.number) == len("PY-2026-001")
    assert int(second.number[-3:]) == int(first.number[-3:]) + 1


def test_a_stale_form_is_refused_and_a_change_leaves_before_and_after(world):
    row = make_programme(world)
    change_programme(row, fields(name="改名"), revision=row.revision, **world.by)
    with pytest.raises(Conflict):
        change_programme(row, fields(name="又改"), revision=row.revision, **world.by)
    entry = Entry.objects.filter(action="training.change_programme").get()
    assert entry.data["before"]["name"] == "精密制造订单班"
    assert entry.data["after"]["name"] == "改名"


def test_only_a_school_of_the_consortium_makes_one(world):
    with pytest.raises(Refused, match="由学校建立"):
        create_programme(world.consortium, world.firm, fields(), by=world.recruiter, at=AT)
    with pytest.raises(Refused, match="本单位"):
        create_programme(world.consortium, world.school, fields(), by=world.recruiter, at=AT)
    far = make_world()
    with pytest.raises(Refused, match="不是"):
        create_programme(far.consortium, world.school, fields(), **world.by)
    with pytest.raises(Invalid, match="不是本联合体的在任成员"):
        add_partner(make_programme(world), far.firm, **world.by)


def test_an_agreement_one_is_no_party_to_cannot_be_named(world):
    far = make_world()
    with pytest.raises(Invalid, match="签署方"):
        make_programme(world, agreement=agreement(far))
    personal = agreement(world, "XT", student=world.students[0])
    with pytest.raises(Invalid, match="某个学生"):
        make_programme(world, agreement=personal)


def test_an_early_end_and_a_cancelling_say_why(world):
    row = running(world)
    with pytest.raises(Invalid, match="提前结业"):
        end_programme(row, **world.by)
    with pytest.raises(Invalid, match="原因"):
        cancel_programme(row, reason=" ", **world.by)
    end_programme(row, reason="学生提前就业", **world.by)
    assert Entry.objects.get(action="training.end_programme").reason == "学生提前就业"


def test_a_unit_with_items_or_a_class_stays(world):
    row = ready(world)
    with pytest.raises(Invalid, match="承担的条目"):
        remove_partner(row.partners.get(unit=world.firm), **world.by)
    free = add_partner(row, world.other_firm, **world.by)
    remove_partner(free, **world.by)
    assert not row.partners.filter(unit=world.other_firm).exists()
    with pytest.raises(Conflict):
        remove_partner(free, **world.by)


# Classes -----------------------------------------------------------------------------------------
def test_a_class_is_of_ones_own_cohort(world):
    row = make_programme(world)
    other = world.base.cohorts[1]
    with pytest.raises(Refused, match="所在学校"):
        open_class(row, other, name="二班", **world.by)
    with pytest.raises(Refused, match="不在这个培养项目"):
        open_class(row, other, name="二班", by=world.other_teacher, at=AT)
    add_partner(row, world.other_school, **world.by)
    made = open_class(row, other, name="二班", by=world.other_teacher, at=AT)
    # The keeping school sees that the class exists, not who is in it.
    assert not rules.may_see_roster(world.teacher, made)
    theirs = [s for s in world.base.students if s.school_id == world.other_school.pk]
    enrol(made, theirs, starts_on=STARTS, by=world.other_teacher, at=AT)
    assert enrolments_visible_to(world.teacher).filter(training_class=made).count() == 0
    assert enrolments_visible_to(world.other_teacher).filter(training_class=made).count() == 3


def test_nobody_is_enrolled_twice_nor_from_another_school(world):
    one = make_class(world, make_programme(world))
    assert enrol(one, world.students, starts_on=STARTS, **world.by) == []
    outsider = next(s for s in world.base.students if s.school_id != world.school.pk)
    with pytest.raises(Invalid, match="不是本校学生"):
        enrol(one, [outsider], starts_on=STARTS, **world.by)


def test_leaving_needs_a_reason_and_happens_once(world):
    one = make_class(world, make_programme(world))
    row = one.enrolments.first()
    with pytest.raises(Invalid):
        leave_class(row, ends_on=TODAY, reason="", **world.by)
    leave_class(row, ends_on=TODAY, reason="转专业", **world.by)
    with pytest.raises(Refused, match="已离班"):
        leave_class(row, ends_on=TODAY, reason="转专业", **world.by)
    facts = facts_of(one.programme).classes[0]
    assert facts.learners == len(world.students) - 1


def test_weights_come_to_a_hundred(world):
    one = make_class(world, make_programme(world))
    for wrong in (WEIGHTS | {"summary": 11}, {"summary": 100}, WEIGHTS | {"summary": -10}):
        with pytest.raises(Invalid, match="权重"):
            change_class(
                one, name="一班", opened_on=STARTS, journals_due=12, weights=wrong, revision=1,
                **world.by,
            )  # fmt: skip


# Who sees ----------------------------------------------------------------------------------------
def test_who_sees_a_programme(world):
    row = ready(world)
    seen = {
        name: programmes_visible_to(getattr(world, name)).filter(pk=row.pk).exists()
        for name in ("teacher", "recruiter", "office", "rival", "other_teacher")
    }
    assert seen == {
        "teacher": True, "recruiter": True, "office": True, "rival": False, "other_teacher": False
    }  # fmt: skip
    assert not programmes_visible_to(None).exists()
    assert not enrolments_visible_to(world.recruiter).exists()
    assert not enrolments_visible_to(world.office).exists()


def test_the_database_refuses_what_must_never_be(world):
    row = make_programme(world)
    for wrong in (
        {"ends_on": STARTS},
        {"number": make_programme(world, name="另一个").number},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Programme.objects.filter(pk=row.pk).update(**wrong)
    assert row.ends_on == ENDS
