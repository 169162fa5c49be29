"""Packs in plain Chinese, for a terminal."""

import unicodedata
from collections.abc import Iterator, Sequence

from chanjiao_engine.indicators.definitions import CATEGORY_LABELS, Category, Indicator
from chanjiao_engine.indicators.outcomes import STATE_LABELS, Outcome, State
from chanjiao_engine.indicators.packs import Comparison, Opened, Verification
from chanjiao_engine.indicators.packs.canonical import exact
from chanjiao_engine.indicators.schema import BY_NAME

UNPINNED = (
    "注意：没有指定签名人。以上只证明内容前后一致、自签名后未被改动；是谁签的，要把公钥指纹用电话、"
    "公函等其他途径与对方核对，再用 --fingerprint 指定。"
)


def verification_lines(found: Verification) -> Iterator[str]:
    """Each step done, then the verdict."""
    for step in found.steps:
        yield f"通过  {step.name}：{step.detail}"
    if found.difference is None:
        head = found.opened.head if found.opened else None
        if head:
            yield f"成立：{head.name} {head.period.since.year} 年度证据包"
        return
    yield f"不符  {found.failed}：{found.difference.where}"
    yield f"      应为：{found.difference.expected}"
    yield f"      实为：{found.difference.found}"
    yield "不成立：以上是发现的第一处不一致。"


def trust_sentence(found: Verification) -> str:
    return "签名人与所指定的公钥指纹一致。" if found.pinned else UNPINNED


def shown_lines(opened: Opened) -> Iterator[str]:
    """Head, counts, outcomes with veto items apart, signer."""
    head, chosen = opened.head, opened.chosen
    assert chosen is not None
    yield f"{head.name}（{head.consortium}）{head.period.since} 至 {head.period.until}（不含）"
    yield f"指标集：{chosen.title} {chosen.version}（{chosen.label or '无标注'}）"
    yield f"制作于 {head.created}，签名公钥指纹 {opened.signer}"
    yield "本命令只展示内容，没有重新计算；核验请用 chanjiao pack verify。"
    yield ""
    counts = [(BY_NAME[name].title, rows.num_rows) for name, rows in opened.facts.items()]
    yield "事实数据：" + "，".join(f"{title} {rows}" for title, rows in counts if rows)
    yield f"佐证 {len(opened.evidence)} 份，人工填报 {len(opened.typed)} 项，变动说明 {len(opened.notes)} 条"
    outcomes = {o.code: o for o in opened.outcomes}
    for category in Category:
        rows = [i for i in chosen.indicators if i.category is category and i.code in outcomes]
        if rows:
            yield ""
            yield f"{CATEGORY_LABELS[category]}（{len(rows)} 项）"
            yield from _table(
                ["编号", "指标", "值", "结果"], [_outcome_cells(i, outcomes[i.code]) for i in rows]
            )


def value_of(indicator: Indicator, o: Outcome) -> str:
    """A value with its unit, or why there is none."""
    if o.state is not State.VALUE:
        return STATE_LABELS[o.state]
    if o.groups:
        return "，".join(f"{label} {exact(number)}" for label, number in o.groups[:4])
    return f"{exact(o.value) if o.value is not None else ''} {indicator.unit}".strip()


def judged(indicator: Indicator, o: Outcome) -> str:
    """否决, 未触发, 达标, 未达标 or the band."""
    if indicator.category is Category.VETO and o.state is State.VALUE:
        return "否决" if o.struck else "未触发"
    if o.reached is not None:
        return "达标" if o.reached else "未达标"
    return o.band


def _outcome_cells(indicator: Indicator, o: Outcome) -> list[str]:
    hand = "（人工填报）" if indicator.source.value == "typed" else ""
    return [indicator.code, indicator.name, value_of(indicator, o) + hand, judged(indicator, o)]


def comparison_lines(found: Comparison) -> Iterator[str]:
    """Facts, indicators, definitions; only what differs."""
    if found.same:
        yield "两个证据包的事实数据、指标结果和指标定义相同。"
        return
    for change in (t for t in found.tables if t.differs):
        title, (old, new) = change.table.title, change.rows
        if not change.by_key:
            yield f"{title}：{old} 行 → {new} 行（化名每包不同，不逐行比较）"
            continue
        yield f"{title}：{old} 行 → {new} 行，增 {change.added}，减 {change.removed}，改 {change.changed}"
        for kind, word in (("added", "增"), ("removed", "减"), ("changed", "改")):
            for key in (change.keys or {}).get(kind, ()):
                yield f"  {word} {key}"
    for one in found.outcomes:
        yield f"指标 {one.code}“{one.name}”：{_short(one.before)} → {_short(one.after)}"
    for definition in found.definitions:
        part = f"的 {definition.field}" if definition.field else ""
        yield f"定义 {definition.code}{part}：{definition.before or '无'} → {definition.after or '无'}"


def _short(o: Outcome | None) -> str:
    if o is None:
        return "没有这项"
    if o.state is not State.VALUE or o.value is None:
        return "分组" if o.groups else STATE_LABELS[o.state]
    return exact(o.value)


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns that line up in a terminal: a Chinese character is two wide."""
    widths = [max(width_of(row[i]) for row in [headings, *rows]) for i in range(len(headings))]
    for row in [headings, *rows]:
        cells = [cell + " " * (w - width_of(cell)) for cell, w in zip(row, widths, strict=True)]
        yield "  " + "  ".join(cells).rstrip()


def width_of(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
