"""How people are told of students, posts, quotas and scores."""

from .problem import Problem, Scope


def student_name(problem: Problem, student: int) -> str:
    """The student's id, or the number where the problem carries no labels."""
    if problem.labels is None:
        return f"#{student}"
    return str(problem.labels.student_ids[student])


def post_name(problem: Problem, post: int) -> str:
    """The post's name, which is its id where it has none."""
    if problem.labels is None:
        return f"#{post}"
    return str(problem.labels.post_names[post])


def node_name(problem: Problem, node: int) -> str:
    """What a quota limits, e.g. `岗位 P1 的人数`."""
    scope = Scope(int(problem.node_scope[node]))
    if problem.labels is None:
        return f"名额 #{node}"
    if scope is Scope.POST:
        return f"岗位 {post_name(problem, node)} 的人数"
    if scope is Scope.SCHOOL_AT_POST:
        at = int((problem.share_node == node).argmax())
        school = problem.labels.school_names[int(problem.share_school[at])]
        return f"学校 {school} 在岗位 {post_name(problem, int(problem.share_post[at]))} 的人数"
    unit = problem.labels.node_unit_name[node]
    if scope is Scope.KIND:
        return f"单位 {unit} 的同类岗位“{problem.labels.node_kind[node]}”的人数"
    return f"单位 {unit} 的总人数"


def decimals(scale: int) -> int:
    """Decimals with which scores of this scale are shown: enough to be exact, at least one."""
    places = 1
    while 10**places < scale:
        places += 1
    return places


def points(score: int, scale: int) -> str:
    """A score in points, exact, e.g. `83.5`."""
    places = decimals(scale)
    units = abs(score) * 10**places // scale
    whole, part = divmod(units, 10**places)
    return f"{'-' if score < 0 else ''}{whole}.{part:0{places}d}"
