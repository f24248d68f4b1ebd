#include "services/kit/planner_client.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "json/write.h"
#include "plan/codec.h"
#include "proto/joinery/v1/planner.grpc.pb.h"
#include "services/kit/channel.h"
#include "services/kit/wire.h"

namespace joinery::kit {
namespace {

using Stub = v1::PlannerService::Stub;

// A stream that is silent for so long is given up: its planner hangs or is cut off.
constexpr std::chrono::seconds kSilence{3};
// Calls that may be repeated are, when a planner goes away under them.
constexpr int kAttempts = 3;

// Keeps one Watch stream open from a thread of its own.
class WatchThread {
 public:
  using OnResponse = std::function<void(const v1::WatchResponse&)>;

  WatchThread(std::shared_ptr<Stub> stub, std::string source_kind, OnResponse on_response)
      : stub_(std::move(stub)),
        source_kind_(std::move(source_kind)),
        on_response_(std::move(on_response)),
        thread_([this] { Run(); }),
        guard_([this] { EndSilence(); }) {}

  ~WatchThread() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
      if (current_ != nullptr) current_->TryCancel();
    }
    wake_.notify_all();
    thread_.join();
    guard_.join();
  }

 private:
  void Run() {
    for (;;) {
      grpc::ClientContext client;
      client.set_wait_for_ready(true);
      {
        std::lock_guard lock(mutex_);
        if (stopping_) return;
        heard_ = CallContext::Clock::now();
        current_ = &client;
      }
      v1::WatchRequest request;
      request.set_source_kind(source_kind_);
      auto reader = stub_->Watch(&client, request);
      v1::WatchResponse response;
      while (reader->Read(&response)) {
        {
          std::lock_guard lock(mutex_);
          heard_ = CallContext::Clock::now();
        }
        if (!response.alive()) on_response_(response);
      }
      reader->Finish();
      std::unique_lock lock(mutex_);
      current_ = nullptr;
      wake_.wait_for(lock, std::chrono::milliseconds(200), [this] { return stopping_; });
    }
  }

  void EndSilence() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      if (current_ != nullptr && CallContext::Clock::now() - heard_ > kSilence) {
        current_->TryCancel();
      }
      wake_.wait_for(lock, kSilence / 3, [this] { return stopping_; });
    }
  }

  const std::shared_ptr<Stub> stub_;
  const std::string source_kind_;
  const OnResponse on_response_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  CallContext::Clock::time_point heard_ = CallContext::Clock::now();
  grpc::ClientContext* current_ = nullptr;
  std::thread thread_;
  std::thread guard_;
};

template <typename Method, typename Wire, typename Response>
Status Call(Stub& stub, const CallContext& context, Method method, const Wire& wire,
            Response& response) {
  grpc::ClientContext client;
  SetDeadline(context, client);
  const grpc::Status status = (stub.*method)(&client, wire, &response);
  return status.ok() ? OkStatus() : FromGrpc(status);
}

class PlannerClient final : public plan::Planner {
 public:
  explicit PlannerClient(const std::string& address)
      : stub_(v1::PlannerService::NewStub(MakeChannel(address))) {}

  StatusOr<IssueOr<plan::PlanResponse>> Plan(const CallContext& context,
                                             const plan::PlanRequest& request) override {
    v1::PlanRequest wire;
    wire.set_query(request.query);
    wire.set_operation_name(request.operation_name);
    if (request.variables.is_object()) wire.set_variables_json(json::ToString(request.variables));
    wire.set_role(request.role);
    wire.set_backend_only(request.backend_only);
    wire.set_relay(request.relay);
    wire.set_stored(request.stored);
    wire.set_at_least_schema_version(request.at_least);
    v1::PlanResponse response;
    Status status = Call(*stub_, context, &Stub::Plan, wire, response);
    // Another planner may be up, or up to date.
    for (int i = 1; i < kAttempts && status.code() == StatusCode::kUnavailable; ++i) {
      status = Call(*stub_, context, &Stub::Plan, wire, response);
    }
    RETURN_IF_ERROR(status);
    if (response.has_issue()) return IssueOr<plan::PlanResponse>(FromWire(response.issue()));
    ASSIGN_OR_RETURN(plan::Plan decoded, plan::Decode<plan::Plan>(response.plan()));
    return IssueOr<plan::PlanResponse>(
        plan::PlanResponse{.plan = std::make_shared<const plan::Plan>(std::move(decoded)),
                           .schema_version = response.schema_version()});
  }

  StatusOr<IssueOr<json::Value>> Explain(const CallContext& context,
                                         const json::Value& body) override {
    v1::ExplainOperationRequest wire;
    wire.set_body_json(json::ToString(body));
    v1::ExplainOperationResponse response;
    RETURN_IF_ERROR(Call(*stub_, context, &Stub::Explain, wire, response));
    if (response.has_issue()) return IssueOr<json::Value>(FromWire(response.issue()));
    ASSIGN_OR_RETURN(json::Value explained, json::Parse(response.json(), 2000));
    return IssueOr<json::Value>(std::move(explained));
  }

  StatusOr<std::vector<DocumentError>> Validate(const CallContext& context,
                                                const std::string& query,
                                                const std::string& role) override {
    v1::ValidateRequest wire;
    wire.set_query(query);
    wire.set_role(role);
    v1::ValidateResponse response;
    RETURN_IF_ERROR(Call(*stub_, context, &Stub::Validate, wire, response));
    std::vector<DocumentError> errors;
    for (const auto& error : response.errors()) {
      errors.push_back(
          {.message = error.message(), .line = error.line(), .column = error.column()});
    }
    return errors;
  }

  StatusOr<IssueOr<std::string>> SchemaSdl(const CallContext& context,
                                           const std::string& role) override {
    ASSIGN_OR_RETURN(v1::GetSchemaResponse response, Schema(context, role));
    if (response.has_issue()) return IssueOr<std::string>(FromWire(response.issue()));
    return IssueOr<std::string>(std::move(*response.mutable_sdl()));
  }

  StatusOr<IssueOr<std::string>> SchemaIntrospection(const CallContext& context,
                                                     const std::string& role) override {
    ASSIGN_OR_RETURN(v1::GetSchemaResponse response, Schema(context, role));
    if (response.has_issue()) return IssueOr<std::string>(FromWire(response.issue()));
    return IssueOr<std::string>(std::move(*response.mutable_introspection_json()));
  }

  StatusOr<plan::MetadataResponse> Metadata(const CallContext& context,
                                            const plan::MetadataRequest& request) override {
    v1::ApplyMetadataRequest wire;
    wire.set_endpoint(request.endpoint);
    wire.set_body_json(json::ToString(request.body));
    wire.set_role(request.session.role);
    for (const auto& [name, value] : request.session.variables) {
      v1::Header& header = *wire.add_session();
      header.set_name(name);
      header.set_value(value);
    }
    v1::ApplyMetadataResponse response;
    RETURN_IF_ERROR(Call(*stub_, context, &Stub::ApplyMetadata, wire, response));
    return plan::MetadataResponse{.http_status = response.http_status(),
                                  .body = std::move(*response.mutable_body()),
                                  .schema_version = response.schema_version()};
  }

  StatusOr<plan::Freshness> GetFreshness(const CallContext& context) override {
    v1::GetFreshnessRequest wire;
    v1::GetFreshnessResponse response;
    RETURN_IF_ERROR(Call(*stub_, context, &Stub::GetFreshness, wire, response));
    return plan::Freshness{response.schema_version(),
                           std::chrono::milliseconds(response.age().seconds() * 1000 +
                                                     response.age().nanos() / 1'000'000)};
  }

  StatusOr<plan::RestEndpoints> Endpoints(const CallContext& context) override {
    v1::GetRestEndpointsRequest wire;
    v1::GetRestEndpointsResponse response;
    RETURN_IF_ERROR(Call(*stub_, context, &Stub::GetRestEndpoints, wire, response));
    plan::RestEndpoints out{.schema_version = response.schema_version(), .endpoints = {}};
    for (const v1::RestEndpoint& endpoint : response.endpoints()) {
      plan::RestEndpoint& one = out.endpoints.emplace_back();
      one.url = endpoint.url();
      one.methods = {endpoint.methods().begin(), endpoint.methods().end()};
      one.query = endpoint.query();
      for (const auto& variable : endpoint.variables()) {
        one.variables.push_back({variable.name(), variable.type(), variable.is_list(),
                                 variable.non_null(), variable.has_default()});
      }
    }
    return out;
  }

  StatusOr<bool> Consistent(const CallContext& context) override {
    v1::GetConsistencyRequest wire;
    v1::GetConsistencyResponse response;
    RETURN_IF_ERROR(Call(*stub_, context, &Stub::GetConsistency, wire, response));
    return response.consistent();
  }

  std::shared_ptr<void> Watch(VersionChanged changed) override {
    return std::make_shared<WatchThread>(
        stub_, "", [changed = std::move(changed)](const v1::WatchResponse& response) {
          changed(FromWire(response));
        });
  }

  std::shared_ptr<void> WatchSources(plan::SourceKind kind, SourcesChanged changed) override {
    return std::make_shared<WatchThread>(
        stub_, std::string(plan::SourceKindName(kind)),
        [kind, changed = std::move(changed)](const v1::WatchResponse& response) {
          std::vector<plan::SourceConfig> sources;
          for (const v1::Source& source : response.sources()) {
            StatusOr<plan::SourceConfig> config = FromWire(source, kind);
            if (config.ok()) sources.push_back(*std::move(config));
          }
          changed(response.schema_version(), std::move(sources));
        });
  }

 private:
  StatusOr<v1::GetSchemaResponse> Schema(const CallContext& context, const std::string& role) {
    v1::GetSchemaRequest wire;
    wire.set_role(role);
    v1::GetSchemaResponse response;
    RETURN_IF_ERROR(Call(*stub_, context, &Stub::GetSchema, wire, response));
    return response;
  }

  const std::shared_ptr<Stub> stub_;
};

class MetadataReviewerClient final : public plan::MetadataReviewer {
 public:
  explicit MetadataReviewerClient(const std::string& address)
      : stub_(v1::PlannerService::NewStub(MakeChannel(address))) {}

  StatusOr<plan::MetadataCheck> ValidateMetadata(const CallContext& context,
                                                 const json::Value& document) override {
    v1::ValidateMetadataRequest wire;
    wire.set_metadata_json(json::ToString(document));
    v1::ValidateMetadataResponse response;
    RETURN_IF_ERROR(Call(*stub_, context, &Stub::ValidateMetadata, wire, response));
    plan::MetadataCheck out;
    for (const v1::Finding& finding : response.findings())
      out.findings.push_back(FromWire(finding));
    ASSIGN_OR_RETURN(out.inconsistent, json::Parse(response.inconsistent_objects_json(), 2000));
    return out;
  }

  StatusOr<std::vector<plan::SchemaChange>> Diff(
      const CallContext& context, const plan::MetadataDiffRequest& request) override {
    v1::DiffRequest wire;
    if (!request.before.is_null()) wire.set_before_json(json::ToString(request.before));
    if (!request.after.is_null()) wire.set_after_json(json::ToString(request.after));
    for (const std::string& role : request.roles) wire.add_roles(role);
    v1::DiffResponse response;
    RETURN_IF_ERROR(Call(*stub_, context, &Stub::Diff, wire, response));
    std::vector<plan::SchemaChange> out;
    for (const v1::SchemaChange& change : response.changes()) out.push_back(FromWire(change));
    return out;
  }

 private:
  const std::unique_ptr<Stub> stub_;
};

}  // namespace

std::unique_ptr<plan::Planner> MakePlannerClient(const std::string& address) {
  return std::make_unique<PlannerClient>(address);
}

std::unique_ptr<plan::MetadataReviewer> MakeMetadataReviewerClient(const std::string& address) {
  return std::make_unique<MetadataReviewerClient>(address);
}

}  // namespace joinery::kit
