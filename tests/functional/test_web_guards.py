from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import render_template_string
from room_app import RoomApp, room_app

from lti_tool.lti.launch import Audience
from lti_tool.web.guards import audience_required, current_launch, notice_required, room_blueprint


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[RoomApp]:
    blueprint = room_blueprint("room", __name__, prefix="room")

    @blueprint.get("/form")
    def form() -> str:
        return render_template_string("{{ csrf_field() }}")

    @blueprint.post("/act")
    def act() -> str:
        return "done"

    @blueprint.route("/begin", methods=["GET", "POST"])
    @notice_required
    def begin() -> str:
        return current_launch().id

    @blueprint.get("/teachers")
    @audience_required(Audience.TEACHER)
    def teachers() -> str:
        return "teachers"

    made = room_app(tmp_path, blueprint)
    yield made
    made.tool.database.dispose()


def test_a_form_of_the_launch_s_own_page_is_accepted(rooms: RoomApp) -> None:
    browser, root = rooms.enter()
    field = browser.get(f"{root}room/form").text
    token = field.split('value="')[1].split('"')[0]
    headers = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    assert browser.post(f"{root}room/act", data={"_csrf": token}, headers=headers).text == "done"


def test_a_form_without_the_launch_s_token_is_refused(rooms: RoomApp) -> None:
    browser, root = rooms.enter()
    answer = browser.post(f"{root}room/act", data={})
    assert answer.status_code == 403
    assert 'data-code="forged"' in answer.text


def test_another_launch_s_token_is_refused(rooms: RoomApp) -> None:
    browser, root = rooms.enter("Awa")
    _, other = rooms.enter("Bilal")
    assert browser.post(f"{root}room/act", data=rooms.token(other)).status_code == 403


def test_a_script_may_give_the_token_in_a_header(rooms: RoomApp) -> None:
    browser, root = rooms.enter()
    headers = {"X-CSRF-Token": rooms.token(root)["_csrf"]}
    assert browser.post(f"{root}room/act", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:9000"},
    ],
)
def test_a_form_that_the_browser_says_comes_from_elsewhere_is_refused(rooms: RoomApp, headers: dict[str, str]) -> None:
    browser, root = rooms.enter()
    assert browser.post(f"{root}room/act", data=rooms.token(root), headers=headers).status_code == 403


def test_a_parent_sees_the_notice_first_and_then_what_they_came_for(rooms: RoomApp) -> None:
    browser, root = rooms.enter(notice_seen=False)
    answer = browser.get(f"{root}room/begin?a=1&b=é")
    assert answer.status_code == 303
    assert answer.location == f"{root}avant-de-commencer?next={root}room/begin%3Fa%3D1%26b%3D%C3%A9"
    assert browser.post(f"{root}room/begin", data=rooms.token(root)).status_code == 303


def test_the_notice_is_shown_neither_again_nor_to_teachers(rooms: RoomApp) -> None:
    browser, root = rooms.enter("Awa")
    assert browser.get(f"{root}room/begin").status_code == 200
    browser, root = rooms.enter("Prof", audience=Audience.TEACHER, notice_seen=False)
    assert browser.get(f"{root}room/begin").status_code == 200


def test_a_page_for_teachers_is_closed_to_parents(rooms: RoomApp) -> None:
    browser, root = rooms.enter("Awa")
    answer = browser.get(f"{root}room/teachers")
    assert answer.status_code == 403
    assert 'data-code="not-allowed"' in answer.text


def test_a_launch_s_pages_are_framed_by_its_platform_alone(rooms: RoomApp) -> None:
    browser, root = rooms.enter()
    for path in ("room/form", "room/teachers"):
        policy = browser.get(root + path).headers["Content-Security-Policy"]
        assert "frame-ancestors https://ent.example" in policy
        assert "form-action 'self' https://ent.example" in policy


def test_the_launch_s_own_language_comes_before_the_browser_s(rooms: RoomApp) -> None:
    browser, root = rooms.enter("Prof", language="ar")
    assert '<html lang="ar" dir="rtl">' in browser.get(f"{root}room/teachers", headers={"Accept-Language": "en"}).text
