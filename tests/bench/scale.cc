// One PoP of a large network, for docs/SCALE.md: what its tables take, and what they cost.
//
//   tern_scale PREFIXES POPS PARTNERS REGISTRATIONS [PATHS] [shift|order]
//
// Each prefix comes from a partner at this PoP, which is the nearest to all metros, and from PATHS
// (1) other PoPs, as octets of UPDATEs. Every other PoP, in a full mesh, and every partner reads
// what it is advertised. The first REGISTRATIONS prefixes are registered. shift: afterwards the
// round trip from this PoP to one of 50 metros changes. order: another registration order, of each
// registered prefix. Prints the resident memory after each part; instructions are counted by
// callgrind around the program.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/pipeline/advertisers.h"
#include "bgpd/pipeline/import.h"
#include "bgpd/pipeline/pricing.h"
#include "bgpd/pipeline/rejudge.h"
#include "policy/live_costs.h"
#include "policy/registrations.h"

namespace tern::bench {
namespace {

constexpr Asn kOurAsn = 65000;
constexpr Asn kFirstPartner = 1001;
constexpr Asn kCustomer = 30001;
constexpr std::size_t kMetros = 50;
constexpr std::size_t kPrefixesPerUpdate = 8;
constexpr std::size_t kSlice = 1024;
constexpr rib::TableSpaces kSpaces{std::size_t{4} << 30U, std::size_t{4} << 30U};

struct Scale {
  std::size_t prefixes = 0;
  std::size_t pops = 0;
  std::size_t partners = 0;
  std::size_t registrations = 0;
  std::size_t paths = 1;  // of other PoPs, for each prefix
};

std::string name_of(const char* kind, std::size_t number) { return kind + std::to_string(number); }

Prefix prefix(std::size_t number) {
  return Prefix::v4(0x10000000U + (static_cast<std::uint32_t>(number) << 8U), 24);
}

std::shared_ptr<const policy::Egress> make_egress(std::size_t pops) {
  policy::EgressSource source;
  source.pop = "pop0";
  for (std::size_t metro = 0; metro < kMetros; ++metro) {
    const auto code = static_cast<std::uint32_t>(1 + metro);
    source.metros.push_back({name_of("metro", metro), "", code, {1, 0}});
    source.dictionaries.resize(1);
    source.dictionaries[0].name = "partner";
    const std::string tag = "64900:" + std::to_string(code);
    source.dictionaries[0].tags.push_back(
        {*policy::parse_community_pattern(tag), name_of("metro", metro)});
  }
  for (std::size_t pop = 0; pop < pops; ++pop) {
    const auto code = static_cast<std::uint32_t>(1 + pop);
    source.pops.push_back({name_of("pop", pop), "", code, {1, static_cast<double>(pop % 180)}});
  }
  source.community_asn = kOurAsn;
  source.location_function = 1;
  source.egress_function = 2;
  return std::make_shared<const policy::Egress>(policy::Egress::build(source).value());
}

std::shared_ptr<const policy::RegistrationTable> make_registrations(const Scale& scale,
                                                                    const char* pop) {
  auto all = std::make_shared<policy::Registrations>();
  const auto file = std::make_shared<const std::string>("scale.csv");
  for (std::size_t i = 0; i < scale.registrations; ++i) {
    policy::Registration one;
    one.prefix = prefix(i);
    one.max_length = one.prefix.length();
    one.customer = kCustomer;
    one.origins = {kCustomer};
    one.partners = {static_cast<Asn>(kFirstPartner + i / kPrefixesPerUpdate % scale.partners)};
    one.primary_pop = pop;
    one.backup_pops = {"pop2"};
    one.file = file;
    all->push_back(std::move(one));
  }
  return std::make_shared<const policy::RegistrationTable>(
      std::vector<std::shared_ptr<const policy::Registrations>>{all}, policy::kQuarantineAll);
}

policy::Chain accept_all() {
  policy::Sources sources;
  policy::TermSource term;
  term.then = policy::TermSource::Then::Accept;
  sources.policies.push_back({"all", {term}});
  return policy::Chain({policy::compile(sources)->find("all")});
}

// KiB.
std::size_t resident() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word != "VmRSS:") continue;
    std::size_t kibibytes = 0;
    status >> kibibytes;
    return kibibytes;
  }
  return 0;
}

void say(const char* part) {
  static std::size_t before = 0;
  const std::size_t now = resident();
  std::printf("%-22s %9zu KiB more, %9zu KiB\n", part, now - before, now);
  before = now;
}

class Router {
 public:
  explicit Router(const Scale& scale) : scale_(scale) {
    say("program");
    egress_ = make_egress(scale.pops);
    say("costs");
    if (scale.registrations != 0) registrations_ = make_registrations(scale, "pop0");
    say("registrations");
    for (std::size_t pop = 1; pop < scale.pops; ++pop) add(pop, true);
    for (std::size_t partner = 0; partner < scale.partners; ++partner) {
      add(scale.pops + partner, false);
    }
    advertise();
    say("sessions");
    feed_table();
    say("routes");
  }

  // One metro is farther from this PoP.
  void shift() {
    const policy::CostPair pair{0, 0, false};
    const policy::EgressCosts::Change change{pair, {90'000, policy::CostSource::Operator}};
    const auto costs = egress_->costs()->with(std::array{change});
    policy::CostChange changed;
    changed.add(pair);
    pipeline::Pricing pricing;
    rib::ClientSet starved;
    for (rib::DestId id = 0; id < rib().end(); ++id) {
      if (!rib().destination(id).in_use) continue;
      if (pricing.price(rib(), id, changed, *costs, starved).touched) rib().note_changed(id);
    }
    advertise();
    say("after the shift");
  }

  // All registrations prefer another PoP.
  void order() {
    registrations_ = make_registrations(scale_, "pop1");
    for (Session& each : sessions_) {
      pipeline::ImportRules rules = each.import->rules();
      rules.registrations = registrations_;
      each.import->set_rules(std::move(rules));
    }
    // As a round of the daemon does: each path by the rules of its neighbor.
    std::map<PeerSlot, pipeline::Rejudge> rejudges;
    for (Session& each : sessions_) {
      const auto rules = each.import->session_rules();
      rejudges.try_emplace(each.slot, shards_, rules->facts, rules->rules);
    }
    pipeline::Revisions revisions;
    for (std::size_t i = 0; i < scale_.registrations; ++i) {
      const auto found = shards_.find(Nlri{prefix(i), Family::Ipv4Unicast});
      if (!found) continue;
      const rib::Destination destination = rib().destination(found->id);
      for (std::size_t path = 0; path < destination.paths.size(); ++path) {
        rejudges.at(destination.paths[path].peer()).judge(destination, path, revisions);
      }
      (void)revisions.apply(rib(), found->id);
    }
    advertise();
    say("after the new order");
  }

 private:
  struct Session {
    PeerSlot slot = 0;
    std::unique_ptr<pipeline::AdjRibsIn> adj_ribs_in = std::make_unique<pipeline::AdjRibsIn>();
    std::unique_ptr<pipeline::Import> import;
  };

  [[nodiscard]] rib::Rib& rib() { return shards_[0]; }

  void add(std::size_t number, bool between_pops) {
    Session session;
    session.slot = static_cast<PeerSlot>(number);
    pipeline::SessionFacts facts;
    facts.slot = session.slot;
    facts.kind = between_pops ? PeerKind::Ibgp : PeerKind::Ebgp;
    facts.local_asn = kOurAsn;
    facts.peer_asn =
        between_pops ? kOurAsn : kFirstPartner + static_cast<Asn>(number - scale_.pops);
    facts.peer_address = IpAddress::v4(0x0A000001U + session.slot);
    facts.local_address = facts.local_address_v4 = IpAddress::v4(0x0A000001U);
    facts.families = facts.receive.families = {Family::Ipv4Unicast};
    facts.receive.ibgp = between_pops;
    shards_.set_peer(session.slot, {facts.kind, session.slot, facts.peer_address});
    shards_.change_epoch(session.slot, Family::Ipv4Unicast,
                         (*session.adj_ribs_in)[Family::Ipv4Unicast].session_up(false, {}));
    pipeline::ImportRules import;
    import.policies = accept_all_;
    import.egress = egress_;
    import.between_pops = between_pops;
    import.registrations = registrations_;
    if (!between_pops) import.dictionary = egress_->dictionary("partner");
    session.import =
        std::make_unique<pipeline::Import>(shards_, *session.adj_ribs_in, facts, import);
    pipeline::ExportRules exported;
    exported.policies = accept_all_;
    exported.egress = egress_;
    exported.send_location = exported.between_pops = exported.next_hop_self = between_pops;
    advertisers_.open(facts, exported);
    sessions_.push_back(std::move(session));
  }

  // Partners have attribute sets of their own for every eight prefixes.
  void feed_table() {
    for (std::size_t first = 0; first < scale_.prefixes; first += kPrefixesPerUpdate) {
      const std::size_t number = first / kPrefixesPerUpdate;
      const std::size_t partner = number % scale_.partners;
      feed(sessions_[scale_.pops - 1 + partner], first, partner, std::nullopt);
      for (std::size_t n = 0; n < scale_.paths; ++n) {
        const std::size_t pop = 1 + (number + n * 7) % (scale_.pops - 1);
        feed(sessions_[pop - 1], first, partner, pop);
      }
      if (number % (kSlice / kPrefixesPerUpdate) == 0) advertise();
    }
    advertise();
  }

  void feed(Session& from, std::size_t first, std::size_t partner, std::optional<std::size_t> pop) {
    const std::size_t metro = 1 + first / kPrefixesPerUpdate % kMetros;
    PathAttributes attributes;
    attributes.origin = Origin::Igp;
    attributes.as_path = AsPath::sequence(
        {static_cast<Asn>(kFirstPartner + partner),
         static_cast<Asn>(20'001 + first / kPrefixesPerUpdate % 10'000), kCustomer});
    attributes.next_hop.global = IpAddress::v4(0x0A000001U + from.slot);
    if (pop) {
      attributes.local_pref = 100;
      attributes.large_communities = {{kOurAsn, 1, static_cast<std::uint32_t>(metro)},
                                      {kOurAsn, 2, static_cast<std::uint32_t>(1 + *pop)}};
    } else {
      attributes.communities = {Community::of(64900, static_cast<std::uint16_t>(metro))};
    }
    std::vector<Nlri> nlri;
    for (std::size_t i = first; i < first + kPrefixesPerUpdate; ++i) {
      nlri.emplace_back(prefix(i), Family::Ipv4Unicast);
    }
    message_.clear();
    (void)wire::encode_announcements(attributes, nlri, {true, false, 4096}, message_);
    const wire::Bytes body = std::span(message_).subspan(19);
    (void)pipeline::receive(from.import->judge(), body, 0, kSlice, from.import->received());
    (void)from.import->flush(1'700'000'000);
    from.import->received().clear();
  }

  void advertise() {
    pipeline::Advertiser& advertiser = advertisers_[0];
    while (rib().has_changes() || advertiser.walking()) {
      if (rib().has_changes()) (void)advertiser.advertise(kSlice, 0);
      if (advertiser.walking()) advertiser.walk(kSlice);
      take();
    }
    take();
  }

  // The octets that the sockets of all clients take.
  void take() {
    std::array<std::span<const std::byte>, 64> runs;
    for (const Session& each : sessions_) {
      pipeline::AdjRibOut& adj_rib_out = *advertisers_.adj_rib_out(each.slot);
      while (const std::size_t count = adj_rib_out.collect(runs, std::size_t{1} << 20U)) {
        std::size_t taken = 0;
        for (const auto& run : std::span(runs).first(count)) taken += run.size();
        (void)adj_rib_out.took(taken, [](wire::Bytes) {});
      }
    }
  }

  const Scale scale_;
  const policy::Chain accept_all_ = accept_all();
  std::shared_ptr<const policy::Egress> egress_;
  std::shared_ptr<const policy::RegistrationTable> registrations_;
  rib::Shards shards_{1, {}, kSpaces};
  pipeline::Advertisers advertisers_{shards_};
  std::vector<Session> sessions_;
  std::vector<std::byte> message_;
};

}  // namespace
}  // namespace tern::bench

int main(int argc, char** argv) {
  using namespace tern::bench;
  if (argc < 5) {
    std::fputs("tern_scale PREFIXES POPS PARTNERS REGISTRATIONS [PATHS] [shift|order]\n", stderr);
    return 2;
  }
  const auto number = [&](int i) { return std::strtoull(argv[i], nullptr, 10); };
  Scale scale{number(1), number(2), number(3), number(4)};
  if (argc > 5) scale.paths = number(5);
  if (scale.pops < 4 || scale.partners < 1) return 2;
  Router router(scale);
  if (argc > 6 && std::strcmp(argv[6], "shift") == 0) router.shift();
  if (argc > 6 && std::strcmp(argv[6], "order") == 0) router.order();
  return 0;
}
