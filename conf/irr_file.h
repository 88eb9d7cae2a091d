// A file of route objects of an Internet Routing Registry.
//
// A name that ends with .csv is a CSV file; any other file has objects of RPSL, as the databases of
// registries do:
//
//     # prefix,origin,max_length              route:      192.0.2.0/24
//     192.0.2.0/24,AS64496                    descr:      anything
//     2001:db8::/32,64496,48                  origin:     AS64496
//
// In CSV, '#' begins a comment; a first line `prefix,origin` or `prefix,origin,max_length` is
// skipped; max_length is that of more specific prefixes, by default the length of the prefix. In
// RPSL (RFC 2622) a blank line ends an object; of the objects `route` and `route6` the attributes
// of these names and `origin` count, and objects of other classes are skipped.
//
// A line or an object that is wrong is left out, because others publish the file; the rest counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/route_objects.h"
#include "rib/types/result.h"

namespace tern::conf {

enum class IrrFormat : std::uint8_t { Rpsl, Csv };

inline constexpr std::size_t kMostIrrObjects = 2'000'000;  // of all files; the default

struct IrrLimits {
  std::size_t max_octets = std::size_t{2} << 30U;    // of a file
  std::size_t max_objects = kMostIrrObjects;         // of a file
  std::size_t others = 0;                            // objects of other files, for the error
  std::size_t max_line = 1024;                       // octets of a line that is read
  std::size_t max_object = std::size_t{256} << 10U;  // octets of an object
  std::size_t max_messages = 20;
};

struct IrrFile {
  std::vector<policy::RouteObject> objects;  // in the order of the file
  std::size_t left_out = 0;                  // objects, or lines of CSV, that are wrong
  // Of the first of them: "radb.db:7:8: expected a prefix, found 'x'".
  std::vector<std::string> messages;
};

// Reads a file in pieces, so that a database of gigabytes is never in memory as text.
class IrrReader {
 public:
  // name: of the file, for messages.
  IrrReader(std::string name, IrrFormat format, const IrrLimits& limits = {});

  // The next octets of the file. False: there are too many objects, or the file is compressed;
  // further pieces change nothing.
  bool feed(std::string_view piece);
  // An error is a file that has no good object, is compressed, or has more than the limits allow.
  [[nodiscard]] Result<IrrFile, std::string> finish();

 private:
  // An object of RPSL.
  struct Object {
    bool open = false;
    bool is_route = false;
    bool faulty = false;
    std::uint8_t continues = 0;  // the last attribute is the prefix (1) or the origin (2)
    std::size_t octets = 0;
    std::size_t line = 0;  // of its first attribute
    policy::RouteObject found;
  };

  void take_line(std::string_view text);
  void take_rpsl(std::string_view text);
  void take_attribute(std::string_view text);
  void take_continuation(std::string_view text);
  void take_prefix(std::string_view text, std::size_t at, bool v6);
  void take_origin(std::string_view text, std::size_t at);
  void end_object();
  void take_csv(std::string_view text);
  void leave_out(std::size_t line, std::size_t at, const std::string& text);
  void fault(std::size_t at, const std::string& text);

  const std::string name_;
  const IrrFormat format_;
  const IrrLimits limits_;
  IrrFile file_;
  std::string partial_;     // the beginning of a line, up to max_line and one more octet
  std::size_t number_ = 0;  // of the present line
  std::size_t mark_ = 0;    // octets of a byte-order mark before the first line
  Object object_;
  bool compressed_ = false;
  bool too_many_ = false;
  bool is_first_row_ = true;  // of CSV: no row came yet
};

// The format by the path. ended, if there is one: asked between two pieces; when it is true, the
// result is an error.
[[nodiscard]] Result<IrrFile, std::string> read_irr_file(
    const std::string& path, const IrrLimits& limits = {},
    const std::function<bool()>& ended = nullptr);

}  // namespace tern::conf
