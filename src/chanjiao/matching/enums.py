"""States of a round and of a run."""

from django.db.models import TextChoices

from chanjiao.kernel.moves import Moves


class RoundState(TextChoices):
    DRAFT = "draft", "筹备"
    CHOOSING = "choosing", "填报志愿"
    SCORING = "scoring", "企业评分"
    DECIDING = "deciding", "试算与审定"
    ACCEPTED = "accepted", "已审定"
    PUBLISHED = "published", "已公布"
    CANCELLED = "cancelled", "已取消"


ROUND_MOVES: Moves = {
    RoundState.DRAFT: frozenset({RoundState.CHOOSING, RoundState.CANCELLED}),
    RoundState.CHOOSING: frozenset({RoundState.SCORING, RoundState.CANCELLED}),
    RoundState.SCORING: frozenset({RoundState.CHOOSING, RoundState.DECIDING, RoundState.CANCELLED}),
    RoundState.DECIDING: frozenset({RoundState.SCORING, RoundState.ACCEPTED, RoundState.CANCELLED}),
    RoundState.ACCEPTED: frozenset({RoundState.DECIDING, RoundState.PUBLISHED}),
    RoundState.PUBLISHED: frozenset(),
    RoundState.CANCELLED: frozenset(),
}


class RunState(TextChoices):
    QUEUED = "queued", "排队中"
    DONE = "done", "已完成"
    FAILED = "failed", "失败"
    ACCEPTED = "accepted", "已采纳"


RUN_MOVES: Moves = {
    RunState.QUEUED: frozenset({RunState.DONE, RunState.FAILED}),
    RunState.DONE: frozenset({RunState.ACCEPTED}),
    RunState.ACCEPTED: frozenset({RunState.DONE}),
    RunState.FAILED: frozenset(),
}


class QuotaScope(TextChoices):
    """Which node of the quota tree a quota of the secretariat's own caps."""

    UNIT = "unit", "单位"
    KIND = "kind", "单位内同类岗位"
    SCHOOL_AT_POST = "school_at_post", "学校在岗位内的名额"
