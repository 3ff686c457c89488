"""Real clients against the server with no fault: it must be a correct server first."""

import getpass
import nntplib
import shlex
import shutil
import smtplib
import subprocess

import pytest

MOST_SECONDS = 120

MAIL = """\
proto: smtp
scenarios:
  healthy:
    fault: none
    expect: {result: ok, stored: once}
"""

POST = """\
proto: nntp
operation: post
scenarios:
  healthy:
    fault: none
    expect: {result: ok, stored: once}
"""

READ = """\
proto: nntp
operation: read
articles: {count: 5, size: 2KiB}
scenarios:
  healthy:
    fault: none
    expect: {result: ok, received: intact}
"""

MESSAGE = (
    "From: author@client.example\r\nTo: reader@server.example\r\nSubject: a test\r\n"
    "Date: Mon, 05 Jan 2026 10:00:00 +0000\r\nMessage-ID: <one@client.example>\r\n\r\n"
    "A line.\r\n.\r\n..two dots\r\nThe end.\r\n"
)


def need(name):
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed; ci/install-packages clients has it")


def command(tmp_path, *words, **options):
    """Runs a client in a home of its own."""
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/games", "HOME": str(home), "LC_ALL": "C.UTF-8", "USER": getpass.getuser()}
    environment.update(options.pop("environment", {}))
    if "input" not in options:
        options["stdin"] = subprocess.DEVNULL
    return subprocess.run(
        [str(word) for word in words],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        timeout=MOST_SECONDS,
        check=False,
        **options,
    )


@pytest.fixture
def mail_server(postfault, scenario):
    return postfault.serve(scenario(MAIL))


@pytest.fixture
def read_server(postfault, scenario):
    return postfault.serve(scenario(READ))


@pytest.fixture
def message(tmp_path):
    path = tmp_path / "message"
    path.write_bytes(MESSAGE.encode())
    return path


# ---- through the judge: the message must arrive as it was sent ----------------------------------------------------------

# swaks ends a message with one line end of its own, so it is given one without; it adds the CR to each LF itself.
SWAKS = """swaks --server {host}:{port} --from {from} --to {to} --data "$(tr -d '\\r' <{message})" """

JUDGED = {
    "curl": "curl -sS --url smtp://{host}:{port}/client.example --mail-from {from} --mail-rcpt {to} --upload-file {message}",
    "swaks": f"sh -c {shlex.quote(SWAKS)}",
}


@pytest.mark.parametrize("name", ["curl", "swaks"])
def test_a_mail_client_delivers_to_a_healthy_server(postfault, scenario, name):
    need(name)
    done = postfault("run", "--no-sanity", scenario(MAIL), "--client", JUDGED[name])
    assert done.status == 0, done.out + done.err


def test_smtplib_delivers_to_a_healthy_server(postfault, scenario, tmp_path):
    script = tmp_path / "send.py"
    script.write_text(
        "import smtplib, sys\n"
        "host, port, sender, recipient, path = sys.argv[1:]\n"
        "with smtplib.SMTP(host, int(port)) as client:\n"
        "    client.sendmail(sender, [recipient], open(path, 'rb').read())\n"
    )
    words = ["--", "/usr/bin/python3", script, "{host}", "{port}", "{from}", "{to}", "{message}"]
    done = postfault("run", "--no-sanity", scenario(MAIL), *words)
    assert done.status == 0, done.out + done.err


def test_nntplib_posts_to_a_healthy_server(postfault, scenario, tmp_path):
    script = tmp_path / "post.py"
    script.write_text(
        "import warnings\nwarnings.simplefilter('ignore')\nimport nntplib, sys\n"
        "host, port, path = sys.argv[1:]\n"
        "with nntplib.NNTP(host, int(port), readermode=True) as client:\n"
        "    client.post(open(path, 'rb').read().splitlines())\n"
    )
    words = ["--operation", "post", "--", "/usr/bin/python3", script, "{host}", "{port}", "{message}"]
    done = postfault("run", "--no-sanity", scenario(POST), *words)
    assert done.status == 0, done.out + done.err


# ---- through `postfault serve`, by hand --------------------------------------------------------------------------------


def test_smtplib_may_say_everything_that_smtp_has(mail_server):
    with smtplib.SMTP(mail_server.host, mail_server.port, timeout=MOST_SECONDS) as client:
        assert client.ehlo("client.example")[0] == 250
        assert {"pipelining", "size", "8bitmime", "enhancedstatuscodes"} <= set(client.esmtp_features)
        assert client.noop()[0] == 250
        assert client.verify("reader@server.example")[0] in (250, 252)
        assert client.docmd("HELP")[0] == 214
        assert client.mail("author@client.example")[0] == 250
        assert client.rset()[0] == 250
        assert client.sendmail("author@client.example", ["reader@server.example"], MESSAGE) == {}
        with pytest.raises(smtplib.SMTPResponseException) as refused:
            client.data("no recipient")
        assert refused.value.smtp_code == 503
    transcript = mail_server.stop()
    assert "ehlo client.example" in transcript  # it writes verbs in lower case
    assert "QUIT" in transcript


def test_curl_sends_by_hand(mail_server, tmp_path, message):
    need("curl")
    done = command(
        tmp_path, "curl", "-sS", f"smtp://{mail_server.host}:{mail_server.port}/client.example",
        "--mail-from", "author@client.example", "--mail-rcpt", "reader@server.example", "--upload-file", message,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "RCPT TO:<reader@server.example>" in mail_server.stop()


def test_msmtp_sends(mail_server, tmp_path):
    need("msmtp")
    done = command(
        tmp_path, "msmtp", f"--host={mail_server.host}", f"--port={mail_server.port}", "--from=author@client.example",
        "--tls=off", "--auth=off", "--domain=client.example", "reader@server.example", input=MESSAGE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "RCPT TO:<reader@server.example>" in mail_server.stop()


def test_swaks_sends(mail_server, tmp_path):
    need("swaks")
    done = command(
        tmp_path, "swaks", "--server", f"{mail_server.host}:{mail_server.port}", "--helo", "client.example",
        "--from", "author@client.example", "--to", "reader@server.example,second@server.example",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "RCPT TO:<second@server.example>" in mail_server.stop()


def test_s_nail_sends(mail_server, tmp_path):
    need("s-nail")
    done = command(
        tmp_path, "s-nail", "-:/", "-Sv15-compat", "-Ssendwait", "-Ssmtp-auth=none", "-Snosave",
        f"-Smta=smtp://{mail_server.host}:{mail_server.port}", "-Shostname=client.example",
        "-Sfrom=author@client.example", "-s", "a test", "reader@server.example", input="A line.\n.\n",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "reader@server.example" in mail_server.stop()


def test_nntplib_may_say_everything_that_nntp_has(read_server):
    with nntplib.NNTP(read_server.host, read_server.port, readermode=True, timeout=MOST_SECONDS) as client:
        assert "READER" in client.getcapabilities()
        group = client.list()[1][0].group
        _, count, first, last, name = client.group(group)
        assert (count, name) == (5, group)
        assert client.stat(first)[1] == first
        assert client.next()[1] == first + 1
        assert client.last()[1] == first
        assert client.date()[1].year >= 2000
        assert client.help()[1]
        assert client.descriptions(group)[1].keys() <= {group}
        overviews = client.over((first, last))[1]
        assert len(overviews) == 5
        for number, overview in overviews:
            _, article = client.article(number)
            _, head = client.head(number)
            _, body = client.body(number)
            assert article.message_id == overview["message-id"]
            assert article.lines == head.lines + [b""] + body.lines
        with pytest.raises(nntplib.NNTPTemporaryError, match="^430"):
            client.article("<no-such@article.example>")
        with pytest.raises(nntplib.NNTPTemporaryError, match="^411"):
            client.group("no.such.group")
    assert "QUIT" in read_server.stop()


def group_of(server):
    with nntplib.NNTP(server.host, server.port, timeout=MOST_SECONDS) as client:
        return client.list()[1][0].group


def test_slrnpull_fetches_the_group(read_server, tmp_path):
    need("slrnpull")
    group = group_of(read_server)
    spool = tmp_path / "spool"
    spool.mkdir()
    (spool / "slrnpull.conf").write_text(f"{group} 100 0\n")
    done = command(
        tmp_path, "slrnpull", "-d", spool, "-h", f"{read_server.host}:{read_server.port}", "--no-post",
    )  # fmt: skip
    fetched = [path for path in (spool / "news").rglob("*") if path.name.isdigit()]
    assert len(fetched) == 5, done.stdout + done.stderr + read_server.stop()


def test_suck_fetches_the_group(read_server, tmp_path):
    need("suck")
    group = group_of(read_server)
    for folder in ("tmp", "data", "msgs"):
        (tmp_path / folder).mkdir()
    (tmp_path / "data" / "sucknewsrc").write_text(f"{group} 1\n")  # the first one was fetched before
    done = command(
        tmp_path, "suck", read_server.host, "-N", read_server.port, "-dt", tmp_path / "tmp", "-dd", tmp_path / "data",
        "-dm", tmp_path / "msgs", "-m", "-M", "-H",
    )  # fmt: skip
    fetched = [path for path in (tmp_path / "msgs").iterdir() if path.is_file()]
    assert len(fetched) == 4, done.stdout + done.stderr + read_server.stop()


def test_tin_reads_the_list_of_new_articles(read_server, tmp_path):
    need("tin")
    group = group_of(read_server)
    home = tmp_path / "home"
    home.mkdir()
    (home / ".newsrc").write_text(f"{group}:\n")
    done = command(
        tmp_path, "tin", "-r", "-Z", "-n", "-g", read_server.host, "-p", read_server.port,
        environment={"NNTPSERVER": read_server.host, "NNTPPORT": str(read_server.port), "TERM": "dumb"},
    )  # fmt: skip
    # -Z looks for unread articles and says so by its exit status: 2 = there are some.
    assert done.returncode == 2, done.stdout + done.stderr + read_server.stop()
