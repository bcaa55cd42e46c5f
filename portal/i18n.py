"""Languages and reading preferences: the source is 简体; catalogues lie in `translations/`.

A link with `?lang=` or `?text=large|normal` sets a cookie and returns to the same page.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

from flask import Flask, g, redirect, request
from flask_babel import Babel
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from portal.config import ROOT

SOURCE = "zh_Hans"
NAMES = {"zh_Hans": "简体", "zh_Hant": "繁體", "en": "English", "ko": "한국어"}
TAGS = {"zh_Hans": "zh-Hans", "zh_Hant": "zh-Hant", "en": "en", "ko": "ko"}
LANGUAGE_COOKIE = "lang"
TEXT_COOKIE = "text"
YEAR = 365 * 24 * 3600

babel = Babel()


def available() -> tuple[str, ...]:
    """The locales that have a catalogue, the source language first."""
    folder = ROOT / "translations"
    return (SOURCE, *(locale for locale in NAMES if (folder / locale / "LC_MESSAGES/messages.po").exists()))


def init_app(app: Flask) -> None:
    """Choose the locale for every request and offer the switches to the templates."""
    app.config["BABEL_DEFAULT_LOCALE"] = SOURCE
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Asia/Shanghai"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(Path(ROOT) / "translations")
    offered = available()
    app.extensions["doudi_locales"] = offered
    babel.init_app(app, locale_selector=lambda: current_locale(offered))
    app.before_request(_remember_preference)

    @app.context_processor
    def _switches() -> dict[str, object]:
        return {
            "locale_tag": TAGS[current_locale(offered)],
            "locales": [(locale, NAMES[locale], TAGS[locale]) for locale in offered],
            "current_locale": current_locale(offered),
            "large_text": request.cookies.get(TEXT_COOKIE) == "large",
        }


def current_locale(offered: tuple[str, ...] | None = None) -> str:
    """The locale of this request: cookie, then Accept-Language, then 简体."""
    if "doudi_locale" not in g:
        known = offered or available()
        chosen = request.cookies.get(LANGUAGE_COOKIE)
        g.doudi_locale = chosen if chosen in known else _from_header(known)
    found: str = g.doudi_locale
    return found


def _from_header(known: tuple[str, ...]) -> str:
    for wanted, _quality in request.accept_languages:
        tag = wanted.lower()
        if tag.startswith("zh"):
            traditional = any(part in tag for part in ("hant", "-tw", "-hk", "-mo"))
            return "zh_Hant" if traditional and "zh_Hant" in known else SOURCE
        primary = tag.split("-")[0]
        if primary in known:
            return primary
    return SOURCE


def _remember_preference() -> Response | None:
    lang, text = request.args.get("lang"), request.args.get("text")
    if request.method != "GET" or request.path.startswith("/api/"):
        return None
    if lang not in available() and text not in ("large", "normal"):
        return None
    rest = MultiDict((k, v) for k, v in request.args.items(multi=True) if k not in ("lang", "text"))
    query = urlencode(list(rest.items(multi=True)))
    answer = redirect(request.path + (f"?{query}" if query else ""), code=303)
    secure = request.is_secure
    if lang in available():
        answer.set_cookie(
            LANGUAGE_COOKIE, str(lang), max_age=YEAR, samesite="Lax", secure=secure, httponly=True
        )
    if text in ("large", "normal"):
        answer.set_cookie(TEXT_COOKIE, str(text), max_age=YEAR, samesite="Lax", secure=secure, httponly=True)
    return answer
