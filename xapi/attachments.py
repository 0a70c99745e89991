"""Statements with the contents of their attachments, as a request brings them (xAPI 1.0.3 Data §2.4.11)."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any

from xapi.errors import ContentInvalid, Rule, StatementInvalid
from xapi.incoming import Incoming
from xapi.multipart import Part, parse_multipart
from xapi.strict_json import parse_json

SIGNATURE = "http://adlnet.gov/expapi/attachments/signature"
_DIGESTS = {56: hashlib.sha224, 64: hashlib.sha256, 96: hashlib.sha384, 128: hashlib.sha512}


@dataclass(frozen=True, slots=True)
class Submission:
    """The JSON of a request, and the contents that came with it, by `sha2` in lower case."""

    value: Any
    contents: Mapping[str, bytes]


def read_submission(asked: Incoming) -> Submission:
    """What the body holds: JSON alone, or JSON first and then attachments.

    Each attachment's part must be binary and named by its true digest. Raises `ContentInvalid`.
    Spec: xAPI 1.0.3 Communication §1.5.
    """
    if asked.media_type == "application/json":
        return Submission(parse_json(asked.body), {})
    if asked.media_type != "multipart/mixed":
        raise ContentInvalid("Content-Type", Rule.CONTENT_TYPE)
    first, *others = parse_multipart(asked.header("Content-Type") or "", asked.body)
    if first.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise ContentInvalid("part[0].Content-Type", Rule.PART_JSON)
    contents = dict(_content(part, number) for number, part in enumerate(others, start=1))
    return Submission(parse_json(first.content, name="part[0]"), contents)


def _content(part: Part, number: int) -> tuple[str, bytes]:
    if part.headers.get("content-transfer-encoding", "").lower() != "binary":
        raise ContentInvalid(f"part[{number}].Content-Transfer-Encoding", Rule.PART_BINARY)
    name = part.headers.get("x-experience-api-hash", "").lower()
    digest = _DIGESTS.get(len(name))
    if digest is None or not name.isascii() or not compare_digest(digest(part.content).hexdigest(), name):
        raise ContentInvalid(f"part[{number}].X-Experience-API-Hash", Rule.PART_HASH)
    return name, part.content


def attachments_of(statement: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every attachment of a valid statement with its path, those of its SubStatement too."""
    for position, attachment in enumerate(statement.get("attachments", ())):
        yield f"attachments[{position}]", attachment
    target = statement["object"]
    if target.get("objectType") == "SubStatement":
        for position, attachment in enumerate(target.get("attachments", ())):
            yield f"object.attachments[{position}]", attachment


def check_contents(statements: Sequence[Mapping[str, Any]], contents: Mapping[str, bytes]) -> None:
    """Refuse attachments with neither content nor URL, and contents that are nobody's attachment.

    `statements` are valid. Raises `StatementInvalid` (in a batch with the position), `ContentInvalid`.
    Spec: xAPI 1.0.3 Communication §1.5.1, §1.5.2.
    """
    claimed = set()
    for number, statement in enumerate(statements):
        for path, attachment in attachments_of(statement):
            sha2 = attachment["sha2"].lower()
            claimed.add(sha2)
            if sha2 not in contents and "fileUrl" not in attachment:
                error = StatementInvalid(path, Rule.CONTENT_NEEDED, "Communication §1.5")
                raise error.within(f"[{number}]") if len(statements) > 1 else error
    for number, sha2 in enumerate(contents, start=1):
        if sha2 not in claimed:
            raise ContentInvalid(f"part[{number}].X-Experience-API-Hash", Rule.PART_HASH)
