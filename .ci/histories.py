#!/usr/bin/env python3
"""Checks what several servers on one PostgreSQL tell their clients, while processes are killed and stopped.

Every machine is a history of its own: an operator puts it, has it installed, takes that back, deletes it, each time by another
server, while the machine asks for scripts and says that it is done. Meanwhile servers are killed (-9) and paused, the processes
of the database that work for one of them are stopped, and the database is killed and started. What was answered, and when, is
then held against what has to be true:

  - no install script comes to a request that began after the end of that installation was acknowledged,
  - no look shows an installation open after that, nor one over that nobody has ended,
  - an installation that is acknowledged is not one that was over before, and does not vanish,
  - what was put is there until something else is put or it is deleted, on every server,
  - in the end, all servers say the same.

What was refused or not answered may or may not have happened. Operations and faults come from the seed; how the threads run
does not, so a seed may have to be run more than once to show the same thing again.
"""
import argparse, http.client, json, os, random, re, signal, subprocess, sys, tempfile, threading, time

NEVER = float("inf")
# How long a server may act on what it knew (Currency.VALIDITY), and what a slow machine adds.
VALIDITY = 1.0
# What an operator does by one server and then by another, and how often.
PAIRS = [("install", "cancel"), ("put", "install"), ("complete", "install"), ("cancel", "install"), ("put", "look"), ("install", "look"),
    ("delete", "put")]
WEIGHTS = [6, 4, 3, 3, 3, 2, 1]
TOKEN = re.compile(rb"/installations/([0-9a-f]{8,})/")


class Server:
    def __init__(self, world, name):
        self.world, self.name, self.port, self.process, self.number = world, name, 0, None, 0
        self.root = os.path.join(world.folder, name)
        os.makedirs(self.root + "/profiles", exist_ok=True)

    def start(self):
        self.number += 1
        log = os.path.join(self.world.folder, "%s-%d.log" % (self.name, self.number))
        with open(log, "w") as out:
            self.process = subprocess.Popen(
                self.world.java + ["-jar", self.world.jar, "serve", "--root", self.root, "--listen", "127.0.0.1:%d" % self.port,
                 "--metrics-listen", "off", "--access-log", "off", "--store", self.world.store + "&ApplicationName=" + self.name],
                stdout=subprocess.DEVNULL, stderr=out)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with open(log) as text:
                found = re.search(r"image port: http://127\.0\.0\.1:(\d+)/", text.read())
            if found:
                self.port = int(found.group(1))
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise SystemExit("%s did not start:\n%s" % (self.name, open(log).read()))

    def kill(self):
        self.process.kill()
        self.process.wait()

    def signal(self, number):
        if self.process.poll() is None:
            self.process.send_signal(number)

    def ask(self, method, path, body=None):
        """Status and body; status 0 when there was no answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            headers = {"Content-Type": "application/json"} if body is not None else {}
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()


class Postgres:
    def __init__(self, folder, bin):
        self.bin, self.folder = bin, os.path.join(folder, "pg")
        os.chmod(folder, 0o755)
        os.mkdir(self.folder)
        os.chmod(self.folder, 0o777)
        import socket
        probe = socket.socket()
        probe.bind(("127.0.0.1", 0))
        self.port = probe.getsockname()[1]
        probe.close()
        self.run("initdb", "-A", "trust", "-U", "sluice", "-N", "-D", self.folder + "/data")
        self.start()
        self.run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "sluice", "machines")

    def run(self, program, *arguments, check=True):
        command = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        done = subprocess.run(command + [os.path.join(self.bin, program)] + list(arguments), cwd="/", stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, timeout=60)
        if check and done.returncode != 0:
            raise SystemExit("%s ended with %d" % (program, done.returncode))
        return done.stdout.decode()

    def start(self):
        options = "-c listen_addresses=127.0.0.1 -c unix_socket_directories='' -p %d" % self.port
        self.run("pg_ctl", "-D", self.folder + "/data", "-l", self.folder + "/log", "-w", "-o", options, "start")

    def stop(self):
        self.run("pg_ctl", "-D", self.folder + "/data", "-w", "-m", "immediate", "stop", check=False)

    def backends(self, application):
        rows = self.run("psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "sluice", "-Atc",
            "SELECT pid FROM pg_stat_activity WHERE application_name = '%s'" % application, "machines", check=False)
        return [int(row) for row in rows.split()]


def send(processes, number):
    for process in processes:
        try:
            os.kill(process, number)
        except ProcessLookupError:
            pass


class World:
    def __init__(self, options, folder):
        self.folder, self.jar, self.java = folder, options.jar, options.java.split()
        self.postgres = Postgres(folder, options.postgres)
        self.store = "jdbc:postgresql://127.0.0.1:%d/machines?user=sluice" % self.postgres.port
        self.servers = [Server(self, "s%d" % i) for i in range(options.servers)]
        starts = [threading.Thread(target=server.start) for server in self.servers]
        for i, start in enumerate(starts):
            start.start()
            if i == 0:
                start.join()
        for start in starts:
            start.join()

    def close(self):
        for server in self.servers:
            if server.process and server.process.poll() is None:
                server.signal(signal.SIGCONT)
                server.kill()
        self.postgres.stop()


class Operation:
    """What was asked, from when to when, and what was answered."""
    def __init__(self, kind, server, begun, **more):
        self.kind, self.server, self.begun, self.ended, self.status = kind, server, begun, NEVER, 0
        self.token = self.value = self.state = None
        self.__dict__.update(more)

    @property
    def acknowledged(self):
        return self.status in (200, 201, 204)

    @property
    def over(self):
        """When it has happened at the latest; what was not acknowledged may happen at any time."""
        return self.ended if self.acknowledged else NEVER

    def __str__(self):
        return "%8.3f-%8.3f %s %-8s %3d token %s value %s state %s" % (
            self.begun, self.ended, self.server, self.kind, self.status, self.token and self.token[:6], self.value, self.state)


class History:
    def __init__(self, world, number, name, seed):
        self.world, self.name, self.seed = world, name, seed
        self.mac = "52:54:%02x:%02x:%02x:%02x" % (number >> 24 & 255, number >> 16 & 255, number >> 8 & 255, number & 255)
        self.operations, self.tokens, self.value = [], [], 0

    def perform(self, kind, server, token=None, clock=time.monotonic):
        path = "/api/v1/machines/" + self.name
        operation = Operation(kind, server.name, clock(), token=token)
        if kind == "put":
            self.value += 1
            operation.value = "v%d" % self.value
            status, body = server.ask("PUT", path, {"macs": [self.mac], "hostname": operation.value})
        elif kind in ("install", "cancel", "complete"):
            status, body = server.ask("POST", path + "/" + kind)
        elif kind == "delete":
            status, body = server.ask("DELETE", path)
        elif kind == "look":
            status, body = server.ask("GET", path)
        elif kind == "script":
            status, body = server.ask("GET", "/boot/" + self.mac)
            found = TOKEN.search(body)
            operation.token = found.group(1).decode() if status == 200 and found else None
        else:
            status, body = server.ask("POST", "/api/v1/installations/%s/%s" % (token, "complete" if kind == "prove" else "fail"))
        operation.ended, operation.status = clock(), status
        if status == 200 and kind in ("look", "install", "cancel", "complete"):
            document = json.loads(body)
            operation.value = document.get("hostname")
            installation = document.get("installation") or {}
            operation.token, operation.state = installation.get("token"), installation.get("state")
        if operation.token and operation.token not in self.tokens:
            self.tokens.append(operation.token)
        self.operations.append(operation)
        return operation

    def operate(self, end):
        """One thing by one server, and at once another by the next, which may not have heard of the first."""
        dice = random.Random(self.seed + "/operator")
        self.perform("put", dice.choice(self.world.servers))
        while time.monotonic() < end:
            first, second = dice.sample(self.world.servers, 2)
            one, other = dice.choices(PAIRS, WEIGHTS)[0]
            self.perform(one, first)
            self.perform(other, second)
            if dice.random() < 0.3:
                time.sleep(dice.uniform(0, 0.4))

    def boot(self, end):
        dice = random.Random(self.seed + "/machine")
        while time.monotonic() < end:
            token = self.perform("script", dice.choice(self.world.servers)).token
            if token and dice.random() < 0.35:
                self.perform(dice.choice(["prove", "prove", "fail"]), dice.choice(self.world.servers), token)
            else:
                time.sleep(dice.uniform(0.1, 0.8))

    def conclude(self, ready):
        """The last look, by every server."""
        return [ready(server, self) for server in self.world.servers]

    # ---- what has to be true

    def problems(self):
        done = sorted(self.operations, key=lambda each: each.begun)
        installs = {}
        for each in done:
            if each.kind == "install" and each.acknowledged and each.token:
                installs.setdefault(each.token, each)
        deletes = [each for each in done if each.kind == "delete" and each.status != 404]
        puts = [each for each in done if each.kind == "put"]
        ends = {token: self.ends(done, token) for token in self.tokens}
        for each in done:
            if each.status == 200 and each.token and each.kind in ("script", "look", "install"):
                yield from self.after_the_end(each, ends[each.token])
            if each.kind == "look" and each.status in (200, 404):
                yield from self.lost(each, puts, deletes)
                yield from self.vanished(each, installs, deletes)
            if each.kind == "look" and each.status == 200 and each.state not in (None, "none", "wanted", "running"):
                yield from self.from_nowhere(each, done, deletes)
            if each.kind in ("install", "cancel") and each.status == 404:
                yield from self.lost(each, puts, deletes)

    def first_seen(self, done, token):
        return min((each.ended for each in done if each.token == token and each.kind in ("install", "script", "look")), default=NEVER)

    def ends(self, done, token):
        """When somebody was told that an installation is over."""
        seen = self.first_seen(done, token)
        for each in done:
            named = each.kind in ("prove", "fail") and each.token == token and each.status in (200, 409)
            all_of_them = each.kind in ("cancel", "complete", "delete") and each.acknowledged and each.begun > seen
            if named or all_of_them:
                return each
        return None

    def after_the_end(self, each, end):
        is_open = each.kind == "script" or each.state in ("wanted", "running")
        if end and is_open and each.begun > end.ended:
            yield "an installation goes on after its end was acknowledged", [end, each]

    def lost(self, look, puts, deletes):
        """A look sees the last thing that was put before it, or something that came at the same time or later."""
        before = [put for put in puts if put.acknowledged and put.ended < look.begun]
        if not before:
            return
        last = max(before, key=lambda put: put.begun)
        if look.status == 404:
            if not any(delete.over > last.begun and delete.begun < look.ended for delete in deletes):
                yield "what was acknowledged is not there", [last, look]
        elif look.value != last.value and look.kind == "look":
            source = [put for put in puts if put.value == look.value]
            if not source or source[0].over < last.begun:
                yield "what was acknowledged is lost", [last, look]

    def vanished(self, look, installs, deletes):
        for token, install in installs.items():
            if install.ended < look.begun and look.token != token:
                later = [each for other, each in installs.items() if other != token and each.over > install.begun]
                unknown = [each for each in self.operations if each.kind == "install" and not each.acknowledged and each.begun < look.ended]
                removed = [each for each in deletes if each.over > install.begun and each.begun < look.ended]
                if not later and not unknown and not removed:
                    yield "an installation that was acknowledged has vanished", [install, look]

    def from_nowhere(self, look, done, deletes):
        for each in done:
            if each.begun < look.ended and (each.kind in ("cancel", "complete") and each.status not in (404, 409)
                    or each.kind in ("prove", "fail") and each.token == look.token):
                return
        yield "an installation is over that nobody has ended", [look]


class Faults(threading.Thread):
    """What goes wrong, one thing after the other, until a time."""
    def __init__(self, world, seed, end):
        super().__init__()
        self.world, self.dice, self.end, self.told = world, random.Random(seed + "/faults"), end, []

    def run(self):
        while time.monotonic() < self.end - 2:
            time.sleep(self.dice.uniform(0.1, 0.7))
            kind = self.dice.choices(["kill", "stop", "pause", "restart"], [2, 8, 2, 1])[0]
            server = self.dice.choice(self.world.servers)
            self.told.append(kind)
            if kind == "kill":
                server.kill()
                time.sleep(self.dice.uniform(0, 0.5))
                server.start()
            elif kind == "stop":
                backends = self.world.postgres.backends(server.name)
                send(backends, signal.SIGSTOP)
                time.sleep(self.dice.uniform(0.1, 2.5))
                send(backends, signal.SIGCONT)
            elif kind == "pause":
                server.signal(signal.SIGSTOP)
                time.sleep(self.dice.uniform(0.5, 2.5))
                server.signal(signal.SIGCONT)
            else:
                self.world.postgres.stop()
                time.sleep(self.dice.uniform(0, 0.5))
                self.world.postgres.start()


def last_look(server, history):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        look = history.perform("look", server)
        if look.status in (200, 404):
            return look
        time.sleep(0.2)
    raise SystemExit("%s does not come back" % server.name)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jar", required=True)
    parser.add_argument("--java", default="java -XX:+UseSerialGC -Xmx96m -XX:TieredStopAtLevel=1")
    parser.add_argument("--postgres", required=True, metavar="DIR", help="the folder with initdb")
    parser.add_argument("--seed", default=str(random.randrange(1 << 32)))
    parser.add_argument("--servers", type=int, default=3)
    parser.add_argument("--histories", type=int, default=100, help="in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=12, help="of each round")
    options = parser.parse_args()
    counts, found, total = {}, 0, 0
    with tempfile.TemporaryDirectory(prefix="sluice-histories-") as folder:
        world = None
        try:
            world = World(options, folder)
            for turn in range(options.rounds):
                seed = "%s/%d" % (options.seed, turn)
                end = time.monotonic() + options.seconds
                histories = [History(world, turn * options.histories + i, "r%dm%d" % (turn, i), "%s/%d" % (seed, i)) for i in range(options.histories)]
                faults = Faults(world, seed, end)
                threads = [faults] + [threading.Thread(target=work, args=(end,)) for each in histories for work in (each.operate, each.boot)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                for history in histories:
                    looks = history.conclude(last_look)
                    if len({(look.status, look.value, look.token, look.state) for look in looks}) > 1:
                        found += 1
                        print("seed %s: %s: servers differ in the end" % (options.seed, history.name), *looks, sep="\n    ")
                    for problem, evidence in history.problems():
                        found += 1
                        if found <= 20:
                            print("seed %s: %s: %s" % (options.seed, history.name, problem), *evidence, sep="\n    ")
                    for operation in history.operations:
                        total += 1
                        key = operation.kind + (" ok" if operation.acknowledged else " %d" % operation.status)
                        counts[key] = counts.get(key, 0) + 1
                print("round %d: %d histories, faults: %s" % (turn, len(histories), " ".join(faults.told)), flush=True)
        finally:
            if world:
                world.close()
    print("answers: " + ", ".join("%s %d" % pair for pair in sorted(counts.items())))
    print("histories %d, operations %d, seed %s, problems %d" % (options.rounds * options.histories, total, options.seed, found))
    sys.exit(1 if found else 0)


main()
