"""What is applied for: the one section that is no plain question."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from portal.apply import forms, prefill, visit
from portal.apply.routes import Page, routes


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
        return redirect(url_for("apply.check" if request.args.get("then") == "check" else "apply.tasks"), 303)
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
