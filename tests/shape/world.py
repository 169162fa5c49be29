"""Two consortia with everything a page may show of one; the first one's words all bear a mark."""

from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO

from chanjiao.files.actions import store_file
from chanjiao.indicators.actions import open_period, start_reporting
from chanjiao.indicators.enums import ReceivedState
from chanjiao.indicators.models import MemberReturn, ReceivedPack, Signer, TypedValue
from chanjiao.indicators.sets import demo_text, import_set
from chanjiao.jobs.models import Job
from chanjiao.matching.enums import RunState
from chanjiao.matching.models import Round, Run
from chanjiao.members.models import Authority, Consortium, Contact, Contribution, UnitMerge
from chanjiao.needs.enums import ListingState
from chanjiao.needs.kinds import COHORTS, KINDS, POSTS
from chanjiao.needs.models import Cohort, Post, Student
from chanjiao.notices.models import Notice
from chanjiao.people.access import Actor
from chanjiao.people.enums import Duty, UnitKind
from chanjiao.people.models import Appointment, Invitation, SavedFilter, Unit, User
from chanjiao.reference.shipped import load_shipped
from chanjiao.sheets.models import Import
from chanjiao.trail.models import Entry
from tests.matching import world as rounds
from tests.matching.world import AT
from tests.needs.world import VALUES
from tests.people.world import acting, make_unit, seen, stranger, with_duty
from tests.shape.agreement_rows import agreement_rows, mark_agreements
from tests.shape.care_rows import care_rows
from tests.shape.council_rows import council_rows, mark_council
from tests.shape.entry_rows import entry_rows
from tests.shape.evidence_rows import evidence_rows, mark_evidence
from tests.shape.plan_rows import plan_rows
from tests.shape.programme_rows import mark_programmes, programme_rows
from tests.shape.report_rows import mark_reports, report_rows

MARK = "甲乙丙"


@dataclass
class Side:
    """One consortium: its people and one row of everything."""

    people: dict[str, Actor]
    rows: dict[str, object]


def make_sides() -> tuple[Side, Side, dict[str, Actor | None]]:
    """The marked side, the other side, and people who are of neither."""
    load_shipped(at=AT)
    other = _side()
    mine = _side()
    _mark(mine)
    neither = {
        "stranger": None,
        "nobody": stranger(),
        "operator": with_duty(Duty.OPERATOR),
        "security": with_duty(Duty.SECURITY),
        "auditor": with_duty(Duty.AUDITOR),
    }
    return mine, other, neither


def _side() -> Side:
    world = rounds.make_world(students=2)
    round_ = rounds.deciding(world)
    run = Run.objects.create(
        round=round_, state=RunState.DONE, seed=round_.seed, asked_by=world.secretary.user,
        asked_at=AT, statistics={},
    )  # fmt: skip
    rows: dict[str, object] = {
        "round": round_, "run": run, "seat": world.seats()[0], "student": world.students[0],
        "posts": world.posts[0], "cohorts": world.cohorts[0], "consortium": world.consortium,
        "unit": world.firms[0], "school": world.schools[0],
    }  # fmt: skip
    for kind in KINDS:
        if kind not in {POSTS, COHORTS}:
            rows[kind.slug] = kind.model._default_manager.create(
                consortium=world.consortium, unit=world.firms[0], state=ListingState.SUBMITTED,
                number=f"{kind.prefix}-{world.consortium.pk}", created_at=AT, submitted_at=AT,
                confirmed_at=AT, **VALUES[kind.slug],
            )  # fmt: skip
    people = {
        "secretary": world.secretary, "teacher": world.teachers[0],
        "recruiter": world.recruiters[0], "pupil": world.actor(0),
    }  # fmt: skip
    rows |= _belongings(world, people)
    rows |= plan_rows(world.consortium, world.firms[0], people["recruiter"], world.secretary)
    people["official"] = _handed_in(world, rows)
    rows |= evidence_rows(
        world.consortium, world.firms[0], people["recruiter"], people["secretary"]
    )
    rows |= council_rows(world.consortium, world.firms[0], people["recruiter"], people["secretary"])
    rows |= report_rows(world.consortium, people["secretary"])
    rows |= programme_rows(
        world.consortium, world.schools[0], world.firms[0], world.students[0], people["teacher"]
    )
    rows |= agreement_rows(world, people["teacher"], people["secretary"])
    rows |= entry_rows(world.students[0], world.firms[0], people["teacher"], people["pupil"])
    rows |= care_rows(world)
    return Side(people, rows)


def _handed_in(world: rounds.World, rows: dict[str, object]) -> Actor:
    """An authority with a pack in question; the person who acts for it."""
    unit = make_unit(UnitKind.GOVERNMENT, f"示例教育厅{world.consortium.pk}")
    authority = Authority.objects.create(
        unit=unit, level="province", division_code="210000", created_at=AT
    )
    official = acting(unit)
    signer = Signer.objects.create(
        authority=authority, consortium_code="demo", consortium_name="交来的联合体",
        fingerprint="ed25519:" + "ab" * 32, first_seen_at=AT,
    )  # fmt: skip
    file = store_file(BytesIO(b"PK"), "年度.cjpack", by=official, at=AT)
    rows["authority"], rows["signer"] = authority, signer
    rows["received"] = ReceivedPack.objects.create(
        authority=authority, file=file, state=ReceivedState.QUESTIONED, consortium_code="demo",
        consortium_name="交来的联合体", since=date(2025, 1, 1), until=date(2026, 1, 1), year=2025,
        signer=signer, received_by=official.user, received_at=AT, report={"steps": [["容器", "完好"]]},
    )  # fmt: skip
    return official


def _belongings(world: rounds.World, people: dict[str, Actor]) -> dict[str, object]:
    """What hangs on a member or on its recruiter."""
    recruiter = people["recruiter"]
    membership = world.firms[0].memberships.get()
    file = store_file(BytesIO(b"PK"), "清单.xlsx", by=recruiter, at=AT)
    job = Job.objects.create(kind="test", title="检查", owner=recruiter.user, queued_at=AT)
    twin = make_unit(name="重复的机床厂", merged_into=world.firms[0])
    return {
        "membership": membership,
        "contribution": Contribution.objects.create(
            membership=membership, advantage="funds", text="投入设备"
        ),
        "contact": Contact.objects.create(membership=membership, name="联系某某", phone="13000000000"),
        "appointment": Appointment.objects.get(user=recruiter.user),
        "user": recruiter.user,
        "invitation": Invitation.objects.create(
            unit=world.firms[0], role="staff", name="受邀某某", invited_by=recruiter.user,
            token_digest=f"{world.firms[0].pk:064}", invited_at=AT,
            expires_at=AT + timedelta(days=1),
        ),
        "merge": UnitMerge.objects.create(
            kept=world.firms[0], duplicate=twin, reason="重复", merged_at=AT,
            merged_by=world.secretary.user,
        ),
        "import": Import.objects.create(
            layout="posts", unit=world.firms[0], file=file, returned=file, by=recruiter.user, at=AT,
            context={"consortium": world.consortium.pk, "unit": world.firms[0].pk},
            state="checked", report={},
        ),
        "job": job,
        "filter": SavedFilter.objects.create(
            user=recruiter.user, page="member.posts", name="我的", query="q=1"
        ),
        "notice": Notice.objects.create(user=recruiter.user, at=AT, text="通知某某", link="/member/"),
        "entry": Entry.objects.order_by("sequence").first(),
        **_year(world),
    }  # fmt: skip


def _mark(side: Side) -> None:
    """Put the mark into every name and title of one side."""
    consortium = side.rows["consortium"]
    assert isinstance(consortium, Consortium)
    units = {m.unit_id for m in consortium.memberships.all()} | {consortium.secretariat_id}
    authority = side.rows["authority"]
    assert isinstance(authority, Authority)
    units.add(authority.unit_id)
    for unit in Unit.objects.filter(pk__in=units).order_by("pk"):
        Unit.objects.filter(pk=unit.pk).update(name=f"{MARK}{unit.name}")
    people = User.objects.filter(appointments__unit__in=units)
    for model, rows, field in (
        (User, people, "name"),
        (Student, Student.objects.filter(school__in=units), "name"),
        (Post, Post.objects.filter(consortium=consortium), "title"),
        (Cohort, Cohort.objects.filter(consortium=consortium), "title"),
        (Round, Round.objects.filter(consortium=consortium), "title"),
        (Signer, authority.signers.all(), "consortium_name"),
        (ReceivedPack, authority.packs.all(), "consortium_name"),
        *(
            (kind.model, kind.model._default_manager.filter(consortium=consortium), "title")
            for kind in KINDS
            if kind not in {POSTS, COHORTS}
        ),
    ):
        for row in rows.order_by("pk").distinct():
            model._default_manager.filter(pk=row.pk).update(
                **{field: f"{MARK}{getattr(row, field)}"}
            )
    Consortium.objects.filter(pk=consortium.pk).update(
        name=f"{MARK}{consortium.name}", short_name=f"{MARK}联合体"
    )
    mark_evidence(consortium, MARK)
    mark_council(consortium, MARK)
    mark_reports(consortium, MARK)
    mark_programmes(consortium, MARK)
    mark_agreements(consortium, MARK)
    for row in side.rows.values():
        if hasattr(row, "refresh_from_db"):
            row.refresh_from_db()
    side.people = {key: seen(User.objects.get(pk=a.pk)) for key, a in side.people.items()}


def _year(world: rounds.World) -> dict[str, object]:
    """A year in reporting, with a return and a value by hand."""
    by = world.secretary
    version = import_set(world.consortium, demo_text(), by=by, at=AT)
    period = open_period(world.consortium, 2026, version, by=by, at=AT)
    start_reporting(period, by=by, at=AT)
    typed = TypedValue.objects.create(
        period=period, code="1", value=1, reason="统计年报", entered_by=by.user, entered_at=AT
    )
    return {
        "set": version, "period": period, "typed": typed,
        "return": MemberReturn.objects.get(period=period, unit=world.firms[0]),
    }  # fmt: skip
