"""The worker's side of a received pack: verified in a process of its own, told line by line."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from chanjiao.indicators.models import ReceivedPack
from chanjiao.indicators.received import fail_pack, settle_pack
from chanjiao.jobs.models import Job
from chanjiao.jobs.registry import Progress
from chanjiao.kernel import clock

MAX_SECONDS = 3600
MAX_LINE = 64 * 2**20
_SOURCES = Path(__file__).resolve().parents[2]
_PROGRAM = "import sys; from chanjiao.cli import main; sys.exit(main(sys.argv[1:]))"


def run_received(job: Job, progress: Progress) -> str:
    """The runner of `indicators.received`. Safe to repeat: a settled pack stays as it is."""
    pack = ReceivedPack.objects.select_related("file").get(pk=job.arguments["pack"])
    report, fault = verify_apart(Path(pack.file.file.path), progress)
    if report is None:
        fail_pack(pack.pk, fault, at=clock.now())
        return f"未通过：{fault}"
    settled = settle_pack(pack.pk, report, at=clock.now())
    return (
        settled.refusal
        or f"{settled.consortium_name} {settled.year} 年度：{settled.get_state_display()}。"
    )


def verify_apart(path: Path, progress: Progress) -> tuple[dict[str, Any] | None, str]:
    """The report, or why there is none. The child has no settings, no database, bounded memory."""
    with tempfile.TemporaryFile() as complaints, tempfile.TemporaryDirectory() as home:
        with subprocess.Popen(  # noqa: S603 - our own interpreter and program
            [sys.executable, "-c", _PROGRAM, "pack", "verify", str(path), "--json"],
            stdout=subprocess.PIPE, stderr=complaints, cwd=home,
            env={"PYTHONPATH": str(_SOURCES), "HOME": home, "PATH": os.defpath},
        ) as child:  # fmt: skip
            timer = threading.Timer(MAX_SECONDS, child.kill)
            timer.start()
            try:
                report = _read(child, progress)
            finally:
                timer.cancel()
                child.kill()
        complaints.seek(0)
        said = complaints.read(2000).decode("utf-8", "replace").strip()
    return report, "" if report else (said or "核验进程异常结束，文件可能有意超限。")


def _read(child: "subprocess.Popen[bytes]", progress: Progress) -> dict[str, Any] | None:
    assert child.stdout is not None
    report: dict[str, Any] | None = None
    while line := child.stdout.readline(MAX_LINE):
        told = json.loads(line)
        if "progress" in told:
            progress(*told["progress"])
        report = told.get("report", report)
    return report
