"""The pages about people: cards, the questions about each, who signs for him, whose income is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from flask import abort, redirect, render_template, url_for
from flask_babel import gettext as _

from portal import clock, consent, db, drafts
from portal.apply import asking, household, prefill, questions, service, summary, visit
from portal.apply.asking import PERSONAL
from portal.apply.forms import GuardianForm, read_date
from portal.apply.household import APPLICANT, ELSEWHERE, Member
from portal.apply.question_forms import QuestionForm, form_for
from portal.apply.questions import Sheet
from portal.apply.routes import Page, routes
from portal.forms import PageForm, options

ONLY_ONE = ("spouse", "father", "mother")


@routes.route("/family", methods=["GET", "POST"])
def family() -> Page:
    """Everybody as cards; “that is everybody” is said by a button, not guessed."""
    draft = visit.open_draft()
    answers = draft.answers
    if not answers.get("applicant"):
        return redirect(url_for("apply.section", name="applicant"), 303)
    form = PageForm()
    if form.validate_on_submit():
        visit.save({"family_complete": "yes"})
        return redirect(url_for("apply.tasks"), 303)
    on = visit.today()
    guardians = {member.id: member.name for member in household.members(answers)}
    cards = [
        (member, member.verdict(on), member.age(on), service.described(member, answers, on))
        for member in household.members(answers)
    ]
    return render_template(
        "apply/family.html",
        form=form,
        cards=cards,
        on=on,
        guardians=guardians,
        elsewhere=ELSEWHERE,
        relation=summary.relation,
        left=len(prefill.members_left(answers)),
        signed=any(s.state is not consent.State.WAITING for s in service.standings(db.session(), draft, on)),
    )


@routes.route("/family/new", methods=["GET", "POST"])
def member_new() -> Page:
    """One more person; the members of an estimate are offered one after the other."""
    answers = visit.open_draft().answers
    left = prefill.members_left(answers)
    page = questions.table()["member"].pages[0]
    form = form_for(page, prefill.member(left[0]) if left else {})
    if form.validate_on_submit() and _relation_fits(form, answers, None):
        told = form.to_answers()
        if left:
            told["suggestion"] = left[0].get("id")
        now = clock.now()
        with db.transaction() as writing:  # the new id is chosen inside, so that two tabs get two ids
            draft = visit.locked(writing, now)
            member_id = household.next_member_id(draft.answers)
            changes: dict[str, Any] = {
                f"member:{member_id}": told,
                "members_added": int(member_id[1:]),
                "family_complete": None,
            }
            drafts.save(writing, draft, changes, now=now, days=visit.settings().draft_days)
        return redirect(url_for("apply.member_entry", member=member_id), 303)
    sheet = questions.sheet("member", answers, visit.today(), Member("", "", "", "", None, None, None))
    return asking.shown_page(
        sheet,
        page,
        form,
        parent=url_for("apply.family"),
        note=_("估算时说过的人，已经替您填了一些。") if left else "",
    )


@routes.get("/family/<member>")
def member_entry(member: str) -> Page:
    """A person: the first open question about him, or what was told with a way to change each."""
    answers = visit.open_draft().answers
    person = _person(answers, member)
    sheets = questions.person_sheets(answers, visit.today(), person)
    still = [(sheet, page) for sheet in sheets for page in sheet.open()]
    missing = [
        (sheet, page)
        for sheet, page in still
        if page.required or (sheet.section.id == "member" and page.id == "number" and _needs_number(person))
    ]
    if chosen := still if still and not sheets[-1].begun() else missing:
        return redirect(asking.address(*chosen[0]), 303)
    return asking.looked_over(sheets, asking.whose(person), url_for("apply.family"))


@routes.route("/family/<member>/<name>/<page_id>", methods=["GET", "POST"])
def person_question(member: str, name: str, page_id: str) -> Page:
    """One question about a person."""
    answers = visit.open_draft().answers
    person = _person(answers, member)
    if name not in PERSONAL or (name == "member" and member == APPLICANT):
        abort(404)
    sheet = questions.sheet(name, answers, visit.today(), person)
    page = sheet.section.page(page_id)
    if page is None:
        abort(404)
    parent = url_for("apply.income" if name == "income" else "apply.family")
    form = asking.made(sheet, page)
    if form.validate_on_submit() and _fits(form, page.id if name == "member" else "", answers, person):
        kept = asking.keep(sheet, page, form)
        changed = _person(kept.answers, member)
        if _is_ward(changed) and changed.relation == "child" and changed.minor(kept.on):
            visit.save({f"guardian:{member}": {"guardian": APPLICANT}})
            changed = replace(changed, guardian=APPLICANT)
        if name == "member" and page.id != "number" and _needs_number(changed):
            return redirect(_number_page(kept), 303)
        following = questions.person_sheets(kept.answers, kept.on, changed) if name == "member" else ()
        after = asking.onward(kept, page, "", [one for one in following if one.section.id != "member"])
        if not after and name != "income" and _is_ward(changed):
            after = url_for("apply.member_guardian", member=member)
        return redirect(after or parent, 303)
    note = ""
    if name == "support":
        note = _("%(name)s 不算一家人，但可能有义务帮您家。", name=person.name)
    elif name == "situation" and page_id in ("health", "disability", "certificate"):
        note = _("这些只在本人同意后才交给部门。")
    return asking.shown_page(sheet, page, form, parent=parent, whose=asking.whose(person), note=note)


@routes.route("/family/<member>/guardian", methods=["GET", "POST"])
def member_guardian(member: str) -> Page:
    """Who signs for a minor or for someone who cannot decide."""
    answers = visit.open_draft().answers
    person = _person(answers, member)
    if member == APPLICANT or person.signs_himself(visit.today()):
        return redirect(url_for("apply.family"), 303)
    form = GuardianForm(data=answers.get(f"guardian:{member}", {}))
    form.guardian.choices = options(
        [
            *((m.id, m.name) for m in household.possible_guardians(answers, visit.today()) if m.id != member),
            (ELSEWHERE, _("不在上面。监护人到窗口签字")),
        ]
    )
    if form.validate_on_submit():
        visit.save({f"guardian:{member}": form.to_answers()})
        return redirect(url_for("apply.family"), 303)
    return render_template(
        "apply/page.html",
        form=form,
        title=_("由谁签字"),
        heading=_("%(name)s 由谁签字", name=person.name),
        hint="",
        back=url_for("apply.family"),
    )


@routes.route("/family/<member>/remove", methods=["GET", "POST"])
def member_remove(member: str) -> Page:
    """Take someone out again, after saying what goes with him."""
    answers = visit.open_draft().answers
    person = _person(answers, member)
    if member == APPLICANT:
        abort(404)
    form = PageForm()
    if form.validate_on_submit():
        visit.save({f"{part}:{member}": None for part in (*PERSONAL, "guardian")})
        return redirect(url_for("apply.family"), 303)
    return render_template("apply/remove.html", form=form, person=person)


@routes.get("/income")
def income() -> Page:
    """Whose income is told already."""
    answers = visit.open_draft().answers
    if not answers.get("applicant"):
        return redirect(url_for("apply.section", name="applicant"), 303)
    on = visit.today()
    people = [
        (
            person,
            questions.sheet("income", answers, on, person).done(),
            (age := person.age(on)) is not None and age < service.WORKING_AGE,
        )
        for person in household.family(answers, on)
    ]
    return render_template("apply/income.html", people=people)


@routes.get("/income/<member>")
def member_income(member: str) -> Page:
    """One person's income: the first open question, or what was told."""
    answers = visit.open_draft().answers
    person = _person(answers, member)
    sheet = questions.sheet("income", answers, visit.today(), person)
    if not sheet.done():
        return redirect(asking.address(sheet, sheet.open()[0]), 303)
    title = _("%(name)s 的收入", name=person.name)
    return asking.looked_over([sheet], title, url_for("apply.income"))


def _is_ward(person: Member) -> bool:
    """Whether somebody has to sign for a person and nobody is named yet."""
    on = visit.today()
    return (
        person.id != APPLICANT
        and person.guardian is None
        and person.verdict(on).counts
        and not person.signs_himself(on)
    )


def _person(answers: Mapping[str, Any], member: str) -> Member:
    found = questions.person_of(answers, member)
    if found is None:
        abort(404)
    return found


def _number_page(sheet: Sheet) -> str:
    return asking.address(sheet, sheet.section.pages[1])


def _needs_number(person: Member) -> bool:
    return not service.numbered(person, visit.today())


def _fits(form: QuestionForm, page_id: str, answers: Mapping[str, Any], person: Member) -> bool:
    """What only all the answers together can tell, said kindly beside the field."""
    if page_id == "who":
        return _relation_fits(form, answers, person)
    if page_id == "number":
        return _number_fits(form, answers, person)
    return True


def _relation_fits(form: QuestionForm, answers: Mapping[str, Any], person: Member | None) -> bool:
    """Nobody has two spouses, fathers or mothers; and ages go with generations."""
    chosen = form["relation"].data
    for other in household.members(answers):
        if chosen in ONLY_ONE and other.relation == chosen and (person is None or other.id != person.id):
            form["relation"].errors = [_("%(name)s 已经选了这个关系。请看看是不是选错了。", name=other.name)]
            return False
    wrong = _generations(answers, chosen, person.birth_date if person else None)
    form["relation"].errors = [wrong] if wrong else []
    return not wrong


def _number_fits(form: QuestionForm, answers: Mapping[str, Any], person: Member) -> bool:
    """Who counts as family needs a number, a child at least a birth date; a spouse or parent is an adult."""
    number, day = form["id_number"], form["birth_date"].data or None
    for other in household.members(answers):
        if number.data and other.id_number == number.data and other.id != person.id:
            number.errors = [_("这个号码和 %(name)s 的一样。请看看是不是填重了。", name=other.name)]
            return False
    born = read_date(day or (household.born_on(number.data) if number.data else ""))
    told = Member("m0", "", person.relation, person.living, number.data or None, born, None, person.situation)
    if not service.numbered(told, visit.today()):
        number.errors = [
            _("大人要填身份证号，部门才好核对。")
            if born is not None
            else _("请填身份证号。孩子没有身份证，就填出生日期，大概的也行。")
        ]
        return False
    wrong = _generations(answers, person.relation, born)
    if wrong:
        number.errors = [wrong]
    return not wrong


def _generations(answers: Mapping[str, Any], relation: str, born: date | None) -> str:
    own = household.members(answers)[0].birth_date
    if own is None or born is None:
        return ""
    if relation in ("child", "grandchild") and born <= own:
        return str(_("孩子的年纪比您还大。请看看关系或者号码是不是填错了。"))
    if relation in ("father", "mother", "grandparent") and born >= own:
        return str(_("长辈的年纪比您还小。请看看关系或者号码是不是填错了。"))
    return ""
