"""Whether facts, set, evidence and values by hand agree; the same checks when making and verifying."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from ..definitions import IndicatorSet, Source
from ..outcomes import Typed
from ..schema import BY_NAME
from .contents import DIGESTS, TYPED, Evidence
from .refusals import PackDiffers
from .tables import check_references


def check_contents(
    facts: Mapping[str, pa.Table],
    chosen: IndicatorSet,
    evidence: Sequence[Evidence],
    typed: Sequence[Typed],
) -> None:
    """All of them, in the order a verifier reports."""
    check_facts(facts)
    check_evidence(facts, evidence)
    check_typed(chosen, typed, evidence)


def check_facts(facts: Mapping[str, pa.Table]) -> None:
    """One consortium; references hold."""
    rows = facts["consortium"].num_rows
    if rows != 1:
        raise PackDiffers("表 consortium 的行数", "1", str(rows))
    check_references(facts)


def check_evidence(facts: Mapping[str, pa.Table], evidence: Sequence[Evidence]) -> None:
    """The digests are those of the fact table, row by row, with the same uses."""
    columns = ["evidence", "title", "kind", "digest"]
    wanted = {
        row["evidence"]: row
        for row in facts["evidence"].select(columns).to_pylist()
        if row["digest"]
    }
    uses: dict[str, list[str]] = {}
    for row in facts["evidence_use"].to_pylist():
        uses.setdefault(row["evidence"], []).append(f"{row['purpose']}:{row['code']}")
    listed = {one.code: one for one in evidence}
    for code in sorted({*wanted, *listed}):
        if code not in listed:
            raise PackDiffers(f"{DIGESTS}", f"有佐证 {code}", "没有")
        if code not in wanted:
            raise PackDiffers(f"表 {BY_NAME['evidence'].name}", f"有佐证 {code} 及其摘要", "没有")
        _check_one(wanted[code], listed[code], sorted(uses.get(code, [])))


def _check_one(row: dict[str, str], one: Evidence, uses: list[str]) -> None:
    said = {"摘要": one.sha256, "名称": one.title, "种类": one.kind, "用途": "、".join(one.used_by)}
    known = {
        "摘要": row["digest"],
        "名称": row["title"],
        "种类": row["kind"],
        "用途": "、".join(uses),
    }
    for word, value in known.items():
        if said[word] != value:
            raise PackDiffers(f"佐证 {one.code} 的{word}", value or "空", said[word] or "空")
    if len(one.sha256) != 64 or set(one.sha256) - set("0123456789abcdef"):
        raise PackDiffers(f"佐证 {one.code} 的摘要", "64 位十六进制数", one.sha256[:80])


def check_typed(chosen: IndicatorSet, typed: Sequence[Typed], evidence: Sequence[Evidence]) -> None:
    """By hand only where the set says so, with reason, evidence of this pack and an approver."""
    by_hand = {one.code for one in chosen.indicators if one.source is Source.TYPED}
    codes = {one.code for one in evidence}
    for one in typed:
        where = f"{TYPED} 的指标 {one.code}"
        if one.code not in by_hand:
            raise PackDiffers(where, "指标集中的人工填报指标", "其他指标")
        if not one.reason.strip():
            raise PackDiffers(f"{where}的填报理由", "有内容", "空")
        if not one.approved_by.strip() or one.approved_by == one.entered_by:
            raise PackDiffers(f"{where}的批准人", "填报人以外的人", one.approved_by or "空")
        missing = next((code for code in one.evidence if code not in codes), None)
        if missing is not None or not one.evidence:
            raise PackDiffers(f"{where}的佐证", "本包列出摘要的佐证编号", missing or "空")
