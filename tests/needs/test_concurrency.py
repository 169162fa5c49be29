"""Several people at once: numbers are given once, and of two edits one is refused."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from chanjiao.kernel.verdict import Refused
from chanjiao.needs.actions import update_listing
from chanjiao.needs.models import Post
from chanjiao.sheets.actions import commit_import
from chanjiao.sheets.models import Import
from tests.needs.world import POST, make_post, make_world, upload_rows
from tests.people.world import AT

pytestmark = pytest.mark.django_db(transaction=True)


def together(count, act):
    """The outcome of each of `count` threads that begin at the same moment."""
    start = Barrier(count)

    def run(index):
        try:
            start.wait(timeout=20)
            return act(index)
        except Refused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_numbers_are_given_once():
    world = make_world()
    numbers = {row.number for row in together(4, lambda _: make_post(world))}
    assert numbers == {f"RC-2026Q4-000{n}" for n in (1, 2, 3, 4)}


def test_of_two_edits_of_one_row_one_is_refused():
    world = make_world()
    row = make_post(world)

    def edit(index):
        update_listing(row, {"headcount": 10 + index}, revision=1, by=world.recruiter, at=AT)
        return index

    done = together(2, edit)
    winner = next(index for index in done if isinstance(index, int))
    assert sum(isinstance(outcome, Refused) for outcome in done) == 1
    assert Post.objects.get().headcount == 10 + winner


def test_of_two_commits_of_one_import_one_is_refused(django_capture_on_commit_callbacks):
    world = make_world()
    made = upload_rows(
        "posts", world, world.recruiter, world.firm, [POST], django_capture_on_commit_callbacks
    )
    assert made.state == "checked", made.report

    def commit(_):
        return commit_import(Import.objects.get(pk=made.pk), by=world.recruiter, at=AT).pk

    done = together(2, commit)
    assert sum(isinstance(outcome, Refused) for outcome in done) == 1
    assert Post.objects.count() == 1
