"""Faults of disks, stores, clocks and processes under a server that is busy, and what was lost by them; see check-faults.

faults.py JAR FOLDER [--only NAME,NAME] [--long MINUTES]
"""

import argparse
import contextlib
import email.utils
import glob
import hashlib
import json
import os
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

FLAGS = (
    "-XX:+UseSerialGC -Xms64m -Xmn16m -Xmx256m -XX:MaxTenuringThreshold=1 -Xss512k -XX:MaxDirectMemorySize=64m "
    "-XX:TieredStopAtLevel=1 -XX:+ExitOnOutOfMemoryError -Dio.netty.leakDetection.level=paranoid"
).split()
IMAGE = 64 << 20
LONGEST_WAIT = 60
SCRIPT = b"#!ipxe\necho of this server\n"


class Lost(Exception):
    """A fault took something that it must not take."""


def content(seed, size):
    """Bytes that cannot be compressed and are the same each time."""
    return random.Random(seed).randbytes(size)


def until(what, condition, seconds=LONGEST_WAIT):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise Lost(f"in vain waited until {what}")
        time.sleep(0.1)


def expect(what, condition):
    if not condition:
        raise Lost(what)


class Server:
    """A server process; use as a context."""

    def __init__(self, place, *options, before=(), environment=None, cleared=True):
        self.place = place
        self.options = list(options)
        self.before = list(before)
        self.environment = environment or {}
        self.root = os.path.join(place, "root")
        self.log = os.path.join(place, "log")
        self.port = self.metrics_port = 0
        self.process = None
        for name in ("images", "ipxe"):
            os.makedirs(os.path.join(self.root, name), exist_ok=True)
        self.write("ipxe/boot.ipxe", SCRIPT)
        self.cleared = cleared

    def write(self, name, data):
        path = os.path.join(self.root, name)
        with open(path + "~", "wb") as file:
            file.write(data)
        os.replace(path + "~", path)
        return path

    def start(self):
        java = os.environ.get("JAVA", "java")
        command = [*self.before, java, *FLAGS, "-jar", JAR, "serve", "--root", self.root]
        command += ["--listen", f"127.0.0.1:{self.port}", "--metrics-listen", "127.0.0.1:0"]
        if "--access-log" not in self.options:
            command += ["--access-log", "off"]
        at = os.path.getsize(self.log) if os.path.exists(self.log) else 0
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                command + self.options, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **self.environment}
            )

        def begun():
            expect(f"the server starts: {self.tail()}", self.process.poll() is None)
            with open(self.log, encoding="utf-8", errors="replace") as log:
                log.seek(at)
                text = log.read()
            images = re.search(r"image port: http://127\.0\.0\.1:(\d+)/", text)
            metrics = re.search(r"metrics port: http://127\.0\.0\.1:(\d+)/", text)
            if images and metrics:
                self.port, self.metrics_port = int(images.group(1)), int(metrics.group(1))
            return images and metrics

        until("the server listens", begun)
        return self

    def tail(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()[-600:]

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, error, trace):
        if self.process.poll() is None:
            self.end(signal.SIGKILL if kind else signal.SIGTERM)
        if not kind:
            with open(self.log, encoding="utf-8", errors="replace") as log:
                text = log.read()
            expect("no buffer leaks", "LEAK" not in text)
            expect("no stack trace in the log", "\tat " not in text)

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(LONGEST_WAIT)

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def ask(self, path, method="GET", body=None, timeout=LONGEST_WAIT):
        """Status and body; status 0 when there was no whole answer."""
        request = urllib.request.Request(self.url(path), data=body, method=method)
        if body is not None and path.startswith("/api/v1/machines"):
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            with contextlib.suppress(OSError):
                return refused.code, refused.read()
            return refused.code, b""
        except (OSError, urllib.error.URLError, ValueError) as gone:
            return 0, str(gone).encode()
        except Exception as cut:  # http.client has some that are no OSError, IncompleteRead among them.
            return 0, str(cut).encode()

    def metrics(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=LONGEST_WAIT) as page:
            lines = page.read().decode().splitlines()
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines if line and line[0] != "#"}

    def sum(self, name):
        return sum(value for series, value in self.metrics().items() if series.split("{")[0] == name)

    def descriptors(self):
        """What is open beside sockets that listen: files of the root and connections."""
        held = 0
        for name in os.listdir(f"/proc/{self.process.pid}/fd"):
            with contextlib.suppress(OSError):
                target = os.readlink(f"/proc/{self.process.pid}/fd/{name}")
                held += target.startswith(("socket:", self.root)) and "sluice.db" not in target
        return held

    def settled(self, before):
        """Nothing of what clients did is left; a request is answered."""
        for name in ("sluice_connections", "sluice_streams", "http_requests_in_flight"):
            until(f"{name} is 0", lambda name=name: self.sum(name) == 0)
        until("descriptors are back", lambda: self.descriptors() <= before + 4)
        expect("a script is answered", self.ask("/ipxe/boot.ipxe") == (200, SCRIPT))


class Transfer(threading.Thread):
    """A client that reads an image at about a rate, and keeps what it got."""

    def __init__(self, server, path, rate=16 << 20):
        super().__init__(daemon=True)
        self.address = ("127.0.0.1", server.port)
        self.path, self.rate = path, rate
        self.body, self.length, self.status, self.begun = bytearray(), -1, 0, threading.Event()
        self.start()

    def run(self):
        with contextlib.suppress(OSError), socket.create_connection(self.address, timeout=LONGEST_WAIT) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            connection.sendall(f"GET {self.path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".encode())
            reader = connection.makefile("rb")
            self.status = int(reader.readline().split()[1])
            for line in iter(reader.readline, b"\r\n"):
                if line.lower().startswith(b"content-length:"):
                    self.length = int(line.split(b":")[1])
            begun = time.monotonic()
            for piece in iter(lambda: reader.read1(65536), b""):
                self.body += piece
                self.begun.set()
                ahead = len(self.body) / self.rate - (time.monotonic() - begun)
                if ahead > 0:
                    time.sleep(ahead)
        self.begun.set()

    def end(self):
        self.join(LONGEST_WAIT)
        expect("a transfer ends", not self.is_alive())
        return bytes(self.body)


@contextlib.contextmanager
def small_disk(path, megabytes):
    os.makedirs(path, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=1777", "sluice-check", path], check=True)
    try:
        yield lambda size: subprocess.run(["mount", "-o", f"remount,size={size}m", path], check=True)
    finally:
        subprocess.run(["umount", "-l", path], check=False)


def transfers(server, count, path="/images/disk.raw", rate=16 << 20):
    clients = [Transfer(server, path, rate) for _ in range(count)]
    for client in clients:
        client.begun.wait(LONGEST_WAIT)
    return clients


def while_sent(place, change, judge, count=20):
    """Changes the image while it is sent."""
    data = content(1, IMAGE)
    with Server(place) as server:
        server.write("images/disk.raw", data)
        server.ask("/images/disk.raw")
        before = server.descriptors()
        clients = transfers(server, count)
        change(server)
        for client in clients:
            judge(client, client.end(), data)
        server.settled(before)
        return count, server


def whole(client, body, data):
    expect("the transfer is whole and right", client.status == 200 and body == data)


def truncated(place):
    def cut(client, body, data):
        expect("no byte is wrong", data.startswith(body))
        expect("a transfer that lacks bytes is not whole", client.length == IMAGE and len(body) < IMAGE)

    count, server = while_sent(place, lambda it: os.truncate(f"{it.root}/images/disk.raw", IMAGE // 4), cut)
    return count, "transfers cut off short, no wrong byte"


def deleted(place):
    return while_sent(place, lambda it: os.unlink(f"{it.root}/images/disk.raw"), whole)[0], "transfers whole"


def replaced(place):
    other = content(2, IMAGE)

    def replace(server):
        server.write("images/disk.raw", other)
        expect("the new file is what is asked for now", server.ask("/images/disk.raw") == (200, other))

    return while_sent(place, replace, whole)[0], "transfers whole, each of one version"


def unreadable(place):
    data = content(3, IMAGE)
    os.makedirs(f"{place}/root", exist_ok=True)
    shutil.chown(f"{place}/root", "nobody")
    nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    with Server(place, before=nobody) as server:
        path = server.write("images/disk.raw", data)
        clients = transfers(server, 20)
        os.chmod(path, 0)
        until("it is refused", lambda: server.ask("/images/disk.raw")[0] in (403, 404, 503))
        for client in clients:
            whole(client, client.end(), data)
        os.chmod(path, 0o644)
        until("it is served again", lambda: server.ask("/images/disk.raw") == (200, data))
        server.settled(server.descriptors())
    return 20, "transfers whole; refused meanwhile, served afterwards"


def cache_full(place):
    data = content(4, IMAGE)
    with small_disk(f"{place}/cache", 16) as resize, Server(place, "--cache", f"{place}/cache") as server:
        server.write("images/disk.raw", data)
        refused = 0
        for _ in range(5):
            status, body = server.ask("/images/disk.raw.zst")
            expect(f"a copy without room is refused or cut off, not {status}", status in (0, 503, 507))
            refused += 1
        expect("the image itself is served", server.ask("/images/disk.raw") == (200, data))
        resize(256)
        until("there is a copy when there is room", lambda: server.ask("/images/disk.raw.zst")[0] == 200)
        copy = server.ask("/images/disk.raw.zst")[1]
        plain = subprocess.run(["zstd", "-dc"], input=copy, stdout=subprocess.PIPE, check=True).stdout
        expect("the copy is of the image", plain == data)
        server.settled(server.descriptors())
    return refused, "copies refused, then right"


def cache_smaller(place):
    """The disk is smaller than the cache may be: the least recently used copy goes, not the request."""
    with small_disk(f"{place}/cache", 100) as _, Server(place, "--cache", f"{place}/cache") as server:
        for i in range(6):
            data = content(40 + i, 24 << 20)
            server.write(f"images/disk{i}.raw", data)
            status = 0
            for _ in range(4):
                status, body = server.ask(f"/images/disk{i}.raw.zst")
                if status == 200:
                    break
            expect(f"copy {i} is made, not {status}", status == 200)
            plain = subprocess.run(["zstd", "-dc"], input=body, stdout=subprocess.PIPE, check=True).stdout
            expect("the copy is of the image", plain == data)
    return 6, "copies right, older ones made room"


def uploads_full(place):
    data = content(5, 8 << 20)
    with small_disk(f"{place}/root/images", 16), Server(place) as server:
        kept = []
        for i in range(6):
            status, _ = server.ask(f"/api/v1/images/up{i}.raw", "PUT", data)
            if status in (200, 201, 204):
                kept.append(i)
        expect("some fit and some do not", 0 < len(kept) < 6)
        for i in range(6):
            status, body = server.ask(f"/images/up{i}.raw")
            expect("an upload is whole or not there", (status, body) == (200, data) if i in kept else status in (404, 503))
        os.unlink(f"{server.root}/images/up{kept[0]}.raw")
        for part in glob.glob(f"{server.root}/images/.*"):
            os.unlink(part)
        expect("the next fits", server.ask("/api/v1/images/next.raw", "PUT", data)[0] in (200, 201, 204))
        expect("and is right", server.ask("/images/next.raw") == (200, data))
        server.settled(server.descriptors())
    return 7, "uploads whole or refused"


def log_full(place):
    asked = 4000
    with small_disk(f"{place}/disk", 1) as resize:
        path = f"{place}/disk/access.log"
        with Server(place, "--access-log", path) as server:
            for i in range(asked):
                if i == asked * 3 // 4:
                    resize(16)
                server.ask(f"/ipxe/boot.ipxe?{i}")
            until("what can be written is", lambda: file_is_still(path))
            lost = int(server.sum("sluice_access_log_dropped_total"))
        with open(path, "rb") as log:
            lines = log.read().split(b"\n")
    expect("the last line is whole", lines.pop() == b"")
    seen = [json.loads(line)["target"] for line in lines]
    expect("no line is there twice", len(set(seen)) == len(seen))
    expect(f"lines that are not there are counted: {len(seen)} + {lost} of {asked}", len(seen) + lost == asked)
    return asked, f"requests answered, {lost} lines lost and counted"


def file_is_still(path):
    size = os.path.getsize(path)
    time.sleep(1)
    return os.path.getsize(path) == size


def store_full(place):
    with small_disk(f"{place}/state", 2) as resize, Server(place, "--store", f"jdbc:sqlite:{place}/state/s.db") as server:
        known = []
        statuses = set()
        for i in range(3000):
            status, _ = server.ask(f"/api/v1/machines/m{i}", "PUT", json.dumps({"vars": {"pad": "x" * 500}}).encode())
            statuses.add(status)
            if status in (200, 201):
                known.append(i)
            elif len(known) < i - 3:
                break
        expect(f"writes are refused when the disk is full: {statuses}", statuses <= {200, 201, 503, 507} and len(statuses) > 1)
        expect("scripts are answered", server.ask("/ipxe/boot.ipxe")[0] == 200)
        resize(64)
        until("writes go on", lambda: server.ask("/api/v1/machines/after", "PUT", b"{}")[0] in (200, 201))
        server.end(signal.SIGKILL)
        server.start()
        for i in known:
            until(f"m{i} is known", lambda i=i: server.ask(f"/api/v1/machines/m{i}")[0] == 200, 20)
    return len(known), "acknowledged machines, all there after kill -9"


def store_gone(place):
    binaries = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
    data = f"{place}/pg"
    os.makedirs(data)
    shutil.chown(data, "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def run(*command):
        subprocess.run(["runuser", "-u", "postgres", "--", *command], check=True, stdout=subprocess.DEVNULL)

    def control(*what):
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={data}"
        run(f"{binaries}/pg_ctl", "-D", f"{data}/db", "-w", "-l", f"{data}/log", "-o", options, *what)

    run(f"{binaries}/initdb", "-A", "trust", "-U", "sluice", "-N", "-D", f"{data}/db")
    control("start")
    try:
        run(f"{binaries}/createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "sluice", "machines")
        store = f"jdbc:postgresql://127.0.0.1:{port}/machines?user=sluice"
        with Server(place, "--store", store) as server:
            known, refused = [], 0
            for i in range(44):
                if i == 20:
                    control("stop", "-m", "immediate")
                if i == 24:
                    control("start")
                    until("the store is back", lambda: server.ask("/readyz")[0] == 200)
                status, _ = server.ask(f"/api/v1/machines/m{i}", "PUT", b"{}")
                expect(f"a write is answered with 201 or 503, not {status}", status in (200, 201, 409, 503))
                known += [i] if status in (200, 201) else []
                refused += status not in (200, 201)
                expect("scripts are answered", server.ask("/ipxe/boot.ipxe")[0] == 200)
            for i in known:
                until(f"m{i} is known", lambda i=i: server.ask(f"/api/v1/machines/m{i}")[0] == 200, 20)
            expect("some were refused and most were not", 0 < refused <= 8)
    finally:
        control("stop", "-m", "immediate")
    return 44, f"writes, {refused} refused, all acknowledged ones there"


def clock_stepped(place):
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "steppedclock.c")
    library, step = f"{place}/steppedclock.so", f"{place}/step"
    subprocess.run(["gcc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    with open(step, "wb") as file:
        file.write(struct.pack("=q", 0))
    data = content(6, IMAGE)
    with Server(place, environment={"LD_PRELOAD": library, "STEP_FILE": step}) as server:
        server.write("images/disk.raw", data)
        clients = transfers(server, 20)
        day = 86_400
        steps = (day, -day, 365 * day, -3600, 0)
        for offset in steps:
            with open(step, "r+b") as file:
                file.write(struct.pack("=q", offset))

            def hears(offset=offset):
                with urllib.request.urlopen(server.url("/ipxe/boot.ipxe")) as answer:
                    date = email.utils.parsedate_to_datetime(answer.headers["Date"]).timestamp()
                return abs(date - time.time() - offset) < 60

            until("the server has the new time", hears)
            status, _ = server.ask(f"/api/v1/machines/at{abs(offset)}", "PUT", b"{}")
            expect(f"machines are written, not {status}", status in (200, 201))
        for client in clients:
            whole(client, client.end(), data)
        server.settled(server.descriptors())
    return len(steps), "steps of up to a year, transfers whole"


def ended_in_a_storm(place, how, times=3):
    data = content(7, IMAGE)
    digest = hashlib.sha256(data).hexdigest()
    server = Server(place, "--drain-seconds", "1")
    with server:
        server.write("images/disk.raw", data)
        outputs = [f"{place}/out{i}" for i in range(24)]
        loop = (
            'for i in $(seq 200); do curl -sf -C - --limit-rate 8M --max-time 60 -o "$1" "$2" && exit 0; '
            '[ "$(stat -c %s "$1" 2>/dev/null)" = "$3" ] && exit 0; sleep 0.2; done; exit 1'
        )
        clients = [
            subprocess.Popen(["sh", "-c", loop, "sh", output, server.url("/images/disk.raw"), str(IMAGE)]) for output in outputs
        ]
        for _ in range(times):
            time.sleep(1.5)
            server.end(how)
            server.start()
        for client in clients:
            expect("each client has its image in the end", client.wait(120) == 0)
        for output in outputs:
            with open(output, "rb") as file:
                expect("and it is right", hashlib.file_digest(file, "sha256").hexdigest() == digest)
            os.unlink(output)
        server.settled(server.descriptors())
    return len(outputs) * times, "transfers cut off, all images right in the end"


def terminated(place):
    return ended_in_a_storm(place, signal.SIGTERM)


def killed(place):
    return ended_in_a_storm(place, signal.SIGKILL)


def idle(place, count=10_000):
    with Server(place) as server:
        before = server.descriptors()
        most = int(server.metrics()['sluice_connections_limit{port="image"}'])
        count = min(count, most)
        connections = []
        for i in range(count):
            connection = socket.socket()
            connection.bind((f"127.0.2.{1 + i // 20_000}", 0))
            connection.connect(("127.0.0.1", server.port))
            connections.append(connection)
        until("all are open", lambda: server.sum("sluice_connections") >= count)
        for _ in range(50):
            expect("scripts are answered", server.ask("/ipxe/boot.ipxe") == (200, SCRIPT))
        for connection in connections:
            connection.close()
        server.settled(before)
    return count, "connections, all given back"


def aborted(place, count=4000):
    rng = random.Random(11)
    paths = ["/images/disk.raw", "/images/disk.raw.zst", "/ipxe/boot.ipxe", "/api/v1/events", "/nothing", "/metrics"]
    with Server(place) as server:
        server.write("images/disk.raw", content(8, 16 << 20))
        server.ask("/images/disk.raw.zst")
        before = server.descriptors()
        for _ in range(count):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
                request = f"GET {rng.choice(paths)} HTTP/1.1\r\nHost: h\r\n\r\n".encode() * rng.randint(1, 3)
                connection.sendall(request[: rng.randint(1, len(request))])
                if rng.random() < 0.5:
                    connection.settimeout(0.02)
                    with contextlib.suppress(OSError):
                        connection.recv(rng.randint(1, 1 << 16))
                if rng.random() < 0.7:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        server.settled(before)
    return count, "clients gone, nothing kept"


def storm(place, minutes):
    """A mixed storm for long; what grows is a leak."""
    samples = []
    rng = random.Random(12)
    with Server(place) as server:
        data = content(9, IMAGE)
        server.write("images/disk.raw", data)
        end = time.monotonic() + minutes * 60
        every = max(5.0, minutes * 60 / 40)
        due = time.monotonic() + every
        wrong = done = 0
        pid = server.process.pid
        while time.monotonic() < end:
            clients = [Transfer(server, "/images/disk.raw", 8 << 20) for _ in range(16)]
            for i in range(200):
                server.ask(f"/boot/52540000{rng.randrange(65536):04x}")
                server.ask("/ipxe/boot.ipxe")
                if i % 50 == 0:
                    server.ask(f"/api/v1/machines/m{rng.randrange(500)}", "PUT", json.dumps({"vars": {"n": str(i)}}).encode())
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", server.port), timeout=10) as gone:
                    gone.sendall(b"GET /images/disk.raw HTTP/1.1\r\nHost: h\r\n\r\n")
                    gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            for client in clients:
                wrong += client.end() != data
                done += 1
            if time.monotonic() >= due:
                due += every
                subprocess.run(["jcmd", str(pid), "GC.run"], check=True, stdout=subprocess.DEVNULL)
                until("nothing is under way", lambda: server.sum("sluice_connections") == 0)
                numbers = server.metrics()
                samples.append(
                    (
                        sum(v for k, v in numbers.items() if k.startswith('jvm_memory_used_bytes{area="heap"')) / 2**20,
                        sum(v for k, v in numbers.items() if k.startswith('jvm_buffer_pool_used_bytes{pool="direct"')) / 2**20,
                        len(os.listdir(f"/proc/{pid}/fd")),
                        len(os.listdir(f"/proc/{pid}/task")),
                        int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{pid}/status", encoding="ascii").read()).group(1)) / 1024,
                    )
                )
        expect(f"{wrong} transfers were not right", wrong == 0)
        server.settled(server.descriptors())
    if len(samples) > 3:
        print("  heap MiB  direct MiB  descriptors  threads  resident MiB")
        for sample in samples[:: max(1, len(samples) // 20)]:
            print("  %8.1f  %10.1f  %11d  %7d  %12.1f" % sample)
        early, late = samples[len(samples) // 4], samples[-1]
        expect("the heap is flat", late[0] < early[0] * 1.5 + 8)
        expect("direct memory is flat", late[1] < early[1] * 1.5 + 8)
        expect("descriptors are flat", late[2] <= early[2] + 8)
        expect("threads are flat", late[3] <= early[3] + 8)
    return done, f"transfers in {minutes:g} minutes, all right"


FAULTS = [
    ("truncated", truncated),
    ("deleted", deleted),
    ("replaced", replaced),
    ("unreadable", unreadable),
    ("cache-full", cache_full),
    ("cache-smaller", cache_smaller),
    ("uploads-full", uploads_full),
    ("log-full", log_full),
    ("store-full", store_full),
    ("store-gone", store_gone),
    ("clock-stepped", clock_stepped),
    ("terminated", terminated),
    ("killed", killed),
    ("idle", idle),
    ("aborted", aborted),
]


def main():
    global JAR
    parser = argparse.ArgumentParser()
    parser.add_argument("jar")
    parser.add_argument("folder")
    parser.add_argument("--only", default="")
    parser.add_argument("--long", type=float, default=0)
    arguments = parser.parse_args()
    os.chmod(arguments.folder, 0o755)
    JAR = f"{arguments.folder}/sluice.jar"
    shutil.copy(arguments.jar, JAR)
    os.chmod(JAR, 0o644)
    chosen = [each for each in FAULTS if not arguments.only or each[0] in arguments.only.split(",")]
    if arguments.long or not arguments.only or "storm" in arguments.only:
        chosen.append(("storm", lambda place: storm(place, arguments.long or 0.5)))
    rows, failed = [], 0
    for name, fault in chosen:
        place = f"{arguments.folder}/{name}"
        os.makedirs(place)
        begun = time.monotonic()
        try:
            tried, what = fault(place)
            rows.append((name, str(tried), "nothing", what))
        except (Lost, subprocess.SubprocessError, OSError) as lost:
            failed += 1
            rows.append((name, "-", "FAILED", str(lost)))
        print("%-15s %5.1f s  %s" % (name, time.monotonic() - begun, rows[-1][2]), flush=True)
        shutil.rmtree(place, ignore_errors=True)
    print()
    print("%-15s %7s  %-8s %s" % ("fault", "tried", "lost", "what"))
    for row in rows:
        print("%-15s %7s  %-8s %s" % row)
    print(f"check-faults: {len(rows) - failed} passed, {failed} failed")
    return 1 if failed else 0


JAR = ""
sys.exit(main())
