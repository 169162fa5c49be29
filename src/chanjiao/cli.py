"""The command `chanjiao`. Each subcommand lives with its package; this file only gathers them."""

import argparse
import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; the exit code is the command's answer."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chanjiao.settings")
    parser = argparse.ArgumentParser(prog="chanjiao", description="产教联：市域产教联合体运行平台")
    commands = parser.add_subparsers(dest="command", required=True, metavar="命令")
    _add_commands(commands)
    chosen = parser.parse_args(arguments)
    answer: int = chosen.run(chosen)
    return answer


def _add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Packages whose commands need Django import it inside their handlers: `match` starts fast."""
    from chanjiao.agreements import commands as agreements
    from chanjiao.demo import commands as demo
    from chanjiao.indicators import pack_commands as packs
    from chanjiao.jobs import commands as jobs
    from chanjiao.matching import commands as matching
    from chanjiao.matching import replay
    from chanjiao.people import commands as people
    from chanjiao.reference import commands as reference
    from chanjiao.trail import commands as trail
    from chanjiao.training import commands as training
    from chanjiao.web import server

    for package in (
        matching,
        replay,
        packs,
        jobs,
        reference,
        people,
        agreements,
        training,
        trail,
        server,
        demo,
    ):
        package.add_commands(commands)


if __name__ == "__main__":
    sys.exit(main())
