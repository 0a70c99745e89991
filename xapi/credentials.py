"""Who may ask the store, and for what."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from xapi.statements import account_actor
from xapi.store import Scope


class AccessScope(StrEnum):
    """What a credential allows. Spec: xAPI 1.0.3 Communication §4.2 (OAuth scopes)."""

    STATEMENTS_WRITE = "statements/write"
    STATEMENTS_READ_MINE = "statements/read/mine"
    STATEMENTS_READ = "statements/read"
    STATE = "state"
    DEFINE = "define"
    PROFILE = "profile"
    ALL_READ = "all/read"
    ALL = "all"


_READ_ALL = frozenset({AccessScope.STATEMENTS_READ, AccessScope.ALL_READ, AccessScope.ALL})


@dataclass(frozen=True, slots=True)
class Credential:
    """A key with its rights. `restrict` bounds every answer that it gets, whatever it asks."""

    key: str
    name: str
    scopes: frozenset[AccessScope]
    restrict: Scope
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None

    @property
    def reads_statements(self) -> bool:
        """Whether it may read statements, be it only those that it wrote."""
        return bool(self.scopes & (_READ_ALL | {AccessScope.STATEMENTS_READ_MINE}))

    @property
    def reads_only_its_own(self) -> bool:
        """Whether the statements that it may read are those that it wrote."""
        return self.reads_statements and not self.scopes & _READ_ALL

    @property
    def writes_statements(self) -> bool:
        """Whether it may write statements."""
        return bool(self.scopes & {AccessScope.STATEMENTS_WRITE, AccessScope.ALL})

    def reads_documents(self, kind: AccessScope) -> bool:
        """Whether it may read documents of a kind: `STATE` or `PROFILE`."""
        return bool(self.scopes & {kind, AccessScope.ALL_READ, AccessScope.ALL})

    def writes_documents(self, kind: AccessScope) -> bool:
        """Whether it may write documents of a kind: `STATE` or `PROFILE`."""
        return bool(self.scopes & {kind, AccessScope.ALL})

    def authority(self, home_page: str) -> Mapping[str, Any]:
        """The agent that vouches for what this credential writes (Data §2.4.9)."""
        return account_actor(home_page, self.key)
