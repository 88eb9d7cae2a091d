// A thread of registrations with a database, as tests of stored registrations use it.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/registrations/registration_thread.h"
#include "tests/unit/registrations/section.h"
#include "tests/unit/session/publications.h"
#include "tests/unit/types/folder.h"

namespace tern::registrations::test {

using Action = Change::Action;
using Fields = conf::RegistrationFields;
using Texts = std::vector<std::string>;

inline Prefix prefix(const char* text) { return Prefix::parse(text).value(); }

inline Fields customer(const char* owner = "t") {
  return {{"owner", owner}, {"customer_as", "3333"}};
}

// Adds a registration of its own for each number.
inline Write one_of(std::uint32_t number) {
  Write write;
  write.changes = {
      {Action::Add, Prefix::v4(0x14000000U + (number << 8U), 24).to_string(), customer()}};
  return write;
}

class StoredFixture : public testing::Test {
 protected:
  void SetUp() override { begin(); }
  // The daemon starts; more: of the section.
  void begin(std::vector<std::string> files = {}, const char* more = "") {
    thread.reset();
    thread = std::make_unique<RegistrationThread>(tables.take(), place);
    configure(std::move(files), more);
  }
  void configure(std::vector<std::string> files, const char* more = "") {
    RegistrationSettings settings = section(std::move(files), more);
    settings.requirements = requirements;
    thread->reconfigure(std::move(settings));
    thread->wait_until_taken();
    before_ = tables.count();
  }
  // Tables since the configuration was taken.
  std::size_t published() { return tables.count() - before_; }
  WriteResult write(Write write) {
    write.user = "alice (uid 1000, pid 1)";
    return begin_write(std::move(write)).get();
  }
  std::future<WriteResult> begin_write(Write write) {
    auto done = std::make_shared<std::promise<WriteResult>>();
    EXPECT_TRUE(thread->write(std::move(write),
                              [done](WriteResult result) { done->set_value(std::move(result)); }));
    return done->get_future();
  }
  WriteResult change(Action action, const char* prefix, Fields fields = {}) {
    Write one;
    one.vrps = vrps;
    one.irr = irr;
    one.changes.push_back({action, prefix, std::move(fields)});
    return write(std::move(one));
  }
  WriteResult add(const char* prefix, Fields fields = customer()) {
    return change(Action::Add, prefix, std::move(fields));
  }
  WriteResult import(const std::string& text, const char* name = "new.csv") {
    Write one;
    one.vrps = vrps;
    one.irr = irr;
    one.import = Import{{text.substr(0, text.size() / 2), text.substr(text.size() / 2)}, name};
    return write(std::move(one));
  }
  std::string exported(const std::string& owner = "") {
    std::promise<RegistrationThread::Export> done;
    EXPECT_TRUE(thread->export_stored(
        owner, [&done](RegistrationThread::Export all) { done.set_value(std::move(all)); }));
    const auto all = done.get_future().get();
    std::string text = all.error;
    for (const std::string& piece : all.pieces) text += piece;
    return text;
  }
  std::vector<LogEntry> log(const std::optional<Prefix>& of = std::nullopt) {
    std::promise<RegistrationThread::Log> done;
    EXPECT_TRUE(thread->read_log(
        of, 10, [&done](RegistrationThread::Log all) { done.set_value(std::move(all)); }));
    auto entries = done.get_future().get();
    EXPECT_TRUE(entries);
    return entries ? *entries : std::vector<LogEntry>();
  }
  std::shared_ptr<const policy::RegistrationTable> table() {
    return tables.wait_for(tables.count()).table;
  }
  // Keeps the thread from its writes while the object lives, so that writes come together.
  class Hold {
   public:
    explicit Hold(StoredFixture& test) {
      EXPECT_TRUE(test.thread->export_stored(
          "", [free = free_.get_future().share()](const auto&) { free.wait(); }));
    }
    ~Hold() { free_.set_value(); }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    std::promise<void> free_;
  };

  const Folder folder;
  const std::string database = folder.path("registrations.db");
  DatabasePlace place{database};
  Requirements requirements{Requirement::None};
  std::shared_ptr<const policy::VrpTable> vrps;
  std::shared_ptr<const policy::RouteObjects> irr;
  session::Publications<policy::RegistrationTable> tables;
  std::unique_ptr<RegistrationThread> thread;
  std::size_t before_ = 0;
};

}  // namespace tern::registrations::test
