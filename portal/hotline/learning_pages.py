"""Learning: what people asked in vain, and how it becomes a question the bot knows; flags on entries."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from portal import clock, db, log, regions
from portal.forms import PageForm, options
from portal.guidance import variants
from portal.guidance.advice import Advice
from portal.guidance.advice import current as advice
from portal.guidance.variants import LONGEST, NotTaken, Objection
from portal.hotline import access, audit, kept, learning
from portal.hotline.access import Role, Staff
from portal.hotline.kept import TypedForm
from portal.hotline.learning import FlagKind, Kind, Settled

routes = Blueprint("hotline_learning", __name__, url_prefix="/hotline")

SPANS = (7, 30, 90, learning.KEPT_DAYS)
MOST_SHOWN = 100
KINDS = {Kind.REFUSAL: _l("没答上"), Kind.CLARIFY: _l("反问两次"), Kind.NOT_USEFUL: _l("按了没用")}
FLAGS = {FlagKind.OUTDATED: _l("过时"), FlagKind.UNCLEAR: _l("写得不明白")}
NOT_TAKEN = {
    Objection.UNKNOWN_OWNER: _l("没有这一条。请从单子里选一条。"),
    Objection.TOO_SHORT: _l("太短了，分不出问的是什么。请写成一句完整的问话。"),
    Objection.TOO_LONG: _l("太长了，代表不了别人的问法。请缩短到 %(n)s 个字以内。", n=LONGEST),
    Objection.PERSONAL: _l("好像写了人名、号码或者地址。请去掉再加。"),
    Objection.GUARDED: _l("里面有危急、造假或者骂人的话，机器人会先回应那句话。请换个说法。"),
    Objection.DUPLICATE: _l("这一条里已经有这句话，不用再加。"),
    Objection.STEALS: _l(
        "这句话是“%(other)s”的问法，加到这里会抢走它。请选那一条，或者换个说法。", other="{other}"
    ),
}

Page = str | tuple[str, int] | Response


class AttachForm(PageForm):
    """A question and whose it is."""

    text = StringField(_l("机器人以后认这句话"), [DataRequired(_l("请写一句问话。")), Length(max=200)])
    owner = SelectField(_l("归哪一条回答"), [DataRequired(_l("请选一条回答。"))])


class FlagForm(TypedForm):
    """What is wrong with an entry."""

    kind = RadioField(
        _l("有什么问题"),
        [DataRequired(_l("请选一个。"))],
        choices=options((k.value, word) for k, word in FLAGS.items()),
    )
    note = TextAreaField(_l("哪里不对，应该怎样"), [DataRequired(_l("请写一句。")), Length(max=300)])


def waiting(session: Session, _staff: Staff) -> int:
    """For the menu: questions nobody has settled."""
    return learning.waiting(session)


@routes.get("/learning")
@access.allow(Role.SUPERVISOR)
def home() -> Page:
    """Groups of open questions, the most frequent first."""
    days = next((span for span in SPANS if str(span) == request.args.get("days")), 30)
    kind = next((kind for kind in Kind if kind.value == request.args.get("kind")), None)
    since = clock.today() - timedelta(days=days)
    found = learning.groups(learning.open_questions(db.session(), since=since, kind=kind), advice())
    return render_template(
        "hotline/learning.html",
        groups=[(group, _now(group.text)) for group in found[:MOST_SHOWN]],
        more=max(0, len(found) - MOST_SHOWN),
        total=sum(group.count for group in found),
        days=days,
        spans=SPANS,
        kind=kind,
        kinds=KINDS,
        place=regions.full_name,
        living=len(variants.living(db.session())),
        flags=len(learning.flags(db.session())),
        kept=learning.KEPT_DAYS,
    )


@routes.route("/learning/question/<int:id_>", methods=["GET", "POST"])
@access.allow(Role.SUPERVISOR)
def question(id_: int) -> Page:
    """One group: what the bot says now, and giving it to an entry or setting it aside."""
    known = advice()
    group = learning.group_of(db.session(), id_, known)
    if group is None:
        flash(_("这一组已经处理过了。"))
        return redirect(url_for("hotline_learning.home"), 303)
    likely = known.owners_like(group.text)
    form = AttachForm()
    form.owner.choices = _choices(known, likely)
    if request.method == "GET":
        form.text.data = group.text[:200]
    if request.form.get("go") == "dismiss":
        return _dismiss(group)
    if form.validate_on_submit() and (done := _attach(form, group)) is not None:
        return done
    return render_template(
        "hotline/learning_question.html",
        group=group,
        form=form,
        answer=known.answer(group.text, region=None, as_of=clock.today(), lang="zh"),
        now=_now(group.text),
        kinds=KINDS,
        place=regions.full_name,
    ), (422 if form.errors else 200)


@routes.route("/learning/variants", methods=["GET", "POST"])
@access.allow(Role.SUPERVISOR)
def variant_list() -> Page:
    """The questions that were added, with the way back; adding one that nobody asked yet."""
    known = advice()
    form = AttachForm()
    form.owner.choices = _choices(known, [])
    if form.validate_on_submit() and (done := _attach(form, None)) is not None:
        return done
    return render_template(
        "hotline/learning_variants.html",
        form=form,
        living=variants.living(db.session()),
        withdrawn=variants.withdrawn(db.session()),
        shipped={(one.owner, one.text) for one in known.bot.knowledge.variants()},
        title=known.owner_title,
        local=clock.local,
        back_form=FlaskForm(),
    ), (422 if form.errors else 200)


@routes.post("/learning/variants/<id_>/back")
@access.allow(Role.SUPERVISOR)
def take_back(id_: str) -> Page:
    """Take a variant back: the bot forgets it within a second."""
    staff = access.current()
    with db.transaction() as session:
        row = variants.take_back(session, id_, by=staff.login, now=clock.now())
        if row is None:
            abort(404)
        audit.record(
            session,
            staff=staff,
            action="variant.take_back",
            subject=None,
            fields=[row.owner],
            reason="learning",
        )
    variants.notice_now()
    log.event("learning.variant_taken_back", owner=row.owner)
    flash(_("收回了。机器人不再认这句话。"))
    return redirect(url_for("hotline_learning.variant_list"), 303)


@routes.get("/learning/flags")
@access.allow(Role.SUPERVISOR)
def flag_list() -> Page:
    """What colleagues found outdated or unclear."""
    return render_template(
        "hotline/learning_flags.html",
        flags=[(flag, FLAGS[FlagKind(flag.kind)]) for flag in learning.flags(db.session())],
        title=advice().owner_title,
        local=clock.local,
        form=FlaskForm(),
    )


@routes.post("/learning/flags/<id_>/done")
@access.allow(Role.SUPERVISOR)
def flag_done(id_: str) -> Page:
    with db.transaction() as session:
        if not learning.settle_flag(session, id_, by=access.current().login, now=clock.now()):
            abort(404)
    flash(_("这一条看过了。"))
    return redirect(url_for("hotline_learning.flag_list"), 303)


@routes.route("/learning/flag/<owner>", methods=["GET", "POST"])
@access.allow(Role.OPERATOR, Role.SUPERVISOR)
@kept.fields("kind", "note")
def flag(owner: str) -> Page:
    """Say that an entry is outdated or unclear."""
    known = advice()
    if owner not in known.bot.knowledge.owners:
        abort(404)
    form = FlagForm()
    if form.validate_on_submit():
        staff = access.current()
        with db.transaction() as session:
            kind = FlagKind(form.kind.data)
            learning.flag(session, owner, kind, form.note.data or "", by=staff.login, now=clock.now())
        log.event("learning.flagged", owner=owner, kind=kind.value)
        flash(_("记下了，组长会看。"))
        return redirect(url_for("hotline_console.home"), 303)
    answer = known.chosen(owner, region=None, as_of=clock.today(), lang="zh")
    return render_template(
        "hotline/learning_flag.html",
        form=form,
        title=known.owner_title(owner),
        text=answer["text"] if answer else "",
    ), (422 if form.errors else 200)


def _attach(form: AttachForm, group: learning.Group | None) -> Page | None:
    """Give the question to the chosen entry, now; None with a message in the form where the check refuses it."""
    staff, text, owner = access.current(), " ".join((form.text.data or "").split()), form.owner.data
    try:
        with db.transaction() as session:
            variants.add(session, owner, text, by=staff.login, now=clock.now())
            if group is not None:
                learning.settle(session, group.ids, Settled.ATTACHED, day=clock.today())
            audit.record(
                session, staff=staff, action="variant.add", subject=None, fields=[owner], reason="learning"
            )
    except NotTaken as refused:
        other = advice().owner_title(refused.refusal.other)
        form.text.errors = [str(NOT_TAKEN[refused.refusal.why]).replace("{other}", other)]
        return None
    variants.notice_now()
    log.event("learning.variant_added", owner=owner)
    led = advice().answer(text, region=None, as_of=clock.today(), lang="zh")["trace"]["entry"]
    if led == owner:
        flash(
            _(
                "加上了，马上生效：再问“%(text)s”，回答是“%(title)s”。",
                text=text,
                title=advice().owner_title(owner),
            )
        )
    else:
        flash(_("加上了，但是机器人还没有这样答。请到“加过的问法”看一看。"))
    return redirect(url_for("hotline_learning.home"), 303)


def _dismiss(group: learning.Group) -> Page:
    with db.transaction() as session:
        learning.settle(session, group.ids, Settled.DISMISSED, day=clock.today())
    log.event("learning.dismissed", count=group.count)
    flash(_("放下了 %(n)d 条。", n=group.count))
    return redirect(url_for("hotline_learning.home"), 303)


def _now(text: str) -> str:
    """What the bot does with a question today, in a few words; empty where it still does not know."""
    known = advice()
    answer = known.answer(text, region=None, as_of=clock.today(), lang="zh")
    led = answer["trace"]["entry"]
    if led in known.bot.knowledge.doors:
        return str(_("转给：%(title)s", title=known.owner_title(led)))
    if led in known.bot.knowledge.entries:
        return str(_("回答：%(title)s", title=known.owner_title(led)))
    return str(_("反问")) if answer["kind"] == "clarify" else ""


def _choices(known: Advice, likely: list[str]) -> dict[str, list[tuple[str, str]]]:
    """Entries to choose from: the likely ones first, then by programme, then the other offices."""
    found: dict[str, list[tuple[str, str]]] = {str(_("请选")): [("", str(_("选一条回答")))]}
    if likely:
        found[str(_("可能是"))] = [(owner, known.owner_title(owner)) for owner in likely]
    for programme, owners in known.owners():
        found[programme or str(_("转给别的部门"))] = owners
    return found
