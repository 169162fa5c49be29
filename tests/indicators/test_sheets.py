"""Excel of sets and of values by hand: out and in again is the same; every fault has its place."""

import contextlib
import io
from decimal import Decimal
from typing import Any

import pytest

from chanjiao.indicators import typed
from chanjiao.indicators.computing import set_of_text
from chanjiao.indicators.enums import PeriodState, TypedState
from chanjiao.indicators.models import SetVersion, TypedValue
from chanjiao.indicators.sheets import SET, indicator_of, row_of
from chanjiao.kernel.verdict import Refused
from chanjiao.sheets.actions import commit_import, upload
from chanjiao.sheets.binding import get
from chanjiao.sheets.enums import ImportState
from chanjiao.sheets.models import Import
from chanjiao.sheets.writing import export
from tests.indicators.world import AT, Year, make_year

pytestmark = pytest.mark.django_db


@pytest.fixture
def year() -> Year:
    return make_year(PeriodState.REPORTING)


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    return django_capture_on_commit_callbacks


def scope_of(year: Year, slug: str) -> dict[str, int]:
    return {"version": year.version.pk} if slug == "indicator_set" else {"period": year.period.pk}


def rows_out(year: Year, slug: str) -> list[dict[str, Any]]:
    """What the download holds."""
    binding = get(slug)
    context = binding.load(user=year.office, scope=scope_of(year, slug), at=AT)
    return list(binding.export_rows(context))


def brought(year: Year, slug: str, rows, commits, *, by=None) -> Import:
    """A workbook of these rows, uploaded and checked."""
    target = io.BytesIO()
    export(get(slug).layout, rows, target)
    target.seek(0)
    with commits(execute=True):
        made = upload(
            target, "表.xlsx", slug, scope_of(year, slug), by=by or year.office, at=AT,
            unit=year.world.consortium.secretariat,
        )  # fmt: skip
    made.refresh_from_db()
    return made


def written(made: Import, year: Year, commits) -> Import:
    with commits(execute=True):
        commit_import(made, mode="all", by=year.office, at=AT)
    made.refresh_from_db()
    assert made.state == ImportState.DONE, made.report
    return made


def places(made: Import) -> list[tuple[int, str]]:
    return [(one["row"], one["title"]) for one in made.report["problems"]]


# Sets ----------------------------------------------------------------------------------------
def test_every_indicator_is_the_same_out_and_in(year):
    for one in set_of_text(year.version.text).indicators:
        assert row_of(indicator_of(row_of(one))) == row_of(one)
    assert set(row_of(set_of_text(year.version.text).indicators[0])) == set(SET.by_key)


def test_the_set_as_downloaded_changes_nothing(year, commits):
    made = written(
        brought(year, "indicator_set", rows_out(year, "indicator_set"), commits), year, commits
    )
    assert made.report["rows"] == 44 and SetVersion.objects.count() == 1


def test_a_changed_row_makes_the_next_version(year, commits):
    rows = rows_out(year, "indicator_set")
    row = next(row for row in rows if row["code"] == "3")
    row |= {"threshold": "25", "bands": ("0起偏少", "25起良好"), "name": "参与的园区企业数"}
    written(brought(year, "indicator_set", rows, commits), year, commits)
    new = SetVersion.objects.exclude(pk=year.version.pk).get()
    assert new.version != year.version.version and new.note == "由 Excel 导入"
    before, after = set_of_text(year.version.text), set_of_text(new.text)
    changed = after.indicator("3")
    assert changed.threshold == Decimal(25) and changed.name == "参与的园区企业数"
    assert [band.label for band in changed.bands] == ["偏少", "良好"]
    assert [one for one in after.indicators if one.code != "3"] == [
        one for one in before.indicators if one.code != "3"
    ]


@pytest.mark.parametrize(
    ("code", "change", "title"),
    [
        ("3", {"threshold": "二十"}, "界限"),
        ("3", {"bands": ("良好",)}, "分档"),
        ("3", {"numerator": "SELECT COUNT(*) FROM no_such_table"}, "公式（分子）"),
        ("3", {"unit": "斤"}, "单位"),
        ("3", {"code": "4"}, "编号"),
    ],
)
def test_a_fault_of_a_set_is_told_at_its_cell_and_nothing_is_kept(
    year, commits, code, change, title
):
    rows = rows_out(year, "indicator_set")
    at = next(place for place, row in enumerate(rows) if row["code"] == code)
    rows[at] = rows[at] | change
    made = brought(year, "indicator_set", rows, commits)
    assert title in {where for _, where in places(made)}
    first = 4  # below title, notes and headings
    again = at + first + ("code" in change)  # a code that stands twice is told at the second
    assert again in {row for row, where in places(made) if where == title}, places(made)
    with pytest.raises(Refused):
        commit_import(made, mode="all", by=year.office, at=AT)
    assert SetVersion.objects.count() == 1


def test_a_set_is_not_taken_in_part(year, commits):
    rows = rows_out(year, "indicator_set")
    rows[2] = rows[2] | {"threshold": "二十"}
    made = brought(year, "indicator_set", rows, commits)
    with commits(execute=True), contextlib.suppress(Refused):
        commit_import(made, mode="good", by=year.office, at=AT)
    made.refresh_from_db()
    assert made.state != ImportState.DONE and SetVersion.objects.count() == 1


@pytest.mark.parametrize("slug", ["indicator_set", "typed_values"])
def test_only_the_secretariat_brings_them(year, slug):
    for by in (year.recruiter, None):
        try:
            verdict = get(slug).may(by, scope_of(year, slug))
        except Refused:
            continue
        assert not verdict
    assert get(slug).may(year.office, scope_of(year, slug))


# Values by hand ------------------------------------------------------------------------------
GIVEN = {"value": Decimal("12.5"), "reason": "统计公报第 3 页", "evidence": ("1-1-1-1", "1-1-2-1")}


def filled(year: Year, **changes: Any) -> list[dict[str, Any]]:
    """The download with the first value filled in."""
    rows = rows_out(year, "typed_values")
    assert rows[0]["code"] == "1"
    rows[0] |= GIVEN | changes
    return rows


def test_a_value_comes_in_waits_and_goes_out_again(year, commits):
    assert rows_out(year, "typed_values")[0]["state"] == "待填报"
    made = written(brought(year, "typed_values", filled(year), commits), year, commits)
    assert made.report["rows"] == len(rows_out(year, "typed_values"))
    row = TypedValue.objects.get()
    assert (row.code, row.value, row.reason) == ("1", Decimal("12.5"), "统计公报第 3 页")
    assert row.evidence == ["1-1-1-1", "1-1-2-1"] and row.state == TypedState.ENTERED
    assert row.entered_by == year.office.user
    assert rows_out(year, "typed_values")[0]["state"] == "待批准"
    typed.approve_value(row, by=year.second, at=AT)
    out = rows_out(year, "typed_values")[0]
    assert {key: out[key] for key in GIVEN} == GIVEN and out["state"] == "已批准"


def test_the_values_as_downloaded_change_nothing(year, commits):
    written(brought(year, "typed_values", filled(year), commits), year, commits)
    typed.approve_value(TypedValue.objects.get(), by=year.second, at=AT)
    written(brought(year, "typed_values", rows_out(year, "typed_values"), commits), year, commits)
    assert TypedValue.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "title"),
    [
        ({"value": Decimal("-1")}, "数值"),
        ({"value": Decimal("1.2345")}, "数值"),
        ({"reason": ""}, "填报依据"),
        ({"evidence": ()}, "佐证编号"),
        ({"evidence": ("9-9-9-9",)}, "佐证编号"),
        ({"code": "3"}, "指标编号"),
    ],
)
def test_a_fault_of_a_value_is_told_at_its_cell_and_nothing_is_kept(year, commits, change, title):
    made = brought(year, "typed_values", filled(year, **change), commits)
    assert places(made), made.report
    assert any(title in where for _, where in places(made)), places(made)
    with pytest.raises(Refused):
        commit_import(made, mode="all", by=year.office, at=AT)
    assert not TypedValue.objects.exists()


def test_a_value_that_waits_is_not_entered_over(year, commits):
    typed.enter_value(year.period, "1", Decimal(1), "文件", ["1-1-1-1"], by=year.office, at=AT)
    made = brought(year, "typed_values", filled(year), commits)
    assert any("待批准" in str(one) for one in made.report["problems"]), made.report
    assert TypedValue.objects.get().value == 1
