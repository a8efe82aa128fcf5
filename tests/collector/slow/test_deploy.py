"""The files of deploy/, each tested with the program that reads it."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import socket
import subprocess
import tomllib
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest

from shimgen.collector.settings import Settings, configure
from shimgen.spec import schema
from support.frozen import FROZEN
from support.serving import serving
from support.transports import program

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
CLAIMED = "192.0.2.1"  # how the addresses begin that a client claims to forward for
BACKEND = "127.0.0.1:8000"
INSTRUCTIONS = {
    *("CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "RUN", "STOPSIGNAL"),
    *("USER", "VOLUME", "WORKDIR"),
}


def run(*command: str | Path) -> str:
    """Run a program that must succeed; return its output."""
    done = subprocess.run(
        [program(str(command[0])), *command[1:]],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def test_systemd_finds_no_mistake_in_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "shimgen.service"
    text = (DEPLOY / unit.name).read_text()
    unit.write_text(text.replace("/opt/shimgen/bin/shimgen", "/bin/true"))
    assert run("systemd-analyze", "verify", unit) == ""


def test_systemd_rates_the_exposure_of_the_unit_as_low() -> None:
    unit = DEPLOY / "shimgen.service"
    run("systemd-analyze", "security", "--offline=true", "--threshold=15", unit)


def test_the_settings_file_is_valid() -> None:
    configuration = configure({}, {}, DEPLOY / "shimgen.toml")
    assert configuration.settings.trusted_proxies == ("127.0.0.1",)
    assert not configuration.settings.live


def certificate(folder: Path) -> None:
    """Create a self-signed certificate and its key."""
    names = ("-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem")
    subject = ("-subj", "/CN=telemetry.example.com", "-days", "2")
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject, *names)


@contextlib.contextmanager
def nginx(folder: Path, backend: str, port: int) -> Iterator[None]:
    certificate(folder)
    site = (
        (DEPLOY / "nginx.conf")
        .read_text()
        .replace("/etc/letsencrypt/live/telemetry.example.com", str(folder))
        .replace(BACKEND, backend)
        .replace("listen 443 ssl", f"listen 127.0.0.1:{port}")
    )
    temporary = " ".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    logs = f"access_log {folder}/access.log;"
    conf = folder / "nginx.conf"
    conf.write_text(
        f"pid {folder}/pid; error_log {folder}/error.log info; daemon on;\n"
        f"events {{}}\nhttp {{ {temporary} {logs}\n{site} }}\n"
    )
    run("nginx", "-t", "-c", conf)
    run("nginx", "-c", conf)
    try:
        yield
    finally:
        run("nginx", "-c", conf, "-s", "quit")


@contextlib.contextmanager
def caddy(folder: Path, backend: str, port: int) -> Iterator[None]:
    shipped = DEPLOY / "Caddyfile"
    run("caddy", "validate", "--adapter", "caddyfile", "--config", shipped)
    conf, log = folder / "Caddyfile", folder / "caddy.log"
    conf.write_text(
        shipped.read_text()
        .replace("\tlog {", "\tadmin off\n\tlog {", 1)
        .replace(BACKEND, backend)
        .replace("\ntelemetry.example.com {", f"\nhttp://127.0.0.1:{port} {{")
    )
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(conf)]
    with (
        log.open("w") as output,
        subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process,
    ):
        assert process.stderr
        try:
            for line in process.stderr:
                output.write(line)
                if "serving initial configuration" in line:
                    break
            yield
        finally:
            process.terminate()
            output.write(process.stderr.read())


def ask(
    url: str, body: bytes | None = None, forwarded_for: str = f"{CLAIMED}0"
) -> tuple[int, bytes]:
    """Send a request with an X-Forwarded-For header that the client made up."""
    headers = {"Content-Type": "application/json", "X-Forwarded-For": forwarded_for}
    request = urllib.request.Request(url, body, headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        return error.code, error.read()


@pytest.mark.parametrize("proxy", [nginx, caddy])
def test_a_proxy_forwards_reports_and_logs_no_address(
    tmp_path: Path,
    proxy: Callable[[Path, str, int], AbstractContextManager[None]],
) -> None:
    spec = FROZEN
    event = spec.events[0]
    report = json.dumps(schema.example(event)).encode()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    limits = ("--trusted-proxy", "127.0.0.1", "--rate", "9")
    with serving(tmp_path / "db", *limits) as (site, _):
        backend = urlsplit(site).netloc
        with proxy(tmp_path, backend, port):
            assert ask(f"{url}/upload", report)[0] == 200
            # The Caddy of Debian 12 answers 502 instead of 413.
            status, answer = ask(f"{url}/upload", b" " * 17_000)
            assert status in (413, 502)
            assert b"16384" not in answer, "the proxy passed it on to the collector"
            assert ask(f"{url}/healthz")[0] == 200
            assert ask(f"{url}/metrics")[0] == 404
            assert ask(f"{site}metrics")[0] == 200
            # Requests are counted by the address that the proxy saw: a client that
            # sends another X-Forwarded-For each time is still one client.
            others = [f"{CLAIMED}{number}" for number in range(10)]
            statuses = [ask(f"{url}/upload", report, address)[0] for address in others]
            assert (statuses[0], statuses[-1]) == (200, 429)
    for log in tmp_path.glob("*.log"):
        assert not re.search(rf"POST|/upload|{re.escape(CLAIMED)}", log.read_text()), (
            log
        )


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Containerfile and their arguments."""
    text = (DEPLOY / "Containerfile").read_text()
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", "")
    pairs = [line.partition(" ") for line in text.splitlines() if line.strip()]
    return [(word, rest.strip()) for word, _, rest in pairs]


def test_the_container_has_known_instructions_and_does_not_run_as_root() -> None:
    pairs = instructions()
    assert {word for word, _ in pairs} <= INSTRUCTIONS
    users = [rest for word, rest in pairs if word == "USER"]
    assert users == ["10001:10001"]
    for word, rest in pairs:
        if word in ("CMD", "ENTRYPOINT"):
            assert json.loads(rest)
        if word == "RUN":
            run("bash", "-n", "-c", rest)


def test_the_container_copies_all_files_that_the_package_is_built_from() -> None:
    copied = {
        part
        for word, rest in instructions()
        if word == "COPY" and not rest.startswith("--from")
        for part in rest.split()[:-1]
    }
    assert all((ROOT / part).exists() for part in copied)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert copied >= {"pyproject.toml", "shimgen", *wheel["force-include"]}


def test_the_container_sets_settings_that_exist() -> None:
    rest = next(rest for word, rest in instructions() if word == "ENV")
    environment = dict(pair.split("=", 1) for pair in rest.split())
    named = [n for n in environment if n.startswith("SHIMGEN_")]
    fields = {f"SHIMGEN_{name.upper()}" for name in Settings.__struct_fields__}
    assert set(named) <= fields
    assert configure({}, environment, None).settings.host == "0.0.0.0"


def test_the_programs_that_these_tests_run_are_installed() -> None:
    for name in ("caddy", "nginx", "openssl", "systemd-analyze"):
        assert shutil.which(name), f"apt install {name}"
