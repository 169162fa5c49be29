"""`chanjiao training`: what anyone can check about dual training, without a database."""

import argparse
import sys
from pathlib import Path


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `chanjiao training replay-draw FILE`."""
    parser = commands.add_parser("training", help="双元育人：重抽走访等核对")
    within = parser.add_subparsers(dest="training_command", required=True, metavar="命令")
    again = within.add_parser("replay-draw", help="按文件里的种子和名单重抽走访，核对是否相同")
    again.add_argument("file", type=Path, help="从抽取页下载的文件")
    again.set_defaults(run=_replay_draw)


def _replay_draw(options: argparse.Namespace) -> int:
    """0 the same; 1 with what differs; 2 no such file."""
    from chanjiao.training.draw_files import differences

    try:
        found = differences(options.file.read_bytes())
    except OSError as error:
        print(f"读不到文件 {options.file}：{error.strerror}。", file=sys.stderr)
        return 2
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if found:
        print("重抽结果不同：\n" + "\n".join(found))
        return 1
    print("重抽结果相同。")
    return 0
