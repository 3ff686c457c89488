"""Files and clients that are wrong, huge or hostile: a clear line, bounded memory, and everybody else is served.

All traffic stays on loopback and is bounded. Memory is what the kernel says about the process.
"""

import contextlib
import nntplib
import os
import re
import resource
import smtplib
import socket
import struct
import subprocess
import threading
import time
from pathlib import Path

import pytest

from conftest import MOST_SECONDS, Served, processes_with

MIB = 1 << 20
GIB = 1 << 30

HEALTHY_MAIL = "proto: smtp\nscenarios:\n  healthy:\n    fault: none\n    expect: {result: ok}\n"
HEALTHY_NEWS = "proto: nntp\noperation: read\nscenarios:\n  healthy:\n    fault: none\n    expect: {result: ok}\n"
HEALTHY = {"smtp": HEALTHY_MAIL, "nntp": HEALTHY_NEWS}
COMMANDS = ("run", "check", "explain", "serve", "list")


# ---- files -------------------------------------------------------------------------------------------------------------

# An address space so small that a file which unfolds, or is read whole, does not fit.
MOST_MEMORY = 512 * MIB
MOST_CPU_TIME = 5  # of a second or two, on any machine
MOST_TIME = 60  # even if six others build beside it


def with_little_memory():
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_TIME, MOST_CPU_TIME))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def refused(program, *arguments):
    """What it says about wrong input: on one line for each mistake, with exit status 2."""
    done = subprocess.run(
        [program, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=MOST_TIME,
        preexec_fn=with_little_memory,
        check=False,
    )
    err = done.stderr.decode()
    assert done.returncode == 2, (done.returncode, err[:2000])
    assert done.stdout == b""
    assert 0 < len(err) < 4000
    assert all(line.isprintable() for line in err.splitlines())
    return err


def aliases(levels):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(lines).encode()


WRONG_FILES = {
    "aliases that unfold": (aliases(30), "unfolds into more than"),
    "lists in lists": (b"[" * 100_000, "nested deeper than"),
    "maps in maps": (b"{a: " * 50_000, "nested deeper than"),
    "blocks in blocks": (b"".join(b" " * n + b"a:\n" for n in range(1200)), "nested deeper than"),
    "a file of 100 MB": (b"# a comment\n" * (100 * MIB // 12), "too large: at most 1048576 octets"),
    "a NUL octet": (b"proto: smtp\nscenarios: \0\n", "2:12: the file holds a NUL octet"),
    "no UTF-8": (b"proto: smtp\nwhy: \xff\xfe\n", "2:6: the file is not UTF-8"),
    "UTF-16": ("proto: smtp\n".encode("utf-16"), "the file"),
    "a program": (Path("/bin/true").read_bytes()[:500_000], "NUL octet"),
    "nothing": (b"", "the file is empty"),
    "many values": (b"[" + b"a," * 210_000 + b"a]", "unfolds into more than"),
    "many keys": (b"{" + b"a: b, " * 110_000 + b"}", "unfolds into more than"),
    "one long text": (b"a" * 1_000_000, "expected a map"),
    "many documents": (b"---\na\n" * 10_000, "one YAML document"),
    "many anchors": (b"".join(b"- &a%d x\n" % n for n in range(20_000)), "expected a map"),
}


@pytest.mark.parametrize("name", WRONG_FILES)
def test_a_wrong_scenario_file_is_refused_in_little_memory(program, tmp_path, name):
    content, complaint = WRONG_FILES[name]
    path = tmp_path / "wrong.yaml"
    path.write_bytes(content)
    err = refused(program, "check", path)
    assert "wrong.yaml" in err and complaint in err


@pytest.mark.parametrize("name", ["aliases that unfold", "a file of 100 MB", "a NUL octet", "no UTF-8", "lists in lists"])
def test_a_wrong_profile_is_refused_in_little_memory(program, scenario, tmp_path, name):
    content, complaint = WRONG_FILES[name]
    path = tmp_path / "wrong.yaml"
    path.write_bytes(content)
    err = refused(program, "run", scenario(HEALTHY_MAIL), "--client", path)
    assert "wrong.yaml" in err and complaint in err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_refuses_what_it_cannot_read(program, tmp_path, command):
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "huge.yaml").write_bytes(WRONG_FILES["a file of 100 MB"][0])
    for path, complaint in (
        (tmp_path / "folder.yaml", "no scenario file (*.yaml) in this folder"),
        (tmp_path / "missing.yaml", "No such file or directory"),
        (tmp_path / "huge.yaml", "too large"),
        (Path("/proc/self/mem"), "Input/output error"),  # may be opened, but not be read, even by root
    ):
        err = refused(program, command, path)
        assert str(path) in err and complaint in err


def test_a_profile_that_cannot_be_read_is_refused(program, scenario, tmp_path):
    for path, complaint in ((tmp_path, "Is a directory"), (Path("/proc/self/mem"), "Input/output error")):
        err = refused(program, "run", scenario(HEALTHY_MAIL), "--client", path)
        assert str(path) in err and complaint in err


def test_a_baseline_that_cannot_be_read_is_refused(program, scenario, tmp_path):
    huge = tmp_path / "huge.json"
    huge.write_bytes(b"[" * (100 * MIB))
    deep = tmp_path / "deep.json"
    deep.write_bytes(b"[" * MIB)
    for path, complaint in ((tmp_path, "Is a directory"), (huge, "too large"), (deep, str(deep))):
        err = refused(program, "run", scenario(HEALTHY_MAIL), "--baseline", path)
        assert str(path) in err and complaint in err


# ---- clients on the wire -----------------------------------------------------------------------------------------------


class Server:
    """`postfault serve` that writes its transcript to a file, so that nobody has to read it meanwhile."""

    def __init__(self, program, path, protocol, folder, **options):
        self.protocol = protocol
        self.transcript = folder / "transcript.txt"
        with open(self.transcript, "wb") as out:
            self.process = subprocess.Popen(
                [program, "serve", path], stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, **options
            )
        self.port = int(self.wait_for(Served.LISTENING.pattern)[3])

    def text(self):
        return self.transcript.read_text(errors="replace")

    def wait_for(self, pattern):
        """Returns when the transcript has it."""
        deadline = time.monotonic() + MOST_TIME
        while not (found := re.search(pattern, self.text())):
            assert self.process.poll() is None and time.monotonic() < deadline, self.text()[-3000:]
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(0.02)  # a file tells nobody that it has grown
        return found

    def status(self, key):
        return int(re.search(rf"^{key}:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text(), re.M)[1])

    def most_memory(self):
        return self.status("VmHWM") * 1024

    def connect(self):
        client = socket.create_connection(("127.0.0.1", self.port), timeout=MOST_TIME)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return client

    def greeted(self):
        client = self.connect()
        assert client.recv(1000).startswith(b"2")
        return client

    def serves_others(self):
        if self.protocol == "smtp":
            with smtplib.SMTP("127.0.0.1", self.port, timeout=MOST_TIME) as mail:
                mail.sendmail("a@client.example", ["b@server.example"], "Subject: x\r\n\r\nx\r\n")
        else:
            with nntplib.NNTP("127.0.0.1", self.port, timeout=MOST_TIME) as news:
                _, count, first, _, name = news.group(news.list()[1][0].group)
                assert count == 3
                news.article(str(first))

    def stop(self):
        self.process.terminate()
        assert self.process.wait(timeout=MOST_TIME) == 0
        return self.text()


@pytest.fixture(params=["smtp", "nntp"])
def server(request, program, scenario, tmp_path):
    made = Server(program, scenario(HEALTHY[request.param]), request.param, tmp_path)
    try:
        yield made
    finally:
        made.process.kill()
        made.process.wait()


@contextlib.contextmanager
def others_are_served_by(server):
    """A healthy client again and again, as long as the bad one works; once more behind it."""
    failures = []
    over = threading.Event()

    def talk():
        try:
            while True:
                server.serves_others()
                if over.wait(0.1):
                    return
        except Exception as failure:  # whatever it was: the test shall tell
            failures.append(failure)

    healthy = threading.Thread(target=talk)
    healthy.start()
    try:
        yield
    finally:
        over.set()
        healthy.join(MOST_SECONDS)
    assert not failures, failures
    server.serves_others()


def send(client, piece, count):
    """As much as the server takes; a server that closes is right too."""
    with contextlib.suppress(ConnectionError):
        for _ in range(count):
            client.sendall(piece)


UPLOADS = {
    "smtp": (b"EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n", b"354", b"552"),
    "nntp": (b"POST\r\n", b"340", b"441"),
}


def replies_until(client, start):
    """Reads lines until one begins so."""
    with client.makefile("rb") as lines:
        for line in lines:
            if line.startswith(start):
                return line
    raise AssertionError("the server has ended the connection")


def test_a_line_of_a_gigabyte_is_dropped_and_answered(server):
    with others_are_served_by(server), server.greeted() as client:
        send(client, b"x" * MIB, GIB // MIB)
        client.sendall(b"\r\n")
        assert client.recv(1000).startswith(b"50")
        client.sendall(b"QUIT\r\n")
        assert client.recv(1000).startswith(b"2")
    assert server.most_memory() < 64 * MIB
    text = server.stop()
    kept = 2048 if server.protocol == "smtp" else 512
    assert f"note    a line that is too long: {GIB + 2 - kept} octets of it dropped" in text
    assert len(text) < MIB


def test_a_line_without_an_end_is_dropped_and_noted(server):
    with others_are_served_by(server), server.greeted() as client:
        send(client, b"x" * MIB, 100)
    server.wait_for(r"note    a line without an end: \d{9} octets of it dropped")
    assert server.most_memory() < 64 * MIB


def test_an_upload_of_a_gigabyte_is_dropped_and_refused(server):
    begin, go_ahead, refusal = UPLOADS[server.protocol]
    line = b"x" * 998 + b"\r\n"
    with others_are_served_by(server), server.greeted() as client:
        client.sendall(begin)
        replies_until(client, go_ahead)
        send(client, line * 1000, GIB // 1_000_000)
        client.sendall(b".\r\n")
        replies_until(client, refusal)
    limit = 35_882_577 if server.protocol == "smtp" else 64 * MIB
    assert server.most_memory() < 2 * limit + 64 * MIB
    assert re.search(r"note    an upload that is too large: 10\d{8} octets of it dropped", server.stop())


@pytest.mark.parametrize("count", ["18446744073709551615", "99999999999999999999", "-1", "9" * 5000], ids=["2^64-1", "20 digits", "negative", "5000 digits"])
def test_a_chunk_of_an_absurd_size_is_never_allocated(program, scenario, tmp_path, count):
    server = Server(program, scenario(HEALTHY_MAIL), "smtp", tmp_path)
    try:
        with others_are_served_by(server), server.greeted() as client:
            client.sendall(b"EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nBDAT %s LAST\r\n" % count.encode())
            send(client, b"x" * MIB, 64)
        assert server.most_memory() < 160 * MIB
    finally:
        server.process.kill()
        server.process.wait()


def test_a_million_pipelined_commands_without_reading_a_reply(server):
    with others_are_served_by(server), server.greeted() as client:
        client.settimeout(2)
        with contextlib.suppress(TimeoutError):  # at some time the server reads no more
            send(client, b"HELP\r\n" * 10_000, 100)
            send(client, b"\n" * MIB, 100)
        assert server.most_memory() < 300 * MIB
        # Then it hurries away: what it has left behind must not keep others waiting.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert server.most_memory() < 300 * MIB
    assert len(server.stop()) < 2 * MIB


def test_a_hundred_thousand_commands_that_do_not_exist(server):
    with others_are_served_by(server), server.greeted() as client:
        reader = threading.Thread(target=drain, args=(client,))
        reader.start()
        for block in range(50):
            client.sendall(b"".join(b"verb%d\r\n" % number for number in range(block * 2000, block * 2000 + 2000)))
        client.sendall(b"QUIT\r\n")
        reader.join(MOST_TIME)
    assert server.most_memory() < 48 * MIB
    text = server.stop()
    assert "lines were shown; more of the kind is left out from here on" in text
    assert len(text) < 2 * MIB


def drain(client):
    with contextlib.suppress(OSError):
        while client.recv(1 << 16):
            pass


def test_garbage_and_half_lines(server):
    with others_are_served_by(server):
        for seed in range(40):
            with server.connect() as client:
                send(client, os.urandom(50_000), 1)
        halves = []
        for half in (b"", b"E", b"QUIT", b"QUIT\r", b"MAIL FROM:<", b"\0\0\0", b"GET / HTTP/1.1\r\nHost: x", b"\x16\x03\x01\x02"):
            client = server.greeted()
            client.sendall(half)
            halves.append(client)
        server.serves_others()
        for client in halves:
            client.close()
    assert server.most_memory() < 64 * MIB
    assert all(line.isprintable() for line in server.stop().splitlines())


def test_two_thousand_connections_that_say_nothing(server):
    most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most[1] < 4500:
        pytest.skip("this machine allows too few descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (most[1], most[1]))
    clients = []
    try:
        with others_are_served_by(server):
            clients = [server.connect() for _ in range(2000)]
            assert all(client.recv(3).startswith(b"2") for client in clients)
    finally:
        for client in clients:
            client.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, most)
    assert server.most_memory() < 128 * MIB


def test_connections_that_open_and_reset_at_once(server):
    def storm(count):
        for _ in range(count):
            client = server.connect()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()

    with others_are_served_by(server):
        storm(500)
    before = server.status("VmRSS") * 1024
    with others_are_served_by(server):
        storm(5000)
    # The journal keeps how each connection began and ended; the connections themselves are gone.
    assert server.status("VmRSS") * 1024 - before < 12 * MIB


def test_a_server_without_descriptors_waits_until_it_has_some(program, scenario, tmp_path):
    def few():
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

    server = Server(program, scenario(HEALTHY_MAIL), "smtp", tmp_path, preexec_fn=few)
    try:
        clients = [server.connect() for _ in range(100)]
        server.wait_for("note    clients have to wait for their connections: Too many open files")
        for client in clients:
            client.close()
        server.serves_others()
    finally:
        server.process.kill()
        server.process.wait()


def test_many_hungry_connections_share_what_the_server_keeps(program, scenario, tmp_path):
    """Each may pile up 64 MiB behind a fault, but not all of them."""
    text = "proto: smtp\nscenarios:\n  held:\n    fault: {at: NOOP, do: delay 60s}\n    expect: {result: ok}\n"
    server = Server(program, scenario(text), "smtp", tmp_path)
    clients = []
    try:
        for _ in range(12):
            client = server.greeted()
            clients.append(client)
            client.sendall(b"NOOP\r\n")
            client.settimeout(0.5)
            with contextlib.suppress(TimeoutError):
                send(client, b"x" * MIB, 80)
        server.serves_others()
        assert server.most_memory() < 640 * MIB
    finally:
        for client in clients:
            client.close()
        server.process.kill()
        server.process.wait()


# ---- clients that are run ----------------------------------------------------------------------------------------------

SILENT = "proto: smtp\nscenarios:\n  silent:\n    fault: {at: greeting, do: stall}\n    expect: {result: temp}\n"
MARK = "771.25"  # in the command line of everything that must not be left

CLIENTS = {
    "prints a gigabyte": f"head -c {GIB} /dev/zero | tr '\\0' x",
    "prints lines for ever": "exec yes",
    "prints on stderr for ever": "exec yes >&2",
    "closes its output": f"exec >&- 2>&-; exec sleep {MARK}",
    "forks a crowd": f"for n in $(seq 200); do sleep {MARK} & done; exec sleep {MARK}",
    "ignores SIGTERM": f"trap '' TERM INT HUP; while :; do sleep {MARK}; done",
    "leaves a talker behind": f"(exec -a left{MARK} yes) & exit 0",
}


@pytest.mark.parametrize("name", CLIENTS)
def test_a_bad_client_is_ended_and_leaves_nothing(program, scenario, tmp_path, name):
    homes = tmp_path / "homes"
    homes.mkdir()
    started = time.monotonic()
    run = subprocess.Popen(
        [program, "run", scenario(SILENT), "--no-sanity", "--patience", "1s", "--", "bash", "-c", CLIENTS[name]],
        env={**os.environ, "TMPDIR": str(homes)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        out, _ = run.communicate(timeout=MOST_TIME)
    finally:
        run.kill()
        run.wait()
    assert run.returncode == 1, out
    # None of them connects, so the fault is never reached; what else is wrong is noted.
    assert ("PF011 left behind" if "leaves" in name else "PF001 hang" if "gigabyte" not in name else "never") in out
    assert len(out) < MIB
    assert time.monotonic() - started < MOST_TIME
    assert not processes_with(MARK)
    assert not list(homes.iterdir())
