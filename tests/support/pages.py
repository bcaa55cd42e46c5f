"""A test browser without scripts: it reads forms out of pages, submits them, and lints every page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
CONTROLS = {"input", "select", "textarea"}


@dataclass
class Form:
    """One form of a page: where it goes and what it would send if nothing was touched."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)  # name, value, words
    asks: list[str] = field(default_factory=list)  # names of what a person can fill in


class Page(HTMLParser):
    """The parts of a page that tests and the linter look at."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.label_targets: set[str] = set()
        self.controls: list[dict[str, str]] = []
        self.defects: list[str] = []
        self.title = ""
        self.headings: list[str] = []
        self.language = ""
        self.text = ""
        self._open: list[str] = []
        self._form: Form | None = None
        self._select: str | None = None
        self._textarea: str | None = None
        self._button: tuple[str, str] | None = None
        self._words = ""
        self._link: str | None = None
        self.feed(html)
        self.close()
        if self._open:
            self.defects.append(f"elements left open: {self._open}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self._open.append(tag)
        self._lint_attributes(tag, values)
        if "id" in values:
            self.ids.append(values["id"])
        match tag:
            case "html":
                self.language = values.get("lang", "")
            case "form":
                self._form = Form(values.get("action", ""), values.get("method", "get").lower())
                self.forms.append(self._form)
            case "label":
                self.label_targets.add(values.get("for", ""))
            case "input" | "select" | "textarea":
                self._control(tag, values)
            case "option":
                if self._form and self._select and "selected" in values:
                    self._form.fields[self._select] = [values.get("value", "")]
                elif self._form and self._select:
                    self._form.fields.setdefault(self._select, [values.get("value", "")])
            case "button":
                self._button, self._words = (values.get("name", ""), values.get("value", "")), ""
            case "a":
                self._link, self._words = values.get("href", ""), ""
            case "h1":
                self.headings.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self._open or self._open[-1] != tag:
            self.defects.append(f"</{tag}> closes nothing (open: {self._open[-3:]})")
            if tag not in self._open:
                return
            while self._open and self._open[-1] != tag:
                self._open.pop()
        self._open.pop()
        match tag:
            case "form":
                self._form = None
            case "select":
                self._select = None
            case "textarea":
                self._textarea = None
            case "button":
                if self._form is not None and self._button is not None:
                    self._form.buttons.append((*self._button, self._words.strip()))
                self._button = None
            case "a":
                if self._link is not None:
                    self.links.append((self._link, " ".join(self._words.split())))
                self._link = None

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "title":
            self.title += data
        if "h1" in self._open and self.headings:
            self.headings[-1] += data
        if self._textarea and self._form:
            self._form.fields[self._textarea] = [self._form.fields.get(self._textarea, [""])[0] + data]
        if self._open and self._open[-1] not in ("script", "style"):
            self.text += data
        self._words += data

    def _control(self, tag: str, values: dict[str, str]) -> None:
        name, kind = values.get("name", ""), values.get("type", "text")
        if kind not in ("hidden", "submit", "button"):
            self.controls.append(values)
        if self._form is None or not name:
            return
        if kind not in ("hidden", "submit", "button"):
            self._form.asks.append(name)
        if tag == "select":
            self._select = name
        elif tag == "textarea":
            self._textarea = name
        elif kind in ("radio", "checkbox"):
            if "checked" in values:
                self._form.fields.setdefault(name, []).append(values.get("value", "on"))
        elif kind not in ("submit", "button", "file"):
            self._form.fields.setdefault(name, []).append(values.get("value", ""))

    def _lint_attributes(self, tag: str, values: dict[str, str]) -> None:
        for name in values:
            if name.startswith("on"):
                self.defects.append(f"<{tag}> has an inline handler {name}")
        if "style" in values or tag == "style":
            self.defects.append(f"<{tag}> has inline style")
        if tag == "script" and "src" not in values:
            self.defects.append("inline script")
        if tag == "img" and "alt" not in values:
            self.defects.append("image without alt")

    def problems(self) -> list[str]:
        """Everything wrong with the page, for the linter."""
        found = list(self.defects)
        if not self.language:
            found.append("no lang on <html>")
        if not self.title.strip():
            found.append("no title")
        if len(self.headings) != 1 or not self.headings[0].strip():
            found.append(f"needs exactly one h1 with words, has {self.headings}")
        found += [f"id {name!r} twice" for name in {i for i in self.ids if self.ids.count(i) > 1}]
        for control in self.controls:
            if control.get("id") not in self.label_targets and "aria-label" not in control:
                found.append(f"control {control.get('name')!r} has no label")
        return found


class LintedClient(FlaskClient):
    """Follows forms like a browser without scripts; a page with defects fails the test at once."""

    def open(self, *args: Any, lint: bool = True, **kwargs: Any) -> TestResponse:
        response = super().open(*args, **kwargs)
        if (
            lint
            and response.mimetype == "text/html"
            and response.data
            and not 300 <= response.status_code < 400
        ):
            problems = Page(response.get_data(as_text=True)).problems()
            assert not problems, f"{response.request.path}: {problems}"
        return response

    def submit(
        self,
        page: str | TestResponse,
        values: Mapping[str, str | list[str]] | None = None,
        *,
        button: str | None = None,
        form: int | None = None,
        follow: bool = True,
    ) -> TestResponse:
        """Fill a form of `page` (an address or an answer) and send it.

        The form is chosen by `form` (its index), else by the words of `button`, else the first POST form.
        A value of `[]` unticks or leaves out a field.
        """
        shown = self.get(page, follow_redirects=True) if isinstance(page, str) else page
        found = Page(shown.get_data(as_text=True))
        chosen = _choose(found, button, form)
        data: dict[str, list[str]] = {name: list(sent) for name, sent in chosen.fields.items()}
        for name, value in (values or {}).items():
            data[name] = [value] if isinstance(value, str) else list(value)
        for name, value, words in chosen.buttons:
            if button is not None and words == button and name:
                data[name] = [value]
        target = chosen.action or shown.request.full_path.removesuffix("?")
        if chosen.method == "get":
            return self.get(target, query_string=data, follow_redirects=follow)
        return self.post(target, data=data, follow_redirects=follow)


def _choose(page: Page, button: str | None, index: int | None) -> Form:
    if index is not None:
        return page.forms[index]
    for form in page.forms:
        if button is not None and any(words == button for _name, _value, words in form.buttons):
            return form
    if button is not None:
        raise AssertionError(f"no button {button!r}; there are {[f.buttons for f in page.forms]}")
    return next(form for form in page.forms if form.method == "post")


def page_text(response: TestResponse) -> str:
    """The words of a page with blanks folded."""
    return " ".join(Page(response.get_data(as_text=True)).text.split())
