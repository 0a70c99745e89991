"""Key pairs and secrets, as files."""

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest

from lti_tool.errors import NotFound
from lti_tool.lti.keys import KeyRing, Secrets, open_keys

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def ring(folder: Path) -> KeyRing:
    return open_keys(folder, NOW)[0]


def test_keys_are_made_at_first_start_for_their_owner_alone(folder: Path) -> None:
    open_keys(folder, NOW)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert len(files) == 4
    assert set(files.values()) == {0o600}
    assert {"session.secret", "actor.secret"} < set(files)


def test_keys_are_kept_from_start_to_start(folder: Path) -> None:
    first, second = open_keys(folder, NOW), open_keys(folder, NOW + timedelta(days=1))
    assert first[0].current == second[0].current
    assert first[1] == second[1]


def test_processes_that_start_at_once_agree(folder: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: open_keys(folder, NOW), range(4)))
    assert len({ring.current.kid for ring, _secrets in opened}) == 1
    assert len({secrets for _ring, secrets in opened}) == 1


def test_the_key_set_says_what_platforms_need_and_nothing_private(ring: KeyRing) -> None:
    (key,) = ring.jwks()["keys"]
    assert set(key) == {"kty", "n", "e", "kid", "alg", "use"}
    assert (key["kty"], key["alg"], key["use"]) == ("RSA", "RS256", "sig")
    assert key["kid"] == ring.current.kid


def test_what_the_ring_signs_its_key_set_verifies(ring: KeyRing) -> None:
    token = jwt.encode({"a": 1}, ring.current.private_key, algorithm="RS256")
    assert jwt.decode(token, jwt.PyJWK(dict(ring.jwks()["keys"][0])), algorithms=["RS256"]) == {"a": 1}


def test_after_a_rotation_the_new_key_signs_and_the_previous_is_still_served(ring: KeyRing) -> None:
    previous = ring.current
    made = ring.rotate(NOW + timedelta(days=1))
    assert ring.current == made
    assert [key["kid"] for key in ring.jwks()["keys"]] == [made.kid, previous.kid]


def test_a_ring_that_is_running_sees_a_rotation_by_command(folder: Path, ring: KeyRing) -> None:
    before = ring.current.kid
    made = open_keys(folder, NOW)[0].rotate(NOW + timedelta(days=1))
    assert ring.current.kid == made.kid != before


def test_a_retired_key_is_served_no_more(ring: KeyRing) -> None:
    previous = ring.current
    made = ring.rotate(NOW + timedelta(days=1))
    ring.retire(previous.kid)
    assert [key["kid"] for key in ring.jwks()["keys"]] == [made.kid]
    assert not previous.path.exists()


def test_the_key_that_signs_can_not_be_retired(ring: KeyRing) -> None:
    for kid in (ring.current.kid, "unknown", ""):
        with pytest.raises(NotFound):
            ring.retire(kid)
    assert ring.current.path.exists()


def test_an_empty_folder_has_no_key_to_sign_with(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        _ = KeyRing(tmp_path).current


def test_a_pseudonym_is_a_persons_own_and_stays(folder: Path, tmp_path: Path) -> None:
    secrets = open_keys(folder, NOW)[1]
    one = secrets.pseudonym("https://ent.example", "42")
    assert one == open_keys(folder, NOW)[1].pseudonym("https://ent.example", "42")
    others = {
        secrets.pseudonym("https://ent.example", "43"),
        secrets.pseudonym("https://other.example", "42"),
        secrets.pseudonym("https://ent.example\0", "42"),
        open_keys(tmp_path / "others", NOW)[1].pseudonym("https://ent.example", "42"),
    }
    assert len(others | {one}) == 5
    assert one.isalnum()
    assert len(one) == 40
    assert one != "42"


def test_a_signature_is_for_one_purpose_and_one_value() -> None:
    secrets = Secrets(session=b"s" * 32, actor=b"a" * 32)
    good = secrets.sign("launch", "id")
    assert secrets.verify("launch", "id", good)
    for purpose, value, signature in (
        ("csrf", "id", good),
        ("launch", "id2", good),
        ("launch", "id", good[:-1]),
        ("launch", "id", ""),
        ("launch", "id", "é"),
        ("launch", "id", "\udce9"),
        ("launch\0", "id", good),
    ):
        assert not secrets.verify(purpose, value, signature)


def test_a_lost_actor_secret_is_noticed_by_its_fingerprint() -> None:
    one, two = Secrets(session=b"s", actor=b"a"), Secrets(session=b"s", actor=b"b")
    assert one.actor_fingerprint != two.actor_fingerprint
    assert one.actor_fingerprint == Secrets(session=b"t", actor=b"a").actor_fingerprint
    assert "a" * 2 not in one.actor_fingerprint or len(one.actor_fingerprint) == 16
