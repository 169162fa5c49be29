"""What the demonstration set observes of dual training, in plain Python over rows."""

from datetime import timedelta

from tests.engine.indicators.worlds import YEAR

LAST_DAY = YEAR.until - timedelta(days=1)
ENTERPRISE_SITES = {"factory", "classroom", "enterprise"}


def in_year(day) -> bool:
    return day is not None and YEAR.since <= day < YEAR.until


def days_meet(row, first, last) -> bool:
    """Whether [starts_on, ends_on) has a day from `first` to `last`, both of them counted."""
    own_last = last if row["ends_on"] is None else row["ends_on"] - timedelta(days=1)
    return max(row["starts_on"], first) <= min(own_last, last)


def this_year(row) -> bool:
    return days_meet(row, YEAR.since, LAST_DAY)


def at_the_end(row) -> bool:
    return days_meet(row, LAST_DAY, LAST_DAY)


def programmes(f, *kinds):
    """By number, those with a day in the year."""
    return {
        p["programme"]: p
        for p in f["programme"]
        if this_year(p) and (not kinds or p["kind"] in kinds)
    }


def colleges(f):
    return sum(
        p["kind"] == "college" and p["state"] == "running" and at_the_end(p) for p in f["programme"]
    )


def majors_with_enterprise_teaching(f):
    taught = {i["programme"] for i in f["plan_item"] if i["teacher"] != "school"}
    counted = taught & set(programmes(f))
    return len({m["major"] for m in f["programme_major"] if m["programme"] in counted})


def bridges(f):
    return len(programmes(f, "bridge"))


def order_learners(f):
    orders = {p["programme"] for p in f["programme"] if p["kind"] == "order"}
    return len(
        {e["person"] for e in f["enrolment"] if e["programme"] in orders and this_year(e)}
    )  # fmt: skip


def minutes(items, chosen=lambda item: True):
    return sum(item["minutes"] for item in items if chosen(item))


def items_of(f, *kinds):
    counted = programmes(f, *kinds)
    return [item for item in f["plan_item"] if item["programme"] in counted]


def apprentices_at_work(f):
    items = items_of(f, "apprentice")
    return minutes(items, lambda i: i["site"] == "enterprise"), minutes(items)


def field_projects(f):
    return len(programmes(f, "field"))


def enterprise_sites(f):
    items = items_of(f)
    return minutes(items, lambda i: i["site"] in ENTERPRISE_SITES), minutes(items)


def real_projects(f):
    return minutes(items_of(f), lambda i: i["is_core"] and i["is_real_project"])


def stayed(f):
    asked = [
        o for o in f["outcome"]
        if o["months"] != 0 and in_year(o["due_on"]) and o["destination"] != "unknown"
    ]  # fmt: skip
    near = [
        o for o in asked if o["destination"] in {"employed", "self"} and o["place"] in {"park", "city"}
    ]  # fmt: skip
    return len(near), len(asked)


def relevant(f):
    judged = [
        o["relevant"] for o in f["outcome"]
        if o["months"] == 0 and in_year(o["due_on"]) and o["destination"] == "employed"
        and o["relevant"] is not None
    ]  # fmt: skip
    return sum(judged), len(judged)


def hired(f):
    """Persons: one hired in two rounds is one."""
    rounds = {
        r["round"] for r in f["round"] if r["kind"] == "employment" and in_year(r["published_on"])
    }
    return len({m["person"] for m in f["match"] if m["round"] in rounds and m["employer"]})


def taught_by_enterprises(f):
    masters = {m["mentor"] for m in f["mentor"] if m["kind"] == "enterprise"}
    return sum(h["minutes"] for h in f["mentor_hours"] if h["mentor"] in masters)


def teachers_days(f):
    return sum(s["days"] for s in f["teacher_stay"] if in_year(s["starts_on"]))


def dual_teachers(f):
    teachers = [m for m in f["mentor"] if m["kind"] == "school" and at_the_end(m)]
    return sum(m["is_dual"] for m in teachers), len(teachers)


def on_post(f):
    return len({p["person"] for p in f["placement"] if p["kind"] == "post" and this_year(p)})


def violations(f):
    return sum(i["is_violation"] and in_year(i["closed_on"]) for i in f["incident"])


TRAINING = {
    "14": colleges, "16": majors_with_enterprise_teaching, "17": bridges, "18": order_learners,
    "19": apprentices_at_work, "20": field_projects, "21": enterprise_sites, "22": real_projects,
    "24": stayed, "25": relevant, "26": hired, "36": taught_by_enterprises, "37": teachers_days,
    "38": dual_teachers, "40": on_post, "43": violations,
}  # fmt: skip
