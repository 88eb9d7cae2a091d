#include "bgpd/daemon/rpki.h"

#include <utility>

#include "conf/rpki_checks.h"
#include "conf/small_file.h"

namespace tern::daemon {
namespace {

// Where the file gives a value; else the default of `value`.
void set_seconds(bool given, std::uint32_t number, rpki::Seconds& value) {
  if (given) value = rpki::Seconds(number);
}

vrps::CacheSettings compose_cache(const conf::proto::RpkiCache& file) {
  vrps::CacheSettings cache;
  cache.address = *IpAddress::parse(file.address());
  if (file.has_port()) cache.port = static_cast<std::uint16_t>(file.port());
  cache.name = conf::cache_name(file);
  if (file.has_preference()) cache.preference = file.preference();
  cache.local_address = IpAddress::parse(file.local_address());
  cache.md5_password = file.md5_password();
  cache.rtr.min_version = static_cast<std::uint8_t>(file.min_version());
  if (file.has_max_version()) {
    cache.rtr.max_version = static_cast<std::uint8_t>(file.max_version());
  }
  set_seconds(file.has_refresh_interval(), file.refresh_interval(), cache.rtr.max_refresh);
  set_seconds(file.has_retry_interval(), file.retry_interval(), cache.rtr.max_retry);
  set_seconds(file.has_expire_interval(), file.expire_interval(), cache.rtr.max_expire);
  return cache;
}

}  // namespace

vrps::RpkiSettings compose_rpki(const conf::Config& config) {
  const conf::proto::Rpki& file = config.file.rpki();
  vrps::RpkiSettings settings;
  for (const conf::proto::RpkiCache& cache : file.caches()) {
    settings.caches.push_back(compose_cache(cache));
  }
  for (const std::string& path : file.files()) {
    settings.files.push_back(conf::relative_to(config.path, path));
  }
  for (const std::string& path : file.slurm()) {
    settings.slurm.push_back(conf::relative_to(config.path, path));
  }
  return settings;
}

void Rpki::apply(vrps::RpkiSettings settings) {
  if (!thread_ && settings.empty()) return;
  if (!thread_) {
    thread_ = std::make_unique<vrps::RpkiThread>([this](auto table, auto changed) {
      loop_.post([this, table = std::move(table), changed = std::move(changed)]() mutable {
        changed_(table, changed);
        speaker_.set_vrps(std::move(table), std::move(changed));
      });
    });
  }
  thread_->reconfigure(std::move(settings));
}

vrps::RpkiStatus Rpki::status() const { return thread_ ? thread_->status() : vrps::RpkiStatus{}; }

}  // namespace tern::daemon
