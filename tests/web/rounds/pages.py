"""Signing in and asking for pages, at the moment of the small world."""

from datetime import datetime

import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chanjiao.people.access import Actor
from tests.matching.world import AT


def client_of(actor: Actor | None) -> Client:
    """A browser of this person (or of a stranger)."""
    client = Client()
    if actor is not None:
        client.force_login(actor.user)
    return client


def get(actor: Actor | None, address: str, *, at: datetime = AT, **query):
    with time_machine.travel(at, tick=False):
        return client_of(actor).get(address, query)


def post(actor: Actor | None, address: str, data=None, *, at: datetime = AT, **extra):
    with time_machine.travel(at, tick=False):
        return client_of(actor).post(address, data or {}, **extra)


def text(response) -> str:
    return response.content.decode()


def queries(actor: Actor, address: str) -> int:
    """How many queries the page costs once the person is signed in and caches are warm."""
    client = client_of(actor)
    with time_machine.travel(AT, tick=False):
        client.get(address)
        with CaptureQueriesContext(connection) as seen:
            answer = client.get(address)
    assert answer.status_code == 200
    return len(seen)
