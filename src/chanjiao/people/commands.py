"""`chanjiao operator create`: the accounts that look after an installation."""

import argparse
import getpass
import sys
from typing import Any

_DUTIES = ("operator", "security", "auditor")


def add_commands(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `operator` with its one verb, `create`."""
    parser = subparsers.add_parser("operator", help="系统、安全、审计管理员账号")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="操作")
    create = verbs.add_parser("create", help="建立一个管理员账号")
    create.add_argument("username", help="登录名")
    create.add_argument("--name", required=True, help="姓名")
    create.add_argument("--duty", choices=_DUTIES, default="operator", help="职责，默认系统管理员")
    create.add_argument(
        "--password-stdin", action="store_true", help="从标准输入读一行作为密码，不提示"
    )
    create.set_defaults(run=_create)


def _create(chosen: argparse.Namespace) -> int:
    import django

    django.setup()
    from chanjiao.kernel import clock
    from chanjiao.kernel.verdict import Invalid
    from chanjiao.people.actions import create_duty_account

    try:
        user: Any = create_duty_account(
            username=chosen.username, name=chosen.name, password=_password(chosen),
            duty=chosen.duty, at=clock.now(),
        )  # fmt: skip
    except Invalid as problem:
        print(problem.reason, file=sys.stderr)
        return 1
    print(
        f"已建立{user.get_duty_display()}账号：{user.username}（{user.name}）。首次登录须设置二次验证。"
    )
    return 0


def _password(chosen: argparse.Namespace) -> str:
    if chosen.password_stdin:
        return sys.stdin.readline().rstrip("\n")
    return getpass.getpass("密码（至少 10 位）：")
