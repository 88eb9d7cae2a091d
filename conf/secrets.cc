#include "conf/secrets.h"

#include <map>
#include <random>

namespace tern::conf {
namespace {

constexpr std::size_t kMostBytes = 4096;
constexpr std::size_t kLongestKey = 80;  // TCP_MD5SIG_MAXKEYLEN

class SecretReader {
 public:
  SecretReader(const YamlDocument& document, const LoadOptions& options, Config& config,
               Report& report)
      : document_(document), options_(options), config_(config), report_(report) {}

  // owner: a message with md5_password and md5_password_file.
  template <typename Owner>
  void read(const Path& path, Owner& owner) {
    if (owner.md5_password_file().empty()) return;
    const std::string name = relative_to(config_.path, owner.md5_password_file());
    const auto [known, is_new] = keys_.emplace(name, FileError{});
    if (is_new) known->second = read_key(name, 1, kLongestKey);
    if (known->second) {
      owner.set_md5_password(*known->second);
      return;
    }
    const Path place = path / "md5_password_file";
    const std::string fault =
        "cannot read a key from " + in_quotes(name) + ": " + known->second.error().message;
    if (options_.last_good == nullptr) {
      report_.add(document_.place(place), place.to_string(), fault);
      return;
    }
    owner.set_md5_password(key_of_nobody_);
    config_.stale.push_back({name, place.to_string() + ": " + fault + "; no session without it"});
  }

 private:
  using Key = Result<std::string, FileError>;

  static std::string key_of_nobody() {
    std::random_device random;  // the kernel's
    std::string key;
    for (int i = 0; i < 8; ++i) key += std::to_string(random() % 1'000'000'000U);
    return key;
  }

  const YamlDocument& document_;
  const LoadOptions& options_;
  Config& config_;
  Report& report_;
  std::map<std::string, Key> keys_;
  // All sessions share one key: neighbors on several links that have the same address need the same
  // key.
  const std::string key_of_nobody_ = key_of_nobody();
};

}  // namespace

Result<std::string, FileError> read_key(const std::string& path, std::size_t least,
                                        std::size_t most) {
  const auto text = read_file(path, kMostBytes);
  if (!text) return text;
  std::string line = text->substr(0, text->find('\n'));
  if (!line.empty() && line.back() == '\r') line.pop_back();
  if (line.find_first_not_of(" \t") == std::string::npos) {
    return FileError{"its first line is empty"};
  }
  const auto wrong = [&line](const char* bound, std::size_t bytes) {
    return FileError{"a key has at " + std::string(bound) + " " + std::to_string(bytes) +
                     " bytes, this has " + std::to_string(line.size())};
  };
  if (line.size() > most) return wrong("most", most);
  if (line.size() < least) return wrong("least", least);
  return line;
}

void read_secrets(const YamlDocument& document, const LoadOptions& options, Config& config,
                  Report& report) {
  proto::Configuration& file = config.file;
  SecretReader reader(document, options, config, report);
  for (auto& [name, group] : *file.mutable_groups()) reader.read(Path() / "groups" / name, group);
  for (int i = 0; i < file.peers_size(); ++i) {
    reader.read(Path() / "peers" / static_cast<std::size_t>(i), *file.mutable_peers(i));
  }
  for (int i = 0; i < file.rpki().caches_size(); ++i) {
    reader.read(Path() / "rpki" / "caches" / static_cast<std::size_t>(i),
                *file.mutable_rpki()->mutable_caches(i));
  }
}

}  // namespace tern::conf
