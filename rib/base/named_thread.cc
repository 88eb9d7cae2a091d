#include "rib/base/named_thread.h"

namespace tern::rib {
namespace {

std::string& label() {
  thread_local std::string label_of_thread;
  return label_of_thread;
}

}  // namespace

const std::string& thread_label() { return label(); }

void set_thread_label(std::string text) { label() = std::move(text); }

}  // namespace tern::rib
