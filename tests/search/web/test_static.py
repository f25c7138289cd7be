"""The stylesheet and the script, and the promises the stylesheet makes to eyes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from workers.search.web.static import FOLDER, asset_href, assets

if TYPE_CHECKING:
    from tests.search.web.conftest import Visitor

STYLE = (FOLDER / "desk.css").read_text(encoding="utf-8")


def test_a_file_asked_by_its_version_is_kept_for_a_year(visitor: Visitor) -> None:
    answer = visitor.get(asset_href("desk.css"))

    assert answer.headers["content-type"].startswith("text/css")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_a_file_asked_without_its_version_is_asked_again(visitor: Visitor) -> None:
    answer = visitor.get("/static/desk.js")

    assert answer.headers["cache-control"] == "no-cache"
    assert visitor.get("/static/desk.js", if_none_match=answer.headers["etag"]).status_code == 304


@pytest.mark.parametrize("name", ["nope.css", "..%2Fapp.py", "%2e%2e/app.py"])
def test_only_our_files_are_served(visitor: Visitor, name: str) -> None:
    assert visitor.get(f"/static/{name}").status_code == 404


def test_no_file_asks_anybody_else_for_anything() -> None:
    for name, asset in assets().items():
        addresses = re.findall(rb"(?:https?:)?//[a-z][a-z0-9.-]*\.[a-z]+", asset.body)
        assert set(addresses) <= {b"http://www.w3.org"}, name
        assert b"@import" not in asset.body, name


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "paper", "least"),
    [
        ("ink", "paper", 7.0),
        ("soft", "paper", 4.5),
        ("accent", "paper", 4.5),
        ("ink", "raised", 7.0),
        ("soft", "raised", 4.5),
        ("accent", "raised", 4.5),
        ("edge", "paper", 3.0),
    ],
)
def test_colours_stand_apart_enough(scheme: str, ink: str, paper: str, least: float) -> None:
    colours = tokens(scheme)

    assert contrast(colours[ink], colours[paper]) >= least


def test_contrast_is_computed_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_type_keeps_to_its_scale() -> None:
    screen = STYLE.partition("@media print")[0]
    sizes = set(re.findall(r"font-size: (\d+)px", screen)) | set(re.findall(r"font: [^;]*?(\d+)px/", screen))

    assert sizes == {"12", "14", "16", "20", "28"}


def tokens(scheme: str) -> dict[str, str]:
    """The colours of a scheme, as the stylesheet defines them."""
    light, dark = STYLE.split("@media (prefers-color-scheme: dark)")
    block = light if scheme == "light" else dark.partition("}\n}")[0]
    return dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", block))


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
