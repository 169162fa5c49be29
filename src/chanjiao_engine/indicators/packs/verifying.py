"""Verifying a pack: every byte accounted for, every number computed again.

`verify_pack` names the steps it has done, or the first thing that differs. It trusts nothing in
the file; what a hostile file could still do to the process (a fault in a Parquet reader, memory)
is bounded by `chanjiao.indicators.pack_process`, which runs it in a child.
"""

import hashlib
import mmap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from ..definitions import IndicatorSet
from ..outcomes import Outcome, Typed
from ..schema import TABLES
from .canonical import from_json, to_json
from .checking import check_evidence, check_facts, check_typed
from .container import MAX_BYTES, read_container
from .contents import (
    DESCRIPTOR,
    DIGESTS,
    MANIFEST,
    NOTES,
    OUTCOME_WORDS,
    PATHS,
    RESULTS,
    SET,
    SIGNATURE,
    TYPED,
    Evidence,
    Head,
    Note,
    evidence_of,
    head_of,
    notes_of,
    outcome_row,
    outcomes_of,
    typed_of,
)
from .descriptor import describe, first_difference
from .making import manifest_of, root_of, sealed_of
from .recomputing import canonical_set, recompute
from .refusals import Difference, PackDiffers, UnreadablePack
from .signing import check_signature
from .tables import path_of, read_table

Progress = Callable[[int, int, str], None]
MAX_SET_BYTES = 4 * 2**20


@dataclass(slots=True)
class Opened:
    """What has been read of a pack so far."""

    files: Mapping[str, memoryview]
    head: Head
    signer: str = ""
    evidence: tuple[Evidence, ...] = ()
    typed: tuple[Typed, ...] = ()
    notes: tuple[Note, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    chosen: IndicatorSet | None = None
    facts: dict[str, pa.Table] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """A check that passed, and over what."""

    name: str
    detail: str


@dataclass(frozen=True, slots=True)
class Verification:
    """The steps done; `failed` and `difference` where one did not pass. `pinned`: the signer is
    one the caller named, not merely the one the pack names."""

    steps: tuple[Step, ...]
    failed: str = ""
    difference: Difference | None = None
    pinned: bool = False
    opened: Opened | None = None

    @property
    def holds(self) -> bool:
        return self.difference is None


Check = Callable[[Opened], str]


def verify_pack(
    path: Path,
    *,
    pins: Sequence[str] = (),
    folder: Path | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Verify a pack file; UnreadablePack where there is none to speak of."""
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            if not 0 < size <= MAX_BYTES:
                raise UnreadablePack(f"文件有 {size} 字节，证据包应为 1 至 {MAX_BYTES} 字节")
            whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as fault:
        if isinstance(fault, UnreadablePack):
            raise
        raise UnreadablePack(f"无法读取 {path}：{getattr(fault, 'strerror', fault)}") from fault
    return verify_bytes(memoryview(whole), pins=pins, folder=folder, progress=progress)


def verify_bytes(
    whole: memoryview,
    *,
    pins: Sequence[str] = (),
    folder: Path | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Verify a pack in memory."""
    steps: list[Step] = []
    opened, name = None, "容器"
    todo = _plan(pins, folder)
    try:
        files = read_container(whole)
        _check_names(files)
        steps.append(Step(name, f"{len(files)} 个文件，{len(whole)} 字节，逐字节符合规范形式"))
        name = "清单"
        opened = Opened(files, head_of(from_json(files[MANIFEST], MANIFEST)))
        for number, (name, check) in enumerate(todo, 2):
            if progress:
                progress(number, len(todo) + 1, name)
            steps.append(Step(name, check(opened)))
    except PackDiffers as fault:
        return Verification(tuple(steps), name, fault.difference, False, opened)
    return Verification(tuple(steps), pinned=bool(pins), opened=opened)


def read_unverified(path: Path) -> Opened:
    """What a pack says, its container and lists in order, but nothing computed again."""
    whole = memoryview(path.read_bytes())
    files = read_container(whole)
    _check_names(files)
    opened = Opened(files, head_of(from_json(files[MANIFEST], MANIFEST)))
    for check in (_listed, _lists, _signature, _facts, _set):
        check(opened)
    return opened


def _plan(pins: Sequence[str], folder: Path | None) -> list[tuple[str, Check]]:
    plan: list[tuple[str, Check]] = [
        ("清单", _listed), ("Merkle 根", _lists), ("签名", _signature),
        ("签名人", lambda o: _pinned(o, pins)), ("数据包描述", _descriptor), ("事实数据", _facts),
        ("佐证摘要", _evidence), ("指标集", _set), ("人工填报", _typed), ("指标重算", _recomputed),
    ]  # fmt: skip
    if not pins:
        plan = [line for line in plan if line[0] != "签名人"]
    if folder is not None:
        plan.append(("佐证文件", lambda o: check_folder(o.evidence, folder)))
    return plan


def _check_names(files: Mapping[str, memoryview]) -> None:
    for found, wanted in zip(
        [*files, *[""] * len(PATHS)], [*PATHS, *[""] * len(files)], strict=False
    ):
        if found != wanted:
            raise PackDiffers("容器中的文件", wanted or "到此为止", found or "没有了")
        if not found:
            return


def _listed(o: Opened) -> str:
    """Every file has the size and digest that merkle.json says."""
    listed = {path: data for path, data in o.files.items() if path not in (MANIFEST, SIGNATURE)}
    wanted = manifest_of(o.head, sealed_of(listed))
    if to_json(wanted) == bytes(o.files[MANIFEST]):
        return f"{len(listed)} 个文件的长度和 SHA-256 与 {MANIFEST} 相符"
    said = from_json(o.files[MANIFEST], MANIFEST)
    for real in wanted["files"]:  # type: ignore[attr-defined]
        row = next(
            (r for r in said["files"] if isinstance(r, dict) and r.get("path") == real["path"]), {}
        )
        if row != real:
            raise PackDiffers(
                f"{real['path']} 的 SHA-256", str(row.get("sha256"))[:80], real["sha256"]
            )
    raise PackDiffers(MANIFEST, "本包的全部文件且无其他", "其他内容")


def _lists(o: Opened) -> str:
    """The JSON lists are in form; the root follows from files and evidence."""
    o.evidence = evidence_of(from_json(o.files[DIGESTS], DIGESTS))
    o.typed = typed_of(from_json(o.files[TYPED], TYPED))
    o.notes = notes_of(from_json(o.files[NOTES], NOTES))
    o.outcomes = outcomes_of(from_json(o.files[RESULTS], RESULTS))
    listed = {path: data for path, data in o.files.items() if path not in (MANIFEST, SIGNATURE)}
    root, leaves = root_of(sealed_of(listed), o.evidence)
    if (root, leaves) != (o.head.root, o.head.leaves):
        raise PackDiffers(
            "Merkle 根", f"{root}（{leaves} 片叶）", f"{o.head.root[:80]}（{o.head.leaves} 片叶）"
        )
    return f"{leaves} 片叶，根 {root}"


def _signature(o: Opened) -> str:
    o.signer = check_signature(o.files[SIGNATURE], bytes(o.files[MANIFEST]))
    return f"签名成立，公钥指纹 {o.signer}"


def _pinned(o: Opened, pins: Sequence[str]) -> str:
    if o.signer not in pins:
        raise PackDiffers("签名人的公钥指纹", "、".join(pins), o.signer)
    return "签名人是所指定的签名人"


def _descriptor(o: Opened) -> str:
    listed = {p: d for p, d in o.files.items() if p not in (MANIFEST, SIGNATURE, DESCRIPTOR)}
    wanted = describe(o.head, sealed_of(listed))
    if to_json(wanted) != bytes(o.files[DESCRIPTOR]):
        found = from_json(o.files[DESCRIPTOR], DESCRIPTOR)
        place = first_difference(wanted, found, DESCRIPTOR)
        raise PackDiffers(*(place or (DESCRIPTOR, "规范形式", "其他写法")))
    return f"{len(wanted['resources'])} 项资源的结构、主键和外键与数据结构 {o.head.schema_version} 版一致"


def _facts(o: Opened) -> str:
    for table in TABLES:
        o.facts[table.name] = read_table(table, o.files[path_of(table)])
    check_facts(o.facts)
    for column, said in (("code", o.head.consortium), ("name", o.head.name)):
        own = str(o.facts["consortium"].column(column)[0].as_py())
        if own != said:
            raise PackDiffers(f"{MANIFEST} 的联合体（{column}）", own, said)
    rows = sum(rows.num_rows for rows in o.facts.values())
    return f"{len(TABLES)} 张表 {rows} 行，列、类型、主键、引用齐全"


def _evidence(o: Opened) -> str:
    check_evidence(o.facts, o.evidence)
    return f"{len(o.evidence)} 份佐证的摘要、名称、用途与事实数据一致"


def _set(o: Opened) -> str:
    data = o.files[SET]
    if len(data) > MAX_SET_BYTES:
        raise PackDiffers(SET, f"至多 {MAX_SET_BYTES} 字节", f"{len(data)} 字节")
    try:
        text = bytes(data).decode()
    except UnicodeDecodeError as fault:
        raise PackDiffers(SET, "UTF-8 文本", f"第 {fault.start + 1} 字节无法解读") from fault
    again, o.chosen = canonical_set(text)
    if again != text:
        raise PackDiffers(SET, "规范形式的指标集文本", "同样内容的另一种写法")
    said = (o.head.set_code, o.head.set_version, o.head.set_digest)
    real = (o.chosen.code, o.chosen.version, hashlib.sha256(data).hexdigest())
    if said != real:
        raise PackDiffers(f"{MANIFEST} 的指标集", " ".join(real), " ".join(said)[:200])
    return f"{o.chosen.title} {o.chosen.version}，{len(o.chosen.indicators)} 项指标"


def _typed(o: Opened) -> str:
    assert o.chosen is not None
    check_typed(o.chosen, o.typed, o.evidence)
    return f"{len(o.typed)} 项人工填报均有理由、佐证和批准人"


def _recomputed(o: Opened) -> str:
    """Every outcome equals the one computed here from the facts, field by field."""
    assert o.chosen is not None
    again = recompute(o.chosen, o.facts, o.head.period, o.typed)
    codes, said = [x.code for x in again], [x.code for x in o.outcomes]
    if codes != said:
        raise PackDiffers(f"{RESULTS} 的指标", "、".join(codes)[:200], "、".join(said)[:200])
    for wanted, found in zip(again, o.outcomes, strict=True):
        _same(outcome_row(wanted), outcome_row(found), o.chosen.indicator(wanted.code).name)
    return f"{len(again)} 项指标由事实数据重新计算，逐项相等"


def _same(wanted: dict[str, Any], found: dict[str, Any], name: str) -> None:
    for part, word in OUTCOME_WORDS.items():
        if wanted[part] != found[part]:
            where = f"指标 {wanted['code']}“{name}”的{word}"
            raise PackDiffers(
                where, f"{_word(wanted[part])}（重新计算）", f"{_word(found[part])}（包内所载）"
            )


def _word(value: Any) -> str:
    known = {None: "无", True: "是", False: "否", "": "空"}
    return (
        known[value]
        if isinstance(value, bool | str | None) and value in known
        else str(value)[:120]
    )


def check_folder(evidence: Sequence[Evidence], folder: Path) -> str:
    """Each evidence file is somewhere in the folder with its digest, under whatever name."""
    if not folder.is_dir():
        raise UnreadablePack(f"没有这个文件夹：{folder}")
    present = {_digest(file) for file in sorted(folder.rglob("*")) if file.is_file()}
    files = [one for one in evidence if one.size is not None]
    for one in files:
        if one.sha256 not in present:
            raise PackDiffers(
                f"佐证文件 {one.code}《{one.title}》", f"SHA-256 {one.sha256}",
                "文件夹中没有内容相符的文件",
            )  # fmt: skip
    return f"{len(files)} 份佐证文件的内容与摘要相符（另有 {len(evidence) - len(files)} 条平台记录没有文件）"


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
