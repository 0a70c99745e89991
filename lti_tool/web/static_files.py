"""Static files under a URL that holds their content's hash, so that browsers may keep them for ever."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, request, url_for

KEY = "passerelle.static"
_COMPRESSIBLE = {"text/css", "text/javascript", "application/javascript", "image/svg+xml"}
_FOR_EVER = "public, max-age=31536000, immutable"
_A_DAY = "public, max-age=86400"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file read once: its bytes, as they are and gzipped where that helps."""

    digest: str
    media_type: str
    content: bytes
    compressed: bytes | None


class StaticFiles:
    """Every static file of the tool, in memory; read at start, never written."""

    def __init__(self) -> None:
        self._files: dict[str, StaticFile] = {}

    def add_folder(self, folder: Path, *, prefix: str = "") -> None:
        """Read a folder's files; they are named `<prefix><path in the folder>`."""
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if path.is_file() and not path.name.startswith("."):
                self._files[prefix + path.relative_to(folder).as_posix()] = _read(path)

    def get(self, name: str) -> StaticFile | None:
        """The file of that name, if there is one."""
        return self._files.get(name)

    def url(self, name: str) -> str:
        """The path of a file; a name that does not exist is a defect (`KeyError`)."""
        return f"/static/{self._files[name].digest}/{name}"


def _read(path: Path) -> StaticFile:
    content = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    small = gzip.compress(content, 9, mtime=0) if media_type in _COMPRESSIBLE else None
    if small is not None and len(small) >= len(content):
        small = None
    return StaticFile(hashlib.sha256(content).hexdigest()[:12], media_type, content, small)


def static_files(app: Flask | None = None) -> StaticFiles:
    """The application's static files, made at the first call."""
    files = (app or current_app).extensions.setdefault(KEY, StaticFiles())
    assert isinstance(files, StaticFiles)
    return files


def static_url(name: str) -> str:
    """The path of a static file, for templates: `static_url('passerelle.css')`."""
    return static_files().url(name)


def serve(file: StaticFile, *, cache: str) -> Response:
    """Answer with a file, gzipped for those who accept it."""
    body = file.content
    response = Response(mimetype=file.media_type, headers={"Cache-Control": cache})
    if file.compressed is not None:
        response.headers["Vary"] = "Accept-Encoding"
        if request.accept_encodings["gzip"] > 0:
            body = file.compressed
            response.headers["Content-Encoding"] = "gzip"
    response.set_data(body)
    return response


def init_static_files(app: Flask, blueprint: Blueprint) -> None:
    """Read the shared files and add the routes: hashed, and the logo under a name that never changes."""
    files = static_files(app)
    files.add_folder(Path(__file__).parent / "static")
    app.jinja_env.globals["static_url"] = static_url

    @blueprint.get("/static/<digest>/<path:name>")
    def static_file(digest: str, name: str) -> Response:
        file = files.get(name)
        if file is None:
            abort(404)
        # A page of before an upgrade asks for the old hash: give it today's file, but not for ever.
        return serve(file, cache=_FOR_EVER if digest == file.digest else "no-cache")

    @blueprint.get("/logo.png")
    @blueprint.get("/favicon.ico")
    def logo() -> Response:
        file = files.get("logo.png")
        if file is None:
            abort(404)
        return serve(file, cache=_A_DAY)


def logo_path() -> str:
    """The logo's lasting path, for platforms (`logo_uri`, `icon_url`)."""
    return url_for("web.logo")
