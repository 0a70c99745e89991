"""Agents and groups, wherever they stand in a statement (xAPI 1.0.3 Data §2.4.2)."""

from typing import Any

from xapi import formats
from xapi.errors import Rule, StatementInvalid
from xapi.values import check_array, check_iri, check_object, check_string, check_text

IDENTIFIERS = frozenset({"mbox", "mbox_sha1sum", "openid", "account"})
_AGENT = IDENTIFIERS | {"objectType", "name"}
_GROUP = _AGENT | {"member"}


def check_actor(value: object, path: str) -> str:
    """An agent or a group, wherever one stands; its object type (Data §2.4.2)."""
    kind = value.get("objectType", "Agent") if isinstance(value, dict) else "Agent"
    if kind == "Group":
        _group(value, path)
        return "Group"
    if kind != "Agent":
        raise StatementInvalid(f"{path}.objectType", Rule.CHOICE, "Data §2.4.2")
    agent = check_object(value, path, "Data §2.4.2.1", _AGENT)
    if _identifier(agent, path) is None:
        raise StatementInvalid(path, Rule.ONE_IDENTIFIER, "Data §2.4.2.1")
    return "Agent"


def _group(value: object, path: str) -> None:
    group = check_object(value, path, "Data §2.4.2.2", _GROUP)
    if _identifier(group, path) is None and not group.get("member"):
        raise StatementInvalid(f"{path}.member", Rule.MEMBERS, "Data §2.4.2.2")
    if "member" in group:
        for position, member in enumerate(check_array(group["member"], f"{path}.member", "Data §2.4.2.2")):
            where = f"{path}.member[{position}]"
            if isinstance(member, dict) and member.get("objectType", "Agent") != "Agent":
                raise StatementInvalid(f"{where}.objectType", Rule.CHOICE, "Data §2.4.2.2")
            check_actor(member, where)


def _identifier(agent: dict[str, Any], path: str) -> str | None:
    """The one identifier's name, None where there is none; more than one is refused (Data §2.4.2.3)."""
    if "name" in agent:
        check_string(agent["name"], f"{path}.name", "Data §2.4.2.1")
    present = IDENTIFIERS & agent.keys()
    if not present:
        return None
    if len(present) > 1:
        raise StatementInvalid(path, Rule.ONE_IDENTIFIER, "Data §2.4.2.3")
    (kind,) = present
    value, path = agent[kind], f"{path}.{kind}"
    if kind == "account":
        _account(value, path)
    elif kind == "mbox":
        check_text(value, path, formats.is_mailto, Rule.MAILTO, "Data §2.4.2.3")
    elif kind == "openid":
        check_iri(value, path, "Data §2.4.2.3")
    else:
        check_text(value, path, formats.is_sha1, Rule.SHA1, "Data §2.4.2.3")
    return kind


_ACCOUNT = frozenset({"homePage", "name"})


def _account(value: object, path: str) -> None:
    account = check_object(value, path, "Data §2.4.2.4", _ACCOUNT)
    for name in ("homePage", "name"):
        if name not in account:
            raise StatementInvalid(f"{path}.{name}", Rule.REQUIRED, "Data §2.4.2.4")
    check_iri(account["homePage"], f"{path}.homePage", "Data §2.4.2.4")
    if not check_string(account["name"], f"{path}.name", "Data §2.4.2.4"):
        raise StatementInvalid(f"{path}.name", Rule.NOT_EMPTY, "Data §2.4.2.4")


def validate_agent(agent: object, path: str) -> None:
    """Refuse what is not an agent or an identified group, as a query asks by one (Communication §2.1.3)."""
    check_actor(agent, path)
    if isinstance(agent, dict) and not IDENTIFIERS & agent.keys():
        raise StatementInvalid(path, Rule.ONE_IDENTIFIER, "Communication §2.1.3")
