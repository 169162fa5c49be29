"""What came of the three years, in Chinese; the pack is verified in a process without a database."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from django.db.models import QuerySet, Sum

from chanjiao.council.enums import IN_FEN, DeliveryState
from chanjiao.council.models import Commitment, Delivery, Meeting, Motion, Resolution
from chanjiao.demo.cast import Cast
from chanjiao.indicators.models import Pack, Period, ReceivedPack
from chanjiao.indicators.values import from_json
from chanjiao.kernel import money
from chanjiao.plans.models import Evidence, EvidenceFlag, Plan, Rectification
from chanjiao.reports.models import Report
from chanjiao_engine.indicators.outcomes import STATE_LABELS, Outcome

_CLEAN = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "CHANJIAO_HOME")


def year_lines(cast: Cast, folder: Path) -> tuple[list[str], bool]:
    """The lines of the year, and whether the pack holds."""
    told, holds = _packs(cast, folder)
    return [*_council(cast), *_promises(cast), *_plans(cast), *told], holds


def _council(cast: Cast) -> Iterator[str]:
    meetings = Meeting.objects.filter(body__consortium=cast.consortium)
    motions = Motion.objects.filter(meeting__in=meetings, passed__isnull=False)
    yield (
        f"议事：会议 {meetings.count()} 次，表决议案 {motions.count()} 项，"
        f"通过 {motions.filter(passed=True).count()} 项"
    )
    for motion in motions.filter(passed=False).order_by("pk"):
        yield f"  “{motion.title}”{motion.sentence}"
    rows = Resolution.objects.filter(motion__in=motions)
    yield f"  决议：{_states(rows)}"


def _states(rows: QuerySet[Resolution] | QuerySet[Evidence] | QuerySet[Rectification]) -> str:
    found = Counter(row.get_state_display() for row in rows)
    return "，".join(f"{label} {count}" for label, count in found.most_common())


def _promises(cast: Cast) -> Iterator[str]:
    promised = Commitment.objects.filter(consortium=cast.consortium, kind__in=sorted(IN_FEN))
    delivered = Delivery.objects.filter(commitment__in=promised, state=DeliveryState.CONFIRMED)
    total = promised.aggregate(n=Sum("promised"))["n"] or 0
    got = delivered.aggregate(n=Sum("quantity"))["n"] or 0
    yield f"承诺资金与设备 {money.spoken(int(total))}，已兑现 {money.spoken(int(got))}"


def _plans(cast: Cast) -> Iterator[str]:
    for plan in Plan.objects.filter(consortium=cast.consortium).order_by("year"):
        evidence = Evidence.objects.filter(plan=plan)
        flags = EvidenceFlag.objects.filter(evidence__plan=plan).count()
        yield (
            f"{plan.title}（{plan.get_state_display()}）：任务 {plan.tasks.count()} 项，"
            f"佐证 {evidence.count()} 份（{_states(evidence)}），疑似重复 {flags} 处"
        )
        mended = Rectification.objects.filter(plan=plan)
        if mended:
            yield f"  整改：{_states(mended)}"


# The pack ------------------------------------------------------------------------------------
def _packs(cast: Cast, folder: Path) -> tuple[list[str], bool]:
    told, sound = [], True
    periods = Period.objects.filter(consortium=cast.consortium).order_by("year")
    for period in periods:
        told.append(f"{period.year} 年度指标：{period.get_state_display()}")
        for pack in Pack.objects.filter(snapshot__period=period).select_related("file", "snapshot"):
            lines, holds = _verified(pack, folder)
            told += [f"  {report}" for report in Report.objects.filter(snapshot=pack.snapshot)]
            told += [*_outcomes(pack), *lines]
            sound = sound and holds
    received = Counter(row.get_state_display() for row in ReceivedPack.objects.all())
    told.append("主管部门收到证据包：" + "，".join(f"{k} {n}" for k, n in received.most_common()))
    return told, sound


def _outcomes(pack: Pack) -> Iterator[str]:
    outcomes: list[Outcome] = list(from_json(pack.snapshot.outcomes).values())
    states = Counter(STATE_LABELS[outcome.state] for outcome in outcomes)
    struck = sum(outcome.struck for outcome in outcomes)
    told = "，".join(f"{label} {count}" for label, count in states.most_common())
    yield f"  指标 {len(outcomes)} 项：{told}；否定性指标触发 {struck} 项"


def _verified(pack: Pack, folder: Path) -> tuple[list[str], bool]:
    """The pack beside the demonstration, checked by the command where no database is known."""
    target = folder / "packs"
    target.mkdir(exist_ok=True)
    copy = target / pack.file.name
    shutil.copyfile(pack.file.file.path, copy)
    environment = {name: value for name, value in os.environ.items() if name not in _CLEAN}
    command = [sys.executable, "-m", "chanjiao.cli", "pack", "verify", str(copy)]
    ended = subprocess.run(  # noqa: S603 - our own command
        [*command, "--fingerprint", pack.fingerprint], env=environment, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    said = (ended.stdout or ended.stderr).strip().splitlines()
    verdict = next((line for line in said if line.startswith("成立")), said[-1] if said else "")
    return [f"  证据包 {copy.name}：{verdict}"], ended.returncode == 0
