// The view of further routing domains, letter by letter.
#include <gtest/gtest.h>

#include "samples.h"

namespace tern::ctl {
namespace {

TEST(DomainsView, ALineForEach) {
  EXPECT_EQ("\n" + rendered({"show", "domains"}, {response(R"(domains {
    domains { name: "partners" file: "/etc/tern/partners.yml" socket: "/run/tern/partners.sock"
              state: "running" }
    domains { name: "public" file: "/etc/tern/public.yml" socket: "/run/tern/public.sock"
              state: "failed" error: "router.listen: no" } } last: true)")}),
            R"(
Domain    State    Configuration           Socket                   Error
partners  running  /etc/tern/partners.yml  /run/tern/partners.sock
public    failed   /etc/tern/public.yml                             router.listen: no
)");
  EXPECT_EQ(rendered({"show", "domains"}, {response("domains { } last: true")}),
            "No further domains are configured (domains).\n");
}

}  // namespace
}  // namespace tern::ctl
