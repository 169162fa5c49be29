"""Life on post in the demonstration: papers, start, records, journals, pay, a visit, what went wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from chanjiao.demo.cast import Cast
from chanjiao.demo.pupils import chance, person_name
from chanjiao.demo.training_classes import (
    Group,
    class_of,
    mentors_of,
    posts_of,
    students_of,
)
from chanjiao.demo.training_papers import sign_all
from chanjiao.demo.workbooks import DemoFailed
from chanjiao.kernel.clock import day_of
from chanjiao.links.models import Link
from chanjiao.needs.models import Post
from chanjiao.people.access import Actor, actor_of
from chanjiao.training.entry_actions import write_entry
from chanjiao.training.entry_checks import EntryValues
from chanjiao.training.enums import EntryKind, EntryState, PayWay, PlacementState, SafetyKind
from chanjiao.training.marking_actions import mark_entry
from chanjiao.training.models import Entry, Mentor, Placement, Stint
from chanjiao.training.placement_actions import change_placement, plan_placement, start_placements
from chanjiao.training.placement_facts import (
    PlacementFacts,
    StintFacts,
    facts_of_stint,
    stint_of_post,
)
from chanjiao.training.placement_papers import Guardian, Terms, draft_papers
from chanjiao.training.placement_preparing import Declaration, declare
from chanjiao.training.review_actions import Seen, confirm_entries, give_link
from chanjiao.training.safeguard_actions import (
    PayFacts,
    Policy,
    SafetyFacts,
    answer_pay,
    insure,
    record_pay,
    record_safety,
)
from chanjiao.training.trouble_actions import (
    IncidentFacts,
    ask_unit,
    close_incident,
    complain,
    note_incident,
    report_incident,
)
from chanjiao.training.visit_actions import Found, Wish, draw_visits, fix_draw, record_visit

CLEAN = Declaration(intermediary=False, forced=False, fees_charged=False, papers_held=False)
_DID = (
    "按工艺卡完成轴套粗车和精车，尺寸合格，学会了刀具补偿。", "装配主轴箱一台，检查间隙并记录。",
    "跟导师排除换刀故障一次，写了处理过程。", "首件检验和过程检验，填写生产记录。",
    "清理设备、点检润滑，参加班前会和安全学习。",
)  # fmt: skip


def terms(kind: str) -> Terms:
    """What the papers of one class have in common."""
    return Terms(
        content=f"按{kind}联合培养计划轮换工序，完成岗位实践条目。", rest="每周休息 2 日，法定节假日休息。",
        payday=15, lodging="提供工作餐；住学校或企业宿舍。", protection="免费发放劳保用品，岗前培训考核。",
        insured_by="甲方", insurance="示例保险公司 实习责任险 PZ-示例", risks="机械伤害、触电；按规程操作可防。",
        assessment="企业 40%，学校 20%，学习记录 30%，总结 10%。", contact="实习办公室 13000007000",
    )  # fmt: skip


def place_group(cast: Cast, group: Group, starts: date, ends: date) -> None:
    """Placements of a class; apprentices rotate to the second host at half time."""
    posts, masters = posts_of(cast, group), {key: free_mentors(cast, key) for key in group.hosts}
    tutors = mentors_of(cast, group.school)
    half = starts + (ends - starts) // 2
    for number, student in enumerate(students_of(cast, group)):
        cuts = [starts, half, ends] if len(posts) > 1 else [starts, ends]
        stints = [
            _stint(post, cuts[i], cuts[i + 1], masters[host], number)
            for i, (post, (host, _)) in enumerate(zip(posts, group.posts, strict=True))
        ]
        facts = PlacementFacts(
            student, starts, ends, training_class=class_of(group),
            tutor=tutors[number // 9 % len(tutors)],
        )  # fmt: skip
        plan_placement(facts, stints, by=cast.actor(group.school), at=cast.season.tick(10))


def _stint(post: Post, starts: date, ends: date, masters: list[Mentor], number: int) -> StintFacts:
    facts = stint_of_post(post, starts, ends)
    return replace(
        facts, master=masters[number // 5 % len(masters)], chemical_site=False,
        second_master=masters[-1] if number == 0 and masters[-1] != masters[0] else None,
    )  # fmt: skip


def free_mentors(cast: Cast, key: str) -> list[Mentor]:
    """Those who guide nobody yet: the groups come one after the other."""
    return [one for one in mentors_of(cast, key) if not one.stints.exists()]


def placements_of(group: Group) -> list[Placement]:
    rows = Placement.objects.filter(training_class__programme__name=group.name)
    return list(
        rows.select_related("student__user", "school", "student__cohort").order_by("number")
    )


def papers_for(
    cast: Cast, rows: list[Placement], kind: str, *, but: frozenset[str] = frozenset()
) -> None:
    """Three-party agreements and consents of many, drafted, sent, signed."""
    school = cast.key_of(rows[0].school_id)
    guardians = {
        row.pk: Guardian(person_name("guardian", row.number), f"1300000{9000 + i:04}")
        for i, row in enumerate(rows)
    }
    made = draft_papers(rows, terms(kind), guardians, by=cast.actor(school), at=cast.season.tick())
    sign_all(cast, made, but=but)


def prepare(cast: Cast, rows: list[Placement], *, day: date) -> None:
    """Declared, insured, trained and tested; one fails the test first and takes it again."""
    school, season = cast.key_of(rows[0].school_id), cast.season
    by = cast.actor(school)
    declare(rows, CLEAN, by=by, at=season.tick())
    ends = max(row.ends_on for row in rows)
    insure(rows, Policy("示例保险公司", f"PZ-{school}", day, ends), by=by, at=season.tick())
    held = SafetyFacts(SafetyKind.TRAINING, day, 240)
    record_safety(rows, held, by=by, at=season.tick())
    test = SafetyFacts(SafetyKind.TEST, day, 60, 92)
    record_safety(rows[1:], test, by=by, at=season.tick())
    record_safety(rows[:1], SafetyFacts(SafetyKind.TEST, day, 60, 55, passed=False), by=by, at=season.tick())  # fmt: skip


def start(cast: Cast, group: Group) -> None:
    """The gate holds some back; what it says is done, then they start too."""
    by = cast.actor(group.school)
    held = start_placements(placements_of(group), by=by, at=cast.season.tick()).held
    for _ in range(2):
        for row, found in held:
            _mend(cast, row, {one.rule for one in found if one.blocks}, by)
        held = start_placements([row for row, _ in held], by=by, at=cast.season.tick()).held
    if held:
        told = [one.sentence for _, found in held for one in found if one.blocks][:5]
        raise DemoFailed(f"{group.name}：{len(held)} 人没有上岗：{told}")


def _mend(cast: Cast, row: Placement, broken: set[str], by: Actor) -> None:
    if "test" in broken:
        again = SafetyFacts(SafetyKind.TEST, day_of(cast.season.tick(0)), 60, 88)
        record_safety([row], again, by=by, at=cast.season.tick())
    if "cap_kind" in broken:
        _stay(row, by, cast.season.tick())


def _stay(row: Placement, by: Actor, at: datetime) -> None:
    """No room at the second host: the whole time at the first."""
    row.refresh_from_db()
    first = row.stints.select_related("host", "post", "master", "second_master").earliest(
        "starts_on"
    )
    facts = PlacementFacts(
        row.student, row.starts_on, row.ends_on, training_class=row.training_class, tutor=row.tutor
    )
    change_placement(
        row,
        facts,
        [facts_of_stint(first, ends_on=row.ends_on)],
        revision=row.revision,
        by=by,
        at=at,
    )


# On post ---------------------------------------------------------------------------------------
def writers(cast: Cast, groups: tuple[Group, ...]) -> list[tuple[Placement, Actor]]:
    """Those of the classes who have an account."""
    on = day_of(cast.season.tick(0))
    rows = [row for group in groups for row in placements_of(group) if row.student.user]
    return [(row, actor_of(row.student.user, on)) for row in rows if row.student.user]


def write_week(cast: Cast, groups: tuple[Group, ...], monday: date) -> None:
    """Five records and a journal of each writer, sent to the mentor and the tutor."""
    for row, actor in writers(cast, groups):
        if row.training_class is None or row.state != PlacementState.RUNNING:
            continue
        items = row.training_class.programme.items.filter(code__startswith="3.").order_by("place")
        for offset in range(5):
            day = monday + timedelta(days=offset)
            luck = chance("entry", row.number, str(day))
            ticked = (items[luck.randrange(len(items))].pk,)
            values = EntryValues(
                EntryKind.WORK, day, luck.choice(_DID), minutes=luck.choice((420, 450, 480)),
                items=ticked,
            )  # fmt: skip
            write_entry(row, values, submit=True, by=actor, at=cast.season.tick(30))
        journal = EntryValues(
            EntryKind.JOURNAL, monday + timedelta(days=4), "本周学会了首件检验，知道了为什么先粗后精。",
            title="本周小结",
        )  # fmt: skip
        write_entry(row, journal, submit=True, by=actor, at=cast.season.tick(30))


def confirm_week(cast: Cast, groups: tuple[Group, ...]) -> None:
    """Each master confirms what waits from a link; tutors mark the journals."""
    rows = [row for row, _ in writers(cast, groups)]
    waiting = Entry.objects.filter(placement__in=rows, state=EntryState.SUBMITTED).order_by("pk")
    for entry in waiting.filter(kind=EntryKind.JOURNAL).select_related("placement"):
        school = cast.key_of(entry.placement.school_id)
        mark_entry(
            entry, 80 + entry.pk % 15, "写得具体，继续。", revision=entry.revision,
            by=cast.actor(school), at=cast.season.tick(20),
        )  # fmt: skip
    work = list(waiting.filter(kind=EntryKind.WORK).select_related("placement"))
    for row in rows:
        stint = row.stints.select_related("master__unit").order_by("starts_on").first()
        seen = [Seen(one.pk, one.revision) for one in work if one.placement_id == row.pk]
        if stint is not None and stint.master is not None and seen:
            confirm_entries(seen, by=_link(cast, stint), at=cast.season.tick(20))


def _link(cast: Cast, stint: Stint) -> Link:
    master = stint.master
    assert master is not None
    return give_link(master, by=cast.actor(cast.key_of(master.unit_id)), at=cast.season.tick(5))


def pay_month(cast: Cast, groups: tuple[Group, ...], month: date) -> None:
    """The hosts pay on the fifteenth; one student gets too little and says so."""
    paid_on = day_of(cast.season.tick(0))
    for group in groups:
        for number, row in enumerate(placements_of(group)):
            stint = row.stints.select_related("host").order_by("starts_on").first()
            if stint is None or stint.wage_fen is None:
                continue
            short = number == 0 and group.accounts and row.student.user is not None
            amount = stint.wage_fen - 30_000 if short else stint.wage_fen
            facts = PayFacts(month, amount, PayWay.BANK, paid_on)
            key = cast.key_of(stint.host_id)
            proof = record_pay(stint, facts, by=cast.actor(key), at=cast.season.tick(3))
            if row.student.user is not None:
                by = actor_of(row.student.user, paid_on)
                said = "少发 300 元" if short else ""
                answer_pay(proof, objection=said, revision=proof.revision, by=by, at=cast.season.tick(3))  # fmt: skip


def visit(cast: Cast, group: Group) -> None:
    """Three drawn and visited, a fourth still to be."""
    season, school = cast.season, cast.units[group.school]
    by, on = cast.actor(group.school), day_of(season.tick(0))
    wish = Wish("随机走访", 4, on + timedelta(days=30))
    row = fix_draw(school, cast.consortium, wish, seed=f"示例{on}", by=by, at=season.tick())
    draw_visits(row, by=by, at=season.tick())
    for one in row.visits.select_related("draw").order_by("rank")[:3]:
        found = Found(
            on, person_name("visitor", group.name), True, "学生在岗，导师在场，记录与现场一致。"
        )
        record_visit(one, found, revision=one.revision, by=by, at=season.tick())


def trouble(cast: Cast, group: Group) -> None:
    """A cut finger, closed with a finding; a complaint given to the secretariat, the host asked."""
    season = cast.season
    row, actor = writers(cast, (group,))[0]
    host = row.stints.select_related("host").order_by("starts_on").first()
    assert host is not None
    key = cast.key_of(host.host_id)
    facts = IncidentFacts(
        "injury", "minor", season.tick(0), "清理铁屑时划伤手指，现场包扎后继续实习。"
    )
    incident = report_incident(row, facts, by=cast.actor(key), at=season.tick(1800))
    note_incident(
        incident, "重新讲解清屑规程，配发防割手套。", by=cast.actor(key), at=season.tick()
    )
    incident.refresh_from_db()
    close_incident(
        incident, finding="轻微划伤，未影响实习；防护用品已补齐。", is_violation=False,
        revision=incident.revision, by=cast.actor(group.school), at=season.tick(),
    )  # fmt: skip
    made = complain(
        row, host.host, kind="hours", text="上周有两天要求留下来加班到八点。", to_office=True, by=actor,
        at=season.tick(),
    )  # fmt: skip
    ask_unit(
        made, question="请核实实习学生近期是否有每日超过 8 小时的安排，并说明排班办法。",
        revision=made.revision, by=cast.secretary, at=season.tick(),
    )  # fmt: skip
