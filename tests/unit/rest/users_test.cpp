// Who may do what, where the worker has users.
#include <base/log.h>

#include <cerrno>
#include <map>
#include <system_error>

#include "fakes/eventually.h"
#include "fakes/fake_gate.h"
#include "rest_test.h"
#include "route.h"

#include <access/gatekeeper.h>
#include <framespool/http/text.h>

namespace framespool::rest {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// Of a FakeGate, whose users have any password.
class FakeSessions final : public access::SessionGate {
 public:
  std::variant<AccessAnswer, std::unique_ptr<AccessQuestion>> Ask(const AccessRequest& request, Then then) override {
    AccessRequest named = request;
    if (request.authorization.starts_with("Basic ")) {
      const std::string text = http::FromBase64(request.authorization.substr(6)).value_or("");
      named.authorization = text.substr(0, text.find(':'));
    }
    return gate_.Ask(named, std::move(then));
  }
  std::string Begin(const std::string& user, const std::string& origin, bool is_secret) override {
    return "framespool-1=of " + user + (origin.empty() ? "" : " at " + origin) + (is_secret ? "; Secure" : "");
  }
  std::string End(const std::string& cookie) override { return "framespool-1=; was " + cookie; }
  std::optional<access::NewLink> MakeLink(const std::string& user, const ViewerLink& link) override {
    if (fails_) throw std::system_error(ENOSPC, std::generic_category(), "data/links");
    if (links_.size() == 3) return std::nullopt;
    links_.push_back({.id = "id" + std::to_string(links_.size()), .user = user, .link = link});
    return access::NewLink{.id = links_.back().id, .secret = "of " + user};
  }
  std::vector<access::KeptLink> Links() override { return links_; }
  bool RemoveLink(std::string_view id) override {
    if (fails_) throw std::system_error(ENOSPC, std::generic_category(), "data/links");
    return std::erase_if(links_, [&](const auto& link) { return link.id == id; }) > 0;
  }
  const ViewerLink& made() const { return links_.back().link; }
  void DiskIsFull(bool is) { fails_ = is; }

  bool waits() { return gate_.waits(); }
  void AnswerLate() { gate_.AnswerLate(); }
  std::vector<std::string> clients() { return gate_.clients(); }

 private:
  fakes::FakeGate gate_;
  std::vector<access::KeptLink> links_;
  bool fails_ = false;
};

class UsersOfRest : public RestTest {
 protected:
  void SetUp() override {
    herder_.Add("cam", {{"connector.class", "VideoFileSource"}});
    Serve();
  }
  void Serve(bool trusts_forwarded = false) {
    server_.reset();
    server_ = std::make_unique<HttpServer>(
        std::vector<Listener>{{"127.0.0.1", 0}}, fake_.worker(), limits_, std::filesystem::path(),
        Access{.allowed_hosts = {}, .allowed_origins = {}, .trust_forwarded = trusts_forwarded, .gate = &gate_});
  }
  RawClient::Answer As(const std::string& user, const std::string& method, const std::string& path,
                       const std::string& body = "", const std::string& headers = "") {
    std::string text = method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers;
    if (!user.empty()) text += "Authorization: " + user + "\r\n";
    if (!body.empty()) text += "Content-Type: application/json\r\n";
    return Connect().Ask(text + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }

  /// The path of a route with `name` for all that it leaves open.
  static std::string With(std::string_view path, const std::string& name) {
    std::string text;
    for (const std::string_view part : http::SplitList(path, '/')) {
      text += "/";
      text += part.starts_with('{') ? std::string_view(name) : part;
    }
    return text.empty() ? "/" : text;
  }

  FakeSessions gate_;
};

TEST_F(UsersOfRest, AreAskedForByEveryRoute) {
  for (const Route& route : Routes()) {
    if (route.logs_in) continue;
    const std::string path = With(route.path, "0");
    const auto answer = As("", std::string(route.method), path, route.takes_body ? "{}" : "");
    EXPECT_THAT(answer, IsError(401, "who are you?")) << route.method << " " << path;
    EXPECT_THAT(answer.headers.at("www-authenticate"), HasSubstr("realm=\"framespool\""));
  }
  EXPECT_THAT(herder_.changes(), IsEmpty());
}

TEST_F(UsersOfRest, AreToldWhatALogInAndALinkAreMadeOf) {
  for (const char* body : {"[]", "nonsense", "{}", "7"}) {
    EXPECT_THAT(As("", "POST", "/session", body), IsError(400, body == std::string("nonsense") ? "JSON" : "\"user\""))
        << body;
  }
  EXPECT_THAT(As("operator", "POST", "/links", "[]"), IsError(400, "a link, {\"connector\""));
}

TEST_F(UsersOfRest, ReadAsViewersAndChangeNothing) {
  for (const char* path :
       {"/", "/connectors", "/connectors/cam", "/connectors/cam/status", "/health", "/worker", "/topics"})
    EXPECT_EQ(As("viewer", "GET", path).status, 200) << path;
  for (const Route& route : Routes()) {
    if (route.method == "GET" || route.path == "/session") continue;
    const std::string path = With(route.path, "cam");
    EXPECT_THAT(As("viewer", std::string(route.method), path, route.takes_body ? "{}" : ""), IsError(403, "viewer"))
        << route.method << " " << path;
  }
  EXPECT_THAT(herder_.changes(), IsEmpty());
}

TEST_F(UsersOfRest, ReadNoPasswordsUnlessTheyAreAdmins) {
  herder_.Add("door", {{"connector.class", "VideoFileSource"}, {"secret", "open sesame"}});
  for (const char* path : {"/connectors?expand=info", "/connectors/door", "/connectors/door/config"}) {
    // In turns: what is kept of an answer to the one is not the other's.
    for (int i = 0; i < 2; ++i) {
      for (const char* who : {"viewer", "operator"}) {
        const auto answer = As(who, "GET", path);
        EXPECT_EQ(answer.status, 200) << path;
        EXPECT_THAT(answer.body, testing::AllOf(HasSubstr("[hidden]"), testing::Not(HasSubstr("sesame")))) << path;
      }
      EXPECT_THAT(As("admin", "GET", path).body, HasSubstr("open sesame")) << path;
    }
  }
  EXPECT_NE(As("viewer", "GET", "/connectors/door/config").headers.at("etag"),
            As("admin", "GET", "/connectors/door/config").headers.at("etag"));
}

TEST_F(UsersOfRest, ReadRecordsOfAnyTopicAsOperators) {
  EXPECT_THAT(As("viewer", "GET", "/topics/t/records"), IsError(403, "viewer"));
  EXPECT_EQ(As("operator", "GET", "/topics/t/records").status, 200);
}

class LinksOfRest : public UsersOfRest {
 protected:
  void SetUp() override {
    UsersOfRest::SetUp();
    herder_.Add("screen", {{"connector.class", "MjpegHttpSink"}, {"topics", "t"}});
  }
  RawClient::Answer Make(const std::string& body) { return As("operator", "POST", "/links", body); }
};

TEST_F(LinksOfRest, AreMadeByOperatorsAndToldOnce) {
  const auto now = Now();
  const auto answer = Make(R"({"connector": "screen"})");
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(Parsed(answer)["link"], "of operator");
  EXPECT_EQ(answer.headers.at("cache-control"), "no-store");
  EXPECT_EQ(gate_.made().connector, "screen");
  EXPECT_EQ(gate_.made().topic, "t") << "the sink's, so that the link opens no other when the sink gets another";
  EXPECT_GT(gate_.made().expires, now + std::chrono::hours(23)) << "a day, where nothing is said";
  EXPECT_LT(gate_.made().expires, now + std::chrono::hours(25));
  EXPECT_EQ(
      Make(R"({"connector": "screen", "topic": "other", "from": 1000, "to": 2000, "fps": 0.5, "minutes": 1})").status,
      201);
  EXPECT_EQ(gate_.made().topic, "other");
  EXPECT_EQ(gate_.made().from, Timestamp(std::chrono::seconds(1)));
  EXPECT_EQ(gate_.made().to, Timestamp(std::chrono::seconds(2)));
  EXPECT_EQ(gate_.made().most_fps, 0.5);
  EXPECT_LT(gate_.made().expires, now + std::chrono::minutes(10));
  const auto list = As("operator", "GET", "/links");
  EXPECT_EQ(Parsed(list).size(), 2U);
  EXPECT_EQ(Parsed(list)[1]["fps"], 0.5);
  EXPECT_THAT(list.body, testing::Not(HasSubstr("of operator")));
  for (const char* method : {"GET", "POST"})
    EXPECT_THAT(As("viewer", method, "/links", R"({"connector": "screen"})"), IsError(403, "operator"));
}

TEST_F(LinksOfRest, AreRefusedWithWhatIsWrong) {
  for (const char* body : {"{}", R"({"connector": ""})", R"({"connector": "screen", "minutes": 0})",
                           R"({"connector": "screen", "minutes": 43201})", R"({"connector": "screen", "minutes": 1.5})",
                           R"({"connector": "screen", "fps": 0})", R"({"connector": "screen", "fps": "nan"})",
                           R"({"connector": "screen", "fps": 61})", R"({"connector": "screen", "from": 1})",
                           R"({"connector": "screen", "to": 1})", R"({"connector": "screen", "from": 2, "to": 2})",
                           R"({"connector": "screen", "from": -1, "to": 2})",
                           R"({"connector": "screen", "from": 1, "to": 99999999999999999})",
                           R"({"connector": "screen", "expires": 5})", R"({"connector": {}})", "[]", ""})
    EXPECT_EQ(Make(body).status, 400) << body;
  EXPECT_EQ(Make(R"({"connector": "none"})").status, 404);
  EXPECT_THAT(Make(R"({"connector": "cam"})"), IsError(409, "cam is a source"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Make(R"({"connector": "screen"})").status, 201);
  EXPECT_THAT(Make(R"({"connector": "screen"})"), IsError(409, "take some back"));
}

TEST_F(LinksOfRest, AreTakenBack) {
  EXPECT_EQ(Make(R"({"connector": "screen"})").status, 201);
  EXPECT_THAT(As("viewer", "DELETE", "/links/id0"), IsError(403, "operator"));
  EXPECT_EQ(As("operator", "DELETE", "/links/id0").status, 204);
  EXPECT_THAT(As("operator", "DELETE", "/links/id0"), IsError(404, "GET /links"));
}

TEST_F(LinksOfRest, SayWhatToDoWhereTheyCannotBeKept) {
  EXPECT_EQ(Make(R"({"connector": "screen"})").status, 201);
  gate_.DiskIsFull(true);
  EXPECT_THAT(Make(R"({"connector": "screen"})"), IsError(500, "Make room"));
  EXPECT_THAT(As("operator", "DELETE", "/links/id0"), IsError(500, "comes back with the next start"));
}

TEST_F(UsersOfRest, StartStopAndMoveAsOperators) {
  for (const char* what : {"pause", "resume", "stop"})
    EXPECT_LT(As("operator", "PUT", std::string("/connectors/cam/") + what).status, 300) << what;
  EXPECT_LT(As("operator", "POST", "/connectors/cam/restart").status, 300);
  EXPECT_NE(As("operator", "POST", "/connectors/cam/tasks/0/restart").status, 403);
  EXPECT_NE(As("operator", "PATCH", "/connectors/cam/offsets", R"({"offsets": []})").status, 403);
  EXPECT_NE(As("operator", "DELETE", "/connectors/cam/offsets").status, 403);
  EXPECT_THAT(As("operator", "DELETE", "/connectors/cam"), IsError(403, "operator"));
  EXPECT_THAT(As("operator", "PUT", "/connectors/cam/config", "{}"), IsError(403, "admin"));
  EXPECT_THAT(As("operator", "DELETE", "/topics/t"), IsError(403, "admin"));
  EXPECT_THAT(As("operator", "PUT", "/admin/loggers/root", R"({"level": "INFO"})"), IsError(403, "admin"));
  EXPECT_THAT(As("operator", "PUT", "/connector-plugins/VideoFileSource/probe", "{}"), IsError(403, "admin"));
}

TEST_F(UsersOfRest, DoEverythingAsAdmins) {
  EXPECT_EQ(As("admin", "DELETE", "/connectors/cam").status, 204);
  EXPECT_EQ(
      As("admin", "POST", "/connectors", R"({"name": "a", "config": {"connector.class": "VideoFileSource"}})").status,
      201);
}

TEST_F(UsersOfRest, AreNotAskedWhatMayBeCalled) {
  EXPECT_EQ(As("", "OPTIONS", "/connectors").status, 200);
  EXPECT_EQ(As("", "GET", "/nothing").status, 404);
}

TEST_F(UsersOfRest, HoldUpNobodyWhileAPasswordIsChecked) {
  auto slow = Connect();
  slow.Send(
      "PUT /connectors/cam/pause HTTP/1.1\r\nHost: localhost\r\nAuthorization: slow admin\r\nContent-Length: "
      "0\r\n\r\n");
  ASSERT_TRUE(fakes::Eventually([&] { return gate_.waits(); }));
  for (int i = 0; i < 8; ++i) EXPECT_EQ(As("viewer", "GET", "/connectors").status, 200);
  EXPECT_THAT(herder_.changes(), IsEmpty());
  gate_.AnswerLate();
  EXPECT_EQ(slow.Read().status, 202);
}

TEST_F(UsersOfRest, AreRefusedLateAsWell) {
  for (const auto& [user, status] :
       std::map<std::string, int>{{"slow eve", 401}, {"slow viewer", 403}, {"slow later", 429}}) {
    auto slow = Connect();
    slow.Send("PUT /connectors/cam/pause HTTP/1.1\r\nHost: localhost\r\nAuthorization: " + user +
              "\r\nContent-Length: 0\r\n\r\n");
    ASSERT_TRUE(fakes::Eventually([&] { return gate_.waits(); }));
    gate_.AnswerLate();
    EXPECT_EQ(slow.Read().status, status) << user;
  }
  EXPECT_THAT(herder_.changes(), IsEmpty());
}

TEST_F(UsersOfRest, WhoWaitAreLetGoWhenTheServerEnds) {
  auto slow = Connect();
  slow.Send("GET /connectors HTTP/1.1\r\nHost: localhost\r\nAuthorization: slow admin\r\n\r\n");
  ASSERT_TRUE(fakes::Eventually([&] { return gate_.waits(); }));
  server_.reset();
  EXPECT_FALSE(gate_.waits());
}

TEST_F(UsersOfRest, LogInOnceAndOut) {
  const auto answer = As("", "POST", "/session", R"({"user": "operator", "password": "x"})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(Parsed(answer), json::parse(R"({"user": "operator", "role": "operator"})"));
  EXPECT_EQ(answer.headers.at("set-cookie"), "framespool-1=of operator");
  EXPECT_EQ(Parsed(As("viewer", "GET", "/session")), json::parse(R"({"user": "viewer", "role": "viewer"})"));
  const auto out = As("viewer", "DELETE", "/session", "", "Cookie: framespool-1=x\r\n");
  EXPECT_EQ(out.status, 204);
  EXPECT_EQ(out.headers.at("set-cookie"), "framespool-1=; was framespool-1=x");
  EXPECT_THAT(As("", "DELETE", "/session"), IsError(401, "who are you?"));
}

TEST_F(UsersOfRest, LogInWithAnotherNameThanTheRequestShows) {
  const auto answer = As("admin", "POST", "/session", R"({"user": "viewer", "password": "x"})");
  EXPECT_EQ(Parsed(answer)["user"], "viewer");
}

TEST_F(UsersOfRest, DoNotLogInWithWhatIsNoLogIn) {
  for (const char* body : {"{}", "[]", "", "{", R"({"user": ""})", R"({"user": "a:b", "password": "x"})",
                           R"({"user": {}, "password": "x"})"}) {
    const auto answer = As("", "POST", "/session", body);
    EXPECT_THAT(answer.status, testing::AnyOf(400, 415)) << body;
    EXPECT_FALSE(answer.headers.contains("set-cookie")) << body;
  }
  for (const auto& [user, status] : std::map<std::string, int>{{"eve", 401}, {"later", 429}}) {
    const auto answer = As("", "POST", "/session", R"({"user": ")" + user + R"(", "password": "x"})");
    EXPECT_EQ(answer.status, status);
    EXPECT_FALSE(answer.headers.contains("set-cookie"));
  }
  const std::string body = R"({"user": "admin", "password": "x"})";
  const auto form =
      Connect().Ask("POST /session HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: " +
                    std::to_string(body.size()) + "\r\n\r\n" + body);
  EXPECT_EQ(form.status, 415) << "a form of another page's could send it";
}

TEST_F(UsersOfRest, LogInWhileAPasswordIsChecked) {
  const std::string body = R"({"user": "slow viewer", "password": "x"})";
  auto slow = Connect();
  slow.Send("POST /session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
            std::to_string(body.size()) + "\r\n\r\n" + body);
  ASSERT_TRUE(fakes::Eventually([&] { return gate_.waits(); }));
  gate_.AnswerLate();
  EXPECT_EQ(slow.Read().headers.at("set-cookie"), "framespool-1=of viewer");
}

TEST_F(UsersOfRest, HaveACookieForHttpsOnlyWhereTheyComeByIt) {
  Serve(true);
  const auto answer =
      As("", "POST", "/session", R"({"user": "viewer", "password": "x"})", "X-Forwarded-Proto: https\r\n");
  EXPECT_EQ(answer.headers.at("set-cookie"), "framespool-1=of viewer; Secure");
}

TEST_F(UsersOfRest, AreNobodyWhereTheWorkerHasNone) {
  server_.reset();
  EXPECT_EQ(Parsed(Ask("GET", "/session")), json::parse(R"({"user": null, "role": "admin"})"));
  EXPECT_THAT(Ask("POST", "/session", R"({"user": "ann", "password": "x"})"), IsError(404, "listeners.users.file"));
  EXPECT_EQ(Ask("DELETE", "/session").status, 204);
}

TEST_F(UsersOfRest, AreToldWhenToComeBack) {
  const auto answer = As("later", "GET", "/connectors");
  EXPECT_THAT(answer, IsError(429, "too many"));
  EXPECT_EQ(answer.headers.at("retry-after"), "7");
}

TEST_F(UsersOfRest, AreNotAskedForAPasswordByTheBrowserWhereAPageAsks) {
  EXPECT_THAT(As("", "GET", "/connectors").headers.at("www-authenticate"), HasSubstr("Basic"));
  EXPECT_THAT(As("", "GET", "/connectors", "", "Sec-Fetch-Dest: empty\r\n").headers.at("www-authenticate"),
              testing::Not(HasSubstr("Basic")));
}

TEST_F(UsersOfRest, AreWhereAProxyThatIsBelievedSaysLast) {
  As("viewer", "GET", "/", "", "X-Forwarded-For: 10.0.0.9\r\n");
  EXPECT_EQ(gate_.clients().back(), "127.0.0.1");
  Serve(true);
  As("viewer", "GET", "/", "", "X-Forwarded-For: 10.0.0.9, 10.0.0.7\r\n");
  EXPECT_EQ(gate_.clients().back(), "10.0.0.7") << "the first is what the client says of itself";
  As("viewer", "GET", "/", "", "X-Forwarded-For: nonsense\r\n");
  EXPECT_EQ(gate_.clients().back(), "127.0.0.1");
}

TEST_F(UsersOfRest, AreNamedInTheHistoryAndInTheLog) {
  const auto before = log::NewestLine();
  EXPECT_EQ(As("operator", "PUT", "/connectors/cam/pause?x=1").status, 202);
  std::vector<std::string> lines;
  for (const log::Line& line : log::Tail(before, LogLevel::kInfo, "", 100)) {
    if (line.logger == "audit") lines.push_back(line.message);
  }
  EXPECT_THAT(lines, testing::ElementsAre("operator from 127.0.0.1: PUT /connectors/cam/pause?x=1: 202"));
}

TEST_F(UsersOfRest, AreNamedInTheLogWithTheRecordThatTheyWrite) {
  const auto before = log::NewestLine();
  EXPECT_EQ(As("operator", "POST", "/topics/t/records", R"({"value": "abc"})").status, 201);
  std::vector<std::string> lines;
  for (const log::Line& line : log::Tail(before, LogLevel::kInfo, "", 100)) {
    if (line.logger == "audit") lines.push_back(line.message);
  }
  EXPECT_THAT(lines, testing::ElementsAre("operator wrote the record at offset 7 of t-1, 3 bytes",
                                          "operator from 127.0.0.1: POST /topics/t/records: 201"));
}

}  // namespace
}  // namespace framespool::rest
