"""The short way to temporary aid: who, what and where on two pages; everything else later (社会救助法 art. 50)."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _

from portal.apply import places, questions, signatures, visit
from portal.apply.question_forms import QuestionForm, form_for
from portal.apply.questions import Page as Question
from portal.apply.routes import Page, routes

FIRST: dict[str, Any] = {"emergency": True, "programmes": ["linshi"]}
REASONS = {"illness": "illness", "accident": "accident", "disaster": "disaster", "school": "schooling"}


@cache
def pages() -> tuple[Question, Question]:
    """The two pages, made of questions that the long way has too."""
    table = questions.table()
    applicant, place, event = (table[name] for name in ("applicant", "place", "event"))
    region = replace(place.field("region"), label="事情在哪个县、市、区")
    where = replace(applicant.field("address"), label="您现在在哪里", lacks="请填您在哪里。")
    happened = replace(event.field("event"), label="出了什么事？")
    phone = replace(applicant.field("phone"), label="电话", help="没有手机，填家人或邻居的。")
    return (
        Question(
            "emergency", "who", "您是谁？", (applicant.field("name"), applicant.field("id_number"), phone)
        ),
        Question("emergency", "what", "出了什么事，在哪里？", (happened, region, where)),
    )


@routes.route("/emergency", methods=["GET", "POST"])
def emergency() -> Page:
    """Who; whoever comes here straight begins an application by it."""
    draft = visit.current()
    unfinished = draft is not None and draft.closed_at is None
    if draft is not None and unfinished and not draft.answers.get("emergency"):
        return redirect(url_for("apply.start"), 303)  # something else is being filled in: ask first
    told = draft.answers.get("applicant", {}) if draft is not None and unfinished else {}
    form = form_for(pages()[0], told)
    if form.validate_on_submit():
        if not unfinished:
            visit.begin(FIRST)
        with visit.changing() as (writing, locked, now):
            before = locked.answers.get("applicant", {})
            visit.merge(writing, locked, {"applicant": {**before, **form.to_answers()}}, now)
        return redirect(url_for("apply.emergency_what"), 303)
    return _shown(form, pages()[0], back=url_for("apply.start"), left=1)


@routes.route("/emergency/what", methods=["GET", "POST"])
def emergency_what() -> Page:
    """What happened and where; then straight to the signature."""
    answers = visit.open_draft().answers
    if not answers.get("emergency"):
        abort(404)
    if not answers.get("applicant"):
        return redirect(url_for("apply.emergency"), 303)
    told = {**answers["applicant"], **answers.get("place", {}), **answers.get("event", {})}
    province = request.args.get("province") or places.province_of(
        request.form.get("region") or told.get("region")
    )
    form = form_for(pages()[1], told, places=places.counties(province))
    if form.validate_on_submit():
        new = form.to_answers()
        with visit.changing() as (writing, locked, now):
            kept = locked.answers
            changes = {
                "applicant": {**kept.get("applicant", {}), "address": new["address"]},
                "place": {**kept.get("place", {}), "region": new["region"]},
                "event": {**kept.get("event", {}), "event": new["event"]},
                "reason": kept.get("reason") or {"codes": [REASONS.get(new["event"], "other")]},
                "family_complete": "yes",
            }
            visit.merge(writing, locked, changes, now)
        return signatures.sign_now()
    return _shown(form, pages()[1], back=url_for("apply.emergency"), left=0)


def _shown(form: QuestionForm, page: Question, *, back: str, left: int) -> Page:
    made = render_template(
        "apply/question.html",
        form=form,
        page=page,
        whose="",
        left=left,
        back=back,
        heading=False,
        needs_place=page.id == "what",
        choosing_province="province" in request.args and not request.args["province"],
        provinces=places.provinces(),
        note=_("先填这几样，别的以后再补。等不及就直接打电话。"),
    )
    return (made, 422) if form.errors else made
