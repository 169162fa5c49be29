"""The Excel columns of placements: one row is one stint; how a stint is written and read as cells."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from chanjiao.needs.enums import Hazard
from chanjiao.sheets.layout import Column, Kind, Layout
from chanjiao.training.enums import Intensity, PlacementKind, PlacementState, Site
from chanjiao.training.models import Placement, Stint
from chanjiao_engine.codes import parse_major, parse_occupation
from chanjiao_engine.redlines import PROFILES

_ONE_DAY = timedelta(days=1)
_CLOCK = r"([01]?\d|2[0-3]):[0-5]\d(:00)?|24:00"
_SITES = [(value, label) for value, label in Site.choices if value != Site.SCHOOL]


def _money(key: str, title: str, example: int) -> Column:
    return Column(key, title, Kind.MONEY, unit="元", minimum=0, maximum=1_000_000, example=example)


def _mentor(key: str, title: str, **more: Any) -> Column:
    return Column(key, title, max_length=24, width=16, **more)


LAYOUT = Layout(
    key="placements",
    title="实习安排",
    sheet_name="实习安排",
    max_rows=5_000,
    columns=(
        Column("number", "实习编号", max_length=24, width=16, help="新增时留空，由平台编号。"),
        Column("student_number", "学号", required=True, max_length=30, example="20240101", width=14),
        Column("name", "姓名", max_length=60, example="张一", help="填了就与学生名册核对。"),
        Column("kind", "类型", Kind.CHOICE, choices=PlacementKind.choices,
               example=PlacementKind.POST.value, help="留空为岗位实习。"),
        Column("profile", "适用规则", Kind.CHOICE, choices=[(x, x) for x in PROFILES], example="全国",
               help="留空为全国。"),
        _mentor("tutor", "指导教师编号", help="本校导师名册里的编号；可以以后再定。"),
        Column("self_chosen", "学生自行联系", Kind.BOOLEAN, example=False),
        Column("host", "实习单位", required=True, max_length=120, example="示例机床有限公司", width=26,
               help="单位名称或统一社会信用代码；须是联合体成员。"),
        Column("position", "岗位", required=True, max_length=120, example="数控车工", width=16),
        Column("occupation_code", "职业代码", Kind.CODE, required=True, example="6-18-01-01",
               parser=lambda text: parse_occupation(text).code, width=14,
               help="同类岗位按它计人数。"),
        Column("major_codes", "对口专业代码", Kind.CODE, many=True, example=("460103", "460102"),
               parser=lambda text: parse_major(text).code, width=18, help="可填多个，用“、”隔开。"),
        Column("starts_on", "开始日期", Kind.DATE, required=True, example=date(2027, 3, 1)),
        Column("last_on", "最后一天", Kind.DATE, required=True, example=date(2027, 8, 31),
               help="当日仍在实习。"),
        _money("wage_fen", "月报酬", 400_000),
        _money("peer_wage_fen", "相同岗位月工资", 500_000),
        _money("lowest_wage_fen", "最低档月工资", 300_000),
        Column("same_post_staff", "同类岗位职工数", Kind.INTEGER, minimum=0, maximum=1_000_000, example=50),
        Column("day_hours", "每日工时", Kind.DECIMAL, unit="小时", minimum=0, maximum=24, example=Decimal(8),
               help="留空为 8 小时。"),
        Column("begins", "上班时间", pattern=_CLOCK, help="写成 08:00；留空为 08:00。", example="08:00"),
        Column("ends", "下班时间", pattern=_CLOCK, help="写成 17:00；早于上班时间的按次日计；留空为 17:00。",
               example="17:00"),
        Column("intensity", "体力劳动强度", Kind.CHOICE, choices=Intensity.choices, example="1"),
        Column("hazards", "危害因素", Kind.CHOICE, choices=Hazard.choices, many=True, example=(),
               help="没有就留空；可填多个，用“、”隔开。"),
        Column("chemical_site", "在危险化学品场所内", Kind.BOOLEAN, example=False, help="留空为未说明。"),
        Column("independent", "相对独立参与实际工作", Kind.BOOLEAN, example=True, help="留空为是。"),
        Column("site", "场所", Kind.CHOICE, choices=_SITES, example=Site.ENTERPRISE.value, help="留空为企业。"),
        Column("site_registered", "场所已依法登记", Kind.BOOLEAN, help="校中厂、厂中校须填写。"),
        Column("workplace", "工作地点", max_length=120, example="金州区示例路 1 号", width=22),
        _mentor("master", "企业导师编号", help="该单位导师名册里的编号；可以以后再定。"),
        _mentor("second_master", "第二导师编号"),
        Column("state", "状态", Kind.CHOICE, choices=PlacementState.choices, locked=True,
               help="由平台填写，导入时不看。"),
    ),
    notes=(
        "一行是一名学生在一个单位的一段岗位。轮岗的写几行：类型相同、日期首尾相接的算同一次实习。",
        "编号留空的行新增；有编号的行修改这次实习，须把它的各段都留在表里。已上岗的不能从表里修改。",
        "日期写最后一天，金额以元为单位。导入只做安排，上岗仍须通过上岗检查。",
    ),
    unique=(("student_number", "starts_on"),),
)  # fmt: skip

# Cells that say something of the placement as a whole: alike in every row of it.
WHOLE = ("kind", "profile", "tutor", "self_chosen")
_SAME = (
    "position", "occupation_code", "wage_fen", "peer_wage_fen", "lowest_wage_fen",
    "same_post_staff", "chemical_site", "independent", "site", "site_registered", "workplace",
    "starts_on",
)  # fmt: skip


def exported(row: Placement) -> list[dict[str, object]]:
    """A placement as values by column key, a stint each, in order; read back they are the same.

    `row` needs student and tutor at hand, and its stints with host and masters.
    """
    whole: dict[str, object] = {
        "number": row.number, "student_number": row.student.student_number,
        "name": row.student.name, "kind": row.kind, "profile": row.profile,
        "tutor": row.tutor.number if row.tutor else None, "self_chosen": row.self_chosen,
        "state": row.state,
    }  # fmt: skip
    stints = sorted(row.stints.all(), key=lambda one: one.starts_on)
    return [whole | _cells(one) for one in stints]


def _cells(one: Stint) -> dict[str, object]:
    return {name: getattr(one, name) for name in _SAME} | {
        "host": one.host.name, "major_codes": tuple(one.major_codes),
        "last_on": one.ends_on - _ONE_DAY, "day_hours": _hours(one.day_minutes),
        "begins": _time(one.from_minute), "ends": _time(one.to_minute),
        "intensity": one.intensity or None, "hazards": tuple(one.hazards),
        "master": one.master.number if one.master else None,
        "second_master": one.second_master.number if one.second_master else None,
    }  # fmt: skip


def conditions(values: Mapping[str, Any]) -> dict[str, Any]:
    """A row's cells as the fields of a stint; host and masters are looked up elsewhere."""
    hours_said = values["day_hours"]
    return {
        "position": values["position"], "occupation_code": values["occupation_code"],
        "major_codes": list(values["major_codes"] or ()), "starts_on": values["starts_on"],
        "ends_on": values["last_on"] + _ONE_DAY, "wage_fen": values["wage_fen"],
        "peer_wage_fen": values["peer_wage_fen"], "lowest_wage_fen": values["lowest_wage_fen"],
        "same_post_staff": values["same_post_staff"],
        "day_minutes": 480 if hours_said is None else round(hours_said * 60),
        "from_minute": _minute(values["begins"] or "08:00"),
        "to_minute": _minute(values["ends"] or "17:00"), "intensity": values["intensity"] or "",
        "hazards": list(values["hazards"] or ()), "chemical_site": values["chemical_site"],
        "independent": values["independent"] is not False,
        "site": values["site"] or Site.ENTERPRISE.value,
        "site_registered": values["site_registered"], "workplace": values["workplace"] or "",
    }  # fmt: skip


def _hours(minutes: int) -> Decimal:
    """Minutes as hours with two places, from which they can be told again."""
    return round(Decimal(minutes) / 60, 2)


def _time(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _minute(text: str) -> int:
    begins, ends = text.split(":")[:2]
    return int(begins) * 60 + int(ends)
