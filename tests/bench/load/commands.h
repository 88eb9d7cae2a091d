// The language on standard input: a command a line, each answered by one line of JSON before the
// next is looked at. Ranges are two numbers of sessions, the last one not included; times are
// seconds.
//
//   connect FIRST LAST AT_ONCE TIMEOUT        until all are Established
//   start FIRST LAST AT_ONCE                  connect; each announces as soon as it is Established
//   handshakes                                how long those took
//   announce FIRST LAST                       begin to send tables
//   close FIRST LAST                          cut the connections
//   watch COMMUNITY...                        mark routes that carry all of these, "65000:1"
//   clock                                     start the clock by hand
//   wait held|marked|unmarked FIRST LAST all|receivers TIMEOUT QUIET
//   churn start SESSION RATE | churn report | churn stop
//   vrps COUNT MOVED PATH                     write VRPs for the prefixes (vrps.h)
//   registrations COUNT PARTNERS PREFERRED PATH   write registrations of them (registered.h)
//   run SECONDS                               let things happen
//
// connect, start, announce, close and clock start the clock that wait reads.
#pragma once

#include <deque>
#include <string>

#include "tests/bench/load/engine.h"

namespace tern::load {

class Commands {
 public:
  explicit Commands(Engine& engine);
  // Until the end of standard input.
  void run();

 private:
  void read_input();
  // An object of JSON.
  std::string execute(const std::string& line);

  Engine& engine_;
  std::string input_;  // beginning of a line
  std::deque<std::string> lines_;
};

}  // namespace tern::load
