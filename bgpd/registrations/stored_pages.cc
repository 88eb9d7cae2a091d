#include "bgpd/registrations/stored_pages.h"

#include <algorithm>
#include <utility>

namespace tern::registrations {

using policy::Registration;
using policy::Registrations;

void StoredPages::change(Changes changes) {
  std::map<std::size_t, std::vector<Changes::value_type*>> by_page;
  for (auto& change : changes) by_page[page_of(change.first)].push_back(&change);
  for (auto& [number, of_page] : by_page) {
    auto page = std::make_shared<Registrations>();
    Source& place = pages_[number];
    const std::size_t before = place == nullptr ? 0 : place->size();
    page->reserve(before + of_page.size());
    if (place != nullptr) {
      for (const Registration& one : *place) {
        if (!changes.contains(one.prefix)) page->push_back(one);
      }
    }
    for (Changes::value_type* change : of_page) {
      if (change->second) page->push_back(*std::move(change->second));
    }
    page->shrink_to_fit();
    size_ = size_ - before + page->size();
    place = page->empty() ? nullptr : std::move(page);
  }
}

const Registration* StoredPages::find(const Prefix& prefix) const {
  const Source& page = pages_[page_of(prefix)];
  if (page == nullptr) return nullptr;
  const auto found = std::ranges::find(*page, prefix, &Registration::prefix);
  return found == page->end() ? nullptr : &*found;
}

std::vector<StoredPages::Source> StoredPages::sources() const {
  std::vector<Source> all;
  for (const Source& page : pages_) {
    if (page != nullptr) all.push_back(page);
  }
  return all;
}

}  // namespace tern::registrations
