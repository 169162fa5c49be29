"""A hostile pack may cost a child process, never the program: work in a fork with limits."""

import os
import resource
import signal
import sys
from collections.abc import Callable

MEMORY_BYTES = 12 * 2**30
CPU_SECONDS = 3600
BROKEN = 2


def guarded(work: Callable[[], int]) -> int:
    """Run `work` in a child with bounded memory and time; its exit code, or 2 where it broke.

    The command line has one thread and has not opened anything yet, so a fork is safe. Where the
    system has no fork the work is done here.
    """
    if not hasattr(os, "fork"):
        return work()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        os._exit(_limited(work))
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        print(
            f"无法读取：处理这个文件的进程异常结束（{name}），文件可能有意超限。", file=sys.stderr
        )
        return BROKEN
    return os.waitstatus_to_exitcode(status)


def _limited(work: Callable[[], int]) -> int:
    code = BROKEN
    try:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 5))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        code = work()
    except MemoryError:
        print("无法读取：解开这个文件需要的内存超过限度。", file=sys.stderr)
    except Exception as fault:  # whatever a hostile file provokes is a message, not a trace
        print(f"无法读取：{type(fault).__name__}：{str(fault)[:200]}", file=sys.stderr)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return code
