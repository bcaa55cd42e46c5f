"""What the estimator says, in the language of the page: its templates translated, its values filled in again."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import pgettext

import estimator
from estimator import Sentence, Text
from portal.i18n import SOURCE, chinese, current_locale, marked

_PLACEHOLDER = re.compile(r"\{([A-Za-z_][\w.]*)\}")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_BETWEEN = re.compile(r"(?P<low>-?\d+(?:\.\d+)?)?\.\.(?P<high>-?\d+(?:\.\d+)?)?")


def say(text: str) -> str:
    """A text of the estimate, as markup; one that was not made of sentences is translated as it stands."""
    return marked(plain(text))


def plain(text: str) -> str:
    """The same without markup, to be read out or copied."""
    if not isinstance(text, Text):
        return str(_(text)) if text else ""
    return "".join(_sentence(sentence) for sentence in text.sentences)


def is_fixed(text: str) -> bool:
    """Whether a text of the estimate is the tables' own, with nothing filled in."""
    return isinstance(text, Text) and not any(sentence.values for sentence in text.sentences)


def rule_words(text: str) -> str:
    """A template of the tables with nothing filled in: what a household would bring is left open as `…`."""
    return marked(rule_plain(text))


def rule_plain(text: str) -> str:
    """The same without markup."""
    return _PLACEHOLDER.sub("…", str(_(text))) if text else ""


def cite(citation: str) -> str:
    """A citation: 社会救助法 第十八条, or in another language the document's short name with the clause's number."""
    citation = str(citation)  # joined in a template it is markup
    norm = estimator.default_norms().of(citation)
    path = citation.partition("#")[2]
    if norm is None or current_locale() in (SOURCE, "zh_Hant"):
        return chinese(estimator.citation_label(citation))
    name = _(norm.short)
    if not path:
        return marked(name)
    if norm.numbering == "article":
        return marked(_("%(norm)s 第%(article)s条", norm=name, article=path))
    return marked(_("%(norm)s %(path)s", norm=name, path=path))


def _sentence(sentence: Sentence) -> str:
    if not sentence.values:
        return str(_(sentence.template))
    said = _PLACEHOLDER.sub(lambda found: value_said(sentence.values.get(found[1])), _(sentence.template))
    unknown = _not_known()
    if unknown not in said:
        return said
    # What is not known has no unit, which stands after the number or before it.
    unit = r"(?: (?:元|个月|個月|岁|歲|원|개월|세|살))?"
    return re.sub(rf"(?:CNY )?({re.escape(unknown)}){unit}", r"\1", said)


def _not_known() -> str:
    return str(pgettext("number", "不清楚"))


def value_said(value: Any) -> str:
    """A value of a sentence as it is read out: 1,200 · at least 770 · not known."""
    if value is None:
        return _not_known()
    if isinstance(value, list):
        return str(_("、")).join(value_said(item) for item in value)
    text = str(value)
    if _NUMBER.fullmatch(text):
        return _figure(text)
    between = _BETWEEN.fullmatch(text)
    if between is None:
        return str(_(text))
    low, high = between["low"], between["high"]
    if high is None:
        return str(_("至少 %(low)s", low=_figure(low)))
    if low is None:
        return str(_("至多 %(high)s", high=_figure(high)))
    return str(_("%(low)s 到 %(high)s", low=_figure(low), high=_figure(high)))


def _figure(text: str) -> str:
    number = Decimal(text)
    return f"{number:,.0f}" if number == number.to_integral_value() else f"{number:,.2f}"
