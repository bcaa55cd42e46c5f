"""Ask: a chat that is a plain page. Questions are posted, so that none stands in an address or a log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import current_app, render_template, request, url_for
from flask_babel import lazy_gettext as _l

from portal import clock, counts, db, regions
from portal.config import Settings
from portal.guidance import service
from portal.guidance.advice import current
from portal.guidance.conversation import Conversation, Turn, seal, shortened, turns, unseal
from portal.guidance.routes import routes
from portal.i18n import N_, SOURCE, TAGS, current_locale, place_name

# Where answers differ; any other place gets the nation's rules and its own hotline.
PLACES = {"220000": _l("吉林"), "430000": _l("湖南"), "441700": _l("广东阳江")}
# Asked in Chinese whatever the language of the page; `translated` says them on the button.
STARTERS = (
    N_("低保要什么条件？"),
    N_("低保怎么申请？"),
    N_("有存款能吃低保吗？"),
    N_("看病花光了钱怎么办？"),
    N_("特困人员怎么认定？"),
    N_("低保停了怎么办？"),
)


@routes.get("/ask")
def ask() -> str:
    return _page(Conversation(), ())


@routes.post("/ask")
def answer() -> str:
    settings: Settings = current_app.extensions["doudi_settings"]
    talk = unseal(request.form.get("talk", ""), key=settings.secret_key)
    place = request.form.get("place", "").strip()
    if place:
        talk = replace(talk, region=_region(place))
    entry, _, picked = request.form.get("pick", "").partition("|")
    question = (picked or request.form.get("question", "")).strip()
    if question:
        talk = talk.asking(question, entry if picked else "")
    told = turns(talk, current(), as_of=clock.today(), lang=_language())
    useful = request.form.get("useful")
    if settings.read_only:
        useful = None  # answering goes on; counting waits
    elif useful in ("yes", "no") and told:
        _keep_vote(talk, told[-1], useful == "yes")
    elif question:
        _keep_if_open(talk, told)
        service.count_question(told[-1].answer, current())
    return _page(
        talk,
        told,
        thanked=useful in ("yes", "no"),
        empty=not (question or place or useful),
        unknown_place=place,
    )


def _language() -> str:
    """The language chosen for the pages; in the source language the question's own writing decides."""
    chosen = current_locale()
    return "" if chosen == SOURCE else TAGS[chosen]


def _region(place: str) -> str | None:
    """A code, or the place whose name was typed; None where there is none."""
    if regions.place(place):
        return place
    found = regions.search(place[:20])
    return found[0].code if found else None


def _keep_vote(talk: Conversation, last: Turn, useful: bool) -> None:
    entry = last.answer["entry"]
    with db.transaction() as session:
        if entry:
            service.vote(session, entry=entry, useful=useful, day=clock.today())
            counts.add(
                "vote.useful" if useful else "vote.not_useful", last.answer["trace"]["slots"]["region"]
            )
        if not useful:
            service.keep_open_question(
                session,
                kind="not_useful",
                entry=entry,
                region=talk.region,
                text=last.question,
                day=clock.today(),
            )


def _keep_if_open(talk: Conversation, told: tuple[Turn, ...]) -> None:
    last = told[-1]
    kind = service.open_kind([turn.answer for turn in told], current())
    if kind is None:
        return
    with db.transaction() as session:
        service.keep_open_question(
            session,
            kind=kind,
            entry=last.answer["trace"]["entry"],
            region=talk.region,
            text=last.question,
            day=clock.today(),
        )


def _to_estimate(slots: Mapping[str, str] | None) -> str:
    """The way into the estimate, at the place that was asked about."""
    region = regions.place((slots or {}).get("region", ""))
    if region is None:
        return url_for("guidance.estimate")
    if region.level == "province":
        return url_for("guidance.place", province=region.code)
    city = region.code if region.level == "prefecture" else str(region.parent)
    return url_for("guidance.place", city=city)


def _page(
    talk: Conversation,
    told: tuple[Turn, ...],
    *,
    thanked: bool = False,
    empty: bool = False,
    unknown_place: str = "",
) -> str:
    settings: Settings = current_app.extensions["doudi_settings"]
    kept = shortened(talk, told)
    return render_template(
        "guidance/ask.html",
        told=told[-len(kept.said) :] if kept.said else (),
        talk=seal(kept, key=settings.secret_key),
        region=talk.region,
        region_name=place_name(talk.region) if talk.region else "",
        places=PLACES,
        starters=STARTERS,
        # The titles are Chinese; they help nobody who types in another language.
        suggestions=current().suggestions if current_locale() == SOURCE else None,
        to_estimate=_to_estimate(told[-1].answer["estimate"] if told else None),
        advice=current(),
        today=clock.today(),
        thanked=thanked,
        empty=empty,
        unknown_place=unknown_place if unknown_place and not talk.region else "",
    )
