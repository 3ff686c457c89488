"""Real clients over TLS: they send with the harness's root trusted, and refuse what it does not vouch for."""

import base64
import re
import shutil
import subprocess

import pytest

SCENARIOS = """\
proto: smtp
scenarios:
  sends:
    matrix: {tls: [starttls, implicit]}
    server: {tls: "${tls}"}
    fault: none
    expect: {result: ok, stored: once}
  refuses:
    matrix: {tls: [starttls, implicit], kind: [expired, unknown-ca, self-signed]}
    server: {tls: "${tls}"}
    fault: {at: tls client-hello, do: "cert ${kind}"}
    expect: {result: failure, stored: never, never: [MAIL]}
  goes without rather than in the clear:
    server: {tls: starttls}
    fault: {at: STARTTLS, do: [reply 454 4.7.0 not now, fin]}
    expect: {result: failure, stored: never, never: [MAIL]}
"""

# What each fault looks like on the wire, as `openssl s_client` tells it.
ON_THE_WIRE = [
    ("alert internal_error", "tls done", "alert internal error"),
    ("alert handshake_failure", "tls client-hello", "alert handshake failure"),
    ("inject 220 not TLS", "tls client-hello", "wrong version number"),
    ("cert expired", "tls client-hello", "certificate has expired"),
    ("cert self-signed", "tls client-hello", "self-signed certificate"),
    ("cert not-yet-valid", "tls client-hello", "certificate is not yet valid"),
    ("cert missing-intermediate", "tls client-hello", "unable to get local issuer certificate"),
    ("cert weak-key", "tls client-hello", "key too weak"),
    ("cut", "greeting done", "unexpected eof"),
    ("flip @8", "greeting", "bad record mac"),
]


@pytest.mark.parametrize("client, needed", [("msmtp", "msmtp"), ("curl", "curl"), ("swaks", "swaks"), ("s-nail", "s-nail"), ("smtplib", "python3")])
def test_a_client_sends_by_tls_and_refuses_without_trust(program, tmp_path, client, needed):
    if shutil.which(needed) is None:
        pytest.skip(f"{needed} is not installed; ci/install-packages clients has it")
    scenarios = tmp_path / "tls.yaml"
    scenarios.write_text(SCENARIOS)
    run = subprocess.run([program, "run", scenarios, "--client", client, "--timeout", "5s"], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "9 passed" in run.stdout


@pytest.mark.parametrize("action, point, seen", ON_THE_WIRE, ids=[row[0] for row in ON_THE_WIRE])
def test_a_fault_is_on_the_wire_what_the_scenario_says(program, tmp_path, action, point, seen):
    scenarios = tmp_path / "wire.yaml"
    scenarios.write_text(
        "proto: smtp\nserver: {tls: implicit}\nexpect: {result: failure}\n"
        f"scenarios:\n  one:\n    fault: {{at: {point}, do: '{action}'}}\n"
    )
    root = tmp_path / "root.pem"
    server = subprocess.Popen([program, "serve", scenarios, "--root", root], stdout=subprocess.PIPE, text=True)
    try:
        port = re.match(r"listening smtp 127\.0\.0\.1:(\d+)", server.stdout.readline())[1]
        client = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", root, "-verify_return_error", "-ign_eof"],
            input="QUIT\r\n", capture_output=True, text=True, timeout=30,
        )
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()
    assert seen in client.stdout + client.stderr


LOG_IN = """\
proto: smtp
expect: {result: ok, stored: once}
scenarios:
  logs in:
    matrix: {tls: [none, starttls, implicit]}
    server: {auth: [PLAIN, LOGIN, CRAM-MD5], tls: "${tls}"}
    fault: none
  refused, and so told at length:
    server: {auth: [PLAIN]}
    fault: {at: AUTH, do: reply 535 5.7.8 no}
"""

PASSWORD = b"open-sesame-42"


def encodings_of(secret):
    """As it is, in hexadecimal, and the part of its base64 that does not depend on what stands beside it, at each of three places."""
    found = [secret, secret.hex().encode()]
    for before in range(3):
        encoded = base64.b64encode(b"x" * before + secret + b"x" * (-(before + len(secret)) % 3))
        found.append(encoded[(before * 8 + 5) // 6 : (before + len(secret)) * 8 // 6])
    return found


@pytest.mark.parametrize("client", ["curl", "swaks"])
def test_a_client_logs_in_and_no_output_has_its_password(program, tmp_path, client):
    if shutil.which(client) is None:
        pytest.skip(f"{client} is not installed; ci/install-packages clients has it")
    scenarios = tmp_path / "login.yaml"
    scenarios.write_text(LOG_IN)
    results, junit = tmp_path / "results.json", tmp_path / "junit.xml"
    run = subprocess.run(
        [program, "run", scenarios, "--client", client, "--timeout", "5s", "--json", results, "--junit", junit], capture_output=True, timeout=120
    )
    assert b"3 passed, 1 failed" in run.stdout
    assert b"AUTH PLAIN" in run.stdout
    everything = run.stdout + run.stderr + results.read_bytes() + junit.read_bytes()
    for secret in encodings_of(PASSWORD):
        assert secret not in everything
