#include "bgpd/daemon/irr.h"

#include <utility>

#include "conf/small_file.h"

namespace tern::daemon {

irr::IrrSettings compose_irr(const conf::Config& config) {
  const conf::proto::Registrations& file = config.file.registrations();
  irr::IrrSettings settings;
  for (const std::string& path : file.irr()) {
    settings.paths.push_back(conf::relative_to(config.path, path));
  }
  if (file.has_irr_objects()) settings.most_objects = file.irr_objects();
  return settings;
}

void Irr::apply(irr::IrrSettings settings) {
  if (!thread_ && settings.paths.empty()) return;
  if (!thread_) {
    thread_ = std::make_unique<irr::IrrThread>([this](auto objects) {
      loop_.post([this, objects = std::move(objects)]() mutable {
        objects_ = std::move(objects);
        changed_();
      });
    });
  }
  thread_->reconfigure(std::move(settings));
}

irr::IrrStatus Irr::status() const { return thread_ ? thread_->status() : irr::IrrStatus{}; }

}  // namespace tern::daemon
