#!/usr/bin/env python3
"""Times the release build against ccusage, in one run on this machine; then the start of a server, an append against its
notification (also while large files are read) and against the warning of a budget, what Claude Code runs (status line and hook,
from the start of the process to its end), and what an idle leader and an idle follower take.

    tests/bench/compare.py [--mb 1000] [--files 2000] [--runs 5] [--appends 200] [--only compare,starts,notifications,warnings,hooks,idle]

Needs the release build, npm (it installs ccusage from the registry) and a generator of transcripts: the script that
COSTLINE_GENERATOR names, or ../shared/tools/gen_corpus.py. Corpora and ccusage are kept in target/bench.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCH = ROOT / "target" / "bench"
BINARY = ROOT / "target" / "release" / "costline"
CCUSAGE = "20.0.24"


def missing(what):
    print(f"SKIPPED: {what}")
    sys.exit(1)


def corpus(megabytes, files):
    folder = BENCH / f"corpus-{megabytes}-{files}"
    if not (folder / "truth.json").exists():
        generator = pathlib.Path(
            os.environ.get("COSTLINE_GENERATOR", ROOT.parent / "shared" / "tools" / "gen_corpus.py")
        )
        if not generator.exists():
            missing(f"no generator of transcripts at {generator}; set COSTLINE_GENERATOR")
        command = [sys.executable, generator, "--out", folder, "--mb", str(megabytes), "--files", str(files)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder / ".claude"


def history(arguments):
    """Claude's folders: the corpus, and one with a single file of 90 MB."""
    return f"{corpus(arguments.mb, arguments.files)},{corpus(90, 1)}"


def ccusage():
    folder = BENCH / "ccusage"
    if not (folder / "node_modules" / "ccusage").exists():
        if shutil.which("npm") is None:
            missing("npm is not installed, so ccusage cannot be had")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}')
        subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", f"ccusage@{CCUSAGE}"],
            cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
    # The native program itself: its launcher would cost it a start of node.
    native = [path for path in folder.glob("node_modules/@ccusage/*/bin/ccusage*") if path.is_file()]
    if not native:
        missing("ccusage has no native program for this machine")
    native[0].chmod(0o755)
    return native[0]


def environment(claude, state):
    keep = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return keep | {"HOME": str(BENCH / "home"), "TZ": "UTC", "CLAUDE_CONFIG_DIR": str(claude), "COSTLINE_STATE_DIR": str(state)}


def measure(command, env):
    """Wall and CPU seconds and the most memory in MB of one run."""
    begin = time.perf_counter()
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command[0]} failed with {process.returncode}")
    return time.perf_counter() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def compare(arguments):
    claude = history(arguments)
    theirs = [str(ccusage()), "claude", "daily", "--json", "--offline"]
    ours = [str(BINARY), "daily", "--json", "--since", "2000-01-01"]
    samples = {"first": [], "second": [], "ccusage": []}
    size = 0
    with tempfile.TemporaryDirectory(dir=BENCH) as folder:
        for _ in range(arguments.runs):
            state = pathlib.Path(folder) / uuid.uuid4().hex
            env = environment(claude, state)
            samples["first"].append(measure(ours, env))
            samples["second"].append(measure(ours, env))
            samples["ccusage"].append(measure(theirs, env))
            size = sum(file.stat().st_size for file in state.glob("usage.db*"))
    print(f"\n{arguments.mb} MB in {arguments.files} files and one file of 90 MB, {arguments.runs} runs in turn, {os.cpu_count()} cores\n")
    print(f"{'':28}{'wall s (min, median)':>24}{'CPU s (min, median)':>24}{'memory MB':>12}")
    names = {"first": "costline, first read", "second": "costline, second read", "ccusage": f"ccusage {CCUSAGE}"}
    for kind, rows in samples.items():
        walls, cpus, memory = zip(*rows)
        pair = lambda values: f"{min(values):.3f}  {statistics.median(values):.3f}"
        print(f"{names[kind]:28}{pair(walls):>24}{pair(cpus):>24}{max(memory):>12.0f}")
    least = {kind: [min(column) for column in zip(*rows)] for kind, rows in samples.items()}
    for kind in ("first", "second"):
        wall, cpu = (least["ccusage"][index] / least[kind][index] for index in (0, 1))
        print(f"{names[kind]}: ccusage takes {wall:.1f} times the wall time and {cpu:.1f} times the CPU time")
    print(f"database: {size / 1e6:.1f} MB")


class Client:
    """A language client that notes when each status arrives."""

    def __init__(self, env, folder):
        self.started = time.perf_counter()
        self.greeted = None
        self.process = subprocess.Popen([BINARY, "lsp"], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.arrived = threading.Condition()
        self.statuses = []
        self.warnings = []
        threading.Thread(target=self.read, daemon=True).start()
        self.send({"id": 1, "method": "initialize", "params": {
            "processId": os.getpid(), "rootUri": folder.as_uri(),
            "capabilities": {"experimental": {"costline": {"version": 1}}}}})
        self.send({"method": "initialized", "params": {}})

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def read(self):
        out = self.process.stdout
        while True:
            length = 0
            while (line := out.readline().strip()):
                name, value = line.split(b":")
                length = int(value) if name.lower() == b"content-length" else length
            if not length:
                return
            body = out.read(length)
            at = time.perf_counter()
            message = json.loads(body)
            if message.get("id") == 1:
                self.greeted = at
            if message.get("method") == "costline/status":
                with self.arrived:
                    self.statuses.append((at, message["params"]))
                    self.arrived.notify_all()
            if message.get("method") == "costline/budgetWarning":
                with self.arrived:
                    self.warnings.append((at, message["params"]))
                    self.arrived.notify_all()

    def wait(self, wanted):
        """When the first status came that is wanted, and the status."""
        with self.arrived:
            if not self.arrived.wait_for(lambda: any(wanted(status) for _, status in self.statuses), 10):
                sys.exit("no status came within 10 s")
            found = next((at, status) for at, status in self.statuses if wanted(status))
            self.statuses.clear()
            return found

    def close(self):
        self.process.stdin.close()
        self.process.wait(5)


def line(session, cwd):
    now = time.time()
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + ".%03dZ" % (now * 1000 % 1000)
    usage = {"input_tokens": 10, "output_tokens": 100, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 1000}
    return json.dumps({
        "type": "assistant", "uuid": str(uuid.uuid4()), "timestamp": stamp, "sessionId": session, "cwd": str(cwd),
        "isSidechain": False, "version": "2.1.270", "requestId": uuid.uuid4().hex,
        "message": {"id": f"msg_{uuid.uuid4().hex}", "model": "claude-sonnet-5", "role": "assistant", "type": "message",
                    "stop_reason": "end_turn", "content": [{"type": "text", "text": "x"}], "usage": usage}})


def linked(arguments, folder):
    """A home with links to the corpus, read already: its environment, a project and the folder of its transcripts."""
    project, claude = folder / "project", folder / "claude"
    slug = claude / "projects" / "-project"
    project.mkdir()
    slug.mkdir(parents=True)
    if not arguments.small:
        for number, part in enumerate(history(arguments).split(",")):
            for path in (pathlib.Path(part) / "projects").iterdir():
                # Both may have a project of the same name.
                (claude / "projects" / f"{path.name}-{number}").symlink_to(path)
    env = environment(claude, folder / "state")
    subprocess.run([BINARY, "ingest"], env=env, check=True, stdout=subprocess.DEVNULL)
    return env, project, slug


def starts(arguments):
    with tempfile.TemporaryDirectory(dir=BENCH) as folder:
        env, project, _ = linked(arguments, pathlib.Path(folder))
        greeted, first = [], []
        for _ in range(20):
            client = Client(env, project)
            arrived, _ = client.wait(lambda status: True)
            first.append((arrived - client.started) * 1000)
            greeted.append((client.greeted - client.started) * 1000)
            client.close()
    for name, times in (("answer to initialize", greeted), ("first status", first)):
        print(f"start of a server to its {name}, {len(times)} starts: min {min(times):.1f} ms, median {statistics.median(times):.1f} ms, max {max(times):.1f} ms")


def appended(client, path, project, appends):
    """Milliseconds from each append to its notification."""
    session = path.stem
    _, status = client.wait(lambda status: True)
    before, times = status["today"]["messages"], []
    with open(path, "a", encoding="utf-8") as file:
        for count in range(1, appends + 1):
            # A pause: what comes after one is to be pushed at once.
            time.sleep(0.15)
            text = line(session, project) + "\n"
            begin = time.perf_counter()
            file.write(text)
            file.flush()
            arrived, _ = client.wait(lambda status: status["today"]["messages"] >= before + count)
            times.append((arrived - begin) * 1000)
    return sorted(times)


def notifications(arguments):
    with tempfile.TemporaryDirectory(dir=BENCH) as folder:
        env, project, slug = linked(arguments, pathlib.Path(folder))
        at = lambda times, share: times[min(len(times) - 1, int(len(times) * share))]
        told = lambda what, times: print(
            f"append to notification{what}, {len(times)} appends: p50 {at(times, .5):.2f} ms, "
            f"p90 {at(times, .9):.2f} ms, p99 {at(times, .99):.2f} ms")
        client = Client(env, project)
        told("", appended(client, slug / f"{uuid.uuid4()}.jsonl", project, arguments.appends))
        client.close()
        # Large files keep coming: the next when the last is written.
        large = next((corpus(90, 1) / "projects").rglob("*.jsonl"))
        stop = threading.Event()

        def feed():
            while not stop.is_set():
                copy = slug / f"{uuid.uuid4()}.jsonl"
                shutil.copyfile(large, copy)
                time.sleep(0.3)
                copy.unlink()

        client = Client(env, project)
        feeder = threading.Thread(target=feed)
        feeder.start()
        told(" while files of 90 MB are read", appended(client, slug / f"{uuid.uuid4()}.jsonl", project, arguments.appends // 2))
        stop.set()
        feeder.join()
        client.close()


def handed_over(command, env, text):
    """Milliseconds, and those of CPU time, of a program that is handed a short text. It is started without the detours of
    `subprocess`, which take as long as a small program."""
    handed, given = os.pipe()
    told, telling = os.pipe()
    os.write(given, text)
    os.close(given)
    actions = [(os.POSIX_SPAWN_DUP2, handed, 0), (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
               (os.POSIX_SPAWN_DUP2, telling, 2)]
    start = time.perf_counter()
    process = os.posix_spawnp(command[0], command, env, file_actions=actions)
    _, status, usage = os.wait4(process, 0)
    took = (time.perf_counter() - start) * 1000
    os.close(handed)
    os.close(telling)
    with open(told, "rb") as errors:
        complaint = errors.read().decode()
    if status or complaint:
        sys.exit(f"{command}: {os.waitstatus_to_exitcode(status)}, {complaint}")
    return took, (usage.ru_utime + usage.ru_stime) * 1000


def hooks(arguments):
    """What Claude Code runs, beside a leader: the status line with something new each time, as often as Claude Code asks for it
    at most, which is every 300 ms; and a hook that may stop work. The wait is a busy one, as Claude Code has just drawn what it
    tells of; a virtual machine that had nothing to do takes up to 13 ms to start anything, which lanes of their own show."""
    with tempfile.TemporaryDirectory(dir=BENCH) as folder:
        env, project, slug = linked(arguments, pathlib.Path(folder))
        session = str(uuid.uuid4())
        transcript = slug / f"{session}.jsonl"
        transcript.write_text(line(session, project) + "\n")
        leader = Client(env, project)
        leader.wait(lambda status: status["health"]["role"] == "leader")
        end = int(time.time()) + 7200
        common = {"session_id": session, "cwd": str(project), "transcript_path": str(transcript)}

        def status_line(index):
            return {**common, "model": {"id": "claude-sonnet-5", "display_name": "Sonnet"}, "version": "2.1.330",
                    "workspace": {"current_dir": str(project), "project_dir": str(project)},
                    "cost": {"total_cost_usd": index / 100},
                    "context_window": {"context_window_size": 200000, "current_usage": {"input_tokens": int(index * 2)}},
                    "rate_limits": {"five_hour": {"used_percentage": index / 10, "resets_at": end}}}

        def prompt(index):
            return {**common, "hook_event_name": "UserPromptSubmit", "prompt": "x" * index}

        # What starting any program takes at this time, for comparison. In turn, so that all see the same machine.
        def awake():
            until = time.perf_counter() + 0.3
            while time.perf_counter() < until:
                pass

        def asleep():
            time.sleep(0.3)

        line_command = [BINARY, "statusline"]
        lanes = {
            "costline statusline": (line_command, status_line, awake),
            "costline hook": ([BINARY, "hook"], prompt, None),
            "costline --version": ([BINARY, "--version"], lambda _: None, None),
            "true": (["true"], lambda _: None, None),
            "costline statusline, the machine idle before": (line_command, lambda index: status_line(index + 0.5), asleep),
            "true, the machine idle before": (["true"], lambda _: None, asleep),
        }
        runs = {name: [] for name in lanes}
        for index in range(arguments.appends):
            for name, (command, handed, wait) in lanes.items():
                if wait:
                    wait()
                runs[name].append(handed_over(command, env, json.dumps(handed(index)).encode()))
        for name, rows in runs.items():
            took = sorted(took for took, _ in rows)
            cpu = sum(cpu for _, cpu in rows) / len(rows)
            print(f"{name}: {cpu:.1f} ms of CPU, p50 {took[len(took) // 2]:.1f} ms, "
                  f"p99 {took[len(took) * 99 // 100]:.1f} ms, most {took[-1]:.1f} ms of {len(took)} runs")
        leader.close()


class Bus:
    """A session bus, and someone on it who notes when each warning arrives."""

    def __init__(self, socket):
        for program in ("dbus-daemon", "gdbus"):
            if shutil.which(program) is None:
                missing(f"{program} is not installed, so the desktop cannot be measured")
        self.address = f"unix:path={socket}"
        self.daemon = subprocess.Popen(["dbus-daemon", "--session", "--nofork", "--print-address", f"--address={self.address}"],
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.daemon.stdout.readline()
        self.env = {**os.environ, "DBUS_SESSION_BUS_ADDRESS": self.address}
        self.arrived = threading.Condition()
        self.warnings, self.named = [], False
        command = ["gdbus", "monitor", "--session", "--dest", "io.github.costline.Status1"]
        self.monitor = subprocess.Popen(command, env=self.env, stdout=subprocess.PIPE)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for row in self.monitor.stdout:
            at = time.perf_counter()
            with self.arrived:
                self.named |= b"is owned by" in row
                if b".BudgetWarning " in row:
                    self.warnings.append((at, row))
                self.arrived.notify_all()

    def wait_for_costline(self):
        with self.arrived:
            if not self.arrived.wait_for(lambda: self.named, 10):
                sys.exit("Costline is not on the bus after 10 s")

    def close(self):
        for process in (self.monitor, self.daemon):
            process.kill()
            process.wait()


def warnings(arguments):
    """Each append crosses a threshold of one of five budgets, of which one counts a branch over the whole month."""
    with tempfile.TemporaryDirectory(dir=BENCH) as folder:
        env, project, slug = linked(arguments, pathlib.Path(folder))
        def budget(*words):
            subprocess.run([BINARY, "budget", "set", *words], env=env, check=True, stdout=subprocess.DEVNULL)

        budget("--daily", "0.1", "--project", project, "--thresholds", ",".join(map(str, range(1, 1000))))
        budget("--weekly", "1000000", "--monthly", "1000000")
        budget("--monthly", "1000000", "--branch", "main")
        budget("--monthly", "1000000", "--model", "opus")
        bus = Bus(pathlib.Path(folder) / "bus")
        env["DBUS_SESSION_BUS_ADDRESS"] = bus.address
        roles = ("leader", "follower")
        clients = {}
        for role in roles:
            clients[role] = Client(env, project)
            clients[role].wait(lambda status: status["health"]["role"] == role and len(status["budgets"]) == 5)
        bus.wait_for_costline()
        clients["desktop"], times_of = bus, (*roles, "desktop")
        session = slug / f"{uuid.uuid4()}.jsonl"
        times = {role: [] for role in times_of}
        with open(session, "a", encoding="utf-8") as file:
            for count in range(arguments.appends):
                # So soon after one another a status would have to wait; a warning does not.
                time.sleep(0.03 if count % 2 else 0.15)
                text = line(session.stem, project) + "\n"
                begin = time.perf_counter()
                file.write(text)
                file.flush()
                for role, client in clients.items():
                    with client.arrived:
                        if not client.arrived.wait_for(lambda: len(client.warnings) > count, 10):
                            sys.exit(f"the {role} warned of nothing within 10 s")
                        times[role].append((client.warnings[count][0] - begin) * 1000)
        for role, client in clients.items():
            taken = sorted(times[role])
            at = lambda share: taken[min(len(taken) - 1, int(len(taken) * share))]
            print(f"append that crosses a threshold to the {role}'s warning, {len(taken)} appends: p50 {at(.5):.2f} ms, "
                  f"p90 {at(.9):.2f} ms, p99 {at(.99):.2f} ms")
            client.close()


def usage(process):
    """Resident MB, switches of its threads that they asked for, and CPU seconds of a process."""
    read = lambda path: pathlib.Path(path).read_text(encoding="utf-8")
    resident = next(row for row in read(f"/proc/{process}/status").splitlines() if row.startswith("VmRSS"))
    switches = 0
    for thread in pathlib.Path(f"/proc/{process}/task").iterdir():
        rows = read(thread / "status").splitlines()
        switches += sum(int(row.split()[1]) for row in rows if row.startswith("voluntary_ctxt_switches"))
    times = read(f"/proc/{process}/stat").rsplit(") ", 1)[1].split()
    return int(resident.split()[1]) / 1024, switches, (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")


def idle(arguments):
    with tempfile.TemporaryDirectory(dir=BENCH) as folder:
        env, project, _ = linked(arguments, pathlib.Path(folder))
        clients = {}
        for role in ("leader", "follower"):
            clients[role] = Client(env, project)
            clients[role].wait(lambda status: status["health"]["role"] == role)
        # The first looks are over.
        time.sleep(5)
        seconds = 40
        before = {role: usage(client.process.pid) for role, client in clients.items()}
        time.sleep(seconds)
        for role, client in clients.items():
            resident, switches, cpu = usage(client.process.pid)
            print(f"idle {role}, {seconds} s: {resident:.1f} MB resident, {(switches - before[role][1]) / seconds:.2f} "
                  f"wake-ups a second, {100 * (cpu - before[role][2]) / seconds:.3f} % of a core")
            client.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, usual in (("mb", 1000), ("files", 2000), ("runs", 5), ("appends", 200)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--small", action="store_true", help="append beside an empty history instead of the corpus")
    parser.add_argument("--only", help="some of these, with commas: compare, starts, notifications, warnings, hooks, idle")
    arguments = parser.parse_args()
    if not BINARY.exists():
        missing("no release build; run cargo build --release first")
    (BENCH / "home").mkdir(parents=True, exist_ok=True)
    parts = {part.__name__: part for part in (compare, starts, notifications, warnings, hooks, idle)}
    for name in (arguments.only or ",".join(parts)).split(","):
        if name not in parts:
            parser.error(f"there is no part {name!r}; there are {', '.join(parts)}")
        parts[name](arguments)


if __name__ == "__main__":
    main()
