// Reads the JSON of RFC 8416 section 3, and compares files (section 4.2).

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <utility>

#include "bgpd/rpki/slurm.h"

namespace tern::rpki {
namespace {

using nlohmann::json;

// Walks the parsed text. The first fault ends the reading.
class SlurmReader {
 public:
  SlurmReader(std::string_view name, const SlurmLimits& limits) : limits_(limits) {
    file_.name = name;
    error_.file = name;
  }

  [[nodiscard]] Result<SlurmFile, JsonError> read(const json& root) {
    if (whole(root)) return std::move(file_);
    return std::move(error_);
  }

 private:
  bool fault(std::string path, std::string message) {
    error_.path = std::move(path);
    error_.message = std::move(message);
    return false;
  }

  // An object with all of `needed` and nothing beside these and `allowed`.
  bool members(const json& object, const std::string& path,
               std::initializer_list<std::string_view> needed,
               std::initializer_list<std::string_view> allowed) {
    if (!object.is_object()) return fault(path, "is no object");
    const auto in = [](std::string_view name, std::initializer_list<std::string_view> list) {
      return std::find(list.begin(), list.end(), name) != list.end();
    };
    const std::string before = path.empty() ? "" : path + '.';
    for (const auto& item : object.items()) {
      if (!in(item.key(), needed) && !in(item.key(), allowed)) {
        return fault(before + item.key(), "is no member of RFC 8416");
      }
    }
    for (const std::string_view name : needed) {
      if (object.find(name) == object.end()) {
        return fault(before + std::string(name), "is missing");
      }
    }
    return true;
  }

  bool whole(const json& root) {
    const auto version = root.find("slurmVersion");
    if (version != root.end() && *version != 1) return fault("slurmVersion", "is not 1");
    if (!members(root, "", {"slurmVersion", "validationOutputFilters", "locallyAddedAssertions"},
                 {})) {
      return false;
    }
    const std::string filters = "validationOutputFilters";
    const std::string assertions = "locallyAddedAssertions";
    return members(root[filters], filters, {"prefixFilters", "bgpsecFilters"}, {}) &&
           members(root[assertions], assertions, {"prefixAssertions", "bgpsecAssertions"}, {}) &&
           list(root[filters], filters, "bgpsecFilters", nullptr) &&
           list(root[assertions], assertions, "bgpsecAssertions", nullptr) &&
           list(root[filters], filters, "prefixFilters", &SlurmReader::filter) &&
           list(root[assertions], assertions, "prefixAssertions", &SlurmReader::assertion);
  }

  using Take = bool (SlurmReader::*)(const json&, const std::string&);
  bool list(const json& parent, const std::string& above, const char* name, Take take) {
    const json& array = parent[name];
    const std::string path = above + '.' + name;
    if (!array.is_array()) return fault(path, "is no array");
    entries_ += array.size();
    if (entries_ > limits_.max_entries) {
      return fault(path, "more than " + std::to_string(limits_.max_entries) + " entries");
    }
    if (take == nullptr) return true;
    std::size_t index = 0;
    for (const json& entry : array) {
      if (!(this->*take)(entry, path + '[' + std::to_string(index++) + ']')) return false;
    }
    return true;
  }

  bool filter(const json& entry, const std::string& path) {
    if (!members(entry, path, {}, {"prefix", "asn", "comment"})) return false;
    PrefixFilter filter;
    if (!comment(entry, path) || !prefix(entry, path, filter.prefix) ||
        !asn(entry, path, filter.asn)) {
      return false;
    }
    if (!filter.prefix && !filter.asn) return fault(path, "has neither prefix nor asn");
    file_.filters.push_back(filter);
    return true;
  }

  bool assertion(const json& entry, const std::string& path) {
    if (!members(entry, path, {"prefix", "asn"}, {"maxPrefixLength", "comment"})) return false;
    std::optional<Prefix> of;
    std::optional<Asn> as;
    if (!comment(entry, path) || !prefix(entry, path, of) || !asn(entry, path, as)) return false;
    policy::Vrp vrp{*of, of->length(), *as};
    if (const auto most = entry.find("maxPrefixLength"); most != entry.end()) {
      const auto bits = static_cast<std::uint64_t>(of->address().bits());
      const auto number = most->is_number_unsigned() ? most->get<std::uint64_t>() : bits + 1;
      if (number < of->length() || number > bits) {
        return fault(path + ".maxPrefixLength",
                     "is not from " + std::to_string(of->length()) + " to " + std::to_string(bits));
      }
      vrp.max_length = static_cast<std::uint8_t>(number);
    }
    file_.assertions.push_back(vrp);
    return true;
  }

  bool comment(const json& entry, const std::string& path) {
    const auto found = entry.find("comment");
    return found == entry.end() || found->is_string() || fault(path + ".comment", "is no text");
  }
  bool prefix(const json& entry, const std::string& path, std::optional<Prefix>& into) {
    const auto found = entry.find("prefix");
    if (found == entry.end()) return true;
    if (const auto* text = found->get_ptr<const std::string*>()) into = Prefix::parse(*text);
    return into ||
           fault(path + ".prefix",
                 found->dump(-1, ' ', true, json::error_handler_t::replace) + " is no prefix");
  }
  bool asn(const json& entry, const std::string& path, std::optional<Asn>& into) {
    const auto found = entry.find("asn");
    if (found == entry.end()) return true;
    if (found->is_number_unsigned() && found->get<std::uint64_t>() <= 0xFFFFFFFF) {
      into = found->get<Asn>();
    }
    return into || fault(path + ".asn", "is no AS number");
  }

  const SlurmLimits& limits_;
  SlurmFile file_;
  JsonError error_;
  std::size_t entries_ = 0;
};

// The subjects of a file: its prefixes and, where there are none, the ASes.
struct Subjects {
  std::vector<Prefix> prefixes;
  std::vector<Asn> asns;
};

Subjects subjects(const SlurmFile& file) {
  Subjects found;
  for (const PrefixFilter& filter : file.filters) {
    if (filter.prefix) {
      found.prefixes.push_back(*filter.prefix);
    } else {
      found.asns.push_back(*filter.asn);
    }
  }
  for (const policy::Vrp& vrp : file.assertions) found.prefixes.push_back(vrp.prefix);
  std::sort(found.prefixes.begin(), found.prefixes.end());
  std::sort(found.asns.begin(), found.asns.end());
  return found;
}

// A prefix of one list that covers or equals one of the other. The lists are sorted.
std::optional<Prefix> overlap(const std::vector<Prefix>& a, const std::vector<Prefix>& b) {
  for (const Prefix& prefix : b) {
    const auto inside = std::lower_bound(a.begin(), a.end(), prefix);
    if (inside != a.end() && prefix.covers(*inside)) return prefix;
  }
  return std::nullopt;
}

}  // namespace

Result<SlurmFile, JsonError> read_slurm(std::string_view text, std::string_view name,
                                        const SlurmLimits& limits) {
  if (auto fault = json_fault(text, name, limits.max_octets)) return std::move(*fault);
  return SlurmReader(name, limits).read(json::parse(text.begin(), text.end(), nullptr, false));
}

std::optional<JsonError> slurm_conflict(const std::vector<SlurmFile>& files) {
  std::vector<Subjects> all;
  for (const SlurmFile& file : files) {
    all.push_back(subjects(file));
    const Subjects& one = all.back();
    for (std::size_t i = 0; i + 1 < all.size(); ++i) {
      const Subjects& other = all[i];
      auto prefix = overlap(one.prefixes, other.prefixes);
      if (!prefix) prefix = overlap(other.prefixes, one.prefixes);
      if (prefix) {
        return JsonError{
            file.name, 0, {}, prefix->to_string() + " is a subject of " + files[i].name + ", too"};
      }
      std::vector<Asn> both;
      std::set_intersection(one.asns.begin(), one.asns.end(), other.asns.begin(), other.asns.end(),
                            std::back_inserter(both));
      if (!both.empty()) {
        return JsonError{
            file.name,
            0,
            {},
            "AS" + std::to_string(both.front()) + " is a subject of " + files[i].name + ", too"};
      }
    }
  }
  return std::nullopt;
}

}  // namespace tern::rpki
