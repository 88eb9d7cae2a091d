// Keys of sessions from files.
#include <gtest/gtest.h>

#include "tests/unit/conf/support.h"
#include "tests/unit/types/folder.h"

namespace tern::conf {
namespace {

using test::kRouter;

TEST(Secrets, TheFirstLineOfAFileBesideTheConfiguration) {
  const Folder folder;
  folder.write("key", "s3cret key\nnot this\n");
  const auto config = test::must_load(
      kRouter + "peers: [ { address: 10.0.1.1, asn: 65001, md5_password_file: key } ]\n",
      folder.path("t.yml"));
  EXPECT_EQ(config->file.peers(0).md5_password(), "s3cret key");
}

TEST(Secrets, OfAGroupGoToItsPeersAndRanges) {
  const Folder folder;
  const std::string key = folder.write("key", "shared\r\n");
  const auto config = test::must_load(kRouter + "groups: { g: { md5_password_file: " + key +
                                      " } }\n"
                                      "peers: [ { address: 10.0.1.1, asn: 65001, group: g } ]\n"
                                      "dynamic_peers: [ { prefix: 10.2.0.0/16, group: g } ]\n");
  EXPECT_EQ(config->file.peers(0).md5_password(), "shared");
  EXPECT_EQ(config->settings(config->file.dynamic_peers(0)).md5_password(), "shared");
}

TEST(Secrets, AFileWithoutAKey) {
  const Folder folder;
  folder.write("empty", "\n");
  folder.write("long", std::string(81, 'x'));
  const std::string text = kRouter +
                           "peers:\n"
                           "  - { address: 10.0.1.1, asn: 65001, md5_password_file: empty }\n"
                           "  - { address: 10.0.1.2, asn: 65001, md5_password_file: long }\n";
  const std::string file = folder.path("t.yml");
  EXPECT_EQ(test::errors_of(load_text(text, file)),
            file + ":3:57: peers[0].md5_password_file: cannot read a key from '" +
                folder.path("empty") + "': its first line is empty\n" + file +
                ":4:57: peers[1].md5_password_file: cannot read a key from '" +
                folder.path("long") + "': a key has at most 80 bytes, this has 81\n");
}

TEST(Secrets, AChangedKeyIsAChangeThatIsNotPrinted) {
  const Folder folder;
  const std::string text =
      kRouter + "peers: [ { address: 10.0.1.1, asn: 65001, md5_password_file: key } ]\n";
  folder.write("key", "old");
  const auto from = test::must_load(text, folder.path("t.yml"));
  folder.write("key", "new");
  const auto to = test::must_load(text, folder.path("t.yml"));
  const auto changes = diff(*from, *to);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].subject, "peer 10.0.1.1");
  EXPECT_EQ(changes[0].details, std::vector<std::string>{"md5_password: changed"});
  EXPECT_TRUE(changes[0].resets_session);
}

}  // namespace
}  // namespace tern::conf
