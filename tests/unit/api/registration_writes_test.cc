// Stored registrations through the API: written, imported piece by piece, exported, and the log.

#include <future>
#include <memory>
#include <string>

#include "bgpd/api/frame.h"
#include "bgpd/api/registration_upload.h"
#include "bgpd/registrations/registration_thread.h"
#include "conf/registration_text.h"
#include "tests/unit/api/running_server.h"
#include "tests/unit/base/comes_true.h"
#include "tests/unit/session/line_count.h"

namespace tern::api {
namespace {

class RegistrationWrites : public RunningServer {
 protected:
  void begin() {
    const auto publish = [this](auto table, auto changed) {
      loop_.post([this, table = std::move(table), changed = std::move(changed)]() mutable {
        speaker_->set_registrations(std::move(table), std::move(changed));
      });
    };
    thread_ = std::make_unique<registrations::RegistrationThread>(
        publish, registrations::DatabasePlace{state_.path("registrations.db")});
    thread_->reconfigure({});
    access_.write = [this](auto write, auto done) {
      ++writes_;
      return thread_->write(std::move(write), on_the_loop(std::move(done)));
    };
    access_.export_stored = [this](const auto& owner, auto done) {
      return thread_->export_stored(owner, on_the_loop(std::move(done)));
    };
    access_.read_log = [this](const auto& prefix, std::size_t most, auto done) {
      return thread_->read_log(prefix, most, on_the_loop(std::move(done)));
    };
    serve();
  }
  void TearDown() override {
    stop_serving();
    thread_.reset();
  }
  template <typename Value>
  std::function<void(Value)> on_the_loop(std::function<void(Value)> done) {
    return [this, done = std::move(done)](Value value) {
      loop_.post([done, value = std::move(value)]() mutable { done(std::move(value)); });
    };
  }
  std::vector<proto::Response> ask(const std::string& text) {
    ApiClient client(socket_);
    EXPECT_TRUE(client.ask(request(text)));
    return client.hear_all();
  }
  proto::RegistrationWriteResult write(const std::string& text) {
    const auto responses = ask(text);
    EXPECT_EQ(responses.size(), 1U);
    EXPECT_EQ(responses.front().error(), "");
    return responses.front().registration_write();
  }
  std::vector<std::string> prefixes(const std::string& wanted) {
    std::vector<std::string> all;
    for (const auto& response : ask("registrations { " + wanted + " }")) {
      for (const auto& one : response.registrations().registrations()) all.push_back(one.prefix());
    }
    return all;
  }
  static std::string add(const std::string& prefix, const std::string& owner) {
    return "changes { action: ADD prefix: '" + prefix + "' fields { name: 'owner' value: '" +
           owner + "' } fields { name: 'customer_as' value: '3333' } } ";
  }

  const Folder state_;
  std::size_t writes_ = 0;  // handed over, on the loop
  std::unique_ptr<registrations::RegistrationThread> thread_;
};

using Lines = std::vector<std::string>;

TEST_F(RegistrationWrites, AWriteIsInForceWhenItIsAnswered) {
  begin();
  const auto result = write("registration_write { " + add("193.0.0.0/21", "t") + "}");
  EXPECT_EQ(result.errors_size(), 0);
  EXPECT_EQ(result.added(), 1U);
  ASSERT_EQ(result.differences_size(), 1);
  EXPECT_EQ(result.differences(0).prefix(), "193.0.0.0/21");
  EXPECT_EQ(result.differences(0).after(1).name(), "owner");
  EXPECT_EQ(result.differences(0).after(1).value(), "t");
  EXPECT_EQ(prefixes(""), Lines{"193.0.0.0/21"});
}

TEST_F(RegistrationWrites, ARefusedWriteHasItsReasons) {
  begin();
  const auto result =
      write("registration_write { " + add("193.0.0.0/21", "t") + add("193.0.1.0/24", "t") + "}");
  ASSERT_EQ(result.errors_size(), 1);
  EXPECT_EQ(result.errors(0), "193.0.1.0/24: overlaps 193.0.0.0/21, which is stored");
  EXPECT_EQ(result.added(), 0U);
  EXPECT_EQ(prefixes(""), Lines{});
  EXPECT_EQ(ask("registration_write { changes { prefix: '193.0.0.0/21' } }").front().error(),
            "unknown action");
}

// A check changes nothing: its command has a line, and its refusal has none.
TEST_F(RegistrationWrites, ARefusedWriteIsALineOfTheLog) {
  const std::string overlap = add("193.0.0.0/21", "t") + add("193.0.1.0/24", "t");
  const session::LineCount refused(
      "registration add 193.0.0.0/21 owner=t customer_as=3333 and 1 more is refused: 193.0.1.0/24: "
      "overlaps 193.0.0.0/21, which is stored");
  const session::LineCount all(" is refused: ");
  begin();
  (void)write("registration_write { " + overlap + "check_only: true }");
  EXPECT_EQ(all.lines(), 0);
  (void)write("registration_write { " + overlap + "}");
  (void)write("registration_import { text: 'no table' last: true name: 'a.csv' }");
  EXPECT_EQ(refused.lines(), 1);
  EXPECT_EQ(all.lines(), 2);
}

TEST_F(RegistrationWrites, StoredOnesAreListedByOwner) {
  begin();
  (void)write("registration_write { " + add("193.0.0.0/21", "t") + add("198.41.0.0/24", "u") + "}");
  EXPECT_EQ(prefixes("stored: true"), (Lines{"193.0.0.0/21", "198.41.0.0/24"}));
  EXPECT_EQ(prefixes("stored: true owner: 'u'"), Lines{"198.41.0.0/24"});
  EXPECT_EQ(prefixes("owner: 'x'"), Lines{});
}

// The answer to a request over a connection that goes on.
proto::Response answer_of(ApiClient& client, const std::string& text) {
  EXPECT_TRUE(client.ask(request(text)));
  return client.hear().value();
}

TEST_F(RegistrationWrites, AFileComesInPieces) {
  begin();
  ApiClient client(socket_);
  for (const char* const piece : {"prefix,owner,cus", "", "tomer_as\\n193.0.0.0/21,t,"}) {
    const auto response =
        answer_of(client, "registration_import { text: '" + std::string(piece) + "' }");
    EXPECT_EQ(response.error(), "");
    EXPECT_TRUE(response.last());
  }
  EXPECT_EQ(prefixes(""), Lines{});
  const auto last = answer_of(client,
                              "registration_import { text: '3333\\n198.41.0.0/24,t,1\\n' "
                              "last: true name: 'a.csv' }")
                        .registration_write();
  EXPECT_EQ(last.errors_size(), 0);
  EXPECT_EQ(last.added(), 2U);
  EXPECT_EQ(prefixes(""), (Lines{"193.0.0.0/21", "198.41.0.0/24"}));
}

TEST_F(RegistrationWrites, AFileEndsWithItsConnection) {
  begin();
  {
    ApiClient client(socket_);
    (void)answer_of(client, "registration_import { text: 'prefix,' }");
  }
  const auto result = write(
      "registration_import { text: 'prefix,owner,customer_as\\n193.0.0.0/21,t,1\\n' last: true "
      "name: 'a.csv' }");
  EXPECT_EQ(result.errors_size(), 0);
  EXPECT_EQ(result.added(), 1U);
}

// Also files whose clients have left have their place, until they are out of memory.
TEST_F(RegistrationWrites, ImportsThatWaitAreBounded) {
  begin();
  std::promise<void> free;
  ASSERT_TRUE(thread_->export_stored(
      "", [waits = free.get_future().share()](const auto&) { waits.wait(); }));
  const std::string all =
      "registration_import { text: 'prefix,owner,customer_as\\n193.0.0.0/21,t,1\\n' last: true "
      "name: 'a.csv' }";
  std::vector<std::unique_ptr<ApiClient>> clients;
  for (std::size_t i = 0; i < ImportPlaces::kMost; ++i) {
    clients.push_back(std::make_unique<ApiClient>(socket_));
    EXPECT_EQ(answer_of(*clients.back(), "registration_import { text: '' }").error(), "");
    ASSERT_TRUE(clients.back()->ask(request(all)));
  }
  ASSERT_TRUE(comes_true([&] { return on_loop([&] { return writes_; }) == clients.size(); }));
  clients.clear();
  EXPECT_EQ(ask(all).front().error(), "too many imports are under way: try again");
  free.set_value();
  EXPECT_TRUE(comes_true([&] { return ask(all).front().error().empty(); }));
}

TEST_F(RegistrationWrites, TheLogOfWritesIsAnsweredInABoundedNumberOfEntries) {
  begin();
  std::string csv = "prefix,owner,customer_as\n";
  for (std::uint32_t i = 0; i < 1001; ++i) {
    csv += Prefix::v4(0x14000000U + (i << 8U), 24).to_string() + ",t,3333\n";
  }
  registrations::Write import;
  import.import = registrations::Import{{csv}, "a.csv"};
  ASSERT_TRUE(thread_->write(import, [](auto) {}));
  int entries = 0;
  for (const auto& response : ask("registration_log { limit: 5000 }")) {
    entries += response.registration_log().entries_size();
  }
  EXPECT_EQ(entries, 1000);
}

// A database that cannot be read has registrations that are not in force.
TEST_F(RegistrationWrites, AListOfStoredOnesHasTheStateOfTheirDatabase) {
  begin();
  on_loop([this] {
    registrations_.stored.there = true;
    registrations_.stored.unread = true;
    registrations_.stored.error = "database is locked";
    return 0;
  });
  for (const char* const wanted : {"stored: true", "stored: true owner: 'u'"}) {
    const auto responses = ask("registrations { " + std::string(wanted) + " }");
    const auto& stored = responses.back().registrations().stored();
    ASSERT_EQ(stored.errors_size(), 1) << wanted;
    EXPECT_EQ(stored.errors(0), "database is locked");
    EXPECT_FALSE(stored.good());
  }
  EXPECT_FALSE(ask("registrations { owner: 'u' }").back().registrations().has_stored());
}

TEST_F(RegistrationWrites, AnExportComesInPieces) {
  begin();
  std::string csv = "prefix,owner,customer_as,notes\n";
  for (std::uint32_t i = 0; i < 600; ++i) {
    csv += Prefix::v4(0x14000000U + (i << 8U), 24).to_string() + ",t,3333," +
           std::string(1000, 'x') + "\n";
  }
  registrations::Write import;
  import.import = registrations::Import{{csv}, "a.csv"};
  ASSERT_TRUE(thread_->write(import, [](auto) {}));
  std::string text;
  const auto responses = ask("registration_export {}");
  for (const auto& response : responses) text += response.registration_text().text();
  EXPECT_EQ(responses.size(), 3U);
  EXPECT_EQ(text.substr(0, text.find('\n') + 1), conf::registration_csv_head());
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 601);
}

TEST_F(RegistrationWrites, TheLogHasTheUser) {
  begin();
  (void)write("registration_write { " + add("193.0.0.0/21", "t") + "}");
  (void)write("registration_write { changes { action: REMOVE prefix: '193.0.0.0/21' } }");
  const auto responses = ask("registration_log { prefix: '193.0.0.0/21' }");
  ASSERT_EQ(responses.size(), 1U);
  const auto& log = responses.front().registration_log();
  ASSERT_EQ(log.entries_size(), 2);
  EXPECT_NE(log.entries(0).user().find("uid " + std::to_string(::geteuid())), std::string::npos);
  EXPECT_EQ(log.entries(0).difference().after_size(), 0);
  EXPECT_EQ(log.entries(1).difference().before_size(), 0);
  EXPECT_EQ(ask("registration_log { prefix: '193.0.0.1/21' }").front().error(),
            "'193.0.0.1/21' is not a prefix without host bits, as 203.0.113.0/24");
}

TEST_F(RegistrationWrites, ADaemonWithoutADatabaseSaysSo) {
  serve();
  EXPECT_EQ(ask("registration_write {}").front().error(), "this daemon stores no registrations");
  EXPECT_EQ(ask("registration_import {}").front().error(), "this daemon stores no registrations");
  EXPECT_EQ(ask("registration_export {}").front().error(), "this daemon stores no registrations");
  EXPECT_EQ(ask("registration_log {}").front().error(), "this daemon stores no registrations");
}

TEST(RegistrationUpload, PlacesAreBounded) {
  ImportPlaces places;
  std::vector<ImportPlaces::Place> taken;
  for (std::size_t i = 0; i < ImportPlaces::kMost; ++i) {
    taken.push_back(places.take());
    EXPECT_NE(taken.back(), nullptr);
  }
  EXPECT_EQ(places.take(), nullptr);
  taken.pop_back();
  EXPECT_NE(places.take(), nullptr);
}

TEST(RegistrationUpload, OctetsAreBounded) {
  ImportPlaces places;
  RegistrationUpload upload(places);
  EXPECT_EQ(upload.add(std::string(kMostImportOctets, 'x')), "");
  EXPECT_EQ(upload.add("x"), "the file is larger than 64 MiB");
  EXPECT_EQ(upload.add("x"), "");
  EXPECT_EQ(upload.take().pieces, Lines{"x"});
}

// A string for each piece would take more than the octets of the piece.
TEST(RegistrationUpload, TinyPiecesAreJoined) {
  ImportPlaces places;
  RegistrationUpload upload(places);
  for (int i = 0; i < 100'000; ++i) EXPECT_EQ(upload.add(i % 2 == 0 ? "xyz" : ""), "");
  const RegistrationUpload::File file = upload.take();
  EXPECT_EQ(file.pieces.size(), 1U);
  EXPECT_EQ(file.pieces.front().size(), 150'000U);
}

}  // namespace
}  // namespace tern::api
