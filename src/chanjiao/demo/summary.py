"""What came of it, in Chinese, and whether everything that can be checked holds."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db.models import Sum

from chanjiao.demo.cast import PASSWORD, SECRETARY, Cast
from chanjiao.demo.place import STAGES
from chanjiao.demo.stage_match import APPRENTICES, INTERNS
from chanjiao.demo.summary_training import training_lines
from chanjiao.demo.summary_year import year_lines
from chanjiao.kernel.clock import day_of
from chanjiao.matching.enums import RoundState
from chanjiao.matching.figures import mean_rank
from chanjiao.matching.models import Choice, Round
from chanjiao.matching.queries import accepted_run, participants
from chanjiao.matching.rules import unscored_choices
from chanjiao.members.models import Membership
from chanjiao.needs.enums import LABELS
from chanjiao.needs.kinds import KINDS
from chanjiao.needs.models import Cohort, Post, Student
from chanjiao.people.enums import SIDES, UnitKind
from chanjiao.sheets.enums import ImportState
from chanjiao.sheets.models import Import
from chanjiao.trail.queries import verify_chain

_SCHOOLS = (
    ("高职", {UnitKind.HIGHER_VOCATIONAL}),
    ("本科", {UnitKind.UNIVERSITY, UnitKind.VOCATIONAL_BACHELOR}),
    ("中职", {UnitKind.SECONDARY}),
)


def summary(cast: Cast, stage: str, folder: Path) -> tuple[str, bool]:
    """The text a visitor reads first; False where a certificate or the trail does not hold."""
    reached = STAGES.index(stage)
    lines = [cast.consortium.name, *_members(cast)]
    sound = True
    if reached >= 1:
        lines += _lists(cast)
    if reached >= 2:
        for round_ in Round.objects.order_by("pk"):
            more, holds = _round(round_, folder)
            lines += more
            sound = sound and holds
    if reached >= STAGES.index("training"):
        more, holds = training_lines(cast)
        lines += more
        sound = sound and holds
    if reached >= STAGES.index("year"):
        more, holds = year_lines(cast, folder)
        lines += more
        sound = sound and holds
    chain = verify_chain()
    lines.append(f"留痕：{chain.count} 条，{chain.fault or '逐条相接，核验通过'}")
    lines += _ways_in(reached, folder.with_name("demo"))
    return "\n".join(lines), sound and not chain.fault


def _members(cast: Cast) -> Iterator[str]:
    kinds = Counter(
        Membership.objects.filter(consortium=cast.consortium, left_on__isnull=True)
        .order_by()
        .values_list("unit__kind", flat=True)
    )
    sides = {side: sum(kinds[kind] for kind in of) for side, of in SIDES.items()}
    schools = "、".join(f"{name} {sum(kinds[k] for k in of)}" for name, of in _SCHOOLS)
    yield (
        f"成员：{sum(kinds.values())} 家 —— 政 {sides['政']}，校 {sides['校']}（{schools}），"
        f"企 {sides['企']}，研 {sides['研']}；除三家牵头单位外均为示例"
    )


def _lists(cast: Cast) -> Iterator[str]:
    for kind in KINDS:
        rows = kind.model._default_manager.filter(consortium=cast.consortium)
        states = Counter(rows.order_by().values_list("state", flat=True))
        told = "，".join(f"{LABELS[state]} {states[state]}" for state in LABELS if states[state])
        yield f"{kind.label}：{rows.count()} 条（{told}）"
    seats = Post.objects.filter(consortium=cast.consortium).aggregate(n=Sum("headcount"))["n"]
    sizes = Cohort.objects.filter(consortium=cast.consortium).aggregate(n=Sum("size"))["n"]
    yield f"岗位需求 {seats} 人；可到岗学生 {sizes} 人，名册已录 {Student.objects.count()} 人"
    done = Import.objects.filter(state=ImportState.DONE)
    sent_back = Import.objects.filter(state=ImportState.ABANDONED).count()
    written = done.aggregate(n=Sum("written"))["n"]
    yield f"Excel：{done.count()} 份导入，写入 {written} 行；{sent_back} 份先被检查指出错误，改正后重报"


def _round(round_: Round, folder: Path) -> tuple[list[str], bool]:
    run = accepted_run(round_)
    if run is None or round_.state != RoundState.PUBLISHED:
        return [_open_round(round_)], True
    assert run.bundle is not None  # an accepted run has one
    verdict, holds = _certificate(folder, run.bundle.file.path)
    return [*_result(run.statistics, round_), f"证书：{verdict}", f"种子 {run.seed}", f"输入指纹 {run.problem_digest}"], holds  # fmt: skip


def _open_round(round_: Round) -> str:
    """Where a round stands that is not published yet."""
    students = participants(round_).count()
    lists = round_.choice_sheets.filter(choices__isnull=False).distinct().count()
    told = f"“{round_.title}”：{round_.get_state_display()}，{students} 名学生中 {lists} 名已填志愿"
    if round_.state == RoundState.CHOOSING:
        return f"{told}，{day_of(round_.closes_at)} 截止"
    return f"{told}，{unscored_choices(round_)} 条待企业评分，{day_of(round_.scores_due_at)} 截止"


def _result(figures: dict[str, Any], round_: Round) -> Iterator[str]:
    matched, first = figures["matched"], figures["first_choice"]
    seats = sum(post["capacity"] for post in figures["posts"])
    choices = Choice.objects.filter(sheet__round=round_).count()
    yield (
        f"“{round_.title}”已公布：名额 {seats} 个，学生 {figures['students']} 人，志愿 {choices} 条；"
        f"录取 {matched} 人，其中第一志愿 {first} 人（{_percent(first, matched)}），"
        f"平均录取志愿 {mean_rank(figures)}"
    )
    full = Counter(q["scope"] for q in figures["quotas"] if q["filled"] >= q["capacity"])
    yield (
        f"名额限制用满：单位职工 10% {full['unit']} 处，同类岗位 20% {full['kind']} 处，"
        f"学校名额 {full['school_at_post']} 处；不合条件的志愿 {figures['ineligible']} 条"
    )
    for closing in figures["closings"]:
        yield (
            f"未开班：{closing['post']}，下限 {closing['minimum']} 人，只有 {closing['admitted']} 人"
        )


def _percent(part: int, whole: int) -> str:
    thousandths = part * 1000 // whole if whole else 0
    return f"{thousandths // 10}.{thousandths % 10}%"


def _certificate(folder: Path, bundle: str) -> tuple[str, bool]:
    """Unpack the published files and check them in a process that knows no database."""
    target = folder / "bundle"
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(target)
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE", "CHANJIAO_HOME"}
    }
    command = [sys.executable, "-m", "chanjiao.matching.commands", "verify-match"]
    ended = subprocess.run(  # noqa: S603 - our own command
        [*command, str(target / "in"), str(target / "out")],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return (ended.stdout or ended.stderr).strip(), ended.returncode == 0


def _ways_in(reached: int, place: Path) -> Iterator[str]:
    yield f"登录（密码都是 {PASSWORD}；二次验证在演示中未强制）："
    yield f"  秘书处 {SECRETARY} · 企业 jichuang（大连机床）· 学校 dlzyjsxy（大连职院）"
    if reached >= 2:
        yield f"  学生 {APPRENTICES[2][0]}（正在填报学徒班）、{INTERNS[2][0]}（岗位实习结果已公布）"
    yield "  系统管理员 operator · 安全管理员 anquan · 审计管理员 shenji · 其他单位见 docs/demo.md"
    yield f"工作簿：{place / 'workbooks'}"
    if reached >= 2:
        yield f"公布的文件：{place / 'bundle'}（核验：chanjiao verify-match in out）"
    if reached >= STAGES.index("year"):
        yield f"证据包：{place / 'packs'}（核验：chanjiao pack verify）"
