"""What is opened is what was seen; what is published names nobody; what is stored is one's own."""

import stat
import subprocess
import sys

import pytest
from django.urls import reverse

from chanjiao.matching.actions import edit_round
from chanjiao.matching.bridge import FEWEST_ALIKE, tables_of
from chanjiao.matching.enums import RoundState
from chanjiao.matching.solving import digest_of
from tests.matching.world import (
    AT,
    drafted,
    make_cohort,
    make_student,
    make_world,
    opened,
    plan_for,
)
from tests.web.rounds.pages import get, post


@pytest.mark.django_db
def test_a_plan_that_somebody_changed_meanwhile_is_not_opened_unseen():
    world = make_world()
    round_ = drafted(world)
    shown = get(world.secretary, reverse("desk:round_detail", args=[round_.pk])).content.decode()
    assert f'name="revision" value="{round_.revision}"' in shown
    edit_round(round_, plan_for(world, max_choices=2), revision=1, by=world.secretary, at=AT)
    step = reverse("desk:round_step", args=[round_.pk, "open"])
    assert post(world.secretary, step, {"revision": "1"}).status_code == 409
    assert post(world.secretary, step).status_code == 409
    assert world.reload().state == RoundState.DRAFT
    assert post(world.secretary, step, {"revision": "2"}).status_code == 302


@pytest.mark.django_db
def test_a_rare_major_is_not_published():
    """Five alike keep their code; three and two of one 大类 share it; one alone has nothing."""
    world = make_world(students=0)
    school = world.schools[0]
    sizes = {"460102": FEWEST_ALIKE, "510202": 3, "510203": 2, "660302": 1}
    world.cohorts = [make_cohort(world.consortium, school, major_code=code) for code in sizes]
    for cohort in world.cohorts:
        for index in range(sizes[cohort.major_code]):
            make_student(cohort, index)
    tables = tables_of(opened(world))
    header, *rows = tables.files["students.csv"]
    shown = sorted(row[header.index("major_code")] for row in rows)
    assert shown == ["", *["460102"] * 5, *["51"] * 5]
    whole = [(*row[:2], "460102", *row[3:]) for row in rows]
    assert digest_of(tables.files | {"students.csv": [header, *whole]}) == digest_of(tables.files)


def test_what_an_installation_writes_is_its_owners_alone(tmp_path):
    """Also in a folder that others may enter."""
    tmp_path.chmod(0o755)
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "-v0"], check=True,
        env={
            "PATH": "", "PYTHONPATH": ":".join(sys.path), "CHANJIAO_HOME": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "chanjiao.settings",
        },
    )  # fmt: skip
    for name in ("chanjiao.sqlite3", "secret_key"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
