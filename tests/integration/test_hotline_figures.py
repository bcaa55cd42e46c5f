"""Figures: counted without persons and without slowing readers, shown for whoever serves the place, never about few."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from alembic import command
from flask import Flask
from sqlalchemy import select, text

from portal import clock, counts, db
from portal.cli import migrations
from portal.config import Settings
from portal.counts import DailyCount
from portal.factory import create_app
from portal.guidance import variants
from portal.guidance.advice import current
from portal.hotline import charts, figures
from portal.hotline.access import Role
from tests.support import applying
from tests.support.hotline import staff_client
from tests.support.hotline_work import call_back
from tests.support.pages import LintedClient, page_text

YANJI, NANGUAN = "222401", "220102"
WEEK = figures.monday_of(clock.today())


def put(app: Flask, name: str, value: int, region: str = YANJI, day: date | None = None) -> None:
    with db.writing(app.extensions["doudi_engine"]) as session:
        session.merge(DailyCount(day=day or WEEK, region=region, name=name, value=value))


def counted(app: Flask) -> dict[tuple[str, str], int]:
    """(place, name) to number, written or not."""
    with app.app_context():
        week = figures.read(db.session(), WEEK, None)
    found: dict[tuple[str, str], int] = {}
    for (_day, region, name), value in week.counted.items():
        found[region, name] = found.get((region, name), 0) + value
    return found


def table(browser: LintedClient, **asked: str) -> dict[tuple[str, str, str], str]:
    """The spreadsheet as (table, row, column) to what stands there."""
    answer = browser.get("/hotline/figures.csv", query_string=asked)
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
    assert rows[0] == ["表", "行", "列", "数"]
    return {(row[0], row[1], row[2]): row[3] for row in rows[1:]}


QUESTIONS = [
    ("吉林低保渐退期是几个月", "question.answer"),
    ("低保", "question.clarify"),
    ("残疾证怎么办理", "question.other_office"),
    ("骆驼丢了谁来管", "question.unknown"),
    ("我不想活了", "question.distress"),
    ("谢谢", "question.no_question"),
]


@pytest.mark.parametrize(("question", "name"), QUESTIONS, ids=[name for _, name in QUESTIONS])
def test_every_question_counts_as_exactly_one_outcome(
    app: Flask, client: LintedClient, question: str, name: str
) -> None:
    client.submit("/ask", {"question": question}, button="问")
    found = {key: value for (_, key), value in counted(app).items() if key.startswith("question.")}
    assert found == {name: 1}


def test_an_answer_counts_for_its_entry_at_its_place(app: Flask, client: LintedClient) -> None:
    client.submit("/ask", {"question": "延吉低保怎么申请"}, button="问")
    assert counted(app)[YANJI, "entry.dibao.shenqing"] == 1


def test_reading_writes_nothing_and_sums_are_written_together(app: Flask, client: LintedClient) -> None:
    def written() -> int:
        with app.app_context():
            return len(db.session().scalars(select(DailyCount)).all())

    client.get("/api/v1/answers", query_string={"q": "低保怎么申请"})
    assert written() == 0
    assert sum(counted(app).values()) == 2, "the question and its entry, in memory"
    with app.app_context():
        counts.write_now()
        assert not counts.waiting()
    assert written() == 2
    client.get("/api/v1/answers", query_string={"q": "低保怎么申请"})
    with app.app_context():
        counts.write_now()
    assert sorted(counted(app).values()) == [2, 2], "added to what was there"


def test_what_cannot_be_written_now_is_kept_for_later(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        counts.add("question.answer", YANJI)
        with db.engine().begin() as connection:
            connection.execute(text("ALTER TABLE daily_count RENAME TO away"))
        counts.write_now()
        with db.engine().begin() as connection:
            connection.execute(text("ALTER TABLE away RENAME TO daily_count"))
        assert list(counts.waiting().values()) == [1]
        counts.write_now()
    assert counted(app)[YANJI, "question.answer"] == 1


def test_an_application_is_counted_at_each_step_and_once(app: Flask, client: LintedClient) -> None:
    applying.begin(client)
    applying.fill_applicant(client)
    applying.fill_rest(client)
    applying.sign_own(client)
    applying.send(client)
    found = {name: value for (_, name), value in counted(app).items() if name.startswith("application.")}
    assert found == {f"application.{step}": 1 for step in figures.STEPS}


def test_few_people_are_not_shown_nor_found_by_subtraction(app: Flask) -> None:
    for name, value in (("answer", 30), ("unknown", 3), ("clarify", 12)):
        put(app, f"question.{name}", value)
    shown = table(staff_client(app, Role.SUPERVISOR))
    row = {
        column: number
        for (title, name, column), number in shown.items()
        if name == "吉林省延边朝鲜族自治州延吉市"
    }
    assert row["没答上"] == "<5"
    assert row["反问"] == "…", "else 45 - 30 - 12 tells it"
    assert (row["答了"], row["合计"]) == ("30", "45")
    page = page_text(staff_client(app, Role.SUPERVISOR).get("/hotline/figures"))
    assert "<5" in page
    assert "不到 5 个人的数写成" in page


def test_each_sees_only_the_places_she_serves(app: Flask) -> None:
    put(app, "question.answer", 30, YANJI)
    put(app, "question.answer", 50, NANGUAN)
    put(app, "question.answer", 20, "")
    of_yanji = staff_client(app, Role.SUPERVISOR, [YANJI])
    shown = table(of_yanji)
    assert shown["各地的提问，和结果", "合计", "合计"] == "30"
    assert not [row for _, row, _ in shown if "南关" in row or "没说地方" in row]
    assert table(of_yanji, county=NANGUAN) == shown, "another county is not hers to choose"
    everywhere = staff_client(app, Role.AUDITOR)
    assert table(everywhere)["各地的提问，和结果", "合计", "合计"] == "100"
    assert table(everywhere, county=NANGUAN)["每天的提问，和结果", "合计", "合计"] == "50"


def test_a_week_without_anything_and_nonsense_in_the_address_still_show_a_page(app: Flask) -> None:
    browser = staff_client(app, Role.SUPERVISOR)
    for asked in ("week=2020-01-06", "week=soon&county=xyz&day=never", "week=9999-12-31", f"county={YANJI}"):
        assert browser.get(f"/hotline/figures?{asked}").status_code == 200
        assert browser.get(f"/hotline/figures.csv?{asked}").status_code == 200


def test_a_name_that_looks_like_a_formula_stays_text(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    put(app, "entry.dibao.tiaojian", 9)
    monkeypatch.setattr("portal.guidance.advice.Advice.owner_title", lambda *_: "=1+cmd|'/c calc'!A1")
    assert ("问得最多的", "'=1+cmd|'/c calc'!A1", "次数") in table(staff_client(app, Role.SUPERVISOR))


def test_days_are_parted_in_the_week_and_the_weeks_stand_beside_each_other(app: Flask) -> None:
    put(app, "question.answer", 8, day=WEEK)
    put(app, "question.answer", 11, day=WEEK - timedelta(days=7))
    shown = table(staff_client(app, Role.SUPERVISOR))
    assert shown["每天的提问，和结果", f"{WEEK.day} 周一", "答了"] == "8"
    assert shown["最近八周", (WEEK - timedelta(days=7)).strftime("%m-%d"), "提问"] == "11"


def test_what_waits_is_told_without_small_numbers(app: Flask) -> None:
    with app.app_context(), db.writing(app.extensions["doudi_engine"]) as session:
        for _n in range(6):
            call_back(session, YANJI)
        call_back(session, NANGUAN)
    with app.app_context():
        now = clock.now()
        assert figures.waiting(db.session(), None, now=now).call_backs_due == 7
        assert figures.waiting(db.session(), [YANJI], now=now).call_backs_due == 6
        assert figures.waiting(db.session(), [NANGUAN], now=now).call_backs_due is figures.Why.FEW


def test_a_chart_is_plain_drawing_without_style_script_or_id() -> None:
    drawn = str(charts.bars("<图>", ["一", "二"], [("答了", [3, None]), ("没答上", [1, 2])], stacked=True))
    root = ElementTree.fromstring(drawn)  # noqa: S314  # our own drawing
    tags = {part.tag.rpartition("}")[2] for part in root.iter()}
    assert not tags & {"style", "script", "defs", "title", "desc"}
    assert not [part for part in root.iter() if {"style", "id"} & set(part.attrib)]
    assert root.get("role") == "img"
    assert root.get("aria-label") == "<图>"
    assert "rect" in tags


@pytest.mark.postgres
def test_counters_and_variants_on_postgresql_and_the_way_back(settings: Settings, postgres_url: str) -> None:
    portal = create_app(replace(settings, database_url=postgres_url))
    command.upgrade(migrations(postgres_url), "head")
    with portal.app_context():
        for _n in range(2):
            counts.add("question.answer", YANJI)
            counts.write_now()
        assert figures.read(db.session(), WEEK, [YANJI]).counted == {
            (clock.today(), YANJI, "question.answer"): 2
        }
        with db.transaction() as session:
            row = variants.add(
                session, "linshi.tiaojian", "家里的羊被狼咬死了给补助吗", by="her", now=clock.now()
            )
        variants.notice_now()
        answer = current().answer("家里的羊被狼咬死了给补助吗", region=None, as_of=clock.today(), lang="zh")
        assert answer["entry"] == row.owner
    portal.extensions["doudi_engine"].dispose()
    command.downgrade(migrations(postgres_url), "0002")
    command.upgrade(migrations(postgres_url), "head")
