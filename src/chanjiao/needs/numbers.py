"""Numbers such as RC-2026Q4-0001, each given once."""

from django.db.models import F

from chanjiao.needs.kinds import ListingKind
from chanjiao.needs.models import NumberSeries


def take_numbers(kind: ListingKind, quarter: str, count: int) -> list[str]:
    """The next numbers of a series. Inside a transaction: its row stays locked to the end."""
    return take(f"{kind.prefix}-{quarter}", count)


def take(key: str, count: int, *, digits: int = 4) -> list[str]:
    """The next numbers of any series, such as SX-2026; the same promise as `take_numbers`."""
    NumberSeries.objects.bulk_create([NumberSeries(key=key)], ignore_conflicts=True)
    NumberSeries.objects.filter(key=key).update(last=F("last") + count)
    last = NumberSeries.objects.values_list("last", flat=True).get(key=key)
    return [f"{key}-{number:0{digits}d}" for number in range(last - count + 1, last + 1)]
