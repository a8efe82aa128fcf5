"""Test data: invented runs that look like real ones."""

from __future__ import annotations

import itertools
import random
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec

from shimgen.collector.keep.days import SECONDS
from shimgen.collector.keep.store import Report
from shimgen.spec import Event, Field, Spec
from shimgen.spec.payload import MAX_DURATION

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
HOST_VERSIONS = ("9.0.11", "8.4.14", "9.1.2", "8.3.5", "8.2.2")
_FAILED, _UNFINISHED = 0.09, 0.03  # shares of all runs


class Load(NamedTuple):
    """Invented runs of a spec, which begin at regular intervals.

    The same seed gives the same runs. `until` is the end of the last day, in epoch
    seconds; 0 means now.
    """

    spec: Spec
    runs: int
    days: int = 1
    until: int = 0
    seed: int = 1

    def reports(self) -> Iterator[list[Report]]:
        """Yield the reports of each run, in the order in which the runs begin."""
        chance = random.Random(self.seed)
        until = self.until or int(time.time())
        duration = self.days * SECONDS
        for number in range(self.runs):
            start = until - duration + number * duration // self.runs
            yield self._run(chance, start)

    def _run(self, chance: random.Random, when: int) -> list[Report]:
        run = str(uuid.UUID(int=chance.getrandbits(128), version=4))
        system = _pick(chance, SYSTEMS)
        # By the last part of a field's key; longer ones come first.
        texts = {
            "pve_version": _pick(chance, HOST_VERSIONS),
            "method": _pick(chance, METHODS),
            "version": system[1],
            "os_type": system[0],
            "os": system[0],
            "app": _pick(chance, APPS),
        }
        starts = [event for event in self.spec.events if event.kind == "start"]
        ends = [event for event in self.spec.events if event.kind == "outcome"]
        reports = []
        if starts:
            weights = [8, *itertools.repeat(1, len(starts) - 1)]
            start = chance.choices(starts, weights)[0]
            reports.append(self._report(chance, start, run, texts, when))
        if ends and chance.random() >= _UNFINISHED:
            when += chance.randint(5, 600)
            reports.append(self._report(chance, ends[0], run, texts, when))
        return reports

    def _report(
        self,
        chance: random.Random,
        event: Event,
        run: str,
        texts: Mapping[str, str],
        when: int,
    ) -> Report:
        failed = chance.random() < _FAILED / (1 - _UNFINISHED)
        payload = {}
        for field in event.fields:
            if field.optional and field.outcome != "duration":
                continue
            payload[field.key] = self._value(chance, field, run, texts, failed=failed)
        body = msgspec.json.encode(payload)
        return Report(run, event.function, body, when)

    def _value(
        self,
        chance: random.Random,
        field: Field,
        run: str,
        texts: Mapping[str, str],
        *,
        failed: bool,
    ) -> Any:
        if field.variable == (self.spec.project.run_id,):
            return run[: field.max_length]
        if field.outcome:
            return self._outcome(chance, field, failed=failed)
        if field.type == "constant":
            return field.value
        if field.type == "list":
            return []
        if field.type == "integer":
            return self._integer(chance, field)
        if field.type == "enum":
            return chance.choice(field.values)
        if field.type == "boolean":
            return chance.random() < 0.5
        if field.type == "decimal":
            return round(chance.uniform(0, 10), 2)
        matching = (text for end, text in texts.items() if field.key.endswith(end))
        return next(matching, field.example)[: field.max_length]

    def _outcome(self, chance: random.Random, field: Field, *, failed: bool) -> Any:
        outcome_chance = random.Random(chance.random()) if failed else chance
        if field.outcome == "status":
            counts = "failure" if failed else "success"
            return self.spec.status(counts).name[: field.max_length]
        if field.outcome == "group":
            return chance.choice(field.values[1:]) if failed else ""
        if field.outcome == "duration":
            return min(int(outcome_chance.lognormvariate(4.8, 0.8)), MAX_DURATION)
        entries = [entry for c in self.spec.categories for entry in c.codes]
        if field.outcome == "exit_code":
            if not failed:
                return 0
            codes = sorted({entry.code for entry in entries} | {1})
            return _pick(outcome_chance, codes)
        return "" if not failed else "Reported by a script"[: field.max_length]

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


def _pick(chance: random.Random, choices: Sequence[T]) -> T:
    """Return one of the choices; the probability of the n-th is proportional to 1/n."""
    weights = [1 / rank for rank in range(1, len(choices) + 1)]
    return chance.choices(choices, weights)[0]
