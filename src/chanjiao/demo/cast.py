"""Who acts in the demonstration: accounts made by invitation, and the moment they act at."""

from __future__ import annotations

from dataclasses import dataclass, field

from chanjiao.demo.season import Season
from chanjiao.kernel.clock import day_of
from chanjiao.members.models import Consortium
from chanjiao.people.access import Actor, actor_of
from chanjiao.people.actions import accept_invitation, create_duty_account
from chanjiao.people.models import Unit, User

PASSWORD = "Chanjiao-2026"  # noqa: S105 - the demonstration's, printed on purpose
SECRETARY = "mishuchu"
DUTIES = (
    ("operator", "operator", "程系统"),
    ("anquan", "security", "安保全"),
    ("shenji", "auditor", "沈计真"),
)


@dataclass
class Cast:
    """The people of the demonstration by login name, and its consortium."""

    season: Season
    users: dict[str, User] = field(default_factory=dict)
    units: dict[str, Unit] = field(default_factory=dict)
    home: Consortium | None = None

    @property
    def consortium(self) -> Consortium:
        assert self.home is not None, "the members stage comes first"
        return self.home

    def actor(self, username: str) -> Actor:
        """The person as they stand at the season's present moment."""
        return actor_of(self.users[username], day_of(self.season.tick(0)))

    @property
    def secretary(self) -> Actor:
        return self.actor(SECRETARY)

    def take_office(self) -> None:
        """The installation's three administrators, as its command line makes them."""
        for username, duty, name in DUTIES:
            self.users[username] = create_duty_account(
                username=username, name=name, password=PASSWORD, duty=duty, at=self.season.tick()
            )

    def join(self, token: str, username: str) -> User:
        """Accept an invitation the way its link does."""
        user = accept_invitation(
            token, username=username, password=PASSWORD, at=self.season.tick(300)
        )
        self.users[username] = user
        return user

    def key_of(self, unit_id: int) -> str:
        """The catalogue's key of a unit, which is its administrator's login name too."""
        return next(key for key, unit in self.units.items() if unit.pk == unit_id)
