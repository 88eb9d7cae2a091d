// The latency of all subjects that round trips were reported of.
//
// A machine without I/O: the caller passes the time, in Unix seconds, and decides which subjects
// there are. Not for use by several threads. A subject takes kMostTrackOctets and some 150 octets
// at most.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>

#include "bgpd/latency/history_text.h"
#include "bgpd/latency/subject.h"
#include "bgpd/latency/track.h"

namespace tern::latency {

struct BookSettings {
  std::size_t subjects = 4096;  // at most; 0: no latency is kept
  DegradeRules rules;
  friend bool operator==(const BookSettings&, const BookSettings&) = default;
};

class LatencyBook {
 public:
  // Seconds without a round trip until a subject is old: a week, as its history, and a day where
  // the subject is a neighbor or unknown.
  static constexpr std::uint32_t kForgottenAfter = 7 * 24 * 3600;
  static constexpr std::uint32_t kUnknownForgottenAfter = 24 * 3600;

  // Subjects beyond a smaller number stay until the caller forgets them.
  void apply(const BookSettings& settings) { settings_ = settings; }
  [[nodiscard]] const BookSettings& settings() const { return settings_; }

  // The track of the subject, a new one where there is none; null: there are as many subjects as
  // may be, and this is a further one. Valid until the subject is forgotten.
  [[nodiscard]] Track* track_of(const Subject& subject, std::uint32_t now);
  // False: as track_of().
  [[nodiscard]] bool add(const Subject& subject, EgressCost microseconds, std::uint32_t now);

  // Takes the hours of an earlier run (Track::restore()), of a subject without any. False: as
  // add().
  [[nodiscard]] bool restore(const SubjectHistory& history, std::uint32_t now);

  // A subject in a row of step().
  struct Step {
    const Subject* subject = nullptr;  // null: no subject is left
    const Track* track = nullptr;
    Track::Change change{};
  };
  // Compares the first subject behind this one with its baseline; nothing: the first of all.
  // Subjects for which `compares` is false are not compared, and not degraded.
  using Compares = std::function<bool(const Subject&)>;
  [[nodiscard]] Step step(const std::optional<Subject>& behind, const Compares& compares,
                          std::uint32_t now);
  // As of the last step.
  [[nodiscard]] static bool is_old(const Track& track, bool known) {
    return track.unheard() > (known ? kForgottenAfter : kUnknownForgottenAfter);
  }
  void forget(const Subject& subject);

  // Null: nothing was reported of the subject.
  [[nodiscard]] const Track* find(const Subject& subject) const;
  using Tracks = std::map<Subject, Track>;
  [[nodiscard]] const Tracks& tracks() const { return tracks_; }
  // Subjects, and degraded ones as of their last step, by kind.
  struct Counts {
    std::array<std::uint64_t, kSubjectKinds> subjects{};
    std::array<std::uint64_t, kSubjectKinds> degraded{};
  };
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  BookSettings settings_;
  Tracks tracks_;
  Counts counts_;
};

}  // namespace tern::latency
