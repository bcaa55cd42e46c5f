"""Places on pages in other languages: their names there, and the Chinese ones behind."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal import i18n, regions
from tests.support.handoff import settings_for
from tests.support.portal import made

NAMES = tomllib.loads((Path(i18n.__file__).parent / "place_names.toml").read_text(encoding="utf-8"))["names"]
YANJI = "222401"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    portal = made(settings_for(tmp_path_factory.mktemp("portal")))
    yield portal
    portal.extensions["doudi_engine"].dispose()


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh_Hans", "吉林省延边朝鲜族自治州延吉市"),
        (
            "en",
            "Yanji City, Yanbian Korean Autonomous Prefecture, Jilin "
            '<span lang="zh-Hans">吉林省延边朝鲜族自治州延吉市</span>',
        ),
        ("ko", '길림성 연변조선족자치주 연길시 <span lang="zh-Hans">吉林省延边朝鲜族自治州延吉市</span>'),
    ],
)
def test_a_place_is_said_in_the_language_of_the_page_with_the_offices_name_behind(
    app: Flask, language: str, said: str
) -> None:
    with app.test_request_context(headers={"Cookie": f"lang={language}"}):
        assert str(i18n.place_name(YANJI)) == said


def test_a_place_without_another_name_stays_chinese_and_is_marked(app: Flask) -> None:
    [hunan] = [place for place in regions.search("湖南省长沙市") if place.level == "prefecture"]
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        assert str(i18n.place_name(hunan.code)) == '<span lang="zh-Hans">湖南省长沙市</span>'


def test_the_provinces_and_all_of_jilin_have_their_names() -> None:
    nation = regions.children("000000")
    jilin = [
        place.name
        for city in regions.children("220000")
        for place in (city, *regions.children(city.code))
        if place.code.isdigit()
    ]
    wanted = {place.name for place in nation} | set(jilin)
    assert not wanted - set(NAMES)
