"""From an uploaded workbook to rows: dry run, all or nothing, good rows, killed, again."""

import io
from datetime import timedelta

import openpyxl
import pytest

from chanjiao.jobs.actions import claim_job, reap_jobs
from chanjiao.jobs.enums import JobState
from chanjiao.jobs.models import Job
from chanjiao.jobs.tasks import run_job
from chanjiao.kernel.verdict import Refused
from chanjiao.needs.actions import submit_listing, update_listing
from chanjiao.needs.enums import ListingState
from chanjiao.needs.models import Post
from chanjiao.sheets.actions import abandon_import, commit_import
from chanjiao.sheets.enums import ImportState
from chanjiao.sheets.queries import visible_to
from chanjiao.trail.models import Entry
from tests.needs.world import (
    POST,
    exported_rows,
    make_post,
    make_world,
    upload_bytes,
    upload_rows,
    workbook,
)
from tests.people.world import AT

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    return django_capture_on_commit_callbacks


def commit(import_, actor, commits, mode="all"):
    with commits(execute=True):
        commit_import(import_, mode=mode, by=actor, at=AT)
    import_.refresh_from_db()
    return import_


def places(import_):
    return [(p["row"], p["title"], p["code"]) for p in import_.report["problems"]]


def test_a_good_file_is_checked_then_written(world, commits):
    rows = [POST | {"title": f"岗位{n}"} for n in range(3)]
    made = upload_rows("posts", world, world.recruiter, world.firm, rows, commits)
    assert made.state == ImportState.CHECKED
    assert made.report["rows"] == made.report["good"] == 3
    assert Post.objects.count() == 0
    commit(made, world.recruiter, commits)
    assert made.state == ImportState.DONE
    posts = list(Post.objects.order_by("number"))
    assert [p.number for p in posts] == [f"RC-2026Q4-000{n}" for n in (1, 2, 3)]
    assert {p.state for p in posts} == {ListingState.DRAFT}
    assert posts[0].wage_fen == 420_000 and posts[0].major_codes == ["460103", "460104"]
    entry = Entry.objects.get(action="sheets.write")
    assert entry.data["created"] == 3 and entry.data["sha256"] == made.file.digest


def test_the_dry_run_reports_every_problem_with_its_place(world, commits):
    rows = [
        POST,
        POST | {"occupation_code": "6-18-01-77", "wage_fen": 100_000, "title": ""},
        POST | {"ends_on": POST["starts_on"], "minimum": 9, "number": "RC-2020Q1-0001"},
        POST | {"same_post_staff": 61},
    ]
    made = upload_rows("posts", world, world.recruiter, world.firm, rows, commits)
    assert places(made) == [
        (5, "名称", "required"),
        (5, "职业代码", "unknown_code"),
        (5, "月报酬", "wage_floor"),
        (6, "编号", "unknown_number"),
        (7, "同类岗位职工数", "same_post_staff"),
    ]
    assert (made.report["good"], made.report["bad"], made.report["problem_count"]) == (1, 3, 5)
    wrong = made.report["problems"][1]
    assert wrong["column"] == "F" and wrong["value"] == "6-18-01-77"
    assert "车工（6-18-01-01）" in wrong["advice"]


@pytest.mark.parametrize("sign", ["\uff0c", "\u3001", ",", "\uff1b", ";"])
def test_lists_in_a_cell_take_every_separator_people_type(world, commits, sign):
    content = workbook("posts", world, world.recruiter, world.firm, [POST])
    book = openpyxl.load_workbook(content)
    sheet = book["人才需求清单"]
    place = [cell.value for cell in sheet[3]].index("需求专业代码") + 1
    sheet.cell(4, place).value = f"460103{sign}机械制造及自动化"
    typed = io.BytesIO()
    book.save(typed)
    made = upload_bytes("posts", world, world.recruiter, world.firm, typed, commits)
    commit(made, world.recruiter, commits)
    assert Post.objects.get().major_codes == ["460103", "460104"]


def test_all_or_nothing(world, commits):
    made = upload_rows(
        "posts", world, world.recruiter, world.firm, [POST, POST | {"headcount": None}], commits
    )
    with pytest.raises(Refused, match="还有 1 行有问题"):
        commit_import(made, mode="all", by=world.recruiter, at=AT)
    assert Post.objects.count() == 0


def test_good_rows_go_in_and_the_rest_comes_back_mendable(world, commits):
    rows = [POST | {"title": "好"}, POST | {"title": "坏", "occupation_code": "6-18-01-77"}]
    made = upload_rows("posts", world, world.recruiter, world.firm, rows, commits)
    commit(made, world.recruiter, commits, mode="good")
    assert list(Post.objects.values_list("title", flat=True)) == ["好"]
    with made.returned.file.open() as stored:
        book = openpyxl.load_workbook(io.BytesIO(stored.read()))
    sheet = book["人才需求清单"]
    header = [cell.value for cell in sheet[3]]
    reason = sheet.cell(4, header.index("退回原因") + 1).value
    assert "职业代码" in reason and sheet.cell(4, header.index("名称*") + 1).value == "坏"
    sheet.cell(4, header.index("职业代码*") + 1).value = "6-18-01-01"
    mended = io.BytesIO()
    book.save(mended)
    mended.seek(0)
    again = upload_bytes("posts", world, world.recruiter, world.firm, mended, commits)
    assert again.report["problems"] == []
    commit(again, world.recruiter, commits)
    assert sorted(Post.objects.values_list("title", flat=True)) == ["坏", "好"]


def test_an_export_comes_back_and_changes_nothing(world, commits):
    shown = make_post(world)
    submit_listing(shown, by=world.recruiter, at=AT)
    make_post(world, title="第二", hazards=["noise", "heat"], note="a;b")
    before = list(Post.objects.order_by("pk").values())
    rows = exported_rows("posts", world, world.recruiter, world.firm)
    made = upload_rows("posts", world, world.recruiter, world.firm, rows, commits)
    assert made.report["problems"] == []
    commit(made, world.recruiter, commits)
    assert made.report["written"] == {"created": 0, "updated": 0, "unchanged": 2}
    assert list(Post.objects.order_by("pk").values()) == before


def test_an_edited_export_updates_only_what_may_be_edited(world, commits):
    make_post(world, title="草稿")
    sent = make_post(world, title="已提交")
    submit_listing(sent, by=world.recruiter, at=AT)
    rows = exported_rows("posts", world, world.recruiter, world.firm)
    for row in rows:
        row["headcount"] = 8
    made = upload_rows("posts", world, world.recruiter, world.firm, rows, commits)
    assert places(made) == [(5, "编号", "not_editable")]
    assert "请先撤回" in made.report["problems"][0]["message"]
    commit(made, world.recruiter, commits, mode="good")
    assert dict(Post.objects.values_list("title", "headcount")) == {"草稿": 8, "已提交": 6}
    assert Post.objects.get(title="草稿").revision == 2


def test_the_secretariat_imports_for_its_members(world, commits):
    rows = [
        POST | {"unit_name": "示例机床厂"},
        POST | {"unit_code": world.other.credit_code, "title": "电机装配"},
        POST | {"unit_name": "外地工厂"},
        POST | {},
        POST | {"unit_code": world.other.credit_code, "unit_name": "示例机床厂"},
    ]
    made = upload_rows("posts", world, world.office, None, rows, commits)
    assert places(made) == [(row, "统一社会信用代码", "unit") for row in (6, 7, 8)]
    commit(made, world.office, commits, mode="good")
    posts = {post.unit_id: post for post in Post.objects.order_by("pk")}
    assert set(posts) == {world.firm.pk, world.other.pk}
    assert all(p.state == ListingState.SUBMITTED and p.entered_by_office for p in posts.values())


def test_a_unit_cannot_reach_another_units_rows_by_number(world, commits):
    theirs = make_post(world)
    rows = [POST | {"number": theirs.number, "headcount": 1}]
    made = upload_rows("posts", world, world.rival, world.other, rows, commits)
    assert places(made) == [(4, "编号", "unknown_number")]


def test_nobody_uploads_or_sees_for_another_unit(world, commits):
    made = upload_rows("posts", world, world.recruiter, world.firm, [POST], commits)
    with pytest.raises(Refused):
        upload_rows("posts", world, world.rival, world.firm, [POST], commits)
    with pytest.raises(Refused):
        commit_import(made, by=world.rival, at=AT)
    assert list(visible_to(world.recruiter)) == [made]
    for actor in (world.rival, world.office, world.outsider, world.stranger, None):
        assert not visible_to(actor).exists()


def test_the_same_import_is_not_written_twice(world, commits):
    made = upload_rows("posts", world, world.recruiter, world.firm, [POST], commits)
    commit(made, world.recruiter, commits)
    with pytest.raises(Refused, match="已导入"):
        commit_import(made, by=world.recruiter, at=AT)
    run_job.func(made.job_id)
    assert Post.objects.count() == 1


def test_an_abandoned_import_is_over(world, commits):
    made = upload_rows("posts", world, world.recruiter, world.firm, [POST], commits)
    abandon_import(made, by=world.recruiter, at=AT)
    with pytest.raises(Refused, match="已放弃"):
        commit_import(made, by=world.recruiter, at=AT)


def test_a_failure_in_the_middle_leaves_nothing_and_may_be_tried_again(world, commits, monkeypatch):
    made = upload_rows("posts", world, world.recruiter, world.firm, [POST] * 3, commits)

    with monkeypatch.context() as patch:  # after the rows, before the end of the transaction
        patch.setattr("chanjiao.sheets.actions.record", _recorded_unless("sheets.write"))
        patch.setattr("chanjiao.sheets.tasks.note_failure", lambda *args, **kwargs: None)
        with commits(execute=True):
            commit_import(made, by=world.recruiter, at=AT)
    made.refresh_from_db()
    assert Post.objects.count() == 0
    assert made.state == ImportState.WRITING and made.job.state == JobState.FAILED
    assert made.is_stuck
    commit(made, world.recruiter, commits)
    assert made.state == ImportState.DONE and Post.objects.count() == 3


def _recorded_unless(action):
    from chanjiao.trail.actions import record

    def recording(verb, *args, **kwargs):
        if verb == action:
            raise RuntimeError("the machine stopped")
        return record(verb, *args, **kwargs)

    return recording


def test_a_silent_worker_is_taken_over_and_writes_once(world, commits):
    made = upload_rows("posts", world, world.recruiter, world.firm, [POST], commits)
    commit_import(made, by=world.recruiter, at=AT)  # nobody runs it: callbacks are not executed
    made.refresh_from_db()
    assert claim_job(made.job_id, at=AT) is not None  # a worker took it and was killed
    later = AT + timedelta(minutes=5)
    with commits(execute=True):
        reaped = reap_jobs(at=later, lost_after=timedelta(minutes=1))
    assert [job.pk for job in reaped] == [made.job_id]
    made.refresh_from_db()
    assert made.state == ImportState.DONE and Post.objects.count() == 1
    assert Job.objects.get(pk=made.job_id).state == JobState.DONE


def test_what_changed_between_dry_run_and_writing_is_checked_again(world, commits):
    row = make_post(world)
    rows = exported_rows("posts", world, world.recruiter, world.firm)
    rows[0]["headcount"] = 9
    made = upload_rows("posts", world, world.recruiter, world.firm, rows, commits)
    submit_listing(row, by=world.recruiter, at=AT)
    commit(made, world.recruiter, commits)
    assert made.state == ImportState.CHECKED
    assert places(made) == [(4, "编号", "not_editable")]
    assert made.job.state == JobState.FAILED and "没有写入任何数据" in made.job.message
    assert Post.objects.get().headcount == 6


def test_an_edit_during_the_writing_is_not_lost(world, commits, monkeypatch):
    row = make_post(world)
    rows = exported_rows("posts", world, world.recruiter, world.firm)
    rows[0]["headcount"] = 9
    made = upload_rows("posts", world, world.recruiter, world.firm, rows, commits)
    from chanjiao.sheets import tasks

    write = tasks.write_rows

    def edited_first(*args, **kwargs):
        update_listing(row, {"place": "新址"}, revision=1, by=world.recruiter, at=AT)
        return write(*args, **kwargs)

    monkeypatch.setattr(tasks, "write_rows", edited_first)
    commit(made, world.recruiter, commits)
    row.refresh_from_db()
    assert (row.headcount, row.place) == (6, "新址")
    assert made.state == ImportState.CHECKED and "有人修改了" in made.job.message


def test_a_hostile_file_is_refused_with_advice(world, commits):
    made = upload_bytes(
        "posts",
        world,
        world.recruiter,
        world.firm,
        io.BytesIO(b"MZ\x90\x00 not a workbook"),
        commits,
    )
    assert made.state == ImportState.REFUSED
    assert made.report["refused"] and made.report["advice"]


def test_an_empty_or_a_too_large_file_is_refused_at_once(world, commits, settings):
    with pytest.raises(Refused, match="空"):
        upload_bytes("posts", world, world.recruiter, world.firm, io.BytesIO(b""), commits)
    settings.UPLOAD_LIMIT_BYTES = 10
    with pytest.raises(Refused, match="超过上限"):
        upload_bytes("posts", world, world.recruiter, world.firm, io.BytesIO(b"x" * 11), commits)
