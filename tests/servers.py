"""Starts a real Elasticsearch node for the tests, built from its published parts (tests/elasticsearch)."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

RECIPE = Path(__file__).parent / "elasticsearch"
PATIENCE = 240
"""Seconds a start may take on a machine that is busy with other things."""

DESCRIPTOR = """\
name={name}
description={name}
version={version}
elasticsearch.version={version}
java.version=21
classname={entry}
"""
NETWORK = ("netty-*.jar", "transport-netty4-*.jar", "elasticsearch-ssl-config-*.jar")
"""Jars of the HTTP transport: a module of its own, with its own class loader."""


class NoRecipe(Exception):
    """This machine cannot build the server; the message says what is missing."""


def elasticsearch_for_tests() -> Iterator[str]:
    """The address of a real Elasticsearch: the one named by the environment, or one started here.

    Skips with the reason where there is none; fails instead when NEWSDESK_REQUIRE asks for it.
    """
    if url := os.environ.get("NEWSDESK_TEST_ELASTICSEARCH_URL"):
        yield url.rstrip("/")
        return
    try:
        java, home = build()
    except NoRecipe as missing:
        if "elasticsearch" in os.environ.get("NEWSDESK_REQUIRE", ""):
            pytest.fail(f"NEWSDESK_REQUIRE asks for Elasticsearch: {missing}")
        pytest.skip(f"no Elasticsearch: {missing}")
    with running(java, home) as url:
        yield url


def build() -> tuple[Path, Path]:
    """The Java to run with and the server's home, built at most once per version of the recipe."""
    java, maven = find_java(), shutil.which("mvn")
    if java is None:
        raise NoRecipe("no JDK of version 21 or newer in JAVA_HOME or /usr/lib/jvm")
    if maven is None:
        raise NoRecipe("no Maven (mvn) on PATH")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "newsdesk"
    home = cache / f"elasticsearch-{fingerprint()}"
    if not home.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as workshop:
            assemble(java, maven, Path(workshop))
            # Two test runs may build at once; the first rename wins and both results are the same.
            with contextlib.suppress(OSError):
                (Path(workshop) / "home").rename(home)
    return java, home


def fingerprint() -> str:
    """Changes when the recipe or this file changes, so that a stale build is never used."""
    sources = [Path(__file__), RECIPE / "pom.xml", *sorted(RECIPE.rglob("*.java"))]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()[:12]


def find_java() -> Path | None:
    """The home of the newest JDK (not only a JRE) that is new enough."""
    places = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    places += sorted(Path("/usr/lib/jvm").glob("*")) if Path("/usr/lib/jvm").is_dir() else []
    versions = {place: java_version(place) for place in places if (place / "bin" / "javac").exists()}
    fit = [place for place, version in versions.items() if version >= 21]
    return max(fit, key=lambda place: versions[place], default=None)


def java_version(home: Path) -> int:
    """The feature version a JDK states in its `release` file; 0 when it states none."""
    release = home / "release"
    stated = re.search(r'JAVA_VERSION="(\d+)', release.read_text(encoding="utf-8")) if release.exists() else None
    return int(stated[1]) if stated else 0


def assemble(java: Path, maven: str, workshop: Path) -> None:
    """Fetch the parts, compile ours, and lay out lib/ and modules/ as the server's plugin loader wants them."""
    out, home = workshop / "out", workshop / "home"
    goals = ["compile", "dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={out}/jars"]
    command = [maven, "-B", "-q", "-f", str(RECIPE / "pom.xml"), f"-Dout={out}", *goals]
    made = subprocess.run(
        command, env={**os.environ, "JAVA_HOME": str(java)}, capture_output=True, text=True, check=False
    )
    if made.returncode:
        raise NoRecipe(f"Maven could not build it: {(made.stdout + made.stderr).strip()[:600]}")
    network, analysis = home / "modules" / "transport-netty4", home / "modules" / "newsdesk-analysis"
    for folder in (network, analysis, home / "lib", home / "start", home / "plugins"):
        folder.mkdir(parents=True)
    for pattern in NETWORK:
        for jar in (out / "jars").glob(pattern):
            jar.rename(network / jar.name)
    for jar in (out / "jars").glob("*.jar"):
        jar.rename(home / "lib" / jar.name)
    pack(java, out / "classes", home / "start" / "start.jar", "newsdesk/node")
    pack(java, out / "classes", analysis / "analysis.jar", "newsdesk/analysis")
    describe(network, "org.elasticsearch.transport.netty4.Netty4Plugin")
    describe(analysis, "newsdesk.analysis.Analysis")


def pack(java: Path, classes: Path, jar: Path, what: str) -> None:
    subprocess.run([str(java / "bin" / "jar"), "cf", str(jar), "-C", str(classes), what], check=True)


def describe(module: Path, entry: str) -> None:
    """Write the descriptor by which the server finds a module's entry class."""
    pom = (RECIPE / "pom.xml").read_text(encoding="utf-8")
    stated = re.search(r"<elasticsearch\.version>(.*?)<", pom)
    assert stated, "pom.xml must state elasticsearch.version"
    text = DESCRIPTOR.format(name=module.name, version=stated[1], entry=entry)
    (module / "plugin-descriptor.properties").write_text(text, encoding="utf-8")


@contextlib.contextmanager
def running(java: Path, home: Path, heap: str = "512m") -> Iterator[str]:
    """A node on a free loopback port, stopped and its data removed on leaving."""
    with tempfile.TemporaryDirectory(prefix="newsdesk-elasticsearch-") as folder:
        data, port = Path(folder), free_port()
        for name in ("config", "data", "logs", "tmp"):
            (data / name).mkdir()
        flags = [f"-Xms{heap}", f"-Xmx{heap}", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED"]
        flags += [f"-Des.path.home={home}", f"-Djava.io.tmpdir={data}/tmp", "-Dlog4j2.disable.jmx=true"]
        if java_version(java) >= 24:
            flags.append("--sun-misc-unsafe-memory-access=allow")
        command = [str(java / "bin" / "java"), *flags, "-cp", f"{home}/lib/*:{home}/start/start.jar"]
        with (data / "log").open("wb") as log:
            node = subprocess.Popen(
                [*command, "newsdesk.node.Start", str(home), str(data), str(port)],
                stdin=subprocess.PIPE,  # its end, however we end, tells the node to stop
                stdout=log,
                stderr=log,
            )
        try:
            wait_until_ready(node, f"http://127.0.0.1:{port}", data / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            stop(node)


def wait_until_ready(node: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Return when the cluster can take writes; fail with the end of its log when it died or never came."""
    deadline = time.monotonic() + PATIENCE
    while node.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/_cluster/health?wait_for_status=yellow&timeout=10s", timeout=15):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    stop(node)
    pytest.fail(f"Elasticsearch did not start: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")


def stop(node: subprocess.Popen[bytes]) -> None:
    """Ask, then insist."""
    node.terminate()
    try:
        node.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        node.kill()
        node.communicate()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
