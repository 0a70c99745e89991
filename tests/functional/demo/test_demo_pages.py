"""The pages that a visitor sees."""

import re
from pathlib import Path

import pytest

import lti_tool.demo
from lti_tool.demo.persons import PERSONS


def test_the_front_page_lets_one_choose_who_to_be(visitor):
    page = visitor.get("").text
    for person in PERSONS:
        assert person.name in page
        assert f'data-test="demo-person-{person.slug}"' in page
    assert "Recommencer à zéro" in page


def test_the_chosen_language_stays_chosen(visitor):
    visitor.become("zoe", "ar")
    assert re.search(r'value="ar"[^>]* checked', visitor.get("").text)


@pytest.mark.parametrize("form", [{}, {"who": "nobody"}, {"who": "zoe", "language": "tlh"}])
def test_nobody_else_can_be_chosen(visitor, form):
    assert visitor.post("who", form).status_code == 400


def test_the_cookie_can_not_be_made_by_hand(visitor):
    visitor.client.set_cookie("demo_who", "francois", domain="ent.localhost", path="/demo")
    assert visitor.get("tools").status_code == 403


def test_a_parent_alone_is_one_click_from_the_parcours(installed, tool):
    installed.become("zoe")
    page = installed.get("class").text
    assert "n’a pas encore placé" in page
    assert "demo-place-example" in page
    for _ in range(2):
        assert installed.post("example").status_code == 303
    placed = installed.get("class").text
    assert placed.count("demo-activity-") == 1
    assert "Mon ENT et ÉduConnect" in placed
    assert 'src="http://ent.localhost:9/demo/launch/activity-1"' in installed.get("activity/1").text
    claims = installed.claims("activity-1")
    lti = "https://purl.imsglobal.org/spec/lti/claim/"
    assert claims[f"{lti}target_link_uri"] == f"{tool.url}/lti/launch/parcours/mon-ent-et-educonnect"
    assert claims[f"{lti}custom"] == {"kind": "parcours", "id": "mon-ent-et-educonnect"}


def test_no_example_is_placed_without_a_tool(visitor):
    visitor.become("zoe")
    assert visitor.post("example").status_code == 404


def test_a_teacher_without_activities_is_offered_to_add_one(installed):
    installed.become("helene")
    assert "demo-add-activity" in installed.get("class").text
    assert 'src="http://ent.localhost:9/demo/launch/deep-linking"' in installed.get("open/deep-linking").text


@pytest.mark.parametrize("path", ["gradebook", "members", "tools"])
def test_staff_pages_are_not_for_parents(installed, path):
    installed.become("zoe")
    assert installed.get(path).status_code == 403


def test_the_teacher_sees_the_roster_as_it_is_served(installed):
    installed.become("helene")
    page = installed.get("members").text
    assert installed.sub("noel") in page
    assert "Learner" in page


def test_starting_afresh_forgets_everything_and_makes_everybody_new(installed):
    item = installed.graded()
    installed.send_score(item)
    before, context = installed.sub("zoe"), installed.context()
    key = installed.get("jwks").json
    installed.post("reset")
    assert installed.sub("zoe") != before
    assert installed.context() != context
    assert installed.get("jwks").json == key
    installed.become("helene")
    assert "L’outil n’est pas encore installé" in installed.get("class").text


def test_coming_back_from_the_tool_leaves_the_frame(installed):
    assert 'target="_top"' in installed.get("return").text
    page = installed.get("return?lti_errormsg=<b>Non</b>").text
    assert "&lt;b&gt;Non" in page
    assert "return.js" not in page


def test_a_form_posted_from_another_site_is_refused(visitor):
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "null"},
        {"Origin": "https://ailleurs.example"},
    ):
        assert visitor.post("reset", headers=headers).status_code == 403
    assert visitor.post("reset", headers={"Origin": "http://ent.localhost:9"}).status_code == 303


def test_another_name_of_this_machine_leads_to_the_ents_own(visitor):
    answer = visitor.get("class", base_url="http://localhost:9")
    assert answer.status_code == 302
    assert answer.location == "http://ent.localhost:9/demo/class"


def test_a_visitor_from_elsewhere_is_refused(visitor):
    assert visitor.get("", environ_overrides={"REMOTE_ADDR": "192.0.2.7"}).status_code == 403


def test_every_page_frames_and_posts_to_the_tool_alone(visitor, tool):
    headers = visitor.get("").headers
    policy = headers["Content-Security-Policy"]
    assert f"frame-src 'self' {tool.url};" in policy
    assert f"form-action 'self' {tool.url};" in policy
    assert "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy


def test_templates_hold_no_inline_script_or_style():
    folder = Path(lti_tool.demo.__file__).parent / "templates" / "demo"
    for template in folder.glob("*.html"):
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?! src)", text), template.name


def test_an_oversized_form_is_refused(visitor):
    assert visitor.post("who", {"who": "x" * (1 << 19)}).status_code == 413
