// A folder for the files of one test.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/unit/types/folder.h"
#include "tests/unit/wire/bytes.h"

namespace tern::mrt {

class TempFolder : public testing::Test {
 protected:
  std::string write(const char* name, const wire::Buffer& bytes) {
    return folder_.write(name, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }

  Folder folder_;
};

}  // namespace tern::mrt
