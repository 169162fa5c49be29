"""States and kinds of what members list: what they need and what they offer."""

from django.db.models import TextChoices

from chanjiao.kernel.moves import Moves


class ListingState(TextChoices):
    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待审核"
    RETURNED = "returned", "退回修改"
    PUBLISHED = "published", "已发布"
    MATCHED = "matched", "已匹配"
    CLOSED = "closed", "已关闭"


MOVES: Moves = {
    ListingState.DRAFT: frozenset({ListingState.SUBMITTED}),
    ListingState.SUBMITTED: frozenset(
        {ListingState.PUBLISHED, ListingState.RETURNED, ListingState.DRAFT}
    ),
    ListingState.RETURNED: frozenset({ListingState.SUBMITTED, ListingState.CLOSED}),
    ListingState.PUBLISHED: frozenset(
        {ListingState.MATCHED, ListingState.CLOSED, ListingState.RETURNED}
    ),
    ListingState.MATCHED: frozenset({ListingState.PUBLISHED, ListingState.CLOSED}),
    ListingState.CLOSED: frozenset(),
}

LABELS: dict[str, str] = {state.value: str(state.label) for state in ListingState}
EDITABLE = frozenset({ListingState.DRAFT, ListingState.RETURNED})
ON_SHOW = frozenset({ListingState.PUBLISHED, ListingState.MATCHED})


class PostKind(TextChoices):
    INTERNSHIP = "internship", "岗位实习"
    APPRENTICE = "apprentice", "学徒"
    ORDER = "order", "订单班"
    EMPLOYMENT = "employment", "就业"


class Shift(TextChoices):
    DAY = "day", "白班"
    TWO = "two", "两班倒"
    THREE = "three", "三班倒"
    NIGHT = "night", "夜班"


class Hazard(TextChoices):
    """What 4号文 art. 16 and the special rules for minors and women look at."""

    HEAVY = "heavy", "第Ⅲ级及以上体力劳动"
    HEIGHT = "height", "高处作业"
    TOXIC = "toxic", "有毒有害物质"
    EXPLOSIVE = "explosive", "易燃易爆"
    RADIATION = "radiation", "放射性"
    NOISE = "noise", "强噪声"
    HEAT = "heat", "高温或低温"
    UNDERGROUND = "underground", "井下作业"
    VENUE = "venue", "娱乐场所"


class Confidentiality(TextChoices):
    PUBLIC = "public", "公开"
    MEMBERS = "members", "仅成员可见"
    NAMED = "named", "仅秘书处可见"


class Sex(TextChoices):
    MALE = "male", "男"
    FEMALE = "female", "女"
