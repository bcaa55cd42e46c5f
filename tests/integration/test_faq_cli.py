"""The bot's command line, as outsiders rely on it: shapes, batch, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from faq.__main__ import main

CITATION = {
    "type": "object",
    "required": ["norm", "clause", "quote", "status", "title", "document_number"],
    "properties": {
        "clause": {"pattern": r"^[a-z0-9-]+#[0-9.]+$"},
        "quote": {"type": "string"},
        "status": {"enum": ["in_force", "historical", "draft", "unverified"]},
    },
}
CHOICE = {"type": "object", "required": ["label", "entry"], "additionalProperties": {"type": "string"}}
ANSWER = {
    "type": "object",
    "required": [
        "kind", "entry", "programme", "text", "citations", "lacks", "choices", "also", "nearest", "confidence",
        "follow_up", "context", "hotline", "trace",
    ],
    "properties": {
        "kind": {"enum": ["answer", "rule_only", "clarify", "refusal"]},
        "entry": {"type": ["string", "null"]},
        "programme": {"type": ["string", "null"]},
        "text": {"type": "string", "minLength": 1},
        "citations": {"type": "array", "items": CITATION},
        "lacks": {"type": ["string", "null"]},
        "choices": {"type": "array", "maxItems": 3, "items": CHOICE},
        "also": {"type": "array", "items": {"type": "object"}},
        "nearest": {"type": "array", "items": {"type": "string"}},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
        "follow_up": {"type": "array"},
        "context": {"type": "object"},
        "hotline": {"type": ["object", "null"], "required": ["number", "reason"]},
        "trace": {"type": "object", "required": ["normalised", "slots", "entry", "why"]},
    },
    "allOf": [
        {
            "if": {"properties": {"kind": {"enum": ["answer", "rule_only"]}}},
            "then": {"properties": {"citations": {"minItems": 1}}},
        },
        {
            "if": {"properties": {"kind": {"const": "rule_only"}}},
            "then": {"properties": {"lacks": {"type": "string"}}},
        },
        {
            "if": {"properties": {"kind": {"const": "refusal"}}},
            "then": {"properties": {"hotline": {"type": "object"}}},
        },
    ],
}  # fmt: skip
QUESTIONS = [
    "低保要什么条件",
    "低保一个月多少钱",
    "低保",
    "残疾证怎么办",
    "？？？",
    "大病救助怎么申请？低保要什么条件？",
]


def answered(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert main(arguments) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("text", QUESTIONS)
def test_one_answer_as_json_has_the_promised_shape(capsys: pytest.CaptureFixture[str], text: str) -> None:
    jsonschema.validate(answered(capsys, "ask", text, "--json"), ANSWER)


def test_one_answer_in_words_names_document_clause_and_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "低保存款不能超过多少", "--region", "220100", "--as-of", "2026-11-22"]) == 0
    said = capsys.readouterr().out
    assert "[in_force] 吉办发〔2020〕46号 jl-2020-46#2.2.4" in said
    assert "24个月" in said


def test_a_batch_answers_line_by_line_in_order(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    lines = [
        {"id": "a", "text": "低保要什么条件", "region": "吉林"},
        {"id": "b", "text": "阳江的呢", "context": "危房改造要什么条件"},
        {"id": "c", "text": "有存款算不算", "lang": "zh", "region": None, "context": None},
        {"id": "d", "text": "의료구조 비률은 얼마입니까", "lang": "ko"},
    ]
    file = tmp_path / "questions.jsonl"
    file.write_text(
        "\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\n\n", encoding="utf-8"
    )
    assert main(["ask", "--batch", str(file), "--as-of", "2026-11-22"]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [answer["id"] for answer in answers] == ["a", "b", "c", "d"]
    for answer in answers:
        jsonschema.validate(answer, ANSWER)
    assert answers[1]["citations"][0]["clause"] == "yj-2017-8#2.1.7"
    assert answers[3]["citations"][0]["clause"] == "jl-2020-46#2.3.7"


def test_a_context_may_be_the_answer_befores_own(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    first = answered(capsys, "ask", "医疗救助报销比例是多少", "--json")
    file = tmp_path / "questions.jsonl"
    line = {"id": 1, "text": "湖南的呢", "context": first["context"]}
    file.write_text(json.dumps(line, ensure_ascii=False), encoding="utf-8")
    assert answered(capsys, "ask", "--batch", str(file))["citations"][0]["clause"] == "hn-2017-33#2.3"


def test_a_bad_line_is_said_and_the_rest_is_answered(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text('not json\n{"id": 2}\n{"id": 3, "text": "低保要什么条件"}\n', encoding="utf-8")
    assert main(["ask", "--batch", str(file)]) == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out)["id"] == 3
    assert [line.split(":")[1] for line in captured.err.splitlines()] == ["1", "2"]


def test_odd_bytes_and_deep_nesting_spoil_only_their_own_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "questions.jsonl"
    good = json.dumps({"id": "a", "text": "低保\u2028怎么申请"}, ensure_ascii=False).encode()
    path.write_bytes(b"\xff\n" + b"[" * 100_000 + b"\n\n" + good + b"\n")
    assert main(["ask", "--batch", str(path)]) == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out)["entry"] == "dibao.shenqing"
    assert [line.rsplit(":", 2)[1] for line in captured.err.splitlines()] == ["1", "2"]


def test_the_languages_of_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert "household" in answered(capsys, "ask", "低保要什么条件", "--lang", "en", "--json")["text"]
    assert "household" in answered(capsys, "ask", "who can get dibao", "--json")["text"]
    assert "보장" in answered(capsys, "ask", "低保要什么条件", "--lang", "ko", "--json")["text"]
    assert "財產" in answered(capsys, "ask", "低保要什么条件", "--lang", "zh-Hant", "--json")["text"]


def test_check_is_clean_and_says_how_much_it_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    assert "no defect" in capsys.readouterr().out


def test_an_unknown_place_is_a_bad_question(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "低保", "--region", "nowhere"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_missing_file_is_a_bad_question(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "--batch", "/nonexistent/questions.jsonl"]) == 1
    assert capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [[], ["ask"], ["ask", "低保", "--as-of", "yesterday"], ["fly"]], ids=str
)
def test_wrong_usage_ends_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_broken_data_ends_with_one_and_no_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from faq import __main__ as command
    from faq.bot import load_bot

    (tmp_path / "odd.toml").write_text("[a]\n", encoding="utf-8")
    monkeypatch.setattr(command, "load_bot", lambda: load_bot(tmp_path))
    assert main(["check"]) == 1
    said = capsys.readouterr().err
    assert "odd.toml: a" in said
    assert "Traceback" not in said


def test_the_module_runs_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "faq", "ask", "低保要什么条件", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["kind"] == "answer"
