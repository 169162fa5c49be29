"""Trial runs, and making one of them the result. Nothing takes effect before a person accepts."""

import io
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from chanjiao.files.actions import store_file
from chanjiao.jobs.actions import start_job
from chanjiao.jobs.registry import Progress
from chanjiao.kernel.verdict import Conflict, Refused, require
from chanjiao.matching import rules
from chanjiao.matching.bridge import Tables, tables_of
from chanjiao.matching.bundle import Sentence, csv_text, pack, sentences, unpack
from chanjiao.matching.enums import RoundState, RunState
from chanjiao.matching.figures import figures_of
from chanjiao.matching.models import Match, Round, RoundPost, Run
from chanjiao.matching.moving import commitment_of, locked, need_reason, set_state, tell_all
from chanjiao.matching.solving import digest_of, solve_files
from chanjiao.needs.actions import mark_matched
from chanjiao.people.access import Actor
from chanjiao.trail.actions import record

JOB_KIND = "matching.run"
_BROKEN_OFF = "处理进程中断，没有产生结果。"


def start_run(round_: Round, *, by: Actor, at: datetime) -> Run:
    """Ask for a trial run; a worker does it. One at a time for each round."""
    with transaction.atomic():
        round_ = locked(round_)
        require(rules.may_run(by, round_))
        _settle_dead_runs(round_, at)
        if round_.runs.filter(state=RunState.QUEUED).exists():
            raise Refused("上一次试算还在进行，请等它结束。")
        run = Run.objects.create(
            round=round_, seed=round_.seed, parameters=parameters_of(round_), asked_by=by.user,
            asked_at=at,
        )  # fmt: skip
        run.job = start_job(
            JOB_KIND, f"试算：{round_.title}"[:160], {"run": run.pk}, by=by, at=at,
            link=f"/desk/rounds/{round_.pk}/runs/{run.pk}/",
        )  # fmt: skip
        run.save(update_fields=["job"])
        record("round.run", run, by=by, at=at, data={"round": round_.pk})
    return run


def parameters_of(round_: Round) -> dict[str, Any]:
    """What shapes a run besides the lists, kept with it so that two runs can be compared."""
    quotas = round_.quotas.order_by("scope", "pk")
    return {
        "closing_rule": "largest_shortfall",
        "weights": dict(round_.weights),
        "unit_percent": round_.unit_percent,
        "kind_percent": round_.kind_percent,
        "max_choices": round_.max_choices,
        "limits": [[quota.scope, str(quota), quota.capacity] for quota in quotas],
    }


def _settle_dead_runs(round_: Round, at: datetime) -> None:
    """A run whose job is over without it was broken off: failed, never lost."""
    for run in round_.runs.filter(state=RunState.QUEUED).select_related("job"):
        if run.job is not None and run.is_stuck:
            run.state, run.ended_at = RunState.FAILED, at
            run.failure = run.job.message or _BROKEN_OFF
            run.save()


def perform_run(run_pk: int, progress: Progress, *, at: datetime) -> str:
    """Build the files, match, check, store; one Chinese sentence on how it went."""
    run = Run.objects.select_related("round__consortium").get(pk=run_pk)
    if run.state != RunState.QUEUED:
        return "这次试算已经结束。"
    progress(1, 5, "汇总志愿与评分")
    tables = tables_of(run.round)
    progress(2, 5, "匹配并核验")
    solved = solve_files(tables.files, seed=int(run.seed), parameters=run.parameters)
    progress(4, 5, "保存结果文件")
    incoming = {f"in/{name}": csv_text(rows) for name, rows in tables.files.items()}
    content = pack({**_header(run, solved.digest), **incoming, **solved.files})
    with transaction.atomic():
        run = Run.objects.select_for_update(of=("self",)).select_related("round").get(pk=run_pk)
        if run.state != RunState.QUEUED:
            return "这次试算已经结束。"
        run.bundle = store_file(
            io.BytesIO(content), f"{run.round.code}-{run.pk}.zip", by=None, at=at
        )
        run.state, run.ended_at = RunState.DONE, at
        run.problem_digest, run.engine_version = solved.digest, solved.engine
        run.statistics = figures_of(tables, solved)
        run.save()
        record("round.run_done", run, by=None, at=at, data={"digest": solved.digest})
    progress(5, 5, "完成")
    figures = run.statistics
    return f"录取 {figures['matched']} 人，第一志愿 {figures['first_choice']} 人，已通过核验。"


def fail_run(run_pk: int, reason: str, *, at: datetime) -> None:
    """Mark a run that did not come to its end; does nothing to one that did."""
    with transaction.atomic():
        run = Run.objects.select_for_update().get(pk=run_pk)
        if run.state != RunState.QUEUED:
            return
        run.state, run.ended_at, run.failure = RunState.FAILED, at, reason
        run.save()
        record("round.run_failed", run, by=None, at=at, reason=reason)


def accept_run(run: Run, *, by: Actor, at: datetime) -> Round:
    """Make a run the result: one row for each student, with the reasons. Still nothing is public.

    Refused when the data have changed since the run, and when a result already stands.
    """
    try:
        with transaction.atomic():
            round_ = locked(run.round)
            rows = Run.objects.select_for_update(of=("self",)).select_related("bundle")
            run = rows.get(pk=run.pk)
            run.round = round_
            require(rules.may_accept(by, run))
            tables = tables_of(round_)
            if digest_of(tables.files) != run.problem_digest:
                raise Refused("数据已变，请重新试算。")
            run.state, run.accepted_by, run.accepted_at = RunState.ACCEPTED, by.user, at
            run.save()
            Match.objects.bulk_create(_matches(run, tables), batch_size=1000)
            set_state(round_, RoundState.ACCEPTED)
            data = {
                "run": run.pk,
                "digest": run.problem_digest,
                "matched": run.statistics["matched"],
            }
            record("round.accept", round_, by=by, at=at, data=data)
            return round_
    except IntegrityError as error:
        raise Conflict("本轮已有被采纳的结果。") from error


def _matches(run: Run, tables: Tables) -> list[Match]:
    assert run.bundle is not None  # a DONE run has one
    with run.bundle.file.open("rb") as file:
        files = unpack(file.read())
    found = []
    for public, lines in sentences(files).items():
        *refused, outcome = lines
        post = tables.posts.get(outcome.post)
        found.append(
            Match(
                run=run, student_id=tables.students[public], pseudonym=public,
                round_post_id=post, rank=len(refused) + 1 if post else None,
                reasons=[_reason(line, tables) for line in lines],
            )
        )  # fmt: skip
    return found


def _reason(line: Sentence, tables: Tables) -> dict[str, Any]:
    return {"post": tables.posts.get(line.post), "reason": line.reason, "text": line.text}


def undo_accept(round_: Round, *, reason: str, by: Actor, at: datetime) -> Round:
    """Before publication: back to trial runs; the run stays, its outcomes go."""
    with transaction.atomic():
        round_ = locked(round_)
        require(rules.may_undo(by, round_))
        need_reason(reason)
        run = round_.runs.select_for_update().get(state=RunState.ACCEPTED)
        run.matches.all().delete()
        run.state, run.accepted_by, run.accepted_at = RunState.DONE, None, None
        run.save()
        set_state(round_, RoundState.DECIDING)
        record("round.undo", round_, by=by, at=at, reason=reason, data={"run": run.pk})
    return round_


def publish_round(round_: Round, *, by: Actor, at: datetime) -> Round:
    """Show the result: seed, bundle and outcomes; everybody concerned is told."""
    with transaction.atomic():
        round_ = locked(round_)
        require(rules.may_publish(by, round_))
        run = round_.runs.get(state=RunState.ACCEPTED)
        assert commitment_of(round_.seed) == round_.seed_commitment
        round_.published_at = at
        set_state(round_, RoundState.PUBLISHED)
        for row in _filled_posts(run):
            mark_matched(row.post, by=by, at=at)
        tell_all(round_, f"“{round_.title}”结果已公布，请登录查看。", None, at)
        record(
            "round.publish", round_, by=by, at=at,
            data={"run": run.pk, "seed": round_.seed, "digest": run.problem_digest},
        )  # fmt: skip
    return round_


def _filled_posts(run: Run) -> list[RoundPost]:
    """One row for each post that somebody got, reserved seats counted with the post's others."""
    rows = RoundPost.objects.filter(matches__run=run).select_related(
        "post__consortium", "post__unit"
    )
    return list({row.post_id: row for row in rows.order_by("pk")}.values())


def _header(run: Run, digest: str) -> dict[str, str]:
    round_ = run.round
    text = f"""{round_.title}（{round_.code}）

种子：{run.seed}
种子承诺（SHA-256）：{round_.seed_commitment}
输入指纹：{digest}

核验办法：解压本文件，在装有“产教联”的电脑上执行
    chanjiao verify-match in out
显示“成立”即结果与名单、名额、种子完全相符。
种子承诺可这样核对：printf {run.seed} | sha256sum
学生编号为公示编号，不含姓名、学号和出生日期；本人登录后可看到自己的编号。
"""
    return {"README.txt": text}
