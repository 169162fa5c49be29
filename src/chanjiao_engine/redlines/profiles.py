"""A province's own rules laid over the national ones, and `load`: what holds on a day."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from .limits import LIMITS, NOTICE_SINCE, Limit, limits_on
from .rules import RULES, Rule
from .terms import Measure, Party, Severity, Stage, Status

NATIONAL = "全国"


class RulesRefused(ValueError):
    """No such profile, day or setting; the text says what may be asked for instead."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """What a province adds and changes; `changes` maps a code to the rule's new fields."""

    since: date
    adds: tuple[Rule, ...] = ()
    changes: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules and limits of one profile on one day; `profile` and `on` name them for ever."""

    profile: str
    on: date
    rules: tuple[Rule, ...]
    limits: Mapping[str, Limit]

    def limit(self, name: str) -> int:
        """A limit's value."""
        return self.limits[name].value

    def only(self, codes: Collection[str]) -> "RuleSet":
        """The same rules without those of other codes; what the remaining ones find is the same."""
        return replace(self, rules=tuple(one for one in self.rules if one.code in codes))

    def index(self, code: str) -> int:
        """The rule's place in `rules`; KeyError where it does not hold."""
        found = next((i for i, rule in enumerate(self.rules) if rule.code == code), None)
        if found is None:
            raise KeyError(code)
        return found


_JIANGSU = "《江苏省职业学校学生实习管理实施细则》"
_HENAN = "河南省关于职业学校学生实习的规定（文号待核）"
_KIND, _START = "placements.kind", "placements.starts"


def _eight_hours(source: str) -> dict[str, dict[str, object]]:
    """Where the province says 8 hours outright, nobody may override."""
    plain = {"text": "实习每日不超过8小时", "source": source, "waiver": None, "proof": ""}
    return {"hours": dict(plain), "hours_worked": dict(plain)}


PROFILES: dict[str, Overlay] = {
    NATIONAL: Overlay(NOTICE_SINCE),
    "江苏": Overlay(
        date(2022, 11, 14),
        adds=(
            Rule(
                "pay_hourly", "报酬不得低于当地小时最低工资标准", Stage.IN_FLIGHT,
                ("pay.paid", "pay.minutes", "units.hourly_minimum", _KIND), Measure.FEN,
                "{day}实发 {seen}，按当地小时最低工资应为 {limit}", Party.UNIT, "补发差额",
                source=_JIANGSU, table="pay", status=Status.OPEN, since=date(2022, 11, 14),
            ),
        ),
    ),
    "河南": Overlay(
        NOTICE_SINCE,
        adds=(
            Rule(
                "filing", "岗位实习应当事先备案", Stage.GATE, ("declarations.filed_on", _START, _KIND),
                Measure.DATE, "备案在 {seen}，最迟应在 {limit}", Party.SCHOOL, "先备案后上岗",
                source=_HENAN, status=Status.OPEN,
            ),
            Rule(
                "mental_health", "上岗前应当作心理健康评估", Stage.GATE,
                ("declarations.mental_health_on", _START, _KIND), Measure.DATE,
                "心理健康评估在 {seen}，最迟应在 {limit}", Party.SCHOOL, "先评估后上岗",
                source=_HENAN, status=Status.OPEN,
            ),
        ),
    ),
    "湖北": Overlay(NOTICE_SINCE, changes=_eight_hours("湖北省关于职业学校学生实习的规定（文号待核）")),
    "山西": Overlay(NOTICE_SINCE, changes=_eight_hours("山西省关于职业学校学生实习的规定（文号待核）")),
}  # fmt: skip


def load(
    profile: str = NATIONAL, *, on: date, settings: Mapping[str, int | Severity] | None = None
) -> RuleSet:
    """The rules and limits of a profile on a day.

    `settings` changes what is marked 待核: a limit's number, or a rule's severity. RulesRefused
    for an unknown profile or name, for a day before the notice, and for what is not 待核.
    """
    if profile not in PROFILES:
        raise RulesRefused(f"没有“{profile}”的规则；可用：{'、'.join(PROFILES)}。")
    if on < NOTICE_SINCE:
        raise RulesRefused(f"{on} 早于现行规定发布之日（{NOTICE_SINCE}），没有收录更早的规则。")
    overlay = PROFILES[profile]
    laid = overlay.since <= on
    rules = [_changed(rule, overlay) for rule in RULES] if laid else list(RULES)
    rules += overlay.adds if laid else ()
    held = [r for r in rules if r.since <= on and (r.until is None or on < r.until)]
    base = RuleSet(profile, on, tuple(held), limits_on(LIMITS, on))
    return _with_settings(base, settings or {})


def _changed(rule: Rule, overlay: Overlay) -> Rule:
    changes = overlay.changes.get(rule.code)
    return replace(rule, **changes) if changes else rule  # type: ignore[arg-type]


def _with_settings(base: RuleSet, settings: Mapping[str, int | Severity]) -> RuleSet:
    rules = {rule.code: rule for rule in base.rules}
    limits = dict(base.limits)
    for name, value in settings.items():
        held = rules.get(name) if isinstance(value, Severity) else limits.get(name)
        if held is None:
            raise RulesRefused(f"没有名为“{name}”、可以这样设置的规则或限值。")
        if held.status is not Status.OPEN:
            raise RulesRefused(f"“{name}”已按原文核对，不能改；只有待核的可以设置。")
        if isinstance(held, Rule):
            rules[name] = replace(held, severity=Severity(str(value)))
        else:
            limits[name] = replace(held, value=_whole(name, value))
    kept = tuple(rule for rule in rules.values() if rule.severity is not Severity.OFF)
    return replace(base, rules=kept, limits=limits)


def _whole(name: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise RulesRefused(f"限值“{name}”应为不小于 0 的整数，现为 {value}。")
    return value
