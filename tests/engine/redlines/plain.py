"""The red lines once more, row by row in plain Python, written from the notice and not from the engine.

Facts are lists of dicts. `judge` gives (code, outcome, row, day, seen, limit) for every finding;
seen and limit as in the engine, dates as days since 1970. It is also the bench's peer.
"""

from datetime import date, timedelta

YES, NO, DUNNO = True, False, None
VENUES = {"6233", "8051", "9011", "9012", "9013"}
EPOCH = date(1970, 1, 1)


def all_of(*parts):
    if NO in parts:
        return NO
    return DUNNO if DUNNO in parts else YES


def any_of(*parts):
    if YES in parts:
        return YES
    return DUNNO if DUNNO in parts else NO


def compare(left, test, right):
    return DUNNO if left is None or right is None else test(left, right)


def less(left, right):
    return compare(left, lambda a, b: a < b, right)


def days(value):
    return (value - EPOCH).days if isinstance(value, date) else value


def birthday(born, years):
    """The day somebody becomes so old; who was born on 29 February waits for 1 March."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def younger(start, born, years):
    return DUNNO if start is None or born is None else start < birthday(born, years)


def years_old(start, born):
    if start is None or born is None:
        return None
    years = start.year - born.year
    return years if start >= birthday(born, years) else years - 1


def field_names(codes):
    """大类 by name, so that the levels are one; the first two digits of 21–39, 41–59, 61–79."""
    if codes is None:
        return None
    names = set()
    for code in codes.split("、"):
        head = int(code[:2]) if len(code) == 6 and code.isdigit() else 0
        if 1 <= head <= 14:
            names.add(("本科", head))
        elif head // 20 in (1, 2, 3) and head % 20:
            names.add(("职业", head % 20))
        else:
            return None
    return names


def entertainment(unit):
    written = unit.get("industry") or ""
    industry = written.lstrip("ABCDEFGHIJKLMNOPQRST")
    by_code = None
    if written and not industry:  # 门类 alone: 住宿餐饮, 居民服务, 文体娱乐 hold banned ones
        by_code = None if written in "HOR" else NO
    elif len(industry) == 4:
        by_code = industry in VENUES
    elif industry:
        by_code = None if any(v.startswith(industry) for v in VENUES) else NO
    known = [one for one in (unit.get("entertainment"), by_code) if one is not None]
    return any(known) if known else DUNNO


def first_of_next(month):
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


class World:
    """The facts by id, the way a loop looks them up."""

    def __init__(self, tables, cover):
        self.tables, self.cover = tables, cover
        self.by_id = {
            name: {row[key]: row for row in tables.get(name, [])}
            for name, key in (
                ("students", "student"), ("units", "unit"), ("posts", "post"),
                ("placements", "placement"), ("agreements", "placement"),
                ("consents", "placement"), ("training", "placement"),
                ("declarations", "placement"),
            )
        }  # fmt: skip
        self.fees, self.insurance, self.paid_months = {}, {}, set()
        for row in tables.get("fees", []):
            self.fees.setdefault(row["placement"], []).append(row)
        for row in tables.get("insurance", []):
            self.insurance.setdefault(row["placement"], []).append(row)
        for row in tables.get("pay", []):
            self.paid_months.add((row["placement"], row["month"].year, row["month"].month))

    def about(self, placement):
        """Student, post, unit, agreement, consent, training, declaration: {} where there is none."""
        post = self.by_id["posts"].get(placement["post"], {})
        own = [self.by_id[name].get(placement["placement"], {})
               for name in ("agreements", "consents", "training", "declarations")]  # fmt: skip
        student = self.by_id["students"].get(placement["student"], {})
        return student, post, self.by_id["units"].get(post.get("unit"), {}), *own


def on_time(start, lead, *dates):
    last = None if start is None else start - timedelta(days=lead)
    bad = any_of(*(less(last, day) for day in dates))
    known = [day for day in dates if day is not None]
    return bad, max(known) if known else None, last


def floor_of(post):
    shares = []
    if post.get("same_post_wage") is not None:
        shares.append(-(-post["same_post_wage"] * 80 // 100))
    if post.get("lowest_wage_grade") is not None:
        shares.append(post["lowest_wage_grade"])
    return min(shares) if shares else None


def below(pay, post, placement):
    wage = post.get("same_post_wage")
    share = DUNNO if pay is None or wage is None else pay * 100 < wage * 80
    return all_of(share, less(pay, post.get("lowest_wage_grade")), placement.get("independent"))


def uncovered(placement, policies):
    """(bad, first day not covered), day by day."""
    start, end = placement.get("starts"), placement.get("until")
    if not policies or start is None:
        return DUNNO, None

    def covered(day):
        return any(p["since"] <= day < p["until"] for p in policies)

    if end is None:
        return (DUNNO if covered(start) else YES), start
    day = start
    while day < end:
        if not covered(day):
            return YES, day
        day += timedelta(days=1)
    return NO, None


def gates(placement, world, province):
    """(code, bad, seen, limit) of every rule asked of a placement but the caps."""
    student, post, unit, agreement, consent, training, said = world.about(placement)
    start, born = placement.get("starts"), student.get("born")
    intern = compare(placement.get("kind"), lambda a, b: a == b, "岗位实习")
    age = years_old(start, born)
    minor = younger(start, born, 18)
    chemical = post.get("chemical_site")
    if chemical is None and unit.get("chemical_park") is False:
        chemical = NO
    own, wanted = field_names(student.get("major")), field_names(post.get("majors"))
    other = DUNNO if own is None or wanted is None else not own & wanted
    woman = compare(student.get("sex"), lambda a, b: a == b, "女")
    site = compare(unit.get("site"), lambda a, b: a in b, ("校中厂", "厂中校", "校内基地"))
    unlisted = compare(unit.get("registered"), lambda a, b: a is b, False)
    grade, intensity = placement.get("grade"), post.get("intensity")
    fees = world.fees.get(placement["placement"], [])
    amount = sum(row.get("amount") or 0 for row in fees) if fees else None
    charged = said.get("fees")
    if charged is not True:
        if amount:
            charged = YES
        elif any(row.get("amount") is None for row in fees):
            charged = DUNNO
    policies = world.insurance.get(placement["placement"], [])
    gap_bad, gap = world.cover(placement, policies)
    premium = any_of(*(p.get("charged") for p in policies)) if policies else DUNNO
    failed = compare(training.get("passed"), lambda a, b: a is b, False)
    late, tested, last = on_time(start, 0, training.get("tested_on"))
    pay = placement.get("pay")
    yield "grade_first_year", all_of(intern, less(grade, 2)), grade, 2
    yield "age_under_16", all_of(intern, younger(start, born, 16)), age, 16
    yield "minor_hazard", all_of(post.get("minor_forbidden"), minor), age, 18
    yield "minor_chemical", all_of(chemical, minor), age, 18
    yield "female_hazard", all_of(post.get("female_forbidden"), woman), 1, None
    yield "major_group", all_of(intern, other), None, None
    yield "venue", entertainment(unit), 1, None
    yield "intermediary", said.get("intermediary"), 1, None
    yield "intensity", less(2, intensity), intensity, 3
    yield "hazard", post.get("harmful"), 1, None
    yield "site", all_of(site, unlisted), 0, None
    planned = post.get("daily_minutes")
    yield "hours", all_of(intern, less(480, planned)), planned, 480
    yield "night_shift", all_of(intern, post.get("night")), 1, None
    for code, lead, *dates in (
        ("agreement", 1, *(agreement.get(x) for x in ("school_on", "unit_on", "student_on"))),
        ("consent_student", 1, consent.get("student_on")),
        ("consent_guardian", 1, consent.get("guardian_on")),
        ("training", 0, training.get("trained_on")),
    ):
        bad, seen, limit = on_time(start, lead, *dates)
        yield code, all_of(intern, bad), days(seen), days(limit)
    yield "test", all_of(intern, any_of(failed, late)), days(tested), days(last)
    yield "forced", all_of(intern, said.get("forced")), 1, None
    yield "insurance", all_of(intern, gap_bad), days(gap), days(placement.get("until"))
    yield "insurance_charged", all_of(intern, premium), 1, None
    yield "wage", all_of(intern, below(pay, post, placement)), pay, floor_of(post)
    yield "fees", charged, amount, None
    yield "documents_held", said.get("documents_held"), 1, None
    if province == "河南":
        for code, name in (("filing", "filed_on"), ("mental_health", "mental_health_on")):
            bad, seen, limit = on_time(start, 0, said.get(name))
            yield code, all_of(intern, bad), days(seen), days(limit)


def monthly(row, placement, world, province):
    """(code, bad, seen, limit) of every rule asked of a month's pay."""
    _, post, unit, *_ = world.about(placement)
    intern = compare(placement.get("kind"), lambda a, b: a == b, "岗位实习")
    first = row["month"].replace(day=1)
    after = first_of_next(first)
    starts, until = placement.get("starts"), placement.get("until")
    whole = all_of(
        compare(starts, lambda a, b: a <= b, first), compare(after, lambda a, b: a <= b, until)
    )
    paid, due = row.get("paid"), row.get("due")
    owed = due if due is not None else placement.get("pay") if whole else None
    latest = first_of_next(after)
    yield (
        "wage_month", all_of(intern, whole, below(paid, post, placement)), paid, floor_of(post),
    )  # fmt: skip
    yield "pay_full", all_of(intern, less(paid, owed)), paid, owed
    money, direct = (compare(row.get(x), lambda a, b: a is b, False) for x in ("money", "direct"))
    yield "pay_money", all_of(intern, money), 0, None
    yield "pay_direct", all_of(intern, direct), 0, None
    paid_on = row.get("paid_on")
    late = compare(paid_on, lambda a, b: a >= b, latest)
    yield "pay_late", all_of(intern, late), days(paid_on), days(latest)
    if province == "江苏":
        least, minutes = unit.get("hourly_minimum"), row.get("minutes")
        product = None if least is None or minutes is None else least * minutes
        bad = DUNNO if paid is None or product is None else paid * 60 < product
        yield (
            "pay_hourly",
            all_of(intern, bad),
            paid,
            None if product is None else -(-product // 60),
        )


def overdue(placement, world, at):
    """The months whose pay should be there at `at` and is not."""
    if placement.get("kind") != "岗位实习" or placement.get("starts") is None:
        return
    if placement.get("pay") == 0:
        return
    month = placement["starts"].replace(day=1)
    while first_of_next(first_of_next(month)) <= at and (
        placement.get("until") is None or month < placement["until"]
    ):
        if (placement["placement"], month.year, month.month) not in world.paid_months:
            yield month
        month = first_of_next(month)


def caps(tables, world):
    """(row, code, bad, place, allowed, day), by walking every day of every span."""
    for code, percent, group_of in (
        ("cap_unit", 10, lambda post: (post.get("unit"), "")),
        ("cap_kind", 20, lambda post: (post.get("unit"), post.get("kind"))),
    ):
        interns, counts = {}, {}
        for row in tables.get("staff", []):
            counts.setdefault((row["unit"], row["kind"]), []).append((row["since"], row["staff"]))
        horizon = max((s for rows in counts.values() for s, _ in rows), default=EPOCH)
        for at, placement in enumerate(tables["placements"]):
            group = group_of(world.by_id["posts"].get(placement["post"], {}))
            if (
                placement.get("kind") == "岗位实习"
                and None not in group
                and placement.get("starts")
            ):
                end = placement.get("until") or date(2100, 1, 1)
                interns.setdefault(group, []).append((placement["starts"], at, end))
        found = {}
        for group, members in interns.items():
            staff = (
                sorted(counts.get(group, [])) if (group[1] == "") == (code == "cap_unit") else []
            )
            for start, at, end in members:
                earlier = [m for m in members if (m[0], m[1]) <= (start, at)]
                found[at] = walk(start, end, earlier, staff, horizon, percent)
        for at, placement in enumerate(tables["placements"]):
            bad, place, allowed, day = found.get(at, (DUNNO, None, None, None))
            intern = compare(placement.get("kind"), lambda a, b: a == b, "岗位实习")
            yield at, code, all_of(intern, bad), place, allowed, day


def walk(start, end, earlier, staff, horizon, percent):
    day, known = start, None
    while day < end and day <= max(horizon, start):
        counted = [number for since, number in staff if since <= day]
        if counted:
            place = sum(1 for s, _, e in earlier if s <= day < e)
            if place * 100 > counted[-1] * percent:
                return YES, place, counted[-1] * percent // 100, day
            known = known if known is not None or day != start else NO
        day += timedelta(days=1)
    return known, None, None, None


WAIVERS = {
    "major_group": "学校", "wage": "学校", "wage_month": "学校", "cap_unit": "主管部门",
    "cap_kind": "主管部门", "hours": "主管部门", "night_shift": "主管部门",
    "hours_worked": "主管部门", "night_worked": "主管部门",
}  # fmt: skip


def judge(tables, *, at, province="全国", cover=uncovered, count=caps):
    """Every finding: (code, 1 violated | 2 missing | 3 waived, row, day, seen, limit).

    `cover` and `count` walk day by day; the bench gives quicker ones, the tests believe these.
    """
    world, found = World(tables, cover), []
    waived = {(o["placement"], o["rule"]) for o in tables.get("overrides", [])
              if o["proof"].strip() and o["by"] == WAIVERS.get(o["rule"])
              and not (province in ("湖北", "山西") and o["rule"] in ("hours", "hours_worked"))}  # fmt: skip

    def note(placement, code, bad, row, day=None, seen=None, limit=None):
        if bad is DUNNO:
            found.append((code, 2, row))
        elif bad:
            kind = 3 if (placement, code) in waived else 1
            found.append((code, kind, row, day, seen, limit))

    for at_row, placement in enumerate(tables["placements"]):
        for code, bad, seen, limit in gates(placement, world, province):
            note(placement["placement"], code, bad, at_row, None, seen, limit)
        for month in overdue(placement, world, at):
            note("", "pay_missing", YES, at_row, month, days(month), None)
    for row, code, bad, place, allowed, day in count(tables, world):
        note(tables["placements"][row]["placement"], code, bad, row, day, place, allowed)
    for number, row in enumerate(tables.get("pay", [])):
        placement = world.by_id["placements"][row["placement"]]
        month = row["month"].replace(day=1)
        for code, bad, seen, limit in monthly(row, placement, world, province):
            note(row["placement"], code, bad, number, month, seen, limit)
    worked, first = {}, {}
    for number, row in enumerate(tables.get("shifts", [])):
        placement = world.by_id["placements"][row["placement"]]
        intern = compare(placement.get("kind"), lambda a, b: a == b, "岗位实习")
        begins, ends = row["from_minute"], row["until_minute"]
        night = begins < 360 or ends > 1320
        seen = begins if begins < 360 else ends
        note(row["placement"], "night_worked", all_of(intern, night), number, row["day"], seen)
        key = (row["placement"], row["day"])
        worked[key] = worked.get(key, 0) + (
            row["worked"] if row.get("worked") is not None else ends - begins
        )
        first.setdefault(key, (number, intern))
    for (name, day), minutes in worked.items():
        number, intern = first[name, day]
        note(name, "hours_worked", all_of(intern, minutes > 480), number, day, minutes, 480)
    present = {}
    for placement in tables["placements"]:
        unit = world.about(placement)[2].get("unit")
        start, end = placement.get("starts"), placement.get("until")
        if (
            placement.get("kind") == "岗位实习"
            and start
            and start <= at
            and (end is None or end > at)
        ):
            present[unit] = True
    for number, unit in enumerate(tables.get("units", [])):
        if unit["unit"] in present:
            counts = [r["since"] for r in tables.get("staff", [])
                      if r["unit"] == unit["unit"] and r["kind"] == "" and r["since"] <= at]  # fmt: skip
            oldest = at - timedelta(days=366)
            newest = max(counts) if counts else None
            note("", "staff_yearly", less(newest, oldest), number, None, days(newest), days(oldest))
    return sorted(found, key=repr)
