// A server with nothing behind it, to measure what HTTP itself costs:
//   http_hello [port] [threads] [certificate key]
// POST /echo answers with the body; /big with 1.2 MB in chunks; everything else with 500 bytes.

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "services/edge/http/server/server.h"

namespace joinery::edge::http {
namespace {

constexpr std::string_view kJson = "application/json; charset=utf-8";

void Answer(Request& request, ResponseWriter writer) {
  if (request.path == "/echo") {
    writer.Send(200, {{"content-type", kJson}}, std::move(request.body));
  } else if (request.path == "/big") {
    static const auto chunk = std::make_shared<const std::string>(40'000, 'x');
    Body body;
    for (int i = 0; i < 30; ++i) body.AppendShared(*chunk, chunk);
    writer.Send(200, {{"content-type", kJson}}, std::move(body));
  } else {
    writer.Send(200, {{"content-type", kJson}}, std::string(500, 'x'));
  }
}

int Run(int argc, char** argv) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  ServerOptions options;
  options.address = "127.0.0.1";
  options.port = static_cast<uint16_t>(argc > 1 ? std::atoi(argv[1]) : 8089);
  if (argc > 4) {
    options.certificate_file = argv[3];
    options.private_key_file = argv[4];
  }
  EventLoops loops(static_cast<size_t>(argc > 2 ? std::atoi(argv[2]) : 1));
  Server server(loops);
  if (const Status status = server.Start(std::move(options), Answer); !status.ok()) {
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
    return 1;
  }
  std::fprintf(stderr, "port %d\n", server.port());
  int signal = 0;
  sigwait(&signals, &signal);
  return server.Drain(std::chrono::seconds(5)) ? 0 : 1;
}

}  // namespace
}  // namespace joinery::edge::http

int main(int argc, char** argv) { return joinery::edge::http::Run(argc, argv); }
