"""Everything a report says, gathered once: Word, PDF and Excel are made from the same content."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from chanjiao.documents.blocks import Chart
from chanjiao.documents.names import narrowed
from chanjiao.files.models import StoredFile
from chanjiao.indicators.bridge import facts_of
from chanjiao.indicators.changes import as_json, caused, changes_of
from chanjiao.indicators.computing import Standing, frozen_standing, standing_of
from chanjiao.indicators.drilling import frozen_file
from chanjiao.indicators.models import Pack, Period
from chanjiao.indicators.packing import pack_facts
from chanjiao.indicators.queries import notes_of, previous_snapshot, published_snapshot
from chanjiao.kernel.canonical import digest
from chanjiao.kernel.clock import ZONE, day_of
from chanjiao.kernel.verdict import Refused
from chanjiao.reports import figures
from chanjiao.reports.names import PUBLIC_NAMES
from chanjiao.reports.rules import NOT_PUBLISHED
from chanjiao.reports.year import Year, last_day

FINAL = "定稿"
DRAFT = "草稿，数值未锁定"
PUBLIC = "公开版"
# What says when and which copy this is, and nothing about the year.
_ABOUT_THE_COPY = frozenset({"版次", "生成日期"})


@dataclass(frozen=True, slots=True)
class Content:
    """`context` fills the template; `digest` is the same whenever the year's figures are."""

    period: Period
    standing: Standing
    facts: dict[str, pa.Table]
    context: dict[str, Any]
    digest: str


def content_of(period: Period, *, edition: int, at: datetime) -> Content:
    """What stands for the period now: the frozen edition once it is locked, else the live values."""
    standing = standing_of(period)
    facts = facts_behind(period)
    context = _context(period, standing, facts, edition, at) | _proof(standing)
    return Content(period, standing, facts, context, digest(_said(context)))


def public_content_of(period: Period, *, edition: int, at: datetime) -> Content:
    """What the public reads of the edition published last: PUBLIC_NAMES and nothing else."""
    snapshot = published_snapshot(period)
    if snapshot is None or not hasattr(snapshot, "pack"):
        raise Refused(NOT_PUBLISHED)
    standing = frozen_standing(snapshot)
    facts = pack_facts(snapshot.pack.file)
    whole = _context(period, standing, facts, edition, at)
    chosen = set(snapshot.public_codes)
    shown = {key: [row for row in whole[key] if row["编号"] in chosen] for key in ("指标", "变动")}
    if whole["变动"] and not shown["变动"]:
        whole["变动说明"] = "与上一年度相比，公开的各项指标没有变动。"
    context = narrowed(
        PUBLIC_NAMES, whole | shown | {"稿别": PUBLIC} | _public_proof(period, snapshot.pack)
    )
    return Content(period, standing, facts, context, digest(_said(context)))


def _context(
    period: Period, standing: Standing, facts: dict[str, pa.Table], edition: int, at: datetime
) -> dict[str, Any]:
    return {
        **_cover(period, standing, edition, at),
        **Year(facts, period.since, period.until).context(),
        **figures.context(standing.found, standing.outcomes),
        **_changes(period, standing, facts),
    }


def _said(context: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _plain(value) for key, value in context.items() if key not in _ABOUT_THE_COPY}


def plain_of(content: Content) -> dict[str, Any]:
    """The context as JSON, without its charts: what a page shows of a file that was made."""
    return {
        key: _plain(value) for key, value in content.context.items() if not isinstance(value, Chart)
    }


def facts_behind(period: Period) -> dict[str, pa.Table]:
    """The rows the values were computed from: of a locked year those in its pack, else the live ones."""
    file = frozen_file(period)
    return facts_of(period) if file is None else pack_facts(file)


def _plain(value: Any) -> Any:
    if isinstance(value, Chart):
        return _plain(asdict(value))
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, Decimal | float) else value


def spoken_day(day: date) -> str:
    """2026年12月31日, as official documents date themselves."""
    return f"{day.year}年{day.month}月{day.day}日"


def _cover(period: Period, standing: Standing, edition: int, at: datetime) -> dict[str, Any]:
    consortium = period.consortium
    moment = standing.at.astimezone(ZONE) if standing.at else None
    return {
        "报告标题": f"{period.year} 年度工作报告",
        "联合体名称": consortium.name,
        "联合体简称": consortium.short_name,
        "年度": period.year,
        "期初": spoken_day(period.since),
        "期末": spoken_day(last_day(period.until)),
        "版次": edition,
        "稿别": FINAL if standing.is_frozen else DRAFT,
        "生成日期": spoken_day(day_of(at)),
        "数值时间": f"{moment:%Y-%m-%d %H:%M}" if moment else "尚未计算",
        "重点产业": consortium.industry_text,
    }


def _changes(period: Period, standing: Standing, facts: dict[str, pa.Table]) -> dict[str, Any]:
    """Of an edition as they were frozen with it; of a draft worked out now, against last year's."""
    if standing.snapshot:
        lines = standing.snapshot.changes
        return figures.changes_context(lines, has_before=bool(lines))
    last = previous_snapshot(period)
    live = changes_of(period, standing.found, standing.outcomes, last, notes_of(period))
    lines = as_json(caused(period, live, standing.found, facts, last))
    return figures.changes_context(lines, has_before=last is not None)


def _proof(standing: Standing) -> dict[str, Any]:
    pack = Pack.objects.filter(snapshot=standing.snapshot).select_related("file").first()
    if standing.snapshot is None or pack is None:
        said = "本年度尚未锁定，还没有证据包；本稿的数值以锁定后的定稿为准。"
        keys = ("证据包文件", "证据包摘要", "证据包根", "公钥指纹", "核验命令")
        return {**dict.fromkeys(keys, ""), "核验说明": said}
    return {
        **_pack(pack, pack.file),
        "证据包根": pack.root,
        "核验说明": (
            "本报告的指标数值取自下列证据包。在任何一台装有产教联的机器上执行核验命令，"
            "即可由包内的事实数据重算全部指标，并核对每份佐证的摘要和签名；不需要访问本联合体的数据库。"
        ),
    }


def _public_proof(period: Period, pack: Pack) -> dict[str, Any]:
    file = pack.public_file
    if not period.public_pack or file is None:
        said = "本联合体没有公开证据包；需要核对的，可向秘书处提出。"
        return {**dict.fromkeys(("证据包文件", "证据包摘要", "核验命令"), ""),
                "公钥指纹": pack.fingerprint, "核验说明": said}  # fmt: skip
    return {
        **_pack(pack, file),
        "核验说明": (
            "下列证据包公开版与本报告一同发布。下载后在任何一台装有产教联的机器上执行核验命令，"
            "即可由包内的事实数据重算全部指标，不需要账号和网络。"
        ),
    }


def _pack(pack: Pack, file: StoredFile) -> dict[str, str]:
    return {
        "证据包文件": file.name,
        "证据包摘要": file.digest,
        "公钥指纹": pack.fingerprint,
        "核验命令": f"chanjiao pack verify {file.name} --fingerprint {pack.fingerprint}",
    }
