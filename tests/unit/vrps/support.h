// A folder of a test's own, and VRPs in few words.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "bgpd/rpki/cache_data.h"
#include "policy/vrp_table.h"

namespace tern::vrps::test {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "tern-vrps-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  // Replaces the file in one step, so that its inode is another one.
  std::string write(const std::string& name, const std::string& text) const {
    const std::filesystem::path fresh = path_ / (name + ".new");
    std::ofstream(fresh) << text;
    std::filesystem::rename(fresh, path_ / name);
    return path(name);
  }
  void remove(const std::string& name) const { std::filesystem::remove(path_ / name); }
  [[nodiscard]] std::string path(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

inline policy::Vrp vrp(const std::string& prefix, Asn asn, std::uint8_t max_length = 0) {
  const Prefix parsed = *Prefix::parse(prefix);
  return {parsed, std::max(max_length, parsed.length()), asn};
}

inline rpki::CacheData data(std::vector<policy::Vrp> vrps) {
  return {policy::VrpTable::build(std::move(vrps)), std::make_shared<const rpki::AspaRecords>()};
}

// {"roas": [...]} of prefixes with their own length as the maximum, all of AS 64496.
inline std::string roas(const std::vector<std::string>& prefixes, const std::string& more = "") {
  std::string text = "{\"roas\": [";
  for (const std::string& prefix : prefixes) {
    if (text.back() == '}') text += ", ";
    text += "{\"prefix\": \"" + prefix + "\", \"asn\": 64496, \"maxLength\": " +
            std::to_string(Prefix::parse(prefix)->length()) + more + "}";
  }
  return text + "]}";
}

inline std::string slurm(const std::string& filters, const std::string& assertions) {
  return R"({"slurmVersion": 1, "validationOutputFilters": {"prefixFilters": [)" + filters +
         R"(], "bgpsecFilters": []}, "locallyAddedAssertions": {"prefixAssertions": [)" +
         assertions + R"(], "bgpsecAssertions": []}})";
}

}  // namespace tern::vrps::test
