"""Errors as people and machines read them: kind pages in words, RFC 9457 problem details for APIs."""

from __future__ import annotations

import json
import logging
import traceback
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, current_app, make_response, render_template, request
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from portal import clock, db, log

_COME_BACK, _SOON = 300, 20  # seconds
_HOUSE = f"{Path(__file__).resolve().parent.parent}/"
_OURS = tuple(f"{_HOUSE}{package}/" for package in ("portal", "estimator", "faq"))
_CURE = "{cure}"  # stands in the page that is drawn once
MACHINE_PATHS = ("/api/", "/handoff/", "/healthz", "/readyz", "/metrics")

_WORDS = {
    400: (_l("这个请求没有看懂"), _l("请返回上一页再试一次。您填的内容还在。")),
    403: (_l("这一页不能打开"), _l("请从首页重新进入。")),
    404: (_l("没有找到这一页"), _l("可能地址打错了，或者内容已经过期。请从首页重新进入。")),
    405: (_l("这一页不能这样打开"), _l("请从首页重新进入。")),
    410: (_l("这一页已经过期"), _l("请从首页重新进入，或者用编码找回。")),
    413: (_l("文件太大"), _l("请换一个小一点的文件，每个不超过 10 MB。")),
    429: (_l("现在办的人多，请稍等"), _l("您填的内容还在。请过一分钟再试。")),
    500: (_l("我们这边出了问题"), _l("不是您的错。已经保存的内容不会丢。请过几分钟再试，或者打电话。")),
    503: (_l("现在暂停使用"), _l("已经保存的内容不会丢。请过几分钟再试。")),
}


def problem(
    status: int, title: str, detail: str = "", *, kind: str = "about:blank", **more: object
) -> Response:
    """An `application/problem+json` response (RFC 9457)."""
    body = {"type": kind, "title": title, "status": status, **more}
    if detail:
        body["detail"] = detail
    answer = make_response(json.dumps(body, ensure_ascii=False), status)
    answer.headers["Content-Type"] = "application/problem+json; charset=utf-8"
    return answer


def init_app(app: Flask) -> None:
    """Register one handler for what HTTP names and one for what nobody foresaw."""
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(db.ReadOnly, _read_only)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(PoolTimeout, _database_away)
    app.register_error_handler(Exception, _unforeseen)


def wear(app: Flask, prefix: str, template: str) -> None:
    """Show the errors of pages below `prefix` in this template, which is given what `error.html` is given."""
    app.extensions.setdefault("doudi_error_pages", {})[prefix] = template


def busy(seconds: int) -> Response:
    """The answer to somebody who asks too often: when to come back, and that nothing is lost."""
    if request.path.startswith(MACHINE_PATHS):
        answer = problem(429, "Too Many Requests", "wait as long as Retry-After says", retryAfter=seconds)
    else:
        again = _("请按“返回”，再按一次。") if request.method == "POST" else _("再打开这一页。")
        blank = "" if str(get_locale()).startswith("zh") else " "
        cure = _("您填的内容还在。请等 %(seconds)d 秒。", seconds=seconds) + blank + again
        answer = make_response(_busy_page().replace(_CURE, str(escape(cure))), 429)
    answer.headers["Retry-After"] = str(seconds)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _csrf(_error: CSRFError) -> Response:
    if request.path.startswith(MACHINE_PATHS):
        return problem(400, "missing or wrong CSRF token")
    return _page(400, _("这一页开得太久了"), _("请返回上一页，刷新后再按一次。您填的内容还在。"))


def _http(error: HTTPException) -> Response:
    if error.response is not None or (error.code or 500) < 400:
        return make_response(error.get_response())
    status = error.code or 500
    if request.path.startswith(MACHINE_PATHS):
        return problem(status, HTTPStatus(status).phrase, error.description or "")
    title, cure = _WORDS.get(status, _WORDS[500 if status >= 500 else 400])
    return _page(status, str(title), str(cure))


def _read_only(_error: db.ReadOnly) -> Response:
    """What is kept, what goes on meanwhile, and when to come back."""
    until = current_app.extensions["doudi_settings"].read_only_until
    left = int((until - clock.now()).total_seconds()) if until else 0
    seconds = left if left > 0 else _COME_BACK
    if request.path.startswith(MACHINE_PATHS):
        answer = problem(
            503, "Service Unavailable", "read only for maintenance; wait as long as Retry-After says"
        )
    else:
        back = (
            _("请在 %(time)s 以后再来。", time=f"{clock.local(until):%H:%M}")
            if until and left > 0
            else _("请过几分钟再来。")
        )
        kept = _("已经保存的内容都在，刚才填的这一页没有存上。")
        meanwhile = _("现在可以查政策、提问、估算，也可以打电话。")
        answer = _page(503, _("现在正在维护，暂时不能办理"), kept + back + meanwhile)
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _database_away(error: Exception) -> Response:
    """The database restarts, is full or does not answer: the same words as for maintenance, and soon again."""
    log.event(
        "request.database_away", level=logging.ERROR, error=type(error).__name__, endpoint=request.endpoint
    )
    if request.path.startswith(MACHINE_PATHS):
        answer = problem(503, "Service Unavailable", "the database does not answer")
    else:
        answer = _page(503, str(_WORDS[503][0]), str(_WORDS[503][1]))
    answer.headers["Retry-After"] = str(_SOON)
    return answer


def _unforeseen(error: Exception) -> Response:
    # Kinds and places, never the values: those can be a person's.
    log.event(
        "request.failed",
        level=logging.ERROR,
        error=type(error).__name__,
        endpoint=request.endpoint,
        where=_where(error),
    )
    if request.path.startswith(MACHINE_PATHS):
        return problem(500, "Internal Server Error")
    title, cure = _WORDS[500]
    return _page(500, str(title), str(cure))


def _where(error: BaseException) -> str:
    """The last three places of our own code on the way to the error, as `file:line`."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if frame.filename.startswith(_OURS)]
    return " ".join(f"{frame.filename.removeprefix(_HOUSE)}:{frame.lineno}" for frame in ours[-3:])


def _busy_page() -> str:
    """The page for all who must wait, drawn once for each frame, language and size of text: a crowd must cost little.

    So nothing of this request stands in it, and its switches lead to the first page.
    """
    about: dict[str, Any] = {}
    current_app.update_template_context(about)
    template = _template()
    kind = template, about["locale_tag"], about["large_text"]
    kept: dict[object, str] = current_app.extensions.setdefault("doudi_busy_pages", {})
    if kind not in kept:
        about |= {"assisted_call": "", "switch_to": lambda **wanted: f"/?{urlencode(wanted)}"}
        about |= {"status": 429, "title": str(_WORDS[429][0]), "cure": _CURE, "number": ""}
        kept[kind] = render_template(template, **about)
    return kept[kind]


def _template() -> str:
    """What the errors of this address are shown in."""
    worn: dict[str, str] = current_app.extensions.get("doudi_error_pages", {})
    return next((worn[prefix] for prefix in worn if request.path.startswith(prefix)), "error.html")


def _page(status: int, title: str, cure: str) -> Response:
    number = log.request_id() if status >= 500 else ""
    page = render_template(_template(), status=status, title=title, cure=cure, number=number)
    return make_response(page, status)
