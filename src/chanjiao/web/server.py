"""Serving: granian for the pages and one worker process for the jobs, started and stopped together."""

import argparse
import os
import subprocess
import sys
import threading
from pathlib import Path


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `chanjiao serve`."""
    parser = commands.add_parser("serve", help="启动网站与后台任务进程")
    parser.add_argument("--host", default="127.0.0.1", help="监听地址，默认 127.0.0.1")
    parser.add_argument("--port", type=int, default=8000, help="端口，默认 8000")
    parser.set_defaults(run=lambda options: serve(options.host, options.port))


def serve(host: str, port: int) -> int:
    """Run until interrupted. The worker is started again whenever it ends."""
    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    os.environ["CHANJIAO_HOME"] = str(Path(settings.HOME))
    stop = threading.Event()
    keeper = threading.Thread(target=_keep_worker, args=(stop,), daemon=True)
    keeper.start()
    try:
        _granian(host, port)
    except KeyboardInterrupt:
        pass
    finally:
        stop.set()
        keeper.join(timeout=15)
    return 0


def _granian(host: str, port: int) -> None:
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    Server(
        "chanjiao.wsgi:application", address=host, port=port, interface=Interfaces.WSGI,
        blocking_threads=4, log_level=LogLevels.warning, respawn_failed_workers=True,
        websockets=False,
    ).serve()  # fmt: skip


def _keep_worker(stop: threading.Event) -> None:
    """A worker that dies is replaced after a second; its job is taken up by the reaper."""
    while not stop.is_set():
        command = [sys.executable, "-m", "chanjiao.cli", "worker", "--while", str(os.getpid())]
        worker = subprocess.Popen(command)  # noqa: S603 - our own command
        while worker.poll() is None and not stop.wait(0.5):
            pass
        if worker.poll() is None:
            _end(worker)
        elif not stop.is_set():
            stop.wait(1)


def _end(worker: "subprocess.Popen[bytes]") -> None:
    """Let it finish its job for ten seconds; what is cut off is taken up by the reaper."""
    worker.terminate()
    try:
        worker.wait(timeout=10)
    except subprocess.TimeoutExpired:
        worker.kill()
