"""What is wrong with a row, said at its field; and what people should know."""

from datetime import date

import pytest

from chanjiao.kernel.verdict import Invalid
from chanjiao.needs.actions import submit_listing
from chanjiao.needs.checks import Ground, findings, student_findings, warnings
from chanjiao.needs.kinds import BY_SLUG, POSTS
from chanjiao.reference.queries import book
from tests.needs.world import VALUES, in_state, make_post, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def found(slug, peers=None, **changes):
    kind = BY_SLUG[slug]
    values = dict.fromkeys(kind.fields) | VALUES[slug] | changes
    return [(f.field, f.code) for f in findings(kind, values, Ground(book(), peers or {}))]


@pytest.mark.parametrize("slug", list(VALUES))
def test_the_sample_rows_are_right(world, slug):
    assert found(slug) == []


WRONG = [
    ("posts", {"occupation_code": "6-18-01-77"}, ("occupation_code", "unknown_code")),
    ("posts", {"occupation_code": "车工"}, ("occupation_code", "unknown_code")),
    ("posts", {"major_codes": ["460103", "460199"]}, ("major_codes", "unknown_code")),
    ("posts", {"division_code": "219999"}, ("division_code", "unknown_code")),
    ("posts", {"ends_on": date(2027, 3, 1)}, ("ends_on", "dates")),
    ("posts", {"headcount": 0}, ("headcount", "headcount")),
    ("posts", {"minimum": 7}, ("minimum", "minimum")),
    ("posts", {"wage_fen": 4_200}, ("wage_fen", "wage_unit")),
    ("posts", {"wage_fen": 399_999}, ("wage_fen", "wage_floor")),
    ("posts", {"hazards": ["heavy"]}, ("hazards", "banned_hazard")),
    ("posts", {"hazards": ["venue"]}, ("hazards", "banned_hazard")),
    ("posts", {"title": "ktv服务员"}, ("place", "banned_venue")),
    ("posts", {"place": "某洗浴中心"}, ("place", "banned_venue")),
    ("posts", {"quarter": "2026-4"}, ("quarter", "quarter")),
    ("cohorts", {"major_code": "460199"}, ("major_code", "unknown_code")),
    ("cohorts", {"available_to": date(2027, 2, 1)}, ("available_to", "dates")),
    ("cohorts", {"available_from": date(2025, 6, 30)}, ("available_from", "first_year")),
    ("cohorts", {"entry_year": 2028}, ("available_from", "dates")),
    ("technology", {"industry_code": "3429X"}, ("industry_code", "unknown_code")),
    ("products", {"industry_code": "0111"}, ("industry_code", "unknown_code")),
    ("stations", {"occupation_codes": ["1-01-00-01"]}, ("occupation_codes", "unknown_code")),
]


@pytest.mark.parametrize(("slug", "changes", "expected"), WRONG)
def test_what_is_wrong_is_found_at_its_field(world, slug, changes, expected):
    assert expected in found(slug, **changes)


def test_the_wage_may_be_low_if_it_meets_one_of_the_two_floors(world):
    assert found("posts", wage_fen=400_000, peer_wage_fen=600_000) == []
    assert found("posts", wage_fen=400_000, lowest_wage_fen=450_000) == []
    both = {"wage_fen": 399_999, "lowest_wage_fen": 450_000}
    assert found("posts", **both) == [("wage_fen", "wage_floor")]


def test_the_rules_of_internship_bind_interns_only(world):
    assert found("posts", kind="employment", hazards=["heavy"], wage_fen=350_000) == []
    assert found("cohorts", kind="order", available_from=date(2025, 1, 1)) == []


def test_the_advice_tells_how_to_mend(world):
    values = dict.fromkeys(POSTS.fields) | VALUES["posts"] | {"wage_fen": 100_000}
    [low] = findings(POSTS, values, Ground(book()))
    assert low.advice == "至少应为 4,000.00 元"
    values |= {"wage_fen": 420_000, "major_codes": ["460199"]}
    [unknown] = findings(POSTS, values, Ground(book()))
    assert "（4601" in unknown.advice


def test_a_retired_code_says_since_when(world):
    from chanjiao.reference.actions import import_codes
    from chanjiao.reference.enums import Table
    from chanjiao.reference.reading import CodeRow
    from tests.people.world import AT

    rows = [CodeRow("460104", "机械制造及自动化", "", "高职专科")]
    import_codes(Table.MAJOR, rows, version="2030", source="试", by=None, at=AT)
    values = dict.fromkeys(POSTS.fields) | VALUES["posts"]
    [fault] = findings(POSTS, values, Ground(book()))
    assert fault.message == "专业目录代码 460103（数控技术）已在 2030 版废止"


def test_one_unit_states_one_figure_for_one_post(world):
    assert found("posts", {"6-18-01-01": 61}) == [("same_post_staff", "same_post_staff")]
    assert found("posts", {"6-18-01-02": 61}) == []


def test_a_figure_that_changes_can_be_mended_row_by_row(world):
    first, second = make_post(world), make_post(world, same_post_staff=60)
    from tests.people.world import AT

    submit_listing(first, by=world.recruiter, at=AT)
    in_state(second, "draft")
    type(second).objects.filter(pk=second.pk).update(same_post_staff=80)
    with pytest.raises(Invalid, match="60 人，这里是 80 人"):
        submit_listing(second, by=world.recruiter, at=AT)
    in_state(first, "returned")
    submit_listing(second, by=world.recruiter, at=AT)


def test_warnings_do_not_stand_in_the_way(world):
    values = VALUES["posts"] | {"shift": "night", "hazards": ["noise"], "headcount": 20}
    text = " ".join(warnings(POSTS, values))
    assert "夜班" in text and "强噪声" in text and "最多 12 人" in text
    assert warnings(POSTS, values | {"kind": "employment"}) == []


@pytest.mark.parametrize(
    ("born", "fine"),
    [(date(2011, 3, 1), True), (date(2011, 3, 2), False), (date(2012, 2, 29), False)],
)
def test_sixteen_on_the_first_day(born, fine):
    found_ = list(
        student_findings({"birth_date": born}, kind="internship", starts=date(2027, 3, 1))
    )
    assert (found_ == []) == fine
    assert list(student_findings({"birth_date": born}, kind="order", starts=date(2027, 3, 1))) == []
