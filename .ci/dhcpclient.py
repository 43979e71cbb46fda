#!/usr/bin/env python3
"""A DHCP client that says it is firmware of one kind or another, and prints what it is told.

  dhcpclient.py INTERFACE KIND OFFERS   KIND: bios, efi7, efi9, arm64, http, httparm64, or one of these with ipxe- before it

Sends a DISCOVER (RFC 2131, RFC 4578) with options 55, 60, 93, 94 and 97, for iPXE 77 and 175 too, until so many servers have made
their offers. A proxy that offers no file is asked again on port 4011 for the first entry of its menu, as firmware does (PXE 2.1,
section 2.2). Prints words of a line each: address=, server=, next=, file=, class= (option 60); what a proxy says with proxy. before
it, and what it says then with asked. before it.
"""
import fcntl
import os
import select
import socket
import struct
import sys
import time

# One for all, so that servers that look whether an address is free do so once.
MAC = b"\x52\x54\x00\x99\x01\x01"
ARCHES = {"bios": 0, "efi7": 7, "efi9": 9, "arm64": 11, "http": 16, "httparm64": 19}
# What iPXE 1.0.0 sends in BIOS: its features.
IPXE_175 = bytes.fromhex("b105018086100eeb03010000170101220101130101110101270101190101100102210101150101120101")


def packet(kind, transaction, message, address="0.0.0.0", more=b""):
    arch = ARCHES[kind.removeprefix("ipxe-")]
    word = "HTTPClient" if arch in (16, 19) and not kind.startswith("ipxe-") else "PXEClient"
    options = b"\x63\x82\x53\x63" + bytes([53, 1, message]) + bytes([57, 2, 5, 0xC0])
    options += bytes([93, 2]) + struct.pack(">H", arch) + bytes([94, 3, 1, 3, 16])
    name = f"{word}:Arch:{arch:05d}:UNDI:003016".encode()
    options += bytes([60, len(name)]) + name
    options += bytes([97, 17, 0]) + bytes(range(16))
    # Firmware that does HTTP Boot needs option 60 in the answer, and need not ask for it.
    wanted = [1, 2, 3, 4, 5, 6, 12, 13, 15, 17, 43, 54, 66, 67, 97, 128, 129] + [60] * (word == "PXEClient")
    if kind.startswith("ipxe-"):
        wanted = [1, 3, 6, 7, 12, 15, 17, 26, 43, 60, 66, 67, 119, 128, 129, 175, 203]
        options += bytes([77, 4]) + b"iPXE" + bytes([175, len(IPXE_175)]) + IPXE_175
    options += bytes([55, len(wanted), *wanted]) + more + b"\xff"
    head = struct.pack(">BBBBIHH4s4s4s4s", 1, 1, 6, 0, transaction, 4, 0x8000, socket.inet_aton(address), bytes(4), bytes(4), bytes(4))
    return head + MAC + bytes(10 + 64 + 128) + options.ljust(300, b"\0")


def options_of(data):
    found, at = {}, 240
    while at < len(data) and data[at] != 255:
        if data[at] == 0:
            at += 1
            continue
        code, length = data[at], data[at + 1]
        found[code] = found.get(code, b"") + data[at + 2:at + 2 + length]
        at += 2 + length
    return found


def text(data):
    return data.split(b"\0")[0].decode("latin-1")


class Offer:
    def __init__(self, data):
        options = options_of(data)
        self.address = socket.inet_ntoa(data[16:20])
        self.next = socket.inet_ntoa(data[20:24])
        self.file = text(options.get(67, b"")) or text(data[108:236])
        self.server = socket.inet_ntoa(options.get(54, bytes(4)))
        self.name = text(options.get(60, b""))
        # PXE 2.1, table 2-1: 9 is the menu of boot servers.
        self.menu = options_of(bytes(240) + options.get(43, b"") + b"\xff").get(9, b"") if self.name == "PXEClient" else b""

    def show(self, before):
        for key, value in (("address", self.address), ("server", self.server), ("next", self.next), ("file", self.file), ("class", self.name)):
            print(f"{before}{key}={value}")


def listen(interface):
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
    link.bind(("0.0.0.0", 68))
    return link


def answers(link, transaction, patience, wanted):
    end, found = time.monotonic() + patience, {}
    while len(found) < wanted and (left := end - time.monotonic()) > 0:
        if not select.select([link], [], [], left)[0]:
            break
        data, sender = link.recvfrom(4096)
        if len(data) > 240 and data[0] == 2 and data[4:8] == struct.pack(">I", transaction):
            found[sender[0]] = Offer(data)
    return list(found.values())


def ask(link, kind, wanted):
    transaction = int.from_bytes(os.urandom(4), "big")
    for _ in range(4):
        link.sendto(packet(kind, transaction, 1), ("255.255.255.255", 67))
        offers = answers(link, transaction, 4, wanted)
        if len(offers) == wanted:
            return offers
    sys.exit(f"{len(offers)} offers (expected: {wanted})")


def main():
    interface, kind, wanted = sys.argv[1:]
    link = listen(interface)
    for offer in ask(link, kind, int(wanted)):
        proxied = offer.address == "0.0.0.0"
        offer.show("proxy." if proxied else "")
        if proxied and not offer.file:
            transaction = int.from_bytes(os.urandom(4), "big")
            item = bytes([43, 7, 71, 4]) + offer.menu[:2] + b"\0\0\xff" if offer.menu else b""
            link.sendto(packet(kind, transaction, 3, own_address(interface), item), (offer.server, 4011))
            for answer in answers(link, transaction, 20, 1):
                answer.show("asked.")


def own_address(interface):
    probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    return socket.inet_ntoa(fcntl.ioctl(probe, 0x8915, struct.pack("256s", interface.encode()))[20:24])


if __name__ == "__main__":
    main()
