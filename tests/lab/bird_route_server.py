"""BIRD 2 as exchanges run it: a table per client, filled through pipes that read control communities.

        p3 (client) <-> t3 <--- c3 (pipe) ---> master4 <--- the pipes of the others

A client's own routes are in its table because a session has only one, but with a lower preference
than what the pipe brings: they hide nothing. So t3 holds what the others let client 3 have, and the
best of it is what p3 announces (RFC 7947 section 2.3.2.1, one table per client).
"""

from lab.bird import Bird

# The numbers of docs/CONFIGURATION.md, "control_communities", in BIRD's own words. said() takes
# the first field, the function of the large form, and the client in both of their numberings.
# RS:0, rt:RS:0 and RS:0:RS mean "to nobody", too. Routes of real tables carry 65000:0 of other
# networks.
_FILTERS = """
define RS = {asn};

function said(int word; int large_word; int about; int large_about)
{{
  return (word, about) ~ bgp_community || (rt, word, about) ~ bgp_ext_community ||
         (RS, large_word, large_about) ~ bgp_large_community;
}}

function kept_from(int who)
{{
  if said(0, 0, who, who) then return true;
  if said(RS, 1, who, who) then return false;
  return said(0, 0, RS, 0) || said(RS, 0, 0, RS);
}}

function prepends(int who)
{{
  if said(65503, 103, who, who) then return 3;
  if said(65502, 102, who, who) then return 2;
  if said(65501, 101, who, who) then return 1;
  if said(65503, 103, RS, 0) then return 3;
  if said(65502, 102, RS, 0) then return 2;
  if said(65501, 101, RS, 0) then return 1;
  return 0;
}}

function towards(int who)
int times;
{{
  times = prepends(who);
  if times > 0 then bgp_path.prepend(bgp_path.first);
  if times > 1 then bgp_path.prepend(bgp_path.first);
  if times > 2 then bgp_path.prepend(bgp_path.first);
  bgp_community.delete([(0, *), (RS, *), (65501..65503, *)]);
  bgp_ext_community.delete([(rt, 0, *), (rt, RS, *), (rt, 65501, *), (rt, 65502, *), (rt, 65503, *)]);
  bgp_large_community.delete([(RS, 0, *), (RS, 1, *), (RS, 101, *), (RS, 102, *), (RS, 103, *)]);
}}
"""


class BirdRouteServer(Bird):
    """All sessions are clients, of IPv4. Options of a session: "raw" (lines for its protocol
    block)."""

    def configuration(self):
        lines = [f'log "{self.log}" all;', f"router id {self.router_id};",
                 "protocol device { scan time 2; }", _FILTERS.format(asn=self.asn)]
        for number, session in enumerate(self.sessions):
            session.options["route_server_client"] = True
            lines += [f"ipv4 table t{number};", self._protocol(number), self._pipe(number)]
        return "\n".join(lines) + "\n"

    def _channels(self, number):
        asn = self.sessions[number].asn
        return [f"  ipv4 {{ table t{number};",
                "    import filter { preference = 50; accept; };",
                f"    export filter {{ towards({asn}); accept; }};", "  };"]

    def _pipe(self, number):
        asn = self.sessions[number].asn
        return "\n".join([
            f"protocol pipe c{number} {{ table master4; peer table t{number};",
            f'  import filter {{ if proto != "p{number}" then reject; preference = 100; accept; }};',
            f'  export filter {{ if proto = "p{number}" || kept_from({asn}) then reject; accept; }};',
            "}"])
