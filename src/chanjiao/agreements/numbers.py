"""Numbers such as XY-2026-0001, each given once."""

from django.db.models import F

from chanjiao.agreements.models import AgreementSeries


def take_numbers(year: int, count: int) -> list[str]:
    """The next numbers of a year. Inside a transaction: its row stays locked to the end."""
    key = f"XY-{year}"
    AgreementSeries.objects.bulk_create([AgreementSeries(key=key)], ignore_conflicts=True)
    AgreementSeries.objects.filter(key=key).update(last=F("last") + count)
    last = AgreementSeries.objects.values_list("last", flat=True).get(key=key)
    return [f"{key}-{number:04d}" for number in range(last - count + 1, last + 1)]
