"""`chanjiao demo`: build the Dalian consortium up to a stage, say what came of it, serve it."""

import argparse
import os
import subprocess
import sys
import time

from chanjiao.demo.place import (
    STAGES,
    building_alone,
    fits,
    home,
    move_in,
    read_marker,
    workshop,
)

HOST = "127.0.0.1"


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `chanjiao demo`."""
    parser = commands.add_parser("demo", help="建立示例联合体，走完一轮匹配和一个年度并打开网站")
    parser.add_argument(
        "--stage", choices=STAGES, default=STAGES[-1], help="做到哪一步：成员、供需清单、匹配、年度"
    )
    parser.add_argument("--no-serve", action="store_true", help="只建立并显示摘要，不启动网站")
    parser.add_argument("--fresh", action="store_true", help="丢弃已有的示例数据，重新建立")
    parser.add_argument("--port", type=int, default=8000, help="端口，默认 8000")
    parser.set_defaults(run=_demo)


def _demo(options: argparse.Namespace) -> int:
    with building_alone():
        built = read_marker(home())
        if options.fresh or not fits(built, options.stage):
            failed = _build(options.stage, fresh=options.fresh)
            if failed:
                return failed
            built = read_marker(home())
    if built is None:
        print("示例数据没有建成。", file=sys.stderr)
        return 1
    print(built.summary)
    print(f"建立日期：{built.built_on}（日期以这一天为准排列；加 --fresh 可按今天重新建立）")
    if options.no_serve:
        return 0
    return _serve(options.port)


def _build(stage: str, *, fresh: bool) -> int:
    """Build in a process of its own, in a folder beside; rename it when all is done."""
    started = time.monotonic()
    folder = workshop()
    environment = os.environ | {
        "CHANJIAO_HOME": str(folder),
        "CHANJIAO_JOBS_AT_ONCE": "1",
        "CHANJIAO_SECOND_FACTOR": "0",
        # PostgreSQL need not wait for its disk: a build that is cut off is begun again.
        "PGOPTIONS": "-c synchronous_commit=off",
    }
    command = [sys.executable, "-m", "chanjiao.demo.build", stage, *(["--fresh"] if fresh else [])]
    print("正在建立示例联合体：", flush=True)
    ended = subprocess.run(command, env=environment, check=False).returncode  # noqa: S603 - ours
    if ended:
        return ended
    move_in(folder)
    print(f"用时 {time.monotonic() - started:.0f} 秒。\n", flush=True)
    return 0


def _serve(port: int) -> int:
    os.environ["CHANJIAO_HOME"] = str(home())
    os.environ["CHANJIAO_SECOND_FACTOR"] = "0"
    from chanjiao.web.server import serve

    print(f"\n网站：http://{HOST}:{port}/   按 Ctrl+C 结束。", flush=True)
    return serve(HOST, port)
