#!/usr/bin/env python3
"""What UEFI firmware in QEMU needs to boot by HTTPS: a variable store whose only boot option is a URL, a list of certificates, a program.

  firmware.py vars STORE URL OUT    a copy of OVMF's empty variable store with one boot option
  firmware.py cas PEM OUT           certificates as an EFI_SIGNATURE_LIST each (UEFI 2.10, 32.4.1)
  firmware.py program TEXT OUT      a program of UEFI that writes a text to the first serial port and halts
"""
import base64
import re
import struct
import sys
import uuid

GLOBAL_VARIABLE = uuid.UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c")
AUTHENTICATED_STORE = uuid.UUID("aaf32c78-947b-439a-a180-2e144ec37792")
X509 = uuid.UUID("a5c059a1-94e4-4aa7-87b5-ab155c2bf072")
OWNER = uuid.UUID("5b7b7e3c-9a55-4a5e-9a55-000000000001")


def variable(name, data):
    """An AUTHENTICATED_VARIABLE_HEADER of EDK II with its name and data; kept, for the boot and at run time."""
    text = name.encode("utf-16-le") + b"\0\0"
    head = struct.pack("<HBBIQ16sIII", 0x55AA, 0x3F, 0, 7, 0, bytes(16), 0, len(text), len(data))
    whole = head + GLOBAL_VARIABLE.bytes_le + text + data
    return whole + b"\xff" * (-len(whole) % 4)


def store(empty, url):
    at = empty.index(AUTHENTICATED_STORE.bytes_le) + 28
    node = url.encode()
    path = struct.pack("<BBH", 3, 24, 4 + len(node)) + node + struct.pack("<BBH", 0x7F, 0xFF, 4)
    option = struct.pack("<IH", 1, len(path)) + "HTTPS".encode("utf-16-le") + b"\0\0" + path
    variables = variable("Boot0000", option) + variable("BootOrder", struct.pack("<H", 0))
    if empty[at:at + len(variables)].strip(b"\xff"):
        sys.exit("the store is not empty")
    return empty[:at] + variables + empty[at + len(variables):]


def signature_lists(pem):
    lists = b""
    for body in re.findall("-----BEGIN CERTIFICATE-----([^-]*)-----END", pem):
        der = base64.b64decode(body)
        lists += X509.bytes_le + struct.pack("<III", 44 + len(der), 0, 16 + len(der)) + OWNER.bytes_le + der
    return lists


def program(text):
    # mov dx, 0x3f8; for each character: mov al, c; out dx, al; then: cli; hlt; jmp
    code = b"\x66\xba\xf8\x03" + b"".join(bytes([0xB0, c, 0xEE]) for c in text.encode()) + b"\xfa\xf4\xeb\xfd"
    size = -(-len(code) // 512) * 512
    image = 0x1000 + -(-size // 4096) * 4096
    dos = b"MZ" + bytes(58) + struct.pack("<I", 64)
    coff = struct.pack("<4sHHIIIHH", b"PE\0\0", 0x8664, 1, 0, 0, 0, 240, 0x22)
    optional = struct.pack(
        "<HBBIIIIIQIIHHHHHHIIIIHHQQQQII",
        0x20B, 0, 0, size, 0, 0, 0x1000, 0x1000, 0, 0x1000, 512, 0, 0, 0, 0, 0, 0, 0, image, 512, 0, 10, 0, 0, 0, 0, 0, 0, 16,
    ) + bytes(128)
    section = struct.pack("<8sIIIIIIHHI", b".text", len(code), 0x1000, size, 512, 0, 0, 0, 0, 0x60000020)
    return (dos + coff + optional + section).ljust(512, b"\0") + code.ljust(size, b"\0")


def main():
    what, source, *rest = sys.argv[1:]
    if what == "vars":
        made = store(open(source, "rb").read(), rest[0])
    elif what == "cas":
        made = signature_lists(open(source).read())
    else:
        made = program(source)
    open(rest[-1], "wb").write(made)


main()
