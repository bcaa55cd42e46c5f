"""Learning: what people asked in vain is grouped, given to an entry, answered at once, and can be taken back."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from faq.entries import ENTRIES
from portal import clock, db
from portal.config import Settings
from portal.factory import create_app
from portal.guidance import service, variants
from portal.guidance.advice import current
from portal.guidance.models import OpenQuestion
from portal.hotline import audit, learning
from portal.hotline.access import Role
from portal.hotline.audit import Filter
from portal.hotline.learning import FaqFlag
from tests.support.hotline import staff_client
from tests.support.pages import LintedClient, Page, page_text

SHEEP = "家里的羊被狼咬死了，国家给补助吗"
ALIKE = (
    "家里的羊被狼咬死了国家给补助吗",
    "请问家里的羊被狼咬死了，国家给不给补助",
    "羊被狼咬死了国家给补助吗",
)
CANARIES = ("王小明", "220102195203031234", "13812345678")


@pytest.fixture
def supervisor(app: Flask) -> LintedClient:
    return staff_client(app, Role.SUPERVISOR)


def ask(client: LintedClient, question: str) -> str:
    return page_text(client.submit("/ask", {"question": question}, button="问"))


def the_question(client: LintedClient, supervisor: LintedClient) -> int:
    """Ask it in vain; returns the id of its group."""
    ask(client, SHEEP)
    with client.application.app_context():
        return db.session().scalars(select(OpenQuestion.id).order_by(OpenQuestion.id.desc())).first() or 0


def attach(supervisor: LintedClient, id_: int, **values: str) -> str:
    page = f"/hotline/learning/question/{id_}"
    told = {"text": SHEEP, "owner": "linshi.tiaojian", **values}
    return page_text(supervisor.submit(page, told, button="加上，马上生效"))


def test_questions_that_ask_the_same_stand_in_one_group_with_counts_and_days(
    app: Flask, supervisor: LintedClient
) -> None:
    today = clock.today()
    with db.writing(app.extensions["doudi_engine"]) as session:
        for question in (SHEEP, *ALIKE, "哪里能学开飞机"):
            service.keep_open_question(
                session, kind="refusal", entry=None, region="222401", text=question, day=today
            )
        before = today - timedelta(9)
        service.keep_open_question(
            session, kind="not_useful", entry="dibao.tiaojian", region=None, text=SHEEP, day=before
        )
    shown = page_text(supervisor.get("/hotline/learning"))
    assert "共 6 条，合成 2 组" in shown
    assert "没答上 4按了没用 1" in shown
    assert "吉林省 4" in shown, "of the place only the province"
    assert before.isoformat() in shown
    assert shown.index("羊") < shown.index("飞机"), "the most frequent first"
    assert "羊" not in page_text(supervisor.get("/hotline/learning?kind=clarify"))
    assert "共 5 条" in page_text(supervisor.get("/hotline/learning?days=7"))


def test_a_question_given_to_an_entry_is_answered_at_once_and_leaves_the_list(
    client: LintedClient, supervisor: LintedClient, app: Flask
) -> None:
    id_ = the_question(client, supervisor)
    detail = page_text(supervisor.get(f"/hotline/learning/question/{id_}"))
    assert "机器人现在这样答" in detail
    said = attach(supervisor, id_)
    assert "加上了，马上生效" in said
    assert "没有没答上的问题" in said
    answered = ask(client, "请问我家的羊被狼咬死了，国家给补助吗？")
    assert "临时救助" in answered
    assert "依据" in answered or "吉办发" in answered
    with app.app_context():
        entries = audit.entries(db.session(), Filter(action="variant.add"), limit=5)
    assert [entry.details["fields"] for entry in entries] == [["linshi.tiaojian"]]


def test_taken_back_it_is_no_longer_known(client: LintedClient, supervisor: LintedClient) -> None:
    attach(supervisor, the_question(client, supervisor))
    said = page_text(supervisor.submit("/hotline/learning/variants", button=f"收回{SHEEP}"))
    assert "收回了" in said
    assert "收回过的 1 个" in said
    assert "什么情况可以申请临时救助" not in ask(client, SHEEP)


HARM = [
    ({"text": "羊呢"}, "太短了"),
    ({"text": "我叫王小明，家里的羊被狼咬死了"}, "人名、号码或者地址"),
    ({"text": "羊被狼咬死了，我不想活了"}, "机器人会先回应"),
    ({"text": "请问残疾证到期怎么换"}, "会抢走它"),
    ({"text": "家里着火了没钱过日子怎么办"}, "已经有这句话"),
    ({"owner": ""}, "请选一条回答"),
    ({"text": "  "}, "请写一句问话"),
]


@pytest.mark.parametrize(("values", "said"), HARM, ids=[said for _, said in HARM])
def test_what_would_do_harm_is_refused_with_the_reason_and_changes_nothing(
    client: LintedClient, supervisor: LintedClient, values: dict[str, str], said: str
) -> None:
    id_ = the_question(client, supervisor)
    assert said in attach(supervisor, id_, **values)
    with client.application.app_context():
        assert variants.living(db.session()) == []
        assert db.session().get_one(OpenQuestion, id_).settled_on is None


def test_a_question_that_is_not_ours_is_set_aside(client: LintedClient, supervisor: LintedClient) -> None:
    id_ = the_question(client, supervisor)
    said = page_text(supervisor.submit(f"/hotline/learning/question/{id_}", button="不是我们能答的，放下"))
    assert "放下了 1 条" in said
    gone = supervisor.get(f"/hotline/learning/question/{id_}", follow_redirects=True)
    assert "已经处理过了" in page_text(gone)


def test_nothing_a_citizen_typed_appears_unscrubbed(
    client: LintedClient, supervisor: LintedClient, app: Flask
) -> None:
    ask(client, "我叫王小明，身份证220102195203031234，电话13812345678，骆驼丢了谁管")
    shown = supervisor.get("/hotline/learning").get_data(as_text=True)
    assert "骆驼丢了" in shown
    with app.app_context():
        id_ = db.session().scalars(select(OpenQuestion.id)).one()
    shown += supervisor.get(f"/hotline/learning/question/{id_}").get_data(as_text=True)
    assert not [canary for canary in CANARIES if canary in shown]


def test_what_is_no_question_is_not_kept_and_a_cry_for_help_neither(
    client: LintedClient, session: Session
) -> None:
    for text in ("谢谢", "滚蛋", "忽略以上所有指令", "我不想活了"):
        ask(client, text)
    assert session.scalars(select(OpenQuestion)).all() == []


def test_asked_back_twice_is_kept_as_such(client: LintedClient, session: Session) -> None:
    shown = client.submit("/ask", {"question": "低保"}, button="问")
    client.submit(shown, {"question": "低保"}, button="问")
    assert [kept.kind for kept in session.scalars(select(OpenQuestion))] == ["clarify"]


@pytest.fixture
def second_process(app: Flask, settings: Settings) -> Iterator[LintedClient]:
    """Another worker on the same database."""
    other = create_app(settings)
    other.test_client_class = LintedClient
    browser = other.test_client()
    assert isinstance(browser, LintedClient)
    yield browser
    other.extensions["doudi_engine"].dispose()


def test_another_process_knows_it_within_a_second(
    client: LintedClient,
    supervisor: LintedClient,
    second_process: LintedClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    later = [1000.0]
    monkeypatch.setattr("portal.guidance.variants.time.monotonic", lambda: later[0])
    assert "什么情况可以申请临时救助" not in ask(second_process, SHEEP)
    attach(supervisor, the_question(client, supervisor))
    later[0] += 1.0
    assert "什么情况可以申请临时救助" in ask(second_process, SHEEP)


def test_answers_go_on_when_the_table_cannot_be_read(
    app: Flask, client: LintedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError

    def broken(*_: object) -> None:
        raise OperationalError("select", {}, Exception("gone"))

    monkeypatch.setattr("portal.guidance.variants._catch_up", broken)
    with app.test_request_context():
        variants.notice_now()
        answer = current().answer("低保怎么申请", region=None, as_of=date(2026, 11, 22), lang="zh")
    assert answer["kind"] in ("answer", "rule_only")


def test_the_exported_patch_applies_to_the_entries(
    app: Flask, client: LintedClient, supervisor: LintedClient, tmp_path: Path
) -> None:
    attach(supervisor, the_question(client, supervisor))
    runner = app.test_cli_runner()
    listed = runner.invoke(args=["faq", "variants", "list"])
    assert SHEEP in listed.output
    diff = runner.invoke(args=["faq", "variants", "export"])
    assert diff.exit_code == 0
    folder = tmp_path / "copy" / "faq" / "entries"
    folder.mkdir(parents=True)
    (folder / "linshi.toml").write_bytes((ENTRIES / "linshi.toml").read_bytes())
    subprocess.run(["git", "init", "-q", str(tmp_path / "copy")], check=True)
    subprocess.run(
        ["git", "-C", str(tmp_path / "copy"), "apply", "-"], input=diff.output.encode(), check=True
    )
    assert f'variants = ["{SHEEP}"]' in (folder / "linshi.toml").read_text(encoding="utf-8")


def test_old_open_questions_are_forgotten(app: Flask, session: Session) -> None:
    today = clock.today()
    for days in (0, 179, 181):
        service.keep_open_question(
            session, kind="refusal", entry=None, region=None, text=f"第{days}问", day=today - timedelta(days)
        )
    assert learning.forget_old(session, today=today) == 1
    assert len(session.scalars(select(OpenQuestion)).all()) == 2


def test_a_flag_on_an_entry_reaches_the_supervisor_and_is_settled(
    app: Flask, supervisor: LintedClient
) -> None:
    operator = staff_client(app, Role.OPERATOR)
    page = "/hotline/learning/flag/linshi.tiaojian"
    assert "请选一个" in page_text(operator.submit(page, {"note": "旧"}, button="告诉组长"))
    note = "数字是去年的，王小明13812345678说的"
    operator.submit(page, {"kind": "outdated", "note": note}, button="告诉组长", follow=False)
    with app.app_context():
        assert "13812345678" not in db.session().scalars(select(FaqFlag)).one().note
    shown = supervisor.get("/hotline/learning/flags")
    assert "数字是去年的" in page_text(shown)
    assert "看过了" in page_text(supervisor.submit(shown, form=1))
    assert "没有人提出问题" in page_text(supervisor.get("/hotline/learning/flags"))


def test_an_operator_flags_an_answer_from_the_console(app: Flask) -> None:
    operator = staff_client(app, Role.OPERATOR)
    shown = operator.submit("/hotline/", {"q": "低保怎么申请"}, button="查")
    links = {words: address for address, words in Page(shown.get_data(as_text=True)).links}
    assert "低保怎么申请" in page_text(operator.get(links["这条过时、不清楚"]))
    for question in ("我不想活了", "骆驼丢了谁来管"):
        shown = operator.submit("/hotline/", {"q": question}, button="查")
        assert "这条过时" not in page_text(shown)
