"""The doctor: every check in turn, from the tool's own address to each platform's token.

It works on a tool that does not start, too: each check stands alone, and one that can't be made says so.
"""

import platform as machine
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from lti_tool import __version__
from lti_tool.administration import checks_here, checks_platforms
from lti_tool.administration.checks_platforms import Patient
from lti_tool.administration.findings import Finding
from lti_tool.clock import Clock
from lti_tool.content.library import shipped_parcours_folder
from lti_tool.database import Database
from lti_tool.lti.keys import KeyRing
from lti_tool.lti.transport import Transport
from lti_tool.settings import Settings

AT_ONCE = 8
"""Platforms examined side by side: one that does not answer must not hold the others up."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What is examined."""

    settings: Settings
    database: Database
    clock: Clock

    @property
    def keys(self) -> KeyRing:
        """The key pairs as they are on the disk now."""
        return KeyRing(self.settings.keys_dir)

    @property
    def package_folders(self) -> list[Path]:
        """Where content is read from."""
        own = self.settings.packages_dir
        return [shipped_parcours_folder(), *([own] if own else [])]


def examine(installation: Installation, *, platform_id: int | None = None) -> list[Finding]:
    """Every finding: about the tool, then about one platform, or about all of them (None).

    Calls go to the tool's own address and to the platforms'; nothing is changed anywhere.
    """
    here = list(_database(installation))
    readable = all(finding.ok for finding in here[:2])
    patients = _patients(installation, platform_id) if readable else []
    known = [patient.issuer for patient in patients] if readable else None
    found = [*_address(installation, known), *here, *_rest(installation)]
    transport = Transport(allow_private=installation.settings.allow_private_addresses)
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        for findings in pool.map(lambda patient: list(_platform(installation, patient, transport)), patients):
            found += findings
    return found


def _address(installation: Installation, issuers: Sequence[str] | None) -> Iterator[Finding]:
    settings = installation.settings
    # Our own address is the operator's word, wherever it leads: it may well be a private one from in here.
    transport = Transport(allow_private=True)
    if issuers is not None:
        yield checks_here.check_address(settings, issuers)
    public = checks_here.check_public_url(settings, transport)
    yield public
    if public.ok:
        yield from _guarded("own-keys", lambda: [checks_here.check_own_keys(settings, installation.keys, transport)])


def _database(installation: Installation) -> Iterator[Finding]:
    yield from _guarded("database", lambda: checks_here.check_database(installation.database))


def _rest(installation: Installation) -> Iterator[Finding]:
    settings, database = installation.settings, installation.database
    yield from _guarded("key-files", lambda: checks_here.check_key_files(settings.keys_dir))
    yield from _guarded("actor-secret", lambda: [checks_here.check_actor_secret(database, settings.keys_dir)])
    yield from _guarded("queue", lambda: checks_here.check_queue(database, installation.clock()))
    yield checks_here.check_packages(installation.package_folders)
    yield checks_here.check_names()


def _patients(installation: Installation, platform_id: int | None) -> list[Patient]:
    with installation.database.read() as session:
        return checks_platforms.patients(session, platform_id)


def _platform(installation: Installation, patient: Patient, transport: Transport) -> Iterator[Finding]:
    settings = installation.settings
    yield checks_platforms.check_issuer(patient, transport)
    yield from checks_platforms.check_platform_keys(patient, transport, installation.clock)
    if not patient.clients:
        return
    keys = installation.keys
    yield from _guarded("token", lambda: checks_platforms.check_tokens(patient, keys, transport), patient.issuer)
    yield checks_platforms.check_frames(patient, settings, Transport(allow_private=True))


def _guarded(check: str, make: Callable[[], list[Finding]], subject: str = "") -> list[Finding]:
    """A check's findings; where it can't be made (no tables, unreadable files), a red line that says so."""
    try:
        return make()
    except (SQLAlchemyError, OSError, ValueError) as error:
        return [Finding(check, "not-checked", subject, type(error).__name__)]


def about(settings: Settings, database: Database) -> list[str]:
    """What a report begins with: versions and kinds, no secret."""
    return [
        f"Passerelle {__version__}",
        f"Python {machine.python_version()}, {machine.system()}",
        f"{settings.base_url}",
        f"{database.url.get_backend_name()}",
    ]
