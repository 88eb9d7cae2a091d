// show places: where users can be, and how the places of routes were found.
#include <string>

#include "bgpd/ctl/table.h"
#include "bgpd/ctl/text.h"
#include "bgpd/ctl/view.h"

namespace tern::ctl {
namespace {

using api::proto::Places;
using api::proto::Response;

Cell count_cell(std::uint64_t count, Tint tint = Tint::Plain) {
  return count == 0 ? Cell{"-", Tint::Dim} : Cell{count_text(count), tint};
}

class PlacesView : public View {
 public:
  PlacesView(const Screen& screen, std::ostream& out) : screen_(screen), out_(out) {}

  void show(const Response& response) override { all_.MergeFrom(response.places()); }

  Outcome close(bool /*complete*/) override {
    print_places(all_);
    print_neighbors(all_);
    print_geofeeds(all_);
    return Outcome::Done;
  }

 private:
  void print_places(const Places& places) {
    Table table({{"Place", Column::Align::Left, 12},
                 {"Kind"},
                 {"Title", Column::Align::Left, 0, true},
                 {"In", Column::Align::Left, 0, true},
                 {"Code", Column::Align::Right},
                 {"Best paths", Column::Align::Right}});
    for (const Places::Place& place : places.places()) {
      table.add({{place.name()},
                 {place.kind() == "pop" ? "PoP" : place.kind()},
                 {place.title()},
                 {place.within()},
                 {std::to_string(place.code())},
                 count_cell(place.prefixes())});
    }
    table.print(out_, screen_);
  }

  void print_neighbors(const Places& places) {
    if (places.neighbors().empty()) return;
    out_ << '\n'
         << screen_.paint(Tint::Bold, "Routes announced, by how their place was found") << '\n';
    Table table({{"Neighbor", Column::Align::Left, 14},
                 {"Dictionary", Column::Align::Left, 0, true},
                 {"Default", Column::Align::Left, 0, true},
                 {"Tag", Column::Align::Right},
                 {"Geofeed", Column::Align::Right},
                 {"By default", Column::Align::Right},
                 {"PoP", Column::Align::Right},
                 {"Unknown", Column::Align::Right},
                 {"Contradictory", Column::Align::Right}});
    for (const Places::Neighbor& neighbor : places.neighbors()) {
      table.add({{neighbor.name()},
                 {neighbor.dictionary()},
                 {neighbor.location_default()},
                 count_cell(neighbor.by_tag()),
                 count_cell(neighbor.by_geofeed()),
                 count_cell(neighbor.by_default()),
                 count_cell(neighbor.by_pop()),
                 count_cell(neighbor.unknown(), Tint::Warn),
                 count_cell(neighbor.contradictory(), Tint::Warn)});
    }
    table.print(out_, screen_);
    if (places.left_out() != 0) {
      out_ << "and " << count_of(places.left_out(), "neighbor") << " more\n";
    }
  }

  void print_geofeeds(const Places& places) {
    if (places.geofeeds().empty()) return;
    out_ << '\n' << screen_.paint(Tint::Bold, "Geofeeds") << '\n';
    Table table({{"File", Column::Align::Left, 14},
                 {"State"},
                 {"Read", Column::Align::Right},
                 {"Entries", Column::Align::Right},
                 {"With a place", Column::Align::Right},
                 {"Left out", Column::Align::Right}});
    for (const Places::Geofeed& feed : places.geofeeds()) {
      table.add({{feed.path()},
                 {feed.state(), feed.state() == "good" ? Tint::Good : Tint::Warn},
                 {age_text(feed.read_seconds(), screen_.now_seconds)},
                 count_cell(feed.entries()),
                 count_cell(feed.placed()),
                 count_cell(feed.left_out(), Tint::Warn)});
    }
    table.print(out_, screen_);
    for (const Places::Geofeed& feed : places.geofeeds()) {
      if (!feed.error().empty()) out_ << "  " << feed.error() << '\n';
    }
  }

  Screen screen_;
  std::ostream& out_;
  Places all_;
};

}  // namespace

std::unique_ptr<View> places_view(const Screen& screen, std::ostream& out) {
  return std::make_unique<PlacesView>(screen, out);
}

}  // namespace tern::ctl
