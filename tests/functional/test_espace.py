import html
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from room_app import ISSUER, START, RoomApp, room_app

from lti_tool.espace.views import blueprint
from lti_tool.lti.launch import Audience
from lti_tool.people.model import Person
from lti_tool.web.holdings import add_holding
from xapi import statements as build
from xapi.vocabulary import Extension, Verb

PARCOURS = "mon-ent-et-educonnect"


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[RoomApp]:
    made = room_app(tmp_path, blueprint)
    yield made
    made.tool.database.dispose()


def text_of(page: str) -> str:
    """What one reads on a page, spaces made one."""
    without = re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(without).replace("\u00a0", " ").split())


def tell(
    rooms: RoomApp,
    root: str,
    verb: Verb,
    *,
    registration: UUID,
    result: dict[str, object] | None = None,
    target: str = PARCOURS,
    later: timedelta = timedelta(0),
) -> None:
    recorder = rooms.tool.recorder
    with rooms.tool.database.write() as session:
        recorder.record(
            session,
            rooms.launch(root),
            verb=verb,
            object=build.activity(recorder.iri("parcours", target), name={"fr": f"Titre de {target}"}),
            now=START + later,
            registration=registration,
            result=result,
        )


def test_somebody_who_has_begun_nothing_is_told_where_the_activities_are(rooms: RoomApp) -> None:
    browser, root = rooms.enter()
    page = text_of(browser.get(root).text)
    assert "Vous n’avez rien en cours" in page
    assert "dans l’ENT, là où l’école les a placées" in page


def test_what_was_begun_can_be_continued_where_it_was_left(rooms: RoomApp) -> None:
    browser, root = rooms.enter()
    go = uuid4()
    tell(rooms, root, Verb.INITIALIZED, registration=go)
    tell(
        rooms,
        root,
        Verb.PROGRESSED,
        registration=go,
        result=build.result(extensions={Extension.PROGRESS: 40}),
        later=timedelta(minutes=5),
    )
    answer = browser.get(root)
    assert "fait à 40 %" in text_of(answer.text)
    assert f'href="{root}parcours/{PARCOURS}" data-test="continue"' in answer.text
    assert 'data-test="finished"' not in answer.text


def test_what_was_finished_says_so_without_a_naked_score(rooms: RoomApp) -> None:
    browser, root = rooms.enter()
    go = uuid4()
    tell(rooms, root, Verb.INITIALIZED, registration=go)
    tell(rooms, root, Verb.COMPLETED, registration=go, result=build.result(completion=True, score_scaled=0.55))
    tell(rooms, root, Verb.FAILED, registration=go, result=build.result(success=False, score_scaled=0.55))
    answer = browser.get(root)
    page = text_of(answer.text)
    assert "Terminé le 1 mars 2027" in page
    assert "Quelques points restent à revoir" in page
    assert "55" not in page
    assert 'data-test="under-way"' not in answer.text


def test_beginning_anew_shows_both_the_new_go_and_the_result_of_the_first(rooms: RoomApp) -> None:
    browser, root = rooms.enter()
    first, second = uuid4(), uuid4()
    tell(rooms, root, Verb.INITIALIZED, registration=first)
    tell(rooms, root, Verb.COMPLETED, registration=first, result=build.result(completion=True))
    tell(rooms, root, Verb.PASSED, registration=first, result=build.result(success=True))
    tell(rooms, root, Verb.INITIALIZED, registration=second, later=timedelta(days=1))
    answer = browser.get(root).text
    assert answer.count('data-test="under-way"') == 1
    assert answer.count('data-test="finished"') == 1
    assert "Vous savez faire l’essentiel" in text_of(answer)


def test_an_activity_that_was_withdrawn_is_told_without_a_link(rooms: RoomApp) -> None:
    browser, root = rooms.enter()
    tell(rooms, root, Verb.INITIALIZED, registration=uuid4(), target="retire")
    answer = browser.get(root).text
    assert "Titre de retire" in answer
    assert 'data-test="continue"' not in answer


def test_nobody_sees_what_another_did(rooms: RoomApp) -> None:
    _, root = rooms.enter("Awa")
    tell(rooms, root, Verb.INITIALIZED, registration=uuid4())
    browser, other = rooms.enter("Bilal")
    assert 'data-test="under-way"' not in browser.get(other).text
    assert browser.get(f"{other}mes-donnees.json").json["statements"] == []  # type: ignore[index]


def test_another_s_browser_does_not_open_a_launch(rooms: RoomApp) -> None:
    _, root = rooms.enter("Awa")
    browser, _ = rooms.enter("Bilal")
    answer = browser.get(root)
    assert answer.status_code == 401
    assert "Fermez cette page et rouvrez l’activité dans l’ENT" in text_of(answer.text)


def test_a_parent_can_go_back_to_the_activity_that_they_came_for(rooms: RoomApp) -> None:
    browser, root = rooms.enter(kind="parcours", target=PARCOURS)
    assert f'href="{root}parcours/{PARCOURS}" data-test="opened"' in browser.get(root).text


def test_a_teacher_is_told_how_to_place_an_activity(rooms: RoomApp) -> None:
    browser, root = rooms.enter("Prof", audience=Audience.TEACHER)
    page = text_of(browser.get(root).text)
    assert "Placer une activité pour les parents" in page
    assert "Administrer" not in page


def test_the_notice_says_who_what_how_long_and_how_to_erase(tmp_path: Path) -> None:
    rooms = room_app(
        tmp_path, blueprint, controller="Mme Roy, principale", contact="dpd@ac.example", retention_months=6
    )
    browser, root = rooms.enter(notice_seen=False)
    page = text_of(browser.get(f"{root}avant-de-commencer").text)
    for expected in ("Mme Roy, principale", "6 mois", "dpd@ac.example", "Mes données", "J’ai compris, commencer"):
        assert expected in page
    rooms.tool.database.dispose()


def test_without_a_controller_named_the_notice_names_the_school_s_head(rooms: RoomApp) -> None:
    browser, root = rooms.enter(notice_seen=False)
    page = text_of(browser.get(f"{root}avant-de-commencer").text)
    assert "Le chef d’établissement de l’école de votre enfant" in page


def test_accepting_the_notice_is_remembered_and_leads_on(rooms: RoomApp) -> None:
    browser, root = rooms.enter(notice_seen=False)
    wanted = f"{root}parcours/{PARCOURS}"
    answer = browser.post(f"{root}avant-de-commencer", data={"next": wanted, **rooms.token(root)})
    assert (answer.status_code, answer.location) == (303, wanted)
    assert rooms.launch(root).notice_seen
    rooms.now[0] += timedelta(days=1)
    browser.post(f"{root}avant-de-commencer", data=rooms.token(root))
    with rooms.tool.database.read() as session:
        assert session.get_one(Person, rooms.people["Awa"]).notice_seen_at == START


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example",
        "/l/other/",
        "{root}../../demo/",
        "{root}%2e%2e/%2E./demo",
        "{root}\\evil",
        "{root}a\r\nSet-Cookie: x=1",
        "javascript:alert(1)",
    ],
)
def test_what_comes_next_is_only_a_page_of_this_launch(rooms: RoomApp, wanted: str) -> None:
    browser, root = rooms.enter()
    data = {"next": wanted.format(root=root), **rooms.token(root)}
    answer = browser.post(f"{root}avant-de-commencer", data=data)
    assert (answer.status_code, answer.location) == (303, root)


def test_the_language_chosen_is_kept_and_turns_the_page(rooms: RoomApp) -> None:
    browser, root = rooms.enter()
    assert '<html lang="fr" dir="ltr">' in browser.get(root).text
    answer = browser.post(f"{root}langue", data={"lang": "ar", "next": f"{root}mes-donnees", **rooms.token(root)})
    assert answer.location == f"{root}mes-donnees"
    assert '<html lang="ar" dir="rtl">' in browser.get(root).text
    _, again = rooms.enter("Awa", language="fr")
    assert rooms.launch(again).person_language == "ar"


def test_a_language_that_we_do_not_speak_is_refused(rooms: RoomApp) -> None:
    browser, root = rooms.enter()
    answer = browser.post(f"{root}langue", data={"lang": "xx", **rooms.token(root)})
    assert answer.status_code == 400


def test_my_data_are_shown_in_words_with_a_reference_to_quote(rooms: RoomApp) -> None:
    browser, root = rooms.enter()
    assert "Rien n’a encore été noté" in text_of(browser.get(f"{root}mes-donnees").text)
    tell(rooms, root, Verb.INITIALIZED, registration=uuid4())
    page = text_of(browser.get(f"{root}mes-donnees").text)
    assert f"Vous avez commencé Titre de {PARCOURS}" in page
    assert "ENT d’essai" in page
    assert rooms.launch(root).pseudonym[:12] in page


def test_the_download_holds_the_person_every_statement_and_what_rooms_keep(rooms: RoomApp) -> None:
    browser, root = rooms.enter()
    add_holding(rooms.app, "attempts", lambda _session, person_id: [{"person": person_id}])
    for minute in range(205):
        tell(rooms, root, Verb.LAUNCHED, registration=uuid4(), later=timedelta(minutes=minute))
    answer = browser.get(f"{root}mes-donnees.json")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    held = json.loads(answer.text)
    assert len(held["statements"]) == 205
    assert held["person"]["name"] == "Awa"
    assert held["person"]["platform"] == ISSUER
    assert held["attempts"] == [{"person": rooms.people["Awa"]}]


def test_a_name_with_markup_is_shown_as_text(rooms: RoomApp) -> None:
    browser, root = rooms.enter("<script>alert(1)</script>")
    page = browser.get(f"{root}mes-donnees").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
