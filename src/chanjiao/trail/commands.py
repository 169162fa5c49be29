"""`chanjiao trail verify`: recompute the chain from the first row to the last."""

import argparse


def add_commands(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `trail` with its one verb, `verify`."""
    parser = subparsers.add_parser("trail", help="留痕")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="操作")
    verify = verbs.add_parser("verify", help="核验留痕链：0 完好，1 指出第一处问题")
    verify.add_argument(
        "--expect", default="", metavar="摘要", help="此前抄录的摘要；链中没有它，说明末尾被截去"
    )
    verify.set_defaults(run=_verify)


def _verify(chosen: argparse.Namespace) -> int:
    import django

    django.setup()
    from chanjiao.trail.queries import holds_digest, verify_chain

    report = verify_chain()
    if report.fault:
        print(f"留痕链有误：{report.fault}此前 {report.count} 条完好。")
        return 1
    if chosen.expect and not holds_digest(chosen.expect):
        print("留痕链有误：链中没有此前抄录的摘要，其后的记录已被截去。")
        return 1
    print(f"留痕链完好：共 {report.count} 条，末条摘要 {report.last_digest}。")
    return 0
