#include <framespool/errors.h>
#include <framespool/http/channel.h>
#include <gmock/gmock.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <tls/certificate.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <string>

#include "fakes/eventually.h"
#include "fakes/temporary_directory.h"

namespace framespool::tls {
namespace {

namespace fs = std::filesystem;
using http::Channel;
using testing::HasSubstr;

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

class CertificateTest : public testing::Test {
 protected:
  void TearDown() override { Close(); }
  void Close() {
    client_.reset();
    for (int& end : ends_) {
      if (end >= 0) close(end);
      end = -1;
    }
  }
  /// Makes name.crt and name.key.
  CertificateFiles Make(const std::string& name) const {
    const fs::path base = folder_.path() / name;
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=" + name + " -keyout " +
        base.string() + ".key -out " + base.string() + ".crt 2>/dev/null";
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    return {base.string() + ".crt", base.string() + ".key"};
  }
  std::string Complaint(const CertificateFiles& files) const {
    try {
      const Certificate certificate(files);
    } catch (const ConfigError& error) {
      return error.problems().at(0).field + " " + error.what();
    }
    return "";
  }

  /// Connects a client, at an end of a pair of sockets.
  Channel Connect(Certificate& certificate) {
    Close();
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_), 0);
    client_.reset(SSL_new(context_.get()));
    SSL_set_fd(client_.get(), ends_[1]);
    SSL_set_connect_state(client_.get());
    return Channel(ends_[0], certificate.Accept(ends_[0]));
  }
  /// Both sides take turns until the client has said `text` and the server has it.
  void Greet(Channel& server, const std::string& text) {
    std::string got;
    std::size_t said = 0;
    for (int i = 0; i < 100 && got.size() < text.size(); ++i) {
      std::size_t sent = 0;
      if (said < text.size() && SSL_write_ex(client_.get(), text.data() + said, text.size() - said, &sent) == 1)
        said += sent;
      std::array<char, 1000> bytes;
      for (ssize_t size = 0; (size = server.Receive(bytes)) > 0;)
        got.append(bytes.data(), static_cast<std::size_t>(size));
    }
    EXPECT_EQ(got, text);
  }
  std::string Heard() {
    std::string heard;
    std::array<char, 5000> bytes;
    for (std::size_t size = 0; SSL_read_ex(client_.get(), bytes.data(), bytes.size(), &size) == 1;)
      heard.append(bytes.data(), size);
    return heard;
  }
  std::string Subject() const {
    X509* certificate = SSL_get1_peer_certificate(client_.get());
    char name[100] = "";
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
    X509_free(certificate);
    return name;
  }
  std::string SubjectNow(Certificate& certificate) {
    Channel server = Connect(certificate);
    Greet(server, "x");
    return Subject();
  }

  const TemporaryDirectory folder_;
  int ends_[2] = {-1, -1};
  std::unique_ptr<SSL_CTX, FreeSsl> context_{SSL_CTX_new(TLS_client_method())};
  std::unique_ptr<SSL, FreeSsl> client_;
};

TEST_F(CertificateTest, BringsBytesBothWays) {
  Certificate certificate(Make("door"));
  Channel server = Connect(certificate);
  EXPECT_TRUE(server.is_tls());
  std::array<char, 10> none;
  EXPECT_EQ(server.Receive(none), -1);
  EXPECT_TRUE(http::HadToWait());
  Greet(server, "hello");
  EXPECT_EQ(Subject(), "door");
  const std::uint64_t before = server.sent();
  std::string_view pieces[] = {"one ", "", "two"};
  EXPECT_EQ(server.Send(pieces), Channel::Sent::kAll);
  EXPECT_GT(server.sent(), before + 7) << "what TLS adds counts";
  EXPECT_EQ(Heard(), "one two");
}

TEST_F(CertificateTest, GoesOnWhereASocketHadNoRoom) {
  Certificate certificate(Make("door"));
  Channel server = Connect(certificate);
  Greet(server, "hello");
  std::string large(3'000'000, 'x');
  for (std::size_t i = 0; i < large.size(); i += 7) large[i] = static_cast<char>('a' + i % 26);
  std::string_view left[] = {large};
  std::string heard;
  int waits = 0;
  for (Channel::Sent sent{}; (sent = server.Send(left)) != Channel::Sent::kAll; ++waits) {
    ASSERT_EQ(sent, Channel::Sent::kSome);
    heard += Heard();
  }
  heard += Heard();
  EXPECT_GT(waits, 0);
  EXPECT_TRUE(heard == large);
}

TEST_F(CertificateTest, EndsAsTheClientEnds) {
  Certificate certificate(Make("door"));
  std::array<char, 10> bytes;
  for (const bool politely : {true, false}) {
    Channel server = Connect(certificate);
    Greet(server, "hello");
    if (politely) SSL_shutdown(client_.get());
    shutdown(ends_[1], SHUT_WR);
    EXPECT_EQ(server.Receive(bytes), 0) << politely;
    std::string_view answer[] = {"bye"};
    EXPECT_EQ(server.Send(answer), Channel::Sent::kAll) << "it may still listen";
    server.EndOutput();
    EXPECT_EQ(Heard(), "bye");
    EXPECT_EQ(SSL_get_shutdown(client_.get()) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN);
  }
}

TEST_F(CertificateTest, AClientThatIsGoneIsAnErrorAndNoSignal) {
  Certificate certificate(Make("door"));
  Channel server = Connect(certificate);
  Greet(server, "hello");
  close(std::exchange(ends_[1], -1));
  std::string_view answer[] = {"bye"};
  EXPECT_EQ(server.Send(answer), Channel::Sent::kFailed);
  EXPECT_EQ(server.Send(answer), Channel::Sent::kFailed);
  server.EndOutput();
}

TEST_F(CertificateTest, AClientThatSaidGoodbyeAndIsGoneIsAnError) {
  Certificate certificate(Make("door"));
  for (const bool is_heard : {true, false}) {
    Channel server = Connect(certificate);
    Greet(server, "hello");
    SSL_shutdown(client_.get());
    std::array<char, 10> bytes;
    if (is_heard) {
      EXPECT_EQ(server.Receive(bytes), 0);
    }
    close(std::exchange(ends_[1], -1));
    std::string_view answer[] = {"one", "two"};
    EXPECT_EQ(server.Send(answer), Channel::Sent::kFailed);
    EXPECT_EQ(server.Send(answer), Channel::Sent::kFailed);
    server.EndOutput();
  }
}

TEST_F(CertificateTest, WhatIsNoTlsIsRefused) {
  Certificate certificate(Make("door"));
  for (const std::string& sent :
       {std::string("GET / HTTP/1.1\r\n\r\n"), std::string(1000, '\0'), std::string(70'000, '\x16')}) {
    Channel server = Connect(certificate);
    ASSERT_GT(send(ends_[1], sent.data(), sent.size(), MSG_NOSIGNAL), 0);
    std::array<char, 10> bytes;
    EXPECT_EQ(server.Receive(bytes), -1);
    EXPECT_FALSE(http::HadToWait());
    EXPECT_EQ(server.Receive(bytes), -1);
    std::string_view answer[] = {"x"};
    EXPECT_EQ(server.Send(answer), Channel::Sent::kFailed);
    server.EndOutput();
  }
}

TEST_F(CertificateTest, NamesTheKeyAndTheFileThatIsWrong) {
  const CertificateFiles good = Make("door");
  const CertificateFiles other = Make("other");
  EXPECT_THAT(Complaint({"/none", good.key}),
              testing::AllOf(HasSubstr("certificate.location names /none"), HasSubstr("No such file")));
  EXPECT_THAT(Complaint({good.certificate, "/none"}), HasSubstr("key.location names /none"));
  EXPECT_THAT(Complaint({folder_.path(), good.key}), HasSubstr("is no file"));
  EXPECT_THAT(Complaint({good.key, good.key}), HasSubstr("has no certificate in PEM"));
  EXPECT_THAT(Complaint({good.certificate, good.certificate}), HasSubstr("has no private key in PEM"));
  EXPECT_THAT(Complaint({good.certificate, {}}), HasSubstr("key.location names it where it is elsewhere"));
  EXPECT_THAT(Complaint({good.certificate, other.key}), HasSubstr("not the one of the certificate"));
  EXPECT_EQ(Complaint(good), "");
}

TEST_F(CertificateTest, IsReadAgainWhenItsFilesChangeAndKeptWhileTheyAreWrong) {
  const CertificateFiles files = Make("door");
  Certificate certificate(files);
  EXPECT_EQ(SubjectNow(certificate), "door");
  std::ofstream(files.certificate) << "nonsense\n";
  const CertificateFiles fresh = Make("fresh");
  EXPECT_EQ(SubjectNow(certificate), "door");
  fs::rename(fresh.key, files.key);
  fs::rename(fresh.certificate, files.certificate);
  EXPECT_TRUE(fakes::Eventually([&] { return SubjectNow(certificate) == "fresh"; }));
  fs::remove(files.certificate);
  EXPECT_EQ(SubjectNow(certificate), "fresh");
}

}  // namespace
}  // namespace framespool::tls
