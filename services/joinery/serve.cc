#include "services/joinery/serve.h"

#include <atomic>
#include <cstdio>
#include <memory>

#include "base/log.h"
#include "base/strings.h"
#include "connectors/action/action_connector.h"
#include "connectors/postgres/postgres_connector.h"
#include "connectors/remote_schema/remote_schema_connector.h"
#include "planner/engine/engine.h"
#include "services/edge/edge.h"
#include "services/joinery/options.h"
#include "services/kit/connector_client.h"
#include "services/kit/connector_server.h"
#include "services/kit/grpc_server.h"
#include "services/kit/planner_client.h"
#include "services/kit/planner_server.h"
#include "services/kit/rpc/listener.h"
#include "services/kit/rpc/server.h"
#include "services/kit/shutdown.h"
#include "services/kit/worker_pool.h"

namespace joinery {
namespace {

constexpr std::chrono::seconds kGrace{30};
// An edge may lose sight of its planners; in one process there is none to lose
// (docs/adr/2026-11-25-a-lease-on-the-metadata.md).
constexpr std::chrono::milliseconds kEdgeLease{400};
constexpr std::chrono::milliseconds kNoLease{0};
constexpr std::string_view kListen = "0.0.0.0:9000";
constexpr size_t kWorkers = 8;
constexpr size_t kMaxQueued = 10'000;

int Fail(std::string_view message) {
  std::fprintf(stderr, "Fatal Error: %.*s\n", static_cast<int>(message.size()), message.data());
  return 1;
}

struct FrontOptions {
  edge::EdgeOptions edge;
  edge::http::ServerOptions server;
  std::string listen;  // Where gRPC health checks and reflection are served; empty: nowhere.
};

FrontOptions ReadFrontOptions(kit::Settings& settings, std::chrono::milliseconds lease,
                              std::string_view listen) {
  return {ReadEdgeOptions(settings, lease), ReadServerOptions(settings),
          ReadListenAddress(settings, listen)};
}

// Null: none is wanted. It tells that it does not serve yet.
StatusOr<std::unique_ptr<kit::GrpcServer>> StartHealth(const std::string& listen) {
  if (listen.empty()) return nullptr;
  ASSIGN_OR_RETURN(auto health, kit::GrpcServer::Start(listen, {}));
  health->SetServing(false);
  Log(LogLevel::kInfo, "health", {{"port", StrCat(health->port())}});
  return health;
}

// The HTTP side, from start to drain.
int ServeEdge(const FrontOptions& options, edge::http::EventLoops& loops,
              edge::Authenticator& authenticator, plan::Planner& planner,
              const executor::Connectors& connectors) {
  const auto health = StartHealth(options.listen);
  if (!health.ok()) return Fail(MessageOf(health.status()));
  kit::WorkerPool workers(kWorkers, kMaxQueued);
  edge::Edge edge(options.edge, authenticator, planner, connectors, workers);
  edge::http::Server server(loops);
  const Status started = server.Start(options.server, [&edge](auto& request, auto writer) {
    edge.Handle(request, std::move(writer));
  });
  if (!started.ok()) return Fail(MessageOf(started));
  Log(LogLevel::kInfo, "startup", {{"port", StrCat(server.port())}});
  if (*health != nullptr) edge.OnReady([&health] { (*health)->SetServing(true); });
  kit::AwaitShutdownSignal();
  Log(LogLevel::kInfo, "shutdown", {{"message", "draining"}});
  if (*health != nullptr) (*health)->Leave();
  server.Drain(kGrace);
  server.Stop();
  return 0;
}

plan::SourceKind KindOf(const std::string& service) {
  if (service == "postgres") return plan::SourceKind::kPostgres;
  if (service == "remote_schema") return plan::SourceKind::kRemoteSchema;
  return plan::SourceKind::kAction;
}

using connectors::postgres::AnswerLimits;
using connectors::postgres::PostgresConnector;

std::unique_ptr<plan::Connector> MakeConnector(plan::SourceKind kind, size_t loops,
                                               const AnswerLimits& limits) {
  switch (kind) {
    case plan::SourceKind::kPostgres:
      return std::make_unique<PostgresConnector>(
          PostgresConnector::Options{.loops = loops, .limits = limits});
    case plan::SourceKind::kRemoteSchema:
      return std::make_unique<connectors::remote_schema::RemoteSchemaConnector>();
    case plan::SourceKind::kAction:
      return std::make_unique<connectors::action::ActionConnector>();
  }
  return nullptr;
}

std::vector<EventLoop*> AllOf(edge::http::EventLoops& loops) {
  std::vector<EventLoop*> out;
  for (size_t i = 0; i < loops.size(); ++i) out.push_back(&loops.at(i));
  return out;
}

int RunConnector(const std::string& service, kit::Settings& settings) {
  const plan::SourceKind kind = KindOf(service);
  const size_t threads = ReadThreads(settings);
  const std::string listen = ReadListenAddress(settings, kListen);
  const AnswerLimits limits = ReadAnswerLimits(settings);
  const std::string planner_address =
      settings.Text("planner", "JOINERY_PLANNER", "dns:///planner:9000");
  if (RefuseMistakes(settings)) return 1;
  edge::http::EventLoops loops(threads);
  std::unique_ptr<plan::Connector> connector = MakeConnector(kind, threads, limits);
  std::atomic<size_t> next{0};
  kit::ConnectorServer service_impl(kind, *connector, [&] {
    return &loops.at(next.fetch_add(1, std::memory_order_relaxed) % loops.size());
  });
  auto server = kit::GrpcServer::Start({&service_impl});
  if (!server.ok()) return Fail(MessageOf(server.status()));
  kit::rpc::Server loop_server([&service_impl](const auto& call, auto answer) {
    service_impl.Serve(call, std::move(answer));
  });
  auto listener = kit::rpc::Listener::Start(listen, AllOf(loops), loop_server,
                                            [&](int connection) { (*server)->Adopt(connection); });
  if (!listener.ok()) return Fail(MessageOf(listener.status()));
  std::unique_ptr<plan::Planner> planner = kit::MakePlannerClient(planner_address);
  std::shared_ptr<void> watch =
      planner->WatchSources(kind, [&](uint64_t version, std::vector<plan::SourceConfig> sources) {
        connector->SetSources(std::move(sources), version);
        service_impl.SetVersion(version);
      });
  Log(LogLevel::kInfo, "startup", {{"service", service}, {"port", StrCat((*listener)->port())}});
  kit::AwaitShutdownSignal();
  (*listener)->Stop();
  loop_server.Drain(kGrace);
  (*server)->Drain(kGrace);
  watch.reset();
  loops.Stop();
  return 0;
}

int RunPlanner(kit::Settings& settings) {
  const std::string listen = ReadListenAddress(settings, kListen);
  const auto postgres = kit::MakeConnectorClient(
      settings.Text("postgres", "JOINERY_POSTGRES", "dns:///postgres:9000"));
  const auto remote_schema = kit::MakeConnectorClient(
      settings.Text("remote-schema", "JOINERY_REMOTE_SCHEMA", "dns:///remote-schema:9000"));
  const auto action =
      kit::MakeConnectorClient(settings.Text("action", "JOINERY_ACTION", "dns:///action:9000"));
  planner::EngineOptions options = ReadEngineOptions(settings);
  const StoreOptions store = ReadStoreOptions(settings);
  if (RefuseMistakes(settings)) return 1;
  if (const Status opened = OpenStore(store, options); !opened.ok()) return Fail(MessageOf(opened));
  const std::unique_ptr<planner::Engine> engine =
      planner::MakeEngine(std::move(options), {postgres.get(), remote_schema.get(), action.get()});
  const auto service = kit::MakePlannerServer(*engine, *engine);
  auto server = kit::GrpcServer::Start(listen, {service.get()});
  if (!server.ok()) return Fail(MessageOf(server.status()));
  Log(LogLevel::kInfo, "startup", {{"service", "planner"}, {"port", StrCat((*server)->port())}});
  kit::AwaitShutdownSignal();
  // Watch streams have no end of their own.
  (*server)->Drain(std::chrono::seconds(2));
  return 0;
}

int RunEdge(kit::Settings& settings) {
  const size_t threads = ReadThreads(settings);
  // Before the clients, whose connections live on them.
  edge::http::EventLoops loops(threads);
  const auto planner =
      kit::MakePlannerClient(settings.Text("planner", "JOINERY_PLANNER", "dns:///planner:9000"));
  const auto postgres = kit::MakeConnectorClient(
      settings.Text("postgres", "JOINERY_POSTGRES", "dns:///postgres:9000"));
  const auto remote_schema = kit::MakeConnectorClient(
      settings.Text("remote-schema", "JOINERY_REMOTE_SCHEMA", "dns:///remote-schema:9000"));
  const auto action =
      kit::MakeConnectorClient(settings.Text("action", "JOINERY_ACTION", "dns:///action:9000"));
  const FrontOptions front = ReadFrontOptions(settings, kEdgeLease, kListen);
  if (RefuseMistakes(settings)) return 1;
  const auto authenticator = edge::MakeAuthenticator(front.edge.auth);
  if (!authenticator.ok()) return Fail(MessageOf(authenticator.status()));
  const int code = ServeEdge(front, loops, **authenticator, *planner,
                             {{postgres.get(), remote_schema.get(), action.get()}});
  loops.Stop();
  return code;
}

}  // namespace

bool RefuseMistakes(const kit::Settings& settings) {
  for (const std::string& mistake : settings.mistakes()) Fail(mistake);
  return !settings.mistakes().empty();
}

int ServeInProcess(kit::Settings& settings) {
  const size_t threads = ReadThreads(settings);
  planner::EngineOptions options = ReadEngineOptions(settings);
  const StoreOptions store = ReadStoreOptions(settings);
  const FrontOptions front = ReadFrontOptions(settings, kNoLease, "");
  const AnswerLimits limits = ReadAnswerLimits(settings);
  if (RefuseMistakes(settings)) return 1;
  if (const Status opened = OpenStore(store, options); !opened.ok()) return Fail(MessageOf(opened));

  edge::http::EventLoops loops(threads);
  const auto authenticator = edge::MakeAuthenticator(front.edge.auth);
  if (!authenticator.ok()) return Fail(MessageOf(authenticator.status()));
  const auto postgres = MakeConnector(plan::SourceKind::kPostgres, threads, limits);
  const auto remote_schema = MakeConnector(plan::SourceKind::kRemoteSchema, threads, limits);
  const auto action = MakeConnector(plan::SourceKind::kAction, threads, limits);
  const std::unique_ptr<plan::Planner> engine =
      planner::MakeEngine(std::move(options), {postgres.get(), remote_schema.get(), action.get()});
  // Connectors hear of a version before the edge does, so a plan never names a source that is
  // unknown.
  std::vector<std::shared_ptr<void>> watches;
  for (plan::Connector* connector : {postgres.get(), remote_schema.get(), action.get()}) {
    const plan::SourceKind kind = connector == postgres.get() ? plan::SourceKind::kPostgres
                                  : connector == remote_schema.get()
                                      ? plan::SourceKind::kRemoteSchema
                                      : plan::SourceKind::kAction;
    watches.push_back(engine->WatchSources(
        kind, [connector](uint64_t version, std::vector<plan::SourceConfig> sources) {
          connector->SetSources(std::move(sources), version);
        }));
  }
  const int code = ServeEdge(front, loops, **authenticator, *engine,
                             {{postgres.get(), remote_schema.get(), action.get()}});
  watches.clear();
  loops.Stop();
  return code;
}

int RunService(const std::string& service, kit::Settings& settings) {
  if (service == "planner") return RunPlanner(settings);
  if (service == "edge") return RunEdge(settings);
  if (service == "postgres" || service == "remote_schema" || service == "action") {
    return RunConnector(service, settings);
  }
  return Fail(StrCat("there is no service \"", service, "\""));
}

}  // namespace joinery
