"""Facts against a plain walk over the rows; the demo set against plain Python; who sees which row."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chanjiao.council.models import Delivery
from chanjiao.indicators.bridge import facts_of
from chanjiao.indicators.computing import computed, set_of
from chanjiao.indicators.drilling import rows_of
from chanjiao.indicators.sets import demo_text, import_set
from chanjiao.indicators.viewing import narrowed
from chanjiao.kernel.verdict import Conflict, Invalid
from chanjiao.members.models import Membership
from chanjiao.needs.models import Post, Student
from chanjiao_engine.indicators.outcomes import State
from chanjiao_engine.indicators.schema import TABLES
from chanjiao_engine.indicators.text import dump_set, parse_set
from tests.indicators.world import AFTER, AT, make_year
from tests.matching.world import make_post, make_student

pytestmark = pytest.mark.django_db


def code_of(unit) -> str:
    return unit.credit_code


def test_members_and_needs_are_the_rows_walked_one_by_one():
    year = make_year()
    Membership.objects.filter(unit=year.world.firms[1]).update(
        left_on=date(2027, 2, 1), left_reason="搬迁"
    )
    facts = facts_of(year.period)
    walked = sorted(
        (
            code_of(m.unit),
            m.joined_on,
            m.left_on if m.left_on and m.left_on < date(2027, 1, 1) else None,
        )
        for m in year.world.consortium.memberships.select_related("unit")
    )
    rows = facts["member"].to_pylist()
    assert sorted((r["unit"], r["joined_on"], r["left_on"]) for r in rows) == walked
    posts = {(p.number, code_of(p.unit), p.headcount) for p in year.world.posts}
    got = {(r["need"], r["unit"], r["headcount"]) for r in facts["need"].to_pylist()}
    assert got == posts
    majors = {(p.number, major) for p in year.world.posts for major in p.major_codes}
    assert {(r["need"], r["major"]) for r in facts["need_major"].to_pylist()} == majors


def test_what_came_after_the_end_is_not_there():
    year = make_year()
    late = make_post(year.world.consortium, year.world.firms[0], "来年", submitted_at=AFTER)
    shown = make_post(
        year.world.consortium, year.world.firms[0], "来年公布", submitted_at=AT, published_at=AFTER
    )
    rows = {r["need"]: r for r in facts_of(year.period)["need"].to_pylist()}
    assert late.number not in rows
    assert rows[shown.number]["state"] == "submitted"
    assert rows[shown.number]["published_on"] is None


def test_a_delivery_counts_once_confirmed():
    year = make_year()
    Delivery.objects.filter(commitment__number="C0").update(state="recorded")
    rows = facts_of(year.period)["delivery"].to_pylist()
    assert [(r["commitment"], r["quantity"]) for r in rows] == [("C1", Decimal("2000000.0000"))]


def test_as_many_queries_for_three_students_as_for_thirty():
    year = make_year(students=3)
    with CaptureQueriesContext(
        connection,
    ) as few:
        facts_of(year.period)
    for index in range(27):
        make_student(year.world.cohorts[index % 2], index % 20, user=None)
    year.reload()
    with CaptureQueriesContext(connection) as many:
        facts = facts_of(year.period)
    assert len(few) == len(many) <= 60
    assert facts["student"].num_rows == Student.objects.count() == 30


def test_persons_are_pseudonyms_of_the_edition():
    year = make_year()
    people = facts_of(year.period)["student"]["person"].to_pylist()
    assert (
        len(set(people)) == 3 and people == facts_of(year.period)["student"]["person"].to_pylist()
    )
    names = {s.name for s in Student.objects.all()} | {
        s.student_number for s in Student.objects.all()
    }
    text = str([table.to_pylist() for table in facts_of(year.period).values()])
    assert not [name for name in names if name in text]
    year.period.edition = 2
    assert not set(people) & set(facts_of(year.period)["student"]["person"].to_pylist())


def test_the_demo_set_has_its_shape_and_its_label():
    found = parse_set(demo_text())
    assert len({one.category for one in found.indicators}) == 3
    assert len(found.seconds) == 16 and len(found.indicators) == 44
    assert found.label == "演示指标集（按公开结构重建，非官方文本）"
    assert parse_set(dump_set(found)) == found


def test_computed_values_equal_plain_python():
    year = make_year()
    facts = {name: table.to_pylist() for name, table in facts_of(year.period).items()}
    got = computed(year.period, facts_of(year.period), ())
    until, since = date(2027, 1, 1), date(2026, 1, 1)
    present = [
        m for m in facts["member"]
        if m["joined_on"] < until and (m["left_on"] is None or m["left_on"] >= until)
    ]  # fmt: skip
    firms = {m["unit"] for m in present if m["side"] == "企"}
    assert got["3"].value == len(firms)
    schools = Counter(m["kind"] for m in present if m["side"] == "校")
    assert dict(got["4"].groups) == {"高职专科": schools["higher_vocational"]}
    majors = {o["major"] for o in facts["offer"] if o["kind"] == "cohort" and o["published_on"]}
    wanted = {m["major"] for m in facts["need_major"]}
    assert got["5"].numerator == len(majors & wanted) and got["5"].denominator == len(majors)
    assert got["6"].value == 0  # no member leads
    assert got["10"].value == len({r["kind"] for r in facts["regulation"]})
    sides = {m["unit"]: m["side"] for m in facts["member"]}
    money: Counter[str] = Counter()
    for d in facts["delivery"]:
        if d["kind"] in {"money", "equipment"} and since <= d["delivered_on"] < until:
            money[sides[d["unit"]]] += d["quantity"]
    assert got["12"].value == sum(money.values()) / 1_000_000
    shown = [n for n in facts["need"] if n["state"] in {"published", "matched"}]
    fresh = [n for n in shown if until - n["confirmed_on"] <= timedelta(days=90)]
    assert (got["13"].numerator, got["13"].denominator) == (len(fresh), len(shown))
    listed = {n["unit"] for n in facts["need"] if n["published_on"] and n["published_on"] >= since}
    assert (got["15"].numerator, got["15"].denominator) == (len(listed & firms), len(firms))
    assert got["41"].value == sum(e["flagged"] for e in facts["evidence"]) == 0
    assert got["42"].value == 0 and got["42"].struck
    assert got["28"].state is State.ABSENT and got["43"].value == got["14"].value == 0
    assert got["1"].state is State.AWAITED and got["23"].state is State.UNDEFINED


def test_a_member_sees_its_own_rows_and_how_many_it_does_not():
    year = make_year()
    one = set_of(year.period).indicator("12")
    every = rows_of(year.period, one, unit_code=None).parts[0]
    own = rows_of(year.period, one, unit_code=code_of(year.world.firms[0])).parts[0]
    assert (every.total, every.hidden) == (2, 0)
    assert not [heading for heading in every.headings if heading.isascii()]  # a joined query's too
    assert (own.total, own.hidden) == (1, 1)
    assert code_of(year.world.firms[1]) not in str(own.rows)


def test_no_table_shows_a_member_what_is_not_its():
    year = make_year()
    mine, other = (code_of(firm) for firm in year.world.firms)
    Post.objects.filter(unit=year.world.firms[1]).update(state="returned")
    seen = narrowed(facts_of(year.period), mine)
    assert set(seen) == {table.name for table in TABLES}
    for name in ("need", "commitment", "delivery", "task", "evidence"):
        units = set(seen[name]["unit"].to_pylist())
        assert units == {mine}, name
    assert seen["student"].num_rows == 0
    assert other in seen["member"]["unit"].to_pylist()
    assert all(
        c in seen["need"]["need"].to_pylist() for c in seen["need_major"]["need"].to_pylist()
    )
    assert narrowed(facts_of(year.period), "")["delivery"].num_rows == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("SELECT SUM(industry_count) FROM consortium", "value('3')", None),
        ("SELECT SUM(industry_count) FROM consortium", "value('2')", "2"),
        ("SELECT SUM(industry_count) FROM consortium", "SELECT x FROM 'a.csv'", "指标 2"),
        ("SELECT SUM(industry_count) FROM consortium", "SELECT COUNT(*) FROM nothing", "nothing"),
        ("SELECT SUM(industry_count) FROM consortium", "SELECT COUNT(*)/0 FROM member", "指标 2"),
        ('version = "2"', 'version = ', "TOML"),
    ],
)  # fmt: skip
def test_bad_sets_are_refused_with_their_place_and_nothing_is_saved(old, new, said):
    year = make_year()
    text = demo_text().replace(old, new, 1).replace('version = "2"\n', 'version = "3"\n', 1)
    if said is None:
        assert import_set(year.world.consortium, text, by=year.office, at=AT).version == "3"
        return
    with pytest.raises(Invalid) as caught:
        import_set(year.world.consortium, text, by=year.office, at=AT)
    assert said in str(caught.value)
    assert year.world.consortium.set_versions.count() == 1


def test_another_content_needs_another_version():
    year = make_year()
    again = import_set(year.world.consortium, demo_text(), by=year.office, at=AT)
    assert again == year.version
    with pytest.raises(Conflict):
        other = demo_text().replace("园区产值", "园区总产值")
        import_set(year.world.consortium, other, by=year.office, at=AT)
