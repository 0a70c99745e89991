from lti_tool.web.security import policy


def test_nobody_frames_a_page_unless_named() -> None:
    assert "frame-ancestors 'none'" in policy(frame_ancestors=(), form_action=())


def test_every_ancestor_is_listed_once() -> None:
    given = policy(
        frame_ancestors=("https://ent.example", "https://moodle.example", "https://ent.example"), form_action=()
    )
    assert given.endswith("frame-ancestors https://ent.example https://moodle.example")


def test_forms_end_at_ours_and_at_those_named() -> None:
    assert "form-action 'self';" in policy(frame_ancestors=(), form_action=())
    assert "form-action 'self' https://moodle.example;" in policy(
        frame_ancestors=(), form_action=("https://moodle.example",)
    )


def test_everything_else_is_ours_alone() -> None:
    parts = policy(frame_ancestors=(), form_action=()).split("; ")
    assert parts[:6] == [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
    ]
    assert not any("unsafe" in part for part in parts)


def test_a_page_that_frames_others_names_them() -> None:
    assert policy(frame_ancestors=(), form_action=(), frame_src=("http://a.example",)).endswith(
        "; frame-src http://a.example"
    )
