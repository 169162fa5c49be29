"""Which function does which kind of job. Packages register in `AppConfig.ready`."""

from collections.abc import Callable
from typing import Protocol

from chanjiao.jobs.models import Job


class Progress(Protocol):
    """Told how far the work is; `step` is a few Chinese words."""

    def __call__(self, done: int, total: int, step: str = "") -> None: ...


Runner = Callable[[Job, Progress], str]
_runners: dict[str, Runner] = {}


def register(kind: str, runner: Runner) -> None:
    """`runner(job, progress)` does the work and returns one Chinese sentence on how it went.

    It may be run again after a killed worker, so it must be safe to repeat; it raises
    `kernel.verdict.Refused` for what a person can mend.
    """
    _runners[kind] = runner


def runner_of(kind: str) -> Runner:
    return _runners[kind]
