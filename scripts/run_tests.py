"""`make test`: the whole suite on SQLite and, side by side, the database tests on PostgreSQL.

Two chains share nothing, so they run at once: SQLite, then the browser; PostgreSQL, then the
engine, which needs no database. Each run's output is printed whole when it ends. Exit code 0 only
when all passed. Arguments go to pytest instead of this division: `make test ARGS=tests/needs`.
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


def main(arguments: list[str]) -> int:
    answers: dict[str, int] = {}
    with server() as address:
        os.environ.pop("DATABASE_URL", None)
        on_postgresql = {"DATABASE_URL": address}
        chains: list[list[Run]]
        if arguments:
            chains = [[("SQLite", arguments, {})], [("PostgreSQL", arguments, on_postgresql)]]
        else:
            plain = ["--ignore", "tests/engine", "-m", "not browser"]
            chains = [
                [("SQLite", plain, {}), ("browser", ["-m", "browser"], {})],
                [("PostgreSQL", plain, on_postgresql), ("engine", ["tests/engine"], {})],
            ]
        threads = [threading.Thread(target=follow, args=(chain, answers)) for chain in chains]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return max(answers.values())


def follow(chain: list[Run], answers: dict[str, int]) -> None:
    for label, arguments, extra in chain:
        run(label, arguments, extra, answers)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
