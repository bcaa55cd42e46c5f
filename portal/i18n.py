"""Languages and reading preferences: the source is 简体; catalogues lie in `translations/`.

A link with `?lang=` or `?text=large|normal` sets a cookie and returns to the same page.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from urllib.parse import quote, urlencode

from babel.support import NullTranslations
from flask import Flask, current_app, g, redirect, request
from flask_babel import Babel, Domain, _get_current_context
from flask_babel import gettext as _
from markupsafe import Markup, escape
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from portal import regions
from portal.config import ROOT, Settings

SOURCE = "zh_Hans"
NAMES = {"zh_Hans": "简体", "zh_Hant": "繁體", "en": "English", "ko": "한국어"}
TAGS = {"zh_Hans": "zh-Hans", "zh_Hant": "zh-Hant", "en": "en", "ko": "ko"}
LANGUAGE_COOKIE = "lang"
TEXT_COOKIE = "text"
YEAR = 365 * 24 * 3600
# Chinese characters with the figures and marks between them.
_CHINESE = re.compile(r"[《（〔“]?[㐀-鿿](?:[㐀-鿿0-9\s%、，。；：·（）〔〕《》“”-]*[㐀-鿿》）〕”。])?")


class _OncePerRequest(Domain):
    """Finds the catalogue once a request: a page asks for hundreds of strings, and the search is dear."""

    def get_translations(self) -> NullTranslations:
        try:
            found: NullTranslations | None = g._flask_babel.babel_translations
        except (AttributeError, RuntimeError):  # the first string of a request, or none is being answered
            found = None
        if found is not None:
            return found
        context = _get_current_context()
        if context is None:
            return NullTranslations()
        # also within `force_locale`, which takes it away
        found = context.babel_translations = super().get_translations()
        return found


def _of_templates(domain: Domain) -> Callable[..., Markup]:
    """`_()` as templates call it: a translation is markup, and a per cent sign in it is a place to fill in.

    Jinja's own comes to the same by way of three calls that each look for the page's context.
    """

    def say(text: str, **values: object) -> Markup:
        said = Markup(domain.get_translations().ugettext(text))  # noqa: S704  # the catalogues are ours
        return said % values if values or "%" in said else said

    return say


# How questions speak of a person for whom somebody else fills in.
HELPED = {"he": "他", "she": "她", "they": "他（她）"}
_ENGLISH = {"You": "They", "you": "they", "Your": "Their", "your": "their", "yourself": "themselves"}
_YOURS = re.compile(r"\b(?:yourself|[Yy]our|[Yy]ou)\b(?!-)")
_THEM = re.compile(
    r"\b((?:for|to|with|of|by|from|owes?|gives?|helps?|supports?) )you\b(?! (?:have|are|can|get|live|need|do))"
)

babel = Babel()


@cache
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
    with app.app_context():
        domain = babel.domain_instance = _OncePerRequest()
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # the extension adds it
        gettext=lambda text: domain.get_translations().ugettext(text),
        ngettext=lambda one, many, n: domain.get_translations().ungettext(one, many, n),
        newstyle=True,
        pgettext=lambda where, text: domain.get_translations().upgettext(where, text),
        npgettext=lambda where, one, many, n: domain.get_translations().unpgettext(where, one, many, n),
    )
    app.jinja_env.globals["_"] = _of_templates(domain)
    app.before_request(_remember_preference)
    for offer in (
        asked,
        chinese,
        chinese_tag,
        helped,
        holds_chinese,
        marked,
        of_another,
        switch_to,
        tag_of,
        translated,
    ):
        app.jinja_env.globals[offer.__name__] = offer

    @app.context_processor
    def _switches() -> dict[str, object]:
        return {
            "locale_tag": TAGS[current_locale(offered)],
            "locales": [(locale, NAMES[locale], TAGS[locale]) for locale in offered],
            "current_locale": current_locale(offered),
            "large_text": request.cookies.get(_settings().cookie_name(TEXT_COOKIE)) == "large",
        }


def switch_to(**wanted: str) -> str:
    """A link to this very page with a language or size of text, whatever else stands in its address.

    A page that came of pressing a button cannot be asked for again: its switches lead to the first page.
    """
    if request.url_rule is not None and "GET" not in (request.url_rule.methods or ()):
        return "/?" + urlencode(wanted)
    if not request.args:
        return _switch(*wanted.items())
    rest = [(key, value) for key, value in request.args.items(multi=True) if key not in ("lang", "text")]
    return "?" + urlencode([*rest, *wanted.items()])


@cache
def _switch(*wanted: tuple[str, str]) -> str:
    return "?" + urlencode(wanted)


def current_locale(offered: tuple[str, ...] | None = None) -> str:
    """The locale of this request: cookie, then Accept-Language, then 简体."""
    found: str | None = g.get("doudi_locale")
    if found is None:
        known = offered or available()
        chosen = request.cookies.get(_settings().cookie_name(LANGUAGE_COOKIE))
        found = g.doudi_locale = chosen if chosen in known else _from_header(known)
    return found


def N_(text: str) -> str:
    """Collects a string for the catalogues and leaves it in the source language."""
    return text


def chinese(text: object) -> str:
    """A name, title or quotation that stays as it is, marked as 简体 on a page in another language."""
    if not text or current_locale() == SOURCE:
        return str(text)
    return Markup('<span lang="zh-Hans">{}</span>').format(str(text))


def chinese_tag() -> str:
    """The same as an attribute, for elements that hold nothing but such a text."""
    return "" if current_locale() == SOURCE else Markup(' lang="zh-Hans"')


def marked(text: object) -> str:
    """A text in which Chinese may stand among words of another language: each run of it marked as such."""
    if current_locale() in (SOURCE, "zh_Hant"):
        return escape(text)
    marks = _CHINESE.sub(lambda run: f'<span lang="zh-Hans">{run[0]}</span>', str(escape(text)))
    return Markup(marks)  # noqa: S704  # escaped above; the marks are ours


def asked(text: object) -> str:
    """A question, hint or choice of a form as this page says it: of a third person where somebody helps another.

    Wordings are changed by rule, in the language of the page, so that no question needs a second translation.
    Korean leaves the person out and says the same either way.
    """
    return marked(of_another(str(text)))


def of_another(text: str) -> str:
    """The same wording about the person who is being helped; unchanged where nobody is."""
    who = helped()
    if who is None:
        return text
    if current_locale() == "en":
        return _THEM.sub(r"\1them", _YOURS.sub(lambda found: _ENGLISH[found[0]], _THEM.sub(r"\1them", text)))
    own = HELPED[who]
    return text.replace("您自己", f"{own}本人").replace("您本人", f"{own}本人").replace("您", own)


def help_another(who: str | None) -> None:
    """Say for this request whom the questions are about: a key of HELPED, or nobody but the visitor."""
    g.doudi_helped = who if who in HELPED else None


def helped() -> str | None:
    """Whom somebody else answers for on this page, or None."""
    found: str | None = g.get("doudi_helped")
    return found


def holds_chinese(text: object) -> bool:
    """Whether a text on a page in another language holds more Chinese than a name or a term."""
    if current_locale() in (SOURCE, "zh_Hant"):
        return False
    return re.search("[㐀-鿿、，]{9}", str(text)) is not None


def tag_of(text: object) -> str:
    """The language attribute of an element that can hold no marks, such as an option."""
    other = current_locale() not in (SOURCE, "zh_Hant")
    return Markup(' lang="zh-Hans"') if other and re.search("[㐀-鿿]", str(text)) else ""


def translated(text: str) -> str:
    """A text of the tables in the language of the page; where it has no translation, marked as Chinese.

    Unlike `_()` in a template it takes a per cent sign for nothing but itself.
    """
    return marked(_(text)) if text else ""


def place_words(found: regions.Place) -> str:
    """A place with what it lies in: `Yanji City, Yanbian …, Jilin`, `길림성 연변… 연길시`; in Chinese, or where one of
    them has no other name, the whole Chinese name."""
    if current_locale() in (SOURCE, "zh_Hant"):
        return found.full_name
    above = [place for place in regions.ancestors(found.code) if place.level != "nation"]
    names = [_(place.name) for place in (found, *above)]
    if any(map(_CHINESE.search, names)):
        return found.full_name
    return ", ".join(names) if current_locale() == "en" else " ".join(reversed(names))


def place_name(code: str) -> str:
    """The same of a code, on a page in another language with the Chinese name behind, by which offices know it."""
    found = regions.place(code)
    if found is None:
        return code
    words = place_words(found)
    if words == found.full_name:
        return chinese(words)
    return Markup("{} {}").format(words, chinese(found.full_name))


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
    if not request.query_string:
        return None
    lang, text = request.args.get("lang"), request.args.get("text")
    if request.method != "GET" or request.path.startswith("/api/") or request.endpoint is None:
        return None
    if lang not in available() and text not in ("large", "normal"):
        return None
    rest = MultiDict((k, v) for k, v in request.args.items(multi=True) if k not in ("lang", "text"))
    query = urlencode(list(rest.items(multi=True)))
    # Only ever to a page of ours: the path is that of a known endpoint, and escaped again.
    answer = redirect(quote(request.path) + (f"?{query}" if query else ""), code=303)
    if lang in available():
        _remember(answer, LANGUAGE_COOKIE, str(lang))
    if text in ("large", "normal"):
        _remember(answer, TEXT_COOKIE, str(text))
    return answer


def _remember(answer: Response, name: str, value: str) -> None:
    settings = _settings()
    secure = settings.secure_cookies
    answer.set_cookie(
        settings.cookie_name(name), value, max_age=YEAR, samesite="Lax", secure=secure, httponly=True
    )


def _settings() -> Settings:
    found: Settings = current_app.extensions["doudi_settings"]
    return found
