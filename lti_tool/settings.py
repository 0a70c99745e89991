"""What the operator decides, read once from `PASSERELLE_*` and frozen."""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Language = Literal["fr", "en", "ar"]
LANGUAGES: tuple[Language, ...] = ("fr", "en", "ar")


class SettingsInvalid(Exception):
    """The settings can't be used; `faults` names every one of them, a line each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only mean this machine (RFC 6761 §6.3 for `localhost`)."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class Settings(BaseSettings):
    """Every setting, with its default. Each is an environment variable `PASSERELLE_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="PASSERELLE_", frozen=True, extra="ignore")

    base_url: str = Field("http://127.0.0.1:8000", description="The tool's public root URL, without a trailing slash.")
    database_url: str = Field(
        "sqlite:///var/passerelle.sqlite3", description="SQLAlchemy URL: sqlite:///… or postgresql+psycopg://…"
    )
    keys_dir: Path = Field(Path("keys"), description="Folder of the key pairs and secrets, made at first start.")
    packages_dir: Path | None = Field(None, description="Folder of the operator's own content packages.")
    allow_private_addresses: bool = Field(False, description="Let outgoing calls reach private and loopback addresses.")
    demo: bool = Field(False, description="Serve the demonstration ENT under /demo (loopback only).")
    demo_url: str | None = Field(
        None, description="The demonstration ENT's own root URL, when it is on another host; default BASE_URL/demo."
    )
    language: Language = Field("fr", description="The language shown when neither launch, browser nor person says one.")
    controller: str = Field(
        "", description="Who is responsible for the data, as the parent's notice says it; default: the school's head."
    )
    contact: str = Field("", description="Where a parent writes about their data, as the notice says it.")
    retention_months: Annotated[int, Field(ge=1, le=36)] = Field(
        3, description="Months without a visit after which a person's data are erased."
    )
    xapi_base_iri: str = Field(
        "https://passerelle.example/xapi",
        description="Base IRI of the project's own activity ids, categories and extensions.",
    )
    trusted_proxies: Annotated[int, Field(ge=0, le=5)] = Field(
        0, description="How many reverse proxies in front set X-Forwarded-For."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least severity that is logged."
    )

    @field_validator("base_url", "demo_url", "xapi_base_iri")
    @classmethod
    def _absolute_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        value = value.rstrip("/")
        parts = urlsplit(value)
        _ = parts.port  # raises ValueError for what is none
        if (
            parts.scheme not in {"http", "https"}
            or not parts.hostname
            or parts.query
            or parts.fragment
            or parts.username
        ):
            raise ValueError("must be an absolute http(s) URL without query, fragment or user")
        return value

    @field_validator("base_url")
    @classmethod
    def _base_url_at_root(cls, value: str) -> str:
        if urlsplit(value).path:
            raise ValueError("must have no path: __Host- cookies need the root of a host of its own")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_engine(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError("must begin with sqlite:/// or postgresql+psycopg://")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        host = urlsplit(self.base_url).hostname or ""
        faults = []
        if not self.secure and not is_loopback(host):
            faults.append("PASSERELLE_BASE_URL: http:// is for loopback only; put the tool behind https://")
        if self.demo and not is_loopback(host):
            faults.append("PASSERELLE_DEMO: the demonstration ENT lets anyone be anyone; it runs on loopback only")
        if self.demo and self.demo_url and not is_loopback(urlsplit(self.demo_url).hostname or ""):
            faults.append("PASSERELLE_DEMO_URL: the demonstration ENT runs on loopback only")
        if faults:
            raise ValueError("\n".join(faults))
        return self

    @property
    def secure(self) -> bool:
        """Whether the tool is reached by https, hence whether cookies are `__Host-` and Partitioned."""
        return self.base_url.startswith("https://")

    @property
    def host(self) -> str:
        """`host[:port]` of the base URL, the `domain` of an LTI tool configuration."""
        return urlsplit(self.base_url).netloc

    @property
    def demo_root(self) -> str:
        """Root URL, and issuer, of the demonstration ENT."""
        return self.demo_url or f"{self.base_url}/demo"


def load_settings(**overrides: object) -> Settings:
    """Read the settings from the environment; `overrides` win (tests, command-line options).

    Raises `SettingsInvalid` naming every fault at once.
    """
    faults: list[str] = []
    first: ValidationError | None = None
    for _ in range(2):
        try:
            settings = Settings(**overrides)  # type: ignore[arg-type]
        except ValidationError as error:
            first = first or error
            faults += _told(error)
            # What does not depend on the faulty ones is only looked at once they are sound: try with their defaults.
            wrong = {str(item["loc"][0]) for item in error.errors() if item["loc"]}
            overrides |= {name: Settings.model_fields[name].default for name in wrong}
            if wrong:
                continue
        break
    if first is not None:
        raise SettingsInvalid(faults) from first
    return settings


def _told(error: ValidationError) -> list[str]:
    faults = []
    for item in error.errors():
        name = "_".join(str(part) for part in item["loc"]).upper()
        message = str(item["msg"]).removeprefix("Value error, ")
        faults += [f"PASSERELLE_{name}: {message}"] if name else message.splitlines()
    return faults
