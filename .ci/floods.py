"""Clients that fill what a server has, and clients that use it meanwhile; each is a process of its own. See check-floods.

floods.py streams PORT FILE             64 clients read the image of that content slowly until standard input ends
floods.py probes IMAGE_PORT METRICS_PORT  asks for a script 20 times a second and for metrics twice, until standard input ends
floods.py flood PORT KIND COUNT SECONDS   opens so many connections, 2,000 a second, and holds them for so long
Each prints one JSON object at the end.
"""

import json
import mmap
import os
import selectors
import socket
import sys
import threading
import time

RATE = 2000
# By this name only a program on the machine itself calls it, and may change something.
HOST = b"Host: localhost\r\n"


def fields(count, size):
    return b"".join(b"X-Filler-%d: %s\r\n" % (i, b"v" * size) for i in range(count))


def json_body(length, sent):
    head = b"POST /api/v1/machines HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % length + b"[" + b" " * (sent - 1)


def chunks(count):
    head = b"PUT /api/v1/machines/m1 HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"1\r\n \r\n" * count


KINDS = {
    "idle": lambda: b"",
    "heads": lambda: b"GET /ipxe/boot.ipxe HTTP/1.1\r\n" + HOST + fields(15, 990),
    "heads-of-many": lambda: b"GET /ipxe/boot.ipxe HTTP/1.1\r\n" + HOST + fields(15, 990),
    "lines": lambda: b"GET /" + b"a" * 8000,
    "scrape-heads": lambda: b"GET /metrics HTTP/1.1\r\n" + HOST + fields(7, 990),
    "small-fields": lambda: b"GET /ipxe/boot.ipxe HTTP/1.1\r\n" + HOST + fields(98, 2) + b"\r\n",
    "requests": lambda: b"GET /ipxe/boot.ipxe HTTP/1.1\r\n" + HOST + fields(15, 990) + b"\r\n",
    "waiting": lambda: b"GET /images/big.raw HTTP/1.1\r\n" + HOST + fields(15, 990) + b"\r\n",
    "bodies": lambda: json_body(200_000, 100_000),
    "large-bodies": lambda: json_body(4_000_000, 3_900_000),
    "one-body": lambda: b"PUT /api/v1/machines/m1 HTTP/1.1\r\n" + HOST
    + b"Content-Type: application/json\r\nContent-Length: 200000\r\n\r\n" + b" " * 100_000,
    "chunks": lambda: chunks(2000),
    "trailers": lambda: chunks(1) + b"0\r\n" + fields(15, 990),
    "events": lambda: b"GET /api/v1/events HTTP/1.1\r\n" + HOST + b"\r\n",
    "pipelined": lambda: (b"GET /nothing/here HTTP/1.1\r\n" + HOST + b"\r\n") * 400,
    "unread-lists": lambda: (b"GET /api/v1/machines?limit=1000 HTTP/1.1\r\n" + HOST + b"\r\n") * 2,
    "unread-documents": lambda: (b"GET /api/v1/openapi.json HTTP/1.1\r\n" + HOST + b"\r\n") * 20,
    "ranges": lambda: b"GET /images/big.raw HTTP/1.1\r\n" + HOST + b"Range: bytes="
    + b",".join(b"%d-%d" % (i * 1000, i * 1000 + 1) for i in range(64)) + b"\r\n\r\n",
    "uploads": lambda: b"PUT /api/v1/images/up-%d.raw HTTP/1.1\r\n" + HOST + b"Content-Length: 1000000\r\n\r\n" + b"u" * 100_000,
    "machines": lambda: b"GET /boot/5254%08x HTTP/1.1\r\n" + HOST + b"\r\n",
    "unread-images": lambda: b"GET /images/big.raw HTTP/1.1\r\n" + HOST + b"\r\n",
    "unread-scrapes": lambda: (b"GET /metrics HTTP/1.1\r\n" + HOST + b"\r\n") * 3,
}
UNREAD = {"pipelined", "unread-lists", "unread-documents", "ranges", "unread-images", "unread-scrapes", "events"}


def push(entry):
    """Sends what the connection takes."""
    while entry[1]:
        try:
            entry[1] = entry[1][entry[0].send(entry[1]) :]
        except BlockingIOError:
            return
        except OSError:
            entry[1] = b""


def flood(port, kind, count, seconds):
    os.nice(10)
    message = KINDS[kind]()
    begun = time.monotonic()
    entries = []
    for i in range(count):
        wait = begun + i / RATE - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        connection = socket.socket()
        connection.setblocking(False)
        if kind in UNREAD:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        last = i % 200 if kind == "heads-of-many" else i // 20_000
        connection.bind(("127.0.1.%d" % (last + 1), 0))
        connection.connect_ex(("127.0.0.1", port))
        entries.append([connection, memoryview(message % i if b"%" in message else message)])
        for entry in entries[-64:]:
            push(entry)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for entry in entries:
            push(entry)
        time.sleep(0.1)
    closed = 0
    for connection, _ in entries:
        try:
            closed += connection.recv(1) == b""
        except BlockingIOError:
            pass
        except OSError:
            closed += 1
    print(json.dumps({"connections": count, "closed": closed, "seconds": round(time.monotonic() - begun, 1)}))


def streams(port, name):
    content = mmap.mmap(os.open(name, os.O_RDONLY), 0, prot=mmap.PROT_READ)
    selector = selectors.DefaultSelector()
    sys.stdin.reconfigure(line_buffering=True)
    result = {"transfers": 64, "cut": 0, "wrong": 0, "bytes": 0}
    for _ in range(64):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.sendall(b"GET /images/big.raw HTTP/1.1\r\n" + HOST + b"\r\n")
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        connection.setblocking(False)
        selector.register(connection, selectors.EVENT_READ, [0])
    print("running", flush=True)
    selector.register(sys.stdin, selectors.EVENT_READ, None)
    while True:
        for key, _ in selector.select(1):
            if key.data is None:
                print(json.dumps(result))
                return
            try:
                piece = key.fileobj.recv(65536)
            except BlockingIOError:
                continue
            except OSError:
                piece = b""
            offset = key.data[0]
            key.data[0] += len(piece)
            result["bytes"] += len(piece)
            result["wrong"] += content[offset : offset + len(piece)] != piece
            if not piece:
                result["cut"] += 1
                selector.unregister(key.fileobj)
        time.sleep(0.02)


def ask(port, path):
    """How long an answer took in seconds, or None."""
    begun = time.monotonic()
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
            answer = b""
            for piece in iter(lambda: connection.recv(65536), b""):
                answer += piece
        return time.monotonic() - begun if answer.startswith(b"HTTP/1.1 200") else None
    except OSError:
        return None


def probes(images, metrics):
    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    results = {}

    def every(seconds, name, port, path):
        times = results[name] = []
        due = time.monotonic()
        while not over.is_set():
            times.append(ask(port, path))
            due = max(due + seconds, time.monotonic() - 1)
            over.wait(max(0, due - time.monotonic()))

    threads = [
        threading.Thread(target=every, args=(0.05, "script", images, b"/ipxe/boot.ipxe")),
        threading.Thread(target=every, args=(0.5, "scrape", metrics, b"/metrics")),
    ]
    for thread in threads:
        thread.start()
    print("running", flush=True)
    for thread in threads:
        thread.join()
    summary = {}
    for name, times in results.items():
        good = sorted(each * 1000 for each in times if each is not None) or [0]
        summary[name] = {
            "asked": len(times),
            "failed": times.count(None),
            "p50": round(good[len(good) // 2], 1),
            "p90": round(good[int(len(good) * 0.9)], 1),
            "p99": round(good[int(len(good) * 0.99)], 1),
            "max": round(good[-1], 1),
        }
    print(json.dumps(summary))


def main():
    command, *arguments = sys.argv[1:]
    if command == "flood":
        flood(int(arguments[0]), arguments[1], int(arguments[2]), float(arguments[3]))
    elif command == "streams":
        streams(int(arguments[0]), arguments[1])
    else:
        probes(int(arguments[0]), int(arguments[1]))


main()
