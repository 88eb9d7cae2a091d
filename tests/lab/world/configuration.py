"""ternd of a PoP of the lab, with a configuration made from the places."""

import json
import os
import re

from lab.speaker import Session
from lab.tern import Tern
from lab.world.places import (ASN, METROS, OURS, PARTNERS, POPS, SITES, dictionary, registrations,
                              round_trips)

HOLD_TIME = 9       # seconds
STARTUP_DELAY = 5   # likewise: a PoP that is back attracts traffic when it knows where to send it
_TIMERS = {"connect_retry": 1, "idle_hold": 1, "damp_oscillations": False}


def backbone_address(pop):
    return f"10.255.0.{pop.number}"


def core_address(pop, who):
    """Of the LAN with the core router: who is 1 for ternd, 2 for the router."""
    return f"10.{pop.number}.0.{who}"


class PopDaemon(Tern):
    """The socket and the configuration are in `folder`, where a user looks for them."""

    def __init__(self, node, pop, folder, dwell):
        super().__init__(node, ASN, backbone_address(pop), _sessions(pop))
        self.socket = os.path.join(folder, f"{pop.name}.sock")
        self.config = os.path.join(folder, f"{pop.name}.yml")
        self._sections = {
            "router": {"asn": ASN, "id": self.router_id, "hostname": pop.name,
                       "startup_delay": STARTUP_DELAY,
                       "listen": sorted({f"{session.local}:179" for session in self.sessions})},
            "api": {"socket": self.socket},
            "metrics": {"listen": [f"{self.router_id}:9179"]},
            "networks": [{"prefix": OURS, "policies": ["pass"]}],
            "registrations": {"allow_reserved": True,  # the prefixes and the AS numbers are
                              "files": [self.write("registrations.csv", registrations())]},
            "policies": _POLICIES, "groups": _GROUPS,
            # Packets follow the best routes; a link without a carrier is no way.
            "kernel": {}, "next_hops": {},
            "egress": _egress(pop, self.write("rtt.csv", round_trips()), dwell),
            "peers": [self._peer(session) for session in self.sessions],
        }

    def configuration(self):
        return "\n".join([f"# The PoP {self._sections['router']['hostname']} of the lab.",
                          *_block(self._sections, 0)]) + "\n"

    def launch(self):
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(self.configuration())
        return super().launch()


_POLICIES = {
    "pass": {"terms": [{"accept": {}}]},
    "ours": {"terms": [{"match": {"own": True}, "accept": {}},
                       {"reject": {"reason": "no-transit"}}]},
}
_GROUPS = {
    "partners": {"import": ["pass"], "export": ["ours"], **_TIMERS},
    "pops": {"import": ["pass"], "export": ["pass"], "next_hop_self": True, **_TIMERS},
    "cores": {"import": ["pass"], "export": ["pass"], "next_hop_self": True,
              "route_reflector_client": True,
              "graceful_restart": {"enabled": True}, **_TIMERS},
}


def _sessions(pop):
    found = [Session(site.address, site.partner.asn, site.pop_address, hold_time=HOLD_TIME,
                     options={"name": site.partner.name, "group": "partners",
                              "location_dictionary": site.partner.name})
             for site in SITES.values() if site.pop == pop]
    found += [Session(backbone_address(other), ASN, backbone_address(pop), hold_time=HOLD_TIME,
                      options={"name": other.name, "group": "pops"})
              for other in POPS.values() if other != pop]
    found.append(Session(core_address(pop, 2), ASN, core_address(pop, 1), hold_time=HOLD_TIME,
                         options={"name": "core", "group": "cores"}))
    return found


def _egress(pop, rtt_file, dwell):
    def places(found):
        return {one.name: {"title": one.title, "latitude": one.latitude,
                           "longitude": one.longitude, "code": one.number}
                for one in found.values()}

    return {"pop": pop.name, "mode": "last-mile", "rtt_file": rtt_file, "costs": {"dwell": dwell},
            "pops": places(POPS), "metros": places(METROS),
            "dictionaries": {partner.name: {"tags": dictionary(partner)}
                             for partner in PARTNERS.values()}}


def _block(values, indent):
    """Lines of YAML. A value without further structure stands in one line."""
    lines, pad = [], " " * indent
    for key, value in values.items():
        inner = value.values() if isinstance(value, dict) else value
        if isinstance(value, dict) and any(isinstance(one, (dict, list)) for one in inner):
            lines += [f"{pad}{key}:", *_block(value, indent + 2)]
        elif isinstance(value, list) and any(isinstance(one, dict) for one in inner):
            lines += [f"{pad}{key}:", *(f"{pad}  - {_flow(one)}" for one in value)]
        else:
            lines.append(f"{pad}{key}: {_flow(value)}")
    return lines


def _flow(value):
    if isinstance(value, dict):
        inner = ", ".join(f"{key}: {_flow(one)}" for key, one in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, str) and re.fullmatch(r"[a-z][a-z0-9-]+", value):
        return value
    return json.dumps(value, ensure_ascii=False)
