"""`chanjiao match` and `chanjiao verify-match`: a round in files, without a database."""

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chanjiao_engine.matching import Result

VALID, VIOLATED, UNUSABLE = 0, 1, 2


def add_commands(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register both commands; each handler returns the exit code."""
    match = subparsers.add_parser("match", help="按 CSV 名单进行一轮录取，不用数据库")
    match.add_argument(
        "folder", type=Path, help="输入目录：students.csv、posts.csv 等，见 docs/formats.md"
    )
    match.add_argument("--out", type=Path, required=True, help="输出目录")
    match.add_argument(
        "--seed", type=natural, help="同分抽签的种子（自然数）；不给则由名单内容得出"
    )
    match.set_defaults(run=run_match)
    check = subparsers.add_parser("verify-match", help="核对一轮录取的结果、证书与解释")
    check.add_argument("folder", type=Path, help="输入目录")
    check.add_argument("result", type=Path, help="match 的输出目录")
    check.set_defaults(run=run_verify)


def natural(text: str) -> int:
    """A seed: a natural number below 2**63."""
    value = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= value < 2**63:
        raise argparse.ArgumentTypeError("种子应为自然数，小于 2 的 63 次方")
    return value


def run_match(arguments: argparse.Namespace) -> int:
    """Read, match, write, and print a summary."""
    from chanjiao_engine.matching import problem_digest, solve

    from .exchange import UnusableInputError, read_round
    from .exchange_out import write_result

    began = time.monotonic()
    try:
        files = read_round(arguments.folder)
    except UnusableInputError as refusal:
        return _unusable(refusal)
    seed = arguments.seed
    if seed is None:
        seed = int(problem_digest(files.problem)[:12], 16)
    result = solve(files.problem, seed=seed)
    try:
        write_result(files, result, arguments.out)
    except OSError as fault:
        print(f"无法写到 {arguments.out}：{fault.strerror}", file=sys.stderr)
        return UNUSABLE
    print("\n".join(summary(result, time.monotonic() - began)))
    return VALID


def run_verify(arguments: argparse.Namespace) -> int:
    """Check a result; 0 valid, 1 with the first violation, 2 unusable input."""
    from .exchange import UnusableInputError, read_round
    from .exchange_verify import first_violation

    try:
        files = read_round(arguments.folder)
        found = first_violation(files, arguments.result)
    except UnusableInputError as refusal:
        return _unusable(refusal)
    if found is not None:
        print(f"不成立：{found}")
        return VIOLATED
    print(f"成立：{files.problem.students} 名学生的录取稳定，证书与全部解释逐项相符")
    return VALID


def _unusable(refusal: Exception) -> int:
    print(f"输入无法使用：\n{refusal}", file=sys.stderr)
    return UNUSABLE


def summary(result: "Result", seconds: float) -> list[str]:
    """What a person wants to know first, in Chinese."""
    st, c = result.statistics, result.certificate
    lines = [
        f"学生 {st.students} 人，志愿 {st.choices} 条；录取 {st.matched} 人，未录取 {st.students - st.matched} 人",
    ]
    if st.matched:
        share = 100 * st.first_choice / st.matched
        mean = st.rank_sum / st.matched
        lines.append(
            f"第一志愿 {st.first_choice} 人（占录取的 {share:.1f}%），平均录取志愿 {mean:.2f}"
        )
    if c.closings:
        lines.append(f"不足开班下限而未开班的岗位 {len(c.closings)} 个")
    lines.append(f"抽签种子 {c.seed}（规则 {c.lottery_rule}），名单指纹 {c.digest}")
    lines.append(f"引擎 {c.engine}，用时 {seconds:.1f} 秒")
    return lines


def main() -> int:
    """Run one of the two commands by itself."""
    parser = argparse.ArgumentParser(prog="chanjiao")
    add_commands(parser.add_subparsers(required=True))
    arguments = parser.parse_args()
    code: int = arguments.run(arguments)
    return code


if __name__ == "__main__":
    sys.exit(main())
