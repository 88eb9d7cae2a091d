// show registrations: the registered prefixes with the routes for them, counted in slices beside
// the threads that change the table, and the files that they come from.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "bgpd/api/answer.h"
#include "bgpd/api/route_view.h"
#include "bgpd/api/routes_query.h"
#include "rib/ordered_walk.h"
#include "rib/table_reader.h"
#include "rib/types/prefix_text.h"
#include "rib/types/quoted.h"

namespace tern::api {
namespace {

using policy::Suspicion;

constexpr char kCountLost[] =
    "too much of the table has changed while this listing waited for its reader; ask again";
constexpr std::size_t kCountSlice = 1024;  // destinations counted, or registrations, in one turn

void show_file(const registrations::RegistrationStatus::File& file,
               proto::Registrations::File& shown) {
  shown.set_path(file.path);
  shown.set_state(std::string(to_string(file.state)));
  shown.set_registrations(file.registrations);
  shown.set_left_out(file.left_out);
  shown.set_error(file.error);
  shown.set_errors(file.errors);
  if (file.read) shown.set_read_seconds(static_cast<std::uint64_t>(*file.read));
}

void show_irr(const irr::IrrStatus::File& file, proto::Registrations::IrrFile& shown) {
  shown.set_path(file.path);
  shown.set_state(std::string(to_string(file.state)));
  shown.set_objects(file.objects);
  shown.set_left_out(file.left_out);
  shown.set_error(file.error);
  if (file.read) shown.set_read_seconds(static_cast<std::uint64_t>(*file.read));
}

void show_stored(const registrations::StoredStatus& stored, proto::Registrations& shown) {
  if (!stored.exists()) return;
  proto::Registrations::Stored& one = *shown.mutable_stored();
  one.set_path(stored.path);
  one.set_good(stored.good());
  one.set_registrations(stored.registrations);
  one.set_left_out(stored.left_out);
  one.set_faulty(stored.faulty);
  for (const std::string* error : {&stored.error, &stored.overlap, &stored.fault}) {
    if (!error->empty()) one.add_errors(*error);
  }
  for (const std::string& path : stored.aside) one.add_aside(path);
  one.set_writes(stored.writes);
  one.set_database_errors(stored.errors);
}

// The sources of the registrations that the request asks for. Stored ones have the state of their
// database, because some of them may not be in force.
proto::Registrations sources_of(const Backend& backend,
                                const proto::RegistrationsRequest& request) {
  proto::Registrations shown;
  const bool all = request.prefix().empty() && request.owner().empty() && !request.stored();
  if (!backend.registration_status || !(all || request.stored())) return shown;
  const auto status = backend.registration_status();
  show_stored(status.stored, shown);
  shown.set_unmet(status.unmet);
  if (!all) return shown;
  for (const auto& file : status.files) show_file(file, *shown.add_files());
  for (const auto& file : status.irr) show_irr(file, *shown.add_irr());
  shown.set_listed(status.listed);
  return shown;
}

// The registrations that a request asks for.
struct Asked {
  bool stored = false;                 // only those in the database
  std::string owner;                   // empty: of all
  std::optional<states::State> state;  // only those in this state; nothing: all
  bool unmet = false;                  // only those that do not meet the requirements
  bool detail = false;                 // all states, with evidence and history
  // The state is compared apart, by the book (is_in_state()).
  [[nodiscard]] bool matches(const policy::Registration& one) const {
    return (!stored || one.stored()) && (owner.empty() || one.owner == owner);
  }
};

// The registrations of the table with indices from `begin` to before `end`.
class RegistrationsAnswer final : public Answer {
 public:
  RegistrationsAnswer(const Backend& backend,
                      std::shared_ptr<const policy::RegistrationTable> table, std::size_t begin,
                      std::size_t end, Asked asked, proto::Registrations sources)
      : share_(backend.speaker),
        shards_(backend.speaker.shards()),
        table_(std::move(table)),
        book_(backend.states),
        unmet_(backend.unmet ? backend.unmet() : nullptr),
        ingress_(backend.ingress),
        asked_(std::move(asked)),
        next_(begin),
        end_(end),
        sources_(std::move(sources)) {
    for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
      readers_.emplace_back(shards_[shard]);
    }
  }

  [[nodiscard]] bool beside() const override { return true; }
  [[nodiscard]] bool looks() const override { return false; }
  [[nodiscard]] const char* lost() const override {
    return share_.revoked() ? kCountLost : nullptr;
  }

  Progress next(proto::Response& response) override {
    if (share_.revoked()) {
      response.set_error(kCountLost);
      return Progress::Done;
    }
    proto::Registrations& shown = *response.mutable_registrations();
    std::size_t octets = 0;
    for (std::size_t looked = 0; looked < kCountSlice && octets < kMessageOctets; ++looked) {
      if (is_skipped()) {
        ++next_;
        continue;
      }
      if (!count_next()) continue;
      if (next_ == end_) {
        shown.MergeFrom(sources_);
        return Progress::Done;
      }
      proto::Registration& one = *shown.add_registrations();
      if (const auto states = states_of_next()) show_states(*states, asked_.detail, one);
      if (asked_.detail) show_ingress((*table_)[next_].prefix, one);
      if (unmet_ != nullptr) show_unmet(*unmet_, (*table_)[next_].prefix, one);
      show_registration((*table_)[next_++], one);
      one.set_received(counts_.received);
      one.set_accepted(counts_.accepted);
      one.set_quarantined(counts_.quarantined);
      one.set_last_resort(counts_.last_resort);
      octets += one.ByteSizeLong();
      counts_ = {};
      family_ = 0;
    }
    return shown.registrations_size() > 0 ? Progress::Send : Progress::Working;
  }

 private:
  struct Counts {
    std::uint64_t received = 0;
    std::uint64_t accepted = 0;
    std::uint64_t quarantined = 0;
    std::uint64_t last_resort = 0;
  };

  void show_ingress(const Prefix& prefix, proto::Registration& one) const {
    if (ingress_ == nullptr) return;
    for (const states::IngressBook::Share& share : ingress_->find(prefix)) {
      proto::Registration::Ingress& shown = *one.add_ingress();
      shown.set_pop(share.pop);
      shown.set_octets(share.octets);
    }
  }

  [[nodiscard]] std::optional<states::ShownStates> states_of_next() const {
    return book_ == nullptr ? std::nullopt : book_->find((*table_)[next_].prefix);
  }

  // Of a registration whose routes are not counted yet.
  [[nodiscard]] bool is_skipped() const {
    if (next_ == end_ || walk_ || family_ != 0) return false;
    if (!asked_.matches(*(*table_)[next_].registration)) return true;
    if (asked_.unmet && !(unmet_ && unmet_->contains((*table_)[next_].prefix))) return true;
    return asked_.state && !is_in_state();
  }
  [[nodiscard]] bool is_in_state() const {
    const auto states = states_of_next();
    return states && std::ranges::find(states->now, *asked_.state,
                                       &states::ShownStates::Now::state) != states->now.end();
  }

  // Counts in the next destination of the present registration. True: all are counted.
  bool count_next() {
    if (next_ == end_) return true;
    const Prefix& prefix = (*table_)[next_].prefix;
    while (true) {
      if (!walk_) {
        while (family_ < kFamilyCount &&
               row(kFamilies[family_]).version != prefix.address().version()) {
          ++family_;
        }
        if (family_ == kFamilyCount) return true;
        walk_.emplace(readers_, kFamilies[family_++], prefix);
      }
      if (const auto found = walk_->next()) {
        count(*found);
        return false;
      }
      walk_.reset();
    }
  }

  void count(const rib::Found& found) {
    const rib::TableReader& reader = readers_[found.shard];
    const rib::TableReader::Section section(reader);
    for (const rib::Path& path : reader.destination(found.id).paths) {
      if (path.peer() == kOwnSlot) continue;
      ++counts_.received;
      if (path.accepted()) ++counts_.accepted;
      if (path.accepted() && is_last_resort(pin_of(path.digest()))) ++counts_.last_resort;
      if (!path.accepted() && path.reason() == Reason::Quarantined) ++counts_.quarantined;
    }
  }

  const session::TableShare share_;
  const rib::Shards& shards_;
  const std::shared_ptr<const policy::RegistrationTable> table_;
  const states::StateBook* const book_;
  const std::shared_ptr<const registrations::UnmetBook> unmet_;  // may be null
  const states::IngressBook* const ingress_;
  std::vector<rib::TableReader> readers_;  // by shard
  const Asked asked_;
  std::size_t next_ = 0;  // index of the registration that is counted
  const std::size_t end_ = 0;
  const proto::Registrations sources_;
  std::size_t family_ = 0;                // index of the next family to walk
  std::optional<rib::OrderedWalk> walk_;  // of the present registration; none: not begun
  Counts counts_;                         // of it
};

}  // namespace

void show_registration(const policy::RegistrationTable::Entry& entry, proto::Registration& shown) {
  const policy::Registration& of = *entry.registration;
  shown.set_prefix(of.prefix.to_string());
  shown.set_owner(of.owner);
  shown.set_customer_as(of.customer);
  for (const Asn asn : of.origins) shown.add_origins(asn);
  for (const Asn asn : of.partners) shown.add_partners(asn);
  shown.set_primary_pop(of.primary_pop);
  for (const std::string& pop : of.backup_pops) shown.add_backup_pops(pop);
  if (of.tag) shown.set_tag(std::visit([](const auto& tag) { return to_string(tag); }, *of.tag));
  shown.set_max_length(of.max_length);
  shown.set_path_max_length(of.path.max_length);
  shown.set_allow_private_as(of.path.allow_private_as);
  shown.set_allow_prepend(of.path.allow_prepend);
  shown.set_direct(of.path.direct);
  for (std::size_t i = 0; i < policy::kSuspicionCount; ++i) {
    (*shown.mutable_guard())[std::string(to_string(static_cast<Suspicion>(i)))] =
        std::string(to_string(entry.actions[i]));
  }
  shown.set_fallback(std::string(to_string(entry.fallback)));
  shown.set_notes(of.notes);
  shown.set_place(of.place());
}

// Without a registration that covers the prefix, those that the prefix covers follow one another in
// the table.
std::unique_ptr<Answer> list_registrations(const Backend& backend,
                                           const proto::RegistrationsRequest& request) {
  auto table = backend.speaker.registrations();
  if (request.files()) {
    proto::Response response;
    *response.mutable_registrations() = sources_of(backend, request);
    return one_answer(std::move(response));
  }
  std::optional<states::State> state;
  if (!request.state().empty()) {
    state = states::parse_state(request.state());
    if (!state)
      return error_answer(quoted(request.state()) +
                          " is no state: " + names_text<states::State>(states::kStates));
  }
  if (table == nullptr) table = std::make_shared<const policy::RegistrationTable>();
  std::size_t begin = 0;
  std::size_t end = table->size();
  if (!request.prefix().empty()) {
    const auto prefix = parse_prefix_or_address(request.prefix());
    if (!prefix) return error_answer(not_a_prefix_or_address(request.prefix()));
    const auto* const covering = table->find(*prefix);
    begin = table->lower_bound(covering != nullptr ? covering->prefix : *prefix);
    end = begin;
    while (end < table->size() &&
           (covering != nullptr ? end == begin : prefix->covers((*table)[end].prefix))) {
      ++end;
    }
  }
  return std::make_unique<RegistrationsAnswer>(
      backend, std::move(table), begin, end,
      Asked{request.stored(), request.owner(), state, request.unmet(), request.detail()},
      sources_of(backend, request));
}

}  // namespace tern::api
