"""`make test`: the whole suite on SQLite, what touches a database on PostgreSQL too, the browser.

The three runs follow each other, each over as many workers as there are processors; a worker has a
database, a home and a browser of its own and takes whole files, in their order, so that the long
ones are not begun last. Each run's output is printed whole when it ends. Exit code 0 only when all
passed. Arguments go to pytest instead of this division, on both databases side by side:
`make test ARGS=tests/needs`.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from with_postgres import server

BIN = Path(sys.executable).parent
Run = tuple[str, list[str], dict[str, str]]


def run(label: str, arguments: list[str], extra: dict[str, str], answers: dict[str, int]) -> None:
    """One pytest run with a home of its own; the answer is its exit code."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="chanjiao-test-", ignore_cleanup_errors=True) as home:
        environment = {**os.environ, **extra, "CHANJIAO_HOME": home}
        command = [str(BIN / "pytest"), *arguments]
        done = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    # Without a Chromium every browser test is left out, which the run says (tests/journeys).
    nothing_to_walk = label == "browser" and done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED
    answers[label] = 0 if nothing_to_walk else done.returncode
    print(f"── {label}: {time.monotonic() - began:.0f} s\n{done.stdout}", flush=True)


def runs(arguments: list[str], on_postgresql: dict[str, str]) -> list[list[Run]]:
    """Steps in turn; the runs of a step side by side."""
    if arguments:
        return [[("SQLite", arguments, {}), ("PostgreSQL", arguments, on_postgresql)]]
    many = ["-n", str(os.cpu_count() or 1), "--dist", "loadfile", "--no-loadscope-reorder"]
    return [
        [("SQLite", [*many, "-m", "not browser"], {})],
        [("PostgreSQL", [*many, "-m", "database and not browser"], on_postgresql)],
        [("browser", [*many, "-m", "browser"], {})],
    ]


def main(arguments: list[str]) -> int:
    answers: dict[str, int] = {}
    with server() as address:
        os.environ.pop("DATABASE_URL", None)
        for step in runs(arguments, {"DATABASE_URL": address}):
            threads = [threading.Thread(target=run, args=(*one, answers)) for one in step]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    return max(answers.values())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
