"""Small worlds for tests: units, people and who acts for whom, written straight to the tables."""

from datetime import date, datetime
from itertools import count

from chanjiao.kernel.clock import ZONE, day_of
from chanjiao.people.access import Actor, actor_of
from chanjiao.people.enums import AppointmentRole, Duty, UnitKind
from chanjiao.people.models import Appointment, Unit, User
from chanjiao_engine.codes import make_credit_code

AT = datetime(2026, 11, 23, 10, 0, tzinfo=ZONE)
TODAY = day_of(AT)
_numbers = count(1)


def credit_code(number: int | None = None) -> str:
    """A valid code for a fictional unit."""
    return make_credit_code("91", "210213", f"{number or next(_numbers):08}")


def make_unit(kind: str = UnitKind.ENTERPRISE, name: str = "", **fields) -> Unit:
    number = next(_numbers)
    code = None if kind == UnitKind.OFFICE else credit_code(50_000_000 + number)
    values = {"credit_code": code, "created_at": AT} | fields
    return Unit.objects.create(kind=kind, name=name or f"示例单位{number}", **values)


def make_user(name: str = "", **fields) -> User:
    number = next(_numbers)
    values = {"username": f"user{number}", "created_at": AT} | fields
    return User.objects.create_user(
        name=name or f"人员{number}", password="right-horse-77", **values
    )


def make_appointment(
    user: User, unit: Unit, role: str = AppointmentRole.ADMINISTRATOR,
    starts_on: date = date(2026, 1, 1), **fields,
) -> Appointment:  # fmt: skip
    return Appointment.objects.create(
        user=user, unit=unit, role=role, starts_on=starts_on, **fields
    )


def acting(unit: Unit, role: str = AppointmentRole.ADMINISTRATOR, **fields) -> Actor:
    """A new person who acts for the unit."""
    user = make_user(**fields)
    make_appointment(user, unit, role)
    return seen(user)


def with_duty(duty: str = Duty.OPERATOR) -> Actor:
    """A new operator, security administrator or auditor."""
    return seen(make_user(duty=duty))


def stranger() -> Actor:
    """A signed-in person who acts for nobody."""
    return seen(make_user())


def seen(user: User) -> Actor:
    return actor_of(user, TODAY)
