"""Stage two: the six lists and the rosters come in as workbooks, are reviewed and published."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from chanjiao.demo.cast import SECRETARY, Cast
from chanjiao.demo.catalogue import Row, rows, units
from chanjiao.demo.lists import rows_of, values_of
from chanjiao.demo.pupils import Pupil, pupils_of
from chanjiao.demo.workbooks import Desk, Slip
from chanjiao.kernel.period import Quarter
from chanjiao.needs import actions
from chanjiao.needs.enums import ListingState, Sex
from chanjiao.needs.kinds import (
    COHORTS,
    KINDS,
    POSTS,
    PRODUCTS,
    STATIONS,
    TEAMS,
    TECHNOLOGY,
    ListingKind,
)
from chanjiao.needs.models import Cohort, CoreProduct, Listing, Post, TechnologyNeed
from chanjiao.notices.actions import mark_read
from chanjiao.notices.models import Notice

Values = dict[str, Any]

# Days from today on which each list is handed in; the products come a quarter earlier.
HANDED_IN = ((PRODUCTS, -118), (STATIONS, -62), (TEAMS, -61), (TECHNOLOGY, -60), (POSTS, -58), (COHORTS, -56))  # fmt: skip
REVIEWED_AFTER = 6
GATHERED = (PRODUCTS, STATIONS, TEAMS)  # the secretariat gathers these in one workbook each
ROSTERS, LATE = -46, -2
NOTICES_READ = -7
LATE_ANSWER, GOOD_ANSWER, CLOSED = -6, 9, 20
# (unit, title) of what came in only now: it waits for the secretariat today.
LATECOMERS = {
    ("beiqiao", "程序设计员工"),
    ("lengquan", "厂内物流服务员工"),
    ("liwan", "电池制造员工"),
    ("qingguang", "光伏电站运维员工"),
    ("wanxin", "封装金线弧高检测"),
    ("beiwei", "转向架构架焊缝在线检测"),
}
HANDED_BACK = ("qingguang", "电气值班实习生")
SLIPS: dict[tuple[str, str], tuple[Slip, ...]] = {
    ("posts", "bofeng"): (Slip(1, "occupation_code", "6-18-01-70"), Slip(3, "wage_fen", "面议")),
    ("posts", "waling"): (Slip(1, "ends_on", "2020-01-31"), Slip(2, "headcount", "十二人左右")),
    ("posts", "shujia"): (Slip(4, "major_codes", "51020"), Slip(2, "shift", "上白班")),
    ("posts", "liaomao"): (Slip(1, "wage_fen", 1_200), Slip(3, "hazards", "放射性")),
    ("technology", "haiyue"): (Slip(1, "budget_fen", "一百五十万"), Slip(2, "industry_code", "34321")),
    ("cohorts", "pldjd"): (Slip(1, "entry_year", 2062),),
    ("students", "baoshui"): (Slip(3, "birth_date", "2015-02-30"), Slip(7, "grade_points", 768)),
    ("students", "haigong"): (Slip(2, "sex", "先生"), Slip(20, "student_number", "无")),
}  # fmt: skip


def build_needs(cast: Cast, desk: Desk) -> None:
    """Lists in, reviewed, published; rosters in; some things left for today."""
    for kind, day in HANDED_IN:
        if kind in GATHERED:
            _gather(cast, desk, kind, day)
        else:
            _hand_in_all(cast, desk, kind, day)
        cast.season.go(day + REVIEWED_AFTER)
        _review(cast, kind)
    cast.season.go(ROSTERS)
    for key in dict.fromkeys(row["school"] for row in rows("cohorts")):
        _roster(cast, desk, key)
    cast.season.go(ROSTERS + 3)
    _keep_fresh(cast)
    _answer_technology(cast)


def _quarter_of(cast: Cast, kind: ListingKind, day: int) -> str:
    """Lists come in ahead of the quarter they are for; the products are of the one before."""
    if kind is PRODUCTS:
        return str(Quarter.of(cast.season.moment(day).date()))
    return cast.season.quarter


def _gather(cast: Cast, desk: Desk, kind: ListingKind, day: int) -> None:
    """One workbook for all members, typed in by the secretariat: it goes straight to review."""
    quarter = _quarter_of(cast, kind, day)
    cast.season.go(day)
    lines = [
        {
            **values_of(kind, row, cast.season, quarter),
            "unit_code": cast.units[key].credit_code,
            "unit_name": cast.units[key].name,
        }
        for key in units()
        for row in rows_of(kind, key)
    ]
    desk.bring(
        kind.slug, {"consortium": cast.consortium.pk}, lines,
        who=SECRETARY, unit=cast.consortium.secretariat, title=f"秘书处-{kind.label}（汇总）",
    )  # fmt: skip


def _hand_in_all(cast: Cast, desk: Desk, kind: ListingKind, day: int) -> None:
    quarter = _quarter_of(cast, kind, day)
    for place, key in enumerate(units()):
        listed = [row for row in rows_of(kind, key) if (key, row["title"]) not in LATECOMERS]
        if listed:
            cast.season.go(day + place // 12)
            hand_in(cast, desk, kind, key, listed, quarter)


def hand_in(
    cast: Cast, desk: Desk, kind: ListingKind, key: str, listed: Sequence[Row], quarter: str,
    suffix: str = "",
) -> None:  # fmt: skip
    """A unit's administrator uploads the workbook, then submits its rows for review."""
    unit = cast.units[key]
    desk.bring(
        kind.slug, {"consortium": cast.consortium.pk, "unit": unit.pk},
        [values_of(kind, row, cast.season, quarter) for row in listed],
        who=key, unit=unit, title=f"{unit.called}-{kind.label}{suffix}",
        slips=() if suffix else SLIPS.get((kind.slug, key), ()),
    )  # fmt: skip
    _submit(cast, kind, key)


def _submit(cast: Cast, kind: ListingKind, key: str) -> None:
    drafts = kind.model._default_manager.filter(unit=cast.units[key], state=ListingState.DRAFT)
    actions.submit_listings(
        list(drafts.order_by("number")), by=cast.actor(key), at=cast.season.tick(300)
    )


def _review(cast: Cast, kind: ListingKind) -> None:
    """The secretariat hands one post back and publishes the rest; the unit mends and resubmits."""
    waiting = list(_waiting(cast, kind))
    back = [row for row in waiting if _is(cast, row, *HANDED_BACK)]
    for row in back:
        _hand_back(cast, row)
    actions.publish_listings(waiting, by=cast.secretary, at=cast.season.tick(900))


def _waiting(cast: Cast, kind: ListingKind) -> Iterable[Listing]:
    rows_ = kind.model._default_manager.filter(consortium=cast.consortium)
    return rows_.filter(state=ListingState.SUBMITTED).select_related("unit").order_by("number")


def _is(cast: Cast, row: Listing, key: str, title: str) -> bool:
    return row.unit_id == cast.units[key].pk and row.title == title


def _hand_back(cast: Cast, row: Listing) -> None:
    """The secretariat says why, field by field; the unit mends and resubmits."""
    reasons = {
        "shift": "岗位实习不得安排夜班（22:00–次日 6:00），请改为白班，或改列为就业岗位。",
        "headcount": "同类岗位职工 16 人，实习学生最多 3 人，请核减。",
    }
    returned = actions.return_listing(row, reasons, by=cast.secretary, at=cast.season.tick(600))
    key = HANDED_BACK[0]
    mended = actions.update_listing(
        returned, {"shift": "day", "headcount": 3}, revision=returned.revision,
        by=cast.actor(key), at=cast.season.tick(7_200),
    )  # fmt: skip
    actions.submit_listing(mended, by=cast.actor(key), at=cast.season.tick(120))


# Rosters -------------------------------------------------------------------------------------
def _roster(cast: Cast, desk: Desk, key: str) -> None:
    """All students of a school in one workbook; who is too young is found out and left out."""
    school = cast.units[key]
    numbers = {
        cohort.title: cohort for cohort in Cohort.objects.filter(unit=school).order_by("number")
    }
    listed: list[Values] = []
    allowed: list[Values] = []
    for index, row in enumerate(rows("cohorts")):
        if row["school"] != key:
            continue
        cohort = numbers[f"{cast.season.school_year - int(row['entered'])} 级{row['title']}"]
        for pupil in pupils_of(row, index, cast.season):
            listed.append(_pupil_values(pupil, cohort))
            if row["kind"] != "internship" or _is_sixteen(pupil, cohort.available_from):
                allowed.append(listed[-1])
    desk.bring(
        "students", {"consortium": cast.consortium.pk, "unit": school.pk}, allowed,
        who=key, unit=school, title=f"{school.called}-学生名册",
        slips=SLIPS.get(("students", key), ()),
        at_first=listed if len(listed) > len(allowed) else None,
    )  # fmt: skip


def _pupil_values(pupil: Pupil, cohort: Cohort) -> Values:
    return {
        "student_number": pupil.number,
        "name": pupil.name,
        "sex": {"男": Sex.MALE, "女": Sex.FEMALE}[pupil.sex],
        "birth_date": pupil.born,
        "cohort_number": cohort.number,
        "grade_points": pupil.grade,
        "skill_points": pupil.skill,
    }


def _is_sixteen(pupil: Pupil, on: date) -> bool:
    return (on.year - 16, on.month, on.day) >= (pupil.born.year, pupil.born.month, pupil.born.day)


# Keeping the lists alive ---------------------------------------------------------------------
def _keep_fresh(cast: Cast) -> None:
    """Most products are confirmed, a few carried into this quarter, the rest grow stale."""
    products = CoreProduct.objects.filter(consortium=cast.consortium).order_by("number")
    for place, row in enumerate(products.select_related("unit", "consortium")):
        by = cast.actor(cast.key_of(row.unit_id))
        if place % 10 == 3:
            copies = actions.carry_forward([row], cast.season.quarter, by=by, at=cast.season.tick())
            actions.submit_listings(copies, by=by, at=cast.season.tick())
            actions.publish_listings(copies, by=cast.secretary, at=cast.season.tick(600))
        elif place % 6 != 5:
            actions.confirm_listing(row, by=by, at=cast.season.tick())


def _answer_technology(cast: Cast) -> None:
    """Each technology need has somebody who answers and a day; some are answered, some late."""
    wanted = TechnologyNeed.objects.filter(
        consortium=cast.consortium, state=ListingState.PUBLISHED
    ).select_related("unit", "consortium")
    for place, row in enumerate(wanted.order_by("number")):
        days = LATE_ANSWER if place % 8 == 0 else GOOD_ANSWER + place
        actions.assign_owner(
            row, cast.users[cast.key_of(row.unit_id)], cast.season.moment(days).date(),
            by=cast.secretary, at=cast.season.tick(),
        )  # fmt: skip
        if place % 5 == 1:
            actions.mark_matched(row, by=cast.secretary, at=cast.season.tick(3_600))
        elif place == CLOSED:
            actions.close_listing(row, "企业已自行解决。", by=cast.secretary, at=cast.season.tick())


# What is left for today ----------------------------------------------------------------------
def leave_work(cast: Cast, desk: Desk) -> None:
    """The last days: new rows that wait for review, one handed back, one never submitted."""
    cast.season.go(LATE)
    for kind in KINDS:
        for key in units():
            late = [row for row in rows_of(kind, key) if (key, row["title"]) in LATECOMERS]
            if late:
                hand_in(cast, desk, kind, key, late, cast.season.quarter, "（补报）")
    back = Post.objects.get(unit=cast.units["qingguang"], title="光伏电站运维员工")
    reasons = {"place": "请写明电站所在的街道。", "wage_fen": "与贵单位同类岗位相差较大，请核对。"}
    actions.return_listing(back, reasons, by=cast.secretary, at=cast.season.tick(3_600))
    read = Notice.objects.filter(at__lt=cast.season.moment(NOTICES_READ), read_at__isnull=True)
    mark_read(read, at=cast.season.tick())
