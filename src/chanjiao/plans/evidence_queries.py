"""Reading evidence. Every list starts at `visible_to`: one's own unit's, the secretariat's all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Min, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from chanjiao.files.photos import ALIKE_BITS, apart
from chanjiao.members.models import Consortium
from chanjiao.people.access import Actor
from chanjiao.people.access import in_force_on as acting_on
from chanjiao.people.models import Appointment, Unit
from chanjiao.plans.duplicates import Piece
from chanjiao.plans.enums import EVIDENCE_HANDED_IN, EvidenceState, FlagState
from chanjiao.plans.models import (
    Evidence,
    EvidenceBundle,
    EvidenceFile,
    EvidenceFlag,
    EvidenceUse,
    Plan,
)

TO_DO = frozenset({EvidenceState.WANTED, EvidenceState.RETURNED})
GONE = frozenset({EvidenceState.WITHDRAWN, EvidenceState.NOT_NEEDED})


def visible_to(actor: Actor | None) -> QuerySet[Evidence]:
    """A unit's people see their unit's, the secretariat sees its consortium's."""
    rows = Evidence.objects.select_related("plan__consortium", "task", "unit", "same_as")
    if actor is None or not actor.units:
        return rows.none()
    return rows.filter(Q(unit__in=actor.units) | Q(plan__consortium__secretariat__in=actor.units))


def files_visible_to(actor: Actor | None) -> QuerySet[EvidenceFile]:
    """Files of the evidence that the person sees; there is no other way to a file."""
    rows = EvidenceFile.objects.select_related("file")
    return rows.filter(evidence__in=visible_to(actor).values("pk"))


def flags_visible_to(actor: Actor | None) -> QuerySet[EvidenceFlag]:
    """Suspicions are the secretariat's to judge: they name other units."""
    rows = EvidenceFlag.objects.select_related(
        "evidence__plan__consortium", "evidence__unit", "evidence__task",
        "other__plan", "other__unit", "other__task", "judged_by",
    )  # fmt: skip
    if actor is None:
        return rows.none()
    return rows.filter(evidence__plan__consortium__secretariat__in=actor.units)


def bundles_visible_to(actor: Actor | None) -> QuerySet[EvidenceBundle]:
    """Everybody's bundle: the secretariat. One unit's: that unit too."""
    rows = EvidenceBundle.objects.select_related("plan__consortium", "unit", "file", "job")
    if actor is None:
        return rows.none()
    return rows.filter(Q(plan__consortium__secretariat__in=actor.units) | Q(unit__in=actor.units))


def with_uses(rows: QuerySet[Evidence]) -> QuerySet[Evidence]:
    """Each with `used`: in how many tasks and indicators it serves."""
    counted = EvidenceUse.objects.filter(evidence=OuterRef("pk")).order_by().values("evidence")
    return rows.annotate(used=Coalesce(Subquery(counted.annotate(n=Count("pk")).values("n")), 0))


def current_files(row: Evidence) -> QuerySet[EvidenceFile]:
    """What the piece consists of now."""
    return row.files.filter(removed_at__isnull=True).select_related("file").order_by("pk")


def with_files(rows: QuerySet[Evidence]) -> QuerySet[Evidence]:
    """Each with `held`, the list of its present files."""
    files = EvidenceFile.objects.filter(removed_at__isnull=True).select_related("file")
    return rows.prefetch_related(Prefetch("files", files.order_by("pk"), to_attr="held"))


def late(rows: QuerySet[Evidence], *, on: date) -> QuerySet[Evidence]:
    """Those the unit should have acted on by now."""
    return rows.filter(state__in=TO_DO, answer_due_on__lt=on)


def to_check(rows: QuerySet[Evidence]) -> QuerySet[Evidence]:
    """What waits for the secretariat, longest first."""
    return rows.filter(state=EvidenceState.SUBMITTED).order_by("submitted_at", "pk")


def usable(row: Evidence, actor: Actor | None) -> QuerySet[Evidence]:
    """Existing evidence that this one may refer to instead of being handed in again.

    The same unit's, of the same plan, handed in, of another task, no reference itself.
    """
    return (
        visible_to(actor)
        .filter(plan=row.plan_id, unit=row.unit_id, same_as__isnull=True)
        .filter(state__in=[EvidenceState.ACCEPTED, EvidenceState.SUBMITTED])
        .exclude(pk=row.pk)
        .exclude(task=row.task_id)
    )


# The home pages ------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in a consortium: for the check, for a judgement, for units, late."""

    submitted: int
    since: date | None
    suspect: int
    late: int
    late_since: date | None


def waiting(consortium: Consortium, *, on: date) -> Waiting:
    """The secretariat's queue; one query. `since` is the day of the oldest submission waiting."""
    handed = Q(state=EvidenceState.SUBMITTED)
    overdue = Q(state__in=TO_DO, answer_due_on__lt=on)
    found = Evidence.objects.filter(plan__consortium=consortium).aggregate(
        submitted=Count("pk", filter=handed),
        since=Min("submitted_at__date", filter=handed),
        suspect=Count("pk", filter=Q(flag=FlagState.OPEN)),
        late=Count("pk", filter=overdue),
        late_since=Min("answer_due_on", filter=overdue),
    )
    return Waiting(**found)


@dataclass(frozen=True, slots=True)
class Own:
    """What a unit owes: still wanted, handed back, and the earliest day of each."""

    wanted: int
    wanted_due: date | None
    returned: int
    returned_due: date | None


def own_waiting(unit: Unit, consortium: Consortium) -> Own:
    """A member's queue; one query."""
    wanted, returned = Q(state=EvidenceState.WANTED), Q(state=EvidenceState.RETURNED)
    found = Evidence.objects.filter(unit=unit, plan__consortium=consortium).aggregate(
        wanted=Count("pk", filter=wanted),
        wanted_due=Min("answer_due_on", filter=wanted),
        returned=Count("pk", filter=returned),
        returned_due=Min("answer_due_on", filter=returned),
    )
    return Own(**found)


# Who is late ---------------------------------------------------------------------------------
def owing_units(plan: Plan, *, on: date, within: date | None = None) -> QuerySet[Unit]:
    """Units that owe evidence of a plan, with `owing`, `overdue`, `first_due` and `people`.

    `within`: only what is due by that day. `people` is how many act for the unit and can be told.
    """
    owed = Q(evidence__plan=plan, evidence__state__in=TO_DO)
    if within is not None:
        owed &= Q(evidence__answer_due_on__lte=within)
    overdue = owed & Q(evidence__answer_due_on__lt=on)
    acting = Appointment.objects.filter(acting_on(on), unit=OuterRef("pk")).order_by()
    people = acting.values("unit").annotate(n=Count("user", distinct=True)).values("n")
    return (
        Unit.objects.annotate(
            owing=Count("evidence", filter=owed),
            overdue=Count("evidence", filter=overdue),
            first_due=Min("evidence__answer_due_on", filter=owed),
            people=Coalesce(Subquery(people), 0),
        )
        .filter(owing__gt=0)
        .order_by("-overdue", "first_due", "name", "pk")
    )


@dataclass(frozen=True, slots=True)
class Punctuality:
    """Of one unit: how much evidence was asked for by a day in the period, and how it came."""

    unit: Unit
    asked: int
    on_time: int
    late: int
    missing: int


def punctuality(
    consortium: Consortium, since: date, until: date, *, on: date | None = None
) -> list[Punctuality]:
    """Per unit, for evidence due in [since, until) (and before `on`, if given): by the first handing in.

    What was let go or withdrawn is not counted. Units nothing was asked of are left out.
    """
    end = min(until, on) if on else until
    rows = Evidence.objects.filter(
        plan__consortium=consortium, asked_at__isnull=False, due_on__gte=since, due_on__lt=end
    ).exclude(state__in=GONE)
    in_time = Q(first_submitted_at__date__lte=F("due_on"))
    units = rows.values("unit").annotate(
        asked=Count("pk"),
        on_time=Count("pk", filter=in_time),
        late=Count("pk", filter=Q(first_submitted_at__date__gt=F("due_on"))),
        missing=Count("pk", filter=Q(first_submitted_at__isnull=True)),
    )
    names = ("unit", "asked", "on_time", "late", "missing")
    found = {row[0]: row[1:] for row in units.order_by("unit").values_list(*names)}
    named = Unit.objects.filter(pk__in=found).order_by("name", "pk")
    return [Punctuality(unit, *found[unit.pk]) for unit in named]


# Duplicates ----------------------------------------------------------------------------------
_PIECE = ("pk", "code", "title", "kind", "unit", "unit__name", "task", "plan__year")


def piece(row: Evidence) -> Piece:
    """What the rules on duplicates look at."""
    return Piece(
        row.pk, row.code, row.title, row.kind, row.unit_id, row.unit.name, row.task_id,
        row.plan.year,
    )  # fmt: skip


def _others(row: Evidence) -> QuerySet[EvidenceFile]:
    """Present files of other evidence of the consortium that was handed in, in whatever year."""
    return EvidenceFile.objects.filter(
        removed_at__isnull=True,
        evidence__plan__consortium=row.plan.consortium_id,
        evidence__state__in=EVIDENCE_HANDED_IN,
    ).exclude(evidence=row.pk)


def sharing_files(row: Evidence, files: Iterable[EvidenceFile]) -> list[tuple[Piece, str]]:
    """Other pieces with one of these files, each with the digest shared; oldest first."""
    digests = {one.file.digest for one in files}
    found = _others(row).filter(file__digest__in=digests).order_by("evidence", "pk")
    names = [f"evidence__{name}" for name in _PIECE]
    return [(Piece(*values[1:]), values[0]) for values in found.values_list("file__digest", *names)]


def with_pictures_alike(row: Evidence, files: Iterable[EvidenceFile]) -> list[tuple[Piece, str]]:
    """Other pieces with a picture nearly like one of these, each with the digest of ours."""
    ours = [(one.fingerprint, one.file.digest) for one in files if one.fingerprint]
    if not ours:
        return []
    pictures = _others(row).exclude(fingerprint="").order_by("evidence", "pk")
    near: dict[int, str] = {}
    for pk, theirs in pictures.values_list("evidence", "fingerprint"):
        for mine, digest in ours:
            if pk not in near and apart(mine, theirs) <= ALIKE_BITS:
                near[pk] = digest
    rows = Evidence.objects.filter(pk__in=near).order_by("pk").values_list(*_PIECE)
    return [(Piece(*values), near[values[0]]) for values in rows]


def worst_flag(row: Evidence, digests: Iterable[str]) -> str:
    """The state to show of the suspicions about these files: confirmed, open, cleared or none."""
    states = set(row.flags.filter(digest__in=list(digests)).values_list("state", flat=True))
    order = (FlagState.CONFIRMED, FlagState.OPEN, FlagState.CLEARED)
    return next((state.value for state in order if state in states), "")
