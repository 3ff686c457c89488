"""A server with several addresses, and clients that are told of them."""

import shutil

import pytest

CASES = """\
proto: smtp
server: {addresses: 2}
expect: {result: ok, stored: once}
scenarios:
  refused:
    fault: {address: 1, at: connect, do: refuse}
    expect: {connects: 2, addresses: [1, 2]}
  out of order:
    operation: relay
    fault: {address: 1, at: greeting, do: [reply 421 4.3.2 Closing, fin]}
    expect: {connects: 2, addresses: [1, 2]}
  healthy:
    fault: none
    expect: {connects: 1, addresses: 1}
"""

NEWS = """\
proto: nntp
operation: read
server: {addresses: 3}
scenarios:
  refused:
    faults:
      - {address: 1, at: connect, do: refuse}
      - {address: 2, at: connect, do: refuse}
    expect: {result: ok, received: intact, connects: 3, addresses: [1, 2, 3]}
"""


def test_the_reference_client_tries_each_address(postfault, scenario):
    done = postfault("run", scenario(CASES), scenario(NEWS, "news"))
    assert done.status == 0, done.out + done.err


def test_a_client_that_knows_the_first_address_only_is_caught_where_that_is_dead(postfault, scenario):
    done = postfault("run", "-v", scenario(CASES), "--client-arg=--defect=no_address_fallback")
    assert done.status == 1, done.out + done.err
    assert "1 passed, 2 failed" in done.out
    assert "expect.result it returned temp" in done.out
    assert "tried address 1, expected address 1, then 2" in done.out


def test_the_time_line_names_the_address(postfault, scenario):
    path = scenario(CASES)
    done = postfault("run", f"{path}::refused", "--client-arg=--defect=no_address_fallback")
    assert "client  connects to address 1" in done.out
    assert "connect on address 1: refuse" in done.out


def test_curl_goes_on_to_the_next_address(postfault, scenario):
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed; ci/install-packages clients has it")
    path = scenario(CASES)
    done = postfault("run", f"{path}::refused", f"{path}::healthy", "--client", "curl")
    assert done.status == 0, done.out + done.err
    by_hand = "curl -sS --url smtp://{host}:{port}/a.example --resolve {host}:{port}:{addresses} --mail-from {from} --mail-rcpt {to} -T {message}"
    done = postfault("run", f"{path}::refused", "--client", by_hand)
    assert done.status == 0, done.out + done.err


def test_a_profile_without_resolve_is_skipped_with_the_reason(postfault, scenario):
    done = postfault("run", "-v", scenario(CASES), "--client", "swaks")
    assert done.status == 0, done.out + done.err
    assert "3 skipped" in done.out
    assert "the server has several addresses, and the profile of swaks says no 'resolve' for 'send'" in done.out


def test_serve_listens_on_each_address(postfault, scenario):
    path = scenario(CASES)
    served = postfault.serve(f"{path}::healthy", scenarios=2)
    (first, port), (second, same) = served.endpoints
    assert (first, second) == ("127.0.0.1", "127.0.0.2")
    assert port == same
    assert "(address 2)" in "".join(served.seen)


def test_serve_says_why_it_cannot(postfault, scenario):
    done = postfault("serve", "--listen", "[::1]:0", f"{scenario(CASES)}::healthy")
    assert done.status == 3
    assert "cannot listen on [::1]:0" in done.err
