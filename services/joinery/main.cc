#include <cstdio>
#include <string>
#include <vector>

#include "base/status.h"
#include "services/joinery/cli/cli.h"
#include "services/joinery/options.h"
#include "services/joinery/serve.h"
#include "services/kit/settings.h"
#include "services/kit/shutdown.h"

namespace {

constexpr char kUsage[] =
    R"(usage: joinery <command> [flags]

  serve                 all services in one process
  serve --mesh          the five services as processes on loopback
  service NAME          one service: edge, planner, postgres, remote_schema, action
  metadata VERB         check, compare, apply and export metadata (joinery metadata help)
  version               the version

flags (each beats its environment variable; docs/configuration.md has all):
  --metadata PATH       metadata folder, or one JSON or YAML file
  --metadata-database-url URL
                        Postgres database of the metadata (HASURA_GRAPHQL_METADATA_DATABASE_URL)
  --host H --port N     where HTTP is served (HASURA_GRAPHQL_SERVER_HOST, _PORT)
  --admin-secret S      (HASURA_GRAPHQL_ADMIN_SECRET)
  --threads N           event loops (default: one per core)
  --tls-cert F --tls-key F
  --listen H:P          where gRPC is served (JOINERY_LISTEN)
  --planner A --postgres A --remote-schema A --action A
                        addresses of the other services, such as dns:///planner:9000
)";

int Run(const std::vector<std::string>& words) {
  if (words.empty() || words[0] == "help" || words[0] == "--help") {
    std::fputs(kUsage, words.empty() ? stderr : stdout);
    return words.empty() ? 2 : 0;
  }
  const std::string& command = words[0];
  if (command == "version") {
    std::puts("joinery 0.1.0");
    return 0;
  }
  if (command == "metadata") return joinery::cli::RunMetadata({words.begin() + 1, words.end()});
  size_t first = 1;
  std::string service;
  if (command == "service") {
    if (words.size() == 1) {
      std::fputs("Fatal Error: service needs a name\n", stderr);
      return 2;
    }
    service = words[1];
    first = 2;
  } else if (command != "serve") {
    std::fprintf(stderr, "unknown command \"%s\"\n\n%s", command.c_str(), kUsage);
    return 2;
  }
  const std::vector<std::string> arguments(words.begin() + static_cast<long>(first), words.end());
  joinery::StatusOr<joinery::kit::Settings> settings =
      joinery::kit::Settings::Parse(arguments, joinery::KnownFlags());
  if (!settings.ok()) {
    const std::string message(joinery::MessageOf(settings.status()));
    std::fprintf(stderr, "Fatal Error: %s\n", message.c_str());
    return 2;
  }
  joinery::ReadLogLevel(*settings);
  if (!service.empty()) return joinery::RunService(service, *settings);
  if (settings->Bool("mesh", "JOINERY_MESH", false))
    return joinery::ServeMesh(*settings, arguments);
  return joinery::ServeInProcess(*settings);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  // A verb of `metadata` ends by a signal as any command does.
  if (words.empty() || words[0] != "metadata") joinery::kit::BlockShutdownSignals();
  return Run(words);
}
