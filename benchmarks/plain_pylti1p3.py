"""The peer of the launch benchmark: PyLTI1p3 in Flask as its documentation says, public keys cached, no database.

Nonces, states and launch data stay in this process's memory: the least that a tool can do, so the fastest peer.
`PEER_CONFIG` names the JSON file that describes the platform.
"""

import json
import os
import threading
import time
from pathlib import Path
from typing import Any

from flask import Flask, render_template_string, request
from pylti1p3.contrib.flask import FlaskCacheDataStorage, FlaskMessageLaunch, FlaskOIDCLogin, FlaskRequest
from pylti1p3.tool_config import ToolConfDict
from werkzeug.wrappers import Response

PAGE = """<!doctype html><html lang="fr"><meta charset="utf-8"><title>{{ title }}</title>
<h1>{{ title }}</h1><p>Bonjour {{ name }}.</p><form method="post"><button data-launch="{{ launch }}">Commencer</button>
</form></html>"""


class MemoryCache:
    """The two methods that the library asks of a cache."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[Any, float]] = {}
        self._lock = threading.Lock()

    def get(self, key: str) -> Any:
        value, until = self._values.get(key, (None, 0.0))
        return value if until > time.monotonic() else None

    def set(self, key: str, value: Any, seconds: float | None = None) -> None:
        with self._lock:
            self._values[key] = (value, time.monotonic() + (seconds or 86400))


app = Flask(__name__)
app.secret_key = "benchmark"
config = ToolConfDict(json.loads(Path(os.environ["PEER_CONFIG"]).read_text()))
storage_cache = MemoryCache()


@app.route("/login/", methods=["GET", "POST"])
def login() -> Response:
    storage = FlaskCacheDataStorage(storage_cache)
    start = FlaskOIDCLogin(FlaskRequest(), config, launch_data_storage=storage)
    return start.enable_check_cookies().redirect(request.values["target_link_uri"])


@app.post("/launch/")
def launch() -> str:
    storage = FlaskCacheDataStorage(storage_cache)
    message = FlaskMessageLaunch(FlaskRequest(), config, launch_data_storage=storage)
    message.set_public_key_caching(storage, cache_lifetime=7200)
    claims = message.get_launch_data()
    title = claims["https://purl.imsglobal.org/spec/lti/claim/resource_link"]["title"]
    return render_template_string(PAGE, title=title, name=claims["name"], launch=message.get_launch_id())
