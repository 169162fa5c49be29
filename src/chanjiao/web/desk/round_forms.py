"""A round's plan as one page of forms: rules, cohorts, posts with seats, and own caps."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from chanjiao.matching.enums import QuotaScope
from chanjiao.matching.plan import CRITERIA, DEFAULT_WEIGHTS, Limit, Plan, Seat, default_percents
from chanjiao.needs.enums import PostKind
from chanjiao.needs.models import Cohort, Post
from chanjiao.people.models import Unit
from chanjiao.reference.enums import Table
from chanjiao.reference.queries import Book
from chanjiao.web.parts.typed import whole

Posts = Mapping[int, Post]
Cohorts = Mapping[int, Cohort]
BLANK_SEATS, BLANK_LIMITS = 3, 4


def _named(name: str) -> forms.Select:
    """A drop-down whose name only readers of the screen are told."""
    return forms.Select(attrs={"aria-label": name})


class Moment(forms.DateTimeField):
    """A moment of local time, as the browser's own picker gives it."""

    def __init__(self, label: str) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(label=label, widget=widget, input_formats=["%Y-%m-%dT%H:%M"])


class RulesForm(forms.Form):
    """Everything but posts and caps. Errors of the plan's seats and limits come to its top."""

    title = forms.CharField(label="名称", max_length=120)
    opens_at = Moment("志愿填报开始")
    closes_at = Moment("志愿填报截止")
    scores_due_at = Moment("企业评分截止")
    publish_on = forms.DateField(
        label="计划公布日期", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    max_choices = forms.IntegerField(label="志愿数上限", min_value=1, max_value=50, initial=5)
    unit_percent = forms.IntegerField(
        label="占单位职工比例上限（%）", required=False, min_value=1, max_value=100,
        help_text="岗位实习按规定为 10；留空表示不设上限。",
    )  # fmt: skip
    kind_percent = forms.IntegerField(
        label="占同类岗位职工比例上限（%）", required=False, min_value=1, max_value=100,
        help_text="岗位实习按规定为 20；留空表示不设上限。",
    )  # fmt: skip
    cohorts = forms.MultipleChoiceField(
        label="参加批次", required=False, widget=forms.CheckboxSelectMultiple
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, initial=0, required=False)

    def __init__(self, cohorts: Cohorts, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in CRITERIA.items():
            self.fields[f"weight_{name}"] = forms.IntegerField(
                label=f"{label}权重（%）", min_value=0, max_value=100, initial=DEFAULT_WEIGHTS[name]
            )
        self.fields["cohorts"].choices = [  # type: ignore[attr-defined]
            (pk, f"{cohort.unit.called} {cohort.title}（{cohort.size} 人）")
            for pk, cohort in cohorts.items()
        ]


class SeatForm(forms.Form):
    """Seats of one post, or seats of it reserved for a cohort."""

    post = forms.IntegerField(widget=forms.HiddenInput)
    take = forms.BooleanField(required=False)
    capacity = forms.IntegerField(required=False, min_value=1)
    minimum = forms.IntegerField(required=False, min_value=0)
    row: Post | None = None


class ReservedForm(forms.Form):
    """Seats of a post for one cohort only; blank lines are passed over."""

    post = forms.ChoiceField(required=False, widget=_named("岗位"))
    cohort = forms.ChoiceField(required=False, widget=_named("批次"))
    capacity = forms.IntegerField(required=False, min_value=1)
    minimum = forms.IntegerField(required=False, min_value=0)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if any(given.get(name) for name in ("post", "cohort")) and not all(
            given.get(name) for name in ("post", "cohort", "capacity")
        ):
            raise forms.ValidationError("请填全岗位、批次和名额。")
        return given


class LimitForm(forms.Form):
    """A cap of the secretariat's own; blank lines are passed over."""

    target = forms.ChoiceField(required=False, widget=_named("范围"))
    school = forms.ChoiceField(required=False, widget=_named("学校"))
    capacity = forms.IntegerField(required=False, min_value=0)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        target, capacity = given.get("target", ""), given.get("capacity")
        if bool(target) != (capacity is not None):
            raise forms.ValidationError("请填全范围和上限。")
        if target.startswith("post:") and not given.get("school"):
            raise forms.ValidationError("岗位内的名额须指明学校。")
        return given


SeatSet = forms.formset_factory(SeatForm, extra=0)
ReservedSet = forms.formset_factory(ReservedForm, extra=BLANK_SEATS, max_num=500)
LimitSet = forms.formset_factory(LimitForm, extra=BLANK_LIMITS, max_num=2000)


class PlanForms:
    """The three parts together; `plan()` is what the actions take."""

    def __init__(
        self, kind: PostKind, posts: Posts, cohorts: Cohorts, known: Book,
        data: Any = None, stored: Plan | None = None, revision: int = 0,
    ) -> None:  # fmt: skip
        self.kind, self.posts, self.cohorts = kind, posts, cohorts
        self.rules = RulesForm(cohorts, data, initial=_rules_initial(kind, stored, revision))
        self.seats = SeatSet(data, prefix="seats", initial=_seats_initial(posts, stored))
        self.reserved = ReservedSet(data, prefix="reserved", initial=_reserved_initial(stored))
        self.limits = LimitSet(data, prefix="limits", initial=_limits_initial(stored))
        for form in self.seats:
            pk = whole(str(form["post"].value() or ""))
            form.row = posts.get(pk)
        self._offer(known, [seat for seat in (stored.seats if stored else ()) if seat.reserved_for])

    def _offer(self, known: Book, reserved: Sequence[Seat]) -> None:
        named = [(pk, f"{post.unit.called}·{post.title}") for pk, post in self.posts.items()]
        groups = [(pk, f"{c.unit.called} {c.title}") for pk, c in self.cohorts.items()]
        for form in self.reserved:
            _choices(form, "post", [("", "（选择岗位）"), *named])
            _choices(form, "cohort", [("", "（选择批次）"), *groups])
        offer_limits(self.limits, self.posts, self.cohorts, known, reserved)

    def is_valid(self) -> bool:
        parts = (self.rules, self.seats, self.reserved, self.limits)
        found = [part.is_valid() for part in parts]  # each must be asked, for its own errors
        return all(found)

    def plan(self) -> Plan:
        """The plan as typed; its contradictions are found by `check_plan`."""
        given = self.rules.cleaned_data
        return Plan(
            title=given["title"], kind=self.kind, opens_at=given["opens_at"],
            closes_at=given["closes_at"], scores_due_at=given["scores_due_at"],
            publish_on=given["publish_on"], max_choices=given["max_choices"],
            weights={name: given[f"weight_{name}"] for name in CRITERIA},
            unit_percent=given["unit_percent"], kind_percent=given["kind_percent"],
            cohorts=[self.cohorts[int(pk)] for pk in given["cohorts"]],
            seats=[*self._open_seats(), *self._reserved_seats()],
            limits=limits_of_forms(self.limits, self.posts, self.cohorts),
        )  # fmt: skip

    def _open_seats(self) -> list[Seat]:
        taken = [f.cleaned_data for f in self.seats if f.cleaned_data.get("take")]
        return [
            Seat(post, given["capacity"] or post.headcount, given["minimum"] or 0)
            for given in taken
            if (post := self.posts.get(given["post"])) is not None
        ]

    def _reserved_seats(self) -> list[Seat]:
        filled = [f.cleaned_data for f in self.reserved if f.cleaned_data.get("post")]
        return [
            Seat(
                self.posts[int(given["post"])], given["capacity"], given["minimum"] or 0,
                self.cohorts[int(given["cohort"])],
            )
            for given in filled
        ]  # fmt: skip


def _choices(form: forms.Form, name: str, choices: list[tuple[Any, str]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


def offer_limits(
    forms_: Any, posts: Posts, cohorts: Cohorts, known: Book, reserved: Sequence[Seat] = ()
) -> None:
    """What a cap may be about: units, kinds, posts and seats kept for a cohort; and the schools."""
    units = {post.unit_id: post.unit for post in posts.values()}
    kinds = {(post.unit_id, post.occupation_code) for post in posts.values()}
    targets = [
        ("", "（选择范围）"),
        *((f"unit:{pk}", f"单位：{unit.called}") for pk, unit in units.items()),
        *(
            (f"kind:{pk}:{code}", f"同类岗位：{units[pk].called}·{known.name(Table.OCCUPATION, code)}")
            for pk, code in sorted(kinds)
        ),
        *((f"post:{pk}", f"岗位：{post.unit.called}·{post.title}") for pk, post in posts.items()),
        *(_reserved_target(seat) for seat in reserved),
    ]  # fmt: skip
    schools = {cohort.unit_id: cohort.unit for cohort in cohorts.values()}
    for form in forms_:
        form.fields["target"].choices = targets
        form.fields["school"].choices = [
            ("", "（不限学校）"),
            *((pk, unit.called) for pk, unit in schools.items()),
        ]


def _reserved_target(seat: Seat) -> tuple[str, str]:
    assert seat.reserved_for is not None  # the caller passes only such
    label = f"岗位：{seat.post.unit.called}·{seat.post.title}（专供 {seat.reserved_for.title}）"
    return f"post:{seat.post.pk}:{seat.reserved_for.pk}", label


def limits_of_forms(forms_: Any, posts: Posts, cohorts: Cohorts) -> list[Limit]:
    """The caps as typed."""
    filled = [form.cleaned_data for form in forms_ if form.cleaned_data.get("target")]
    schools = {cohort.unit_id: cohort.unit for cohort in cohorts.values()}
    units = {post.unit_id: post.unit for post in posts.values()}
    return [_limit(given, posts, cohorts, units, schools) for given in filled]


def _limit(
    given: dict[str, Any], posts: Posts, cohorts: Cohorts, units: dict[int, Unit],
    schools: dict[int, Unit],
) -> Limit:  # fmt: skip
    scope, _, rest = given["target"].partition(":")
    if scope == "unit":
        return Limit(QuotaScope.UNIT, given["capacity"], unit=units[int(rest)])
    if scope == "kind":
        pk, _, code = rest.partition(":")
        return Limit(QuotaScope.KIND, given["capacity"], unit=units[int(pk)], occupation_code=code)
    pk, _, cohort = rest.partition(":")
    return Limit(
        QuotaScope.SCHOOL_AT_POST, given["capacity"], post=posts[int(pk)],
        reserved_for=cohorts[int(cohort)] if cohort else None,
        school=schools[int(given["school"])],
    )  # fmt: skip


def limit_values(limits: list[Limit]) -> list[dict[str, Any]]:
    """Caps as the form's initial values."""
    return [
        {
            "target": _target(limit),
            "school": limit.school.pk if limit.school else "",
            "capacity": limit.capacity,
        }
        for limit in limits
    ]


def _target(limit: Limit) -> str:
    if limit.post is not None:
        reserved = f":{limit.reserved_for.pk}" if limit.reserved_for else ""
        return f"post:{limit.post.pk}{reserved}"
    assert limit.unit is not None  # the other two scopes have one
    if limit.scope == QuotaScope.KIND:
        return f"kind:{limit.unit.pk}:{limit.occupation_code}"
    return f"unit:{limit.unit.pk}"


def _rules_initial(kind: PostKind, stored: Plan | None, revision: int) -> dict[str, Any]:
    if stored is None:
        unit, of_kind = default_percents(kind)
        return {"unit_percent": unit, "kind_percent": of_kind, "revision": 0}
    weights = {f"weight_{name}": value for name, value in stored.weights.items()}
    return weights | {
        "title": stored.title, "opens_at": stored.opens_at, "closes_at": stored.closes_at,
        "scores_due_at": stored.scores_due_at, "publish_on": stored.publish_on,
        "max_choices": stored.max_choices, "unit_percent": stored.unit_percent,
        "kind_percent": stored.kind_percent, "cohorts": [c.pk for c in stored.cohorts],
        "revision": revision,
    }  # fmt: skip


def _seats_initial(posts: Posts, stored: Plan | None) -> list[dict[str, Any]]:
    seats = {
        seat.post.pk: seat for seat in (stored.seats if stored else ()) if not seat.reserved_for
    }
    made = []
    for pk, post in posts.items():
        seat = seats.get(pk)
        made.append(
            {
                "post": pk,
                "take": seat is not None,
                "capacity": seat.capacity if seat else post.headcount,
                "minimum": seat.minimum if seat else post.minimum,
            }
        )
    return made


def _reserved_initial(stored: Plan | None) -> list[dict[str, Any]]:
    return [
        {
            "post": seat.post.pk, "cohort": seat.reserved_for.pk, "capacity": seat.capacity,
            "minimum": seat.minimum,
        }
        for seat in (stored.seats if stored else ())
        if seat.reserved_for
    ]  # fmt: skip


def _limits_initial(stored: Plan | None) -> list[dict[str, Any]]:
    return limit_values(list(stored.limits)) if stored else []


class ReopenForm(forms.Form):
    """New deadlines and why."""

    closes_at = Moment("新的填报截止")
    scores_due_at = Moment("新的评分截止")
    reason = forms.CharField(label="原因", max_length=200)

    def __init__(self, *args: Any, choosing: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not choosing:
            del self.fields["closes_at"]


class LimitsForm(forms.Form):
    """Why the caps change."""

    reason = forms.CharField(label="原因", max_length=200)
    revision = forms.IntegerField(widget=forms.HiddenInput)
