"""Ours against stock Rasa under load, in one run: `make load` (needs `make install-dev`).

    python -m benchmarks.load                 1, 10 and 50 who talk: four minutes (and a training of `rasa init`, once)
    python -m benchmarks.load --many          200 who talk; 50 who talk among 1,000 who listen: three minutes
    python -m benchmarks.load --no-stock      without training and running `rasa init`
    python -m benchmarks.load --desk-alone    the front desk beside a stand-in of the assistant: what it costs by itself
    python -m benchmarks.load --profile       `make profile`: a flame graph of each process under 10 visitors

Visitors are Locust's (benchmarks/locustfile.py), on the same cores as the processes they talk to. Each
process's share of a core and its memory are read from /proc, opening the conversations included. Writes
benchmarks/load.json (what another run has measured stays in it) and load.svg, or benchmarks/profile/*.svg.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from scripts.run import stop
from tests.e2e.conftest import Stack, start_stack
from tests.standins.ports import free_ports

ROOT = Path(__file__).resolve().parent.parent
LOCUST = [sys.executable, "-W", "ignore", "-m", "locust", "-f", "benchmarks/locustfile.py"]
PROGRAMS = ("frontdesk", "assistant", "actions")
FEW, MANY = (1, 10, 50), (200,)
LISTENING = 1_000
SECONDS = 20
PAUSE_AMONG_LISTENERS = 8
STOCK_WAIT_SECONDS = 180
A_SECOND = 50  # visitors who come in


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> int:
    """Resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in status if line.startswith("VmRSS")).split()[1]) // 1024


def locust(user: str, count: int, url: str, seconds: int, pause: float = 0) -> dict[str, Any]:
    """Run ``count`` visitors. Return messages a second and times to the first reply."""
    command = [*LOCUST, user, "--headless", "-u", str(count), "-r", str(min(count, A_SECOND))]
    command += ["-t", f"{seconds}s", "-H", url, "--json", "--stop-timeout", "2"]
    environment = {**os.environ, "LOAD_PAUSE_SECONDS": str(pause)}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    rows = json.loads(done.stdout[done.stdout.index("[") :])
    replies = next((row for row in rows if row["name"] == "reply"), None)
    if replies is None:
        return {"failures": sum(row["num_failures"] for row in rows), "messages": 0}
    times = sorted(
        (float(ms), int(many)) for ms, many in replies["response_times"].items() if int(many)
    )
    lasted = max(1.0, replies["last_request_timestamp"] - replies["start_time"])
    return {
        "messages": replies["num_requests"],
        "failures": sum(row["num_failures"] for row in rows),
        "a_second": round(replies["num_requests"] / lasted, 1),
        **{f"p{share}": percentile(times, share / 100) for share in (50, 95, 99)},
    }


def percentile(times: list[tuple[float, int]], share: float) -> float:
    """The time that ``share`` of the replies reached, from (milliseconds, how many) pairs."""
    wanted, seen = share * sum(many for _, many in times), 0
    for ms, many in times:
        seen += many
        if seen >= wanted:
            return ms
    return times[-1][0]


def measured(pids: dict[str, int], run: Any) -> dict[str, Any]:
    """What a run gave, with milliseconds of processor a message and memory of each process."""
    before = {name: cpu_seconds(pid) for name, pid in pids.items()}
    found: dict[str, Any] = run()
    messages = max(1, found["messages"])
    found["processes"] = {
        name: {
            "ms_a_message": round((cpu_seconds(pid) - before[name]) * 1000 / messages, 1),
            "mb": memory_mb(pid),
        }
        for name, pid in pids.items()
    }
    found["load_average"] = round(os.getloadavg()[0], 1)
    return found


def show(whose: str, talking: int, found: dict[str, Any]) -> None:
    """One line."""
    processes = ", ".join(
        f"{name} {one['ms_a_message']} ms {one['mb']} MB"
        for name, one in found["processes"].items()
    )
    print(
        f"{whose:6} {talking:5} talking: {found.get('a_second', 0):6} a second,"
        f" p50 {found.get('p50')} p95 {found.get('p95')} p99 {found.get('p99')} ms,"
        f" {found['failures']} failed; {processes}",
        flush=True,
    )


def ours(stack: Stack, seconds: int, many: bool) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Every load on our own processes."""
    pids = {name: stack.pid(name) for name in PROGRAMS}
    locust("OurVisitor", 2, stack.url, 3)
    for talking in MANY if many else FEW:
        found = measured(pids, lambda n=talking: locust("OurVisitor", n, stack.url, seconds))
        yield "ours", talking, found
    if many:
        yield "ours", LISTENING, among_listeners(stack, pids, seconds)


def among_listeners(stack: Stack, pids: dict[str, int], seconds: int) -> dict[str, Any]:
    """Fifty who talk, while a thousand have the chat open and say nothing."""
    listeners = subprocess.Popen(
        [*LOCUST, "Watcher", "--headless", "-u", str(LISTENING), "-r", str(A_SECOND)]
        + ["-H", stack.url],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(LISTENING / A_SECOND + 5)
    try:
        found = measured(
            pids,
            lambda: locust("OurVisitor", 50, stack.url, seconds, PAUSE_AMONG_LISTENERS),
        )
    finally:
        listeners.terminate()
        listeners.wait()
    return found


@contextmanager
def stock() -> Iterator[tuple[str, int]]:
    """`rasa init`, trained once under var/stock, running: its address and process id."""
    project = ROOT / "var" / "stock"
    rasa = [sys.executable, "-W", "ignore", "-m", "rasa"]
    environment = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}
    if not list(project.glob("models/*.tar.gz")):
        print("Training `rasa init` (some minutes) …", flush=True)
        project.mkdir(parents=True, exist_ok=True)
        begin = [*rasa, "init", "--no-prompt", "--init-dir", str(project)]
        subprocess.run(begin, env=environment, check=True, capture_output=True)
    (port,) = free_ports(1)
    server = subprocess.Popen(
        [*rasa, "run", "--port", str(port), "--interface", "127.0.0.1"],
        cwd=project,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(url)
        yield url, server.pid
    finally:
        server.terminate()
        server.wait()


def compare(seconds: int, with_stock: bool, many: bool) -> dict[str, Any]:
    """Run all of it, one after the other."""
    found: dict[str, Any] = {"seconds": seconds, "cores": os.cpu_count(), "runs": []}

    def note(whose: str, talking: int, one: dict[str, Any]) -> None:
        show(whose, talking, one)
        found["runs"].append({"whose": whose, "talking": talking, **one})

    if with_stock:
        with stock() as (url, pid):
            locust("StockVisitor", 2, url, 3)
            for talking in MANY if many else FEW:
                run = lambda n=talking: locust("StockVisitor", n, url, seconds)  # noqa: E731
                note("stock", talking, measured({"rasa": pid}, run))
    with tempfile.TemporaryDirectory() as directory:
        began = time.perf_counter()
        stack = start_stack(Path(directory), is_open=True)
        found["start_seconds"] = round(time.perf_counter() - began, 1)
        try:
            for whose, talking, one in ours(stack, seconds, many):
                note(whose, talking, one)
        finally:
            stop(stack.supervisor)
    return found


def with_those_before(found: dict[str, Any], path: Path) -> dict[str, Any]:
    """What was measured now, and what only another run measured."""
    known = {(one["whose"], one["talking"]) for one in found["runs"]}
    before = json.loads(path.read_text())["runs"] if path.exists() else []
    kept = [one for one in before if (one["whose"], one["talking"]) not in known]
    runs = sorted([*kept, *found["runs"]], key=lambda one: (one["talking"], one["whose"]))
    return {**found, "runs": runs}


def desk_alone(seconds: int) -> None:
    """What the front desk costs a message, beside a stand-in of the assistant."""
    desk_port, stand_in_port = free_ports(2)
    url = f"http://127.0.0.1:{desk_port}"
    with tempfile.TemporaryDirectory() as directory:
        environment = {
            **os.environ,
            "ASSISTANT_SECRET": "a-secret-for-tests-only",
            "FRONTDESK_PORT": str(desk_port),
            "ASSISTANT_URL": f"http://127.0.0.1:{stand_in_port}",
            "DATABASE_URL": f"sqlite:///{directory}/frontdesk.db",
        }
        commands = (["tests.standins.serve", str(stand_in_port)], ["frontdesk"])
        running = [
            subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", *command],
                cwd=ROOT,
                env=environment,
                stderr=subprocess.DEVNULL,
            )
            for command in commands
        ]
        try:
            wait_for(f"{url}/health/live")
            locust("OurVisitor", 2, url, 3)
            for talking in FEW:
                pids = {"frontdesk": running[1].pid}
                run = lambda n=talking: locust("OurVisitor", n, url, seconds)  # noqa: E731
                show("desk", talking, measured(pids, run))
        finally:
            for one in running:
                one.terminate()
                one.wait()


def wait_for(url: str) -> None:
    """Return when it answers."""
    until = time.monotonic() + STOCK_WAIT_SECONDS
    while time.monotonic() < until:
        try:
            httpx.get(url, timeout=2).raise_for_status()
            return
        except httpx.HTTPError:
            time.sleep(0.5)
    raise TimeoutError(url)


def profile(seconds: int) -> None:
    """Write a flame graph of each process while ten visitors talk."""
    folder = ROOT / "benchmarks" / "profile"
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        stack = start_stack(Path(directory), is_open=True)
        try:
            locust("OurVisitor", 2, stack.url, 3)
            spies = [
                subprocess.Popen(
                    [str(Path(sys.executable).with_name("py-spy")), "record", "--nonblocking"]
                    + ["-p", str(stack.pid(name)), "-d", str(seconds), "-r", "200"]
                    + ["-o", str(folder / f"{name}.svg")],
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
                for name in PROGRAMS
            ]
            print(locust("OurVisitor", 10, stack.url, seconds))
            for spy in spies:
                spy.wait()
        finally:
            stop(stack.supervisor)
    print(f"Flame graphs are in {folder.relative_to(ROOT)}/.")


def picture(found: dict[str, Any]) -> str:
    """Messages a second, ours beside stock, as bars."""
    runs = found["runs"]
    most = max(one.get("a_second", 0) for one in runs) or 1
    bars = []
    for row, one in enumerate(sorted(runs, key=lambda run: (run["talking"], run["whose"]))):
        width, y = 420 * one.get("a_second", 0) / most, 20 + 26 * row
        colour = "#0a6b5d" if one["whose"] == "ours" else "#8a8f98"
        bars.append(
            f'<text x="8" y="{y + 14}">{one["talking"]} talking, {one["whose"]}</text>'
            f'<rect x="150" y="{y}" width="{width:.0f}" height="18" fill="{colour}"/>'
            f'<text x="{width + 156:.0f}" y="{y + 14}">{one.get("a_second", 0)} a second,'
            f" p95 {one.get('p95', 0):.0f} ms</text>"
        )
    height = 40 + 26 * len(runs)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="780" height="{height}"'
        f' font-family="sans-serif" font-size="13">{"".join(bars)}</svg>\n'
    )


def main() -> int:
    """Print a line a run, and write the files."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=SECONDS, help="how long each load lasts")
    parser.add_argument("--no-stock", action="store_true", help="only ours")
    parser.add_argument("--many", action="store_true", help="200 who talk, 1,000 who listen")
    parser.add_argument("--profile", action="store_true", help="flame graphs instead of figures")
    parser.add_argument("--desk-alone", action="store_true", help="beside a stand-in")
    chosen = parser.parse_args()
    if chosen.desk_alone:
        desk_alone(chosen.seconds)
        return 0
    if chosen.profile:
        profile(chosen.seconds)
        return 0
    path = ROOT / "benchmarks" / "load.json"
    found = with_those_before(compare(chosen.seconds, not chosen.no_stock, chosen.many), path)
    path.write_text(json.dumps(found, indent=1) + "\n")
    path.with_suffix(".svg").write_text(picture(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
