#include "bgpd/daemon/last_word.h"

#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <string_view>

#include "rib/base/exhausted.h"

namespace tern::daemon {
namespace {

// A line of at most 1024 octets, which a pipe takes at once (PIPE_BUF is 4096, pipe(7)).
class Sentence {
 public:
  Sentence& operator<<(std::string_view words) {
    const std::size_t some = std::min(words.size(), text_.size() - size_);
    std::memcpy(text_.data() + size_, words.data(), some);
    size_ += some;
    return *this;
  }
  Sentence& operator<<(std::size_t number) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    return *this << std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data()));
  }
  void write() const {
    constexpr int kPatience = 100;  // milliseconds
    pollfd ready{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&ready, 1, kPatience) != 1) return;
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text_.data(), size_);
  }

 private:
  std::array<char, 1024> text_{};
  std::size_t size_ = 0;
};

void add_limit(Sentence& sentence, int resource, std::string_view name) {
  constexpr std::size_t kKiB = 1024;
  rlimit limit{};
  if (::getrlimit(static_cast<__rlimit_resource_t>(resource), &limit) != 0) return;
  if (limit.rlim_cur == RLIM_INFINITY) return;
  sentence << ", " << name << " is " << std::size_t{limit.rlim_cur} / kKiB << " KiB";
}

void add_limits(Sentence& sentence) {
  add_limit(sentence, RLIMIT_AS, "the limit of the address space (ulimit -v)");
  add_limit(sentence, RLIMIT_DATA, "the limit of data (ulimit -d)");
}

void last_word(const char* what, std::size_t octets) {
  Sentence sentence;
  sentence << "ternd: out of memory: the system refuses ";
  if (octets > 0) sentence << octets << " octets of ";
  sentence << what;
  add_limits(sentence);
  sentence << ". See also vm.overcommit_memory, vm.max_map_count, and the limit of the container. "
              "Ending.\n";
  sentence.write();
}

[[noreturn]] void on_terminate() {
  if (const std::exception_ptr fault = std::current_exception()) {
    try {
      std::rethrow_exception(fault);
    } catch (const std::bad_alloc&) {
      last_word("memory", 0);
    } catch (const std::exception& other) {
      Sentence sentence;
      sentence << "ternd: ended by an exception: " << other.what();
      add_limits(sentence);
      sentence << "\n";
      sentence.write();
    } catch (...) {
    }
  }
  std::abort();
}

}  // namespace

void install_last_word() {
  rib::set_exhausted_handler(last_word);
  std::set_terminate(on_terminate);
}

}  // namespace tern::daemon
