"""The catalogue is sound before anything is built from it."""

import csv
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import pytest

import chanjiao.reference
from chanjiao.demo.catalogue import credit_code, rows, units
from chanjiao.demo.lists import FILES
from chanjiao.demo.pupils import pupils_of
from chanjiao.demo.season import Season, plus_months
from chanjiao.demo.stage_match import APPRENTICES, INTERNS, RESERVED, SHARE
from chanjiao.demo.stage_needs import HANDED_BACK, LATECOMERS, SLIPS
from chanjiao.needs.enums import Hazard, PostKind, Shift
from chanjiao.people.enums import SCHOOLS, UnitKind
from chanjiao_engine.codes import parse_credit_code, parse_school_code

LEADS = {"大连金普新区管理委员会", "大连职业技术学院", "通用技术集团大连机床有限责任公司"}
SEASON = Season(date(2026, 11, 23))


def shipped(table: str) -> set[str]:
    """The codes of a table that come with the software."""
    file = Path(chanjiao.reference.__file__).parent / "data" / f"{table}.csv"
    with file.open(encoding="utf-8", newline="") as text:
        return {row["code"] for row in csv.DictReader(text)}


def test_forty_nine_members_and_the_park_authority():
    kinds = Counter(row["kind"] for row in units().values())
    assert kinds["government"] == 1
    assert kinds["higher_vocational"] == 4
    assert kinds["university"] + kinds["vocational_bachelor"] == 6
    assert (kinds["secondary"], kinds["enterprise"], kinds["institute"]) == (7, 25, 7)
    assert sum(kinds.values()) == 50


def test_only_the_three_leads_bear_real_names():
    leads = {row["name"] for row in units().values() if row["role"] == "lead"}
    assert leads == LEADS
    for row in units().values():
        fictional = row["name"] not in LEADS
        assert ("示例" in row["name"]) == fictional
        assert ("示例" in row["short_name"]) == fictional


def test_credit_codes_are_valid_and_each_unit_has_its_own():
    codes = [credit_code(row) for row in units().values()]
    assert len(set(codes)) == 50
    for code in codes:
        assert parse_credit_code(code).division in {"210213", "210214"}


def test_school_codes_fit_their_level():
    for row in units().values():
        if UnitKind(row["kind"]) in SCHOOLS:
            parsed = parse_school_code(row["school_code"])
            assert (parsed.category == "中等职业学校") == (row["kind"] == "secondary")
        else:
            assert row["school_code"] == ""


@pytest.mark.parametrize(
    ("table", "file", "column"),
    [
        ("occupation", "posts", "occupation"),
        ("occupation", "stations", "occupations"),
        ("major", "posts", "majors"),
        ("major", "cohorts", "major"),
        ("industry", "technologies", "industry"),
        ("industry", "products", "industry"),
        ("division", "posts", "division"),
    ],
)
def test_every_code_comes_with_the_software(table, file, column):
    used = {code for row in rows(file) for code in row[column].split()}
    assert used <= shipped(table)


def test_industries_of_units_come_with_the_software():
    used = {code for row in rows("units") for code in row["industries"].split("、") if code}
    assert used <= shipped("industry")


def test_rows_belong_to_units_that_have_such_a_list():
    for file in (*FILES.values(), "contributions"):
        for row in rows(file):
            assert row.get("unit", row.get("school")) in units(), (file, row)
    for row in rows("posts"):
        assert units()[row["unit"]]["kind"] == "enterprise"


def test_posts_use_the_words_of_the_lists():
    assert len(rows("posts")) >= 110
    for row in rows("posts"):
        assert row["kind"] in PostKind.values and row["shift"] in Shift.values
        assert set(row["hazards"].split()) <= set(Hazard.values)
        assert 3_000 <= int(row["pay"]) <= 6_500


def test_wages_of_internships_reach_the_legal_floor():
    for row in rows("posts"):
        pay, lowest, peer = (int(row[name]) for name in ("pay", "lowest", "peer"))
        if row["kind"] == "internship":
            assert pay * 100 >= peer * 80 or pay >= lowest, row


def test_the_legal_caps_bind_in_several_places():
    wanted: dict[str, int] = defaultdict(int)
    kinds = 0
    for row in rows("posts"):
        if row["kind"] == "internship":
            wanted[row["unit"]] += int(row["headcount"])
            kinds += int(row["headcount"]) * 100 > int(row["same_post_staff"]) * 20
    full = [key for key, seats in wanted.items() if seats * 10 > int(units()[key]["staff"])]
    assert len(full) >= 4
    assert kinds >= 10


def test_one_unit_states_one_figure_for_one_occupation():
    stated = defaultdict(set)
    for row in rows("posts"):
        stated[row["unit"], row["occupation"]].add(row["same_post_staff"])
    assert all(len(figures) == 1 for figures in stated.values())


def test_what_the_stages_name_is_in_the_catalogue():
    posts = {(row["unit"], row["title"]) for row in rows("posts")}
    technologies = {(row["unit"], row["title"]) for row in rows("technologies")}
    cohorts = {(row["school"], row["title"]) for row in rows("cohorts")}
    assert posts | technologies >= LATECOMERS
    assert {HANDED_BACK, SHARE[:2], *RESERVED} <= posts
    assert {title for title, _, _ in RESERVED.values()} <= {title for _, title in cohorts}
    assert {APPRENTICES[:2], INTERNS[:2]} <= cohorts
    assert {key for _, key in SLIPS} <= units().keys()


def test_students_are_the_same_every_time_and_some_are_minors():
    first = [pupils_of(row, place, SEASON) for place, row in enumerate(rows("cohorts"))]
    again = [pupils_of(row, place, SEASON) for place, row in enumerate(rows("cohorts"))]
    assert first == again
    everybody = [pupil for group in first for pupil in group]
    assert 1_200 <= len(everybody) <= 1_500
    assert len({pupil.number for pupil in everybody}) == len(everybody)
    start = SEASON.starts_on
    minors = [p for p in everybody if p.born > date(start.year - 18, start.month, start.day)]
    assert 100 < len(minors) < len(everybody)
    entered = {int(row["entered"]) for row in rows("cohorts")}
    assert 0 in entered  # first-years are present, and ineligible


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2026, 8, 31), date(2027, 12, 31)])
def test_the_season_is_laid_out_from_any_day(today):
    season = Season(today)
    assert season.starts_on.day == 1
    assert 75 <= (season.starts_on - today).days <= 110
    assert season.ends_on(6) == plus_months(season.starts_on, 6)
    before = season.go(-10)
    assert season.go(-20) == before
    assert season.tick() > before
