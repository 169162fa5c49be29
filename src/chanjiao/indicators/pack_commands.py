"""`chanjiao pack …`: make, verify, show, compare and roll up evidence packs, without a database.

Nothing here needs Django, settings or a home; heavy modules are imported by the handlers.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from chanjiao.indicators.pack_child import guarded

if TYPE_CHECKING:
    from chanjiao_engine.indicators.packs import Opened, Verification

FINE, DIFFERS, UNREADABLE = 0, 1, 2
Handler = Callable[[argparse.Namespace], int]


def add_commands(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `pack` with its own subcommands; each handler returns the exit code."""
    pack = subparsers.add_parser("pack", help="证据包：制作、核验、查看、比较、汇总，不用数据库")
    commands = pack.add_subparsers(dest="pack_command", required=True, metavar="操作")
    _add_key(commands)
    _add_make(commands)
    _add_verify(commands)
    show = _command(commands, "show", "查看证据包的内容", run_show)
    show.add_argument("pack", type=Path, help="证据包（.cjpack）")
    diff = _command(commands, "diff", "比较两个证据包", run_diff)
    diff.add_argument("before", type=Path, help="前一个证据包")
    diff.add_argument("after", type=Path, help="后一个证据包")
    prove = _command(commands, "prove", "为一份佐证出具可单独核对的证明", run_prove)
    prove.add_argument("pack", type=Path, help="证据包")
    prove.add_argument("code", help="佐证编号，如 2-1-1-1")
    prove.add_argument("--out", type=Path, help="证明文件；不给则打印")
    _add_rollup(commands)


def _command(commands: Any, name: str, text: str, handler: Handler) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(run=lambda arguments: guarded(lambda: _answered(handler, arguments)))
    return parser


def _add_key(commands: Any) -> None:
    key = _command(commands, "key", "生成签名密钥", run_key)
    key.add_argument("file", type=Path, help="私钥文件；公钥写在旁边（.public.json）")
    key.add_argument(
        "--algorithm", choices=("ed25519", "sm2-sm3"), default="ed25519", help="签名算法"
    )


def _add_make(commands: Any) -> None:
    make = _command(commands, "make", "由事实数据文件夹制作证据包", run_make)
    make.add_argument(
        "folder", type=Path, help="文件夹，结构同包内：facts/、indicators/ 等，见 docs/formats.md"
    )
    make.add_argument("--key", type=Path, required=True, help="私钥文件")
    make.add_argument(
        "--since", type=date.fromisoformat, required=True, help="年度起日，如 2026-01-01"
    )
    make.add_argument("--until", type=date.fromisoformat, required=True, help="年度止日（不含）")
    make.add_argument("--out", type=Path, required=True, help="证据包文件")
    make.add_argument(
        "--created", type=datetime.fromisoformat, help="制作时刻（含时区）；不给则为现在"
    )


def _add_verify(commands: Any) -> None:
    verify = _command(commands, "verify", "核验证据包或佐证证明", run_verify)
    verify.add_argument("pack", type=Path, nargs="?", help="证据包（.cjpack）")
    verify.add_argument("--key", type=Path, action="append", default=[], help="签名人的公钥文件")
    verify.add_argument("--fingerprint", action="append", default=[], help="签名人的公钥指纹")
    verify.add_argument("--evidence", type=Path, help="佐证文件所在文件夹，一并核对摘要")
    verify.add_argument("--proof", type=Path, help="佐证证明文件；这时不需要证据包")
    verify.add_argument("--file", type=Path, help="与 --proof 合用：核对这份佐证文件")
    verify.add_argument("--json", action="store_true", help="逐行输出 JSON（进度与报告）")


def _add_rollup(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "rollup", help="汇总多个证据包", description="先逐个核验，再用同一套指标定义汇总"
    )
    parser.add_argument("packs", type=Path, nargs="+", help="证据包")
    parser.add_argument(
        "--engine",
        choices=("duckdb", "spark"),
        default="duckdb",
        help="计算引擎；用 spark 集群时，TMPDIR 应是各节点路径相同的共享文件夹",
    )
    parser.add_argument("--trust", action="store_true", help="不逐个核验（已经核验过时）")
    parser.add_argument("--out", type=Path, help="结果文件：.xlsx、.csv 或 .json")
    parser.set_defaults(run=lambda arguments: _answered(run_rollup, arguments))


def _say(lines: Iterable[str], to: TextIO | None = None) -> None:
    """Print; what a hostile pack might send to a terminal besides letters becomes a mark."""
    for line in lines:
        print("".join(c if c.isprintable() else "�" for c in line), file=to)


def _answered(handler: Handler, arguments: argparse.Namespace) -> int:
    from chanjiao_engine.indicators.packs import PackDiffers, UnreadablePack

    try:
        return handler(arguments)
    except PackDiffers as fault:
        _say([f"不一致：{fault}"], sys.stderr)
        return DIFFERS
    except UnreadablePack as fault:
        _say([f"无法读取：{fault}"], sys.stderr)
        return UNREADABLE
    except OSError as fault:
        print(f"无法读写 {fault.filename or ''}：{fault.strerror or fault}", file=sys.stderr)
        return UNREADABLE


def run_key(arguments: argparse.Namespace) -> int:
    """A key from the system's chance; the private file is its owner's only and never overwritten."""
    from chanjiao_engine.indicators.packs import key_to_json, make_key, public_to_json

    key = make_key(arguments.algorithm, os.urandom(32))
    place: Path = arguments.file
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(key_to_json(key))
    public = place.with_suffix(".public.json")
    public.write_bytes(public_to_json(key))
    print(f"私钥：{place}（只有本人可读，请妥善备份，不要发给任何人）")
    print(f"公钥：{public}")
    print(f"公钥指纹：{key.fingerprint}")
    print("请用电话、公函等其他途径把指纹告诉接收方，对方据此确认签名人。")
    return FINE


def run_make(arguments: argparse.Namespace) -> int:
    """A pack from files; the figures are computed here."""
    from chanjiao.indicators.pack_files import pack_from_folder
    from chanjiao.kernel import clock
    from chanjiao_engine.indicators.definitions import Period
    from chanjiao_engine.indicators.packs import UnreadablePack, key_from_json

    if arguments.since >= arguments.until:
        raise UnreadablePack("年度起日应早于止日")
    created = arguments.created or clock.now()
    if created.tzinfo is None:
        raise UnreadablePack("制作时刻应写明时区，如 2027-01-20T09:30:00+08:00")
    key = key_from_json(arguments.key.read_bytes())
    made = pack_from_folder(
        arguments.folder, Period(arguments.since, arguments.until), key, created=created
    )
    arguments.out.write_bytes(made.data)
    print(f"已制作 {arguments.out}：{len(made.data)} 字节，{len(made.outcomes)} 项指标")
    print(f"Merkle 根：{made.root}")
    print(f"公钥指纹：{made.fingerprint}")
    return FINE


def run_verify(arguments: argparse.Namespace) -> int:
    """Every step done, or the first thing that differs."""
    from chanjiao.indicators.pack_words import trust_sentence, verification_lines
    from chanjiao_engine.indicators.packs import UnreadablePack, fingerprint_from_json, verify_pack

    pins = [*arguments.fingerprint, *(fingerprint_from_json(p.read_bytes()) for p in arguments.key)]
    if arguments.proof:
        return _verify_proof(arguments, pins)
    if arguments.pack is None:
        raise UnreadablePack("请写出证据包文件，或用 --proof 给出证明文件")
    progress = _tell if arguments.json else None
    found = verify_pack(arguments.pack, pins=pins, folder=arguments.evidence, progress=progress)
    if arguments.json:
        from chanjiao.indicators.pack_report import report_of

        print(json.dumps({"report": report_of(found)}, ensure_ascii=False), flush=True)
    else:
        _say(verification_lines(found))
        if found.holds:
            print(trust_sentence(found))
    return FINE if found.holds else DIFFERS


def _tell(done: int, total: int, step: str) -> None:
    print(json.dumps({"progress": [done, total, step]}, ensure_ascii=False), flush=True)


def _verify_proof(arguments: argparse.Namespace, pins: Sequence[str]) -> int:
    import hashlib

    from chanjiao.indicators.pack_words import UNPINNED
    from chanjiao_engine.indicators.packs import PackDiffers, check_proof

    proven = check_proof(arguments.proof.read_bytes(), pins=pins)
    one, head = proven.evidence, proven.head
    if arguments.file:
        with arguments.file.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != one.sha256:
            raise PackDiffers(f"{arguments.file} 的 SHA-256", one.sha256, found)
    same = "，与所给文件相符" if arguments.file else ""
    _say([
        f"成立：佐证 {one.code}《{one.title}》在 {head.name} {head.period.since.year} 年度证据包中",
        f"  文件 SHA-256：{one.sha256}{same}",
        f"  签名公钥指纹：{proven.signer}",
    ])  # fmt: skip
    if not pins:
        print(UNPINNED)
    return FINE


def run_show(arguments: argparse.Namespace) -> int:
    """What is in a pack. Says plainly that nothing was computed again."""
    from chanjiao.indicators.pack_words import shown_lines
    from chanjiao_engine.indicators.packs import read_unverified

    _say(shown_lines(read_unverified(arguments.pack)))
    return FINE


def run_diff(arguments: argparse.Namespace) -> int:
    """Facts by key, indicators, definitions; 0 where the contents are the same, else 1."""
    from chanjiao.indicators.pack_words import comparison_lines
    from chanjiao_engine.indicators.packs import compare, read_unverified

    found = compare(read_unverified(arguments.before), read_unverified(arguments.after))
    _say(comparison_lines(found))
    return FINE if found.same else DIFFERS


def run_prove(arguments: argparse.Namespace) -> int:
    """A proof from a pack whose own figures hold."""
    from chanjiao_engine.indicators.packs import prove

    opened = _verified(arguments.pack)
    data = prove(opened, arguments.code)
    if arguments.out:
        arguments.out.write_bytes(data)
        print(
            f"已写入 {arguments.out}（{len(data)} 字节）。核对：chanjiao pack verify --proof {arguments.out}"
        )
    else:
        print(data.decode(), end="")
    return FINE


def run_rollup(arguments: argparse.Namespace) -> int:
    """Verify each pack in a child of its own, then the roll-up."""
    from chanjiao.indicators.pack_rollup import roll_up, rollup_lines, write_rollup

    if not arguments.trust:
        for path in arguments.packs:
            asked = argparse.Namespace(pack=path)
            code = guarded(partial(_answered, _verify_quietly, asked))
            if code != FINE:
                print(f"{path} 没有通过核验，不汇总。", file=sys.stderr)
                return code
    found = roll_up(arguments.packs, arguments.engine)
    _say(rollup_lines(found))
    if arguments.out:
        write_rollup(found, arguments.out)
        print(f"已写入 {arguments.out}")
    return FINE


def _verify_quietly(arguments: argparse.Namespace) -> int:
    _verified(arguments.pack)
    return FINE


def _verified(path: Path) -> "Opened":
    from chanjiao_engine.indicators.packs import PackDiffers, verify_pack

    found: Verification = verify_pack(path)
    if found.difference is not None:
        one = found.difference
        raise PackDiffers(f"{path} {one.where}", one.expected, one.found)
    assert found.opened is not None
    return found.opened
