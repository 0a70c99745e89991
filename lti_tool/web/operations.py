"""For those who run the tool: is it alive, is it ready, how much does it do, and one line a request."""

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from time import perf_counter

from flask import Blueprint, Flask, Response, current_app, g, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

KEY = "passerelle.metrics"
Check = Callable[[], bool]
Depths = Callable[[], Mapping[str, int]]
log = logging.getLogger("lti_tool.access")
_BUCKETS = (0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_QUIET = {"web.static_file", "operations.livez", "operations.readyz", "operations.metrics"}


class Metrics:
    """What is counted, in a registry of its own.

    With `PROMETHEUS_MULTIPROC_DIR` in the environment before the process starts, several workers count together.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "passerelle_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "passerelle_request_seconds", "Time to answer.", ("route",), registry=self.registry, buckets=_BUCKETS
        )
        self.launches = Counter(
            "passerelle_launches", "Launches and refused logins by outcome.", ("outcome",), registry=self.registry
        )

    def text(self, depths: Depths) -> bytes:
        """All that is counted, in Prometheus' text format."""
        registry = self.registry
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        queue = CollectorRegistry()
        queue.register(_QueueCollector(depths))
        return generate_latest(registry) + generate_latest(queue)


class _QueueCollector(Collector):
    def __init__(self, depths: Depths) -> None:
        self._depths = depths

    def collect(self) -> Iterator[GaugeMetricFamily]:
        gauge = GaugeMetricFamily("passerelle_jobs_waiting", "Jobs that wait or run.", labels=("kind",))
        for kind, depth in sorted(self._depths().items()):
            gauge.add_metric((kind,), depth)
        yield gauge


def init_operations(app: Flask, *, checks: Mapping[str, Check], queue_depths: Depths) -> None:
    """Add `/livez`, `/readyz`, `/metrics`, the counting of requests and the access line.

    `checks`: what must hold for the tool to be ready, each by the name that `/readyz` shows; one that raises does
    not hold. `queue_depths`: waiting jobs by kind, asked at each scrape.
    """
    metrics = app.extensions[KEY] = Metrics()
    blueprint = Blueprint("operations", __name__)

    @blueprint.get("/livez")
    def livez() -> Response:
        return jsonify(status="ok")

    @blueprint.get("/readyz")
    def readyz() -> tuple[Response, int]:
        found = {name: _holds(name, check) for name, check in checks.items()}
        ready = all(found.values())
        return jsonify(status="ok" if ready else "not ready", checks=found), 200 if ready else 503

    @blueprint.get("/metrics", endpoint="metrics")
    def show_metrics() -> Response:
        return Response(metrics.text(queue_depths), content_type=CONTENT_TYPE_LATEST)

    @app.after_request
    def _count(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule is not None else "unmatched"
        seconds = perf_counter() - g.began
        metrics.requests.labels(_method(), route, str(response.status_code)).inc()
        metrics.seconds.labels(route).observe(seconds)
        if request.endpoint not in _QUIET:
            fields = {"method": _method(), "route": route, "status": response.status_code}
            log.info("request", extra={**fields, "ms": round(seconds * 1000, 1)})
        return response

    app.register_blueprint(blueprint)


def count_launch(outcome: str) -> None:
    """Count a launch, or a refused login: `ok`, or the error's code."""
    metrics = current_app.extensions[KEY]
    assert isinstance(metrics, Metrics)
    metrics.launches.labels(outcome).inc()


def _method() -> str:
    """The request's method; unknown ones are one, so that nobody grows the metrics from outside."""
    return request.method if request.method in {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"} else "OTHER"


def _holds(name: str, check: Check) -> bool:
    try:
        return check()
    except Exception:
        logging.getLogger("lti_tool.web").exception("not ready", extra={"check": name})
        return False
