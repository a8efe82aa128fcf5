"""Invented runs that look like real ones: to try the pages, and to measure."""

from __future__ import annotations

import itertools
import random
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec

from shimgen.collector.keep.store import Report
from shimgen.spec import Event, Field, Spec
from shimgen.spec import payload as schema

DAY = 86_400  # seconds
APPS = (
    *("docker", "homeassistant", "jellyfin", "pihole", "nginxproxymanager", "plex"),
    *("vaultwarden", "immich", "nextcloud", "adguard", "grafana", "paperless-ngx"),
    *("uptimekuma", "zigbee2mqtt", "mqtt", "frigate", "sonarr", "radarr", "prowlarr"),
    *("gitea", "tailscale", "wireguard", "unifi", "influxdb", "postgresql", "mariadb"),
    *("wordpress", "audiobookshelf", "n8n", "authentik", "traefik", "caddy"),
    *("homepage", "node-red", "syncthing", "checkmk", "zabbix", "ollama", "komodo"),
)
SYSTEMS = (("debian", "12"), ("debian", "13"), ("ubuntu", "24.04"), ("alpine", "3.22"))
METHODS = ("default", "advanced")
HOSTS = ("9.0.11", "8.4.14", "9.1.2", "8.3.5", "8.2.2")
_FAILED, _UNFINISHED = 0.09, 0.03  # shares of all runs


class Load(NamedTuple):
    """Runs of a spec, the same for the same seed, spread over days until an end."""

    spec: Spec
    runs: int
    days: int = 1
    until: int = 0  # epoch seconds; 0: now
    seed: int = 1

    def reports(self) -> Iterator[list[Report]]:
        """Yield the reports of each run, in the order in which the runs begin."""
        chance = random.Random(self.seed)
        until = self.until or int(time.time())
        begin = until - self.days * DAY
        for number in range(self.runs):
            at = begin + (number * self.days * DAY) // self.runs
            yield self._run(chance, at)

    def _run(self, chance: random.Random, at: int) -> list[Report]:
        run = str(uuid.UUID(int=chance.getrandbits(128), version=4))
        system = _pick(chance, SYSTEMS)
        # By the end of a field's key, the longest first.
        told = {
            "pve_version": _pick(chance, HOSTS),
            "method": _pick(chance, METHODS),
            "version": system[1],
            "os_type": system[0],
            "os": system[0],
            "app": _pick(chance, APPS),
        }
        starts = [event for event in self.spec.events if event.kind == "start"]
        ends = [event for event in self.spec.events if event.kind == "outcome"]
        made = []
        if starts:
            weights = [8, *itertools.repeat(1, len(starts) - 1)]
            start = chance.choices(starts, weights)[0]
            made.append(self._report(chance, start, run, told, at))
        if ends and chance.random() >= _UNFINISHED:
            at += chance.randint(5, 600)
            made.append(self._report(chance, ends[0], run, told, at))
        return made

    def _report(
        self,
        chance: random.Random,
        event: Event,
        run: str,
        told: Mapping[str, str],
        at: int,
    ) -> Report:
        failed = chance.random() < _FAILED / (1 - _UNFINISHED)
        payload = {}
        for field in event.fields:
            if field.optional and field.outcome != "duration":
                continue
            payload[field.key] = self._value(chance, field, run, told, failed=failed)
        body = msgspec.json.encode(payload)
        return Report(run, event.function, body, at)

    def _value(
        self,
        chance: random.Random,
        field: Field,
        run: str,
        told: Mapping[str, str],
        *,
        failed: bool,
    ) -> Any:
        length = field.max_length or self.spec.limits.max_length
        if field.variable == (self.spec.project.run_id,):
            return run[:length]
        if field.outcome:
            return self._outcome(chance, field, length, failed=failed)
        if field.type == "constant":
            return field.value
        if field.type == "list":
            return []
        if field.type == "integer":
            return self._integer(chance, field)
        found = (text for end, text in told.items() if field.key.endswith(end))
        return next(found, field.example)[:length]

    def _outcome(
        self, chance: random.Random, field: Field, length: int, *, failed: bool
    ) -> Any:
        chosen = random.Random(chance.random()) if failed else chance
        if field.outcome == "status":
            return schema.STATUSES[failed][:length]
        if field.outcome == "duration":
            return min(int(chosen.lognormvariate(4.8, 0.8)), schema.MAX_DURATION)
        rows = [(c, row) for c in self.spec.categories for row in c.codes]
        if field.outcome == "exit_code":
            if not failed:
                return 0
            codes = sorted({row.code for _, row in rows} | {1})
            return _pick(chosen, codes)
        return "" if not failed else "Reported by a script"[:length]

    def _integer(self, chance: random.Random, field: Field) -> int:
        buckets = next(
            (d.buckets for d in self.spec.dimensions if d.name == field.dimension), ()
        )
        if buckets:
            middle = (len(buckets) - 1) / 3
            place = round(chance.gauss(middle, 1))
            return buckets[min(max(place, 0), len(buckets) - 1)]
        text = field.example.removesuffix(field.unit)
        return int(text) if text.isdigit() else 1


T = TypeVar("T")


def _pick(chance: random.Random, given: Sequence[T]) -> T:
    """Return one of them, the n-th with a chance in proportion to 1/n."""
    weights = [1 / rank for rank in range(1, len(given) + 1)]
    return chance.choices(given, weights)[0]
