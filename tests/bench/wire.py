"""tern-load in the daemon's place: what the kernel and the generator need by themselves. For join_1
and join_200 it sends every session the same ready bytes; in the churns it hands on every UPDATE as
it came, and keeps nothing; in a cold start it keeps what came for the sessions that come later."""

from generator import Generator
from targets import Target

SCENARIOS = ("join_1", "join_200", "churn_10k", "churn_50k", "cold_start_300_4", "cold_start_300",
             "cold_start_700_4", "cold_start_700", "cold_start_same")


class Wire(Target):
    name = "wire"
    at_once = 1024

    def __init__(self, binary, scale, options):
        super().__init__(binary)
        self.options = options
        self.scale = scale
        self.generator = None

    def start(self, node, plan):
        self.node, self.plan = node, plan
        # The first two of the scenario's sessions stand for the table's owner and its first reader.
        prefixes = 0 if plan.relay else max(1, round(1_000_000 * self.scale))
        self.generator = Generator(self.binary, node, plan.clients, listen=True, senders=1,
                                   relay=plan.relay, keep=plan.keep, prefixes=prefixes,
                                   **self.options)

    def stop(self):
        if self.generator:
            self.generator.__exit__()
        self.generator = None
