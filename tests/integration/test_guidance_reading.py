"""Documents to read: every clause has an anchor, every citation leads to one, a draft never looks like law."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from estimator import DataError
from portal.guidance import advice, bring, reading
from portal.guidance.advice import Advice
from tests.support.pages import LintedClient, Page, page_text

DAY = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def _on_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.clock.today", lambda: DAY)


@pytest.fixture
def loaded(app: Flask) -> Advice:
    found: Advice = app.extensions[advice.KEY]
    return found


def cited(loaded: Advice) -> set[str]:
    """Every clause that a rule, a curated answer or the advice on what to bring stands on."""
    advised = {one for row in bring.table().values() for line in row.lines() for one in line.citations}
    return {citation for citation, _words in reading.uses(loaded)} | advised


def test_every_citation_leads_to_an_anchor_on_a_reading_page(client: LintedClient, loaded: Advice) -> None:
    citations = cited(loaded)
    assert len(citations) > 100
    for norm in {citation.partition("#")[0] for citation in citations}:
        answer = client.get(f"/policies/{norm}")
        assert answer.status_code == 200, norm
        ids = set(Page(answer.get_data(as_text=True)).ids)
        paths = [citation.partition("#")[2] for citation in citations if citation.startswith(f"{norm}#")]
        assert not [path for path in paths if advice.anchor(path) not in ids], norm


def test_every_clause_of_the_documents_can_be_linked_to(client: LintedClient, loaded: Advice) -> None:
    assert len(loaded.corpus) == 125
    for norm, policy in loaded.corpus.norms.items():
        ids = Page(client.get(f"/policies/{norm}").get_data(as_text=True)).ids
        assert [i for i in ids if i.startswith("c-")] == [
            advice.anchor(clause.path) for clause in policy.clauses
        ]


def test_every_quote_on_a_result_page_stands_word_for_word_in_its_clause(loaded: Advice) -> None:
    for rule in loaded.rulebook.rules.values():
        for citation in rule.citations:
            quote = loaded.source(citation, day=DAY, about=rule.text).quote
            assert not quote or loaded.corpus.quote_is_verbatim(citation, quote), rule.id


def test_no_rule_and_no_answer_for_today_stands_on_the_draft(loaded: Advice) -> None:
    assert not [
        rule.id
        for rule in loaded.rulebook.rules.values()
        if rule.scope.norm == "jl-2018-draft" and rule.rule_class != "DR"
    ]


def test_the_draft_says_what_it_is_before_anything_else(client: LintedClient) -> None:
    words = page_text(client.get("/policies/jl-2018-draft"))
    assert "这是征求意见稿，从来没有生效" in words
    assert words.index("征求意见稿，从来没有生效") < words.index("指导思想")


def test_an_old_document_names_its_successor(client: LintedClient) -> None:
    shown = client.get("/policies/jl-2017-76")
    assert "这份文件已被更新" in page_text(shown)
    assert ("/policies/jl-2020-46", "关于改革完善社会救助制度的实施意见（吉办发〔2020〕46号）") in Page(
        shown.get_data(as_text=True)
    ).links


def test_the_list_shows_how_each_document_stands(client: LintedClient, loaded: Advice) -> None:
    words = page_text(client.get("/policies"))
    for norm in loaded.norms().values():
        assert norm.title in words
    for standing in ("现行", "历史文件", "征求意见稿", "效力未核实"):
        assert standing in words


def test_words_are_found_in_all_documents_and_in_one(client: LintedClient) -> None:
    everywhere = page_text(client.get("/policies?find=渐退"))
    assert "吉办发〔2020〕46号 二（二）5" in everywhere
    assert "吉民发〔2017〕76号" in everywhere
    within = Page(client.get("/policies/jl-2020-46?find=渐退").get_data(as_text=True))
    assert ("#c-2.2.5", "吉办发〔2020〕46号 二（二）5") in within.links


@pytest.mark.parametrize("words", ["没有这几个字", "<b>", "%", "'", "🦊", "低" * 500])
def test_odd_searches_find_nothing_and_break_nothing(client: LintedClient, words: str) -> None:
    answer = client.get("/policies", query_string={"find": words})
    assert answer.status_code == 200
    assert "<b>" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("address", ["/policies/none", "/policies/..%2f", "/rules/none", "/leaflets/none"])
def test_what_does_not_exist_is_said_kindly(client: LintedClient, address: str) -> None:
    assert client.get(address).status_code == 404


def test_every_rule_table_can_be_read_in_words_with_its_clauses(client: LintedClient, loaded: Advice) -> None:
    for id, programme in loaded.rulebook.programmes.items():
        shown = client.get(f"/rules/{id}")
        page = Page(shown.get_data(as_text=True))
        for rule in (*programme.decisions, *programme.amounts, *programme.steps):
            assert rule.id in page.ids, rule.id
            assert (
                re.sub(r"\{[\w.]+\}", "…", rule.text) in page.text
            )  # what a household would bring is left open


def test_every_programme_of_the_rules_has_a_name_of_its_own(loaded: Advice) -> None:
    from portal.guidance.words import PROGRAMMES

    assert not set(loaded.rulebook.programmes) - set(PROGRAMMES)


@pytest.mark.parametrize(
    "address", ["/", "/privacy", "/accessibility", "/policies", "/ask", "/estimate/", "/estimate/resume"]
)
def test_the_pages_that_only_speak_stand(client: LintedClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert "12345" in page_text(answer)


def test_home_has_four_doors_in_order_and_a_way_out_of_need(client: LintedClient) -> None:
    page = Page(client.get("/").get_data(as_text=True))
    doors = [href for href, _words in page.links if href in ("/estimate/", "/ask", "/apply/", "/progress/")]
    assert doors[:4] == ["/estimate/", "/ask", "/apply/", "/progress/"]
    assert ("tel:12345", "12345") in page.links


def test_a_leaflet_holds_conditions_answers_advice_and_a_code(client: LintedClient) -> None:
    shown = client.get("/leaflets/dibao")
    words = page_text(shown)
    for part in ("谁可以申请", "人均", "要带什么、找谁、要多久", "社会救助法 第六十二条", "吉林省"):
        assert part in words
    assert 'src="data:image/svg+xml' in shown.get_data(as_text=True)
    assert "吉民发〔2017〕76号" not in words.split("要带什么", 1)[0]


def test_every_programme_has_a_leaflet_for_every_kind_of_place(client: LintedClient, loaded: Advice) -> None:
    for id in loaded.rulebook.programmes:
        for region in ("220000", "430000", "440000", "510000"):
            assert client.get(f"/leaflets/{id}?region={region}").status_code == 200
    assert "吉林" not in page_text(client.get("/leaflets/dibao?region=510000")).split("换一个省", 1)[0]


def test_the_advice_on_what_to_bring_is_checked_when_it_is_loaded(tmp_path: Path) -> None:
    broken = tmp_path / "bring.toml"
    broken.write_text(
        bring.FILE.read_text(encoding="utf-8").replace("how_long", "how_log", 1), encoding="utf-8"
    )
    with pytest.raises(DataError, match=r"bring\.toml: general\.how_log: unknown key"):
        bring.load(broken)


def test_questions_with_an_answer_are_offered_while_typing(client: LintedClient, loaded: Advice) -> None:
    assert f'<option value="{loaded.suggestions()[0]}">' in client.get("/ask").get_data(as_text=True)
