"""Which year an authority's page is about."""

from chanjiao.indicators.received_rules import years_of
from chanjiao.kernel.clock import day_of
from chanjiao.web.parts.page import PageRequest
from chanjiao.web.parts.typed import whole


def year_of(request: PageRequest) -> int:
    """The one the address asks for, else the youngest received, else the year before this one."""
    asked = whole(request.GET.get("year", ""))
    if 1900 < asked < 10000:
        return asked
    known = years_of(request.authority)
    return known[0] if known else day_of(request.at).year - 1
