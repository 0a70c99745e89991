from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from parcours_world import PACKAGE, World, launch, write_package
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from lti_tool.content.library import Library
from lti_tool.content.marking import UNKNOWN, Response
from lti_tool.content.situation import ActionInvalid
from lti_tool.errors import BadRequest, Conflict, NotFound
from lti_tool.jobs.model import Job
from lti_tool.lti.launch import Launch
from lti_tool.lti.model import Grade
from lti_tool.parcours import attempts, service
from lti_tool.parcours.model import Answer, Attempt, Draft
from lti_tool.parcours.service import Move, Submission
from lti_tool.parcours.timing import stamp
from lti_tool.people.model import Person
from xapi.vocabulary import Extension


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World.make(tmp_path)
    yield made
    made.database.dispose()


def says(*values: str, number: int = 1, shown: str = "") -> Submission:
    return Submission(number=number, response=Response(values), shown=shown, fields={})


def does_not_know(number: int = 1) -> Submission:
    return Submission(number=number, response=UNKNOWN, shown="", fields={})


def is_done(number: int = 1, **fields: str) -> Submission:
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    return Submission(number=number, response=None, shown="", fields=named)


def presses(area: str, moves: int, **fields: str) -> Move:
    return Move(moves, "act", area, {name.replace("_", "-"): value for name, value in fields.items()})


RIGHT: tuple[Callable[[World, Launch, str], None], ...] = (
    lambda world, who, attempt: world.answer(who, attempt, 1, says("a")),
    lambda world, who, attempt: world.answer(who, attempt, 2, says("s1=true", "s2=false")),
    lambda world, who, attempt: world.answer(who, attempt, 3, says("édu connect".replace(" ", ""))),
    lambda world, who, attempt: solve(world, who, attempt),
)


def solve(world: World, who: Launch, attempt: str) -> None:
    world.act(who, attempt, 4, presses("t-mail", 0))
    world.act(who, attempt, 4, presses("r-un", 1))
    world.act(who, attempt, 4, presses("b-envoyer", 2, f_texte="Oui !"))
    world.answer(who, attempt, 4, is_done(f_texte="Oui !"))


def finish(world: World, who: Launch) -> str:
    attempt = world.start(who)
    for step in RIGHT:
        step(world, who, attempt)
    return attempt


def give_up(world: World, who: Launch) -> str:
    attempt = world.start(who)
    for question in range(1, 5):
        world.answer(who, attempt, question, does_not_know())
    return attempt


def test_a_whole_attempt_tells_its_whole_story(world: World) -> None:
    who = world.person(1)
    attempt = finish(world, who)
    told = ["launched", "initialized", *["answered", "progressed"] * 3, "answered", "completed", "passed"]
    assert world.verbs(attempt) == told
    assert world.verbs() == told
    where = world.standing(who, attempt)
    assert where.finished
    assert where.score.scaled == 1.0
    assert [
        each["result"]["extensions"][Extension.PROGRESS] for each in world.statements() if _verb(each) == "progressed"
    ] == [25, 50, 75]


def _verb(statement: dict[str, object]) -> str:
    verb = statement["verb"]
    assert isinstance(verb, dict)
    return str(verb["id"]).rpartition("/")[2]


def test_an_answer_is_written_with_its_question_whole(world: World) -> None:
    who = world.person(1)
    attempt = world.start(who)
    world.answer(who, attempt, 1, says("b", shown=stamp(world.now)))
    statement = next(each for each in world.statements() if _verb(each) == "answered")
    definition = statement["object"]["definition"]
    assert statement["object"]["id"] == "https://passerelle.example/xapi/parcours/petit-parcours/items/choix"
    assert definition["interactionType"] == "choice"
    assert definition["correctResponsesPattern"] == ["a"]
    assert [choice["id"] for choice in definition["choices"]] == ["a", "b"]
    assert definition["extensions"] == {
        "https://passerelle.example/xapi/extensions/competences": ["5.2"],
        "https://passerelle.example/xapi/extensions/level": 1,
    }
    assert statement["result"]["response"] == "b"
    assert statement["result"]["success"] is False
    assert statement["result"]["score"] == {"scaled": 0.0}
    assert statement["result"]["duration"] == "PT10S"
    assert statement["context"]["registration"] == attempt
    parent = statement["context"]["contextActivities"]["parent"]
    assert [each["id"] for each in parent] == ["https://passerelle.example/xapi/parcours/petit-parcours"]
    assert statement["actor"]["account"]["name"] == "pseudonym-1"


def test_what_was_typed_stays_in_the_attempt(world: World) -> None:
    who = world.person(1)
    attempt = world.start(who)
    world.answer(who, attempt, 1, says("a"))
    world.answer(who, attempt, 2, does_not_know())
    world.answer(who, attempt, 3, says("Madame Untel, 06 12 34 56 78"))
    statement = world.statements()[-2]
    assert statement["result"]["response"] == "other"
    assert all("Untel" not in str(each) for each in world.statements())
    with world.database.read() as session:
        kept = session.scalars(select(Answer).where(Answer.item_id == "mot")).one()
    assert kept.response["values"] == ["Madame Untel, 06 12 34 56 78"]


def test_what_was_typed_in_a_situation_stays_in_the_attempt(world: World) -> None:
    who = world.person(1)
    attempt = world.start(who)
    for question in (1, 2, 3):
        world.answer(who, attempt, question, does_not_know())
    world.act(who, attempt, 4, presses("t-mail", 0))
    world.answer(who, attempt, 4, is_done(f_texte="secret de famille"))
    assert all("secret" not in str(each) for each in world.statements())


def test_an_honest_i_do_not_know_is_told_from_a_wrong_answer(world: World) -> None:
    who = world.person(1)
    attempt = world.start(who)
    world.answer(who, attempt, 1, does_not_know())
    result = next(each for each in world.statements() if _verb(each) == "answered")["result"]
    assert result["extensions"] == {"https://passerelle.example/xapi/extensions/outcome": "unknown"}
    assert "response" not in result
    assert result["success"] is False


def test_giving_up_everything_still_comes_to_the_end(world: World) -> None:
    who = world.person(1)
    attempt = give_up(world, who)
    assert world.verbs(attempt)[-2:] == ["completed", "failed"]
    assert world.standing(who, attempt).score.scaled == 0.0


def test_the_same_form_sent_twice_is_one_answer(world: World) -> None:
    who = world.person(1)
    attempt = world.start(who)
    world.answer(who, attempt, 1, says("a"))
    before = world.statements()
    world.answer(who, attempt, 1, says("a"))
    world.answer(who, attempt, 1, says("b"))
    assert world.statements() == before


def test_the_first_answer_counts_and_later_ones_are_practice(world: World) -> None:
    who = world.person(1)
    attempt = world.start(who)
    world.answer(who, attempt, 1, says("b"))
    world.answer(who, attempt, 1, says("a", number=2))
    where = world.standing(who, attempt)
    assert where.outcomes == {"choix": "wrong"}
    assert where.score.given == 0.0
    assert world.verbs(attempt) == ["launched", "initialized", "answered", "progressed", "answered"]
    practice = world.statements()[-1]
    assert practice["context"]["extensions"] == {"https://passerelle.example/xapi/extensions/practice": True}
    assert practice["result"]["success"] is True


def test_an_answer_with_a_number_out_of_turn_is_refused(world: World) -> None:
    who = world.person(1)
    attempt = world.start(who)
    with pytest.raises(BadRequest):
        world.answer(who, attempt, 1, says("a", number=3))


def test_a_question_is_answered_in_its_turn(world: World) -> None:
    who = world.person(1)
    attempt = world.start(who)
    with pytest.raises(Conflict):
        world.answer(who, attempt, 2, does_not_know())
    with pytest.raises(Conflict):
        world.act(who, attempt, 4, presses("t-mail", 0))
    with pytest.raises(NotFound):
        world.answer(who, attempt, 5, does_not_know())


def test_a_finished_attempt_does_not_change_any_more(world: World) -> None:
    who = world.person(1)
    attempt = finish(world, who)
    before = world.statements()
    world.answer(who, attempt, 1, says("b", number=2))
    world.act(who, attempt, 4, presses("t-mail", 0))
    assert world.statements() == before


def test_coming_back_from_another_launch_takes_up_the_same_attempt(world: World) -> None:
    who = world.person(1)
    attempt = world.start(who)
    world.answer(who, attempt, 1, says("a"))
    phone = replace(who, id="launch-phone", placement_id=2, context_id=2)
    assert world.start(phone) == attempt
    assert world.start(phone) == attempt
    assert world.verbs(attempt) == ["launched", "initialized", "answered", "progressed", "launched"]
    assert world.standing(phone, attempt).progress.next_number == 2


def test_an_attempt_begun_outside_any_course_joins_the_first_one(world: World) -> None:
    who = world.person(1)
    attempt = world.start(replace(who, id="launch-espace", context_id=None, placement_id=None))
    world.start(replace(who, id="launch-course", context_id=2, placement_id=2))
    world.start(who)
    with world.database.read() as session:
        kept = session.get_one(Attempt, attempt)
    assert (kept.context_id, kept.placement_id) == (2, 2)


def test_starting_over_after_the_end_makes_a_second_attempt(world: World) -> None:
    who = world.person(1)
    first = finish(world, who)
    second = world.start(who)
    assert second != first
    assert world.standing(who, second).number == 2
    assert world.verbs(second) == ["launched", "initialized"]


def test_the_database_refuses_a_second_open_attempt(world: World) -> None:
    who = world.person(1)
    world.start(who)
    with pytest.raises(IntegrityError), world.database.write() as session:
        session.add(
            Attempt(
                id=str(uuid4()),
                person_id=1,
                platform_id=1,
                parcours_id="petit-parcours",
                version="1.0.0",
                number=2,
                language="fr",
                started_at=world.now,
            )
        )


def test_two_devices_that_start_at_once_share_one_attempt(world: World) -> None:
    who = world.person(1)
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: world.start(who), range(8)))
    assert len(found) == 1
    assert world.verbs() == ["launched", "initialized"]


def test_two_taps_at_once_are_one_answer(world: World) -> None:
    who = world.person(1)
    attempt = world.start(who)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: world.answer(who, attempt, 1, says("a")), range(8)))
    assert world.verbs(attempt) == ["launched", "initialized", "answered", "progressed"]


@pytest.mark.postgresql
def test_two_devices_at_once_share_one_attempt_and_one_answer_on_postgresql(
    tmp_path: Path, postgresql_url: str
) -> None:
    world = World.make(tmp_path, postgresql_url)
    who = world.person(1)
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: world.start(who), range(8)))
        assert len(found) == 1
        attempt = found.pop()
        list(pool.map(lambda _: world.answer(who, attempt, 1, says("a")), range(8)))
    assert world.verbs(attempt) == ["launched", "initialized", "answered", "progressed"]
    with pytest.raises(IntegrityError), world.database.write() as session:
        session.add(
            Attempt(
                id=str(uuid4()),
                person_id=1,
                platform_id=1,
                parcours_id="petit-parcours",
                version="1.0.0",
                number=2,
                language="fr",
                started_at=world.now,
            )
        )
    world.database.dispose()


def test_somebody_else_s_attempt_is_not_found(world: World) -> None:
    mine = world.start(world.person(1))
    other = world.person(2)
    with pytest.raises(NotFound):
        world.standing(other, mine)
    with pytest.raises(NotFound):
        world.answer(other, mine, 1, says("a"))
    with pytest.raises(NotFound):
        world.act(other, mine, 4, presses("t-mail", 0))


def test_nothing_is_kept_of_an_answer_whose_statement_fails(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    who = world.person(1)
    attempt = world.start(who)
    broken = replace(world.recorder, settings=world.settings.model_copy(update={"xapi_base_iri": "no iri at all"}))
    visit = replace(world.visit(who), recorder=broken)
    with pytest.raises(Exception), world.database.write() as session:  # noqa: B017, PT011 — whatever the store says
        service.answer(session, visit, attempt, 1, says("a"))
    assert world.standing(who, attempt).progress.done == 0
    assert world.verbs(attempt) == ["launched", "initialized"]


def test_a_situation_is_done_one_act_at_a_time_and_marked_on_its_state(world: World) -> None:
    who = world.person(1)
    attempt = world.start(who)
    for question in (1, 2, 3):
        world.answer(who, attempt, question, does_not_know())
    world.act(who, attempt, 4, presses("t-mail", 0))
    world.act(who, attempt, 4, presses("r-deux", 1))
    world.answer(who, attempt, 4, is_done())
    with world.database.read() as session:
        item = world.visit(who).parcours.items[3]
        given = service.last_answer(session, attempt, item)
    assert given is not None
    assert given.mark.outcome == "wrong"
    statement = next(each for each in reversed(world.statements()) if _verb(each) == "answered")
    assert statement["result"]["response"] == "lire[.]not-done[,]repondre[.]not-done"


def test_a_situation_half_done_earns_a_part(world: World) -> None:
    who = world.person(1)
    attempt = world.start(who)
    for question in (1, 2, 3):
        world.answer(who, attempt, question, does_not_know())
    world.act(who, attempt, 4, presses("t-mail", 0))
    world.act(who, attempt, 4, presses("r-un", 1))
    world.answer(who, attempt, 4, is_done())
    assert world.standing(who, attempt).score.given == 0.5


def test_a_double_tap_in_a_situation_acts_once_and_can_be_taken_back(world: World) -> None:
    who = world.person(1)
    attempt = world.start(who)
    for question in (1, 2, 3):
        world.answer(who, attempt, question, does_not_know())
    item = world.visit(who).parcours.items[3]
    world.act(who, attempt, 4, presses("t-mail", 0))
    world.act(who, attempt, 4, presses("t-mail", 0))
    assert _screen(world, attempt, item) == ("messages", 1)
    world.act(who, attempt, 4, Move(1, "undo", "", {}))
    assert _screen(world, attempt, item) == ("accueil", 2)
    world.act(who, attempt, 4, presses("t-mail", 2))
    world.act(who, attempt, 4, Move(3, "restart", "", {}))
    assert _screen(world, attempt, item) == ("accueil", 4)


def _screen(world: World, attempt: str, item: object) -> tuple[str, int]:
    with world.database.read() as session:
        under = service.underway(session, attempt, item)  # type: ignore[arg-type]
    return under.state.screen, under.moves


def test_enter_in_a_field_keeps_what_is_typed_and_presses_nothing(world: World) -> None:
    who = world.person(1)
    attempt = world.start(who)
    for question in (1, 2, 3):
        world.answer(who, attempt, question, does_not_know())
    item = world.visit(who).parcours.items[3]
    world.act(who, attempt, 4, presses("t-mail", 0))
    world.act(who, attempt, 4, Move(1, "fill", "", {"f-texte": "peut-être"}))
    with world.database.read() as session:
        under = service.underway(session, attempt, item)  # type: ignore[arg-type]
    assert under.state.variables["texte"] == "peut-être"
    assert under.state.screen == "messages"


def test_an_act_that_the_screen_does_not_offer_is_refused(world: World) -> None:
    who = world.person(1)
    attempt = world.start(who)
    for question in (1, 2, 3):
        world.answer(who, attempt, question, does_not_know())
    with pytest.raises(ActionInvalid):
        world.act(who, attempt, 4, presses("b-envoyer", 0))
    with pytest.raises(NotFound):
        world.act(who, attempt, 1, presses("b-envoyer", 0))


def test_a_situation_that_is_answered_begins_anew(world: World) -> None:
    who = world.person(1)
    attempt = world.start(who)
    for question in (1, 2, 3):
        world.answer(who, attempt, question, does_not_know())
    world.act(who, attempt, 4, presses("t-mail", 0))
    world.answer(who, attempt, 4, does_not_know())
    with world.database.read() as session:
        assert session.scalars(select(Draft)).all() == []


def test_no_grade_goes_where_the_teacher_did_not_ask(world: World) -> None:
    finish(world, world.person(1))
    with world.database.read() as session:
        assert session.scalars(select(Grade)).all() == []
        assert session.scalars(select(Job)).all() == []


def test_the_grade_is_queued_with_the_end_of_the_attempt(world: World) -> None:
    world.person(1)
    finish(world, launch(1, wants_grade=True))
    with world.database.read() as session:
        grade = session.scalars(select(Grade)).one()
        job = session.scalars(select(Job)).one()
    assert (grade.given, grade.maximum, grade.state) == (100.0, 100.0, "queued")
    assert job.kind == "grade" or job.payload == {"grade": grade.id}


def test_the_best_attempt_is_the_one_that_the_gradebook_gets(world: World) -> None:
    world.person(1)
    who = launch(1, wants_grade=True)
    finish(world, who)
    give_up(world, who)
    with world.database.read() as session:
        assert session.scalars(select(Grade.given)).one() == 100.0


def test_the_time_of_the_whole_is_the_time_spent_answering(world: World) -> None:
    who = world.person(1)
    attempt = world.start(who)
    for question in (1, 2, 3, 4):
        world.now += timedelta(days=1)
        shown = stamp(world.now)
        world.answer(who, attempt, question, replace(does_not_know(), shown=shown))
    completed = next(each for each in world.statements() if _verb(each) == "completed")
    assert completed["result"]["duration"] == "PT40S"


def test_a_new_version_that_drops_the_last_questions_can_still_be_finished(world: World, tmp_path: Path) -> None:
    who = world.person(1)
    attempt = world.start(who)
    for question in (1, 2, 3):
        world.answer(who, attempt, question, does_not_know())
    shorter = PACKAGE[: PACKAGE.index("  - id: ecran")].replace("version: 1.0.0", "version: 1.1.0")
    world.library = Library.load([write_package(tmp_path / "newer", text=shorter)])
    assert world.start(who) == attempt
    where = world.standing(who, attempt)
    assert where.finished
    assert where.score.maximum == 3.0


def test_a_situation_of_another_version_begins_at_its_beginning(world: World, tmp_path: Path) -> None:
    who = world.person(1)
    attempt = world.start(who)
    for question in (1, 2, 3):
        world.answer(who, attempt, question, does_not_know())
    world.act(who, attempt, 4, presses("t-mail", 0))
    newer = PACKAGE.replace("messages\n", "courriels\n").replace("go: messages", "go: courriels")
    world.library = Library.load([write_package(tmp_path / "newer", text=newer)])
    assert _screen(world, attempt, world.visit(who).parcours.items[3]) == ("accueil", 1)


def test_a_class_of_four_shows_nothing_and_a_class_of_five_shows_totals(world: World) -> None:
    teacher = launch(99)
    for number in range(1, 5):
        give_up(world, world.person(number))
    with world.database.read() as session:
        assert not service.class_view(session, world.visit(teacher)).shown
    give_up(world, world.person(5))
    with world.database.read() as session:
        figures = service.class_view(session, world.visit(teacher))
        elsewhere = service.class_view(session, world.visit(replace(teacher, context_id=2)))
        nowhere = service.class_view(session, world.visit(replace(teacher, context_id=None)))
    assert (figures.began, figures.finished, len(figures.hard)) == (5, 5, 4)
    assert not elsewhere.shown
    assert not nowhere.shown


def test_a_class_counts_each_person_once_by_their_first_attempt(world: World) -> None:
    people = [world.person(number) for number in range(1, 6)]
    for who in people:
        give_up(world, who)
        finish(world, who)
    with world.database.read() as session:
        figures = service.class_view(session, world.visit(launch(99)))
    assert (figures.began, figures.finished, len(figures.hard)) == (5, 5, 4)


def test_what_is_held_of_a_person_goes_with_them(world: World) -> None:
    who = world.person(1)
    world.start(world.person(2))
    attempt = finish(world, who)
    with world.database.read() as session:
        held = attempts.held(session, 1)
    assert [each["attempt"] for each in held] == [attempt]
    answers = held[0]["answers"]
    assert isinstance(answers, list)
    assert len(answers) == 4
    with world.database.write() as session:
        session.delete(session.get_one(Person, 1))
    with world.database.read() as session:
        assert session.scalars(select(Attempt.person_id)).all() == [2]
        assert session.scalars(select(Answer)).all() == []


def test_an_unknown_parcours_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        service.find(world.library, "nulle-part", "fr")


def test_the_catalogue_lists_what_can_be_placed(world: World) -> None:
    (placeable,) = service.placeables(world.library, "en")
    assert (placeable.kind, placeable.id, placeable.title) == ("parcours", "petit-parcours", "Petit parcours")
    assert (placeable.summary, placeable.maximum, placeable.languages) == (
        "Trois questions et un écran.",
        100.0,
        ("fr",),
    )
