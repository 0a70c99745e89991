"""The platform's part of a launch: a key pair, its JWKS served on loopback, and signed answers to logins."""

import json
import multiprocessing
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

CLIENT_ID, DEPLOYMENT_ID, KID = "benchmark", "1", "benchmark-key"
CONTEXTS = 30
_CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the platform says that its parts are; only the JWKS is really fetched."""

    issuer: str
    key_delay: float
    """Seconds that the second of the two JWKS addresses takes to answer, as a platform that is not on loopback."""

    @property
    def authorization(self) -> str:
        return f"{self.issuer}/auth"

    @property
    def token(self) -> str:
        return f"{self.issuer}/token"

    @property
    def jwks(self) -> str:
        return f"{self.issuer}/jwks.json"

    @property
    def distant_jwks(self) -> str:
        return f"{self.issuer}/distant/jwks.json"


class Lms:
    """A platform with one key, whose JWKS a process of its own serves, so that serving it slows no browser."""

    def __init__(self, key_delay: float) -> None:
        self._key: RSAPrivateKey = generate_private_key(public_exponent=65537, key_size=2048)
        jwk = {**json.loads(RSAAlgorithm.to_jwk(self._key.public_key())), "kid": KID, "alg": "RS256", "use": "sig"}
        jwk.pop("key_ops", None)
        self.key_set = {"keys": [jwk]}
        context = multiprocessing.get_context("fork")
        ours, theirs = context.Pipe()
        body = json.dumps(self.key_set).encode()
        self._server = context.Process(target=_serve, args=(body, key_delay, theirs), daemon=True)
        self._server.start()
        self.endpoints = Endpoints(f"http://127.0.0.1:{ours.recv()}", key_delay)

    def close(self) -> None:
        self._server.terminate()
        self._server.join()

    def login_request(self, person: int, target: str) -> dict[str, str]:
        """The fields of a third-party initiated login for one of the people."""
        return {
            "iss": self.endpoints.issuer,
            "client_id": CLIENT_ID,
            "lti_deployment_id": DEPLOYMENT_ID,
            "target_link_uri": target,
            "login_hint": str(person),
            "lti_message_hint": f"{person % CONTEXTS}",
        }

    def answer(self, location: str, target: str) -> tuple[str, dict[str, str]]:
        """Answer an authentication request: where the browser posts its form, and the form."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        claims = _claims(self.endpoints.issuer, int(query["login_hint"]), target, query["nonce"])
        token = jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": KID})
        return query["redirect_uri"], {"state": query["state"], "id_token": token}


def _claims(issuer: str, person: int, target: str, nonce: str) -> dict[str, Any]:
    """A resource-link launch as Moodle sends one, with grades and roster."""
    context = person % CONTEXTS
    now = int(time.time())
    role = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
    return {
        "iss": issuer,
        "aud": CLIENT_ID,
        "sub": f"person-{person}",
        "nonce": nonce,
        "iat": now,
        "exp": now + 60,
        "name": f"Camille Martin {person}",
        "given_name": "Camille",
        "family_name": f"Martin {person}",
        "email": f"camille.martin.{person}@example.org",
        f"{_CLAIM}version": "1.3.0",
        f"{_CLAIM}message_type": "LtiResourceLinkRequest",
        f"{_CLAIM}deployment_id": DEPLOYMENT_ID,
        f"{_CLAIM}target_link_uri": target,
        f"{_CLAIM}roles": ["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Guest", role],
        f"{_CLAIM}context": {
            "id": f"course-{context}",
            "label": f"6e {context}",
            "title": f"Parents de 6e {context}",
            "type": ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseSection"],
        },
        f"{_CLAIM}resource_link": {"id": f"link-{context}", "title": "Mon ENT", "description": ""},
        f"{_CLAIM}tool_platform": {
            "product_family_code": "moodle",
            "version": "2024100700",
            "guid": "benchmark",
            "name": "Benchmark",
        },
        f"{_CLAIM}launch_presentation": {
            "locale": "fr",
            "document_target": "iframe",
            "return_url": f"{issuer}/course/view.php?id={context}",
        },
        f"{_CLAIM}lis": {"person_sourcedid": f"p{person}", "course_section_sourcedid": f"c{context}"},
        "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {
            "scope": [
                "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
                "https://purl.imsglobal.org/spec/lti-ags/scope/score",
            ],
            "lineitems": f"{issuer}/{context}/lineitems",
            "lineitem": f"{issuer}/{context}/lineitems/1/lineitem",
        },
        "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": {
            "context_memberships_url": f"{issuer}/{context}/memberships",
            "service_versions": ["1.0", "2.0"],
        },
    }


def _serve(body: bytes, key_delay: float, ready: Any) -> None:
    class Jwks(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/distant/"):
                time.sleep(key_delay)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Jwks)
    ready.send(server.server_port)
    server.serve_forever()
