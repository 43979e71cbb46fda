#!/usr/bin/env python3
"""A file system for tests, by the protocol of /dev/fuse (linux/fuse.h) and nothing else: shows a folder read-only, and fails on demand.

faultyfs.py FOLDER MOUNTPOINT CONTROL: while CONTROL/hang exists, nothing is answered, as by a server of files that has gone; while
CONTROL/eio exists, reads from the offset in it on fail with EIO. Takes root; ends when it is unmounted."""
import ctypes
import errno
import os
import select
import struct
import sys
import threading
import time

source, mountpoint, control = sys.argv[1:4]
LOOKUP, FORGET, GETATTR, OPEN, READ, STATFS, RELEASE, INIT = 1, 2, 3, 14, 15, 17, 18, 26
OPENDIR, READDIR, RELEASEDIR, INTERRUPT, DESTROY, BATCH_FORGET = 27, 28, 29, 36, 38, 42

device = os.open("/dev/fuse", os.O_RDWR)
libc = ctypes.CDLL(None, use_errno=True)
options = "fd=%d,rootmode=40755,user_id=0,group_id=0,allow_other,default_permissions" % device
if libc.mount(b"faultyfs", mountpoint.encode(), b"fuse.faultyfs", 1, options.encode()) != 0:
    sys.exit("mount: " + os.strerror(ctypes.get_errno()))

paths = {1: source}  # by inode of FUSE, the root is 1
numbers = {source: 1}
lock = threading.Lock()


def number(path):
    with lock:
        if path not in numbers:
            numbers[path] = len(numbers) + 1
            paths[numbers[path]] = path
        return numbers[path]


def attributes(path):
    is_ = os.stat(path)
    return struct.pack(
        "<QQQQQQIIIIIIIIII", number(path), is_.st_size, is_.st_blocks, int(is_.st_atime), int(is_.st_mtime), int(is_.st_ctime),
        0, is_.st_mtime_ns % 10**9, is_.st_ctime_ns % 10**9, is_.st_mode, is_.st_nlink, is_.st_uid, is_.st_gid, 0, 4096, 0)


def failing_from():
    try:
        return int(open(control + "/eio").read() or 0)
    except FileNotFoundError:
        return None


def answer(code, node, body):
    """What to say; raises OSError."""
    path = paths.get(node, source)
    if code == INIT:
        return struct.pack("<IIIIHHIIHHI28x", 7, 31, 65536, 0, 16, 12, 65536, 1, 0, 0, 0)
    if code == LOOKUP:
        child = path + "/" + body.rstrip(b"\0").decode()
        return struct.pack("<QQQQII", number(child), 0, 0, 0, 0, 0) + attributes(child)
    if code == GETATTR:
        return struct.pack("<QII", 0, 0, 0) + attributes(path)
    if code in (OPEN, OPENDIR):
        return struct.pack("<QII", 0, 0, 0)
    if code == READ:
        _, offset, size = struct.unpack_from("<QQI", body)
        bad = failing_from()
        if bad is not None and offset + size > bad:
            raise OSError(errno.EIO, "")
        with open(path, "rb") as file:
            return os.pread(file.fileno(), size, offset)
    if code == READDIR:
        _, offset, size = struct.unpack_from("<QQI", body)
        said = b""
        for at, name in list(enumerate(sorted(os.listdir(path)), 1))[offset:]:
            coded = name.encode()
            entry = struct.pack("<QQII", number(path + "/" + name), at, len(coded), 0) + coded
            entry += b"\0" * (-len(entry) % 8)
            if len(said) + len(entry) > size:
                break
            said += entry
        return said
    if code == STATFS:
        return struct.pack("<QQQQQIIII24x", 1000, 500, 500, 1000, 500, 4096, 255, 4096, 0)
    if code in (RELEASE, RELEASEDIR, DESTROY):
        return b""
    raise OSError(errno.ENOSYS, "")  # the kernel asks no second time, nor when a process ends


def serve(code, unique, node, body):
    try:
        said, error = answer(code, node, body), 0
    except OSError as e:
        said, error = b"", -(e.errno or errno.EIO)
    try:
        os.write(device, struct.pack("<IiQ", 16 + len(said), error, unique) + said)
    except OSError:
        pass  # the process that asked was killed


while True:
    # A request that was not taken yet can be given up by a process that is killed, as it can on NFS.
    select.select([device], [], [])
    while os.path.exists(control + "/hang"):
        time.sleep(0.05)
    try:
        request = os.read(device, 1 << 20)
    except OSError as e:
        if e.errno == errno.ENODEV:
            break  # unmounted
        if e.errno in (errno.EINTR, errno.EAGAIN, errno.ENOENT):
            continue
        raise
    _, code, unique, node = struct.unpack_from("<IIQQ", request)
    if code not in (FORGET, BATCH_FORGET, INTERRUPT):
        threading.Thread(target=serve, args=(code, unique, node, request[40:]), daemon=True).start()
