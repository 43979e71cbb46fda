"""The same bytes to Sluice and to its peers, and what RFC 9110 and 9112 say of each answer; see check-differential.

differential.py [--mutants N] [--seed N] [--only TEXT] [--document FILE] NAME=PORT...   the first is Sluice's image port, metrics= its metrics port
"""

import argparse
import collections
import ipaddress
import random
import re
import selectors
import socket
import sys
import time

SMALL = "/ipxe/small.txt"
LAST = "/ipxe/last.txt"
SIZES = {"/ipxe/small.txt": 20, "/ipxe/last.txt": 77, "/images/disk.raw": 5000}
# Sent behind each stream: when it is answered, the connection is open, and its server has seen the same end of the requests before.
SENTINEL = b"GET /ipxe/last.txt HTTP/1.1\r\nHost: boot.example\r\n\r\n"
SENTINEL_ANSWER = b"\nlast!"
SENTINEL_OF_METRICS = b"GET /healthz HTTP/1.1\r\nHost: boot.example\r\n\r\n"
SENTINEL_ANSWER_OF_METRICS = b"\r\n\r\nok\n"
TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
PARALLEL = 48
LONG = 300


# ---- what is sent ------------------------------------------------------------------------------------------------------------


def head(line="GET /ipxe/small.txt HTTP/1.1", *fields, host="Host: boot.example"):
    lines = [line] + ([host] if host else []) + list(fields)
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def corpus():
    """Name and bytes of each stream that was written by hand."""
    get = "GET /ipxe/small.txt HTTP/1.1"
    plain = head()
    streams = {
        "plain": plain,
        "three in a row": plain * 3,
        "head": head("HEAD /ipxe/small.txt HTTP/1.1"),
        "close": head(get, "Connection: close"),
        "close in a list": head(get, "Connection: x, Close"),
        "1.0": head("GET /ipxe/small.txt HTTP/1.0"),
        "1.0 without host": head("GET /ipxe/small.txt HTTP/1.0", host=""),
        "1.0 kept": head("GET /ipxe/small.txt HTTP/1.0", "Connection: keep-alive"),
        "empty lines before": b"\r\n\r\n" + plain,
        "not there": head("GET /ipxe/none.txt HTTP/1.1"),
        "half a head": plain[:-2],
        "nothing": b"",
        "get with body": head(get, "Content-Length: 5") + b"hello",
        "get with half a body": head(get, "Content-Length: 500") + b"hello",
        "get in chunks": head(get, "Transfer-Encoding: chunked") + b"5\r\nhello\r\n0\r\n\r\n",
        "chunks in capitals": head(get, "Transfer-Encoding: CHUNKED") + b"5\r\nhello\r\n0\r\n\r\n",
        "chunk extension": head(get, "Transfer-Encoding: chunked") + b"5;a=b;c=\"d\"\r\nhello\r\n0\r\n\r\n",
        "trailer": head(get, "Transfer-Encoding: chunked") + b"5\r\nhello\r\n0\r\nA: b\r\n\r\n",
        "chunk size with zeros": head(get, "Transfer-Encoding: chunked") + b"00005\r\nhello\r\n000\r\n\r\n",
        "expect": head(get, "Expect: 100-continue", "Content-Length: 5") + b"hello",
        "expect something": head(get, "Expect: something"),
        "range": head("GET /images/disk.raw HTTP/1.1", "Range: bytes=0-9"),
        "range behind the end": head("GET /images/disk.raw HTTP/1.1", "Range: bytes=9999-"),
        "range of another unit": head("GET /images/disk.raw HTTP/1.1", "Range: lines=1-2"),
        "range that is none": head("GET /images/disk.raw HTTP/1.1", "Range: bytes=9-1"),
        "two ranges": head("GET /images/disk.raw HTTP/1.1", "Range: bytes=0-1,5-6"),
        "if-none-match": head(get, "If-None-Match: *"),
        "if-match": head(get, 'If-Match: "other"'),
        "if-modified-since hour of a digit": head(get, "If-Modified-Since: Sun, 06 Nov 2095 8:49:37 GMT"),
        "if-modified-since twice": head(get, "If-Modified-Since: Sun, 06 Nov 2095 08:49:37 GMT", "If-Modified-Since: Sun, 06 Nov 2095 08:49:37 GMT"),
        "if-match twice": head(get, 'If-Match: "other"', 'If-Match: "another"'),
        "close in a longer word": head(get, "Connection: x Close"),
        "keep-alive in a longer word": head("GET /ipxe/small.txt HTTP/1.0", "Connection: 9keep-alive"),
        "spaces around a chunk extension": head(get, "Transfer-Encoding: chunked") + b"5 ; a = b\r\nhello\r\n0\r\n\r\n",
        "if-modified-since no date": head(get, "If-Modified-Since: Sun, ,6 Nov 2095 08:49:37 GMT"),
        "if-modified-since in an old form": head(get, "If-Modified-Since: Sun Nov  6 08:49:37 2095"),
        "if-modified-since": head(get, "If-Modified-Since: Sun, 06 Nov 2095 08:49:37 GMT"),
        "absolute form": head("GET http://boot.example/ipxe/small.txt HTTP/1.1"),
        "absolute form of another": head("GET http://other.example/ipxe/small.txt HTTP/1.1"),
        "absolute form in capitals": head("GET HTTP://boot.example/ipxe/small.txt HTTP/1.1"),
        "absolute form without path": head("GET http://boot.example HTTP/1.1"),
        "absolute form without host": head("GET http:///ipxe/small.txt HTTP/1.1"),
        "absolute form with user": head("GET http://u@boot.example/ipxe/small.txt HTTP/1.1"),
        "absolute form with bad port": head("GET http://boot.example:x/ipxe/small.txt HTTP/1.1"),
        "absolute form of https": head("GET https://boot.example/ipxe/small.txt HTTP/1.1"),
        "absolute form of ftp": head("GET ftp://boot.example/ipxe/small.txt HTTP/1.1"),
        "options *": head("OPTIONS * HTTP/1.1"),
        "get *": head("GET * HTTP/1.1"),
        "connect": head("CONNECT boot.example:80 HTTP/1.1"),
        "post": head("POST /ipxe/small.txt HTTP/1.1", "Content-Length: 5") + b"hello",
        "put": head("PUT /ipxe/small.txt HTTP/1.1", "Content-Length: 5") + b"hello",
        "delete": head("DELETE /ipxe/small.txt HTTP/1.1"),
        "options": head("OPTIONS /ipxe/small.txt HTTP/1.1"),
        "trace": head("TRACE /ipxe/small.txt HTTP/1.1"),
        "brew": head("BREW /ipxe/small.txt HTTP/1.1"),
        "get in small letters": head("get /ipxe/small.txt HTTP/1.1"),
        "query": head("GET /ipxe/small.txt?a=b HTTP/1.1"),
        "fragment": head("GET /ipxe/small.txt#a HTTP/1.1"),
        "percent": head("GET /ipxe/sm%61ll.txt HTTP/1.1"),
        "percent slash": head("GET /ipxe%2fsmall.txt HTTP/1.1"),
        "percent nul": head("GET /ipxe/small.txt%00 HTTP/1.1"),
        "percent that is none": head("GET /ipxe/small.txt%zz HTTP/1.1"),
        "percent at the end": head("GET /ipxe/small.txt% HTTP/1.1"),
        "percent not utf-8": head("GET /ipxe/%ff HTTP/1.1"),
        "two slashes": head("GET //ipxe//small.txt HTTP/1.1"),
        "slash behind": head("GET /ipxe/small.txt/ HTTP/1.1"),
        "folder": head("GET /ipxe HTTP/1.1"),
        "folder with slash": head("GET /ipxe/ HTTP/1.1"),
        "dot": head("GET /ipxe/./small.txt HTTP/1.1"),
        "dot dot inside": head("GET /ipxe/../ipxe/small.txt HTTP/1.1"),
        "dot dot outside": head("GET /../ipxe/small.txt HTTP/1.1"),
        "percent dot dot": head("GET /ipxe/%2e%2e/ipxe/small.txt HTTP/1.1"),
        "backslash": head("GET /ipxe\\small.txt HTTP/1.1"),
        "raw utf-8": head("GET /ipxe/\xc3\xa4 HTTP/1.1"),
        "no slash": head("GET ipxe/small.txt HTTP/1.1"),
        "braces": head("GET /ipxe/{small}.txt HTTP/1.1"),
        "no version": b"GET /ipxe/small.txt\r\n",
        "no version, fields": b"GET /ipxe/small.txt\r\nHost: boot.example\r\n\r\n",
        "two spaces": head("GET  /ipxe/small.txt HTTP/1.1"),
        "two spaces before the version": head("GET /ipxe/small.txt  HTTP/1.1"),
        "space behind": head("GET /ipxe/small.txt HTTP/1.1 "),
        "space before": head(" GET /ipxe/small.txt HTTP/1.1"),
        "tabs": head("GET\t/ipxe/small.txt\tHTTP/1.1"),
        "space inside": head("GET /ipxe/small .txt HTTP/1.1"),
        "nul in the target": head("GET /ipxe/small.txt\0 HTTP/1.1"),
        "control in the target": head("GET /ipxe/\x01 HTTP/1.1"),
        "version in small letters": head("GET /ipxe/small.txt http/1.1"),
        "1.2": head("GET /ipxe/small.txt HTTP/1.2"),
        "1.10": head("GET /ipxe/small.txt HTTP/1.10"),
        "01.1": head("GET /ipxe/small.txt HTTP/01.1"),
        "0.9": head("GET /ipxe/small.txt HTTP/0.9"),
        "2.0": head("GET /ipxe/small.txt HTTP/2.0"),
        "3.0": head("GET /ipxe/small.txt HTTP/3.0"),
        "HTTP/1": head("GET /ipxe/small.txt HTTP/1"),
        "preface of 2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "another protocol": head("GET /ipxe/small.txt FTP/1.1"),
        "tls": bytes.fromhex("1603010200010001fc0303") + b"\0" * 20 + b"\r\n\r\n",
        "method with brackets": head("G(ET /ipxe/small.txt HTTP/1.1"),
        "no host": head(host=""),
        "two hosts": head(get, "Host: other.example"),
        "the same host twice": head(get, "Host: boot.example"),
        "empty host": head(host="Host:"),
        "spaces around the host": head(host="Host: \t boot.example \t"),
        "te": head(get, "TE: trailers", "Connection: TE"),
        "bare line feeds": plain.replace(b"\r\n", b"\n"),
        "one bare line feed": head(get, "A: b\nC: d"),
        "bare line feed at the end": plain[:-2] + b"\n",
        "bare carriage return": head(get, "A: b\rC: d"),
        "two carriage returns": plain.replace(b"1.1\r\n", b"1.1\r\r\n"),
        "folded": head(get, "A: b", " c"),
        "folded by tab": head(get, "A: b", "\tc"),
        "folded length": head(get, "Content-Length:", " 5") + b"hello",
        "space before the first field": head(get, host=" Host: boot.example"),
        "space before colon": head(get, "A : b"),
        "tab before colon": head(get, "A\t: b"),
        "space before colon of host": head(host="Host : boot.example"),
        "space before colon of coding": head(get, "Transfer-Encoding : chunked") + b"0\r\n\r\n",
        "no colon": head(get, "A b"),
        "no name": head(get, ": b"),
        "empty value": head(get, "A:"),
        "no space behind colon": head(get, "A:b"),
        "name with brackets": head(get, "A(b): c"),
        "name with bytes": head(get, "\xc4: c"),
        "name with underscore": head(get, "A_b: c"),
        "value with bytes": head(get, "A: \xc3\xa4\xff"),
        "nul in a value": head(get, "A: b\0c"),
        "control in a value": head(get, "A: b\x01c"),
        "delete in a value": head(get, "A: b\x7fc"),
        "tab in a value": head(get, "A: b\tc"),
        "many fields": head(get, *["A%d: b" % i for i in range(90)]),
        "too many fields": head(get, *["A%d: b" % i for i in range(200)]),
        "long field": head(get, "A: " + "b" * 6000),
        "too long field": head(get, "A: " + "b" * 70000),
        "long target": head("GET /" + "a" * 6000 + " HTTP/1.1"),
        "too long target": head("GET /" + "a" * 70000 + " HTTP/1.1"),
        "long name": head("GET /ipxe/" + "a" * LONG + " HTTP/1.1"),
        "length and chunks": head(get, "Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
        "chunks and length": head(get, "Transfer-Encoding: chunked", "Content-Length: 5") + b"0\r\n\r\n",
        "chunks in 1.0": head("GET /ipxe/small.txt HTTP/1.0", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
        "the same length twice": head(get, "Content-Length: 5", "Content-Length: 5") + b"hello",
        "the same length in a list": head(get, "Content-Length: 5, 5") + b"hello",
        "two lengths": head(get, "Content-Length: 5", "Content-Length: 6") + b"hello",
        "zero length": head(get, "Content-Length: 0"),
        "length with zeros": head(get, "Content-Length: 0005") + b"hello",
        "smuggled": head("POST /ipxe/small.txt HTTP/1.1", "Content-Length: 6", "Transfer-Encoding: chunked") + b"0\r\n\r\nG",
    }
    for value in ("x:port", "[::1", "u@x", "x:1:2", ":80", "x:0", "x:99999", "x:-1", "[x]", "h%2", "h%20", "a b", "a/b", "a,b", "<a>", "[::1]",
                  "[::1]:80", "10.0.0.1:8080", "x:", "x.", "-x", "a_b", "\xe4", "[::1%25eth0]", "x?y", "x#y", "x\\y", '"x"', "[]", "..", "x..y"):
        streams["host " + ascii(value)[1:-1]] = head(host="Host: " + value)
    for value in ("identity", "gzip", "gzip, chunked", "identity, chunked", "chunked, gzip", "chunked, chunked", "chunked,", ", chunked", "xchunked",
                  "chunked;q=1", '"chunked"', "\x0bchunked", "", "chunked\x00", "cow", "chun\tked"):
        streams["coding " + ascii(value)[1:-1]] = head(get, "Transfer-Encoding: " + value) + b"5\r\nhello\r\n0\r\n\r\n"
    streams["codings in two fields"] = head(get, "Transfer-Encoding: gzip", "Transfer-Encoding: chunked") + b"5\r\nhello\r\n0\r\n\r\n"
    streams["chunked in two fields"] = head(get, "Transfer-Encoding: chunked", "Transfer-Encoding: chunked") + b"5\r\nhello\r\n0\r\n\r\n"
    for value in ("-5", "+5", "5 5", "0x5", "5.0", "five", "", "5,", "5;", "99999999999999999999", "5\x0b", "\xb2", "1e1", "5,6", '"5"', "5a"):
        streams["length " + ascii(value)[1:-1]] = head(get, "Content-Length: " + value) + b"hello"
    for number, body in enumerate((b"x\r\n", b"-1\r\n", b"+1\r\na\r\n", b"0x1\r\na\r\n", b" 1\r\na\r\n", b"1 \r\na\r\n0\r\n\r\n", b"1\na\r\n0\r\n\r\n", b"1\r\nab\r\n0\r\n\r\n", b"1\r\na\n0\r\n\r\n",
                      b"ffffffffffffffffff\r\n", b"\r\n", b"1 1\r\na\r\n", b"1\r\na0\r\n\r\n", b"80000000\r\n", b"1\r\na\r\n0\r\nA : b\r\n\r\n", b"1\r\na\r\n0\r\n x\r\n\r\n", b"1;a\rb\r\na\r\n0\r\n\r\n",
                      b"1;\na\r\n0\r\n\r\n", b"1\r\na\r\n0\n\n", b"1\r\na\r\n0\r\nContent-Length: 3\r\n\r\n", b"1_0\r\na\r\n0\r\n\r\n")):
        streams["chunk %d %s" % (number, ascii(body)[2:-1])] = head(get, "Transfer-Encoding: chunked") + body
    for value in ("gzip", "identity", "br, gzip"):
        streams["content coding " + value] = head("GET /ipxe/small.txt HTTP/1.1", "Content-Encoding: " + value, "Content-Length: 5") + b"hello"
    return streams


WORDS = [b"\r", b"\n", b"\r\n", b"\0", b"\t", b" ", b":", b",", b";", b"%", b"%00", b"%2e", b"/", b"//", b"..", b"#", b"?", b"@", b"[", b"]", b"\\", b'"', b"\x7f", b"\x0b", b"\xff", b"0", b"9",
         b"-1", b"chunked", b"gzip", b"identity", b"Host: x\r\n", b"Content-Length: 5\r\n", b"Content-Length: 0\r\n", b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n", b"HTTP/1.0", b"HTTP/1.1",
         b"Expect: 100-continue\r\n", b"Range: bytes=0-1\r\n", b" \r\n", b"A: b\r\n"]


def mutants(streams, count, seed):
    dice = random.Random(seed)
    seeds = [bytes_ for bytes_ in streams.values() if 0 < len(bytes_) < 1000]
    for number in range(count):
        data = dice.choice(seeds)
        if dice.random() < 0.2:
            data += dice.choice(seeds)
        for _ in range(dice.choice((1, 1, 2, 3))):
            data = mutated(data, dice)
        yield "mutant %d" % number, data


def mutated(data, dice):
    at = dice.randrange(len(data) + 1)
    kind = dice.randrange(8)
    lines = data.split(b"\r\n")
    if kind == 0:
        return data[:at] + data[at + 1 :]
    if kind == 1:
        return data[:at] + dice.choice(WORDS) + data[at:]
    if kind == 2:
        return data[:at] + bytes([dice.randrange(256)]) + data[at + 1 :]
    if kind == 3:
        return data[:at] + data[at : at + 1].swapcase() + data[at + 1 :]
    if kind == 4:
        lines.insert(dice.randrange(len(lines)), dice.choice(lines))
    elif kind == 5:
        del lines[dice.randrange(len(lines))]
    elif kind == 6:
        one, other = dice.randrange(len(lines)), dice.randrange(len(lines))
        lines[one], lines[other] = lines[other], lines[one]
    else:
        return data[:at] + dice.choice(WORDS) + data[at + dice.randrange(1, 5) :]
    return b"\r\n".join(lines)


# ---- what the RFCs say of it -------------------------------------------------------------------------------------------------

# Faults that have to be refused with 400 (MUST); all others may be read leniently.
MUST_400 = {"space before colon", "no host", "several hosts", "host", "coding without chunks", "length", "several lengths"}
# Faults that make a boundary uncertain: the connection has to close whatever is answered.
MUST_CLOSE = {"coding without chunks", "length", "several lengths", "length and coding", "coding in 1.0", "chunk"}


class Message:
    """One request of a stream as RFC 9112 has it, with what is odd about it."""

    def __init__(self):
        self.faults = set()
        self.marks = set()
        self.method = self.target = self.version = b""
        self.fields = []
        self.host_lines = []
        self.complete = False
        self.closes = False
        self.end = 0

    def all(self, name):
        return [value for key, value in self.fields if key.lower() == name]


# What every server takes.
PLAIN_HOST = re.compile(rb"(?:[A-Za-z][A-Za-z0-9-]*(?:\.[A-Za-z][A-Za-z0-9-]*)*|\d+\.\d+\.\d+\.\d+)(?::[1-9]\d*)?")


def is_date(text):
    day, month, clock = rb"\d\d", rb"[A-Z][a-z]{2}", rb"\d\d:\d\d:\d\d"
    fixed = rb"[A-Z][a-z]{2}, %s %s \d{4} %s GMT" % (day, month, clock)
    old = rb"[A-Z][a-z]+day, %s-%s-\d\d %s GMT|[A-Z][a-z]{2} %s [ \d]\d %s \d{4}" % (day, month, clock, month, clock)
    return re.fullmatch(fixed + b"|" + old, text) is not None


def is_host(text):
    found = re.fullmatch(rb"(?:\[([^\]]*)\]|(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+)(?::(\d*))?", text)
    if not found:
        return False
    if found.group(1) is not None:
        literal = re.fullmatch(rb"([0-9A-Fa-f:.]+)(?:%25[A-Za-z0-9._~-]+)?", found.group(1))
        try:
            ipaddress.IPv6Address(literal.group(1).decode() if literal else "")
        except ValueError:
            return False
    return not found.group(2) or int(found.group(2)) <= 65535


def read_messages(data):
    """The requests of a stream, until one whose end is not sure."""
    messages, at = [], 0
    while True:
        message = read_message(data, at)
        if message is None:
            return messages
        messages.append(message)
        if not message.complete or message.closes or message.faults:
            return messages
        at = message.end


def read_message(data, at):
    message = Message()
    while data.startswith(b"\r\n", at) or data.startswith(b"\n", at):
        message.marks.add("empty line before")
        if data[at : at + 1] == b"\n":
            message.marks.add("bare line feed")
        at = data.index(b"\n", at) + 1
    if at == len(data):
        return None
    lines = []
    while True:
        end = data.find(b"\n", at)
        if end < 0:
            message.marks.add("unfinished")
            lines.append(data[at:])
            break
        line = data[at : end + 1]
        at = end + 1
        if line.endswith(b"\r\n"):
            line = line[:-2]
        else:
            line = line[:-1]
            message.faults.add("bare line feed")
        if not line and lines:
            message.complete = True
            break
        lines.append(line)
    read_request_line(message, lines[0])
    for line in lines[1:]:
        read_field(message, line, line is lines[1])
    message.end = at
    if len(lines[0]) > 8192:
        message.faults.add("too long")
    if sum(map(len, lines[1:])) > 16384 or len(lines) > 101:
        message.faults.add("too long")
    if message.complete:
        read_rest(message, data)
    return message


def read_request_line(message, line):
    parts = re.fullmatch(rb"(%s) ([\x21-\x7e\x80-\xff]+) HTTP/(\d\.\d)" % TOKEN, line)
    if not parts:
        message.faults.add("request line")
        words = line.split()
        message.method = words[0] if words else b""
        message.target = words[1] if len(words) > 1 else b""
        message.marks.add("simple" if len(words) == 2 else "line")
        message.version = b"1.0" if b"HTTP/1.0" in line else b"1.1"
        return
    message.method, message.target, message.version = parts.groups()
    if message.version[:1] != b"1":
        message.faults.add("version")
    if message.version not in (b"1.0", b"1.1"):
        message.marks.add("minor version")
    if message.method not in (b"GET", b"HEAD"):
        message.marks.add("method")
    read_target(message)


def read_target(message):
    target, marks = message.target, message.marks
    path = target
    if re.search(rb"[\x80-\xff]", target):
        marks.add("bytes in the target")
    absolute = re.match(rb"(?i)(https?)://([^/?#]*)", target)
    if absolute:
        marks.add("absolute form")
        if not is_host(absolute.group(2)):
            message.faults.add("authority")
        path = target[absolute.end() :] or b"/"
    elif target == b"*" and message.method == b"OPTIONS":
        marks.add("asterisk form")
        return
    elif message.method == b"CONNECT":
        marks.add("authority form")
        return
    if not path.startswith(b"/") and not (absolute and path.startswith(b"?")):
        message.faults.add("target")
    path = path.split(b"?")[0]
    if b"#" in target:
        message.faults.add("fragment")
    if re.search(rb"%(?![0-9A-Fa-f]{2})", target):
        marks.add("percent")
    decoded = re.sub(rb"%([0-9A-Fa-f]{2})", lambda hexes: bytes([int(hexes.group(1), 16)]), path)
    if re.search(rb"[\x00-\x1f\x7f]", decoded):
        marks.add("control in the path")
    try:
        decoded.decode("utf-8")
    except UnicodeDecodeError:
        marks.add("not utf-8")
    if re.search(rb"(?:^|/)\.\.?(?:/|$)", decoded.split(b"#")[0]):
        marks.add("dot segment")
    if b"//" in decoded:
        marks.add("two slashes")
    if not re.fullmatch(rb"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*", target):
        marks.add("characters")
    if decoded.decode("latin-1") not in SIZES:
        marks.add("another path")
    message.path = decoded


def read_field(message, line, first):
    if line[:1] in (b" ", b"\t"):
        message.faults.add("space before the first field" if first else "folded")
        return
    name, colon, value = line.partition(b":")
    if not colon or not name:
        message.faults.add("field")
    elif name[-1:] in (b" ", b"\t") and re.fullmatch(TOKEN, name.rstrip(b" \t")):
        message.faults.add("space before colon")
    elif not re.fullmatch(TOKEN, name):
        message.faults.add("field name")
    value = value.strip(b" \t")
    if b"\r" in line:
        message.faults.add("carriage return")
    if b"\0" in value:
        message.faults.add("nul")
    elif re.search(rb"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]", value):
        message.faults.add("control")
    message.fields.append((name, value))
    if name.lower() == b"host":
        message.host_lines.append(line)


def read_rest(message, data):
    """Host, framing and body."""
    faults, old = message.faults, message.version == b"1.0"
    hosts = message.all(b"host")
    if not hosts and not old and "version" not in faults and "request line" not in faults:
        faults.add("no host")
    if len(hosts) > 1:
        faults.add("several hosts")
    elif hosts and hosts[0] and not is_host(hosts[0]):
        faults.add("host")
    elif hosts and re.search(rb":0*$", hosts[0]) and not hosts[0].endswith(b":"):
        message.marks.add("port 0")
    absolute = re.match(rb"(?i)https?://([^/?#]*)", message.target)
    if any(not PLAIN_HOST.fullmatch(host) for host in hosts[:1] + ([absolute.group(1)] if absolute else [])):
        message.marks.add("host characters")
    if any(b"\t" in line for line in message.host_lines):
        message.marks.add("tab around the host")
    if hosts == [b""]:
        message.marks.add("empty host")
    options = [option.strip().lower() for value in message.all(b"connection") for option in value.split(b",")]
    message.closes = b"close" in options or (old and b"keep-alive" not in options)
    if any(re.search(rb"(?i)close|keep-alive", value) for value in message.all(b"connection")) and not set(options) & {b"close", b"keep-alive"}:
        message.marks.add("option that is none")
    if not all(map(is_date, message.all(b"if-modified-since"))):
        message.marks.add("no date")
    lengths, codings = message.all(b"content-length"), message.all(b"transfer-encoding")
    numbers = [number.strip(b" \t") for value in lengths for number in value.split(b",")]
    if any(not re.fullmatch(rb"\d+", number) for number in numbers):
        faults.add("length")
    elif len(set(map(int, numbers))) > 1:
        faults.add("several lengths")
    elif len(numbers) > 1:
        message.marks.add("length repeated")
        faults.add("length repeated")
    elif numbers and int(numbers[0]) > 2**63 - 1:
        faults.add("too large length")
    if codings:
        names = [name.strip(b" \t").lower() for value in codings for name in value.split(b",") if name.strip(b" \t")]
        if old:
            faults.add("coding in 1.0")
        if lengths:
            faults.add("length and coding")
        if not names or names[-1] != b"chunked":
            faults.add("coding without chunks")
        elif names.count(b"chunked") > 1:
            faults.add("chunked twice")
        elif len(names) > 1:
            faults.add("another coding")
        elif codings != [codings[0]] or b"," in codings[0]:
            message.marks.add("empty coding")
    if message.all(b"content-encoding") and (lengths and numbers != [b"0"] or codings):
        message.marks.add("content coding")
    if message.all(b"expect"):
        message.marks.add("expect" if message.all(b"expect")[0].lower() == b"100-continue" else "other expectation")
    for name in (b"range", b"if-none-match", b"if-match", b"if-modified-since", b"if-range", b"upgrade"):
        if message.all(name):
            message.marks.add(name.decode())
        if len(message.all(name)) > 1:
            message.marks.add("repeated " + name.decode())
    if faults & {"length", "several lengths", "too large length"}:
        return
    if codings:
        read_chunks(message, data)
    elif numbers:
        message.end += int(numbers[0])
        message.marks.add("body")
        if message.end > len(data):
            message.complete = False
            message.marks.add("unfinished")


def read_chunks(message, data):
    message.marks.add("body")
    at = message.end
    while True:
        line = re.compile(rb"([0-9A-Fa-f]+)([ \t]*;[\t\x20-\x7e\x80-\xff]*)?\r\n").match(data, at)
        if not line:
            partial = b"\n" not in data[at:]
            message.complete = False
            message.marks.add("unfinished")
            if not partial or not re.fullmatch(rb"[0-9A-Fa-f]*(?:;[^\r\n]*)?\r?", data[at:]):
                message.faults.add("chunk")
            return
        if line.group(2):
            message.marks.add("chunk extension")
            if re.search(rb"[\x80-\xff]", line.group(2)):
                message.marks.add("bytes in an extension")
        size, at = int(line.group(1), 16), line.end()
        if size >= 2**31:
            message.marks.add("large chunk")
        if size == 0:
            break
        if at + size + 2 > len(data):
            message.complete = False
            message.marks.add("unfinished")
            return
        if data[at + size : at + size + 2] != b"\r\n":
            message.faults.add("chunk")
            return
        at += size + 2
    while True:
        end = data.find(b"\r\n", at)
        if end < 0:
            message.complete = False
            message.marks.add("unfinished")
            return
        line, at = data[at:end], end + 2
        if not line:
            message.end = at
            return
        message.marks.add("trailer")
        if not re.fullmatch(TOKEN + rb":[^\x00-\x08\x0a-\x1f\x7f]*", line):
            message.faults.add("trailer line")


# ---- what comes back ---------------------------------------------------------------------------------------------------------

Answer = collections.namedtuple("Answer", "status framing after fields length problem")


def read_answers(data, heads):
    """Answers, and what could not be read as one."""
    answers, at = [], 0
    while at < len(data):
        end = data.find(b"\r\n\r\n", at)
        found = re.match(rb"HTTP/1\.([01]) (\d{3})(?: [\x20-\x7e]*)?\r\n", data[at:])
        if end < 0 or not found:
            return answers, "no head: " + ascii(data[at : at + 40])
        fields = []
        for line in data[at + found.end() : end].split(b"\r\n"):
            name, colon, value = line.partition(b":")
            if line and not (colon and re.fullmatch(TOKEN, name)):
                return answers, "field: " + ascii(line[:60])
            fields.append((name.lower().decode(), value.strip(b" \t").decode("latin-1")))
        answer, at, problem = read_body(data, end + 4, int(found.group(2)), found.group(1) == b"0", fields, heads)
        answers.append(answer)
        if problem:
            return answers, problem
    return answers, ""


def read_body(data, at, status, old, fields, heads):
    values = lambda name: [value for key, value in fields if key == name]
    length, coding = values("content-length"), values("transfer-encoding")
    options = ",".join(values("connection")).lower()
    after = "close" if "close" in options or (old and "keep-alive" not in options) else "keep"
    problem, framing = "", "none"
    followed = data.startswith(b"HTTP/1.", at) or at == len(data)
    if len(length) > 1 or (length and coding) or (length and not length[0].isdigit()):
        problem = "framing: " + str(length + coding)
    elif status < 200 or status in (204, 304):
        framing = "none"
    elif coding:
        framing = "chunked"
        if not followed:
            chunk = 1
            while chunk and not problem:
                line = re.compile(rb"([0-9A-Fa-f]+)\r\n").match(data, at)
                chunk = int(line.group(1), 16) if line else -1
                at = line.end() + chunk + 2 if line else at
                problem = "" if line and data[at - 2 : at] == b"\r\n" else "chunk of an answer"
    elif length:
        framing = "length"
        if not (followed and (int(length[0]) == 0 or heads)):
            at += int(length[0])
            problem = "body is cut" if at > len(data) else ""
    else:
        framing, at, after = ("close", len(data), "close") if not followed else ("none", at, after)
    return Answer(status, framing, after, fields, length[0] if length else "", problem), at, problem


class Exchange:
    """One stream on one connection of one server."""

    def __init__(self, server, name, data, patience):
        self.server, self.name, self.data, self.patience = server, name, data, patience
        of_metrics = server[0] == "metrics"
        self.last = SENTINEL_ANSWER_OF_METRICS if of_metrics else SENTINEL_ANSWER
        self.received, self.left = bytearray(), data + (SENTINEL_OF_METRICS if of_metrics else SENTINEL)
        self.by_server = self.half = self.reset = False
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.connect_ex(("127.0.0.1", server[1]))
        self.moved = time.monotonic()

    def step(self, events):
        self.moved = time.monotonic()
        try:
            if events & selectors.EVENT_WRITE and self.left:
                self.left = self.left[self.socket.send(self.left) :]
            if events & selectors.EVENT_READ:
                piece = self.socket.recv(65536)
                self.received += piece
                if not piece:
                    return self.over()
        except BlockingIOError:
            pass
        except (ConnectionResetError, BrokenPipeError):
            self.left = b""
            if events & selectors.EVENT_READ:
                self.reset = True
                return self.over()
        return False

    def over(self):
        self.by_server = not self.half
        return True

    def sentinel_came(self):
        return self.received.endswith(self.last)

    def idle(self):
        """No byte has come for long; whoever waits for more is told there is none."""
        if self.half:
            return True
        self.half, self.left, self.moved = True, b"", time.monotonic()
        self.before_half = len(self.received)
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            return True
        return False

    def outcome(self):
        heads = b"head" in self.data.lower()
        came = self.sentinel_came()
        # What a server says to the end of an unfinished request is no difference: no client waits for it.
        received = bytes(self.received if came or not self.half else self.received[: self.before_half])
        answers, problem = read_answers(received, heads)
        came = came and not problem
        end = "open" if came else "closed" if self.by_server else "waits"
        last = answers[-1:] if came else []
        if came:
            answers = answers[:-1]
        elif answers and answers[-1].after == "close":
            end = "closed"
        elif answers and end == "closed" and not problem:
            answers[-1] = answers[-1]._replace(after="close")
        return Outcome(answers, end, problem, last)


class Outcome:
    """Answers but that to the sentinel, and what became of the connection: open, closed, or it waits for more."""

    def __init__(self, answers, end, problem, last):
        self.answers, self.end, self.problem, self.last = answers, end, problem, last
        self.items = ["%d %s %s" % (each.status, shape(each), each.after) for each in answers]
        self.items.append("unreadable" if problem else "end " + end)

    def __str__(self):
        return " | ".join(self.items) + (" (" + self.problem + ")" if self.problem else "")


def shape(answer):
    """What frames the answer, and for a success how long it is."""
    return answer.framing + (answer.length if answer.status in (200, 206) else "")


def run(jobs, patience):
    """Outcomes by server and name; many connections at a time."""
    outcomes, waiting, running = {}, collections.deque(jobs), set()
    selector = selectors.DefaultSelector()
    while waiting or running:
        while waiting and len(running) < PARALLEL * 4:
            exchange = Exchange(*waiting.popleft(), patience)
            running.add(exchange)
            selector.register(exchange.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, exchange)
        done = set()
        for key, events in selector.select(0.05):
            exchange = key.data
            if exchange.step(events) or exchange.sentinel_came():
                done.add(exchange)
            elif not exchange.left and key.events & selectors.EVENT_WRITE:
                selector.modify(exchange.socket, selectors.EVENT_READ, exchange)
        now = time.monotonic()
        done |= {each for each in running - done if now - each.moved > (each.patience if not each.half else 20) and each.idle()}
        for exchange in done:
            selector.unregister(exchange.socket)
            exchange.socket.close()
            running.discard(exchange)
            outcomes[exchange.server[0], exchange.name] = exchange.outcome()
    return outcomes


# ---- what must be true of Sluice ---------------------------------------------------------------------------------------------


def violations(data, outcome):
    """What the answers of Sluice to a stream, sentinel included, have against RFC 9110 and 9112."""
    if outcome.problem:
        return ["cannot be read: " + outcome.problem]
    found = []
    everything = outcome.answers + outcome.last
    answers = [each for each in everything if each.status >= 200]
    for number, each in enumerate(everything):
        found += wrong_fields(each)
        if each.after == "close" and number + 1 < len(everything):
            found.append("an answer after the last (9112 9.6)")
    messages = read_messages(data)
    closed = any(each.after == "close" for each in answers)
    for number, message in enumerate(messages):
        found += wrong_answer(message, answers[number] if number < len(answers) else None, closed)
    if len(answers) > len(messages) and not any(each.faults for each in messages):
        found.append("more answers than requests (9112 9.3.2)")
    return found


def wrong_fields(answer):
    names = [name for name, value in answer.fields]
    parts = any(value.startswith("multipart/byteranges") for name, value in answer.fields if name == "content-type")
    needs = {405: "allow", 401: "www-authenticate", 206: "content-range", 426: "upgrade"}
    if answer.status in needs and needs[answer.status] not in names and not parts:
        yield "%d without %s (9110 15.5)" % (answer.status, needs[answer.status])
    if answer.status >= 200 and "date" not in names:
        yield "no Date (9110 6.6.1)"
    if answer.status < 200 and ("content-length" in names or "transfer-encoding" in names):
        yield "1xx with a length (9110 8.6)"
    if answer.status >= 500 and answer.status not in (501, 503, 505):
        yield "%d" % answer.status


def wrong_answer(message, answer, closed):
    faults = message.faults
    if answer is None:
        return [] if faults or not message.complete or closed else ["no answer (9112 9.3)"]
    must = faults & MUST_400
    if must and not 400 <= answer.status < 600:
        return ["%d to %s (MUST be 400)" % (answer.status, ", ".join(sorted(must)))]
    if must and len(faults) == 1 and answer.status != 400:
        return ["%d to %s (MUST be 400)" % (answer.status, ", ".join(sorted(must)))]
    if faults & MUST_CLOSE and answer.after != "close":
        return ["goes on after %s (9112 6.1, 6.3)" % ", ".join(sorted(faults & MUST_CLOSE))]
    if not faults and message.complete:
        odd = {"dot segment", "control in the path", "not utf-8", "percent", "characters", "bytes in an extension"}
        if answer.status == 400 and not message.marks & odd and "port 0" not in message.marks:
            return ["400 to a request without a fault"]
        dates = message.all(b"if-modified-since")
        if answer.status == 304 and not message.all(b"if-none-match") and not any(map(is_date, dates)):
            return ["304 without a date (MUST be ignored, 9110 13.1.3)"]
        if message.closes and answer.after != "close":
            return ["goes on after Connection: close (9112 9.6)"]
        if message.version == b"1.0" and answer.framing == "chunked":
            return ["chunks to HTTP/1.0 (9112 7.1)"]
        if message.method == b"HEAD" and answer.framing == "close":
            return ["HEAD with a body (9110 9.3.2)"]
    return []


# ---- what differs ------------------------------------------------------------------------------------------------------------

REFUSAL = r"(400|414|415|417|431|501|505) length close"


class Rule:
    """A kind of difference that is known; the document says why ours is right.

    name    as in the document
    peers   that differ so
    about   what is odd about the request, one of these; empty for any request
    ours    pattern of Sluice's item, theirs that of the peer
    """

    def __init__(self, name, peers, about, ours, theirs):
        self.name, self.peers, self.about = name, peers.split(), set(about.split(", ")) if about else set()
        self.ours, self.theirs = re.compile(ours), re.compile(theirs)

    def fits(self, server, one, other, message):
        odd = message.faults | message.marks | {"method " + message.method.decode("latin-1")} if message else set()
        return (
            server in self.peers
            and (not self.about or self.about & odd)
            and self.ours.fullmatch(one) is not None
            and self.theirs.fullmatch(other) is not None
        )


ALL = "nginx caddy lighttpd"
ANSWERED = r"(200|206|304|404|405|412|416) \w+ (keep|close)"
RULES = [
    # Sluice refuses and closes. What the peer does with the fault, refusing in another way included, does not matter then.
    Rule("bare line feed", ALL, "bare line feed", r"400 length close", r".*"),
    Rule("request line", ALL, "request line", r"400 length close", r".*"),
    Rule("major version", ALL, "version", r"(400|505) length close", r".*"),
    Rule("target", ALL, "target, fragment, authority", r"400 length close", r".*"),
    Rule("dot segment", ALL, "dot segment", r"400 length close", r".*"),
    Rule("percent", ALL, "percent, not utf-8, control in the path", r"400 length close", r".*"),
    Rule("field line", ALL, "field, field name, control, nul, carriage return", r"400 length close", r".*"),
    Rule("folded field", ALL, "folded, space before the first field", r"400 length close", r".*"),
    Rule("space before colon", ALL, "space before colon", r"400 length close", r".*"),
    Rule("Host missing or double", ALL, "no host, several hosts", r"400 length close", r".*"),
    Rule("Host that is none", ALL, "host, port 0", r"400 length close", r".*"),
    Rule("Content-Length", ALL, "length, several lengths, length repeated, too large length", r"400 length close", r".*"),
    Rule("coding that does not end in chunks", ALL, "coding without chunks, chunked twice", r"400 length close", r".*"),
    Rule("coding beside chunks", ALL, "another coding", r"501 length close", r".*"),
    Rule("length and coding", ALL, "length and coding", r"400 length close", r".*"),
    Rule("coding in HTTP/1.0", ALL, "coding in 1.0", r"400 length close", r".*"),
    Rule("chunk", ALL, "chunk, trailer line, bytes in an extension", r"(400|405) length close", r".*"),
    Rule("large chunk", ALL, "large chunk", r"400 length close", r".*"),
    Rule("too long", ALL, "too long", r"(414|431) length close", r".*"),
    Rule("coding of the content", ALL, "content coding", r"415 length close", r".*"),
    Rule("expectation", ALL, "other expectation", r"417 length close", r".*"),
    # Sluice answers, or waits.
    Rule("answer before the body", ALL, "unfinished", r"end waits", r"(200|404|405|400|501) (length\d*|close) close"),
    Rule("path behind a file", "lighttpd", "another path", r"404 length (keep|close)", r"200 length20 (keep|close)"),
    Rule("empty elements", ALL, "empty coding", ANSWERED, r"(400|501) (length|close) close"),
    Rule("100 without need", ALL, "expect", r"(200|404) length\d* (keep|close)", r"100 none keep|400 length close|200 length20 keep"),
    Rule("empty line before", "caddy lighttpd", "empty line before", ANSWERED + "|end open|end waits", r"400 (close|length) close"),
    Rule("method", ALL, "method", r"405 length (keep|close)", r"(200|206|304|400|403|404|405|411|412|416|500|501) (length|close)\d* (keep|close)|end open"),
    Rule("characters of hosts", "nginx lighttpd", "host characters, tab around the host, empty host", ANSWERED, r"400 length close"),
    Rule("body of GET", "lighttpd", "body", ANSWERED, r"400 length close"),
    Rule("trailer", ALL, "trailer", r"200 length20 close", r"200 length20 keep"),
    Rule("absolute form", "lighttpd", "absolute form", ANSWERED, r"400 length close"),
    Rule("minor version", "nginx lighttpd", "minor version", ANSWERED, r"(400|505) length close"),
    Rule("what is not served", ALL, "another path", r"404 length (keep|close)", r"(301|302|307|308|400|403|404|414|500) (length|close|none) (keep|close)"),
    Rule("live page", ALL, "another path", r"200 length\d+ (keep|close)", r"(403|404|400) length (keep|close)"),
    Rule("future date", "nginx lighttpd", "if-modified-since", r"304 none keep", r"200 length20 keep"),
    Rule("condition", ALL, "if-match, if-none-match", r"(304|412) (none|length) keep", r"(200|412) length\d* (keep|close)"),
    Rule("condition twice", ALL, "repeated if-modified-since, repeated if-match, repeated if-none-match", ANSWERED, r"304 none keep|400 length close"),
    Rule("date that is none", "caddy", "no date", r"200 length\d+ (keep|close)", r"304 none (keep|close)"),
    Rule("option that is none", "nginx caddy", "option that is none", r"200 length\d+ (keep|close)", r"200 length\d+ (keep|close)"),
    Rule("chunk extension", "caddy", "chunk extension", r"(200|404) length\d* keep", r"(200|404) length\d* close"),
    Rule("range", ALL, "range", r"(200|206) length\d+ (keep|close)", r"(206|416) (length|close)\d* (keep|close)"),
]


def difference(data, ours, theirs):
    """The first thing that differs, and the request that it is about; nothing when all is the same."""
    for number, (one, other) in enumerate(zip(ours.items, theirs.items)):
        if one != other:
            messages = read_messages(data + SENTINEL)
            index = sum(1 for item in ours.items[:number] if not item.startswith("1"))
            return one, other, messages[index] if index < len(messages) else None
    return None


def classify(server, one, other, message):
    for rule in RULES:
        if rule.fits(server, one, other, message):
            return rule
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mutants", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=9112)
    parser.add_argument("--only", default="", help="streams whose name contains this; prints every outcome")
    parser.add_argument("--document", default="", help="where every rule has to be explained")
    parser.add_argument("servers", nargs="+")
    options = parser.parse_args()
    servers = [(name, int(port)) for name, port in (each.split("=") for each in options.servers)]
    written = corpus()
    streams = {**written, **dict(mutants(written, options.mutants, options.seed))}
    streams = {name: data for name, data in streams.items() if options.only in name}
    begun = time.monotonic()
    outcomes = run([(server, name, data) for name, data in streams.items() for server in servers], 1.0)
    seconds = time.monotonic() - begun
    report = Report(streams, servers, outcomes)
    again = report.look()
    if again:
        # A busy machine makes servers slow, and a slow answer looks like none: only what is so twice is so.
        outcomes.update(run([(server, name, streams[name]) for name in again for server in servers], 10.0))
        report = Report(streams, servers, outcomes)
        report.look()
    if options.only:
        for name, data in streams.items():
            print(name, ascii(data))
            for server, _ in servers:
                print("   %-9s %s" % (server, outcomes[server, name]))
    print("%d streams, %d of them mutants of seed %d, to %d servers in %.0f s" % (len(streams), len(streams) - len(written) if not options.only else 0, options.seed, len(servers), seconds))
    sys.exit(report.tell(options.document, bool(options.only)))


class Report:
    """What was found, by rule and by what no rule explains."""

    def __init__(self, streams, servers, outcomes):
        self.streams, self.servers, self.outcomes = streams, servers, outcomes
        self.explained, self.written = collections.Counter(), set()
        self.unexplained, self.violated = [], []

    def look(self):
        """Compares everything; the names of the streams where something is wrong."""
        for name, data in self.streams.items():
            ours = self.outcomes[self.servers[0][0], name]
            self.hold(self.servers[0][0], name, data)
            for server, _ in self.servers[1:]:
                if server == "metrics":
                    self.hold(server, name, data)
                    continue
                found = difference(data, ours, self.outcomes[server, name])
                rule = classify(server, *found) if found else None
                if rule:
                    self.explained[rule.name, server] += 1
                    if not name.startswith("mutant "):
                        self.written.add(rule.name)
                elif found:
                    self.unexplained.append((server, *found, name))
        return {entry[-1] for entry in self.unexplained + self.violated}

    def hold(self, server, name, data):
        sentinel = SENTINEL_OF_METRICS if server == "metrics" else SENTINEL
        for text in violations(data + sentinel, self.outcomes[server, name]):
            self.violated.append((server, text, name))

    def tell(self, document, partial):
        """Prints it all, and says whether something is wrong."""
        names = sorted({rule.name for rule in RULES})
        peers = [server for server, _ in self.servers[1:] if server != "metrics"]
        print("%-48s %s" % ("known differences", "".join("%10s" % peer for peer in peers)))
        for name in names:
            print("%-48s %s" % (name, "".join("%10d" % self.explained[name, peer] for peer in peers)))
        failed = 0
        for server, text, name in self.violated:
            failed += 1
            self.show("VIOLATION by %s: %s" % (server, text), name, failed, server)
        kinds = collections.defaultdict(list)
        for server, one, other, message, name in self.unexplained:
            odd = ", ".join(sorted(message.faults | message.marks)) if message else ""
            kinds[server, one, other, odd].append(name)
        for (server, one, other, odd), where in sorted(kinds.items(), key=lambda kind: -len(kind[1])):
            failed += 1
            self.show("UNEXPLAINED %d times: %s has %s where Sluice has %s [%s]" % (len(where), server, other, one, odd), where[0], failed, server)
        if not partial:
            failed += self.tell_stale(names, document)
        print("check-differential: %d kinds of difference known, %d failed" % (len(names), failed))
        return 1 if failed else 0

    def tell_stale(self, names, document):
        """Rules that explain nothing, or that nothing explains."""
        failed = 0
        text = open(document, encoding="utf-8").read() if document else None
        for name in names:
            if name not in self.written:
                print("STALE: no stream written by hand differs as in: " + name)
                failed += 1
            if text is not None and "| " + name + " |" not in text:
                print("UNDOCUMENTED: " + name)
                failed += 1
        if text is not None:
            told = re.findall(r"(?m)^\| ([^|-][^|]*?) \|", text)
            for name in set(told) - set(names) - {"kind"}:
                print("DOCUMENTED, but no rule: " + name)
                failed += 1
        return failed

    def show(self, what, name, failed, server):
        if failed > 60:
            return
        print(what)
        print("    %s: %s" % (name, ascii(self.streams[name][:200])))
        for each in dict.fromkeys((self.servers[0][0], server)):
            print("    %-9s %s" % (each, self.outcomes[each, name]))


main()
