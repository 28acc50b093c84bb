#!/usr/bin/env python3
"""What listeners and readers over HTTP cost: 500 listeners of events and 1,000 requests for the status a second, while
responses are appended. Prints, with nobody else there and with all of them, how long an append takes to a listener, whether a
listener misses the last state, and what the server holds and takes.

Usage: tests/bench/http.py [--listeners 500] [--rate 1000] [--appends 100] [--binary target/release/costline]
"""

import argparse
import asyncio
import json
import os
import pathlib
import resource
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def line(number):
    """A response of claude-haiku-4-5 with 1,000 tokens of output."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + ".000Z"
    usage = {"input_tokens": 0, "output_tokens": 1000, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
    message = {
        "id": f"msg_{number}",
        "type": "message",
        "role": "assistant",
        "model": "claude-haiku-4-5",
        "content": [],
        "usage": usage,
    }
    record = {
        "type": "assistant",
        "sessionId": "s",
        "cwd": "/app",
        "timestamp": stamp,
        "uuid": f"u{number}",
        "requestId": f"req_{number}",
        "message": message,
    }
    return json.dumps(record) + "\n"


class Listener:
    """One stream of events; remembers when it first saw each count of messages."""

    def __init__(self):
        self.seen, self.last = {}, -1

    async def listen(self, host, port, token, ready):
        reader, writer = await asyncio.open_connection(host, port, limit=1 << 22)
        head = f"GET /v1/events HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {token}\r\n\r\n"
        writer.write(head.encode())
        while True:
            data = await reader.readline()
            if not data:
                return
            if data.startswith(b"data: {\"version\""):
                at = time.perf_counter()
                # The count stands in what is known in all; to parse it whole would measure this program.
                where = data.index(b'"allTime"')
                where = data.index(b'"messages":', where) + 11
                count = int(data[where : data.index(b",", where)])
                self.seen.setdefault(count, at)
                self.last = count
                ready.set()


async def ask(host, port, token, rate, workers, stop, tally):
    """Asks for the status `rate` times a second over `workers` connections."""

    async def worker(begin):
        reader, writer = await asyncio.open_connection(host, port, limit=1 << 22)
        request = f"GET /v1/status HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
        due = begin
        while not stop.is_set():
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            due += workers / rate
            start = time.perf_counter()
            writer.write(request)
            length = 0
            while True:
                field = await reader.readline()
                if field.lower().startswith(b"content-length:"):
                    length = int(field.split(b":")[1])
                if field == b"\r\n":
                    break
            await reader.readexactly(length)
            tally.append(time.perf_counter() - start)
        writer.close()

    begin = time.perf_counter()
    await asyncio.gather(*(worker(begin + number / rate) for number in range(workers)))


async def appends(path, listener, count, first):
    """Appends a response at a time and waits until the listener has it; gives the times in milliseconds."""
    times = []
    for number in range(first, first + count):
        with open(path, "a", encoding="utf-8") as file:
            file.write(line(number))
        start = time.perf_counter()
        while number not in listener.seen:
            await asyncio.sleep(0.0002)
        times.append((listener.seen[number] - start) * 1000)
        await asyncio.sleep(0.15)
    return times


def shown(name, times):
    ordered = sorted(times)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    print(f"{name:44} p50 {statistics.median(ordered):7.1f} ms   p99 {p99:7.1f} ms")
    return p99


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listeners", type=int, default=500)
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--appends", type=int, default=100)
    parser.add_argument("--binary", default=str(ROOT / "target/release/costline"))
    given = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder)
        projects = home / "claude/projects/-app"
        projects.mkdir(parents=True)
        path = projects / "s.jsonl"
        path.write_text(line(1))
        env = {
            "HOME": folder,
            "PATH": os.environ["PATH"],
            "TZ": "UTC",
            "XDG_STATE_HOME": folder + "/state",
            "XDG_CONFIG_HOME": folder + "/config",
            "COSTLINE_HTTP_BIND": "127.0.0.1:0",
        }
        server = subprocess.Popen(
            [given.binary, "--claude-dir", folder + "/claude", "serve"], env=env, stderr=subprocess.DEVNULL
        )
        try:
            state = home / "state/costline"
            while not (state / "http").exists():
                await asyncio.sleep(0.02)
            host, port = (state / "http").read_text().strip().removeprefix("http://").split(":")
            token = (state / "read-token").read_text().strip()
            ready = asyncio.Event()
            first = Listener()
            tasks = [asyncio.create_task(first.listen(host, port, token, ready))]
            await ready.wait()
            idle = shown("append to a listener, nobody else there", await appends(path, first, given.appends, 2))
            crowd = [Listener() for _ in range(given.listeners - 1)]
            for listener in crowd:
                ready = asyncio.Event()
                tasks.append(asyncio.create_task(listener.listen(host, port, token, ready)))
                await ready.wait()
            stop, tally = asyncio.Event(), []
            asking = asyncio.create_task(ask(host, port, token, given.rate, 20, stop, tally))
            used = lambda: sum(map(int, pathlib.Path(f"/proc/{server.pid}/stat").read_text().split()[13:15])) / 100
            before, began = used(), time.perf_counter()
            busy = shown(
                f"append to a listener, {given.listeners} there", await appends(path, first, given.appends, given.appends + 2)
            )
            took, cpu = time.perf_counter() - began, used() - before
            stop.set()
            await asking
            last = 2 * given.appends + 1
            end = time.perf_counter() + 5
            while any(listener.last != last for listener in crowd) and time.perf_counter() < end:
                await asyncio.sleep(0.05)
            missed = sum(listener.last != last for listener in crowd)
            shown(f"a status, {len(tally) / took:.0f} a second", [1000 * one for one in tally])
            status = pathlib.Path(f"/proc/{server.pid}/status").read_text()
            peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
            print(f"{'listeners without the last state':44} {missed}")
            print(f"{'append p99, against nobody else there':44} {busy / idle:.2f}x")
            print(f"{'CPU of the server':44} {100 * cpu / took:.0f} % of a core")
            print(f"{'memory of the server, at most':44} {peak:.0f} MB")
        finally:
            server.kill()
            server.wait()


asyncio.run(main())
