#include "conf/iso_countries.h"

#include <charconv>

namespace tern::conf {
namespace {

// Code and number of each country, in the order of the codes.
constexpr std::string_view kCountries =
    "ad20 ae784 af4 ag28 ai660 al8 am51 ao24 aq10 ar32 as16 at40 au36 aw533 ax248 az31 ba70 "
    "bb52 bd50 be56 bf854 bg100 bh48 bi108 bj204 bl652 bm60 bn96 bo68 bq535 br76 bs44 bt64 "
    "bv74 bw72 by112 bz84 ca124 cc166 cd180 cf140 cg178 ch756 ci384 ck184 cl152 cm120 cn156 "
    "co170 cr188 cu192 cv132 cw531 cx162 cy196 cz203 de276 dj262 dk208 dm212 do214 dz12 ec218 "
    "ee233 eg818 eh732 er232 es724 et231 fi246 fj242 fk238 fm583 fo234 fr250 ga266 gb826 "
    "gd308 ge268 gf254 gg831 gh288 gi292 gl304 gm270 gn324 gp312 gq226 gr300 gs239 gt320 "
    "gu316 gw624 gy328 hk344 hm334 hn340 hr191 ht332 hu348 id360 ie372 il376 im833 in356 io86 "
    "iq368 ir364 is352 it380 je832 jm388 jo400 jp392 ke404 kg417 kh116 ki296 km174 kn659 "
    "kp408 kr410 kw414 ky136 kz398 la418 lb422 lc662 li438 lk144 lr430 ls426 lt440 lu442 "
    "lv428 ly434 ma504 mc492 md498 me499 mf663 mg450 mh584 mk807 ml466 mm104 mn496 mo446 "
    "mp580 mq474 mr478 ms500 mt470 mu480 mv462 mw454 mx484 my458 mz508 na516 nc540 ne562 "
    "nf574 ng566 ni558 nl528 no578 np524 nr520 nu570 nz554 om512 pa591 pe604 pf258 pg598 "
    "ph608 pk586 pl616 pm666 pn612 pr630 ps275 pt620 pw585 py600 qa634 re638 ro642 rs688 "
    "ru643 rw646 sa682 sb90 sc690 sd729 se752 sg702 sh654 si705 sj744 sk703 sl694 sm674 sn686 "
    "so706 sr740 ss728 st678 sv222 sx534 sy760 sz748 tc796 td148 tf260 tg768 th764 tj762 "
    "tk772 tl626 tm795 tn788 to776 tr792 tt780 tv798 tw158 tz834 ua804 ug800 um581 us840 "
    "uy858 uz860 va336 vc670 ve862 vg92 vi850 vn704 vu548 wf876 ws882 ye887 yt175 za710 zm894 "
    "zw716";

constexpr std::size_t kLetters = 2;

}  // namespace

std::optional<std::uint16_t> country_number(std::string_view code) {
  if (code.size() != kLetters) return std::nullopt;
  for (std::string_view rest = kCountries; !rest.empty();) {
    const std::string_view entry = rest.substr(0, rest.find(' '));
    if (entry.substr(0, kLetters) == code) {
      std::uint16_t number = 0;
      std::from_chars(entry.data() + kLetters, entry.data() + entry.size(), number);
      return number;
    }
    rest.remove_prefix(entry.size() == rest.size() ? rest.size() : entry.size() + 1);
  }
  return std::nullopt;
}

}  // namespace tern::conf
