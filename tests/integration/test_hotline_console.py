"""The console as an operator uses it without scripts: asking, opening, the call's place and language, its end."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.hotline.access import Role
from tests.support.hotline import staff_client
from tests.support.pages import LintedClient, page_text


@pytest.fixture
def operator(app: Flask) -> LintedClient:
    return staff_client(app, Role.OPERATOR)


def ask(operator: LintedClient, question: str) -> str:
    return page_text(operator.submit("/hotline/", {"q": question}, button="查"))


def test_the_answer_stands_there_as_a_script_with_clause_number_and_status(operator: LintedClient) -> None:
    page = ask(operator, "低保停了没通知")
    assert "照着念" in page
    assert "停发前要听您意见，并书面说明理由。" in page
    assert "社会救助法 第四十八条" in page
    assert "吉办发〔2020〕46号" in page
    assert "现行" in page
    assert "对上了：低保停发" in page
