"""The published files → problem → result → the files that go out, by the same code as the command."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from chanjiao.kernel.verdict import Refused
from chanjiao.matching.bundle import csv_text
from chanjiao.matching.exchange import RoundFiles, UnusableInputError, read_round
from chanjiao.matching.exchange_out import write_result
from chanjiao_engine.matching import Params, Problem, Result, problem_digest, solve, verify


@dataclass(frozen=True)
class Solved:
    """A run's outcome: arrays, the outgoing files by name (out/…), digest and engine version."""

    problem: Problem
    result: Result
    files: dict[str, str]
    digest: str
    engine: str


def solve_files(
    files: Mapping[str, Sequence[Sequence[str]]], *, seed: int, parameters: Mapping[str, Any]
) -> Solved:
    """Match what the files say and check it independently; `Refused` if the check fails."""
    with _folder({name: csv_text(rows) for name, rows in files.items()}) as folder:
        read = _read(folder)
        problem = read.problem
        params = Params(closing_rule=parameters["closing_rule"])
        result = solve(problem, params=params, seed=seed)
        violation = verify(problem, result)
        if violation is not None:
            raise Refused(f"核验未通过：{violation.message}")
        out = folder / "out"
        write_result(read, result, out)
        written = {
            f"out/{path.name}": path.read_text(encoding="utf-8") for path in sorted(out.iterdir())
        }
    certificate = result.certificate
    return Solved(problem, result, written, certificate.digest, certificate.engine)


def digest_of(files: Mapping[str, Sequence[Sequence[str]]]) -> str:
    """The digest of the problem the files state."""
    with _folder({name: csv_text(rows) for name, rows in files.items()}) as folder:
        return problem_digest(_read(folder).problem)


@contextmanager
def _folder(files: Mapping[str, str]) -> Iterator[Path]:
    with TemporaryDirectory(prefix="chanjiao-match-") as name:
        folder = Path(name)
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8", newline="")
        yield folder


def _read(folder: Path) -> RoundFiles:
    try:
        return read_round(folder)
    except UnusableInputError as refusal:
        raise Refused(f"数据无法用于匹配：{refusal.faults.lines()[0]}") from refusal
