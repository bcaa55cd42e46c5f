"""Routes per county: which case system an application goes to, and what a broken routes file says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portal.config import ConfigError, Settings
from portal.handoff import keys, route_table
from tests.support.handoff import settings_for

TOKEN = "t" * 32
KEY = keys.written("yanbian-1", Ed25519PrivateKey.generate().public_key())


def with_routes(folder: Path, text: str) -> Settings:
    file = folder / "routes.toml"
    file.write_text(text, encoding="utf-8")
    return settings_for(folder, routes_file=file)


def test_the_longest_prefix_of_the_region_decides(tmp_path: Path) -> None:
    settings = with_routes(
        tmp_path,
        f"""
        [[route]]
        name = "jilin"
        url = "https://jilin.example"
        regions = ["22"]
        token = "{TOKEN}"

        [[route]]
        name = "yanbian"
        url = "https://yanbian.example/"
        regions = ["2224"]
        keys = ["{KEY}"]
        """,
    )
    assert [route_table.route_of(settings, code) for code in ("222401", "220104", "430100")] == [
        "yanbian", "jilin", "default",
    ]  # fmt: skip
    assert route_table.table(settings)["yanbian"].url == "https://yanbian.example"
    assert route_table.by_key(settings)["yanbian-1"][1] == "yanbian"
    assert route_table.by_token(settings, f"Bearer {TOKEN}") == "jilin"
    assert route_table.by_token(settings, "Bearer wrong") is None
    assert route_table.by_token(settings, None) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[route]]\nname = 'a'\n", "needs name"),
        ("x = 1\n", "nothing else"),
        ("[[route]\n", "cannot be read"),
        (f"[[route]]\nname = 'a'\nurl = 'http://a.example'\ntoken = '{TOKEN}'\n", "must be https"),
        ("[[route]]\nname = 'a'\nurl = 'https://a.example'\n", "needs keys"),
        ("[[route]]\nname = 'a'\nurl = 'https://a.example'\ntoken = 'short'\n", "needs keys"),
        (
            f"[[route]]\nname = 'a'\nurl = 'https://a.example'\ntoken = '{TOKEN}'\nregions = ['x']\n",
            "division codes",
        ),
        (
            f"[[route]]\nname = 'a'\nurl = 'https://a.example'\ntoken = '{TOKEN}'\nspeed = 1\n",
            "unknown key 'speed'",
        ),
        ("[[route]]\nname = 'a'\nurl = 'https://a.example'\nkeys = ['k:AA']\n", "base64"),
        (
            f"[[route]]\nname = 'a'\nurl = 'https://a.example'\nkeys = ['{KEY}']\n"
            f"[[route]]\nname = 'b'\nurl = 'https://b.example'\nkeys = ['{KEY}']\n",
            "share the key",
        ),
    ],
)
def test_a_broken_routes_file_stops_the_start_and_says_where(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        route_table.table(with_routes(tmp_path, text))


def test_plain_http_is_for_the_own_machine_or_a_closed_network_only(tmp_path: Path) -> None:
    row = f"[[route]]\nname = 'a'\nurl = 'http://{{}}'\ntoken = '{TOKEN}'\n"
    assert "a" in route_table.table(with_routes(tmp_path, row.format("127.0.0.1:8001")))
    closed = row.format("10.0.0.7") + "plain_http = true\n"
    assert "a" in route_table.table(replace(with_routes(tmp_path, closed), draft_days=31))


def test_keys_of_one_installation_are_its_own(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    assert keys.own(settings).keys() != keys.of_sandbox(settings).keys()
    assert keys.own(settings).keys() == keys.own(replace(settings, draft_days=31)).keys()
