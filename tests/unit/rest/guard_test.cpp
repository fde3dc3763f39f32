#include <algorithm>
#include "rest_test.h"

namespace framespool::rest {
namespace {

using namespace std::chrono_literals;

/// What a client can do to the server with the bytes it sends.
class Guard : public RestTest {};

std::string Pause(const std::string& name) {
  return "PUT /connectors/" + name + "/pause HTTP/1.1\r\nHost: localhost\r\n\r\n";
}
std::string Filler(std::size_t size) { return std::string(size, 'x'); }

TEST_F(Guard, TakesAChunkedRequestSplitAtEveryByte) {
  const std::string request =
      "POST /connectors HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: "
      "chunked\r\n\r\n"
      "10\r\n{\"name\":\"c\",\"con\r\n2b\r\nfig\":{\"connector.class\":\"VideoFileSource\"}}\r\n0\r\n\r\n";
  for (std::size_t split = 1; split < request.size(); ++split) {
    auto client = Connect();
    ASSERT_TRUE(client.Send(request.substr(0, split)));
    ASSERT_TRUE(client.Send(request.substr(split)));
    ASSERT_EQ(client.Read().status, 201) << split;
    ASSERT_EQ(client.Ask("DELETE", "/connectors/c").status, 204) << split;
  }
}

TEST_F(Guard, TakesARequestByteByByte) {
  auto client = Connect();
  for (const char c : std::string(kHealth)) ASSERT_TRUE(client.Send({&c, 1}));
  EXPECT_EQ(client.Read().status, 200);
}

TEST_F(Guard, AnswersBrokenChunksAndGoesOnServing) {
  for (const std::string body : {"2\r\n{}x", "zz\r\n", "2\n{}", "-1\r\n", "\r\n\r\n", "2\r\n{}\r\r"}) {
    auto client = Connect();
    client.Send("POST /connectors HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + body);
    const auto answer = client.Read();
    EXPECT_THAT(answer, IsError(400, "chunked")) << body;
    EXPECT_EQ(answer.headers.at("connection"), "close");
    EXPECT_TRUE(client.ReadsEnd());
  }
  EXPECT_EQ(Ask("GET", "/health").status, 200);
}

TEST_F(Guard, AnswersMalformedRequestsInJsonAndCloses) {
  for (const std::string_view bad :
       {std::string_view("GET /\0 HTTP/1.1\r\n\r\n", 19), std::string_view("nonsense\r\n\r\n"),
        std::string_view("\x16\x03\x01\x02\x00\x01", 6), std::string_view("GET / HTTP/1.1\n\n")}) {
    auto client = Connect();
    client.Send(bad);
    const auto answer = client.Read();
    EXPECT_THAT(answer, IsError(400, "Malformed"));
    EXPECT_EQ(answer.headers.at("connection"), "close");
    EXPECT_TRUE(client.ReadsEnd());
  }
}

TEST_F(Guard, WantsToKnowTheHost) {
  EXPECT_THAT(Connect().Ask("GET /health HTTP/1.1\r\n\r\n"), IsError(400, "Host"));
  EXPECT_EQ(Connect().Ask("GET /health HTTP/1.0\r\n\r\n").status, 200);
}

TEST_F(Guard, AnswersAClientThatHasShutDownItsSide) {
  for (int i = 0; i < 3; ++i) herder_.Add("cam" + std::to_string(i), {});
  herder_.Hold();
  auto client = Connect();
  client.Send(Pause("cam0") + kHealth + Pause("cam1"));
  client.EndInput();
  ASSERT_TRUE(herder_.WaitForPosts(1));
  auto unfinished = Connect();
  unfinished.Send(Pause("cam2") + "GET /health HTT");
  unfinished.EndInput();
  ASSERT_TRUE(herder_.WaitForPosts(2));
  herder_.Release();
  EXPECT_EQ(client.Read().status, 202);
  EXPECT_EQ(client.Read().status, 200);
  EXPECT_EQ(client.Read().status, 202);
  EXPECT_TRUE(client.ReadsEnd());
  EXPECT_EQ(unfinished.Read().status, 202);
  EXPECT_TRUE(unfinished.ReadsEnd());
  auto idle = Connect();
  idle.EndInput();
  EXPECT_TRUE(idle.ReadsEnd());
}

TEST_F(Guard, ClosesAtOnceBehindTheLastAnswerToAClientThatHasShutDownItsSide) {
  limits_.linger_time = 10min;  // for those who may still be sending
  herder_.Add("cam", {});
  herder_.Hold();
  auto client = Connect();
  client.Send("PUT /connectors/cam/pause HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  client.EndInput();
  ASSERT_TRUE(herder_.WaitForPosts(1));
  herder_.Release();
  EXPECT_EQ(client.Read().status, 202);
  EXPECT_TRUE(client.ReadsEnd());
}

TEST_F(Guard, BoundsWhatAllClientsTogetherLeaveUnfinished) {
  limits_.buffered_bytes = 4 << 20;
  const std::string head = "POST /connectors HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  std::vector<RawClient> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(Connect());
    if (i % 2 == 0)
      clients.back().Send(head + "Content-Length: 1000001\r\n\r\n" + Filler(1'000'000));
    else
      clients.back().Send(head + "Transfer-Encoding: chunked\r\n\r\nf4241\r\n" + Filler(1'000'000));
    EXPECT_EQ(Ask("GET", "/health").status, 200);
  }
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  const auto is_answered = [](const RawClient& client) { return client.HasInput(1ms); };
  while (std::ranges::count_if(clients, is_answered) < 3) ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  for (RawClient& client : clients) {
    if (!is_answered(client)) continue;
    EXPECT_THAT(client.Read(), IsError(503, "unfinished requests"));
  }
  clients.clear();
  auto later = Connect();
  EXPECT_TRUE(later.Send(head + "Content-Length: 1000000\r\n\r\n" + Filler(1'000'000)));
  EXPECT_THAT(later.Read(), IsError(400, "Malformed JSON")) << "what was held has been given back";
}

TEST_F(Guard, RefusesLargeHeadersAndBodies) {
  auto headers = Connect();
  headers.Send("GET / HTTP/1.1\r\nA: " + std::string(20'000, 'a') + "\r\n\r\n");
  EXPECT_THAT(headers.Read(), IsError(431, "16384"));
  EXPECT_TRUE(headers.ReadsEnd());

  auto announced = Connect();
  announced.Send("POST /connectors HTTP/1.1\r\nContent-Length: 20000000\r\n\r\n");
  EXPECT_THAT(announced.Read(), IsError(413, "10485760"));
  EXPECT_TRUE(announced.ReadsEnd());
}

TEST_F(Guard, LetsAClientReadItsRefusalWhileItIsStillSending) {
  auto client = Connect();
  client.Send("POST /connectors HTTP/1.1\r\nContent-Length: 12000000\r\n\r\n");
  client.Send(Filler(12'000'000));
  EXPECT_THAT(client.Read(), IsError(413, "larger"));
}

TEST_F(Guard, TakesABodyOfTenMegabytes) {
  const std::string filler = Filler(10'000'000);
  EXPECT_EQ(Ask("POST", "/connectors", R"({"name": "big", "config": {"connector.class": "A", "x": ")" + filler + "\"}}")
                .status,
            201);
  EXPECT_EQ(Parsed(Ask("GET", "/connectors/big/config"))["x"].get<std::string>().size(), filler.size());
}

TEST_F(Guard, CutsOffAClientThatNeverStopsSending) {
  auto client = Connect();
  client.Send("nonsense\r\n\r\n");
  const std::string piece = Filler(1'000'000);
  bool sending = true;
  for (int i = 0; i < 200 && sending; ++i) sending = client.Send(piece);
  EXPECT_FALSE(sending);
  EXPECT_EQ(Ask("GET", "/health").status, 200);
}

TEST_F(Guard, AnswersPipelinedRequestsInOrder) {
  herder_.Add("cam", {});
  auto client = Connect();
  std::string requests;
  for (int i = 0; i < 100; ++i)
    requests += Pause("cam") + kHealth + "GET /connectors/none HTTP/1.1\r\nHost: localhost\r\n\r\n";
  ASSERT_TRUE(client.Send(requests));
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(client.Read().status, 202) << i;
    ASSERT_EQ(client.Read().status, 200) << i;
    ASSERT_EQ(client.Read().status, 404) << i;
  }
}

TEST_F(Guard, LooksAtNoRequestBeforeTheLastOneIsAnswered) {
  herder_.Add("cam", {});
  herder_.Hold();
  auto client = Connect();
  client.Send(Pause("cam") + Pause("cam"));
  ASSERT_TRUE(herder_.WaitForPosts(1));
  // Another client's request has made the whole way meanwhile.
  EXPECT_EQ(Ask("GET", "/health").status, 200);
  EXPECT_FALSE(client.HasInput(0ms));
  EXPECT_FALSE(herder_.WaitForPosts(2, 0s));
  herder_.Release();
  EXPECT_EQ(client.Read().status, 202);
  EXPECT_EQ(client.Read().status, 202);
}

TEST_F(Guard, AnswersAClientThatWaitsToContinue) {
  auto client = Connect();
  client.Send(
      "POST /connectors HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: "
      "100-continue\r\nContent-Length: "
      "2\r\n\r\n");
  EXPECT_EQ(client.Read(true).status, 100);
  client.Send("{}");
  EXPECT_EQ(client.Read().status, 400);
  client.Send("POST /connectors HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n");
  EXPECT_EQ(client.Read().status, 413);
}

TEST_F(Guard, ClosesWhenItIsAskedTo) {
  auto client = Connect();
  const auto answer = client.Ask("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("connection"), "close");
  EXPECT_TRUE(client.ReadsEnd());

  herder_.Add("cam", {});
  auto changing = Connect();
  EXPECT_EQ(changing.Ask("PUT /connectors/cam/pause HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").status,
            202);
  EXPECT_TRUE(changing.ReadsEnd());
}

TEST_F(Guard, SpeaksHttp10) {
  auto closing = Connect();
  EXPECT_EQ(closing.Ask("GET /health HTTP/1.0\r\n\r\n").status, 200);
  EXPECT_TRUE(closing.ReadsEnd());
  auto keeping = Connect();
  const auto answer = keeping.Ask("GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(answer.headers.at("connection"), "keep-alive");
  EXPECT_EQ(keeping.Ask("GET /health HTTP/1.0\r\n\r\n").status, 200);
}

TEST_F(Guard, DropsSlowRequests) {
  limits_.request_time = 100ms;
  auto client = Connect();
  client.Send("GET /health HTT");
  EXPECT_THAT(client.Read(), IsError(408, "100 ms"));
  EXPECT_TRUE(client.ReadsEnd());
}

TEST_F(Guard, DropsARequestThatComesOnForEver) {
  limits_.request_time = 100ms;
  limits_.hello_time = limits_.idle_time = limits_.stall_time = 1h;
  const std::string beginnings[] = {
      "GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
      "POST /connectors HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
      "1000000\r\n\r\n",
      "POST /connectors HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Transfer-Encoding: chunked\r\n\r\nfffff\r\n"};
  for (const std::string& beginning : beginnings) {
    auto client = Connect();
    client.Send(beginning);
    // Each of these is a sign of life, and none of them is a reason to wait longer.
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (!client.HasInput(5ms) && std::chrono::steady_clock::now() < deadline) client.Send("x");
    EXPECT_THAT(client.Read(), IsError(408, "100 ms")) << beginning;
    EXPECT_TRUE(client.ReadsEnd()) << beginning;
  }
}

TEST_F(Guard, DropsClientsThatConnectAndSayNothing) {
  limits_.hello_time = 100ms;
  limits_.request_time = limits_.idle_time = 1h;
  auto silent = Connect();
  EXPECT_TRUE(silent.ReadsEnd());
  auto empty_line = Connect();
  empty_line.Send("\r\n");
  EXPECT_TRUE(empty_line.ReadsEnd());
}

TEST_F(Guard, DropsClientsThatSendNothingButEmptyLines) {
  limits_.hello_time = limits_.idle_time = 1h;
  limits_.request_time = 100ms;
  for (const std::string before : {"", kHealth}) {
    auto client = Connect();
    if (!before.empty()) {
      EXPECT_EQ(client.Ask(before).status, 200);
    }
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    std::string next = "\r";
    while (!client.HasInput(5ms) && std::chrono::steady_clock::now() < deadline) {
      client.Send(next);
      next = next == "\r" ? "\n" : "\r";
    }
    EXPECT_THAT(client.Read(), IsError(408, "100 ms")) << before;
    EXPECT_TRUE(client.ReadsEnd()) << before;
  }
}

TEST_F(Guard, DropsIdleClientsButNotThoseThatWaitForTheirAnswer) {
  limits_.hello_time = 1h;
  limits_.idle_time = 100ms;
  herder_.Add("cam", {});
  herder_.Hold();
  auto waiting = Connect();
  waiting.Send(Pause("cam"));
  ASSERT_TRUE(herder_.WaitForPosts(1));
  auto idle = Connect();
  EXPECT_EQ(idle.Ask(kHealth).status, 200);
  EXPECT_TRUE(idle.ReadsEnd());
  herder_.Release();
  EXPECT_EQ(waiting.Read().status, 202);
}

TEST_F(Guard, LetsHalfRequestsMakeRoomForOthers) {
  limits_.connections = 4;
  limits_.hello_time = limits_.request_time = limits_.idle_time = 1h;
  std::vector<RawClient> slow;
  for (int i = 0; i < 40; ++i) {
    slow.push_back(Connect());
    slow.back().Send("GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
  }
  EXPECT_EQ(Ask("GET", "/health").status, 200);
  // Two loops with four each: the others have had to go, long before their hour was over.
  const auto gone = [&] {
    return std::count_if(slow.begin(), slow.end(), [](const RawClient& client) { return client.HasInput({}); });
  };
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (gone() < 32 && std::chrono::steady_clock::now() < deadline) slow.back().HasInput(5ms);
  EXPECT_GE(gone(), 32);
}

TEST_F(Guard, LetsAnswersThatNobodyTakesMakeRoomForOthers) {
  limits_.connections = 4;
  limits_.hello_time = limits_.stall_time = limits_.idle_time = 1h;
  for (int i = 0; i < 500; ++i) herder_.Add("connector-" + std::to_string(i), {{"file", std::string(20'000, 'f')}});
  std::vector<RawClient> unread;
  for (int i = 0; i < 20; ++i) {
    unread.push_back(Connect(4096));
    unread.back().Send("GET /connectors?expand=info HTTP/1.1\r\nHost: localhost\r\n\r\n");
    ASSERT_TRUE(unread.back().HasInput(60s)) << i;
  }
  EXPECT_EQ(Ask("GET", "/health").status, 200);
  const auto gone = [&] {
    return std::ranges::count_if(unread, [](const auto& each) { return each.WaitsForEnd({}); });
  };
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (gone() < 12 && std::chrono::steady_clock::now() < deadline) unread.back().WaitsForEnd(5ms);
  EXPECT_GE(gone(), 12);
}

}  // namespace
}  // namespace framespool::rest
