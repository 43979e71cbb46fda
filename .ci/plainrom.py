#!/usr/bin/env python3
"""Makes a machine in QEMU whose ROM is iPXE look like one whose ROM is not: a relay between its card and a tap.

  plainrom.py TAP HERE THERE      ports of UDP for -netdev socket,udp=127.0.0.1:HERE,localaddr=127.0.0.1:THERE

Every PXE ROM of QEMU is iPXE. Until the machine asks a TFTP server for its first file, options 77 and 175 are blanked in what it sends
by DHCP (RFC 2132: options that are 0 are padding); from then on iPXE runs that has come by TFTP, and everything passes as it is.
"""
import fcntl
import os
import select
import socket
import struct
import sys

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 2, 0x1000
BLANKED = (77, 175)


def udp_of(frame):
    """Where the UDP header of an IPv4 frame begins, or 0."""
    if len(frame) < 42 or frame[12:14] != b"\x08\x00" or frame[23] != 17:
        return 0
    return 14 + (frame[14] & 15) * 4


def blanked(frame, udp):
    data = bytearray(frame)
    at = udp + 8 + 240
    while at + 1 < len(data) and data[at] != 255:
        if data[at] == 0:
            at += 1
            continue
        end = at + 2 + data[at + 1]
        if data[at] in BLANKED:
            data[at:end] = bytes(end - at)
        at = end
    # RFC 768: no checksum.
    data[udp + 6:udp + 8] = b"\0\0"
    return bytes(data)


def main():
    tap = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH", sys.argv[1].encode(), IFF_TAP | IFF_NO_PI))
    card = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    card.bind(("127.0.0.1", int(sys.argv[2])))
    machine = ("127.0.0.1", int(sys.argv[3]))
    plain = True
    while True:
        ready, _, _ = select.select([tap, card], [], [])
        if tap in ready:
            try:
                card.sendto(os.read(tap, 65536), machine)
            except ConnectionRefusedError:
                # QEMU is not there yet.
                pass
        if card in ready:
            frame = card.recv(65536)
            udp = udp_of(frame)
            port = struct.unpack(">H", frame[udp + 2:udp + 4])[0] if udp else 0
            if plain and port == 69:
                plain = False
                print("TFTP", flush=True)
            os.write(tap, blanked(frame, udp) if plain and port in (67, 4011) else frame)


main()
