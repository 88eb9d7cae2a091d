// show rpki: where VRPs come from, or those that cover a prefix.
#include "bgpd/api/answer.h"
#include "bgpd/api/routes_query.h"
#include "policy/vrp_table.h"
#include "rib/types/prefix_text.h"

namespace tern::api {
namespace {

using vrps::RpkiStatus;

std::uint64_t seconds_or_zero(const std::optional<vrps::UnixTime>& time) {
  return time ? static_cast<std::uint64_t>(*time) : 0;
}

void show_count(const vrps::Count& count, proto::Rpki::Count& shown) {
  shown.set_ipv4(count.v4);
  shown.set_ipv6(count.v6);
}

void show_cache(const RpkiStatus::Cache& cache, proto::Rpki::Cache& shown) {
  shown.set_name(cache.name);
  shown.set_address(cache.address.to_string());
  shown.set_port(cache.port);
  shown.set_preference(cache.preference);
  shown.set_state(std::string(to_string(cache.state)));
  shown.set_version(cache.version);
  if (cache.session) shown.set_session(*cache.session);
  shown.set_serial(cache.serial);
  shown.set_in_use(cache.in_use);
  shown.set_has_data(cache.has_data);
  show_count(cache.vrps, *shown.mutable_vrps());
  shown.set_updated_seconds(seconds_or_zero(cache.updated));
  shown.set_expires_seconds(seconds_or_zero(cache.expires));
  shown.set_refresh_interval(cache.intervals.refresh);
  shown.set_retry_interval(cache.intervals.retry);
  shown.set_expire_interval(cache.intervals.expire);
  shown.set_last_error(cache.last_error);
  shown.set_connects(cache.connects);
  shown.set_updates(cache.updates);
  shown.set_pdus_in(cache.pdus_in);
  shown.set_pdus_out(cache.pdus_out);
  shown.set_error_reports_in(cache.error_reports_in);
  shown.set_error_reports_out(cache.error_reports_out);
}

void show_file(const RpkiStatus::File& file, proto::Rpki::File& shown) {
  shown.set_path(file.path);
  shown.set_state(std::string(to_string(file.state)));
  shown.set_in_use(file.in_use);
  show_count(file.vrps, *shown.mutable_vrps());
  shown.set_left_out(file.left_out);
  shown.set_expired(file.expired);
  shown.set_error(file.error);
  shown.set_read_seconds(seconds_or_zero(file.read));
}

void show_slurm(const RpkiStatus::SlurmFile& file, proto::Rpki::File& shown) {
  shown.set_path(file.path);
  shown.set_state(std::string(to_string(file.state)));
  shown.set_filters(file.filters);
  shown.set_assertions(file.assertions);
  shown.set_error(file.error);
  shown.set_read_seconds(seconds_or_zero(file.read));
}

void show_sources(const RpkiStatus& status, proto::Rpki::Sources& shown) {
  const RpkiStatus::Table& table = status.table;
  shown.set_validated(table.validated);
  shown.set_source(table.source);
  show_count(table.vrps, *shown.mutable_vrps());
  shown.set_memory(table.memory);
  shown.set_filtered(table.filtered);
  shown.set_added(table.added);
  shown.set_since_seconds(static_cast<std::uint64_t>(table.since));
  shown.set_changes(table.published);
  shown.set_sudden_drops(table.sudden_drops);
  for (const RpkiStatus::Cache& cache : status.caches) show_cache(cache, *shown.add_caches());
  for (const RpkiStatus::File& file : status.files) show_file(file, *shown.add_files());
  for (const RpkiStatus::SlurmFile& file : status.slurm) show_slurm(file, *shown.add_slurm());
}

}  // namespace

void show_vrps(const policy::VrpTable::Explanation& explained,
               google::protobuf::RepeatedPtrField<proto::Explanation::Vrp>& shown) {
  for (const auto& candidate : explained.covering) {
    proto::Explanation::Vrp& vrp = *shown.Add();
    vrp.set_prefix(candidate.vrp.prefix.to_string());
    vrp.set_max_length(candidate.vrp.max_length);
    vrp.set_asn(candidate.vrp.asn);
  }
}

void show_rpki(const Backend& backend, const proto::RpkiRequest& request,
               proto::Response& response) {
  const RpkiStatus status = backend.rpki ? backend.rpki() : RpkiStatus{};
  if (request.prefix().empty()) {
    if (status.caches.empty() && status.files.empty() && status.slurm.empty()) {
      return response.set_error("no rpki: the configuration names no cache and no file");
    }
    return show_sources(status, *response.mutable_rpki()->mutable_sources());
  }
  const auto prefix = parse_prefix_or_address(request.prefix());
  if (!prefix) return response.set_error(not_a_prefix_or_address(request.prefix()));
  const auto& vrps = backend.speaker.vrps();
  if (vrps == nullptr) return response.set_error("there are no VRPs: no route is validated");
  std::optional<Asn> origin;
  if (request.has_origin_as()) origin = request.origin_as();
  const auto explained = vrps->explain(*prefix, origin);
  proto::Rpki::Validation& shown = *response.mutable_rpki()->mutable_validation();
  shown.set_prefix(prefix->to_string());
  if (origin) shown.set_state(std::string(to_string(explained.state)));
  show_vrps(explained, *shown.mutable_vrps());
  shown.set_left_out(explained.left_out);
}

}  // namespace tern::api
