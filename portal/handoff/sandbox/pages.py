"""The web pages of the sandbox: its cases, one button per state to call back, and the scripted faults."""

from __future__ import annotations

import uuid

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as AnyResponse

from portal import clock
from portal.config import Settings
from portal.db import writing
from portal.handoff import callbacks, events, keys, signatures
from portal.handoff.case_system import NoReply, call
from portal.handoff.sandbox import faults, fetching, store
from portal.handoff.sandbox.faults import Kind
from portal.handoff.sandbox.receiving import settings, the_faults, the_store
from portal.handoff.sandbox.store import Case, SentCallback, Store

routes = Blueprint("sandbox", __name__)

STATES = {
    store.NEW: _l("已收到"),
    "accepted": _l("受理"),
    "materials_requested": _l("要求补材料"),
    "under_review": _l("审核中"),
    "public_notice": _l("公示"),
    "approved": _l("同意"),
    "rejected": _l("不同意"),
    "closed": _l("结案"),
}
FAULTS = {
    Kind.SLOW: _l("很慢才回答"),
    Kind.RESET: _l("断开连接，没有收下"),
    Kind.LOST_ANSWER: _l("收下了，但回答丢了"),
    Kind.GARBAGE: _l("回答是乱码"),
    Kind.WRONG_HASH: _l("回执的摘要不对"),
    Kind.STATUS: _l("回答一个错误码"),
    Kind.UNCONFIRMED: _l("回答 202，以后再说"),
    Kind.DRIP: _l("一个字节一个字节地回答"),
    Kind.HUGE: _l("回答大得离谱"),
    Kind.REDIRECT: _l("要求转到别处"),
}


@routes.get("/")
def home() -> str:
    with the_store().reading() as session:
        found = store.cases(session)
    return render_template(
        "handoff/sandbox_home.html",
        cases=found,
        states=STATES,
        faults=FAULTS,
        waiting=the_faults().waiting(),
        running=len(the_store().running),
    )


@routes.post("/")
def script_fault() -> AnyResponse:
    """Ask for a fault, or clear them all."""
    if "clear" in request.form:
        the_faults().clear()
        return redirect(url_for("sandbox.home"), code=303)
    try:
        the_faults().ask_for(faults.parse(request.form.to_dict()))
    except faults.FaultError:
        flash(_("请检查次数、错误码和秒数。"))
    return redirect(url_for("sandbox.home"), code=303)


@routes.get("/cases/<number>")
def case(number: str) -> str:
    with the_store().reading() as session:
        found = session.get(Case, number)
        if found is None:
            abort(404)
        return render_template(
            "handoff/sandbox_case.html",
            case=found,
            states=STATES,
            versions=store.versions(session, number),
            sent=store.callbacks(session, number),
            announced=len(store.announced(session, number)),
            fetched=len(store.fetched(session, number)),
            next_states=[s for s in STATES if s != store.NEW],
        )


@routes.post("/cases/<number>")
def report(number: str) -> AnyResponse:
    """Send a state to the portal, as a case system does."""
    state = request.form.get("state", "")
    if state not in callbacks.case_states():
        abort(400)
    with the_store().reading() as session:
        if session.get(Case, number) is None:
            abort(404)
    status = send_state(the_store(), settings(), number, state, request.form.get("text", "").strip())
    took = 200 <= status < 300
    flash(_("门户已收到。") if took else _("门户没有收下：%(status)s", status=status or _("没有回答")))
    return redirect(url_for("sandbox.case", number=number), code=303)


@routes.post("/cases/<number>/files")
def fetch_files(number: str) -> AnyResponse:
    """Fetch the attachments that have not come yet."""
    came = fetching.fetch(the_store(), settings(), number, now=clock.now())
    flash(_("取到材料 %(count)s 个。", count=came))
    return redirect(url_for("sandbox.case", number=number), code=303)


def send_state(held: Store, settings: Settings, number: str, state: str, text: str) -> int:
    """Report a state to the portal with the next sequence number; the answer's status, 0 for no answer."""
    now = clock.now()
    with writing(held.engine) as session:
        case = session.get_one(Case, number)
        case.sequence += 1
        case.state = state
        sequence, case_number = case.sequence, case.case_number
    data: dict[str, object] = {"caseNumber": case_number}
    if text:
        data["materials" if state == "materials_requested" else "reason"] = text
    id_ = str(uuid.uuid4())
    body = events.write_case_event(
        source="urn:doudi:sandbox",
        id=id_,
        application_number=number,
        state=state,
        sequence=sequence,
        at=now,
        data=data,
    )
    url = f"{settings.public_url}/handoff/callbacks"
    headers = {"Content-Type": events.MEDIA_TYPE}
    sign = signatures.signer(keys.of_sandbox(settings), clock.now)
    reply = call("POST", url, {**headers, **sign("POST", url, headers, body)}, body)
    status = 0 if isinstance(reply, NoReply) else reply.status
    with writing(held.engine) as session:
        session.add(
            SentCallback(
                id=id_, application_number=number, state=state, sequence=sequence, sent_at=now, status=status
            )
        )
    return status


@routes.app_errorhandler(404)
def missing(_error: Exception) -> Response:
    return make_response(render_template("handoff/sandbox_missing.html"), 404)
