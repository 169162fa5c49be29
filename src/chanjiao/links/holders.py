"""Who acts through a link, for the trail: a name without an account."""

from dataclasses import dataclass

from chanjiao.links.models import Link


@dataclass(frozen=True, slots=True)
class Holder:
    """The holder of a link as the trail names who acted."""

    name: str
    pk: None = None


def holder_of(link: Link) -> Holder:
    """“李师傅（专用链接）”."""
    return Holder(f"{link.holder}（{Link._meta.verbose_name}）")
