"""Everything the package refuses, with its HTTP status, a stable code and the one wording of each.

    XapiError
    ├── BadRequest              400
    │   ├── StatementInvalid    a statement breaks a rule: which one, where, by which clause
    │   ├── ParameterInvalid    a query parameter can't be understood, or can't stand beside another
    │   ├── ContentInvalid      the body is not what its Content-Type says: not JSON, a broken multipart
    │   ├── SignatureInvalid    a signed statement whose signature does not sign it
    │   ├── PreconditionUnsaid  a profile written without If-Match or If-None-Match
    │   ├── VersionMissing      no X-Experience-API-Version header
    │   └── VersionUnsupported  a version that is not spoken here
    ├── Unauthenticated         401
    ├── OutOfScope              403
    ├── StatementNotFound       404
    ├── DocumentNotFound        404
    ├── ResourceNotFound        404
    ├── MethodRefused           405
    ├── StatementConflict       409
    ├── PreconditionMissing     409
    ├── PreconditionFailed      412
    ├── TooLarge                413
    └── TooManyFailures         429

Readers of an LRS are programs and those who write them, so messages are English; screens for people
look at the code.
"""

from enum import StrEnum
from uuid import UUID


class Rule(StrEnum):
    """What a value of a statement or of a query must be; the value is the wording."""

    OBJECT = "must be an object"
    ARRAY = "must be an array"
    STRING = "must be a string"
    NOT_EMPTY = "must not be empty"
    NUMBER = "must be a finite number"
    INTEGER = "must be a whole number, zero or more"
    BOOLEAN = "must be true or false"
    REQUIRED = "is required"
    UNKNOWN = "is not a property known here"
    NOT_HERE = "may not be used here"
    UUID = "must be a UUID in its standard form"
    IRI = "must be an absolute IRI"
    MAILTO = "must be mailto: followed by an e-mail address"
    SHA1 = "must be 40 hexadecimal digits"
    SHA2 = "must be a SHA-2 digest in hexadecimal digits"
    LANGUAGE = "must be a language tag of RFC 5646"
    TIMESTAMP = "must be an RFC 3339 timestamp"
    DURATION = "must be an ISO 8601 duration"
    MEDIA_TYPE = "must be an Internet media type"
    VERSION = "must be 1.0.x (or 2.0.x where xAPI 2.0 is spoken)"
    CHOICE = "must be one of the values of the specification, in its letter case"
    ONE_IDENTIFIER = "must have exactly one of mbox, mbox_sha1sum, openid, account"
    MEMBERS = "must list its members, having no identifier of its own"
    OAUTH_PAIR = "must be an anonymous group of exactly two agents, one of them an account"
    RANGE = "is out of range"
    DISTINCT = "must differ from each other"
    TYPE_NEEDED = "needs interactionType beside it"
    ACTIVITY_ONLY = "may be used only when the object is an activity"
    VOIDING = "must be a StatementRef, since the verb voids"
    VOIDS_VOIDING = "must not target a voiding statement"
    EXCLUSIVE = "can't stand beside the other parameters given"
    REPEATED = "must be given once"
    NOT_A_CURSOR = "is not a cursor of this store"
    JSON = "must be JSON"
    JSON_OBJECT = "must be a JSON object, since documents are merged by their properties"
    UNICODE = "must hold no half of a surrogate pair"
    TOO_LONG = "is too long"
    TOO_DEEP = "is nested too deep"
    SAME_ID = "must be the id that statementId names, or be left out"
    CONTENT_TYPE = "must be application/json or multipart/mixed"
    FORM = "must be application/x-www-form-urlencoded"
    BOUNDARY = "must name the boundary"
    WHOLE = "must be as long as Content-Length says"
    PARTS = "must be parts between its boundary, the last one closed"
    PART_JSON = "must be application/json"
    PART_BINARY = "must be binary"
    PART_HASH = "must be the SHA-2 digest of the part, and the sha2 of an attachment of a statement"
    CONTENT_NEEDED = "must have a fileUrl, or its content as a part of a multipart/mixed request"


class XapiError(Exception):
    """Root of the tree; raised as such it is a defect."""

    status = 500
    code = "internal"
    message = "The store failed."
    property: str | None = None


class BadRequest(XapiError):
    """The request can't be accepted as it stands."""

    status, code, message = 400, "bad-request", "The request can't be understood."


class StatementInvalid(BadRequest):
    """A statement breaks a rule. `path` is like `context.instructor.mbox`; `clause` names the specification's."""

    code = "statement-invalid"

    def __init__(self, path: str, rule: Rule, clause: str) -> None:
        super().__init__(path, rule, clause)
        self.path, self.rule, self.clause = path, rule, clause
        self.property = path
        self.message = f"{path or 'statement'} {rule} ({clause})."

    def within(self, prefix: str) -> "StatementInvalid":
        """The same fault seen from further out, for a statement of a batch: `[3].actor.mbox`."""
        joined = prefix if not self.path else f"{prefix}{'' if self.path.startswith('[') else '.'}{self.path}"
        return StatementInvalid(joined, self.rule, self.clause)


class ParameterInvalid(BadRequest):
    """A query parameter can't be understood, is unknown, or can't stand beside another."""

    code = "parameter-invalid"

    def __init__(self, parameter: str, rule: Rule) -> None:
        super().__init__(parameter, rule)
        self.parameter, self.rule = parameter, rule
        self.property = parameter
        self.message = f"{parameter} {rule}."


class ContentInvalid(BadRequest):
    """The body can't be read: `where` says which part of it, or which header about it."""

    code = "content-invalid"

    def __init__(self, where: str, rule: Rule) -> None:
        super().__init__(where, rule)
        self.rule = rule
        self.property = where
        self.message = f"{where} {rule}."


class SignatureInvalid(BadRequest):
    """A signature does not sign its statement. Spec: xAPI 1.0.3 Data §2.6."""

    code, message = "signature-invalid", "The signature is not a good JSON Web Signature of its statement."

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.property = path


class VersionMissing(BadRequest):
    """The request names no version. Spec: xAPI 1.0.3 Communication §3.3."""

    code, message = "version-missing", "The header X-Experience-API-Version is required."
    property = "X-Experience-API-Version"


class VersionUnsupported(BadRequest):
    """The request names a version that is not spoken here. Spec: xAPI 1.0.3 Communication §3.3."""

    code, message = "version-unsupported", "The versions spoken here are 1.0.x and 2.0.x."
    property = "X-Experience-API-Version"


class Unauthenticated(XapiError):
    """No credential, or not a good one."""

    status, code, message = 401, "unauthenticated", "A Basic credential of this store is required."


class OutOfScope(XapiError):
    """The credential is good but does not allow this."""

    status, code, message = 403, "out-of-scope", "The credential does not allow this."


class StatementNotFound(XapiError):
    """No such statement, or not for this reader."""

    status, code, message = 404, "statement-not-found", "No statement has this id."


class DocumentNotFound(XapiError):
    """No such document, or not for this reader."""

    status, code, message = 404, "document-not-found", "No document has this id here."


class ResourceNotFound(XapiError):
    """No such resource of the API."""

    status, code, message = 404, "resource-not-found", "There is no such resource here."


class MethodRefused(XapiError):
    """The resource exists but does not take this method."""

    status, code, message = 405, "method-refused", "This resource does not take this method."

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__(allowed)
        self.allowed = allowed


class StatementConflict(XapiError):
    """Another statement already has this id. Spec: xAPI 1.0.3 Communication §2.1.1."""

    status, code, message = 409, "statement-conflict", "Another statement already has this id."

    def __init__(self, statement_id: UUID) -> None:
        super().__init__(statement_id)
        self.statement_id = statement_id
        self.property = str(statement_id)


class PreconditionMissing(XapiError):
    """A document would be overwritten by who does not say which one it read. Spec: Communication §3.1."""

    status, code = 409, "precondition-missing"
    message = "A document is already here: read it, then send its ETag as If-Match, or If-None-Match: *."


class PreconditionUnsaid(BadRequest):
    """A profile would be written by who does not say what should stand there. Spec: Communication §3.1."""

    code, message = (
        "precondition-unsaid",
        "Send If-None-Match: * to make a document, If-Match with its ETag to change it.",
    )


class PreconditionFailed(XapiError):
    """The document is not the one that If-Match or If-None-Match speaks of. Spec: Communication §3.1."""

    status, code, message = 412, "precondition-failed", "The document is not the one that the request expects."


class TooLarge(XapiError):
    """The body is larger than is read here."""

    status, code, message = 413, "too-large", "The body is too large; send fewer statements at a time."


class TooManyFailures(XapiError):
    """Too many bad credentials from one address in a short time."""

    status, code, message = 429, "too-many-failures", "Too many failed authentications; wait a minute."

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after
