"""No personal data where it does not belong: logs, addresses, cookies, titles, error pages, clear columns."""

from __future__ import annotations

import base64
import io
import logging
import random
import zlib
from pathlib import Path

import pytest
from flask import Flask

from tests.support import applying, papers
from tests.support.pages import LintedClient, Page


def canaries(seed: int, many: int) -> list[dict[str, str]]:
    """Made-up people whose every trait is recognisable in a byte search."""
    dice = random.Random(seed)  # noqa: S311  # made-up people, not secrets
    surnames = (
        "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎"
    )
    return [
        {
            "name": f"{surnames[n % len(surnames)]}隼{chr(0x9F00 + n)}",
            "id_number": applying.id_number(
                f"19{(81, 51)[n % 2]}0{dice.randint(1, 9)}1{dice.randint(0, 9)}", f"{n:03}"
            ),
            "phone": f"1{dice.randint(30, 99)}{dice.randint(10_000_000, 99_999_999)}",
            "illness": f"罕见病{dice.randint(100_000, 999_999)}号",
            "account": f"6217{dice.randint(10**14, 10**15 - 1)}",
            "address": f"金丝雀路 {dice.randint(10_000, 99_999)} 号",
            "employer": f"云雀厂{dice.randint(100_000, 999_999)}",
            "certificate": f"9917{dice.randint(10**15, 10**16 - 1)}",
            "holder": f"白鹭{dice.randint(100_000, 999_999)}",
            "hukou_place": f"画眉乡{dice.randint(100_000, 999_999)}组",
            "debts_to": f"欠苍鹭{dice.randint(100_000, 999_999)}的",
            "plate": f"吉A{dice.randint(100_000, 999_999)}",
            "house_address": f"黄鹂巷 {dice.randint(100_000, 999_999)} 号",
            "staff_name": f"戴胜{dice.randint(100_000, 999_999)}",
            "hospital": f"鹡鸰医院{dice.randint(100_000, 999_999)}",
            "diagnosis": f"鸬鹚症{dice.randint(100_000, 999_999)}",
            "paper": f"翠鸟{dice.randint(100_000, 999_999)}",
        }
        for n in range(many)
    ]


class Watching(LintedClient):
    """Remembers everything that a bystander could see: addresses, cookies, titles, error pages."""

    seen: list[str]

    def open(self, *args: object, **kwargs: object):  # type: ignore[no-untyped-def]
        response = super().open(*args, **kwargs)
        for step in (*response.history, response):
            self.seen.append(step.request.full_path)
            self.seen.append(step.headers.get("Location", ""))
            for cookie in step.headers.getlist("Set-Cookie"):
                self.seen.append(cookie + decoded(cookie))
            if step.mimetype == "text/html" and (step.status_code < 300 or step.status_code == 422):
                self.seen.append(Page(step.get_data(as_text=True)).title)
            elif step.status_code >= 400:
                self.seen.append(step.get_data(as_text=True))
        return response


def decoded(cookie: str) -> str:
    """What a signed session cookie says to whoever opens it."""
    value = cookie.split("=", 1)[1].split(";")[0]
    compressed, body = value.startswith("."), value.lstrip(".").split(".")[0]
    try:
        raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        return (zlib.decompress(raw) if compressed else raw).decode("utf-8", "replace")
    except ValueError:
        return ""


def hand_in(client: LintedClient, paper: str, member: str, name: str) -> None:
    """A diagnosis of one person, in a file that is named after him."""
    page = Page(client.get("/apply/papers").get_data(as_text=True))
    token = next(form for form in page.forms if "kind" in form.fields).fields["csrf_token"][0]
    sent = {
        "csrf_token": token,
        "kind": "diagnosis",
        "member": member,
        "file": (io.BytesIO(papers.pdf(drawn=f"BT ({paper}) Tj ET".encode())), f"{name}.pdf"),
    }
    answer = client.post("/apply/papers", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 303


def test_fifty_people_leave_no_trace_in_clear(
    app: Flask, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    app.test_client_class = Watching
    people = canaries(20261122, 50)
    seen: list[str] = []
    caplog.set_level(logging.DEBUG)
    for applicant, mother in zip(people[::2], people[1::2], strict=True):
        client, phone = app.test_client(), app.test_client()
        assert isinstance(client, Watching)
        assert isinstance(phone, Watching)
        client.seen = phone.seen = seen
        applying.start_filled(client, health="severe", illness=mother["illness"])
        client.submit("/apply/programmes", {"programmes": ["dibao", "linshi"]})
        own = ("name", "id_number", "phone", "account", "holder", "address", "hukou_place")
        applying.tell(client, "applicant", **{key: applicant[key] for key in own})
        applying.tell(client, "member:m2", **{key: mother[key] for key in ("name", "id_number")})
        told = ("illness", "certificate", "hukou_place", "employer")
        applying.tell(client, "situation:m2", disability="2", **{key: mother[key] for key in told})
        applying.tell(client, "situation:m1", employer=applicant["employer"])
        for one in (applicant, mother):
            owned = {key: one[key] for key in ("debts_to", "house_address", "plate")}
            applying.tell(client, "property", vehicles="yes", **owned)
            applying.tell(client, "more", staff_relative="yes", staff_name=one["staff_name"])
        fallen_ill = {key: mother[key] for key in ("diagnosis", "hospital")}
        applying.tell(client, "event", event="illness", patient="m2", other_aid="no", **fallen_ill)
        applying.tell(client, "spending", kinds=["none"])
        applying.tell(client, "reason", text=f"{mother['name']} 得了 {mother['illness']}")
        for number, one in enumerate((applicant, mother), start=1):
            hand_in(client, one["paper"], f"m{number}", one["name"])
        client.submit(
            "/apply/applicant/who", {"name": applicant["name"], "id_number": applicant["id_number"][:-1]}
        )
        client.submit("/apply/applicant/phone", {"phone": f"{applicant['phone']}000"})
        applying.sign_own(client, applicant["name"])
        path, code = applying.give_link(client, "m2")
        phone.submit(path, {"code": "222222", "tail": mother["id_number"][-4:]})
        page = applying.open_link(phone, path, code, mother["id_number"])
        applying.finish_signing(phone, page, "m2", mother["name"])
        for wrong in ("/apply/family/m99", f"/sign/{mother['phone']}"[:5], "/apply/income/m2x"):
            client.get(wrong)
        applying.send(client)
        client.get("/apply/receipt")
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert sum("files" in file.parts for file in files) == len(people)
    stored = b"".join(file.read_bytes() + file.name.encode() for file in files)
    assert len(stored) > 100_000
    told = capfd.readouterr()
    visible = "\n".join([*seen, caplog.text, told.out, told.err])
    assert "application.sent" in visible
    for person in people:
        for trait, value in person.items():
            assert value not in visible, trait
            assert value.encode() not in stored, trait


def test_the_search_finds_a_trait_that_was_planted(app: Flask, tmp_path: Path) -> None:
    with app.extensions["doudi_engine"].begin() as connection:
        connection.exec_driver_sql("INSERT INTO consent_chain VALUES ('金丝雀路 12345 号', x'00')")
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("doudi.sqlite*"))
    assert "金丝雀路 12345 号".encode() in stored
