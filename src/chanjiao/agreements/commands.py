"""`chanjiao agreements expiring`: tell people which agreements end soon. For the daily schedule."""

import argparse


def add_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    """Add `agreements expiring`."""
    parser = commands.add_parser("agreements", help="协议到期提醒")
    inner = parser.add_subparsers(dest="what", required=True, metavar="动作")
    expiring = inner.add_parser("expiring", help="提醒 60、30、7 天内到期的协议，每天运行一次")
    expiring.set_defaults(run=_expiring)


def _expiring(_: argparse.Namespace) -> int:
    import django

    django.setup()
    from chanjiao.agreements.expiry import tell_expiring
    from chanjiao.kernel import clock

    print(f"已提醒 {tell_expiring(at=clock.now())} 份。")
    return 0
