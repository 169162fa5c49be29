"""The secretariat's pages, from the plan to publication, and the public page after it."""

import pytest
from django.urls import reverse

from chanjiao.jobs.tasks import run_job
from chanjiao.matching.enums import QuotaScope, RoundState, RunState
from chanjiao.matching.models import Match, Round, Run
from chanjiao.matching.plan import Limit, Seat, plan_of
from chanjiao.matching.runs import accept_run, publish_round, start_run
from tests.matching.world import (
    CLOSES,
    SCORES_DUE,
    deciding,
    drafted,
    in_state,
    make_world,
    scoring,
)
from tests.web.rounds.pages import get, post, queries, text

COSTS = (17, 13)
pytestmark = pytest.mark.django_db


def form_of(page) -> dict:
    """The values a browser would send back from the plan's page."""
    parts = page.context["parts"]
    data = {}
    for form in (parts.rules, *parts.seats, *parts.reserved, *parts.limits):
        for field in form:
            value = field.value()
            if value is None or value is False or value == "":
                continue
            shown = (
                field.field.widget.format_value(value)
                if not isinstance(value, list | bool)
                else value
            )
            if isinstance(shown, list) and not isinstance(value, list):
                shown = shown[0]
            data[field.html_name] = "on" if value is True else shown
    for name in ("seats", "reserved", "limits"):
        management = getattr(parts, name).management_form
        data |= {field.html_name: field.value() for field in management}
    return data


def detail(world):
    return reverse("desk:round_detail", args=[world.round.pk])


def step(world, name, actor=None, at=SCORES_DUE, **data):
    address = reverse("desk:round_step", args=[world.round.pk, name])
    return post(actor or world.secretary, address, data, at=at)


def ran(world) -> Run:
    run = start_run(world.reload(), by=world.secretary, at=SCORES_DUE)
    run_job.call(run.job_id)
    return Run.objects.select_related("round__consortium").get(pk=run.pk)


def test_a_round_is_planned_on_one_page():
    world = make_world()
    address = reverse("desk:round_new")
    data = form_of(get(world.secretary, address))
    assert data["unit_percent"] == "10"
    data |= {
        "title": "秋季实习", "opens_at": "2026-11-23T08:00", "closes_at": "2026-11-30T18:00",
        "scores_due_at": "2026-12-05T18:00", "publish_on": "2026-12-08",
        "cohorts": [c.pk for c in world.cohorts], "seats-0-take": "on", "seats-0-capacity": "1",
        "seats-2-take": "on", "reserved-0-post": str(world.posts[0].pk),
        "reserved-0-cohort": str(world.cohorts[0].pk), "reserved-0-capacity": "1",
        "limits-0-target": f"unit:{world.firms[0].pk}", "limits-0-capacity": "2",
        "limits-1-target": f"post:{world.posts[0].pk}", "limits-1-capacity": "1",
        "limits-1-school": str(world.schools[0].pk),
    }  # fmt: skip
    answer = post(world.secretary, address, data)
    assert answer.status_code == 302, answer.context["form"].errors
    world.round = Round.objects.get()
    plan = plan_of(world.round)
    seats = {(s.post.title, s.capacity, s.reserved_for) for s in plan.seats}
    by_title = {p.title: p for p in world.posts}
    assert ("数控车工", 1, world.cohorts[0]) in seats
    assert len(seats) == 3
    assert {x.scope for x in plan.limits} == {QuotaScope.UNIT, QuotaScope.SCHOOL_AT_POST}
    assert by_title
    again = reverse("desk:round_edit", args=[world.round.pk])
    data = form_of(get(world.secretary, again))
    assert post(world.secretary, again, data).status_code == 302
    assert {str(x) for x in plan_of(world.reload()).limits} == {str(x) for x in plan.limits}
    assert {(s.post, s.capacity, s.reserved_for) for s in plan_of(world.round).seats} == {
        (s.post, s.capacity, s.reserved_for) for s in plan.seats
    }
    stale = post(world.secretary, again, data)
    assert stale.status_code == 409
    assert "已被他人修改" in text(stale)


def test_a_wrong_plan_stays_as_typed():
    world = make_world()
    drafted(world)
    address = reverse("desk:round_edit", args=[world.round.pk])
    data = form_of(get(world.secretary, address)) | {"weight_unit": "70", "title": "改过的名称"}
    answer = post(world.secretary, address, data)
    assert answer.status_code == 422
    assert "权重之和应为 100" in text(answer)
    assert "改过的名称" in text(answer)
    data = form_of(get(world.secretary, address)) | {"limits-0-target": f"unit:{world.firms[0].pk}"}
    assert "请填全范围和上限" in text(post(world.secretary, address, data))


@pytest.mark.parametrize("state", list(RoundState))
def test_the_rounds_page_in_every_state(state):
    world = make_world()
    in_state(world, state)
    page = get(world.secretary, detail(world))
    assert page.status_code == 200
    assert get(world.secretary, reverse("desk:round_list")).status_code == 200
    for name in ("round_edit", "round_limits", "round_reopen"):
        assert (
            get(world.secretary, reverse(f"desk:{name}", args=[world.round.pk])).status_code == 200
        )


def test_a_draft_says_what_to_look_at():
    world = make_world(students=5, staff=5)
    world.posts[2].shift = "night"
    world.posts[2].save()
    drafted(world, seats=[Seat(p, 1) for p in world.posts])
    page = text(get(world.secretary, detail(world)))
    for part in ("没有一名学生符合条件", "可接收人数为 0", "至少 2 人无法录取"):
        assert part in page


def test_from_opening_to_publication_by_buttons(django_capture_on_commit_callbacks):
    world = make_world()
    scoring(world)
    assert step(world, "close-scoring").status_code == 302
    with django_capture_on_commit_callbacks(execute=True):
        answer = step(world, "run")
    run = Run.objects.get()
    address = reverse("desk:run_detail", args=[world.round.pk, run.pk])
    assert answer.url == address
    page = text(get(world.secretary, address))
    for part in ("3 人中 3 人录取", "名额使用", "审定这次结果", "没有企业评分", run.problem_digest):
        assert part in page
    assert world.reload().seed not in page
    accept = reverse("desk:run_accept", args=[world.round.pk, run.pk])
    assert "请确认" in text(get(world.secretary, accept))
    assert not Match.objects.exists()
    assert post(world.secretary, accept).status_code == 302
    twice = post(world.secretary, accept)
    assert twice.status_code == 422
    assert "已被采纳" in text(twice)
    assert "完全相同" in text(
        get(world.secretary, reverse("desk:run_replay", args=[world.round.pk, run.pk]))
    )
    bundle = get(world.secretary, reverse("desk:run_bundle", args=[world.round.pk, run.pk]))
    assert b"".join(bundle.streaming_content)[:2] == b"PK"
    assert step(world, "publish").status_code == 302
    assert world.reload().state == RoundState.PUBLISHED
    assert world.round.seed in text(get(None, reverse("portal:round", args=[world.round.code])))


def test_a_step_at_the_wrong_time_is_refused_with_its_reason():
    world = make_world()
    drafted(world)
    assert "种子承诺" not in text(get(world.secretary, detail(world)))
    assert step(world, "open", at=CLOSES, revision=1).status_code == 422
    assert step(world, "run").status_code == 422
    assert step(world, "nonsense").status_code == 404
    assert step(world, "cancel").status_code == 422
    assert step(world, "cancel", reason="停办").status_code == 302
    opened = make_world()
    drafted(opened)
    assert step(opened, "open", at=opened.round.opens_at, revision=1).status_code == 302
    assert 0 <= int(opened.reload().seed) < 2**63
    assert opened.round.seed_commitment in text(get(opened.secretary, detail(opened)))
    assert opened.round.seed not in text(get(opened.secretary, detail(opened)))


def test_reopening_by_form():
    world = make_world()
    scoring(world)
    address = reverse("desk:round_reopen", args=[world.round.pk])
    data = {"closes_at": "2026-12-20T18:00", "scores_due_at": "2026-12-21T18:00", "reason": "补报"}
    assert post(world.secretary, address, data | {"reason": ""}).status_code == 422
    assert post(world.secretary, address, data).status_code == 302
    assert world.reload().state == RoundState.CHOOSING


def test_two_runs_beside_each_other_after_a_new_cap():
    world = make_world()
    deciding(world)
    first = ran(world)
    address = reverse("desk:round_limits", args=[world.round.pk])
    data = {
        "limits-TOTAL_FORMS": 1, "limits-INITIAL_FORMS": 0, "reason": "企业来函",
        "revision": world.reload().revision, "limits-0-target": f"unit:{world.firms[0].pk}",
        "limits-0-capacity": "1",
    }  # fmt: skip
    assert post(world.secretary, address, data | {"reason": ""}, at=SCORES_DUE).status_code == 422
    assert post(world.secretary, address, data, at=SCORES_DUE).status_code == 302
    second = ran(world)
    compare = reverse("desk:run_compare", args=[world.round.pk])
    page = text(get(world.secretary, compare, a=first.pk, b=second.pk))
    for part in ("输入不同", "3 / 10", "1 / 1", "上限：示例机床厂A"):
        assert part in page
    assert get(world.secretary, compare, a=first.pk, b="x").status_code == 404
    accept = reverse("desk:run_accept", args=[world.round.pk, first.pk])
    stale = post(world.secretary, accept)
    assert "数据已变" in text(stale)


def test_own_limits_stay_on_the_form():
    world = make_world()
    limits = [Limit(QuotaScope.KIND, 2, unit=world.firms[0], occupation_code="6-18-01-01")]
    drafted(world, limits=limits)
    page = text(get(world.secretary, reverse("desk:round_limits", args=[world.round.pk])))
    assert f'value="kind:{world.firms[0].pk}:6-18-01-01" selected' in page


def test_nobody_but_the_secretariat_gets_in():
    world, other = make_world(), make_world()
    deciding(world)
    run = ran(world)
    pages = [
        detail(world), reverse("desk:run_detail", args=[world.round.pk, run.pk]),
        reverse("desk:run_bundle", args=[world.round.pk, run.pk]),
        reverse("desk:run_accept", args=[world.round.pk, run.pk]),
        reverse("desk:run_replay", args=[world.round.pk, run.pk]),
        reverse("desk:round_limits", args=[world.round.pk]),
        reverse("desk:round_edit", args=[world.round.pk]),
    ]  # fmt: skip
    for address in pages:
        assert get(None, address).status_code == 302
        for actor in (other.secretary, world.teachers[0], world.recruiters[0], world.actor(0)):
            assert get(actor, address).status_code == 404
            assert post(actor, address).status_code in {404, 405}
    for actor in (other.secretary, world.teachers[0], world.actor(0)):
        assert step(world, "cancel", actor=actor, reason="x").status_code == 404
    portal = reverse("portal:round", args=[world.round.code])
    for actor in (None, world.secretary, world.actor(0)):
        assert get(actor, portal).status_code == 404


def test_the_public_page_names_nobody_and_answers_to_the_public_id():
    world = make_world(students=5)
    deciding(world)
    accept_run(ran(world), by=world.secretary, at=SCORES_DUE)
    publish_round(world.reload(), by=world.secretary, at=SCORES_DUE)
    address = reverse("portal:round", args=[world.round.code])
    match = Match.objects.filter(round_post=None).get()
    page = text(get(None, address, id=match.pseudonym.lower()))
    for reason in match.reasons:
        assert reason["text"] in page
    for part in (world.round.seed, world.round.seed_commitment, "verify-match", "5 人中 4 人录取"):
        assert part in page
    assert not any(s.name in page or s.student_number in page for s in world.students)
    assert "没有这个编号" in text(get(None, address, id="NOBODY"))
    bundle = get(None, reverse("portal:round_bundle", args=[world.round.code]))
    assert b"".join(bundle.streaming_content)[:2] == b"PK"
    assert world.round.title in text(get(None, reverse("portal:round_list")))
    sent = get(None, address, chart="ranks")
    assert "第 1 志愿" in b"".join(sent.streaming_content).decode("utf-8-sig")
    for actor, name in (
        (
            world.recruiters[0],
            reverse("member:round_score", args=[world.round.pk, world.seats()[0].pk]),
        ),
        (
            world.teachers[0],
            reverse("member:round_student", args=[world.round.pk, world.students[0].pk]),
        ),
        (world.actor(0), reverse("student:result", args=[world.round.pk])),
    ):
        assert get(actor, name).status_code == 200


def test_a_run_whose_worker_died_says_so():
    world = make_world()
    deciding(world)
    run = start_run(world.reload(), by=world.secretary, at=SCORES_DUE)
    run.job.state = "lost"
    run.job.save()
    page = text(get(world.secretary, reverse("desk:run_detail", args=[world.round.pk, run.pk])))
    assert "处理中断" in page
    assert "中断" in text(get(world.secretary, detail(world)))
    assert run.state == RunState.QUEUED


def test_queries_do_not_grow_with_rows():
    costs = []
    for count in (1, 3):
        world = make_world(students=count)
        deciding(world, seats=[Seat(p, 1) for p in world.posts[: max(2, count)]])
        runs = [ran(world) for _ in range(count)]
        run_page = reverse("desk:run_detail", args=[world.round.pk, runs[0].pk])
        costs.append((queries(world.secretary, detail(world)), queries(world.secretary, run_page)))
    assert costs == [COSTS, COSTS]
