"""Numbers such as RC-2026Q4-0001, each given once."""

from django.db.models import F

from chanjiao.needs.kinds import ListingKind
from chanjiao.needs.models import NumberSeries


def take_numbers(kind: ListingKind, quarter: str, count: int) -> list[str]:
    """The next numbers of a series. Inside a transaction: its row stays locked to the end."""
    key = f"{kind.prefix}-{quarter}"
    NumberSeries.objects.bulk_create([NumberSeries(key=key)], ignore_conflicts=True)
    NumberSeries.objects.filter(key=key).update(last=F("last") + count)
    last = NumberSeries.objects.values_list("last", flat=True).get(key=key)
    return [f"{key}-{number:04d}" for number in range(last - count + 1, last + 1)]
