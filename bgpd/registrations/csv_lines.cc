#include "bgpd/registrations/csv_lines.h"

#include <string_view>
#include <utility>

#include "conf/registration_text.h"

namespace tern::registrations {

Result<CsvLines, store::Error> csv_lines(RegistrationStore& store, const std::string& owner) {
  CsvLines lines;
  auto fault = store.for_each([&](std::string_view text) {
    const auto fields = conf::registration_fields(text);
    if (!owner.empty() && conf::field_value(fields, "owner") != owner) return;
    const auto prefix = Prefix::parse(conf::field_value(fields, "prefix").value_or(""));
    if (prefix) lines[*prefix] = conf::registration_csv_line(text);
  });
  if (fault) return *std::move(fault);
  return lines;
}

CsvLines csv_lines(const StoredPages& pages, const std::string& owner) {
  CsvLines lines;
  for (const StoredPages::Source& page : pages.sources()) {
    for (const policy::Registration& one : *page) {
      if (!owner.empty() && one.owner != owner) continue;
      lines[one.prefix] = conf::registration_csv_line(conf::registration_text(one));
    }
  }
  return lines;
}

}  // namespace tern::registrations
