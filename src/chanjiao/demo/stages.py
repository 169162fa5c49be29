"""The stages, each on top of the one before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from chanjiao.demo.cast import Cast
from chanjiao.demo.place import STAGES
from chanjiao.demo.season import Season
from chanjiao.demo.stage_match import build_match
from chanjiao.demo.stage_members import build_members
from chanjiao.demo.stage_needs import build_needs, leave_work
from chanjiao.demo.stage_training import begin_training, end_training
from chanjiao.demo.stage_year import begin_year, end_year
from chanjiao.demo.workbooks import Desk

Say = Callable[[str], None]
_BUILDERS = dict(
    zip(STAGES, (build_members, build_needs, build_match, end_training, end_year), strict=True)
)
_TITLES = dict(
    zip(
        STAGES,
        (
            "成员单位",
            "供需清单",
            "匹配轮次",
            "双元育人：协议、班级、实习",
            "年度：议事、计划、指标、年报",
        ),
        strict=True,
    )
)


def build(stage: str, season: Season, folder: Path, *, say: Say) -> Cast:
    """Every stage up to this one, in the database that is set up; workbooks go to `folder`."""
    cast = Cast(season)
    desk = Desk(cast, folder / "workbooks")
    for name in STAGES[: STAGES.index(stage) + 1]:
        say(f"  {_TITLES[name]}……")
        _BUILDERS[name](cast, desk)
        if name == STAGES[0] and stage == STAGES[-1]:
            begin_year(cast, desk)
        if name == "needs" and STAGES.index(stage) >= STAGES.index("training"):
            begin_training(cast)
    if stage != STAGES[0]:
        leave_work(cast, desk)
    return cast
