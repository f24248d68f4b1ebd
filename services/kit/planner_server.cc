#include "services/kit/planner_server.h"

#include <condition_variable>
#include <mutex>
#include <utility>

#include "json/write.h"
#include "plan/codec.h"
#include "services/kit/wire.h"

namespace joinery::kit {
namespace {

constexpr std::chrono::seconds kSignOfLife{1};

CallContext ContextOf(const grpc::ServerContext& server) {
  CallContext context;
  const auto deadline = server.deadline();
  if (deadline != std::chrono::system_clock::time_point::max()) {
    context.deadline =
        CallContext::Clock::now() + std::chrono::duration_cast<CallContext::Clock::duration>(
                                        deadline - std::chrono::system_clock::now());
  }
  return context;
}

plan::SourceKind KindNamed(const std::string& name) {
  for (const auto kind : {plan::SourceKind::kPostgres, plan::SourceKind::kRemoteSchema}) {
    if (plan::SourceKindName(kind) == name) return kind;
  }
  return plan::SourceKind::kAction;
}

StatusOr<json::Value> ReadDocument(const std::string& text) {
  ASSIGN_OR_RETURN(json::Value document, json::Parse(text, 2000));
  if (!document.is_object()) return InvalidArgument("not a metadata document");
  return document;
}

class PlannerServer final : public v1::PlannerService::Service {
 public:
  PlannerServer(plan::Planner& planner, plan::MetadataReviewer& reviewer)
      : planner_(planner), reviewer_(reviewer) {}

  grpc::Status Plan(grpc::ServerContext* server, const v1::PlanRequest* request,
                    v1::PlanResponse* response) override {
    plan::PlanRequest wanted;
    wanted.query = request->query();
    wanted.operation_name = request->operation_name();
    wanted.role = request->role();
    wanted.backend_only = request->backend_only();
    wanted.relay = request->relay();
    wanted.stored = request->stored();
    wanted.at_least = request->at_least_schema_version();
    if (!request->variables_json().empty()) {
      StatusOr<json::Value> variables = json::Parse(request->variables_json());
      if (!variables.ok()) return ToGrpc(variables.status());
      wanted.variables = *std::move(variables);
    }
    const auto outcome = planner_.Plan(ContextOf(*server), wanted);
    if (!outcome.ok()) return ToGrpc(outcome.status());
    if (!outcome->ok()) {
      *response->mutable_issue() = ToWire(outcome->issue());
      return grpc::Status::OK;
    }
    response->set_plan(plan::Encode(*outcome->value().plan));
    response->set_schema_version(outcome->value().schema_version);
    return grpc::Status::OK;
  }

  grpc::Status Explain(grpc::ServerContext* server, const v1::ExplainOperationRequest* request,
                       v1::ExplainOperationResponse* response) override {
    StatusOr<json::Value> body = json::Parse(request->body_json());
    if (!body.ok()) return ToGrpc(body.status());
    const auto outcome = planner_.Explain(ContextOf(*server), *body);
    if (!outcome.ok()) return ToGrpc(outcome.status());
    if (outcome->ok()) {
      response->set_json(json::ToString(outcome->value()));
    } else {
      *response->mutable_issue() = ToWire(outcome->issue());
    }
    return grpc::Status::OK;
  }

  grpc::Status Validate(grpc::ServerContext* server, const v1::ValidateRequest* request,
                        v1::ValidateResponse* response) override {
    const auto errors = planner_.Validate(ContextOf(*server), request->query(),
                                          request->role().empty() ? "admin" : request->role());
    if (!errors.ok()) return ToGrpc(errors.status());
    for (const plan::Planner::DocumentError& error : *errors) {
      v1::ValidateResponse::Error& out = *response->add_errors();
      out.set_message(error.message);
      out.set_line(error.line);
      out.set_column(error.column);
    }
    return grpc::Status::OK;
  }

  grpc::Status GetSchema(grpc::ServerContext* server, const v1::GetSchemaRequest* request,
                         v1::GetSchemaResponse* response) override {
    const std::string role = request->role().empty() ? "admin" : request->role();
    const auto sdl = planner_.SchemaSdl(ContextOf(*server), role);
    if (!sdl.ok()) return ToGrpc(sdl.status());
    if (!sdl->ok()) {
      *response->mutable_issue() = ToWire(sdl->issue());
      return grpc::Status::OK;
    }
    response->set_sdl(sdl->value());
    const auto introspection = planner_.SchemaIntrospection(ContextOf(*server), role);
    if (!introspection.ok()) return ToGrpc(introspection.status());
    if (introspection->ok()) response->set_introspection_json(introspection->value());
    return grpc::Status::OK;
  }

  grpc::Status GetMetadata(grpc::ServerContext* server, const v1::GetMetadataRequest*,
                           v1::GetMetadataResponse* response) override {
    plan::MetadataRequest request;
    request.endpoint = "/v1/metadata";
    request.body.Set("type", "export_metadata");
    request.body.Set("version", 2);
    request.body.Set("args", json::Value::Object());
    const auto answer = planner_.Metadata(ContextOf(*server), request);
    if (!answer.ok()) return ToGrpc(answer.status());
    const StatusOr<json::Value> body = json::Parse(answer->body);
    if (!body.ok()) return ToGrpc(body.status());
    if (const json::Value* metadata = body->Find("metadata")) {
      response->set_metadata_json(json::ToString(*metadata));
    }
    if (const json::Value* version = body->Find("resource_version")) {
      response->set_resource_version(static_cast<uint64_t>(version->int64().value_or(0)));
    }
    return grpc::Status::OK;
  }

  grpc::Status GetRestEndpoints(grpc::ServerContext* server, const v1::GetRestEndpointsRequest*,
                                v1::GetRestEndpointsResponse* response) override {
    const auto endpoints = planner_.Endpoints(ContextOf(*server));
    if (!endpoints.ok()) return ToGrpc(endpoints.status());
    response->set_schema_version(endpoints->schema_version);
    for (const plan::RestEndpoint& endpoint : endpoints->endpoints) {
      v1::RestEndpoint& one = *response->add_endpoints();
      one.set_url(endpoint.url);
      for (const std::string& method : endpoint.methods) one.add_methods(method);
      one.set_query(endpoint.query);
      for (const plan::RestEndpoint::Variable& variable : endpoint.variables) {
        auto& declared = *one.add_variables();
        declared.set_name(variable.name);
        declared.set_type(variable.type);
        declared.set_is_list(variable.is_list);
        declared.set_non_null(variable.non_null);
        declared.set_has_default(variable.has_default);
      }
    }
    return grpc::Status::OK;
  }

  grpc::Status ApplyMetadata(grpc::ServerContext* server, const v1::ApplyMetadataRequest* request,
                             v1::ApplyMetadataResponse* response) override {
    plan::MetadataRequest call;
    call.endpoint = request->endpoint();
    call.session.role = request->role();
    for (const v1::Header& header : request->session()) {
      call.session.variables.emplace_back(header.name(), header.value());
    }
    StatusOr<json::Value> body = json::Parse(request->body_json(), 2000);
    if (!body.ok()) return ToGrpc(body.status());
    call.body = *std::move(body);
    const auto answer = planner_.Metadata(ContextOf(*server), call);
    if (!answer.ok()) return ToGrpc(answer.status());
    response->set_http_status(answer->http_status);
    response->set_body(answer->body);
    response->set_schema_version(answer->schema_version);
    return grpc::Status::OK;
  }

  grpc::Status ValidateMetadata(grpc::ServerContext* server,
                                const v1::ValidateMetadataRequest* request,
                                v1::ValidateMetadataResponse* response) override {
    const StatusOr<json::Value> document = ReadDocument(request->metadata_json());
    if (!document.ok()) return ToGrpc(document.status());
    const auto check = reviewer_.ValidateMetadata(ContextOf(*server), *document);
    if (!check.ok()) return ToGrpc(check.status());
    for (const plan::Finding& finding : check->findings) {
      *response->add_findings() = ToWire(finding);
    }
    response->set_inconsistent_objects_json(json::ToString(check->inconsistent));
    return grpc::Status::OK;
  }

  grpc::Status Diff(grpc::ServerContext* server, const v1::DiffRequest* request,
                    v1::DiffResponse* response) override {
    plan::MetadataDiffRequest wanted{.roles = {request->roles().begin(), request->roles().end()}};
    for (const auto& [text, document] : {std::pair(&request->before_json(), &wanted.before),
                                         std::pair(&request->after_json(), &wanted.after)}) {
      if (text->empty()) continue;
      StatusOr<json::Value> read = ReadDocument(*text);
      if (!read.ok()) return ToGrpc(read.status());
      *document = *std::move(read);
    }
    const auto changes = reviewer_.Diff(ContextOf(*server), wanted);
    if (!changes.ok()) return ToGrpc(changes.status());
    for (const plan::SchemaChange& change : *changes) *response->add_changes() = ToWire(change);
    return grpc::Status::OK;
  }

  grpc::Status GetConsistency(grpc::ServerContext* server, const v1::GetConsistencyRequest*,
                              v1::GetConsistencyResponse* response) override {
    const auto consistent = planner_.Consistent(ContextOf(*server));
    if (!consistent.ok()) return ToGrpc(consistent.status());
    response->set_consistent(*consistent);
    return grpc::Status::OK;
  }

  grpc::Status GetFreshness(grpc::ServerContext* server, const v1::GetFreshnessRequest*,
                            v1::GetFreshnessResponse* response) override {
    const auto freshness = planner_.GetFreshness(ContextOf(*server));
    if (!freshness.ok()) return ToGrpc(freshness.status());
    response->set_schema_version(freshness->schema_version);
    const int64_t age = freshness->age.count();
    response->mutable_age()->set_seconds(age / 1000);
    response->mutable_age()->set_nanos(static_cast<int32_t>(age % 1000 * 1'000'000));
    return grpc::Status::OK;
  }

  grpc::Status Watch(grpc::ServerContext* server, const v1::WatchRequest* request,
                     grpc::ServerWriter<v1::WatchResponse>* writer) override {
    // Only the newest state matters: what was not sent yet is replaced by it.
    struct State {
      std::mutex mutex;
      std::condition_variable changed;
      std::optional<v1::WatchResponse> next;
    };
    auto state = std::make_shared<State>();
    const auto offer = [state](const auto& put) {
      {
        std::lock_guard lock(state->mutex);
        put(state->next);
      }
      state->changed.notify_one();
    };
    std::shared_ptr<void> handle;
    if (request->source_kind().empty()) {
      // Versions that were not sent yet are sent as one step.
      handle = planner_.Watch([offer](const plan::NewVersion& version) {
        offer([&](std::optional<v1::WatchResponse>& next) {
          plan::NewVersion step = next ? FromWire(*next) : version;
          if (next) step.Add(version);
          next = ToWire(step);
        });
      });
    } else {
      handle =
          planner_.WatchSources(KindNamed(request->source_kind()),
                                [offer](uint64_t version, std::vector<plan::SourceConfig> sources) {
                                  v1::WatchResponse response;
                                  response.set_schema_version(version);
                                  for (const plan::SourceConfig& source : sources)
                                    *response.add_sources() = ToWire(source);
                                  offer([&](auto& next) { next = std::move(response); });
                                });
    }
    auto sent = CallContext::Clock::now();
    while (!server->IsCancelled()) {
      std::optional<v1::WatchResponse> next;
      {
        std::unique_lock lock(state->mutex);
        // Wakes now and then to notice that the watcher has gone.
        state->changed.wait_for(lock, std::chrono::milliseconds(200),
                                [&] { return state->next.has_value(); });
        next.swap(state->next);
      }
      const auto now = CallContext::Clock::now();
      if (!next && now - sent < kSignOfLife) continue;
      if (!next) next.emplace().set_alive(true);
      sent = now;
      if (!writer->Write(*next)) break;
    }
    return grpc::Status::OK;
  }

 private:
  plan::Planner& planner_;
  plan::MetadataReviewer& reviewer_;
};

}  // namespace

std::unique_ptr<v1::PlannerService::Service> MakePlannerServer(plan::Planner& planner,
                                                               plan::MetadataReviewer& reviewer) {
  return std::make_unique<PlannerServer>(planner, reviewer);
}

}  // namespace joinery::kit
