"""Trial runs, acceptance, publication; what is published can be checked by a stranger."""

import csv
import io
import os
import subprocess
import sys
import threading
import zipfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection

from chanjiao.jobs.actions import reap_jobs
from chanjiao.jobs.enums import JobState
from chanjiao.jobs.models import Job
from chanjiao.jobs.tasks import run_job
from chanjiao.kernel.verdict import Conflict, Refused
from chanjiao.matching import rules
from chanjiao.matching.actions import set_limits
from chanjiao.matching.enums import QuotaScope, RoundState, RunState
from chanjiao.matching.models import Match, Round, Run, Score
from chanjiao.matching.plan import Limit
from chanjiao.matching.queries import looked_up
from chanjiao.matching.replay import replay_run
from chanjiao.matching.runs import (
    accept_run,
    fail_run,
    perform_run,
    publish_round,
    start_run,
    undo_accept,
)
from chanjiao.needs.enums import ListingState
from chanjiao.notices.models import Notice
from chanjiao.trail.models import Entry
from tests.matching.world import (
    AT,
    SCORES_DUE,
    choose,
    deciding,
    make_world,
    opened,
    scoring,
)

pytestmark = pytest.mark.django_db
LATER = SCORES_DUE + timedelta(hours=1)
SRC = Path(__file__).resolve().parents[2] / "src"


def quiet(done, total, step=""):
    """Progress nobody looks at."""


def ran(world) -> Run:
    """A finished trial run."""
    run = start_run(world.reload(), by=world.secretary, at=LATER)
    perform_run(run.pk, quiet, at=LATER)
    return Run.objects.select_related("round__consortium", "bundle").get(pk=run.pk)


def bundle_of(run) -> dict[str, str]:
    with run.bundle.file.open("rb") as file:
        archive = zipfile.ZipFile(io.BytesIO(file.read()))
    return {name: archive.read(name).decode() for name in archive.namelist()}


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_a_run_keeps_digest_seed_engine_figures_and_files():
    world = make_world()
    deciding(world)
    run = ran(world)
    assert (run.state, run.seed) == (RunState.DONE, world.round.seed)
    assert len(run.problem_digest) == 64
    assert run.engine_version
    figures = run.statistics
    assert (figures["students"], figures["choices"], figures["unscored"]) == (3, 6, 6)
    assert (figures["matched"], figures["rank_counts"]) == (3, [2, 1])
    assert {p["filled"] for p in figures["posts"]} == {0, 1, 2}
    unit = next(q for q in figures["quotas"] if q["scope"] == "unit" and q["filled"])
    assert (unit["capacity"], unit["filled"], unit["legal"]) == (10, 3, 10)
    assert set(bundle_of(run)) >= {"README.txt", "in/students.csv", "out/certificate.json"}
    assert not Match.objects.exists()
    assert world.reload().state == RoundState.DECIDING


def test_a_worker_does_it_through_the_job(django_capture_on_commit_callbacks):
    world = make_world()
    deciding(world)
    with django_capture_on_commit_callbacks(execute=True):
        run = start_run(world.reload(), by=world.secretary, at=LATER)
    run = Run.objects.get(pk=run.pk)
    assert run.job.state == JobState.DONE
    assert run.state == RunState.DONE
    assert "录取 3 人" in run.job.message


def test_one_run_at_a_time():
    world = make_world()
    deciding(world)
    start_run(world.reload(), by=world.secretary, at=LATER)
    with pytest.raises(Refused, match="还在进行"):
        start_run(world.reload(), by=world.secretary, at=LATER)


def test_a_killed_workers_run_is_taken_up_again():
    world = make_world()
    deciding(world)
    run = start_run(world.reload(), by=world.secretary, at=LATER)
    Job.objects.filter(pk=run.job_id).update(
        state=JobState.RUNNING, attempts=1, started_at=LATER, heartbeat_at=LATER
    )
    reaped = reap_jobs(at=LATER + timedelta(minutes=5), lost_after=timedelta(minutes=1))
    assert [job.pk for job in reaped] == [run.job_id]
    run_job.call(run.job_id)
    run.refresh_from_db()
    assert run.state == RunState.DONE
    perform_run(run.pk, quiet, at=LATER)
    assert Entry.objects.filter(action="round.run_done").count() == 1


def test_a_run_whose_worker_died_for_good_is_marked_failed_and_another_may_start():
    world = make_world()
    deciding(world)
    run = start_run(world.reload(), by=world.secretary, at=LATER)
    Job.objects.filter(pk=run.job_id).update(
        state=JobState.RUNNING, attempts=3, started_at=LATER, heartbeat_at=LATER
    )
    reap_jobs(at=LATER + timedelta(minutes=5), lost_after=timedelta(minutes=1))
    again = start_run(world.reload(), by=world.secretary, at=LATER + timedelta(minutes=6))
    run.refresh_from_db()
    assert (run.state, again.state) == (RunState.FAILED, RunState.QUEUED)
    assert "中断" in run.failure


def test_a_run_that_breaks_says_so_and_leaves_nothing():
    world = make_world()
    deciding(world)
    run = start_run(world.reload(), by=world.secretary, at=LATER)
    world.posts[0].number = ""  # an id the files refuse
    world.posts[0].save()
    run_job.call(run.job_id)
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    run.job.refresh_from_db()
    assert run.job.state == JobState.FAILED
    assert run.bundle is None
    fail_run(run.pk, "再失败一次", at=LATER)
    run.refresh_from_db()
    assert run.failure != "再失败一次"


def test_acceptance_writes_outcomes_with_reasons_and_nothing_before():
    world = make_world(students=5)
    deciding(world)
    run = ran(world)
    accept_run(run, by=world.secretary, at=LATER)
    matches = {m.student_id: m for m in Match.objects.select_related("round_post")}
    assert set(matches) == {s.pk for s in world.students}
    stated = {r["student_id"]: r["post_id"] for r in rows(bundle_of(run)["out/matches.csv"])}
    for match in matches.values():
        number = match.round_post.post.number if match.round_post else ""
        assert stated[match.pseudonym] == number
        preferred = (match.rank or 3) - 1
        assert len(match.reasons) == preferred + 1
        assert all(reason["text"].startswith("没有录取到") for reason in match.reasons[:-1])
    # Nobody was scored, so the grade decides: the two best get the first post, the next two the second.
    ranks = [matches[student.pk].rank for student in world.students]
    assert ranks == [None, 2, 2, 1, 1]
    assert world.reload().state == RoundState.ACCEPTED


def test_acceptance_is_refused_when_the_data_have_changed():
    world = make_world()
    deciding(world)
    run = ran(world)
    for change in (_grade, _capacity, _staff, _limit, _score):
        undo = change(world)
        with pytest.raises(Refused, match="数据已变"):
            accept_run(run, by=world.secretary, at=LATER)
        undo()
    assert not Match.objects.exists()
    accept_run(run, by=world.secretary, at=LATER)


def _kept(row, field, value):
    before = getattr(row, field)
    setattr(row, field, value)
    row.save()

    def undo():
        setattr(row, field, before)
        row.save()

    return undo


def _grade(world):
    return _kept(world.students[0], "grade_points", Decimal("99.00"))


def _capacity(world):
    return _kept(world.seats()[0], "capacity", 1)


def _staff(world):
    return _kept(world.firms[0], "staff_count", 19)


def _limit(world):
    by, at = world.secretary, LATER
    limits = [Limit(QuotaScope.UNIT, 1, unit=world.firms[0])]
    round_ = world.reload()
    set_limits(round_, limits, revision=round_.revision, reason="来函", by=by, at=at)
    return lambda: set_limits(
        world.reload(), [], revision=world.round.revision, reason="更正", by=by, at=at
    )


def _score(world):
    seat = world.seats()[0]
    score = Score.objects.create(
        round_post=seat, student=world.students[0], hundredths=1,
        scored_by=world.recruiters[0].user, scored_at=AT,
    )  # fmt: skip
    return score.delete


def test_accepted_twice_is_refused_with_the_reason():
    world = make_world()
    deciding(world)
    first, second = ran(world), ran(world)
    assert first.problem_digest == second.problem_digest
    accept_run(first, by=world.secretary, at=LATER)
    with pytest.raises(Refused, match="已被采纳"):
        accept_run(first, by=world.secretary, at=LATER)
    with pytest.raises(Refused, match="已审定"):
        accept_run(second, by=world.secretary, at=LATER)
    assert Match.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_accepted_from_two_connections_at_once():
    world = make_world()
    deciding(world)
    runs = [ran(world), ran(world)]
    barrier, answers = threading.Barrier(2), []

    def accept(run):
        try:
            barrier.wait(timeout=20)
            answers.append(accept_run(run, by=world.secretary, at=LATER))
        except Refused as refusal:
            answers.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=accept, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    won = [a for a in answers if isinstance(a, Round)]
    lost = [a for a in answers if isinstance(a, Refused)]
    assert (len(won), len(lost)) == (1, 1)
    assert lost[0].reason
    assert Run.objects.filter(state=RunState.ACCEPTED).count() == 1
    assert Match.objects.count() == 3


def test_only_the_secretariat_runs_accepts_undoes_and_publishes():
    world = make_world()
    deciding(world)
    run = ran(world)
    others = (world.teachers[0], world.recruiters[0], world.actor(0), make_world().secretary)
    for other in others:
        with pytest.raises(Refused):
            start_run(world.round, by=other, at=LATER)
        with pytest.raises(Refused):
            accept_run(run, by=other, at=LATER)
    accept_run(run, by=world.secretary, at=LATER)
    for other in others:
        with pytest.raises(Refused):
            undo_accept(world.reload(), reason="x", by=other, at=LATER)
        with pytest.raises(Refused):
            publish_round(world.reload(), by=other, at=LATER)


def test_acceptance_can_be_undone_until_publication():
    world = make_world()
    deciding(world)
    run = ran(world)
    accept_run(run, by=world.secretary, at=LATER)
    undo_accept(world.reload(), reason="有异议", by=world.secretary, at=LATER)
    assert not Match.objects.exists()
    run.refresh_from_db()
    assert (run.state, world.reload().state) == (RunState.DONE, RoundState.DECIDING)
    accept_run(run, by=world.secretary, at=LATER)
    publish_round(world.reload(), by=world.secretary, at=LATER)
    with pytest.raises(Refused, match="已公布"):
        undo_accept(world.reload(), reason="有异议", by=world.secretary, at=LATER)


def test_publication_tells_everybody_and_marks_the_posts(django_capture_on_commit_callbacks):
    world = make_world()
    deciding(world)
    accept_run(ran(world), by=world.secretary, at=LATER)
    with django_capture_on_commit_callbacks(execute=True):
        publish_round(world.reload(), by=world.secretary, at=LATER)
    assert world.reload().published_at == LATER
    told = set(Notice.objects.filter(text__contains="已公布").values_list("user", flat=True))
    people = [*world.teachers, *world.recruiters, *(world.actor(i) for i in range(3))]
    assert {person.pk for person in people} <= told
    states = []
    for post in world.posts:
        post.refresh_from_db()
        states.append(post.state)
    assert states == [ListingState.MATCHED, ListingState.MATCHED, ListingState.PUBLISHED]
    match = Match.objects.filter(round_post__isnull=False).first()
    assert looked_up(world.round, match.pseudonym) == match


def test_the_bundle_leaks_no_person():
    world = make_world()
    deciding(world)
    text = "".join(bundle_of(ran(world)).values())
    for student in world.students:
        for secret in (student.name, student.student_number, str(student.birth_date), "2006"):
            assert secret not in text
        assert student.user.username not in text
    ids = {row["student_id"] for row in rows(bundle_of(Run.objects.get())["in/students.csv"])}
    assert len(ids) == 3
    assert all(len(x) == 10 for x in ids)


def test_pseudonyms_differ_between_rounds_and_hang_on_the_secret(settings):
    from chanjiao.matching.pseudonyms import pseudonyms

    one = pseudonyms("secret", "a", range(2000))
    assert one == pseudonyms("secret", "a", reversed(range(2000)))
    assert len(set(one.values())) == 2000
    for other in (pseudonyms("secret", "b", range(2000)), pseudonyms("other", "a", range(2000))):
        assert not set(one.values()) & set(other.values())


def test_a_stranger_verifies_the_bundle_without_database_or_settings(tmp_path):
    world = make_world(students=5)
    deciding(world)
    for name, text in bundle_of(ran(world)).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    command = [sys.executable, "-m", "chanjiao.matching.commands", "verify-match", "in", "out"]
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("DJANGO", "CHANJIAO", "DATABASE"))
    }
    environment["PYTHONPATH"] = str(SRC)
    check = lambda: subprocess.run(  # noqa: E731
        command, cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    done = check()
    assert done.returncode == 0, done.stdout + done.stderr
    matches = tmp_path / "out" / "matches.csv"
    altered = rows(matches.read_text())
    swapped = matches.read_text().replace(altered[0]["post_id"] or "RC-", "RC-X", 1)
    matches.write_text(swapped)
    assert check().returncode in {1, 2}


def test_replay_gives_the_same_and_notices_what_is_not(capsys):
    from chanjiao.cli import main

    world = make_world(students=5)
    deciding(world)
    run = ran(world)
    assert replay_run(run).same
    world.students[0].grade_points = Decimal("1")
    world.students[0].save()
    assert replay_run(run).same
    run.seed = str(int(run.seed) + 1)
    assert not replay_run(run).same
    run.problem_digest = "0" * 64
    assert "输入指纹与保存的不同。" in replay_run(run).differences
    assert main(["replay", "999999"]) == 2
    assert main(["replay", str(run.pk)]) == 0
    assert "完全相同" in capsys.readouterr().out


def test_the_law_caps_a_unit_and_a_kind_and_counts_who_is_there_already():
    world = make_world(students=4, staff=20)
    world.posts[0].same_post_staff = 5
    world.posts[0].save()
    deciding(world)
    run = ran(world)
    quotas = {(q["scope"], q["name"], q["occupation"]): q for q in run.statistics["quotas"]}
    unit = quotas["unit", world.firms[0].name, ""]
    kind = quotas["kind", world.firms[0].name, "6-18-01-01"]
    assert (unit["legal"], unit["filled"]) == (2, 2)
    assert (kind["legal"], kind["filled"]) == (1, 1)
    accept_run(run, by=world.secretary, at=LATER)
    publish_round(world.reload(), by=world.secretary, at=LATER)

    for post in world.posts:
        post.state = ListingState.PUBLISHED
        post.save()
    deciding(world)
    later = ran(world)
    quotas = {(q["scope"], q["name"], q["occupation"]): q for q in later.statistics["quotas"]}
    unit = quotas["unit", world.firms[0].name, ""]
    assert (unit["legal"], unit["placed"], unit["capacity"], unit["filled"]) == (2, 2, 0, 0)
    assert later.statistics["matched"] == 0


def test_posts_at_another_time_do_not_count():
    world = make_world(students=2, staff=20)
    deciding(world)
    accept_run(ran(world), by=world.secretary, at=LATER)
    publish_round(world.reload(), by=world.secretary, at=LATER)
    for post in world.posts:
        post.state, post.starts_on = ListingState.PUBLISHED, date(2027, 8, 31)
        post.ends_on = date(2027, 12, 31)
        post.save()
    # The placed posts are the same rows here, so move the new round to posts of its own time.
    deciding(world)
    run = ran(world)
    assert all(q["placed"] in {0, 2} for q in run.statistics["quotas"])


def test_ineligible_choices_carry_their_reason():
    world = make_world(students=2)
    world.students[0].birth_date = date(2012, 1, 1)
    world.students[0].save()
    deciding(world)
    run = ran(world)
    assert run.statistics["ineligible"] == 2
    listed = rows(bundle_of(run)["in/ineligible.csv"])
    assert {row["code"] for row in listed} == {"age_under_16"}
    accept_run(run, by=world.secretary, at=LATER)
    match = Match.objects.get(student=world.students[0])
    assert match.round_post is None
    assert "未满 16 周岁" in match.reasons[0]["text"]


def test_without_a_choice_one_is_told_so():
    world = make_world()
    opened(world)
    choose(world, 0, 0)
    world.round.state = RoundState.DECIDING
    world.round.save()
    accept_run(ran(world), by=world.secretary, at=LATER)
    match = Match.objects.get(student=world.students[1])
    assert match.reasons == [
        {"post": None, "reason": "no_choices", "text": "没有录取：没有填报志愿。"}
    ]


def test_who_downloads_a_bundle():
    world = make_world()
    deciding(world)
    run = ran(world)
    everybody = (None, world.teachers[0], world.recruiters[0], world.actor(0))
    assert rules.may_download_bundle(world.secretary, run)
    assert not any(rules.may_download_bundle(a, run) for a in everybody)
    accept_run(run, by=world.secretary, at=LATER)
    run = Run.objects.select_related("round__consortium").get(pk=run.pk)
    assert not any(rules.may_download_bundle(a, run) for a in everybody)
    publish_round(world.reload(), by=world.secretary, at=LATER)
    run = Run.objects.select_related("round__consortium").get(pk=run.pk)
    assert all(rules.may_download_bundle(a, run) for a in everybody)


def test_a_conflict_is_a_refusal():
    assert issubclass(Conflict, Refused)


def test_scoring_world_has_all_applications():
    world = make_world()
    assert scoring(world).posts.count() == 3
