"""The pages of the sections: each saves its own answers and goes back to the task list."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _

from portal.apply import forms, places, prefill, signatures, visit
from portal.apply.forms import SectionForm, shown
from portal.apply.routes import Page, routes


def section(
    form: SectionForm,
    key: str,
    title: str,
    *,
    hint: str = "",
    follow: str = "apply.tasks",
    template: str = "apply/page.html",
    **more: Any,
) -> Page:
    """Show or save one page whose answers are kept under one key of the draft."""
    if form.validate_on_submit():
        visit.save({key: form.to_answers() or {"seen": "yes"}})
        return redirect(url_for(follow), 303)
    return render_template(
        template, form=form, title=title, heading="", hint=hint, back=url_for("apply.tasks"), **more
    )


@routes.route("/programmes", methods=["GET", "POST"])
def programmes_page() -> Page:
    """What is applied for."""
    answers = visit.open_draft().answers
    start = (
        {"programmes": answers["programmes"]} if answers.get("programmes") else prefill.programmes(answers)
    )
    form = forms.ProgrammesForm(data=start)
    if form.validate_on_submit():
        visit.save(form.to_answers())
        return redirect(url_for("apply.tasks"), 303)
    return render_template(
        "apply/page.html",
        heading="",
        form=form,
        title=_("申请什么"),
        hint=_("估算时很可能符合的，已经替您勾上。可以改。")
        if answers.get("suggested") and not answers.get("programmes")
        else "",
        back=url_for("apply.tasks"),
    )


@routes.route("/proxy", methods=["GET", "POST"])
def proxy() -> Page:
    """Who fills in for the applicant; he himself signs later, by link, by code or on paper."""
    answers = visit.open_draft().answers
    if not answers.get("proxy"):
        abort(404)
    form = forms.ProxyForm(data=answers["proxy"])
    hint = _("您替别人填。申请人和家里每个大人，还要自己签字。代办不收钱。")
    return section(form, "proxy", _("代办人"), hint=hint, assisted_mark=False)


@routes.route("/place", methods=["GET", "POST"])
def place() -> Page:
    """The county that takes the application: of the hukou, or for temporary aid of the emergency."""
    answers = visit.open_draft().answers
    start = answers.get("place") or prefill.place(answers)
    province = request.args.get("province") or places.province_of(
        request.form.get("region") or start.get("region")
    )
    form = forms.PlaceForm(data=start)
    form.region.choices = forms.choices_of_places(places.counties(province))
    only_urgent = answers.get("programmes") == ["linshi"]
    return section(
        form,
        "place",
        _("在哪里受理"),
        hint=_("选事情发生的地方。")
        if only_urgent
        else _("一般是户口所在的地方。有居住证的，有的地方也能在住的地方申请。"),
        template="apply/place.html",
        provinces=places.provinces(),
        province=province,
    )


@routes.route("/applicant", methods=["GET", "POST"])
def applicant() -> Page:
    """The applicant himself."""
    answers = visit.open_draft().answers
    form = forms.ApplicantForm(data=answers.get("applicant", {}))
    return section(form, "applicant", _("申请人"), hint=_("填您自己。信息加密保存。"))


@routes.route("/property", methods=["GET", "POST"])
def property_page() -> Page:
    """What the household owns; the checks find it, so no papers are asked for."""
    answers = visit.open_draft().answers
    form = forms.PropertyForm(data=shown(answers.get("property") or prefill.assets(answers)))
    return section(
        form, "property", _("全家的财产"), hint=_("由部门核对，不用交证明。记不清就选“不清楚”，或者空着。")
    )


@routes.route("/spending", methods=["GET", "POST"])
def spending() -> Page:
    """Necessary spending, asked only where a programme looks at it."""
    answers = visit.open_draft().answers
    form = forms.SpendingForm(data=shown(answers.get("spending") or prefill.spending(answers)))
    return section(form, "spending", _("必需的支出"), hint=_("没有就空着。大概数就行。"))


@routes.route("/reason", methods=["GET", "POST"])
def reason() -> Page:
    answers = visit.open_draft().answers
    form = forms.ReasonForm(data=answers.get("reason", {}))
    return section(form, "reason", _("困难原因"))


@routes.route("/event", methods=["GET", "POST"])
def event() -> Page:
    """What happened, for temporary aid."""
    answers = visit.open_draft().answers
    form = forms.EventForm(data=answers.get("event", {}))
    return section(form, "event", _("出了什么事"))


@routes.route("/tekun", methods=["GET", "POST"])
def tekun() -> Page:
    """Self-care and wishes, for support of people in extreme difficulty."""
    answers = visit.open_draft().answers
    form = forms.TekunForm(data=answers.get("tekun", {}))
    if form.validate_on_submit():
        visit.save({"tekun": {"self_care": [], **form.to_answers()}})
        return redirect(url_for("apply.tasks"), 303)
    return render_template(
        "apply/page.html", heading="", form=form, title=_("照料和供养"), hint="", back=url_for("apply.tasks")
    )


@routes.route("/emergency", methods=["GET", "POST"])
def emergency() -> Page:
    """The short way to temporary aid: everything else later (社会救助法 art. 50)."""
    answers = visit.open_draft().answers
    if not answers.get("emergency"):
        abort(404)
    applicant, where, what = (answers.get(key, {}) for key in ("applicant", "place", "event"))
    province = request.args.get("province") or places.province_of(
        request.form.get("region") or where.get("region")
    )
    form = forms.EmergencyForm(data={**applicant, **where, **what})
    form.region.choices = forms.choices_of_places(places.counties(province))
    if form.validate_on_submit():
        told = form.to_answers()
        visit.save(
            {
                "applicant": {key: told[key] for key in ("name", "id_number", "phone", "address")},
                "place": {"region": told["region"]},
                "event": {key: told[key] for key in ("event", "needed") if key in told},
                "reason": {"codes": ["other"], "text": told.get("needed", "")},
                "family_complete": "yes",
            }
        )
        return signatures.sign_now()
    return render_template(
        "apply/place.html",
        form=form,
        title=_("急难救助"),
        hint=_("先填这几样，别的以后再补。等不及就直接打电话。"),
        back=url_for("apply.start"),
        provinces=places.provinces(),
        province=province,
    )
