"""The platforms' keys: asked for seldom, and again when a new one is used."""

import json
import threading
import time
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from fake_platform import jwk
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from lti_tool.errors import Unavailable
from lti_tool.lti.errors import KeysUnreachable, KeyUnknown
from lti_tool.lti.jwks import FRESH_SECONDS, MAX_KEYS, REFETCH_SECONDS, JwksCache, read_key_set
from lti_tool.lti.transport import Answer

URL = "https://ent.example/jwks"


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


class Site:
    """Platforms' key sets by URL, and a clock."""

    def __init__(self, key: RSAPrivateKey) -> None:
        self.key = key
        self.kids: Mapping[str, list[str]] = {URL: ["a"]}
        self.asked: list[str] = []
        self.now = 1000.0
        self.down = False
        self.status = 200
        self.cache = JwksCache(self.get, now=lambda: self.now)

    def get(self, url: str) -> Answer:
        self.asked.append(url)
        if self.down:
            raise Unavailable("down")
        body = {"keys": [jwk(self.key, kid) for kid in self.kids[url]]}
        return Answer(self.status, {}, json.dumps(body).encode(), url)


@pytest.fixture
def site(key: RSAPrivateKey) -> Site:
    return Site(key)


def test_a_set_is_asked_for_once_while_it_is_fresh(site: Site) -> None:
    for _ in range(5):
        assert site.cache.key(URL, "a").key_id == "a"
    site.now += FRESH_SECONDS - 1
    site.cache.key(URL, "a")
    assert site.asked == [URL]


def test_a_set_is_asked_for_anew_after_an_hour(site: Site) -> None:
    site.cache.key(URL, "a")
    site.now += FRESH_SECONDS + 1
    site.cache.key(URL, "a")
    assert site.asked == [URL, URL]


def test_a_key_that_was_withdrawn_is_not_believed_after_an_hour(site: Site) -> None:
    site.cache.key(URL, "a")
    site.kids = {URL: ["b"]}
    site.now += FRESH_SECONDS + 1
    with pytest.raises(KeyUnknown):
        site.cache.key(URL, "a")


def test_a_new_key_is_found_at_its_first_use(site: Site) -> None:
    site.cache.key(URL, "a")
    site.kids = {URL: ["a", "b"]}
    site.now += REFETCH_SECONDS
    assert site.cache.key(URL, "b").key_id == "b"
    assert len(site.asked) == 2


def test_a_flood_of_unknown_keys_is_no_flood_for_the_platform(site: Site) -> None:
    site.cache.key(URL, "a")
    site.now += REFETCH_SECONDS
    for number in range(50):
        with pytest.raises(KeyUnknown):
            site.cache.key(URL, f"unknown-{number}")
    assert len(site.asked) == 2
    site.cache.key(URL, "a")
    assert len(site.asked) == 2


def test_the_keys_at_hand_stay_good_while_the_platform_is_down(site: Site) -> None:
    site.cache.key(URL, "a")
    site.down = True
    site.now += FRESH_SECONDS + 1
    assert site.cache.key(URL, "a").key_id == "a"
    site.cache.key(URL, "a")
    assert len(site.asked) == 2  # asked again at a bounded rate


def test_a_platform_that_never_answered_is_said_to_be_unreachable(site: Site) -> None:
    site.down = True
    for _ in range(3):
        with pytest.raises(KeysUnreachable):
            site.cache.key(URL, "a")
    assert len(site.asked) == 1
    site.down = False
    site.now += REFETCH_SECONDS
    assert site.cache.key(URL, "a").key_id == "a"


def test_an_answer_that_is_no_success_is_not_believed(site: Site) -> None:
    for site.status in (301, 404, 500):
        with pytest.raises(KeysUnreachable):
            site.cache.key(URL, "a")
        site.now += REFETCH_SECONDS


def test_the_keys_of_one_platform_are_not_anothers(site: Site) -> None:
    other = "https://other.example/jwks"
    site.kids = {URL: ["a"], other: ["b"]}
    site.cache.key(URL, "a")
    with pytest.raises(KeyUnknown):
        site.cache.key(other, "a")


def test_a_forgotten_set_is_asked_for_at_once(site: Site) -> None:
    site.cache.key(URL, "a")
    site.kids = {URL: ["b"]}
    site.cache.forget(URL)
    assert site.cache.key(URL, "b").key_id == "b"


def test_many_threads_ask_once(key: RSAPrivateKey) -> None:
    site = Site(key)
    slow = site.get

    def get(url: str) -> Answer:
        time.sleep(0.05)
        return slow(url)

    cache = JwksCache(get)
    found: list[str | None] = []
    threads = [threading.Thread(target=lambda: found.append(cache.key(URL, "a").key_id)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["a"] * 8
    assert site.asked == [URL]


def test_a_slow_platform_does_not_hold_up_another(key: RSAPrivateKey) -> None:
    site, slow, released = Site(key), "https://slow.example/jwks", threading.Event()
    site.kids = {URL: ["a"], slow: ["b"]}

    def get(url: str) -> Answer:
        if url == slow:
            assert released.wait(5)
        return site.get(url)

    cache = JwksCache(get)
    waiting = threading.Thread(target=lambda: cache.key(slow, "b"))
    waiting.start()
    assert cache.key(URL, "a").key_id == "a"
    released.set()
    waiting.join()


# What is read of a set


def read(*keys: Any) -> list[str]:
    return sorted(read_key_set(json.dumps({"keys": list(keys)}).encode()))


def test_a_key_without_alg_or_use_is_taken(key: RSAPrivateKey) -> None:
    bare = {name: value for name, value in jwk(key, "a").items() if name not in {"alg", "use"}}
    assert read(bare) == ["a"]


def test_other_kinds_of_keys_are_passed_over(key: RSAPrivateKey) -> None:
    good = jwk(key, "good")
    elliptic = json.loads(ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()).public_key()))
    assert read(
        None,
        7,
        "x",
        [],
        {},
        elliptic | {"kid": "ec"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "secret"},
        good | {"kid": "encryption", "use": "enc"},
        good | {"kid": "other-alg", "alg": "RS512"},
        {name: value for name, value in good.items() if name != "kid"},
        good | {"kid": 7},
        good | {"kid": "broken", "n": "!"},
        good | {"kid": "numbers", "n": 7},
        good | {"kid": "empty", "n": "", "e": ""},
        {name: value for name, value in good.items() if name != "n"} | {"kid": "without-n"},
        good,
    ) == ["good"]


def test_a_private_key_that_a_platform_published_by_mistake_is_no_defect(key: RSAPrivateKey) -> None:
    private = json.loads(RSAAlgorithm.to_jwk(key)) | {"kid": "private"}
    assert read(private) in ([], ["private"])


def test_only_so_many_keys_are_read(key: RSAPrivateKey) -> None:
    good = jwk(key, "a")
    assert len(read(*(good | {"kid": f"k{number}"} for number in range(MAX_KEYS + 20)))) == MAX_KEYS


@pytest.mark.parametrize(
    "body", [b"", b"x", b"null", b"[]", b"{}", b'{"keys": 7}', b"\xff", b"[" * 9999, b'{"keys": {}}']
)
def test_what_is_no_key_set_holds_no_key(body: bytes) -> None:
    assert read_key_set(body) == {}
