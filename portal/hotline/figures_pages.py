"""The dashboard: a week's figures for all places or one county, as charts, tables and a spreadsheet."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, make_response, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from werkzeug.wrappers import Response

from portal import clock, db, regions
from portal.guidance.advice import current as advice
from portal.guidance.service import Outcome
from portal.hotline import access, charts, figures
from portal.hotline.access import Role
from portal.hotline.audit_pages import spreadsheet_safe
from portal.hotline.disclosure import TOTAL, Cube, Why
from portal.hotline.figures import OUTCOMES, STEPS, WEEKS, Week

routes = Blueprint("hotline_figures", __name__, url_prefix="/hotline")

OUTCOME_WORDS = {
    Outcome.ANSWER: _l("答了"),
    Outcome.RULE_ONLY: _l("有规定没数字"),
    Outcome.CLARIFY: _l("反问"),
    Outcome.OTHER_OFFICE: _l("转别的部门"),
    Outcome.DISTRESS: _l("危急"),
    Outcome.UNKNOWN: _l("没答上"),
}
STEP_WORDS = {
    "started": _l("开始"),
    "programmes": _l("选了项目"),
    "place": _l("填了地方"),
    "applicant": _l("填了申请人"),
    "family_complete": _l("家里人填全"),
    "income": _l("填了收入"),
    "property": _l("填了财产"),
    "reason": _l("填了原因"),
    "sent": _l("发出"),
}
DAYS = (_l("周一"), _l("周二"), _l("周三"), _l("周四"), _l("周五"), _l("周六"), _l("周日"))

Number = int | Why


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of numbers with a name each; `chart` shows the same where that helps."""

    id: str
    title: str
    head: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Number, ...]], ...]
    chart: Markup | None = None
    note: str = ""
    total: bool = False  # the last row is the sum


@routes.get("/figures")
@access.allow(Role.SUPERVISOR, Role.AUDITOR)
def home() -> str:
    """One week, all places one serves or one county."""
    monday, county, day = _asked()
    seen, session = access.visible_regions(), db.session()
    week = figures.read(session, monday, seen, county.strip(TOTAL))
    return render_template(
        "hotline/figures.html",
        tables=_tables(week, county, day, seen),
        waiting=figures.waiting(session, seen, now=clock.now()),
        monday=monday,
        sunday=monday + timedelta(days=6),
        before=(monday - timedelta(days=7)).isoformat(),
        after=(monday + timedelta(days=7)).isoformat() if monday < figures.monday_of(clock.today()) else "",
        county=county if county != TOTAL else "",
        counties=[(code, regions.full_name(code)) for code in figures.named(week.regions)],
        day=day,
        days=[(one.isoformat(), DAYS[n]) for n, one in enumerate(week.days)],
        few=Why.FEW,
        guard=Why.GUARD,
    )


@routes.get("/figures.csv")
@access.allow(Role.SUPERVISOR, Role.AUDITOR)
def spreadsheet() -> Response:
    """The same tables as one spreadsheet."""
    monday, county, day = _asked()
    seen = access.visible_regions()
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow([str(_("表")), str(_("行")), str(_("列")), str(_("数"))])
    for table in _tables(figures.read(db.session(), monday, seen, county.strip(TOTAL)), county, day, seen):
        for name, numbers in table.rows:
            for column, number in zip(table.columns, numbers, strict=True):
                cells = (table.title, name, column, written(number))
                rows.writerow([spreadsheet_safe(cell) for cell in cells])
    answer = make_response("\ufeff" + out.getvalue())  # the mark tells spreadsheets that it is UTF-8
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f"attachment; filename=figures-{monday.isoformat()}.csv"
    answer.headers["Cache-Control"] = "no-store"
    return answer


@routes.app_template_filter("figure")
def written(number: Number | None) -> str:
    """A number as it may be shown: few people are “<5”, what would give them away is “…”."""
    if number is Why.FEW:
        return "<5"
    return "…" if number is Why.GUARD else "" if number is None else str(number)


def _asked() -> tuple[date, str, str]:
    """(Monday of the week, county or TOTAL, day or TOTAL) that was asked for; nonsense is this week, everywhere."""
    try:
        wanted = date.fromisoformat(request.args.get("week", ""))
    except ValueError:
        wanted = clock.today()
    monday = figures.monday_of(min(wanted, clock.today()))
    county = regions.place(request.args.get("county", ""))
    day = request.args.get("day", "")
    in_week = day in [(monday + timedelta(n)).isoformat() for n in range(figures.WEEK)]
    return monday, county.code if county and access.may_see(county.code) else TOTAL, day if in_week else TOTAL


def _tables(week: Week, county: str, day: str, seen: figures.Seen) -> list[Table]:
    asked = figures.questions(week)
    tables = [_by_day(week, asked, county), _by_week(week, county, seen)]
    if county == TOTAL:
        tables.append(_by_county(asked, day))
    return [*tables, _entries(week, county), _estimates(week, county), _applications(week, county)]


def _by_day(week: Week, asked: Cube, county: str) -> Table:
    outcomes = [one.value for one in OUTCOMES]
    days = [one.isoformat() for one in week.days]
    words = [str(OUTCOME_WORDS[one]) for one in OUTCOMES]
    rows = [
        (day, tuple(asked.shown(county, day, one) for one in (*outcomes, TOTAL))) for day in (*days, TOTAL)
    ]
    names = [f"{one.day} {DAYS[n]}" for n, one in enumerate(week.days)]
    series = [(words[n], [_drawn(numbers[n]) for _day, numbers in rows[:-1]]) for n in range(len(outcomes))]
    return Table(
        "days",
        str(_("每天的提问，和结果")),
        str(_("日期")),
        (*words, str(_("合计"))),
        (*((name, rows[n][1]) for n, name in enumerate(names)), (str(_("合计")), rows[-1][1])),
        charts.bars(str(_("每天的提问，和结果")), names, series, stacked=True),
        total=True,
    )


def _by_week(week: Week, county: str, seen: figures.Seen) -> Table:
    """The last weeks; without a sum over them, which would tell what single weeks do not."""
    rows: list[tuple[str, tuple[Number, ...]]] = []
    for back in reversed(range(WEEKS)):
        monday = week.monday - timedelta(days=figures.WEEK * back)
        other = week if back == 0 else figures.read(db.session(), monday, seen, county.strip(TOTAL))
        asked = figures.questions(other)
        cells = (asked.shown(county, TOTAL, TOTAL), asked.shown(county, TOTAL, Outcome.UNKNOWN.value))
        rows.append((monday.strftime("%m-%d"), cells))
    title, columns = str(_("最近八周")), (str(_("提问")), str(OUTCOME_WORDS[Outcome.UNKNOWN]))
    series = [(name, [_drawn(cells[n]) for _week, cells in rows]) for n, name in enumerate(columns)]
    chart = charts.lines(title, [name for name, _cells in rows], series)
    return Table("weeks", title, str(_("星期一")), columns, tuple(rows), chart)


def _by_county(asked: Cube, day: str) -> Table:
    outcomes = [one.value for one in OUTCOMES]
    rows = [
        (
            regions.full_name(region) if region else str(_("没说地方")),
            tuple(asked.shown(region, day, one) for one in (*outcomes, TOTAL)),
        )
        for region in sorted(asked.axes[0], key=lambda one: (-asked.values[one, TOTAL, TOTAL], one))
        if asked.values[region, TOTAL, TOTAL]
    ]
    last = (str(_("合计")), tuple(asked.shown(TOTAL, day, one) for one in (*outcomes, TOTAL)))
    columns = (*(str(OUTCOME_WORDS[one]) for one in OUTCOMES), str(_("合计")))
    return Table("counties", str(_("各地的提问，和结果")), str(_("地方")), columns, (*rows, last), total=True)


def _entries(week: Week, county: str) -> Table:
    table = figures.entries(week)
    known = advice()
    rows = tuple((known.owner_title(entry), (number,)) for entry, number in figures.top(table, county))
    return Table(
        "entries",
        str(_("问得最多的")),
        str(_("回答")),
        (str(_("次数")),),
        rows,
        note=str(_("不到 5 次的不列。")),
    )


def _estimates(week: Week, county: str) -> Table:
    begun, ended = figures.estimates(week)
    days = [one.isoformat() for one in week.days]
    rows = [(begun.shown(county, day), ended.shown(county, day)) for day in (*days, TOTAL)]
    names = [*(f"{one.day} {DAYS[n]}" for n, one in enumerate(week.days)), str(_("合计"))]
    columns = (str(_("开始估算")), str(_("看到结果")))
    return Table(
        "estimates", str(_("估算")), str(_("日期")), columns, tuple(zip(names, rows, strict=True)), total=True
    )


def _applications(week: Week, county: str) -> Table:
    steps = figures.applications(week)
    # Before the place is told nobody knows whose county it is.
    listed = [step for step in STEPS if county == TOTAL or step not in ("started", "programmes")]
    numbers = [steps[step].shown(county) for step in listed]
    names = [str(STEP_WORDS[step]) for step in listed]
    title = str(_("申请走到哪一步"))
    chart = charts.bars(title, names, [(str(_("份数")), [_drawn(one) for one in numbers])])
    rows = tuple((name, (number,)) for name, number in zip(names, numbers, strict=True))
    note = str(_("每一步第一次存下时数一次；两步之间少掉的，就是停在那里的。"))
    return Table("applications", title, str(_("走到")), (str(_("份数")),), rows, chart, note)


def _drawn(number: Number) -> int | None:
    return number if isinstance(number, int) else None
