"""The sixteen hard situations of the docs are scenarios of at most eight lines each."""

import re

from postfault_items import ROOT

PAGE = ROOT / "docs" / "sixteen-hard-situations.md"

LABELS = {
    "sub/overloaded-server", "sub/unsolicited-reply", "relay/pipeline-354-without-rcpt", "relay/pipeline-garbage-reply",
    "relay/idle-421", "relay/late-reply-after-timeout", "relay/retry-lost-250", "read/auth-480-loop",
    "read/400-midsession", "read/idle-close-silent", "post/441-duplicate", "feed/takethis-deadlock",
    "feed/check-id-mismatch", "lmtp/mixed-replies", "read/yenc-damaged", "read/trailing-after-yend",
}  # fmt: skip


def test_each_of_the_sixteen_is_a_scenario_of_at_most_eight_lines(postfault, tmp_path):
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 16
    assert {re.search(r"refs: \[([^,\]]+)", block)[1] for block in blocks} == LABELS
    for block in blocks:
        assert len(block.splitlines()) <= 8, block
    path = tmp_path / "sixteen.yaml"
    path.write_text("scenarios:\n" + "".join(blocks), encoding="utf-8")
    done = postfault("check", path)
    assert done.status == 0, done.err
    assert "16 scenarios in 1 files, no errors" in done.out
