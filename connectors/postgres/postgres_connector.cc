#include "connectors/postgres/postgres_connector.h"

#include <limits>
#include <mutex>
#include <optional>
#include <utility>

#include "base/event_loop.h"
#include "base/strings.h"
#include "connectors/kit/source_table.h"
#include "connectors/postgres/admin/admin.h"
#include "connectors/postgres/errors.h"
#include "connectors/postgres/fragment_execution.h"
#include "connectors/postgres/internal_loop.h"
#include "connectors/postgres/introspect/introspect.h"
#include "connectors/postgres/pool/session.h"
#include "connectors/postgres/source.h"
#include "connectors/postgres/statement_cache.h"
#include "json/write.h"
#include "plan/codec.h"

namespace joinery::connectors::postgres {
namespace {

// One Execute from the moment it is on its loop.
struct Execution {
  plan::ExecuteCallback done;
  std::shared_ptr<const CompiledFragment> compiled;
  std::shared_ptr<const plan::Fragment> fragment;
  std::shared_ptr<const ProgramValues> values;
  std::optional<ResultBuilder> builder;
  // Set: the text goes there as the rows come.
  std::shared_ptr<plan::AnswerStream> stream;
  std::shared_ptr<RowFlow> flow;
  bool streaming = false;                   // Something left already.
  CallContext::Clock::time_point whole_by;  // For what streams.
  AnswerLimits limits;
  std::optional<plan::SourceError> excess;  // A limit was exceeded.
  // Of fragments whose roots share a statement: what trying them apart needs.
  CallContext context;
  std::shared_ptr<Pool> pool;
  plan::ExecuteRequest request;
  std::vector<plan::SourceError> errors;
};
using ExecutionPtr = std::shared_ptr<Execution>;

// An answer below it leaves whole, so that an error can still take its place.
constexpr size_t kStreamFrom = 256 * 1024;
constexpr size_t kPiece = 64 * 1024;

void PassOn(Execution& execution) {
  std::string text = execution.builder->TakeText(execution.streaming ? kPiece : kStreamFrom);
  if (text.empty()) return;
  if (!std::exchange(execution.streaming, true)) {
    execution.flow->PutOffDeadline(execution.whole_by);
  }
  const bool more =
      execution.stream->Write(std::move(text), [flow = execution.flow] { flow->Resume(); });
  if (!more) execution.flow->Pause();
}

std::optional<plan::SourceError> FindExcess(const Execution& execution) {
  const AnswerLimits& limits = execution.limits;
  const auto& body = std::get<plan::RelationalFragment>(execution.fragment->body);
  plan::SourceError error;
  if (body.roots.size() == 1) error.root = 0;
  if (const auto root = execution.builder->FindExcess()) {
    error.code = "row-limit-exceeded";
    error.message =
        StrCat("the answer has more rows than the server allows (", limits.most_rows, ")");
    // Roots with keys fail together, as they were asked for.
    if (execution.compiled->roots_together == 0) error.root = root;
    return error;
  }
  if (execution.builder->bytes() <= limits.most_bytes) return std::nullopt;
  error.code = "size-limit-exceeded";
  error.message = "the answer is larger than the server allows";
  return error;
}

// A RowSink's work.
bool TakeRows(Execution& execution, size_t statement, const PGresult& rows) {
  execution.builder->Add(statement, rows);
  execution.excess = FindExcess(execution);
  if (execution.excess) return false;
  if (execution.stream != nullptr) PassOn(execution);
  return true;
}

void FailByExcess(Execution& execution) {
  plan::ExecuteResult result;
  result.errors.push_back(*std::move(execution.excess));
  execution.done(std::move(result));
}

// Runs the roots that share a statement one by one from `root` on: what is wrong with one shall not
// cost the others.
void RunApart(const ExecutionPtr& execution, uint32_t root) {
  if (root == execution->compiled->roots_together) {
    StatusOr<plan::ExecuteResult> result = execution->builder->Take();
    if (result.ok()) result->errors = std::move(execution->errors);
    return execution->done(std::move(result));
  }
  StatusOr<RootApart> apart = TakeApart(execution->request, root);
  if (!apart.ok()) return execution->done(apart.status());
  execution->pool->Run(
      execution->context, apart->program, apart->values, execution->request.access,
      [execution](size_t, const PGresult& rows) { return TakeRows(*execution, 0, rows); },
      [execution, root, apart = *apart](StatusOr<Answer> answer) {
        if (execution->excess) return FailByExcess(*execution);
        if (!answer.ok()) return execution->done(answer.status());
        if (answer->has_value()) {
          execution->builder->FailRoot(root);
          execution->errors.push_back(
              SourceErrorOf(apart.program->statements[0], apart.values->front(), **answer));
          execution->errors.back().root = root;
        }
        RunApart(execution, root + 1);
      });
}

// Not when the server has no room or no time.
bool IsWorthTryingApart(const Execution& execution, const ServerError& error) {
  return execution.compiled->roots_together > 0 && !error.sqlstate.starts_with("57") &&
         !error.sqlstate.starts_with("53");
}

void Finish(const ExecutionPtr& execution, StatusOr<Answer> answer) {
  if (execution->excess) return FailByExcess(*execution);
  if (!answer.ok()) return execution->done(answer.status());
  if (!answer->has_value()) return execution->done(execution->builder->Take());
  if (IsWorthTryingApart(*execution, **answer)) {
    execution->builder.emplace(execution->compiled, execution->request,
                               execution->limits.most_rows);
    return RunApart(execution, 0);
  }
  plan::ExecuteResult result;
  result.errors.push_back(
      FragmentError(*execution->compiled, *execution->fragment, *execution->values, **answer));
  execution->done(std::move(result));
}

json::Value PlanLines(const PGresult& result) {
  json::Value lines = json::Value::Array();
  for (int row = 0; row < PQntuples(&result); ++row) lines.Append(FieldText(result, row, 0));
  return lines;
}

}  // namespace

class PostgresConnector::State : public std::enable_shared_from_this<State> {
 public:
  explicit State(Options options)
      : options_(options), fragments_(options.most_fragments, options.most_fragment_bytes) {}

  void Execute(const CallContext& context, EventLoop* loop, plan::ExecuteRequest request,
               plan::ExecuteCallback done) {
    EventLoop& home = loop == nullptr ? OwnLoop() : *loop;
    if (home.InThisThread()) {
      ExecuteHere(context, home, std::move(request), std::move(done));
      return;
    }
    home.Post([self = shared_from_this(), context, &home,
               shared = std::make_shared<plan::ExecuteRequest>(std::move(request)),
               done = std::move(done)]() mutable {
      self->ExecuteHere(context, home, std::move(*shared), std::move(done));
    });
  }

  // As of `version`; 0: the newest.
  StatusOr<std::shared_ptr<Source>> FindSource(const std::string& name, uint64_t version) const {
    auto source = sources_.Find(name, version);
    if (source == nullptr) return NotFound(StrCat("no Postgres source \"", name, "\" here"));
    if (!source->status().ok()) return Unavailable(MessageOf(source->status()));
    return source;
  }

  StatusOr<std::shared_ptr<const CompiledFragment>> Compiled(const plan::Fragment& fragment) {
    if (auto known = fragments_.Find(fragment.id)) return known;
    ASSIGN_OR_RETURN(auto compiled, CompileFragment(fragment));
    fragments_.Add(fragment.id, compiled, compiled->bytes());
    return compiled;
  }

  void SetSources(const std::vector<plan::SourceConfig>& configs, uint64_t version) {
    const auto gone = sources_.Set(plan::SourceKind::kPostgres, configs, version,
                                   [this](const plan::SourceConfig& config, const auto& known) {
                                     return KeepOrMake(config, known);
                                   });
    for (const auto& source : gone) source->Close(/*at_once=*/false);
  }

  void Shutdown() {
    const auto sources = sources_.TakeAll();
    for (const auto& source : sources) source->Close(/*at_once=*/true);
    for (const auto& source : sources) source->Stop();
    std::lock_guard lock(own_loop_mutex_);
    own_loop_.reset();
  }

  Admin& admin() { return admin_; }

 private:
  std::shared_ptr<Source> KeepOrMake(const plan::SourceConfig& config,
                                     const std::shared_ptr<Source>& known) const {
    auto settings = ReadSettings(config.name.name, config.definition);
    const bool same =
        known != nullptr && known->status().ok() && settings.ok() && known->settings() == *settings;
    if (same) return known;
    return std::make_shared<Source>(std::move(settings), options_.loops, options_.most_prepared);
  }

  EventLoop& OwnLoop() {
    std::lock_guard lock(own_loop_mutex_);
    if (own_loop_ == nullptr) own_loop_ = std::make_unique<InternalLoop>();
    return own_loop_->loop();
  }

  void ExecuteHere(const CallContext& context, EventLoop& loop, plan::ExecuteRequest request,
                   plan::ExecuteCallback done) {
    auto execution = std::make_shared<Execution>();
    execution->done = std::move(done);
    const Status status = Start(context, loop, std::move(request), execution);
    if (status.ok()) return;
    // Never inside Execute: the caller may not be ready.
    loop.Post([execution, status] { execution->done(status); });
  }

  Status Start(const CallContext& context, EventLoop& loop, plan::ExecuteRequest request,
               const ExecutionPtr& execution) {
    ASSIGN_OR_RETURN(const auto source, FindSource(request.source.name, request.schema_version));
    const auto pool = source->PoolOf(loop);
    if (pool == nullptr) return Unavailable("the connector is shutting down");
    if (request.fragment == nullptr) return InvalidArgument("a request without a fragment");
    ASSIGN_OR_RETURN(execution->compiled, Compiled(*request.fragment));
    execution->fragment = request.fragment;
    ASSIGN_OR_RETURN(ProgramValues values, BindValues(*execution->compiled, request));
    execution->values = std::make_shared<const ProgramValues>(std::move(values));
    execution->limits = LimitsOf(request);
    execution->builder.emplace(execution->compiled, request, execution->limits.most_rows);
    if (execution->compiled->streams && request.stream != nullptr) {
      execution->stream = request.stream;
      execution->flow = std::make_shared<RowFlow>();
      execution->whole_by = context.deadline;
    }
    CallContext bounded = context;
    if (request.begins_within.count() > 0) {
      const auto begins_by = CallContext::Clock::now() + request.begins_within;
      bounded.deadline = std::min(context.deadline, begins_by);
    }
    const plan::Access access = request.access;
    if (execution->compiled->roots_together > 0) {
      execution->context = bounded;
      execution->pool = pool;
      execution->request = std::move(request);
    }
    pool->Run(
        std::move(bounded), execution->compiled->program, execution->values, access,
        [execution](size_t statement, const PGresult& rows) {
          return TakeRows(*execution, statement, rows);
        },
        [execution](StatusOr<Answer> answer) { Finish(execution, std::move(answer)); },
        execution->flow);
    return OkStatus();
  }

  // What was written must not be answered with an error that says nothing of it.
  AnswerLimits LimitsOf(const plan::ExecuteRequest& request) const {
    constexpr uint64_t kNone = std::numeric_limits<uint64_t>::max();
    return request.access == plan::Access::kRead ? options_.limits : AnswerLimits{kNone, kNone};
  }

  const Options options_;
  StatementCache fragments_;
  Admin admin_;
  SourceTable<Source> sources_;
  std::mutex own_loop_mutex_;
  std::unique_ptr<InternalLoop> own_loop_;
};

PostgresConnector::PostgresConnector(Options options) : state_(std::make_shared<State>(options)) {}
PostgresConnector::PostgresConnector() : PostgresConnector(Options()) {}
PostgresConnector::~PostgresConnector() { state_->Shutdown(); }

void PostgresConnector::Execute(const CallContext& context, EventLoop* loop,
                                plan::ExecuteRequest request, plan::ExecuteCallback done) {
  state_->Execute(context, loop, std::move(request), std::move(done));
}

StatusOr<json::Value> PostgresConnector::Explain(const CallContext& context,
                                                 const plan::ExecuteRequest& request) {
  ASSIGN_OR_RETURN(const auto source,
                   state_->FindSource(request.source.name, request.schema_version));
  if (request.fragment == nullptr) return InvalidArgument("a request without a fragment");
  ASSIGN_OR_RETURN(const auto compiled, state_->Compiled(*request.fragment));
  ASSIGN_OR_RETURN(const ProgramValues values, BindValues(*compiled, request));
  json::Value answer = json::Value::Object();
  const std::vector<Statement>& statements = compiled->program->statements;
  if (statements.size() > 1) {
    // Each stands on what those before it wrote: there is nothing to explain without running them.
    std::vector<std::string> texts;
    for (const Statement& statement : statements) texts.push_back(statement.sql);
    answer.Set("sql", Join(texts, ";\n"));
    answer.Set("plan", json::Value::Array());
    return answer;
  }
  ASSIGN_OR_RETURN(const ConnectionPtr session, OpenSession(context, source->settings()));
  Statement explain = statements.front();
  explain.sql = StrCat("explain (format text) ", explain.sql);
  ASSIGN_OR_RETURN(const ResultPtr result,
                   RunStatement(context, session.get(), explain, values.front()));
  answer.Set("sql", statements.front().sql);
  if (PQresultStatus(result.get()) == PGRES_FATAL_ERROR) {
    answer.Set("error", InternalError(explain.sql, /*prepared=*/false, ServerErrorOf(*result), {}));
    return answer;
  }
  answer.Set("plan", PlanLines(*result));
  return answer;
}

StatusOr<plan::IntrospectResult> PostgresConnector::Introspect(const CallContext& context,
                                                               const plan::SourceConfig& source) {
  ASSIGN_OR_RETURN(const Settings settings, ReadSettings(source.name.name, source.definition));
  ASSIGN_OR_RETURN(const ConnectionPtr session, OpenSession(context, settings));
  RETURN_IF_ERROR(
      RunQuery(context, session.get(), "begin isolation level repeatable read read only").status());
  ASSIGN_OR_RETURN(const plan::DatabaseCatalog catalog,
                   ReadCatalog(context, session.get(), EnumTablesOf(source.definition)));
  return plan::IntrospectResult{plan::Encode(catalog)};
}

StatusOr<json::Value> PostgresConnector::Administer(const CallContext& context,
                                                    const plan::SourceConfig& source,
                                                    const json::Value& command) {
  return state_->admin().Run(context, source, command);
}

void PostgresConnector::SetSources(std::vector<plan::SourceConfig> sources,
                                   uint64_t schema_version) {
  state_->SetSources(sources, schema_version);
}

std::shared_ptr<const PoolCounters> PostgresConnector::Counters(const std::string& source) const {
  const auto found = state_->FindSource(source, 0);
  if (!found.ok()) return nullptr;
  return {*found, &(*found)->counters()};
}

}  // namespace joinery::connectors::postgres
