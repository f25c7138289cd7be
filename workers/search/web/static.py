"""The stylesheet, the script and the sign: read once at start, kept by browsers until they change."""

import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response

FOLDER = Path(__file__).parent / "static"
YEAR = 31_536_000

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file as served."""

    body: bytes
    media_type: str
    digest: str
    """Names the content: it stands in the address, so an address never changes its content."""


@cache
def assets() -> dict[str, Asset]:
    """Every served file by its name."""
    return {file.name: _asset(file) for file in sorted(FOLDER.iterdir()) if file.is_file()}


def asset_href(name: str) -> str:
    """The address of a file, in this very version of it."""
    return f"/static/{name}?v={assets()[name].digest}"


@router.get("/static/{name}")
def static(name: str, request: Request, v: str = "") -> Response:
    """Serve one file: for a year when asked by its version, else to be asked again each time."""
    asset = assets().get(name)
    if asset is None:
        raise HTTPException(404, f"there is no file {name!r}")
    keep = f"public, max-age={YEAR}, immutable" if v == asset.digest else "no-cache"
    headers = {"Cache-Control": keep, "ETag": f'"{asset.digest}"'}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(asset.body, media_type=asset.media_type, headers=headers)


def _asset(file: Path) -> Asset:
    body = file.read_bytes()
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return Asset(body=body, media_type=media_type, digest=hashlib.sha256(body).hexdigest()[:12])
