"""The gate: what the red lines find about placements, in words, and what is kept of it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from chanjiao.kernel.canonical import digest
from chanjiao.people.access import Actor
from chanjiao.training.bridge import Row, Rows, facts_of, is_other, kept, rows_of
from chanjiao.training.models import Gate, Placement
from chanjiao_engine.redlines import Outcome, Result, RuleSet, Severity, Stage, evaluate, load

CAPS = frozenset({"cap_unit", "cap_kind"})
# A unit's count of staff has no date of its own here, so its age cannot be asked.
_SETTINGS: dict[str, int | Severity] = {"staff_yearly": Severity.OFF}


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule broken, not to be told, or set aside, for one stint of a placement.

    `sentence` says what is seen against what limit and who mends it how; `blocks` while it keeps
    the student from the post; `waiver` is who may set it aside, empty for nobody, with `proof`.
    """

    rule: str
    text: str
    cites: str
    stage: str
    outcome: str
    blocks: bool
    sentence: str
    mender: str
    stint: int
    day: str
    waiver: str
    proof: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found about one placement, and the facts and rules it rests on."""

    findings: tuple[Finding, ...]
    rows: Rows
    rules_version: str

    @property
    def shut(self) -> bool:
        return any(one.blocks for one in self.findings)

    @property
    def blocking(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.blocks)


def judge(
    placements: Sequence[Placement], *, on: date, only: Collection[str] | None = None
) -> dict[int, Judged]:
    """Every finding about each placement, as of a day. Placements given together stand together
    under a cap; the rows of the others at their hosts count too.

    `placements` need `student__cohort` at hand. The rules are those of the placement's profile, or
    of them those with the codes `only`, for a page that shows no other: such a judgement is cheaper
    and finds the same of them, but is not one to `keep`.
    """
    found: dict[int, Judged] = {}
    groups: dict[str, list[Placement]] = defaultdict(list)
    for one in placements:
        groups[one.profile].append(one)
    for profile, group in sorted(groups.items()):
        rules = load(profile, on=on, settings=_SETTINGS)
        rules = rules if only is None else rules.only(only)
        rows = rows_of(group, counted=only is None or not CAPS.isdisjoint(only))
        result = evaluate(facts_of(rows), rules, at=on)
        by_placement = _by_placement(result)
        for one in group:
            findings = tuple(by_placement.get(one.pk, ()))
            found[one.pk] = Judged(findings, rows, version_of(rules))
    return found


def not_yet(placement: Placement) -> Finding:
    """The first day has not come: nobody is on post before it."""
    return Finding(
        rule="not_yet", text="到开始日期才能上岗", cites="平台约定", stage=str(Stage.GATE), outcome="未到",
        blocks=True, sentence=f"实习 {placement.starts_on} 开始，请到当天再办理上岗。", mender="学校",
        stint=0, day=str(placement.starts_on), waiver="", proof="",
    )  # fmt: skip


def version_of(rules: RuleSet) -> str:
    """Names a rule set for ever: the profile and the day it was asked for."""
    return f"{rules.profile} {rules.on}"


def party_that_may_waive(placement: Placement, rule: str, *, on: date) -> str:
    """Who may set a rule aside for this placement; empty where the law lets nobody."""
    rules = load(placement.profile, on=on, settings=_SETTINGS)
    found = next((one for one in rules.rules if one.code == rule), None)
    return str(found.waiver) if found is not None and found.waiver else ""


def keep(placement: Placement, judged: Judged, *, by: Actor, at: datetime) -> Gate:
    """The gate as it was asked, inside the action that acts on it; that action has the trail row."""
    rows, findings = kept(judged.rows), [asdict(one) for one in judged.findings]
    content = {"facts": rows, "rules": judged.rules_version, "findings": findings}
    gate = Gate(
        placement=placement, at=at, passed=not judged.shut, rules_version=judged.rules_version,
        facts=rows, findings=findings, digest=digest(content), by=by.user,
    )  # fmt: skip
    gate.save(force_insert=True)
    return gate


def recomputed(gate: Gate) -> bool:
    """Whether a kept gate's facts, judged again by its rules, give its findings and digest."""
    profile, day = gate.rules_version.rsplit(" ", 1)
    on = date.fromisoformat(day)
    result = evaluate(facts_of(gate.facts), load(profile, on=on, settings=_SETTINGS), at=on)
    findings = [asdict(one) for one in _by_placement(result).get(gate.placement_id, ())]
    content = {"facts": gate.facts, "rules": gate.rules_version, "findings": findings}
    return findings == gate.findings and digest(content) == gate.digest


def _by_placement(result: Result) -> dict[int, list[Finding]]:
    rows = result.facts["placements"].to_dicts()
    found: dict[int, list[Finding]] = defaultdict(list)
    for i, at in enumerate(result.violations["placement"].to_list()):
        if at is None:
            continue
        for row in _meant(result, i, rows, rows[at]):
            placement, stint = row["placement"].split(".")
            found[int(placement)].append(_finding(result, i, int(stint)))
    return {pk: _ordered(findings) for pk, findings in found.items()}


def _meant(result: Result, i: int, rows: Sequence[Row], row: Row) -> list[Row]:
    """Whose finding it is: the row's own; a cap broken for somebody on post who comes to the host
    later is the newcomers' doing who are there on that day."""
    if not is_other(row):
        return [row]
    code, day = result.rule(i).code, result.violations.item(i, "day")
    if code not in CAPS:
        return []
    posts = {one["post"]: one for one in result.facts["posts"].to_dicts()}
    names = ("unit",) if code == "cap_unit" else ("unit", "kind")
    place = [posts[row["post"]][name] for name in names]
    return [
        one
        for one in rows
        if not is_other(one)
        and [posts[one["post"]][name] for name in names] == place
        and one["starts"] <= day < one["until"]
    ]


def _finding(result: Result, i: int, stint: int) -> Finding:
    rule = result.rule(i)
    outcome = Outcome(result.violations.item(i, "outcome"))
    day = result.violations.item(i, "day")
    return Finding(
        rule=rule.code, text=rule.text, cites=rule.cites, stage=str(rule.stage),
        outcome=outcome.word, sentence=_without_ids(result.explain(i)), mender=str(rule.mender),
        blocks=rule.stage is Stage.GATE and rule.severity is Severity.BLOCK
        and outcome is not Outcome.WAIVED,
        stint=stint, day=str(day or ""), waiver=str(rule.waiver or ""), proof=rule.proof,
    )  # fmt: skip


def _without_ids(sentence: str) -> str:
    """The page names the student and the host; the engine knows them by number only."""
    _, _, rest = sentence.partition("：")
    return rest or sentence


def _ordered(findings: Iterable[Finding]) -> list[Finding]:
    """What keeps the student from the post first, then what is to be mended, then what is waived."""
    return sorted(findings, key=lambda one: (not one.blocks, one.outcome == Outcome.WAIVED.word))
