"""`make test`: the whole suite on SQLite and, side by side, the database tests on PostgreSQL.

The two runs share nothing, so they run at once; each one's output is printed whole when it ends.
Exit code 0 only when both passed. Arguments are passed on to pytest.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from with_postgres import server

BIN = Path(sys.executable).parent


def run(label: str, arguments: list[str], extra: dict[str, str], answers: dict[str, int]) -> None:
    """One pytest run with a home of its own; the answer is its exit code."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="chanjiao-test-", ignore_cleanup_errors=True) as home:
        environment = {**os.environ, **extra, "CHANJIAO_HOME": home}
        command = [str(BIN / "pytest"), *arguments]
        done = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    answers[label] = done.returncode
    print(f"── {label}: {time.monotonic() - began:.0f} s\n{done.stdout}", flush=True)


def main(arguments: list[str]) -> int:
    answers: dict[str, int] = {}
    on_postgresql = ["--ignore", "tests/engine", "-m", "not browser", *arguments]
    with server() as address:
        os.environ.pop("DATABASE_URL", None)
        runs = [
            ("SQLite", arguments, {}),
            ("PostgreSQL", on_postgresql, {"DATABASE_URL": address}),
        ]
        threads = [threading.Thread(target=run, args=(*each, answers)) for each in runs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return max(answers.values())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
