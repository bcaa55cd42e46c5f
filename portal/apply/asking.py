"""The pages that ask: one question each, saved at once, with the way back and on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _

from portal.apply import household, places, prefill, questions, summary, visit
from portal.apply.forms import shown
from portal.apply.household import APPLICANT, Member
from portal.apply.question_forms import QuestionForm, form_for
from portal.apply.questions import Page as Question
from portal.apply.questions import Sheet
from portal.apply.routes import Page, routes

PERSONAL = ("member", "situation", "support", "income")


@routes.get("/<name>")
def section(name: str) -> Page:
    """A section: its first open question, or what was told with a way to change each."""
    sheet = _sheet(name)
    if not sheet.done():
        return redirect(address(sheet, sheet.open()[0]), 303)
    return looked_over([sheet], _(sheet.section.title), url_for("apply.tasks"))


@routes.route("/<name>/<page_id>", methods=["GET", "POST"])
def question(name: str, page_id: str) -> Page:
    """One question about the household or the applicant."""
    sheet = _sheet(name)
    page = sheet.section.page(page_id)
    if page is None:
        abort(404)
    form = made(sheet, page)
    if form.validate_on_submit():
        return redirect(onward(keep(sheet, page, form), page, url_for("apply.tasks")), 303)
    return shown_page(sheet, page, form, parent=url_for("apply.tasks"))


def made(sheet: Sheet, page: Question) -> QuestionForm:
    """The form with what was told, else with what an estimate said."""
    told = sheet.told if sheet.answered(page) else {**prefill.of(sheet), **sheet.told}
    own = {field.id: told[field.id] for field in page.fields if field.id in told}
    kinds = {field.kind for field in page.fields}
    counties: list[tuple[str, str]] = []
    if "region" in kinds:
        region = request.form.get("region") or told.get("region")
        counties = places.counties(request.args.get("province") or places.province_of(region))
    people: list[tuple[str, str]] = []
    if "person" in kinds:
        people = [(one.id, one.name) for one in household.family(sheet.answers, sheet.on)]
    return form_for(page, shown(own), places=counties, people=people)


def keep(sheet: Sheet, page: Question, form: QuestionForm) -> Sheet:
    """Save one page over what stands in the draft now, so that open tabs undo nothing; the sheet as it is then."""
    told = form.to_answers()
    with visit.changing() as (writing, draft, now):
        before = Sheet(sheet.section, draft.answers, sheet.on, sheet.person)
        visit.merge(writing, draft, {before.key: before.merged(page, told)}, now)
        answers = dict(draft.answers)
    person = questions.person_of(answers, sheet.person.id) if sheet.person else None
    return Sheet(sheet.section, answers, sheet.on, person)


def shown_page(
    sheet: Sheet, page: Question, form: QuestionForm, *, parent: str, whose: str = "", **more: Any
) -> Page:
    """The page of one question: what is asked, of whom, how many there are still."""
    before = earlier(sheet, page)
    page_of = render_template(
        "apply/question.html",
        form=form,
        page=page,
        section=sheet.section,
        whose=whose,
        left=sheet.left(page),
        back=_checking() or (address(sheet, before) if before else parent),
        heading=len(page.fields) == 1 or page.amount,
        needs_place=any(field.kind == "region" for field in page.fields),
        choosing_province="province" in request.args and not request.args["province"],
        provinces=places.provinces(),
        **more,
    )
    return (page_of, 422) if form.errors else page_of


def earlier(sheet: Sheet, page: Question) -> Question | None:
    """The page asked before this one in the same section."""
    asked = sheet.pages()
    position = next((n for n, one in enumerate(asked) if one.id == page.id), 0)
    return asked[position - 1] if position else None


def onward(sheet: Sheet, page: Question, parent: str, following: Sequence[Sheet] = ()) -> str:
    """Where one goes after a page: the next open one, the check page one came from, or the list."""
    ids = [one.id for one in sheet.section.pages]
    later = [one for one in sheet.open() if ids.index(one.id) > ids.index(page.id)]
    missing = [one for one in sheet.open() if one.required]
    if checking := _checking():
        return address(sheet, missing[0]) if missing else checking
    for one in (*later, *missing):
        return address(sheet, one)
    for other in following:
        for one in other.open():
            return address(other, one)
    return parent


def address(sheet: Sheet, page: Question) -> str:
    """Where a question is asked; the way back to the check page stays with it."""
    return summary.address(sheet, page, checking=bool(_checking()))


def looked_over(sheets: Sequence[Sheet], title: str, back: str) -> Page:
    """What was told in sections, each answer with a way to change it, and what may still be added."""
    still = [(sheet, page) for sheet in sheets for page in sheet.open()]
    return render_template(
        "apply/section.html",
        title=title,
        rows=[row for sheet in sheets for row in summary.rows(sheet)],
        still=address(*still[0]) if still else "",
        number=len(still),
        back=back,
    )


def whose(person: Member) -> str:
    """How a page says about whom it asks."""
    relation = _("本人") if person.id == APPLICANT else summary.relation(person)
    return str(_("%(name)s（%(relation)s）", name=person.name, relation=relation))


def _sheet(name: str) -> Sheet:
    """A section of the household as this visit's draft has it, or 404."""
    answers = visit.open_draft().answers
    section = questions.table().get(name)
    if section is None or section.per != "household" or (name == "proxy" and not answers.get("proxy")):
        abort(404)
    return questions.sheet(name, answers, visit.today())


def _checking() -> str:
    return url_for("apply.check") if request.args.get("then") == summary.CHECK else ""
