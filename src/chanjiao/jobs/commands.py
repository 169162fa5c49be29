"""`chanjiao worker`: the process that does the jobs."""

import argparse
import logging
import os
import signal
import threading

log = logging.getLogger(__name__)
REAP_SECONDS = 10


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `chanjiao worker`."""
    parser = commands.add_parser("worker", help="后台任务进程（可同时运行多个）")
    parser.add_argument("--while", dest="parent", type=int, help="该进程结束时随之退出")
    parser.set_defaults(run=_work)


def _work(options: argparse.Namespace) -> int:
    import django
    from django.core.management import call_command

    django.setup()
    threading.Thread(target=_reap_forever, args=(options.parent,), daemon=True).start()
    call_command("db_worker", interval=0.5, verbosity=0)
    return 0


def _reap_forever(parent: int | None) -> None:
    """Take up the jobs of workers that died. A busy database only puts it off.

    A worker started by `serve` ends with it, even when `serve` was killed.
    """
    from django.db import DatabaseError, connection

    from chanjiao.jobs.tasks import reap

    pause = threading.Event()
    while not pause.wait(REAP_SECONDS):
        if parent and os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)
        try:
            reap()
        except DatabaseError:
            log.warning("the reaper could not reach the database; it will try again")
        finally:
            connection.close()
