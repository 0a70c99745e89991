from lti_tool.parcours.progress import progress


def test_a_new_attempt_begins_with_the_first_question() -> None:
    where = progress(["a", "b", "c"], [])
    assert (where.done, where.total, where.share, where.next_number, where.complete) == (0, 3, 0.0, 1, False)


def test_coming_back_resumes_at_the_first_unanswered_question() -> None:
    assert progress(["a", "b", "c"], ["a", "c"]).next_number == 2


def test_the_last_question_leads_back_to_one_that_was_left_out() -> None:
    where = progress(["a", "b", "c"], ["a", "c"])
    assert where.after(1) == 2
    assert where.after(3) == 2


def test_the_last_question_of_a_complete_attempt_leads_nowhere() -> None:
    where = progress(["a", "b"], ["a", "b"])
    assert where.complete
    assert where.after(1) == 2
    assert where.after(2) is None


def test_answers_to_items_that_are_gone_do_not_count() -> None:
    where = progress(["a", "b"], ["a", "removed-since"])
    assert where.done == 1
    assert not where.complete


def test_only_answered_questions_and_the_next_one_can_be_reached() -> None:
    where = progress(["a", "b", "c"], ["a"])
    assert [where.reachable(number) for number in (0, 1, 2, 3, 4)] == [False, True, True, False, False]
