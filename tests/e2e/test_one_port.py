"""One long-lived server for many scenarios: each client names the one that it wants to meet."""

import smtplib
from concurrent.futures import ThreadPoolExecutor

SCENARIOS = """
proto: smtp
scenarios:
  refused at RCPT: {fault: {at: RCPT, do: reply 550 5.1.1 unknown}, expect: {result: perm}}
  later at the dot: {fault: {at: dot, do: reply 451 4.3.0 later}, expect: {result: temp}}
  no EHLO: {fault: {at: EHLO, do: reply 502 5.5.1 no}, expect: {result: ok}}
  slow greeting: {fault: {at: greeting, do: delay 0.1s}, expect: {result: ok}}
"""


def send(port, recipient="somebody@server.example", name="client.example", message="Subject: x\r\n\r\nx\r\n"):
    with smtplib.SMTP("127.0.0.1", port, name, 10) as client:
        try:
            client.sendmail("sender@client.example", [recipient], message)
        except smtplib.SMTPRecipientsRefused as error:
            return next(iter(error.recipients.values()))[0]
        except smtplib.SMTPResponseException as error:
            return error.smtp_code
        return 250


def test_clients_choose_what_they_meet_any_number_at_once(postfault, scenario):
    served = postfault.serve(scenario(SCENARIOS), "--one-port")
    asked = [
        ({"recipient": "refused-at-rcpt@server.example"}, 550),
        ({"recipient": "me+refused-at-rcpt@server.example"}, 550),
        ({"recipient": "later-at-the-dot@server.example"}, 451),
        ({"name": "later-at-the-dot.example"}, 451),
        ({"message": "Message-ID: <1.later-at-the-dot@client.example>\r\n\r\nx\r\n"}, 451),
        ({}, 250),
    ] * 3  # more would fill the pipe of the transcript, which nobody reads
    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(lambda each: send(served.port, **each[0]), asked))
    assert found == [code for _, code in asked]
    seen = served.stop()
    assert "the client has chosen case::refused at RCPT" in seen
    assert served.process.returncode == 0


def test_the_names_are_listed_with_what_cannot_be_chosen(postfault, scenario):
    listed = postfault("serve", scenario(SCENARIOS), "--names")
    assert listed.status == 0, listed.err
    lines = {line.split()[0]: line for line in listed.out.splitlines() if line.startswith("  ")}
    assert "EHLO, recipient   case::refused at RCPT" in lines["refused-at-rcpt"]
    assert "EHLO, recipient, message-id" in lines["later-at-the-dot"]
    assert "'greeting' is over when a client can choose" in lines["slow-greeting"]
