"""A platform at the edge: real RS256 tokens, real HTTP on loopback, and switches to misbehave.

It does what Moodle was seen to do, and is as strict as the strictest platform where they differ.
"""

import json
import socket
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from socketserver import ThreadingMixIn
from typing import Any
from uuid import uuid4
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import jwt
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from jwt.algorithms import RSAAlgorithm
from werkzeug.wrappers import Request, Response

CORE = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/"
TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
LEARNER, INSTRUCTOR = f"{MEMBERSHIP}Learner", f"{MEMBERSHIP}Instructor"
ADMINISTRATOR = f"{INSTITUTION}Administrator"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
ROSTER_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
SCOPES = {
    "score": f"{AGS}scope/score",
    "lineitem": f"{AGS}scope/lineitem.readonly",
    "roster": f"{NRPS}scope/contextmembership.readonly",
}
SHORT = {
    **{
        name: CORE + name
        for name in (
            "context",
            "custom",
            "deployment_id",
            "launch_presentation",
            "lis",
            "message_type",
            "resource_link",
            "roles",
            "target_link_uri",
            "tool_platform",
            "version",
        )
    },
    "deep_linking_settings": f"{DEEP_LINKING}deep_linking_settings",
    "endpoint": f"{AGS}claim/endpoint",
    "namesroleservice": f"{NRPS}claim/namesroleservice",
}
"""The claims by their short names, for tests to read."""

ABSENT: Any = ...
"""Given for a claim, it takes the claim out."""

Answer = Callable[[Request], Response]
Claims = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """What the tool asked of the platform's authorization endpoint."""

    url: str
    query: Mapping[str, str]

    @property
    def state(self) -> str:
        return self.query["state"]

    @property
    def nonce(self) -> str:
        return self.query["nonce"]

    @property
    def client_id(self) -> str:
        return self.query["client_id"]


@dataclass(frozen=True)
class Received:
    """A request that came to the platform."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Gradebook:
    """Who can be graded, what was posted, and what stands."""

    learners: set[str] = field(default_factory=lambda: {"parent-1", "parent-2"})
    posted: list[dict[str, Any]] = field(default_factory=list)
    stands: dict[str, dict[str, Any]] = field(default_factory=dict)
    locked: bool = False


class FakePlatform:
    """One issuer. `answers[path]` replaces what it would answer there; `received` is all that came."""

    def __init__(self, keys: Mapping[str, RSAPrivateKey], tool_url: str) -> None:
        self.keys = dict(keys)
        self.kid = next(iter(self.keys))
        self.published = [self.kid]
        self.tool_url = tool_url
        self.tool_keys: Callable[[], dict[str, Any]] = lambda: {"keys": []}
        self.answers: dict[str, Answer] = {}
        self.received: list[Received] = []
        self.clients = {"client-1", "client-2"}
        self.tokens: dict[str, tuple[str, set[str]]] = {}
        self.token_lifetime = 3600
        self.gradebook = Gradebook()
        self.members: list[dict[str, Any]] = []
        self.page_size = 2
        self.registered: list[dict[str, Any]] = []
        self.registration_tokens = {"registration-token"}
        self.url = ""

    # What it is

    @property
    def issuer(self) -> str:
        return self.url

    @property
    def jwks_url(self) -> str:
        return f"{self.url}/jwks"

    @property
    def line_item(self) -> str:
        return f"{self.url}/ags/7/lineitem?type_id=3"

    @property
    def roster_url(self) -> str:
        return f"{self.url}/nrps/7/Members?Rlid=AbC"

    def calls(self, path: str) -> list[Received]:
        """What came to one path."""
        return [received for received in self.received if received.path == path]

    # What it signs

    def claims(self, asked: Asked, changes: Mapping[str, Any] | None = None) -> Claims:
        """The claims of a good launch of a parent into a parcours, with changes by short or full name."""
        now = int(time.time())
        claims: Claims = {
            "iss": self.issuer,
            "aud": asked.client_id,
            "azp": asked.client_id,
            "sub": "parent-1",
            "iat": now,
            "exp": now + 60,
            "nonce": asked.nonce,
            "name": "Awa Diagne-Lefèvre",
            "given_name": "Awa",
            "family_name": "Diagne-Lefèvre",
            SHORT["deployment_id"]: "1",
            SHORT["message_type"]: "LtiResourceLinkRequest",
            SHORT["version"]: "1.3.0",
            SHORT["target_link_uri"]: f"{self.tool_url}/lti/launch",
            SHORT["roles"]: [LEARNER],
            SHORT["resource_link"]: {"id": "link-1", "title": "Mon ENT, pas à pas", "description": ""},
            SHORT["context"]: {
                "id": "course-1",
                "label": "PAR-1",
                "title": "Espace des parents",
                "type": ["CourseSection"],
            },
            SHORT["launch_presentation"]: {
                "locale": "fr",
                "document_target": "iframe",
                "return_url": f"{self.url}/return",
            },
            SHORT["custom"]: {},
            SHORT["lis"]: {"person_sourcedid": "", "course_section_sourcedid": ""},
            SHORT["tool_platform"]: {"product_family_code": "moodle", "version": "2024100706", "guid": "ent.example"},
        }
        return edited(claims, changes)

    def deep_linking_claims(self, asked: Asked, changes: Mapping[str, Any] | None = None) -> Claims:
        """The claims of a teacher who is to choose; changes of the settings' own fields by `settings.<name>`."""
        settings: dict[str, Any] = {
            "accept_types": ["ltiResourceLink"],
            "accept_presentation_document_targets": ["frame", "iframe", "window"],
            "accept_copy_advice": False,
            "accept_multiple": True,
            "accept_unsigned": False,
            "auto_create": False,
            "can_confirm": False,
            "deep_link_return_url": f"{self.url}/mod/lti/contentitem_return.php?course=7",
            "title": "",
            "text": "",
        }
        changes = dict(changes or {})
        for name in [name for name in changes if name.startswith("settings.")]:
            value = changes.pop(name)
            settings = {key: kept for key, kept in settings.items() if key != name[9:]}
            if value is not ABSENT:
                settings[name[9:]] = value
        claims = self.claims(
            asked,
            {
                "sub": "teacher-1",
                "roles": [INSTRUCTOR],
                "message_type": "LtiDeepLinkingRequest",
                "resource_link": ABSENT,
                "deep_linking_settings": settings,
            },
        )
        return edited(claims, changes)

    def sign(
        self,
        claims: Mapping[str, Any] | bytes,
        *,
        key: RSAPrivateKey | None = None,
        header: Mapping[str, Any] | None = None,
    ) -> str:
        """A token signed by the platform, or by another key; a header of None for a name takes it out."""
        wanted = {"typ": "JWT", "alg": "RS256", "kid": self.kid, **(header or {})}
        payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
        head = json.dumps({name: value for name, value in wanted.items() if value is not None}).encode()
        signed = f"{base64url(head)}.{base64url(payload)}"
        signature = (key or self.keys[self.kid]).sign(signed.encode(), PKCS1v15(), SHA256())
        return f"{signed}.{base64url(signature)}"

    def rotate(self, kid: str, *, publish: bool = True) -> None:
        """Sign with another of its keys from now on."""
        self.kid = kid
        if publish:
            self.published = [kid, *self.published]

    # What it serves

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        body = request.get_data()
        self.received.append(
            Received(
                request.method,
                request.path,
                request.query_string.decode(),
                {name.lower(): value for name, value in request.headers.items()},
                body,
            )
        )
        answer = self.answers.get(request.path) or self._answer
        try:
            response = answer(request)
        except _Stop as stop:
            response = stop.response
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        handlers: dict[str, Answer] = {
            "/jwks": lambda _: as_json(self.jwks()),
            "/token": self._token,
            "/.well-known/openid-configuration": lambda _: as_json(self.configuration()),
            "/register": self._register,
            "/ags/7/lineitem/scores": self._score,
            "/nrps/7/Members": self._members,
        }
        handler = handlers.get(request.path)
        return handler(request) if handler else Response("<html><h1>404</h1>", status=404, content_type="text/html")

    def jwks(self) -> dict[str, Any]:
        return {"keys": [jwk(self.keys[kid], kid) for kid in self.published]}

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.url}/auth",
            "token_endpoint": f"{self.url}/token",
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
            "jwks_uri": self.jwks_url,
            "registration_endpoint": f"{self.url}/register",
            "scopes_supported": ["openid", *SCOPES.values()],
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public", "pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "claims_supported": ["sub", "iss", "name", "given_name", "family_name", "email"],
            PLATFORM: {
                "product_family_code": "moodle",
                "version": "4.5.6 (Build: 20250811)",
                "messages_supported": [{"type": "LtiResourceLinkRequest"}, {"type": "LtiDeepLinkingRequest"}],
                "variables": [],
            },
        }

    def _register(self, request: Request) -> Response:
        """Registration as Moodle does it: a token of one use, its required fields, plain-text errors."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not token.startswith("registration-token"):
            stop(404, "<html><body>Erreur</body></html>", "text/html")
        if token not in self.registration_tokens:
            stop(401, "token_already_used", "text/plain")
        if request.mimetype != "application/json":
            stop(415, "media type", "text/plain")
        wanted = request.get_json()
        for name in (
            "response_types",
            "initiate_login_uri",
            "redirect_uris",
            "client_name",
            "jwks_uri",
            "token_endpoint_auth_method",
        ):
            if not wanted.get(name):
                stop(400, f"missing_{name}", "text/plain")
        tool = wanted.get(TOOL) or {}
        target = tool.get("target_link_uri", "")
        if tool.get("domain") != target.partition("://")[2].partition("/")[0]:
            stop(400, "domain_targetlinkuri_mismatch", "text/plain")
        self.registration_tokens.discard(token)
        self.registered.append(wanted)
        return as_json(
            wanted | {"client_id": "registered-client", TOOL: tool | {"deployment_id": "77"}, "scope": "openid"}
        )

    def _token(self, request: Request) -> Response:
        form = request.form
        if form.get("grant_type") != "client_credentials":
            return as_json({"error": "unsupported_grant_type"}, status=400)
        assertion = form["client_assertion"]
        kid = jwt.get_unverified_header(assertion).get("kid")
        found = [jwt.PyJWK(key) for key in self.tool_keys()["keys"] if key["kid"] == kid]
        if not found:
            return as_json({"error": "invalid_client", "error_description": "unknown kid"}, status=400)
        body = jwt.decode(assertion, found[0], algorithms=["RS256"], audience=f"{self.url}/token")
        if body["iss"] not in self.clients or body["sub"] != body["iss"] or not body.get("jti"):
            return as_json({"error": "invalid_client"}, status=400)
        scopes = set(form["scope"].split()) & set(SCOPES.values())
        token = f"token-{uuid4()}"
        self.tokens[token] = (body["iss"], scopes)
        return as_json(
            {
                "access_token": token,
                "token_type": "Bearer",
                "expires_in": self.token_lifetime,
                "scope": " ".join(sorted(scopes)),
            }
        )

    def _authorised(self, request: Request, scope: str) -> str:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        client, scopes = self.tokens.get(token, ("", set()))
        if SCOPES[scope] not in scopes:
            stop(401, "", "text/plain")
        return client

    def _score(self, request: Request) -> Response:
        """A score as Moodle's gradebook takes it."""
        self._authorised(request, "score")
        if request.method != "POST" or request.content_type != SCORE_TYPE:
            stop(415, "media type", "text/plain")
        if request.query_string != b"type_id=3":
            stop(404, "no such line item", "text/plain")
        score = request.get_json(force=True)
        self.gradebook.posted.append(score)
        if self.gradebook.locked:
            stop(500, "", "text/plain")
        if score["userId"] not in self.gradebook.learners:
            stop(400, "", "text/plain")
        known = self.gradebook.stands.get(score["userId"])
        moment = datetime.fromisoformat(score["timestamp"])
        if known and moment < datetime.fromisoformat(known["timestamp"]) + timedelta(seconds=1):
            stop(409, "", "text/plain")
        self.gradebook.stands[score["userId"]] = score
        return Response(status=200)

    def _members(self, request: Request) -> Response:
        """A page of the roster, its next page in a `Link` that keeps upper-case letters."""
        self._authorised(request, "roster")
        if request.args.get("Rlid") != "AbC":
            stop(404, "no such link", "text/plain")
        start = int(request.args.get("from", 0))
        page = self.members[start : start + self.page_size]
        response = as_json(
            {"id": self.roster_url, "context": {"id": "course-1"}, "members": page}, content_type=ROSTER_TYPE
        )
        if start + self.page_size < len(self.members):
            response.headers["Link"] = f'<{self.roster_url}&from={start + self.page_size}>; rel="next"'
        return response


def base64url(raw: bytes) -> str:
    """As JSON Web Signatures write it (RFC 7515 §2)."""
    return urlsafe_b64encode(raw).decode().rstrip("=")


def edited(claims: Claims, changes: Mapping[str, Any] | None) -> Claims:
    """Claims with others in place of some, and without those that are `ABSENT`."""
    changed = claims | {SHORT.get(name, name): value for name, value in (changes or {}).items()}
    return {name: value for name, value in changed.items() if value is not ABSENT}


def jwk(key: RSAPrivateKey, kid: str) -> dict[str, Any]:
    """A public key as a platform publishes it."""
    return json.loads(RSAAlgorithm.to_jwk(key.public_key())) | {"kid": kid, "alg": "RS256", "use": "sig"}


class _Stop(Exception):
    def __init__(self, response: Response) -> None:
        self.response = response


def stop(status: int, body: str, content_type: str) -> None:
    raise _Stop(Response(body, status=status, content_type=content_type))


def as_json(value: Any, *, status: int = 200, content_type: str = "application/json") -> Response:
    return Response(json.dumps(value), status=status, content_type=content_type)


# Misbehaving


def saying(body: str | bytes, *, status: int = 200, content_type: str = "application/json") -> Answer:
    """Always the same answer."""
    return lambda _request: Response(body, status=status, content_type=content_type)


def redirecting(url: str, *, status: int = 302) -> Answer:
    """Sends elsewhere."""
    return lambda _request: Response(status=status, headers={"Location": url})


def dripping(*, pause: float, pieces: int) -> Answer:
    """A body that comes a byte at a time."""

    def drip(_request: Request) -> Response:
        def pour() -> Iterator[bytes]:
            for _ in range(pieces):
                time.sleep(pause)
                yield b" "

        return Response(pour(), content_type="application/json")

    return drip


def late(seconds: float, answer: Answer) -> Answer:
    """The same, later."""

    def wait(request: Request) -> Response:
        time.sleep(seconds)
        return answer(request)

    return wait


# Serving


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None: ...


class _Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The tool hung up, as it should on what is too long or too slow."""


@contextmanager
def serving(application: Any) -> Iterator[str]:
    """A WSGI application on a port of loopback; gives its address."""
    with make_server("127.0.0.1", 0, application, _Threads, _Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def served(platform: FakePlatform) -> Iterator[FakePlatform]:
    """The platform on a port of loopback."""
    with serving(platform) as platform.url:
        yield platform


@contextmanager
def raw_server(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server of one connection that is not held to HTTP; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            try:
                connection, _ = listener.accept()
                with connection:
                    serve(connection)
            except OSError:
                return

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.close()
    thread.join(timeout=5)
