"""What the front desk counts and measures, for Prometheus (GET /metrics). Never anything of a visitor."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

FAILURES = Counter("desk_failures_total", "background work that failed, by kind", ["work", "error"])
TURNS = Histogram("desk_turn_seconds", "one turn, by whether it counted", ["kept"], buckets=SECONDS)
QUEUE = Gauge("desk_waiting", "what waits, by kind", ["what"])
OLDEST = Gauge("desk_oldest_seconds", "age of the oldest that waits, by kind", ["what"])
HANDOVERS = Counter("desk_handovers_total", "changes of owner", ["before", "after"])
ALARMS = Counter("desk_alarms_total", "signs of danger in what people own", ["level", "repeated"])
SILENT = Counter("desk_silent_turns_total", "turns in which the assistant said nothing at all")
DELIVERIES = Counter("desk_deliveries_total", "messages to providers", ["channel", "state"])
NOTICES = Counter("desk_notices_total", "notices that left the building", ["kind", "outcome"])
REFUSALS = Counter("desk_refusals_total", "webhooks and requests refused", ["where", "why"])
