#include <framespool/http/host_policy.h>
#include <gtest/gtest.h>

namespace framespool::http {
namespace {

TEST(Hosts, AreTheAuthorityWithoutItsPort) {
  EXPECT_EQ(HostOf("cam.lan:80"), "cam.lan");
  EXPECT_EQ(HostOf("[::1]:80"), "[::1]");
  EXPECT_EQ(HostOf("[::1"), "");
  EXPECT_EQ(HostOf(":80"), "");
  EXPECT_EQ(AuthorityOf("https://cam.lan:1/x"), "cam.lan:1");
  EXPECT_EQ(AuthorityOf("ftp://cam.lan"), "");
}

TEST(Hosts, AreAddressesOrLoopbackOrNames) {
  for (const char* address : {"127.0.0.1", "10.0.0.7", "::1", "[::1]", "[fe80::1]", "fe80::1%eth0"})
    EXPECT_TRUE(IsAddress(address)) << address;
  for (const char* name :
       {"", "localhost", "1.2.3", "1.2.3.4.5", "127.0.0.1.evil.example", "[evil.example]", "[1.2.3.4]"})
    EXPECT_FALSE(IsAddress(name)) << name;
  for (const char* here : {"localhost", "LOCALHOST", "localhost.", "a.localhost", "127.9.9.9", "::1", "[::1]"})
    EXPECT_TRUE(IsLoopback(here)) << here;
  for (const char* other : {"", "0.0.0.0", "10.0.0.1", "evillocalhost", "127.evil.example", "localhost.evil.example"})
    EXPECT_FALSE(IsLoopback(other)) << other;
}

TEST(HostPolicyTest, AllowsAddressesAndLoopbackNamesAndRefusesTheNamesOfStrangers) {
  const HostPolicy policy({"127.0.0.1"}, false);
  for (const char* host : {"", "127.0.0.1", "127.0.0.1:5000", "10.0.0.7:80", "[::1]:5000", "[fe80::1]", "localhost",
                           "LocalHost:5000", "localhost.:1", "cam.localhost:5000"}) {
    EXPECT_TRUE(policy.Allows(host)) << host;
  }
  for (const char* host : {"evil.example", "evil.example:5000", "127.0.0.1.evil.example", "localhost.evil.example",
                           "evillocalhost", "evil", "[evil.example]:5000", ".", ":5000", "1.2.3.4.5"}) {
    EXPECT_FALSE(policy.Allows(host)) << host;
  }
}

TEST(HostPolicyTest, AllowsTheNamesItIsGivenWithoutTheirPorts) {
  const HostPolicy policy({"Cams.Example.org:8443", "dot.example.", ""}, false);
  for (const char* host : {"cams.example.org", "CAMS.example.org.:1", "dot.example"})
    EXPECT_TRUE(policy.Allows(host)) << host;
  for (const char* host : {"example.org", "x.cams.example.org", "."}) EXPECT_FALSE(policy.Allows(host)) << host;
  EXPECT_TRUE(HostPolicy({"*"}, false).Allows("any.example"));
}

TEST(HostPolicyTest, AllowsANameWithoutADotOnlyWhereOthersCanReachIt) {
  EXPECT_TRUE(HostPolicy({}, true).Allows("cam-box:5000"));
  EXPECT_FALSE(HostPolicy({}, true).Allows("evil.example"));
  EXPECT_FALSE(HostPolicy({}, true).Allows("[evil]"));
  EXPECT_FALSE(HostPolicy({}, false).Allows("cam-box:5000"));
}

}  // namespace
}  // namespace framespool::http
