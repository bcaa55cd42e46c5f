"""The pages about people: cards, who someone is, how he is, who signs for him, what he earns."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, render_template, url_for
from flask_babel import gettext as _

from portal import clock, consent, db, drafts
from portal.apply import forms, household, people_forms, prefill, service, visit
from portal.apply.forms import shown
from portal.apply.household import APPLICANT, ELSEWHERE, Member
from portal.apply.routes import Page, routes
from portal.forms import PageForm, options


@routes.route("/family", methods=["GET", "POST"])
def family() -> Page:
    """Everybody as cards; “that is everybody” is said by a button, not guessed."""
    draft = visit.open_draft()
    answers = draft.answers
    if not answers.get("applicant"):
        return redirect(url_for("apply.applicant"), 303)
    form = PageForm()
    if form.validate_on_submit():
        visit.save({"family_complete": "yes"})
        return redirect(url_for("apply.tasks"), 303)
    on = visit.today()
    guardians = {member.id: member.name for member in household.members(answers)}
    cards = [(member, member.verdict(on), member.age(on)) for member in household.members(answers)]
    return render_template(
        "apply/family.html",
        form=form,
        cards=cards,
        on=on,
        guardians=guardians,
        elsewhere=ELSEWHERE,
        relations=dict(people_forms.RELATIONS),
        left=len(prefill.members_left(answers)),
        signed=any(s.state is not consent.State.WAITING for s in service.standings(db.session(), draft, on)),
    )


@routes.route("/family/new", methods=["GET", "POST"])
def member_new() -> Page:
    """One more person; the members of an estimate are offered one after the other."""
    answers = visit.open_draft().answers
    left = prefill.members_left(answers)
    form = people_forms.MemberForm(data=prefill.member(left[0]) if left else {})
    form.taken, form.related = _taken(answers, None), _only_one(answers, None)
    if form.validate_on_submit() and _complete(form, answers):
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
        return redirect(url_for("apply.member_situation", member=member_id), 303)
    return render_template(
        "apply/page.html",
        heading="",
        form=form,
        title=_("加一个人"),
        hint=_("估算时说过的人，已经替您填了一些。") if left else "",
        back=url_for("apply.family"),
    )


@routes.route("/family/<member>", methods=["GET", "POST"])
def member_edit(member: str) -> Page:
    """Change who someone is."""
    answers = visit.open_draft().answers
    kept = answers.get(f"member:{member}")
    if kept is None:
        abort(404)
    form = people_forms.MemberForm(data=kept)
    form.taken, form.related = _taken(answers, member), _only_one(answers, member)
    if form.validate_on_submit() and _complete(form, answers):
        told = form.to_answers()
        if "suggestion" in kept:
            told["suggestion"] = kept["suggestion"]
        visit.save({f"member:{member}": told})
        return redirect(url_for("apply.member_situation", member=member), 303)
    return render_template(
        "apply/page.html", heading="", form=form, title=_("改这个人"), hint="", back=url_for("apply.family")
    )


@routes.route("/family/<member>/situation", methods=["GET", "POST"])
def member_situation(member: str) -> Page:
    """Health, school and work of a family member; of a relative elsewhere only whether he helps."""
    answers = visit.open_draft().answers
    person = _person(answers, member)
    on = visit.today()
    if not person.verdict(on).counts:
        kept = shown(answers.get(f"support:{member}", {}))
        form: forms.SectionForm = people_forms.SupportForm(data=kept)
        key = f"support:{member}"
        hint = _("%(name)s 不算一家人，但可能有义务帮您家。", name=person.name)
    else:
        form = people_forms.SituationForm(
            data=answers.get(f"situation:{member}") or prefill.situation(answers, member)
        )
        key = f"situation:{member}"
        hint = _("这些只在本人同意后才交给部门。")
        if member == APPLICANT:
            form.for_applicant()
        elif person.minor(on):
            form.for_child()
    if form.validate_on_submit():
        changes: dict[str, Any] = {key: form.to_answers()}
        fits = {**answers, **changes}
        changed = _person(fits, member)
        ward = member != APPLICANT and changed.verdict(on).counts and not changed.signs_himself(on)
        if ward and changed.guardian is None and changed.relation == "child" and changed.minor(on):
            changes[f"guardian:{member}"] = {"guardian": APPLICANT}
            ward = False
        visit.save(changes)
        if ward and changed.guardian is None:
            return redirect(url_for("apply.member_guardian", member=member), 303)
        return redirect(url_for("apply.family"), 303)
    return render_template(
        "apply/page.html",
        form=form,
        title=_("家里人的情况"),
        heading=_("%(name)s 的情况", name=person.name),
        hint=hint,
        back=url_for("apply.family"),
    )


@routes.route("/family/<member>/guardian", methods=["GET", "POST"])
def member_guardian(member: str) -> Page:
    """Who signs for a minor or for someone who cannot decide."""
    answers = visit.open_draft().answers
    person = _person(answers, member)
    if member == APPLICANT or person.signs_himself(visit.today()):
        return redirect(url_for("apply.family"), 303)
    form = people_forms.GuardianForm(data=answers.get(f"guardian:{member}", {}))
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
        visit.save(
            {f"{part}:{member}": None for part in ("member", "situation", "support", "guardian", "income")}
        )
        return redirect(url_for("apply.family"), 303)
    return render_template("apply/remove.html", form=form, person=person)


@routes.get("/income")
def income() -> Page:
    """Whose income is told already."""
    answers = visit.open_draft().answers
    if not answers.get("applicant"):
        return redirect(url_for("apply.applicant"), 303)
    on = visit.today()
    people = [
        (
            person,
            f"income:{person.id}" in answers,
            (age := person.age(on)) is not None and age < service.WORKING_AGE,
        )
        for person in household.family(answers, on)
    ]
    return render_template("apply/income.html", people=people)


@routes.route("/income/<member>", methods=["GET", "POST"])
def member_income(member: str) -> Page:
    """One person's income, each kind a month or a year."""
    answers = visit.open_draft().answers
    person = _person(answers, member)
    kept = answers.get(f"income:{member}")
    form = people_forms.income_form()(data=shown(kept) if kept else prefill.income(answers, member))
    if form.validate_on_submit():
        told = form.to_answers()
        for kind, _label, _hint in people_forms.INCOMES:
            if kind not in told:
                told.pop(f"{kind}_per", None)
        visit.save({f"income:{member}": told})
        return redirect(url_for("apply.income"), 303)
    return render_template(
        "apply/member_income.html",
        form=form,
        kinds=[kind for kind, _label, _hint in people_forms.INCOMES],
        person=person,
        back=url_for("apply.income"),
    )


def _person(answers: Any, member: str) -> Member:
    found = next((person for person in household.members(answers) if person.id == member), None)
    if found is None:
        abort(404)
    return found


def _taken(answers: Any, but: str | None) -> dict[str, str]:
    return {
        person.id_number: person.name
        for person in household.members(answers)
        if person.id_number and person.id != but
    }


def _only_one(answers: Any, but: str | None) -> dict[str, str]:
    """Spouse, father and mother: nobody has two."""
    return {
        person.relation: person.name
        for person in household.members(answers)
        if person.relation in ("spouse", "father", "mother") and person.id != but
    }


def _complete(form: people_forms.MemberForm, answers: Any) -> bool:
    """Who counts as family needs a number, a child at least a birth date; a spouse or parent is an adult."""
    born = form.birth_date.data or (household.born_on(form.id_number.data) if form.id_number.data else None)
    member = Member("m0", "", form.relation.data, form.living.data, form.id_number.data or None, None, None)
    if born is None and (member.verdict(visit.today()).counts or form.relation.data == "child"):
        form.id_number.errors = [_("请填身份证号。孩子没有身份证，就填出生日期，大概的也行。")]
        return False
    if not form.id_number.data and born is not None:
        aged = Member("m0", "", form.relation.data, form.living.data, None, forms.read_date(born), None)
        if not aged.minor(visit.today()) and aged.verdict(visit.today()).counts:
            form.id_number.errors = [_("大人要填身份证号，部门才好核对。")]
            return False
    applicant = _person(answers, APPLICANT).birth_date
    told = forms.read_date(born) if born else None
    if applicant is not None and told is not None:
        if form.relation.data in ("child", "grandchild") and told <= applicant:
            form.relation.errors = [_("孩子的年纪比您还大。请看看关系或者号码是不是填错了。")]
        elif form.relation.data in ("father", "mother", "grandparent") and told >= applicant:
            form.relation.errors = [_("长辈的年纪比您还小。请看看关系或者号码是不是填错了。")]
    return not form.relation.errors
