#!/usr/bin/env python3
"""The demo itself, as a user starts it: it ends by itself with status 0 and showed what it promises;
and it leaves nothing behind, also when it is interrupted."""

import re
import signal

from bench import check, main
from lab.namespaces import require_namespaces
from lab.process import wait_until
from started import left_behind, start


def _whole_run(*options):
    demo = start("lab.demo", *options)
    output = demo.communicate(timeout=170)[0]
    print(output)
    check(demo.returncode == 0, "exit status 0")
    check("egress cost" in output, "the egress cost decided somewhere")
    moved = re.search(r"^  frankfurt +(\d+) -> (\d+) +(\d+) -> (\d+)", output, re.MULTILINE)
    check(moved is not None, "Frankfurt's prefixes moved between ams and lhr")
    before_ams, during_ams, before_lhr, during_lhr = map(int, moved.groups())
    check(before_ams > during_ams and during_lhr - before_lhr == before_ams - during_ams,
          "as many as left ams came to lhr")
    check("Every prefix leaves where it left before." in output, "and they came back")
    check("The PoP is not drained any more" in output, "a PoP was drained, and came back")
    check(re.search(r"^  lhr to paris: the cost is 16.* ms \(api\)", output, re.MULTILINE)
          and "for the end of the dwell" in output, "a round trip grew, and its cost waited")
    check(re.search(r"^    ams +paris +ams +.* from lhr to ams, rtt", output, re.MULTILINE),
          "show egress has the move by latency")
    check(re.search(r"exit-moved .*: rtt", output), "which is an event")
    if "--embedded" not in options:
        check(re.search(r"^  northsea-lhr +FRR +198\.51\.100\.0/24 .* 64500 +62$", output,
                        re.MULTILINE) is not None, "a partner's router holds our prefix")
        check(re.search(r"^  178\.0\.2\.0/24 +northsea +quarantined +more-specific", output,
                        re.MULTILINE) is not None, "a hijack was caught")
        check(re.search(r"missing-tag .*65010:102 by continental", output), "a tag was missing")
        check("With the tag, 178.0.2.0/23 is healthy again." in output, "and came back")
        check("with 65535:0" in output, "partners heard of the drain")
    check(left_behind(demo.pid) == [], "no namespace, no folder and no process is left")


def whole():
    require_namespaces()
    _whole_run()


def embedded():
    _whole_run("--embedded")


def interrupted():
    """Ctrl-C in the middle, and in --keep at the end."""
    require_namespaces()
    for after in ("Three PoPs", "Running until Ctrl-C"):
        demo = start("lab.demo", "--keep")
        check(any(after in line for line in demo.stdout), f"the demo says '{after}'")
        demo.send_signal(signal.SIGINT)
        output = demo.stdout.read()
        demo.wait(60)
        check(demo.returncode in (0, 130), f"interrupted then: status {demo.returncode}")
        wait_until(lambda pid=demo.pid: left_behind(pid) == [], 5, "nothing is left behind")
        check("Traceback" not in output, "without a traceback")


if __name__ == "__main__":
    main({f.__name__: f for f in (whole, embedded, interrupted)})
