"""What may be read of reports and templates, by whom."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from chanjiao.indicators.enums import PeriodState
from chanjiao.indicators.models import Period, Snapshot
from chanjiao.members.models import Consortium
from chanjiao.members.queries import consortia_visible_to
from chanjiao.people.access import Actor
from chanjiao.reports.enums import ReportState
from chanjiao.reports.models import Report, ReportTemplate


def visible_to(actor: Actor | None) -> QuerySet[Report]:
    """The secretariat's own; members see what was made of a published edition, once it is ready."""
    rows = Report.objects.select_related(
        "period__consortium", "snapshot", "template", "word", "pdf", "excel", "made_by"
    )
    if actor is None:
        return rows.none()
    own = Q(period__consortium__secretariat__in=actor.units)
    published = Q(
        state=ReportState.READY, snapshot__published_at__isnull=False,
        period__consortium__in=consortia_visible_to(actor).values("pk"),
    )  # fmt: skip
    return rows.filter(own | published)


def published() -> QuerySet[Report]:
    """What everybody may read: public editions that are ready."""
    return Report.objects.filter(
        state=ReportState.READY, is_public=True, snapshot__published_at__isnull=False
    ).select_related("period__consortium", "snapshot__pack__public_file", "word", "pdf")


def latest_published(period: Period) -> Report | None:
    """The one edition the public gets: the last made of the last edition published."""
    rows = published().filter(period=period)
    return rows.order_by("-snapshot__edition", "-edition").first()


def templates_visible_to(actor: Actor | None) -> QuerySet[ReportTemplate]:
    """The secretariat's own."""
    rows = ReportTemplate.objects.select_related("consortium", "file", "uploaded_by")
    if actor is None:
        return rows.none()
    return rows.filter(consortium__secretariat__in=actor.units)


def default_of(consortium: Consortium) -> ReportTemplate | None:
    """The consortium's own default; None for the one the project ships."""
    return ReportTemplate.objects.filter(consortium=consortium, is_default=True).first()


def awaiting_report(consortium: Consortium) -> QuerySet[Period]:
    """Periods locked or published whose standing edition has no report yet."""
    done = Report.objects.filter(
        state=ReportState.READY, is_public=False, snapshot__voided_at__isnull=True,
        snapshot__isnull=False,
    )  # fmt: skip
    return (
        Period.objects.filter(
            consortium=consortium, state__in=[PeriodState.LOCKED, PeriodState.PUBLISHED]
        )
        .exclude(pk__in=done.values("period"))
        .order_by("-year")
    )


def awaiting_public(consortium: Consortium) -> QuerySet[Period]:
    """Published years whose edition in sight has no public report yet, the last first."""
    editions = Snapshot.objects.filter(published_at__isnull=False)
    newer = editions.filter(period=OuterRef("period"), edition__gt=OuterRef("edition"))
    done = published().filter(snapshot=OuterRef("pk"))
    owing = editions.filter(~Exists(newer), ~Exists(done), period__consortium=consortium)
    return Period.objects.filter(pk__in=owing.values("period")).order_by("-year")
