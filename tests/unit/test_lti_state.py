"""`state`: all of a login, signed, in the address."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest

from lti_tool.lti.errors import StateRejected
from lti_tool.lti.state import LIFETIME, new_state, read_state

KEY = b"k" * 64
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def test_a_state_comes_back_as_it_was() -> None:
    state, signed, _binding = new_state(KEY, client_pk=7, now=NOW)
    assert read_state(KEY, signed, now=NOW) == state
    assert state.client_pk == 7
    assert state.expires_at == NOW + LIFETIME


def test_two_states_share_nothing() -> None:
    (one, signed_one, binding_one), (two, signed_two, binding_two) = (
        new_state(KEY, client_pk=7, now=NOW) for _ in range(2)
    )
    assert one.id != two.id
    assert one.nonce != two.nonce
    assert binding_one != binding_two
    assert signed_one != signed_two


def test_a_state_is_bound_to_the_browser_that_holds_its_cookie() -> None:
    state, _signed, binding = new_state(KEY, client_pk=7, now=NOW)
    assert state.is_bound_to(binding)
    for other in ("", "é", "x" * 5000, binding + " ", binding[:-1], state.binding_hash):
        assert not state.is_bound_to(other)


def test_the_state_does_not_tell_the_cookies_value() -> None:
    _state, signed, binding = new_state(KEY, client_pk=7, now=NOW)
    assert binding not in str(jwt.decode(signed, options={"verify_signature": False}))


def test_a_state_ends() -> None:
    state, signed, _binding = new_state(KEY, client_pk=7, now=NOW)
    assert read_state(KEY, signed, now=NOW + LIFETIME - timedelta(seconds=1)).id == state.id
    with pytest.raises(StateRejected):
        read_state(KEY, signed, now=NOW + LIFETIME + timedelta(seconds=1))


def test_the_end_does_not_lose_its_fraction_of_a_second() -> None:
    """What is kept of a spent nonce must reach at least as far as the state itself."""
    late = NOW.replace(microsecond=999_999)
    _state, signed, _binding = new_state(KEY, client_pk=7, now=late)
    assert read_state(KEY, signed, now=late).expires_at <= late + LIFETIME


@pytest.mark.parametrize(
    "payload", [{}, {"jti": "a"}, {"exp": 1}, {"jti": 7, "exp": 9999999999}, {"jti": "a", "exp": "x"}]
)
def test_what_we_signed_for_something_else_is_no_state(payload: dict[str, object]) -> None:
    with pytest.raises(StateRejected):
        read_state(KEY, jwt.encode(payload, KEY, algorithm="HS256"), now=NOW)


def test_what_we_did_not_sign_is_no_state() -> None:
    _state, signed, _binding = new_state(b"x" * 64, client_pk=7, now=NOW)
    for value in (signed, "", "x", "a.b.c", "é.è.à", "\ud800", "x" * 5000, signed.rpartition(".")[0] + "."):
        with pytest.raises(StateRejected):
            read_state(KEY, value, now=NOW)


def test_a_state_is_short_enough_for_any_address() -> None:
    _state, signed, _binding = new_state(KEY, client_pk=2**31, now=NOW)
    assert len(signed) < 400
