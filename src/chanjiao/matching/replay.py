"""Running a stored run again from its own files: the same in, the same out, or what differs."""

import argparse
import csv
import io
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chanjiao.matching.bundle import unpack

if TYPE_CHECKING:
    from chanjiao.matching.models import Run


@dataclass(frozen=True)
class Replay:
    """`differences` is empty when everything came out the same; else what differs, in Chinese."""

    digest: str
    engine: str
    differences: tuple[str, ...]

    @property
    def same(self) -> bool:
        return not self.differences


def replay_run(run: "Run") -> Replay:
    """Solve the stored input with the stored seed and parameters and compare byte by byte."""
    from chanjiao.matching.solving import solve_files

    if run.bundle is None:
        return Replay("", "", ("这次试算没有保存结果文件。",))
    with run.bundle.file.open("rb") as file:
        files = unpack(file.read())
    incoming = {
        name.removeprefix("in/"): list(csv.reader(io.StringIO(text)))
        for name, text in files.items()
        if name.startswith("in/")
    }
    solved = solve_files(incoming, seed=int(run.seed), parameters=run.parameters)
    found = []
    if solved.digest != run.problem_digest:
        found.append("输入指纹与保存的不同。")
    if solved.engine != run.engine_version:
        found.append(f"引擎版本不同：当时为 {run.engine_version}，现为 {solved.engine}。")
    found += [
        f"{name} 与保存的不同。" for name, text in solved.files.items() if files.get(name) != text
    ]
    return Replay(solved.digest, solved.engine, tuple(found))


def add_commands(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `chanjiao replay RUN_ID`."""
    replay = subparsers.add_parser(
        "replay", help="按保存的输入、参数和种子重算一次试算，核对结果是否相同"
    )
    replay.add_argument("run_id", type=int, help="试算编号")
    replay.set_defaults(run=run_replay)


def run_replay(arguments: argparse.Namespace) -> int:
    """0 the same; 1 with what differs; 2 no such run."""
    import django

    django.setup()
    from chanjiao.matching.models import Run

    run = Run.objects.select_related("bundle").filter(pk=arguments.run_id).first()
    if run is None:
        print(f"没有编号为 {arguments.run_id} 的试算。", file=sys.stderr)
        return 2
    found = replay_run(run)
    if not found.same:
        print("重算结果不同：\n" + "\n".join(found.differences))
        return 1
    print(f"重算结果完全相同。输入指纹 {found.digest}，引擎 {found.engine}。")
    return 0
