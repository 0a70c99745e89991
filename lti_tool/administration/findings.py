"""What the doctor finds: one line a check, each right or wrong, each wrong one with its remedy by code. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_TOKENS = re.compile(r"eyJ[\w-]+\.[\w-]*(?:\.[\w-]*)?")
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+(?=@)")
DETAIL_LIMIT = 400


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination.

    `check` says what was looked at and `fault`, empty where all is well, what is wrong with it: both are codes,
    whose texts `wording` holds. `subject` is the platform that it is about, empty for the tool itself; `values`
    fill the texts in; `detail` is what was seen, as it came.
    """

    check: str
    fault: str = ""
    subject: str = ""
    detail: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the line is green."""
        return not self.fault


def without_secrets(text: str) -> str:
    """A detail that may be shown and copied: no token, no password in an address, one line, not too long."""
    hidden = _CREDENTIALS.sub("…", _TOKENS.sub("…", text))
    return " ".join(hidden.split())[:DETAIL_LIMIT]


def all_well(findings: Sequence[Finding]) -> bool:
    """Whether no line is red."""
    return all(finding.ok for finding in findings)
