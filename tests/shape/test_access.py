"""Every address × every kind of person: who is let in, what they see, and that nothing is changed.

A new address fails here until `OBJECTS` says which row of the marked consortium it is about.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.http import Http404, HttpResponseNotFound
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse

from chanjiao.needs.kinds import KINDS
from chanjiao.people.access import Actor
from chanjiao.trail.models import Entry
from chanjiao.web.parts.standing import Standing, read_standing
from tests.matching.world import AT
from tests.shape.world import MARK, Side, make_sides

AUDIENCE_OF = {
    "secretary": {"desk", "account", "portal"},
    "teacher": {"member", "account", "portal"},
    "recruiter": {"member", "account", "portal"},
    "pupil": {"student", "account", "portal"},
    "official": {"authority", "account", "portal"},
    "operator": {"operator", "account", "portal"},
    "security": {"operator", "account", "portal"},
    "auditor": {"operator", "account", "portal"},
    "nobody": {"account", "portal"},
    "stranger": {"portal"},
}

# Which row of the marked side an address with a number in it is about: pattern of the name → row.
OBJECTS = [
    *((rf"(desk|member):{kind.stem}_\w+", {"pk": kind.slug}) for kind in KINDS),
    (r"\w+:merge_detail", {"pk": "merge"}),
    (r"\w+:(contribution_add|contact_add|member_\w+|fellow)", {"pk": "membership"}),
    (r"\w+:contribution_(edit|remove)", {"pk": "contribution"}),
    (r"\w+:contact_(edit|remove)", {"pk": "contact"}),
    (r"\w+:person_invite", {"pk": "unit"}),
    (r"\w+:person_(end|role)", {"pk": "appointment"}),
    (r"\w+:invitation_revoke", {"pk": "invitation"}),
    (r"member:student_slips", {"pk": "cohorts"}),
    (r"(desk|member):(body_\w+|seat_(new|renew)|rule_\w+)", {"pk": "body", "rule_pk": "rule"}),
    (r"desk:seat_(edit|end)", {"pk": "council_seat"}),
    (
        r"(desk|member):meeting_\w+",
        {"pk": "meeting", "seat_pk": "attendance", "motion_pk": "motion", "step": "close",
         "which": "minutes", "file_pk": "meeting_file"},
    ),
    (r"desk:motion_\w+", {"pk": "motion", "avoidance_pk": "avoidance", "step": "withdraw"}),
    (r"(desk|member):resolution_\w+", {"pk": "resolution", "report_pk": "council_report", "step": "done"}),
    (r"(desk|member):regulation_\w+", {"pk": "regulation"}),
    (
        r"(desk|member):commitment_\w+",
        {"pk": "commitment", "delivery_pk": "delivery", "step": "confirm"},
    ),
    (r"(desk|member):agreement_(pick|new|batch\w*|kind\w*)", {"code": "agreement_kind"}),
    (
        r"desk:agreement_paper",
        {"pk": "agreement_common", "signature_pk": "agreement_common_signature", "which": "scan"},
    ),
    (
        r"desk:agreement_\w+",
        {"pk": "agreement_common", "party_pk": "agreement_common_party", "which": "word"},
    ),
    (
        r"member:agreement_paper",
        {"pk": "agreement", "signature_pk": "agreement_signature", "which": "authorisation"},
    ),
    (
        r"(member|student):agreement_\w+",
        {"pk": "agreement", "party_pk": "agreement_party", "which": "word"},
    ),
    (r"portal:sign", {"token": "agreement_token"}),
    (r"portal:round\w*", {"code": "round"}),
    (
        r"(desk|member|student):(round\w*|run_\w+|result)",
        {"pk": "round", "post_pk": "seat", "student_pk": "student", "run_pk": "run", "step": "publish"},
    ),
    (r"authority:pack_\w+", {"pk": "received"}),
    (r"authority:signer_\w+", {"pk": "signer"}),
    (r"operator:authority_\w+", {"pk": "authority"}),
    (r"operator:user_\w+", {"pk": "user"}),
    (r"operator:(consortium_\w+|secretary_invite)", {"pk": "consortium"}),
    (r"operator:unit_\w+", {"pk": "unit"}),
    (r"operator:trail_detail", {"pk": "entry"}),
    (
        r"desk:(plan_\w+|task_new|rectification_new)",
        {"pk": "plan", "state": "midyear", "stage": "yearend", "review_pk": "review", "book_pk": "book"},
    ),
    (r"(desk|member):task_\w+", {"pk": "task"}),
    (r"(desk|member):rectification_\w+", {"pk": "rectification"}),
    (r"(desk|member):evidence_file", {"pk": "evidence_file"}),
    (r"(desk|member):evidence_bundle", {"pk": "evidence_bundle"}),
    (r"desk:evidence_judge_\w+", {"pk": "evidence_flag"}),
    (
        r"(desk|member):evidence_\w+",
        {"pk": "evidence", "use_pk": "evidence_use", "file_pk": "evidence_file"},
    ),
    (r"(desk|member):indicator_\w+", {"pk": "period", "code": "7"}),
    (r"(desk|portal):period\w*", {"pk": "period", "step": "report", "edition": "1", "kind": "word"}),
    (r"desk:typed_(list|import|enter)", {"pk": "period", "code": "1"}),
    (r"desk:typed_decide", {"pk": "typed", "step": "withdraw"}),
    (r"desk:return_(list|remind)", {"pk": "period"}),
    (r"(desk|member):return_\w+", {"pk": "return"}),
    (r"desk:set_\w+", {"pk": "set", "code": "7"}),
    (r"(desk|member):report_(detail|file)", {"pk": "report", "kind": "word"}),
    (r"desk:report_template_\w+", {"pk": "report_template", "step": "default"}),
    (r"member:hosted_(detail|masters|pay)", {"pk": "hosted"}),
    (r"member:pay_proof|student:pay_answer", {"pk": "pay"}),
    (r"(desk|member):incident_\w+", {"pk": "incident", "step": "note"}),
    (r"desk:complaint_\w+", {"pk": "office_complaint", "step": "ask"}),
    (r"member:(complaint|question)_\w+", {"pk": "complaint", "step": "ask"}),
    (r"member:placement_layout\w*", {"pk": "roster_layout"}),
    (r"member:placement_\w+", {"pk": "placement", "rule": "major_group", "override_pk": "override"}),
    (r"student:(placement_\w+|entry_(list|new))", {"pk": "placement"}),
    (r"student:entry_file\w*", {"pk": "entry_file"}),
    (r"student:entry\w*", {"pk": "work_entry"}),
    (r"mentor:(waiting|confirm)", {"token": "mentor_token"}),
    (r"mentor:entry", {"token": "mentor_token", "pk": "work_entry"}),
    (r"mentor:entry_file", {"token": "mentor_token", "pk": "entry_file"}),
    (r"mentor:grade", {"token": "mentor_token", "pk": "placement"}),
    (r"member:(learning_(detail|grade)|archive_(one|zip))", {"pk": "placement", "part": "school"}),
    (r"member:learning_(entry|comment)", {"pk": "work_entry"}),
    (r"member:marking_one", {"pk": "journal"}),
    (r"member:learning_file", {"pk": "entry_file"}),
    (r"member:mentor_link\w*", {"pk": "entry_mentor"}),
    (r"member:draw_\w+", {"pk": "draw"}),
    (r"member:visit\w*", {"pk": "visit"}),
    (r"member:archive_file", {"pk": "class_archive"}),
    (r"member:archive_ask", {"pk": "entry_class"}),
    (
        r"(desk|member):(programme_\w+|class_new)",
        {"pk": "programme", "step": "start", "partner_pk": "partner", "item_pk": "plan_item",
         "report_pk": "programme_report"},
    ),
    (r"member:class_\w+", {"pk": "training_class", "enrolment_pk": "enrolment"}),
    (r"(desk|member):mentor_\w+", {"pk": "mentor", "work_pk": "mentor_work"}),
    (r"(desk|member):stay_\w+", {"pk": "stay"}),
    (r"member:outcome_\w+", {"pk": "outcome"}),
    (r"portal:survey", {"token": "survey"}),
    (r"account_import\w*", {"pk": "import"}),
    (r"account_job", {"pk": "job"}),
    (r"account_notice", {"pk": "notice"}),
    (r"account_filter_delete", {"pk": "filter"}),
    (r"account_invitation", {"token": "no-such-token"}),
]  # fmt: skip


def routes() -> Iterator[tuple[str, Any, set[str]]]:
    """(name, view, parameters) of every address."""

    def walk(resolver: URLResolver, space: str) -> Iterator[tuple[str, Any, set[str]]]:
        for pattern in resolver.url_patterns:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern, pattern.namespace or space)
            else:
                assert isinstance(pattern, URLPattern)
                name = f"{space}:{pattern.name}" if space else str(pattern.name)
                yield name, pattern.callback, set(pattern.pattern.converters)

    yield from walk(get_resolver(), "")


ROUTES = list(routes())


def address(name: str, parameters: set[str], side: Side) -> str:
    """The address about the side's own rows."""
    if not parameters:
        return reverse(name)
    wanted = next(rows for pattern, rows in OBJECTS if re.fullmatch(pattern, name))
    values = {}
    for parameter in parameters:
        row = side.rows.get(wanted[parameter], wanted[parameter])
        values[parameter] = (
            row if isinstance(row, str) else row.code if parameter == "code" else row.pk
        )
    return reverse(name, kwargs=values)


@pytest.mark.parametrize(("name", "view", "parameters"), ROUTES, ids=[r[0] for r in ROUTES])
def test_every_view_declares_its_audience_and_whether_it_writes(name, view, parameters):
    assert getattr(view, "audience", None), f"{name} has no @page"
    assert isinstance(getattr(view, "writes", None), bool)


def test_every_address_with_a_number_says_what_it_is_about():
    unknown = [
        name
        for name, _, parameters in ROUTES
        if parameters and not any(re.fullmatch(pattern, name) for pattern, _ in OBJECTS)
    ]
    assert not unknown


_browsers: dict[int | None, Client] = {}
_standings: dict[int, Standing] = {}


@pytest.fixture
def sides(db):
    _browsers.clear()
    _standings.clear()
    with time_machine.travel(AT, tick=False):
        yield make_sides()


def visit(actor, method: str, url: str):
    """As one signed-in browser per person: signing in anew for each address costs most of the time."""
    client = _browsers.get(actor and actor.pk)
    if client is None:
        client = _browsers[actor and actor.pk] = Client()
    if actor is not None and "_auth_user_id" not in client.session:
        client.force_login(actor.user)
    return getattr(client, method)(url)


def asked(actor: Actor | None, method: str, url: str) -> Any:
    """The answer of the view at an address, asked directly: the request as the gate hands it on.

    Thousands of refusals drawn through every middleware cost half a minute and test one refusal;
    `test_the_door_holds_in_the_whole_chain` sees that no middleware opens what the view shuts.
    """
    view, args, kwargs = resolve(url)
    request: Any = getattr(RequestFactory(), method)(url)
    request.at, request.actor = AT, actor
    request.user = actor.user if actor else AnonymousUser()
    request.session = SessionStore()
    if actor is not None:
        if actor.pk not in _standings:
            _standings[actor.pk] = read_standing(actor)
        request.standing = _standings[actor.pk]
    try:
        return view(request, *args, **kwargs)
    except Http404:
        return HttpResponseNotFound()


def turned_away(who: str, answer: Any) -> bool:
    """Strangers go to sign in; for people of another audience there is no such page."""
    if who == "stranger":
        return answer.status_code == 302 and reverse("account_login") in answer.url
    return answer.status_code == 404


def foreigners(sides: Any) -> Iterator[tuple[str, Any, set[str], str, Actor | None, str]]:
    """Every address with everyone it is not for and every method it takes."""
    mine, _, neither = sides
    for name, view, parameters in ROUTES:
        for who, actor in {**mine.people, **neither}.items():
            if view.audience not in AUDIENCE_OF[who]:
                for method in ("get", "post") if view.writes else ("get",):
                    yield name, view, parameters, who, actor, method


def test_only_the_audience_comes_in(sides):
    """Nobody of another audience passes the door of any view, whatever the method."""
    wrong = []
    for name, _, parameters, who, actor, method in foreigners(sides):
        answer = asked(actor, method, address(name, parameters, sides[0]))
        if not turned_away(who, answer):
            wrong.append((method, name, who, answer.status_code))
    assert not wrong


def test_the_door_holds_in_the_whole_chain(sides):
    """The same through all middleware: one address for each audience, person and method."""
    seen, wrong = set(), []
    for name, view, parameters, who, actor, method in foreigners(sides):
        if (view.audience, who, method) in seen:
            continue
        seen.add((view.audience, who, method))
        answer = visit(actor, method, address(name, parameters, sides[0]))
        if not turned_away(who, answer):
            wrong.append((method, name, who, answer.status_code))
    assert not wrong
    assert len(seen) > 80


def test_the_other_consortium_sees_and_changes_nothing(sides):
    """People of the same audience elsewhere: no row of ours, in no list, no form, no file."""
    mine, other, neither = sides
    people = {**other.people, "nobody": neither["nobody"]}
    wrong = []
    for name, view, parameters in ROUTES:
        if view.audience == "portal":
            continue
        url = address(name, parameters, mine)
        for who, actor in people.items():
            if view.audience not in AUDIENCE_OF[who]:
                continue
            before = Entry.objects.count()
            for method in ("get", "post") if view.writes else ("get",):
                answer = visit(actor, method, url)
                body = b"".join(answer) if answer.streaming else answer.content
                if MARK.encode() in body or (parameters and answer.status_code == 200):
                    wrong.append((method, name, who, answer.status_code, "shows ours"))
                if method == "post" and parameters and Entry.objects.count() != before:
                    wrong.append((method, name, who, answer.status_code, "left a trail"))
    assert not wrong


def test_every_page_opens_for_those_it_is_for(sides):
    """No page breaks; and at least one of its people gets to see it."""
    mine, _, neither = sides
    people = {**mine.people, **neither}
    broken, unseen = [], []
    for name, view, parameters in ROUTES:
        url = address(name, parameters, mine)
        codes = set()
        for who, actor in people.items():
            if view.audience in AUDIENCE_OF[who]:
                answer = visit(actor, "get", url)
                codes.add(answer.status_code)
                if answer.streaming:
                    b"".join(answer)  # read to its end, a file is closed
                if answer.status_code >= 500:
                    broken.append((name, who))
        posting = view.writes and codes <= {302, 404, 405, 409, 422, 403}
        if not (codes & {200, 302} or posting or name in NOT_HERE):
            unseen.append((name, codes))
    assert not broken
    assert not unseen


# Pages that show nothing in the world above, each with its reason.
NOT_HERE = {
    "account_invitation": "the token is invented",
    "desk:run_compare": "there is one run only",
    "desk:run_bundle": "the run has no files",
    "student:result": "the round is not published",
    "portal:round": "the round is not published",
    "portal:round_bundle": "the round is not published",
    "portal:period": "the year is not published",
    "portal:period_pack": "the year is not published",
    "portal:period_report": "the year is not published",
    "portal:period_report_file": "the year is not published",
    "desk:period_pack": "the year is not locked",
    "desk:set_compare": "there is one version only",
}


def test_duties_are_apart(sides):
    """三员分立: the operator reads no trail, the auditor changes nothing, security makes no unit."""
    _, _, neither = sides
    for name, allowed in {
        "operator:trail_list": {"auditor"},
        "operator:consortium_list": {"operator"},
        "operator:unit_list": {"operator"},
        "operator:authority_list": {"operator"},
        "operator:user_list": {"operator", "security"},
        "operator:lockout_list": {"operator", "security"},
    }.items():
        seen = {
            who
            for who in ("operator", "security", "auditor")
            if visit(neither[who], "get", reverse(name)).status_code == 200
        }
        assert seen == allowed, name


def test_every_template_is_used():
    """A template nobody names is dead."""
    from tests.shape.house import SRC, sources

    folder = SRC / "chanjiao" / "web" / "templates"
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.html"))
    texts = [path.read_text(encoding="utf-8") for path in sources("chanjiao")]
    texts += [path.read_text(encoding="utf-8") for path in folder.rglob("*.html")]
    by_libraries = ("account/", "mfa/", "allauth/", "400", "403", "404", "500")
    unused = [
        name
        for name in files
        if not name.startswith(by_libraries) and not any(f'"{name}"' in text for text in texts)
    ]
    assert not unused


def test_the_navigation_leads_to_pages_that_exist():
    from chanjiao.web.parts.shell import NAVIGATION

    names = {name for name, _, _ in ROUTES}
    assert not [name for _, _, name in NAVIGATION if name not in names]
