#include "planner/engine/engine.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "base/log.h"
#include "base/strings.h"
#include "graphql/introspection.h"
#include "graphql/parser.h"
#include "graphql/sdl.h"
#include "graphql/validation/validate.h"
#include "json/write.h"
#include "planner/check/check_metadata.h"
#include "planner/consistency/stored_queries.h"
#include "planner/engine/explain.h"
#include "planner/engine/introspector.h"
#include "planner/engine/metadata_calls.h"
#include "planner/engine/review.h"
#include "planner/engine/snapshot.h"
#include "planner/metadata/export.h"
#include "planner/metadata/reader.h"
#include "planner/planning/planning.h"
#include "planner/resolve/resolver.h"

namespace joinery::planner {
namespace {

using json::Value;

// How often sources that could not be read are asked again; doubles up to the second.
constexpr std::chrono::seconds kFirstRetry{1};
constexpr std::chrono::seconds kLastRetry{30};

std::string ErrorBody(const Issue& issue, bool show_internal) {
  Value out = Value::Object();
  out.Set("path", issue.path);
  out.Set("error", issue.message);
  out.Set("code", issue.code);
  if (show_internal && !issue.internal.empty()) {
    const auto internal = json::Parse(issue.internal, 2000);
    if (internal.ok()) out.Set("internal", *internal);
  }
  return json::ToString(out);
}

// Whether a document may have fields of introspection. `__typename` is none of them.
bool AsksForTheSchema(std::string_view query) {
  if (query.find("__schema") != query.npos) return true;
  for (size_t at = query.find("__type"); at != query.npos; at = query.find("__type", at + 1)) {
    if (!query.substr(at).starts_with("__typename")) return true;
  }
  return false;
}

// Roles that may not ask for the schema do not have the fields that tell it.
MaybeIssue CheckIntrospection(const Graph& graph, const std::string& role,
                              const ResolvedOperation& operation) {
  const auto& disabled = graph.world->metadata->introspection_disabled_for;
  if (role == "admin" || std::ranges::find(disabled, role) == disabled.end()) return {};
  for (const ResolvedField& field : operation.fields) {
    if (!field.definition->type.named()->is_introspection) continue;
    return ValidationFailed(StrCat("field \"", field.definition->name, "\" not found in type: '",
                                   field.parent->name, "'"),
                            field.path);
  }
  return {};
}

// Those who want to know of versions.
class Watchers {
 public:
  using Callback = std::function<void(const Snapshot&)>;

  std::shared_ptr<void> Add(Callback callback, std::shared_ptr<const Snapshot> now) {
    auto entry = std::make_shared<Callback>(std::move(callback));
    {
      std::lock_guard lock(mutex_);
      entries_.push_back(entry);
    }
    (*entry)(*now);
    return entry;
  }

  void Tell(const Snapshot& snapshot) {
    std::vector<std::shared_ptr<Callback>> live;
    {
      std::lock_guard lock(mutex_);
      std::erase_if(entries_, [](const auto& weak) { return weak.expired(); });
      for (const auto& weak : entries_) {
        if (auto entry = weak.lock()) live.push_back(std::move(entry));
      }
    }
    for (const auto& entry : live) (*entry)(snapshot);
  }

 private:
  std::mutex mutex_;
  std::vector<std::weak_ptr<Callback>> entries_;
};

class EngineImpl final : public Engine {
 public:
  EngineImpl(EngineOptions options, const EngineConnectors& connectors)
      : options_(std::move(options)), connectors_(connectors), introspector_(connectors) {
    Value document = options_.document.is_object() ? options_.document : Value::Object();
    document.Set("version", 3);
    if (document.Find("sources") == nullptr) document.Set("sources", Value::Array());
    AddDefaultSource(document);
    Publish(document, Build(document, nullptr));
    retry_thread_ = std::thread([this] { RetryFailures(); });
  }

  ~EngineImpl() override {
    {
      std::lock_guard lock(retry_mutex_);
      stopping_ = true;
    }
    retry_wake_.notify_all();
    retry_thread_.join();
  }

  StatusOr<IssueOr<plan::PlanResponse>> Plan(const CallContext&,
                                             const plan::PlanRequest& request) override {
    const auto snapshot = Current();
    return PlanOn(*snapshot, request);
  }

  StatusOr<IssueOr<Value>> Explain(const CallContext& context, const Value& body) override {
    const auto snapshot = Current();
    ExplainRequest request;
    IssueOr<void> read = ReadExplainRequest(body, request);
    if (!read.ok()) return IssueOr<Value>(read.issue());
    IssueOr<plan::PlanResponse> planned = PlanOn(*snapshot, request.operation);
    if (!planned.ok()) return IssueOr<Value>(planned.issue());
    return ExplainPlan(context, connectors_, *planned.value().plan, planned.value().schema_version,
                       request);
  }

  StatusOr<std::vector<DocumentError>> Validate(const CallContext&, const std::string& query,
                                                const std::string& role) override {
    std::vector<DocumentError> out;
    const graphql::ParseResult parsed = graphql::ParseDocument(query);
    if (!parsed.ok()) {
      out.push_back(
          {parsed.error.message, parsed.error.location.line, parsed.error.location.column});
      return out;
    }
    const auto snapshot = Current();
    const auto schema =
        AsksForTheSchema(query) ? snapshot->WholeSchemaOf(role) : snapshot->SchemaOf(role);
    for (const auto& error : graphql::Validate(*schema->schema, *parsed.document)) {
      const graphql::Location at =
          error.locations.empty() ? graphql::Location{} : error.locations[0];
      out.push_back({error.message, at.line, at.column});
    }
    return out;
  }

  StatusOr<IssueOr<std::string>> SchemaSdl(const CallContext&, const std::string& role) override {
    return IssueOr<std::string>(graphql::PrintSchema(*Current()->WholeSchemaOf(role)->schema));
  }

  StatusOr<IssueOr<std::string>> SchemaIntrospection(const CallContext& context,
                                                     const std::string& role) override {
    plan::PlanRequest request;
    request.role = role;
    request.query =
        "{ __schema { description queryType { name } mutationType { name } subscriptionType { name "
        "} "
        "types { ...T } directives { name description isRepeatable locations args { ...V } } } } "
        "fragment T on __Type { kind name description specifiedByURL fields(includeDeprecated: "
        "true) { "
        "name description args { ...V } type { ...R } isDeprecated deprecationReason } inputFields "
        "{ "
        "...V } interfaces { ...R } enumValues(includeDeprecated: true) { name description "
        "isDeprecated "
        "deprecationReason } possibleTypes { ...R } } fragment V on __InputValue { name "
        "description "
        "type { ...R } defaultValue } fragment R on __Type { kind name ofType { kind name ofType { "
        "kind "
        "name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } "
        "} } }";
    ASSIGN_OR_RETURN(IssueOr<plan::PlanResponse> planned, Plan(context, request));
    if (!planned.ok()) return IssueOr<std::string>(planned.issue());
    return IssueOr<std::string>(
        StrCat("{\"__schema\":", planned.value().plan->response.front().constant, "}"));
  }

  StatusOr<plan::MetadataResponse> Metadata(const CallContext&,
                                            const plan::MetadataRequest& request) override {
    std::lock_guard writer(writer_mutex_);
    const auto snapshot = Current();
    MetadataTransaction transaction(
        {introspector_, connectors_, options_.schema, resource_version_}, snapshot,
        request.endpoint);
    IssueOr<Value> answer = transaction.Run(request.body);
    if (!answer.ok()) {
      // What the transaction learnt of sources may belong to a document that is not kept.
      return plan::MetadataResponse{.http_status = answer.issue().http_status,
                                    .body = ErrorBody(answer.issue(), options_.internal_errors)};
    }
    if (transaction.changed()) {
      if (!(transaction.document() == snapshot->document)) {
        ++resource_version_;
        const Status saved = Save(transaction.document());
        if (!saved.ok()) {
          return plan::MetadataResponse{
              .http_status = 500,
              .body = ErrorBody(
                  UnexpectedIssue(StrCat("cannot save the metadata: ", MessageOf(saved))), false)};
        }
      }
      Publish(transaction.document(), transaction.TakeGraph());
    }
    return plan::MetadataResponse{.http_status = 200, .body = json::ToString(answer.value())};
  }

  StatusOr<plan::MetadataCheck> ValidateMetadata(const CallContext&,
                                                 const Value& document) override {
    CheckedMetadata checked = CheckMetadata(document, ScratchObserver(), options_.schema);
    return plan::MetadataCheck{std::move(checked.findings), std::move(checked.inconsistent)};
  }

  StatusOr<std::vector<plan::SchemaChange>> Diff(
      const CallContext&, const plan::MetadataDiffRequest& request) override {
    const auto snapshot = Current();
    const Observer observe = ScratchObserver();
    const ReviewedMetadata before = Review(request.before, snapshot, observe, options_.schema);
    const ReviewedMetadata after = Review(request.after, snapshot, observe, options_.schema);
    return CompareMetadata(before, after, request.roles);
  }

  StatusOr<plan::RestEndpoints> Endpoints(const CallContext&) override {
    const auto snapshot = Current();
    return plan::RestEndpoints{snapshot->version, snapshot->graph->rest_endpoints};
  }

  StatusOr<bool> Consistent(const CallContext&) override { return Current()->inconsistent.empty(); }

  std::shared_ptr<void> Watch(std::function<void(uint64_t)> changed) override {
    return watchers_.Add(
        [changed = std::move(changed)](const Snapshot& snapshot) { changed(snapshot.version); },
        Current());
  }

  std::shared_ptr<void> WatchSources(plan::SourceKind kind, SourcesChanged changed) override {
    return watchers_.Add(
        [kind, changed = std::move(changed)](const Snapshot& snapshot) {
          changed(snapshot.version, SourcesOf(snapshot.document, kind));
        },
        Current());
  }

 private:
  IssueOr<plan::PlanResponse> PlanOn(const Snapshot& snapshot, const plan::PlanRequest& request) {
    const graphql::ParseResult parsed = graphql::ParseDocument(request.query);
    if (!parsed.ok()) return ValidationFailed("not a valid graphql query", "$.query");
    const bool free = !options_.enforce_allow_list || request.role == "admin" || request.stored;
    if (!free && !IsAllowed(*snapshot.graph, request.role, request.query)) {
      Issue issue = ValidationFailed("query is not allowed", "$");
      issue.internal = R"({"message":"query is not in any of the allowlists"})";
      return issue;
    }
    const auto schema = AsksForTheSchema(request.query)
                            ? snapshot.WholeSchemaOf(request.role, request.backend_only)
                            : snapshot.SchemaOf(request.role, request.backend_only);
    ASSIGN_OR_RETURN_ISSUE(
        const ResolvedOperation operation,
        Resolve(*schema, parsed.document, request.operation_name, request.variables));
    RETURN_IF_ISSUE(CheckIntrospection(*snapshot.graph, request.role, operation));
    ASSIGN_OR_RETURN_ISSUE(std::shared_ptr<const plan::Plan> plan, MakePlan(*schema, operation));
    return plan::PlanResponse{.plan = std::move(plan), .schema_version = snapshot.version};
  }

  // What is known of the sources, and what they say of what is not. Nothing of it is kept: it is of
  // a document that is only looked at.
  Observer ScratchObserver() {
    std::lock_guard writer(writer_mutex_);
    return [scratch = std::make_shared<Introspector>(introspector_)](auto metadata,
                                                                     const Value& document) {
      return scratch->Observe(std::move(metadata), document);
    };
  }

  void AddDefaultSource(Value& document) const {
    if (options_.default_database_env.empty()) return;
    Value* sources = document.Find("sources");
    for (const Value& source : sources->items()) {
      if (source.FindString("name") == "default") return;
    }
    Value url = Value::Object();
    url.Set("from_env", options_.default_database_env);
    Value info = Value::Object();
    info.Set("database_url", std::move(url));
    info.Set("isolation_level", "read-committed");
    info.Set("use_prepared_statements", true);
    Value configuration = Value::Object();
    configuration.Set("connection_info", std::move(info));
    Value source = Value::Object();
    source.Set("name", "default");
    source.Set("kind", "postgres");
    source.Set("tables", Value::Array());
    source.Set("configuration", std::move(configuration));
    sources->items().insert(sources->items().begin(), std::move(source));
  }

  // `previous`: what the new graph may share parts with, or null.
  GraphResult Build(const Value& document, const Graph* previous) {
    metadata::ReadResult read =
        metadata::Read(document, previous == nullptr ? nullptr : previous->world->metadata.get());
    for (const Issue& issue : read.issues) {
      Log(LogLevel::kWarn, "metadata", {{"path", issue.path}, {"message", issue.message}});
    }
    auto model = std::make_shared<const metadata::Metadata>(std::move(read.metadata));
    auto world = std::make_shared<const World>(introspector_.Observe(model, document));
    return BuildGraph(std::move(world), options_.schema, previous);
  }

  std::shared_ptr<const Snapshot> Current() const {
    std::lock_guard lock(snapshot_mutex_);
    return snapshot_;
  }

  // Under the writer lock, or before there are readers.
  void Publish(const Value& document, GraphResult graph) {
    // Versions grow over restarts too, so that an edge never takes an old plan for a new one.
    const auto now = std::chrono::duration_cast<std::chrono::microseconds>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count();
    version_ = std::max(version_ + 1, static_cast<uint64_t>(now));
    auto next = std::make_shared<const Snapshot>(version_, document, std::move(graph));
    {
      std::lock_guard lock(snapshot_mutex_);
      snapshot_ = next;
    }
    watchers_.Tell(*next);
  }

  Status Save(const Value& document) const {
    if (options_.save_to.empty()) return OkStatus();
    const std::string temporary = options_.save_to + ".new";
    {
      std::ofstream file(temporary, std::ios::trunc);
      file << json::ToPrettyString(metadata::ExportDocument(document)) << "\n";
      if (!file.flush()) return Unavailable(StrCat("cannot write ", temporary));
    }
    if (std::rename(temporary.c_str(), options_.save_to.c_str()) != 0) {
      return Unavailable(StrCat("cannot replace ", options_.save_to));
    }
    return OkStatus();
  }

  // Sources that were down come back by themselves.
  void RetryFailures() {
    std::chrono::seconds wait = kFirstRetry;
    for (;;) {
      {
        std::unique_lock lock(retry_mutex_);
        retry_wake_.wait_for(lock, wait, [this] { return stopping_; });
        if (stopping_) return;
      }
      if (!HasFailures(*Current())) {
        wait = kFirstRetry;
        continue;
      }
      std::lock_guard writer(writer_mutex_);
      const auto before = Current();
      introspector_.ForgetFailures();
      GraphResult graph = Build(before->document, before->graph.get());
      if (graph.inconsistent.size() != before->inconsistent.size()) {
        Publish(before->document, std::move(graph));
        wait = kFirstRetry;
      } else {
        wait = std::min(wait * 2, kLastRetry);
      }
    }
  }

  static bool HasFailures(const Snapshot& snapshot) {
    const World& world = *snapshot.graph->world;
    for (const auto& [name, state] : world.sources) {
      if (state.catalog == nullptr) return true;
    }
    for (const auto& [name, state] : world.remote_schemas) {
      if (state.schema == nullptr) return true;
    }
    return false;
  }

  const EngineOptions options_;
  const EngineConnectors connectors_;
  std::mutex writer_mutex_;  // One change at a time.
  Introspector introspector_;
  uint64_t version_ = 0;
  uint64_t resource_version_ = 1;
  mutable std::mutex snapshot_mutex_;
  std::shared_ptr<const Snapshot> snapshot_;
  Watchers watchers_;
  std::mutex retry_mutex_;
  std::condition_variable retry_wake_;
  bool stopping_ = false;
  std::thread retry_thread_;
};

}  // namespace

std::unique_ptr<Engine> MakeEngine(EngineOptions options, const EngineConnectors& connectors) {
  return std::make_unique<EngineImpl>(std::move(options), connectors);
}

}  // namespace joinery::planner
