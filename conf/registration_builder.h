// Builds registrations from the texts of their fields, with every check of a single registration.
// Internal to conf.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "conf/config.h"
#include "conf/registration_file.h"
#include "conf/report.h"
#include "policy/registrations.h"

namespace tern::conf {

class RegistrationBuilder {
 public:
  // A field of a registration: a column of a CSV file. In YAML, the part before a '.' is a map.
  struct Field {
    std::string_view name;  // "origins", "path.max_length"
    bool required = false;
    std::size_t most = 0;  // entries of a list; 0: no list
    // Takes one value, or returns what is wrong with it.
    std::string (*take)(RegistrationBuilder& builder, std::string_view text) = nullptr;
    // The value of a registration, of a list with blanks between the entries; empty: the default.
    std::string (*give)(const policy::Registration& registration) = nullptr;
  };
  [[nodiscard]] static std::span<const Field> fields();
  // Null: there is none of that name.
  [[nodiscard]] static const Field* field(std::string_view name);
  // For a name that is no field: "; did you mean 'origins'?"
  [[nodiscard]] static std::string did_you_mean(std::string_view name);

  struct Value {
    std::string_view text;
    Place place;
  };
  // Replaces `values` by the entries of a list with blanks between them, `most` at most. place: of
  // the text.
  static void split_list(std::string_view text, Place place, std::size_t most,
                         std::vector<Value>& values);

  // list: the path of the list of registrations in a YAML file; empty: a CSV file. texts: gets the
  // text of each registration (conf/registration_text.h); null: none.
  RegistrationBuilder(const RegistrationNames& names, const std::string& file, std::string list,
                      Report& report, std::vector<std::string>* texts = nullptr);

  // The number of keys of a map and of columns of a CSV file that a reader looks at: one more than
  // there are names, which is an error already.
  [[nodiscard]] static std::size_t most_names() { return fields().size() + 1; }

  void begin(Place place);
  // The values of a field of the registration that began last; of a list, a reader gives no more
  // than field.most + 1.
  void set(const Field& field, std::span<const Value> values);
  void fault(Place place, std::string_view field, std::string message);
  void end();

  // All registrations; reports those that overlap.
  [[nodiscard]] std::shared_ptr<const policy::Registrations> finish();
  // Of the registrations that ended, bad ones among them.
  [[nodiscard]] bool too_many() const { return number_ > kMostRegistrations; }

 private:
  struct Fields;
  void take_value(const Field& field, const Value& value);
  void add_text();
  void check_prefix();
  void check_origins();
  void check_lengths();
  void check_pops();
  void check_fallback();
  void reject_reserved(Asn asn, std::string_view field);
  [[nodiscard]] Place place_of(std::string_view field) const;
  // Of a field of the present registration, in messages.
  [[nodiscard]] std::string path_of(std::string_view field) const;

  const RegistrationNames& names_;
  const std::shared_ptr<const std::string> file_;
  const std::string list_;
  Report& report_;
  std::vector<std::string>* const texts_;
  std::vector<std::string> values_;  // of the present registration, by field; with texts_ only
  std::size_t number_ = 0;           // of the registration in the list
  bool is_bad_ = false;              // the present registration has a fault
  policy::Registration next_;
  std::vector<std::pair<std::string_view, Place>> given_;  // fields of the present registration
  Place place_;                                            // of it
  std::shared_ptr<policy::Registrations> all_ = std::make_shared<policy::Registrations>();
};

}  // namespace tern::conf
