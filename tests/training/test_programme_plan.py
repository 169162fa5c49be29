"""The joint plan: shares computed and exact, changes with reasons, Excel in and out."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chanjiao.kernel.verdict import Conflict, Invalid, Refused
from chanjiao.sheets.binding import get
from chanjiao.trail.models import Entry as TrailEntry
from chanjiao.training.enums import EntryKind, ProgrammeState, Site, Teacher
from chanjiao.training.models import Entry, PlanItem, Programme
from chanjiao.training.plan_actions import place_of, remove_item, write_plan
from chanjiao.training.programme_queries import (
    enterprise_share,
    hours_of,
    real_share,
    shares_together,
    taught_share,
    with_shares,
)
from chanjiao.training.shares import Hours, Share, hours_text, shares_of
from tests.training.programmes_world import (
    AT,
    STARTS,
    committed,
    imported,
    in_state,
    items,
    make_master,
    make_programme,
    make_world,
    place,
    ready,
    running,
)


@pytest.fixture
def world(db):
    return make_world()


# Shares ------------------------------------------------------------------------------------------
def test_the_shares_of_a_small_plan():
    found = shares_of(
        [
            Hours(240, Site.SCHOOL, Teacher.SCHOOL, False, False),
            Hours(60, Site.FACTORY_IN_SCHOOL, Teacher.BOTH, True, False),
            Hours(120, Site.ENTERPRISE, Teacher.ENTERPRISE, True, True),
            Hours(60, Site.SCHOOL_IN_FACTORY, Teacher.ENTERPRISE, False, False),
        ]
    )
    assert found.minutes == 480
    assert found.enterprise == Share(240, 480) and found.enterprise.text == "50.0%"
    assert found.enterprise_taught.text == "50.0%"
    assert found.real_in_core == Share(120, 180) and found.real_in_core.text == "66.7%"
    assert dict(found.by_site)[Site.FACTORY_IN_SCHOOL].text == "12.5%"
    assert shares_of([]).enterprise.text == "—"
    assert hours_text(90) == "1 小时 30 分" and hours_text(120_000) == "2,000 小时"


_hours = st.builds(
    Hours, st.integers(1, 50_000), st.sampled_from([s.value for s in Site]),
    st.sampled_from([t.value for t in Teacher]), st.booleans(), st.booleans(),
)  # fmt: skip


@given(st.lists(_hours, min_size=1, max_size=30))
def test_parts_make_the_whole_exactly(rows):
    found = shares_of(rows)
    total = sum(row.minutes for row in rows)
    assert sum(Fraction(s.part, s.whole) for _, s in found.by_site) == 1
    assert sum(Fraction(s.part, s.whole) for _, s in found.by_teacher) == 1
    assert found.minutes == total
    school = dict(found.by_site)[Site.SCHOOL].part
    assert found.enterprise.part + school == total


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_rounded_share_is_within_half_a_tenth(part, whole):
    tenths = Share(part, whole).tenths
    assert abs(Fraction(1000 * part, whole) - tenths) <= Fraction(1, 2)


def test_numbers_order_as_numbers():
    codes = ["2", "1.10", "1.9", "1", "1.9.2", "10"]
    assert sorted(codes, key=place_of) == ["1", "1.9", "1.9.2", "1.10", "2", "10"]


def test_lists_and_pages_say_the_same(world):
    row, other = ready(world), make_programme(world, name="空的")
    rows = {one.pk: one for one in with_shares(Programme.objects.order_by("pk"))}
    computed = shares_of(hours_of([row.pk])[row.pk])
    assert enterprise_share(rows[row.pk]) == computed.enterprise == Share(240, 480)
    assert real_share(rows[row.pk]) == computed.real_in_core
    assert taught_share(rows[row.pk]) == computed.enterprise_taught
    assert rows[row.pk].learners == len(world.students)
    assert enterprise_share(rows[other.pk]).text == "—"
    assert shares_together(Programme.objects.all()).enterprise == Share(240, 480)


# Writing -----------------------------------------------------------------------------------------
def test_a_running_plan_changes_only_with_a_reason(world):
    row = running(world)
    changed = [replace(items(world)[0], minutes=300)]
    with pytest.raises(Invalid, match="须写明原因"):
        write_plan(row, changed, **world.by)
    assert write_plan(row, items(world), **world.by).unchanged == 4  # nothing changed: no reason
    done = write_plan(row, changed, reason="企业新增设备", **world.by)
    assert (done.created, done.updated, done.unchanged) == (0, 1, 0)
    entry = TrailEntry.objects.filter(action="training.write_plan").order_by("-pk").first()
    assert entry.reason == "企业新增设备"
    assert entry.data["items"][0]["before"]["minutes"] == 240
    assert entry.data["items"][0]["after"]["minutes"] == 300


def test_only_the_keeping_school_writes_and_not_over_somebody(world):
    row = ready(world)
    for actor in (world.recruiter, world.office, world.other_teacher):
        with pytest.raises(Refused):
            write_plan(row, items(world), by=actor, at=AT)
    with pytest.raises(Conflict):
        write_plan(row, items(world), revision=row.revision - 1, **world.by)
    in_state(row, ProgrammeState.ENDED)
    with pytest.raises(Refused, match="不能再修改"):
        write_plan(row, items(world), reason="补", **world.by)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": "一"}, "code"),
        ({"code": "0.1"}, "code"),
        ({"site": Site.ENTERPRISE, "host": None}, "host"),
        ({"minutes": 0}, "minutes"),
        ({"title": ""}, "title"),
    ],
)
def test_a_wrong_item_is_refused_with_its_field(world, change, field):
    with pytest.raises(Invalid) as refusal:
        write_plan(make_programme(world), [replace(items(world)[1], **change)], **world.by)
    assert field in refusal.value.problems
    assert not PlanItem.objects.exists()


def test_a_host_takes_part(world):
    with pytest.raises(Invalid, match="不在本项目的合作单位中"):
        write_plan(
            make_programme(world), [replace(items(world)[1], host=world.other_firm)], **world.by
        )


def test_an_item_that_was_worked_on_stays(world):
    row = running(world)
    ticked, free = row.items.get(code="1.10"), row.items.get(code="2")
    entry = Entry.objects.create(
        placement=place(world, world.students[0], make_master(world)), kind=EntryKind.WORK,
        day=AT.date(), text="车削", created_at=AT,
    )  # fmt: skip
    entry.items.add(ticked)
    with pytest.raises(Refused, match="学习记录"):
        remove_item(ticked, reason="删", **world.by)
    with pytest.raises(Invalid, match="原因"):
        remove_item(free, **world.by)
    remove_item(free, reason="合并到 1.10", **world.by)
    with pytest.raises(Conflict):
        remove_item(free, reason="再删", **world.by)


# Excel -------------------------------------------------------------------------------------------
LINE = {
    "code": "1", "course": "制图", "title": "识图", "periods": Decimal(16), "site": "school",
    "teacher": "school",
}  # fmt: skip


def put(world, row, lines, execute, actor=None):
    return imported(
        "training_plan", {"programme": row.pk}, actor or world.teacher, world.school, lines, execute
    )


def test_a_plan_comes_in_by_excel_and_goes_out_the_same(world, django_capture_on_commit_callbacks):
    row = make_programme(world)
    lines = [
        LINE,
        LINE | {"code": "2", "periods": Decimal("1.5"), "period_minutes": 60, "site": "enterprise",
                "host": world.firm.name, "teacher": "enterprise", "is_core": True, "is_real_project": True},
    ]  # fmt: skip
    made = put(world, row, lines, django_capture_on_commit_callbacks)
    assert (made.report["good"], made.report["bad"]) == (2, 0), made.report
    committed(made, world.teacher, django_capture_on_commit_callbacks)
    kept = {item.code: item for item in row.items.all()}
    assert kept["1"].minutes == 16 * 45 and kept["2"].minutes == 90
    assert kept["2"].host == world.firm and kept["2"].is_core and kept["2"].is_real_project
    binding = get("training_plan")
    out = list(
        binding.export_rows(binding.load(user=world.teacher, scope={"programme": row.pk}, at=AT))
    )
    again = put(world, row, out, django_capture_on_commit_callbacks)
    assert again.report["bad"] == 0
    committed(again, world.teacher, django_capture_on_commit_callbacks)
    assert again.report["written"] == {"created": 0, "updated": 0, "unchanged": 2}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"host": "别的公司"}, "不在本项目的合作单位中"),
        ({"site": "enterprise"}, "须写明承担单位"),
        ({"periods": Decimal("0.33")}, "不是整分钟"),
        ({"periods": Decimal(0)}, "学时应大于 0"),
        ({"code": "1.2.3.4"}, "不是条目编号"),
    ],
)
def test_a_wrong_line_says_where_and_how_to_mend(
    world, change, word, django_capture_on_commit_callbacks
):
    made = put(world, make_programme(world), [LINE | change], django_capture_on_commit_callbacks)
    assert [p for p in made.report["problems"] if word in p["message"]], made.report["problems"]
    assert made.report["problems"][0]["row"] >= 4


def test_a_running_plan_by_excel_asks_for_the_reason(world, django_capture_on_commit_callbacks):
    row = running(world)
    line = LINE | {"code": "9"}
    made = put(world, row, [line], django_capture_on_commit_callbacks)
    assert "须写明原因" in made.report["problems"][0]["message"]
    made = put(world, row, [line | {"reason": "补充"}], django_capture_on_commit_callbacks)
    committed(made, world.teacher, django_capture_on_commit_callbacks)
    assert row.items.filter(code="9").exists()


def test_the_enterprise_may_not_import_a_plan(world, django_capture_on_commit_callbacks):
    binding = get("training_plan")
    scope = {"programme": ready(world).pk}
    assert not binding.may(world.recruiter, scope)
    with pytest.raises(Refused, match="不存在"):
        binding.may(world.rival, scope)


def test_a_roster_by_excel(world, django_capture_on_commit_callbacks):
    from chanjiao.training.class_actions import open_class

    one = open_class(make_programme(world), world.cohort, name="一班", **world.by)
    scope = {"class": one.pk}
    first, second = world.students[:2]
    outsider = next(s for s in world.base.students if s.school_id != world.school.pk)

    def send(lines):
        return imported(
            "training_class", scope, world.teacher, world.school, lines,
            django_capture_on_commit_callbacks,
        )  # fmt: skip

    bad = send(
        [
            {"student_number": first.student_number, "name": "不是他"},
            {"student_number": outsider.student_number, "name": outsider.name},
            {"student_number": second.student_number, "name": second.name, "ends_on": AT.date()},
        ]
    )
    assert bad.report["bad"] == 3
    words = " ".join(p["message"] for p in bad.report["problems"])
    assert "不叫“不是他”" in words and "没有学号" in words and "没有写明原因" in words
    good = send(
        [
            {"student_number": s.student_number, "name": s.name, "starts_on": STARTS}
            for s in (first, second)
        ]
    )
    committed(good, world.teacher, django_capture_on_commit_callbacks)
    assert one.enrolments.count() == 2
    leaving = send(
        [
            {
                "student_number": first.student_number,
                "name": first.name,
                "ends_on": AT.date(),
                "reason": "转班",
            }
        ]
    )
    committed(leaving, world.teacher, django_capture_on_commit_callbacks)
    assert one.enrolments.get(student=first).reason == "转班"
    assert not get("training_class").may(world.recruiter, scope)
