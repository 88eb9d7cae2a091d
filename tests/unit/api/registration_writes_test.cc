// Stored registrations through the API: written, imported piece by piece, exported, and the log.
#include <memory>
#include <string>

#include "bgpd/api/registration_uploads.h"
#include "bgpd/registrations/registration_thread.h"
#include "conf/registration_text.h"
#include "tests/unit/api/running_server.h"

namespace tern::api {
namespace {

using Clock = RegistrationUploads::Clock;

class RegistrationWrites : public RunningServer {
 protected:
  void begin() {
    thread_ = std::make_unique<registrations::RegistrationThread>([this](auto table, auto changed) {
      loop_.post([this, table = std::move(table), changed = std::move(changed)]() mutable {
        speaker_->set_registrations(std::move(table), std::move(changed));
      });
    });
    registrations::RegistrationSettings settings;
    settings.database = state_.path("registrations.db");
    thread_->reconfigure(std::move(settings));
    access_.write = [this](auto write, auto done) {
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

TEST_F(RegistrationWrites, StoredOnesAreListedByOwner) {
  begin();
  (void)write("registration_write { " + add("193.0.0.0/21", "t") + add("198.41.0.0/24", "u") + "}");
  EXPECT_EQ(prefixes("stored: true"), (Lines{"193.0.0.0/21", "198.41.0.0/24"}));
  EXPECT_EQ(prefixes("stored: true owner: 'u'"), Lines{"198.41.0.0/24"});
  EXPECT_EQ(prefixes("owner: 'x'"), Lines{});
}

TEST_F(RegistrationWrites, AFileComesInPieces) {
  begin();
  const auto first = write("registration_import { text: 'prefix,owner,cus' }");
  ASSERT_NE(first.upload(), 0U);
  const std::string upload = "upload: " + std::to_string(first.upload());
  EXPECT_EQ(
      write("registration_import { " + upload + " text: 'tomer_as\\n193.0.0.0/21,t,' }").upload(),
      first.upload());
  EXPECT_EQ(prefixes(""), Lines{});
  const auto last = write("registration_import { " + upload +
                          " text: '3333\\n198.41.0.0/24,t,1\\n' last: true name: 'a.csv' }");
  EXPECT_EQ(last.errors_size(), 0);
  EXPECT_EQ(last.added(), 2U);
  EXPECT_EQ(prefixes(""), (Lines{"193.0.0.0/21", "198.41.0.0/24"}));
  EXPECT_EQ(ask("registration_import { " + upload + " last: true }").front().error(),
            "there is no such upload; one that is silent for a minute ends");
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

TEST(RegistrationUploads, TheirNumberIsBounded) {
  RegistrationUploads uploads;
  const Clock::time_point now{};
  for (std::size_t i = 0; i < RegistrationUploads::kMost; ++i) {
    EXPECT_TRUE(uploads.begin(1000, now));
  }
  EXPECT_FALSE(uploads.begin(1000, now + RegistrationUploads::kSilence));
  EXPECT_TRUE(uploads.begin(1000, now + RegistrationUploads::kSilence + std::chrono::seconds(1)));
}

TEST(RegistrationUploads, TheirOctetsAreBounded) {
  RegistrationUploads uploads;
  const auto upload = uploads.begin(1000, {});
  ASSERT_TRUE(upload);
  EXPECT_EQ(uploads.add(*upload, 1000, std::string(RegistrationUploads::kMostOctets, 'x'), {}), "");
  EXPECT_EQ(uploads.add(*upload, 1000, "x", {}), "the file is larger than 64 MiB");
  EXPECT_NE(uploads.add(*upload, 1000, "x", {}), "");
}

TEST(RegistrationUploads, AreOfTheirUser) {
  RegistrationUploads uploads;
  const auto upload = uploads.begin(1000, {});
  ASSERT_TRUE(upload);
  EXPECT_NE(uploads.add(*upload, 1001, "x", {}), "");
  EXPECT_EQ(uploads.add(*upload, 1000, "a", {}), "");
  EXPECT_EQ(uploads.add(*upload, 1000, "b", {}), "");
  EXPECT_EQ(uploads.take(*upload), (Lines{"a", "b"}));
}

}  // namespace
}  // namespace tern::api
