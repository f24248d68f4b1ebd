#include "planner/engine/engine.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
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
#include "plan/schema_version.h"
#include "planner/check/check_metadata.h"
#include "planner/consistency/stored_queries.h"
#include "planner/engine/explain.h"
#include "planner/engine/introspector.h"
#include "planner/engine/metadata_calls.h"
#include "planner/engine/review.h"
#include "planner/engine/snapshot.h"
#include "planner/engine/store_writer.h"
#include "planner/metadata/reader.h"
#include "planner/metadata/store/memory_store.h"
#include "planner/planning/planning.h"
#include "planner/resolve/resolver.h"

namespace joinery::planner {
namespace {

using json::Value;

// Between two looks for sources that are due to be read.
constexpr std::chrono::seconds kRounds{1};
// Sources that are read at once, so that one which does not answer holds up few others.
constexpr size_t kReaders = 4;
// Reading all sources: at start and in the background; while readers wait for a change by another.
constexpr std::chrono::seconds kPatience{30};
constexpr std::chrono::milliseconds kCatchUpPatience{250};
// Between two looks at a store that cannot be reached.
constexpr std::chrono::milliseconds kLastLook{2'000};

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
  using Callback = std::function<void(const Snapshot&, const plan::NewVersion&)>;

  // `now` is asked once no version can be told before it.
  std::shared_ptr<void> Add(Callback callback,
                            const std::function<std::shared_ptr<const Snapshot>()>& now) {
    auto entry = std::make_shared<Callback>(std::move(callback));
    std::lock_guard turn(turns_);
    {
      std::lock_guard lock(mutex_);
      entries_.push_back(entry);
    }
    const auto snapshot = now();
    (*entry)(*snapshot, {.schema_version = snapshot->version});
    return entry;
  }

  void Tell(const Snapshot& snapshot, const plan::NewVersion& version) {
    std::lock_guard turn(turns_);
    std::vector<std::shared_ptr<Callback>> live;
    {
      std::lock_guard lock(mutex_);
      std::erase_if(entries_, [](const auto& weak) { return weak.expired(); });
      for (const auto& weak : entries_) {
        if (auto entry = weak.lock()) live.push_back(std::move(entry));
      }
    }
    for (const auto& entry : live) (*entry)(snapshot, version);
  }

 private:
  std::mutex turns_;  // Versions are told in their order.
  std::mutex mutex_;
  std::vector<std::weak_ptr<Callback>> entries_;
};

class EngineImpl final : public Engine {
  using Clock = std::chrono::steady_clock;

 public:
  EngineImpl(EngineOptions options, metadata::StoredDocument start,
             const EngineConnectors& connectors)
      : options_(std::move(options)),
        connectors_(connectors),
        introspector_(connectors, options_.introspection) {
    Value document = Prepared(std::move(start.document));
    GraphResult graph = Build(document, kPatience);
    Publish(std::move(document), std::move(graph), std::move(start.revision));
    observe_thread_ = std::thread([this] { ObserveSources(); });
    if (options_.store->shared()) follow_thread_ = std::thread([this] { Follow(); });
  }

  ~EngineImpl() override {
    stopping_ = true;
    {
      std::lock_guard lock(observe_mutex_);
      observe_now_ = true;
    }
    observe_wake_.notify_all();
    observe_thread_.join();
    if (follow_thread_.joinable()) follow_thread_.join();
  }

  StatusOr<IssueOr<plan::PlanResponse>> Plan(const CallContext&,
                                             const plan::PlanRequest& request) override {
    auto snapshot = Current();
    if (plan::IsOlder(snapshot->version, request.at_least)) {
      std::unique_lock writer(writer_mutex_, kCatchUpPatience);
      if (writer.owns_lock()) CatchUp().IgnoreError();
      snapshot = Current();
      if (plan::IsOlder(snapshot->version, request.at_least)) {
        return Unavailable("this planner is behind the metadata that the caller knows");
      }
    }
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
    const Status current = CatchUp();
    const auto snapshot = Current();
    const uint64_t resource_version = snapshot->revision.resource_version;
    if (!current.ok() && !OnlyReads(request.body)) {
      return Refusal(StoreIssue(current, resource_version));
    }
    introspector_.TakeForgotten();
    StoreWriter store(*options_.store, snapshot->revision, snapshot->document);
    MetadataTransaction transaction(
        {introspector_, connectors_, options_.schema, resource_version, *options_.store, store},
        snapshot, request.endpoint);
    const IssueOr<Value> answer = transaction.Run(request.body);
    MaybeIssue fault;
    if (!answer.ok()) {
      // What the transaction learnt of sources may belong to a document that is not kept.
      fault = answer.issue();
    } else if (transaction.changed()) {
      fault = store.Put(transaction.document(), introspector_.TakeForgotten());
    }
    if (!fault.ok()) {
      if (store.wrote()) CatchUp().IgnoreError();
      WakeObserver();  // It may have learnt something of the sources.
      return Refusal(fault.issue());
    }
    if (transaction.changed()) {
      Publish(transaction.document(), transaction.TakeGraph(), store.revision());
    }
    return plan::MetadataResponse{.http_status = 200,
                                  .body = json::ToString(answer.value()),
                                  .schema_version = Current()->version};
  }

  StatusOr<plan::Freshness> GetFreshness(const CallContext&) override {
    // In this order: what was confirmed holds for this version or an older one.
    const Clock::time_point confirmed{Clock::duration(confirmed_.load())};
    const auto snapshot = Current();
    const auto age = std::chrono::ceil<std::chrono::milliseconds>(Clock::now() - confirmed);
    return plan::Freshness{snapshot->version,
                           options_.store->shared() ? age : std::chrono::milliseconds(0)};
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

  std::shared_ptr<void> Watch(VersionChanged changed) override {
    return watchers_.Add(
        [changed = std::move(changed)](const Snapshot&, const plan::NewVersion& version) {
          changed(version);
        },
        [this] { return Current(); });
  }

  std::shared_ptr<void> WatchSources(plan::SourceKind kind, SourcesChanged changed) override {
    return watchers_.Add(
        [kind, changed = std::move(changed)](const Snapshot& snapshot, const plan::NewVersion&) {
          changed(snapshot.version, SourcesOf(snapshot.document, kind));
        },
        [this] { return Current(); });
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
      return scratch->Observe(CallContext::WithTimeout(kPatience), std::move(metadata), document);
    };
  }

  plan::MetadataResponse Refusal(const Issue& issue) const {
    return {.http_status = issue.http_status,
            .body = ErrorBody(issue, options_.internal_errors),
            .schema_version = Current()->version};
  }

  // A document as the engine works on it.
  static Value Prepared(Value document) {
    if (!document.is_object()) document = Value::Object();
    document.Set("version", 3);
    if (document.Find("sources") == nullptr) document.Set("sources", Value::Array());
    return document;
  }

  GraphResult Build(Value& document, std::chrono::milliseconds patience) {
    // What stayed the same is shared with the graph before.
    const auto before = Current();
    const Graph* previous = before == nullptr ? nullptr : before->graph.get();
    metadata::ReadResult read =
        metadata::Read(document, previous == nullptr ? nullptr : previous->world->metadata.get());
    for (const Issue& issue : read.issues) {
      Log(LogLevel::kWarn, "metadata", {{"path", issue.path}, {"message", issue.message}});
    }
    metadata::ShareTables(read.metadata, document);
    auto model = std::make_shared<const metadata::Metadata>(std::move(read.metadata));
    auto world = std::make_shared<const World>(
        introspector_.Observe(CallContext::WithTimeout(patience), model, document));
    return BuildGraph(std::move(world), options_.schema, previous);
  }

  std::shared_ptr<const Snapshot> Current() const {
    std::lock_guard lock(snapshot_mutex_);
    return snapshot_;
  }

  // Under the writer lock, or before there are readers.
  void Publish(Value document, GraphResult graph, metadata::Revision revision) {
    // Replicas with other options serve other schemas of the same document.
    const uint64_t lineage = std::hash<std::string>()(
        StrCat(revision.lineage, options_.schema.stringify_numeric_types ? "s" : "",
               options_.schema.remote_schema_permissions ? "r" : "",
               options_.schema.infer_function_permissions ? "f" : "",
               static_cast<int>(options_.schema.default_naming_convention),
               options_.enforce_allow_list ? "a" : ""));
    const uint64_t version =
        plan::MakeSchemaVersion(revision.resource_version, lineage, DigestOf(*graph.graph->world));
    auto next = std::make_shared<const Snapshot>(version, std::move(revision), std::move(document),
                                                 std::move(graph));
    const auto before = Current();
    {
      std::lock_guard lock(snapshot_mutex_);
      snapshot_ = next;
    }
    if (before == nullptr) return;
    watchers_.Tell(*next, ChangeOf(*before, *next, options_.enforce_allow_list));
  }

  // Serves what the store holds, if that is something else. Under the writer lock.
  Status CatchUp() {
    const auto known = Current();
    const Clock::time_point asked = Clock::now();
    StatusOr<std::optional<metadata::StoredDocument>> other =
        options_.store->LoadOther(known->revision);
    if (!other.ok()) {
      if (options_.trust_when_down && other.status().code() == StatusCode::kUnavailable) {
        Confirm(asked);
      }
      return other.status();
    }
    if (*other) {
      metadata::StoredDocument& stored = **other;
      introspector_.Outdate(stored.invalidations);
      ReadOutdated(stored.document);
      Value document = Prepared(std::move(stored.document));
      GraphResult graph = Build(document, kCatchUpPatience);
      Publish(std::move(document), std::move(graph), std::move(stored.revision));
      WakeObserver();
    }
    Confirm(asked);
    return OkStatus();
  }

  // Reads what another replica changed, unless that takes long: then it is read later, and what is
  // known is served until then.
  void ReadOutdated(const Value& document) {
    const CallContext context = CallContext::WithTimeout(kCatchUpPatience);
    for (const Introspector::Errand& errand :
         introspector_.Outdated(metadata::Read(document).metadata, document)) {
      auto state = introspector_.Read(context, errand);
      if (context.remaining().count() > 0) introspector_.Keep(errand, std::move(state));
    }
  }

  // What is served was the newest at `when`.
  void Confirm(Clock::time_point when) {
    const auto ticks = when.time_since_epoch().count();
    auto known = confirmed_.load();
    while (known < ticks && !confirmed_.compare_exchange_weak(known, ticks)) {
    }
  }

  // Looks for changes by others.
  void Follow() {
    bool reachable = true;
    std::chrono::milliseconds wait = options_.look;
    while (!stopping_) {
      if (wait > options_.look) {
        std::this_thread::sleep_for(wait);
      } else {
        options_.store->AwaitChange(wait);
      }
      const Status status = Look();
      // A store that is down says so at once, and has to be asked again soon.
      const bool slow = !status.ok() && status.code() != StatusCode::kUnavailable;
      wait = slow ? std::min(wait * 2, kLastLook) : options_.look;
      if (status.ok() == reachable) continue;
      reachable = status.ok();
      Log(reachable ? LogLevel::kInfo : LogLevel::kError, "metadata-store",
          {{"message", reachable ? "reached again" : MessageOf(status)},
           {"consequence",
            reachable ? "changes are followed" : "what was known is served, changes are refused"}});
    }
  }

  // As CatchUp, without the lock as long as nothing has changed.
  Status Look() {
    const auto known = Current();
    const Clock::time_point asked = Clock::now();
    const auto other = options_.store->LoadOther(known->revision);
    if (other.ok()
            ? !*other
            : options_.trust_when_down && other.status().code() == StatusCode::kUnavailable) {
      Confirm(asked);
    }
    if (!other.ok() || !*other) return other.status();
    std::lock_guard writer(writer_mutex_);
    return CatchUp();
  }

  void WakeObserver() {
    {
      std::lock_guard lock(observe_mutex_);
      observe_now_ = true;
    }
    observe_wake_.notify_all();
  }

  // Sources that were down come back by themselves, what was changed outside is noticed.
  void ObserveSources() {
    for (;;) {
      {
        std::unique_lock lock(observe_mutex_);
        observe_wake_.wait_for(lock, kRounds, [this] { return observe_now_; });
        observe_now_ = false;
      }
      if (stopping_) return;
      std::vector<Introspector::Errand> errands;
      {
        std::lock_guard writer(writer_mutex_);
        ServeNews();
        const auto snapshot = Current();
        errands =
            introspector_.Due(*snapshot->graph->world->metadata, snapshot->document, Clock::now());
      }
      Run(errands);
    }
  }

  // The sources are asked without a lock.
  void Run(const std::vector<Introspector::Errand>& errands) {
    std::atomic<size_t> next{0};
    const auto read = [&] {
      for (size_t i = next++; i < errands.size() && !stopping_; i = next++) {
        auto state = introspector_.Read(CallContext::WithTimeout(kPatience), errands[i]);
        std::lock_guard writer(writer_mutex_);
        introspector_.Keep(errands[i], std::move(state));
        ServeNews();
      }
    };
    std::vector<std::jthread> others;
    while (others.size() + 1 < std::min(errands.size(), kReaders)) others.emplace_back(read);
    read();
  }

  // A new version, if sources have something else than what is served. Under the writer lock.
  void ServeNews() {
    const auto served = Current();
    if (!introspector_.HasNews(*served->graph->world, served->document)) return;
    Value document = served->document;
    GraphResult graph = Build(document, kCatchUpPatience);
    Publish(std::move(document), std::move(graph), served->revision);
  }

  const EngineOptions options_;
  const EngineConnectors connectors_;
  std::timed_mutex writer_mutex_;  // One change at a time.
  Introspector introspector_;
  mutable std::mutex snapshot_mutex_;
  std::shared_ptr<const Snapshot> snapshot_;
  std::atomic<Clock::rep> confirmed_ = Clock::now().time_since_epoch().count();
  Watchers watchers_;
  std::mutex observe_mutex_;
  std::condition_variable observe_wake_;
  bool observe_now_ = false;
  std::atomic<bool> stopping_{false};
  std::thread observe_thread_;
  std::thread follow_thread_;
};

}  // namespace

std::unique_ptr<Engine> MakeEngine(EngineOptions options, const EngineConnectors& connectors) {
  if (options.store == nullptr) {
    options.store = metadata::MakeMemoryStore(std::move(options.start.document));
    options.start = *options.store->LoadOther({}).value();
  }
  metadata::StoredDocument start = std::move(options.start);
  return std::make_unique<EngineImpl>(std::move(options), std::move(start), connectors);
}

}  // namespace joinery::planner
