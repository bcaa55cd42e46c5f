"""Every page of the hotline says who may open it, and a page that does not say so stops the start."""

from __future__ import annotations

import pytest
from flask import Blueprint, Flask, g

from portal.hotline import access
from portal.hotline.access import Role, Staff
from tests.support.hotline import staff_client
from tests.support.pages import LintedClient, page_text

HOMES = {
    "/hotline/": {Role.OPERATOR, Role.SUPERVISOR},
    "/hotline/todo": {Role.OPERATOR, Role.SUPERVISOR},
    "/hotline/learning": {Role.SUPERVISOR},
    "/hotline/figures": {Role.SUPERVISOR, Role.AUDITOR},
    "/hotline/audit": {Role.AUDITOR},
    "/hotline/people": {Role.SUPERVISOR},
    "/hotline/me": set(Role),
}


@pytest.mark.parametrize("path", HOMES)
def test_a_stranger_is_sent_to_sign_in(client: LintedClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer.location == "/hotline/sign-in"


def test_a_script_without_session_gets_a_problem_instead_of_a_page(client: LintedClient) -> None:
    for headers in ({"Accept": "application/json"}, {"Sec-Fetch-Dest": "empty"}):
        answer = client.get("/hotline/", headers=headers)
        assert answer.status_code == 401
        assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("role", Role)
def test_each_role_opens_its_areas_and_is_told_about_the_others(app: Flask, role: Role) -> None:
    browser = staff_client(app, role)
    for path, roles in HOMES.items():
        answer = browser.get(path)
        assert answer.status_code == (200 if role in roles else 403), path
        if role not in roles:
            assert "请找您的组长" in page_text(answer)


def test_a_view_without_rule_stops_the_start(app: Flask) -> None:
    stray = Blueprint("hotline_stray", __name__, url_prefix="/hotline")
    stray.add_url_rule("/stray", "home", lambda: "open to all")
    fresh = Flask("fresh")
    fresh.register_blueprint(stray)
    with pytest.raises(RuntimeError, match=r"hotline_stray\.home .* has no access rule"):
        access.check_rules(fresh)


def test_a_path_of_the_hotline_outside_its_blueprints_stops_the_start() -> None:
    fresh = Flask("fresh")
    fresh.add_url_rule("/hotline/back-door", "back_door", lambda: "open to all")
    with pytest.raises(RuntimeError, match="not guarded"):
        access.check_rules(fresh)


@pytest.mark.parametrize(
    ("counties", "region", "seen"),
    [
        ([], "222401", False),
        (["*"], "222401", True),
        (["*"], None, True),
        (["222401"], "222401", True),
        (["222401"], "222402", False),
        (["222401"], "222400", False),
        (["222400"], "222401", True),
        (["220000"], "222401", True),
        (["220000"], "220102", True),
        (["220000"], "110101", False),
        (["220000"], None, False),
        (["220000"], "999999", False),
    ],
)
def test_a_person_sees_the_places_she_serves_and_those_below(
    counties: list[str], region: str | None, seen: bool
) -> None:
    assert access.serves(counties, region) is seen


def test_a_thing_of_another_county_and_a_thing_that_is_not_there_look_the_same(app: Flask) -> None:
    probe = Blueprint("hotline_probe", __name__, url_prefix="/hotline/probe")

    def county(number: str) -> str | None:
        return {"1": "222401", "2": "220102"}.get(number)

    @probe.get("/<number>")
    @access.allow(Role.OPERATOR, county=county)
    def show(number: str) -> str:
        return (
            f"<!doctype html><html lang=zh><head><title>t</title></head><body><h1>{number}</h1></body></html>"
        )

    app.register_blueprint(probe)
    hers = staff_client(app, Role.OPERATOR, ["222400"])
    assert [hers.get(f"/hotline/probe/{number}").status_code for number in "123"] == [200, 404, 404]
    everywhere = staff_client(app, Role.OPERATOR, ["*"])
    assert [everywhere.get(f"/hotline/probe/{number}").status_code for number in "123"] == [200, 200, 404]
    assert staff_client(app, Role.AUDITOR, ["*"]).get("/hotline/probe/1").status_code == 403


def test_a_mark_without_roles_is_refused_when_it_is_written() -> None:
    with pytest.raises(ValueError, match="which roles"):
        access.allow()


def test_queries_for_a_person_reach_as_far_as_her_places(app: Flask) -> None:
    with app.test_request_context():
        seen = {}
        for counties in (("*",), ("222401",), ("222400",), ()):
            g._login_user = Staff(
                "1", "x", "x", Role.OPERATOR, counties, "s"
            )  # where Flask-Login keeps who is here
            seen[counties] = access.visible_regions()
    assert seen[("*",)] is None
    assert seen[("222401",)] == ("222401",)
    assert seen[("222400",)] is not None
    assert {"222400", "222401", "222402"} <= set(seen[("222400",)] or ())
    assert seen[()] == ()


@pytest.mark.parametrize("path", ["/static/doudi.css", "/api/v1/openapi.json", "/healthz"])
def test_who_is_signed_in_is_not_asked_for_what_is_the_same_for_all(client: LintedClient, path: str) -> None:
    with client.get(path) as answer:
        assert "Cookie" not in answer.headers.get("Vary", "")
