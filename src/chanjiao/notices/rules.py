"""Who may do what with a notice."""

from chanjiao.kernel.verdict import ALLOWED, Verdict, refuse
from chanjiao.notices.models import Notice
from chanjiao.people.access import Actor


def may_read(actor: Actor, notice: Notice) -> Verdict:
    """A notice is for the person it was sent to."""
    return ALLOWED if notice.user_id == actor.pk else refuse("这条通知不是发给您的。")
