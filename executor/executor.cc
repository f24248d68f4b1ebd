#include "executor/executor.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "executor/errors.h"
#include "executor/parameters.h"
#include "executor/splice.h"
#include "json/write.h"

namespace joinery::executor {
namespace {

using ResponseKind = plan::ResponseField::Kind;

std::string HeadOf(const plan::ResponseField& field) {
  std::string out = "{\"data\":{";
  json::AppendQuoted(out, field.response_key);
  out.push_back(':');
  return out;
}

Issue TooLarge() {
  return {.code = "size-limit-exceeded",
          .message = "the answer is larger than the server allows",
          .path = "$"};
}

// Where the answer has the value of a fetch's root.
std::optional<std::string> PathOf(const std::vector<plan::ResponseField>& fields, uint32_t fetch,
                                  uint32_t root) {
  for (const plan::ResponseField& field : fields) {
    const std::string here = StrCat(".selectionSet.", field.field_name);
    if (field.kind == ResponseKind::kFetch && field.fetch == fetch && field.root == root) {
      return StrCat("$", here);
    }
    const auto below = PathOf(field.fields, fetch, root);
    if (below) return StrCat("$", here, below->substr(1));
  }
  return std::nullopt;
}

// Puts what stands before the only field of an answer in front of its value. Holds the answer to
// the request's limit by cancelling what makes it.
class FieldStream final : public plan::AnswerStream {
 public:
  FieldStream(std::shared_ptr<const Request> request, std::shared_ptr<Cancellation> cancellation)
      : request_(std::move(request)), cancellation_(std::move(cancellation)) {}

  bool Write(std::string bytes, std::function<void()> go_on) override {
    if (bytes_ == 0) bytes.insert(0, HeadOf(request_->plan->response.front()));
    bytes_ += bytes.size();
    if (too_large()) {
      if (cancellation_ != nullptr) cancellation_->Cancel();
      return true;
    }
    return request_->stream->Write(std::move(bytes), std::move(go_on));
  }

  bool begun() const { return bytes_ > 0; }
  bool too_large() const { return bytes_ > request_->max_answer_bytes; }

 private:
  const std::shared_ptr<const Request> request_;
  const std::shared_ptr<Cancellation> cancellation_;
  size_t bytes_ = 0;
};

// One run of one plan. Lives until its last fetch has answered; on its loop's thread only.
class Execution : public std::enable_shared_from_this<Execution> {
 public:
  Execution(const CallContext& context, EventLoop& loop, const Connectors& connectors,
            std::shared_ptr<const Request> request, std::function<void(Response)> done)
      : context_(context),
        loop_(loop),
        connectors_(connectors),
        request_(std::move(request)),
        done_(std::move(done)),
        plan_(*request_->plan),
        outcomes_(plan_.fetches.size()),
        remaining_(plan_.fetches.size()) {
    if (request_->trace) tracer_.emplace(plan_.fetches.size());
  }

  void Start() {
    if (!ParametersFit(plan_, request_->variables)) {
      Response response;
      response.kind = Response::Kind::kReplan;
      return Done(std::move(response));
    }
    parameters_.resize(plan_.fetches.size());
    for (size_t i = 0; i < plan_.fetches.size(); ++i) {
      auto values = EvaluateParameters(plan_.fetches[i], *request_);
      if (!values.ok()) return Fail(IssueBody(values.issue(), request_->show_internal), 400);
      parameters_[i] = std::move(values).value();
    }
    if (remaining_ == 0) return Finish();
    for (uint32_t i = 0; i < plan_.fetches.size(); ++i) {
      if (!plan_.fetches[i].joined() && !plan_.fetches[i].after) StartFetch(i, {});
    }
  }

 private:
  void StartFetch(uint32_t index, std::vector<plan::KeyBatch> batches) {
    const plan::Fetch& fetch = plan_.fetches[index];
    plan::Connector* connector = connectors_.of(fetch.source.kind);
    if (connector == nullptr) {
      return OnResult(
          index, Unavailable(StrCat("no connector for ", plan::SourceKindName(fetch.source.kind))));
    }
    if (tracer_) tracer_->Begin(index, batches);
    plan::ExecuteRequest call;
    call.source = fetch.source;
    call.fragment = fetch.fragment;
    call.parameters = std::move(parameters_[index]);
    call.batches = std::move(batches);
    call.access = fetch.access;
    call.schema_version = request_->schema_version;
    if (fetch.source.kind == plan::SourceKind::kPostgres && request_->stream != nullptr &&
        MayPassThrough()) {
      return StartStream(*connector, index, std::move(call));
    }
    if (fetch.source.kind != plan::SourceKind::kPostgres) {
      call.session = SessionHeaders();
      call.client_headers = request_->client_headers;
    }
    connector->Execute(context_, &loop_, std::move(call), WhenDone(index));
  }

  // Slow clients are waited for longer than sources are.
  void StartStream(plan::Connector& connector, uint32_t index, plan::ExecuteRequest call) {
    stream_ = std::make_shared<FieldStream>(request_, context_.cancellation);
    call.stream = stream_;
    call.begins_within =
        std::clamp(context_.remaining(), std::chrono::milliseconds(1), request_->stream_time);
    CallContext context = context_;
    context.deadline = CallContext::Clock::now() + request_->stream_time;
    connector.Execute(context, &loop_, std::move(call), WhenDone(index));
  }

  plan::ExecuteCallback WhenDone(uint32_t index) {
    return [self = shared_from_this(), index](StatusOr<plan::ExecuteResult> result) {
      self->OnResult(index, std::move(result));
    };
  }

  std::shared_ptr<const plan::Headers> SessionHeaders() {
    return {request_->session, &request_->session->variables};
  }

  void OnResult(uint32_t index, StatusOr<plan::ExecuteResult> result) {
    if (finished_) return;
    FetchOutcome& outcome = outcomes_[index];
    outcome.done = true;
    --remaining_;
    if (result.ok()) {
      outcome.result = *std::move(result);
      if (tracer_) tracer_->End(index, outcome.result);
      outcome.errors = std::move(outcome.result.errors);
      bytes_ += outcome.result.bytes.size();
    } else {
      outcome.failed = true;
      outcome.errors.push_back(FromStatus(result.status(), plan_.fetches[index].source));
    }
    if (bytes_ > request_->max_answer_bytes) {
      return Fail(IssueBody(TooLarge(), false), 500);
    }
    if (!outcome.errors.empty() && FailsRequest(index)) return FailBy(index);
    StartChildren(index);
    if (!finished_ && remaining_ == 0) Finish();
  }

  // Whether the errors of a fetch leave nothing to answer with.
  bool FailsRequest(uint32_t index) const {
    const plan::Fetch& fetch = plan_.fetches[index];
    const FetchOutcome& outcome = outcomes_[index];
    if (std::any_of(outcome.errors.begin(), outcome.errors.end(),
                    [](const auto& error) { return error.fails_request; })) {
      return true;
    }
    if (fetch.joined()) return !request_->partial_results;
    if (plan_.operation == plan::OperationKind::kMutation && outcome.failed) return true;
    if (fetch.source.kind == plan::SourceKind::kPostgres) return true;
    if (fetch.source.kind == plan::SourceKind::kAction) {
      return !request_->partial_results || plan_.response.size() == 1;
    }
    // What a remote schema answered itself goes on, errors and all.
    const bool forwarded = std::any_of(outcome.errors.begin(), outcome.errors.end(),
                                       [](const auto& error) { return !error.original.empty(); });
    return !forwarded && !request_->partial_results;
  }

  void StartChildren(uint32_t index) {
    for (uint32_t child = index + 1; child < plan_.fetches.size(); ++child) {
      const plan::Fetch& fetch = plan_.fetches[child];
      if (finished_) return;
      if (fetch.after == index) {
        StartFetch(child, {});
      } else if (std::ranges::find(fetch.inputs, index, &plan::KeyInput::fetch) !=
                     fetch.inputs.end() &&
                 HasAllKeys(fetch)) {
        StartJoined(child, fetch);
      }
    }
  }

  bool HasAllKeys(const plan::Fetch& fetch) const {
    return std::ranges::all_of(
        fetch.inputs, [&](const plan::KeyInput& input) { return outcomes_[input.fetch].done; });
  }

  // Without any key there is nothing to ask for.
  void StartJoined(uint32_t child, const plan::Fetch& fetch) {
    std::vector<plan::KeyBatch> batches;
    bool any = false;
    for (size_t i = 0; i < fetch.inputs.size(); ++i) {
      const FetchOutcome& from = outcomes_[fetch.inputs[i].fetch];
      const size_t key_set = fetch.inputs[i].key_set;
      if (from.failed || key_set >= from.result.keys.size()) {
        batches.emplace_back().columns.resize(fetch.fragment->batches[i].columns);
        continue;
      }
      batches.push_back(from.result.keys[key_set]);
      any = any || batches.back().size() > 0;
    }
    if (any) return StartFetch(child, std::move(batches));
    outcomes_[child].done = outcomes_[child].skipped = true;
    --remaining_;
    StartChildren(child);
  }

  void FailBy(uint32_t index) {
    const plan::Fetch& fetch = plan_.fetches[index];
    const bool joined = fetch.joined();
    if (!joined && fetch.source.kind == plan::SourceKind::kPostgres) NameFields(index);
    const int status =
        fetch.source.kind == plan::SourceKind::kPostgres && !outcomes_[index].failed ? 400 : 500;
    Fail(StrictBody(outcomes_[index].errors, joined, request_->show_internal), status);
  }

  // A source knows its roots, not what the client calls them.
  void NameFields(uint32_t index) {
    for (plan::SourceError& error : outcomes_[index].errors) {
      if (!error.root || error.hasura_path != "$") continue;
      error.hasura_path = PathOf(plan_.response, index, *error.root).value_or("$");
    }
  }

  void Fail(std::string body, int http_status) {
    Response response;
    response.failed = true;
    response.http_status = http_status;
    response.body.push_back(std::move(body));
    Done(std::move(response));
  }

  void Finish() {
    Response response;
    if (!Passthrough(response)) Splice(response);
    for (FetchOutcome& outcome : outcomes_) {
      std::ranges::move(outcome.result.set_cookies, std::back_inserter(response.set_cookies));
    }
    Done(std::move(response));
  }

  bool MayPassThrough() const {
    return plan_.fetches.size() == 1 && plan_.response.size() == 1 &&
           plan_.response[0].kind == ResponseKind::kFetch;
  }

  // The answer of one source without joins goes on as it came.
  bool Passthrough(Response& response) {
    if (!MayPassThrough() || !outcomes_[0].errors.empty() || outcomes_[0].failed) return false;
    plan::ExecuteResult& result = outcomes_[0].result;
    if (!result.holes.empty() || result.values.size() != 1 || result.values[0].size() != 1) {
      return false;
    }
    const plan::Slice& slice = result.values[0][0];
    if (slice.begin != 0 || slice.end != result.streamed + result.bytes.size()) return false;
    if (result.streamed == 0) response.body.push_back(HeadOf(plan_.response[0]));
    response.body.push_back(std::move(result.bytes));
    response.body.emplace_back("}}");
    return true;
  }

  void Splice(Response& response) {
    std::string text;
    text.reserve(bytes_ + 256);
    Splicer splicer(plan_, outcomes_, text);
    WriteObject(plan_.response, splicer, text);
    std::string errors;
    const bool all_null =
        ApplyTroubles(plan_, outcomes_, splicer.troubles(), request_->show_internal, text, errors);
    if (text.size() > request_->max_answer_bytes) {
      return response.body.push_back(IssueBody(TooLarge(), false));
    }
    response.body.emplace_back("{\"data\":");
    response.body.push_back(all_null ? "null" : std::move(text));
    response.body.push_back(errors.empty() ? "}" : StrCat(",\"errors\":[", errors, "]}"));
  }

  void WriteObject(const std::vector<plan::ResponseField>& fields, Splicer& splicer,
                   std::string& text) {
    text.push_back('{');
    bool first = true;
    for (const plan::ResponseField& field : fields) {
      if (!first) text.push_back(',');
      first = false;
      json::AppendQuoted(text, field.response_key);
      text.push_back(':');
      switch (field.kind) {
        case ResponseKind::kFetch:
          splicer.Root(field.fetch, field.root, field.non_null);
          break;
        case ResponseKind::kConstant:
          text.append(field.constant);
          break;
        case ResponseKind::kObject:
          WriteObject(field.fields, splicer, text);
          break;
      }
    }
    text.push_back('}');
  }

  void Done(Response response) {
    finished_ = true;
    if (tracer_) response.trace = tracer_->traces();
    response.streamed = stream_ != nullptr && stream_->begun();
    auto done = std::move(done_);
    done(std::move(response));
  }

  const CallContext context_;
  EventLoop& loop_;
  const Connectors connectors_;
  const std::shared_ptr<const Request> request_;
  std::function<void(Response)> done_;
  const plan::Plan& plan_;
  std::vector<FetchOutcome> outcomes_;
  std::vector<std::vector<plan::ParameterValue>> parameters_;
  size_t remaining_;
  size_t bytes_ = 0;
  std::shared_ptr<FieldStream> stream_;
  std::optional<Tracer> tracer_;
  bool finished_ = false;
};

}  // namespace

void Execute(const CallContext& context, EventLoop& loop, const Connectors& connectors,
             std::shared_ptr<const Request> request, std::function<void(Response)> done) {
  std::make_shared<Execution>(context, loop, connectors, std::move(request), std::move(done))
      ->Start();
}

}  // namespace joinery::executor
