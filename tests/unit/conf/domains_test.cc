// Further domains in the configuration: the list in the first file, and what their own files may
// not have.
#include "conf/domains.h"

#include <gtest/gtest.h>

#include "tests/unit/conf/support.h"
#include "tests/unit/types/folder.h"

namespace tern::conf {
namespace {

std::string faults_of(const std::string& text) {
  return test::errors_of(load_text(test::kRouter + text, "t.yml"));
}

std::string faults_of_domain(const std::string& text) {
  const LoadOptions::Domain domain{"a", "/run/tern/a.sock"};
  return test::errors_of(load_text(test::kRouter + text, "a.yml", {nullptr, nullptr, &domain}));
}

TEST(Domains, NamesAndFilesAreDistinct) {
  EXPECT_EQ(faults_of("domains: [ { name: a, file: a.yml }, { name: b, file: b.yml } ]"), "");
  EXPECT_EQ(faults_of("domains:\n  - { name: a, file: a.yml }\n  - { name: a, file: b.yml }"),
            "t.yml:4:13: domains[1].name: a domain 'a' is that of domains[0].name\n");
  EXPECT_EQ(faults_of("domains:\n  - { name: a, file: x.yml }\n  - { name: b, file: x.yml }"),
            "t.yml:4:22: domains[1].file: the file 'x.yml' is that of domains[0].file\n");
  EXPECT_EQ(faults_of("domains: [ { name: a, file: t.yml } ]"),
            "t.yml:2:29: domains[0].file: this is the file of the first domain\n");
}

TEST(Domains, NoDomainHasTheSocketOfTheFirst) {
  const std::string fault = "' would have the control socket of the first domain\n";
  EXPECT_EQ(faults_of("domains: [ { name: ternd, file: a.yml } ]"),
            "t.yml:2:20: domains[0].name: 'ternd" + fault);
  EXPECT_EQ(faults_of("api: { socket: /run/x/a.sock }\ndomains: [ { name: a, file: a.yml } ]"),
            "t.yml:3:20: domains[0].name: 'a" + fault);
}

TEST(Domains, AreBounded) {
  std::string text = "domains:\n";
  for (std::size_t i = 0; i <= kMostDomains; ++i) {
    const std::string name = "d" + std::to_string(i);
    text += "  - { name: " + name + ", file: " + name + ".yml }\n";
  }
  EXPECT_EQ(faults_of(text),
            "t.yml:3:3: domains: there are at most 7 further domains, these are 8\n");
}

TEST(Domains, AFileOfADomainHasNothingOfTheProcess) {
  EXPECT_EQ(faults_of_domain("api: { mode: \"0600\", read_only_socket: /run/tern/a-look.sock }"),
            "");
  const std::string fault =
      ": this belongs to the process, and stands in the first configuration alone\n";
  EXPECT_EQ(faults_of_domain("log: { level: info }\nmetrics: { listen: [] }"),
            "a.yml:2:6: log" + fault + "a.yml:3:10: metrics" + fault);
  EXPECT_EQ(faults_of_domain("api: { socket: /run/x.sock }"), "a.yml:2:16: api.socket" + fault);
  EXPECT_EQ(faults_of_domain("domains: [ { name: c, file: c.yml } ]"),
            "a.yml:2:10: domains" + fault);
}

TEST(Domains, AFileIsFoundBesideTheFirst) {
  const Folder folder;
  folder.write("a.yml", test::kRouter);
  const auto first = load_file(
      folder.write("first.yml", test::kRouter + "api: { socket: /run/x/ternd.sock }\n"
                                                "domains: [ { name: a, file: a.yml } ]\n"));
  ASSERT_TRUE(first) << test::errors_of(first);
  const auto domain = load_domain(**first, (*first)->file.domains(0));
  ASSERT_TRUE(domain) << test::errors_of(domain);
  EXPECT_EQ((*domain)->domain, "a");
  EXPECT_EQ((*domain)->path, folder.path("a.yml"));
  EXPECT_EQ((*domain)->file.api().socket(), "/run/x/a.sock");
}

TEST(Domains, AVrfIsTheNameOfAnInterface) {
  EXPECT_EQ(test::errors_of(load_text("router: { asn: 1, id: 10.0.0.1, vrf: red }", "t.yml")), "");
  for (const char* const bad : {"abcdefghijklmnop", "a/b", "\"a b\"", "..", "\"\""}) {
    EXPECT_NE(
        test::errors_of(
            load_text("router: { asn: 1, id: 10.0.0.1, vrf: " + std::string(bad) + " }", "t.yml"))
            .find("router.vrf"),
        std::string::npos)
        << bad;
  }
}

}  // namespace
}  // namespace tern::conf
