#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "executor/errors.h"
#include "services/edge/endpoints/endpoints.h"
#include "services/edge/graphql_request.h"
#include "services/edge/identify.h"

namespace joinery::edge {
namespace {

// The answer to an HTTP request whose beginning leaves before its end is there.
class HttpAnswer final : public plan::AnswerStream {
 public:
  // The exchange holds it.
  explicit HttpAnswer(Exchange& exchange) : exchange_(exchange) {}

  bool Write(std::string bytes, std::function<void()> go_on) override {
    http::ResponseWriter& writer = exchange_.writer;
    if (!std::exchange(begun_, true)) {
      writer.Start(200, exchange_.JsonHeaders(), {.gzip_level = 1});
    }
    return writer.Write(std::move(bytes), std::move(go_on));
  }

 private:
  Exchange& exchange_;
  bool begun_ = false;
};

executor::Response ResponseOf(const Exchange& exchange, IssueOr<executor::Response> answer) {
  if (answer.ok()) return std::move(answer).value();
  const Issue& issue = answer.issue();
  executor::Response response;
  response.failed = true;
  response.http_status = issue.http_status;
  response.body.push_back(executor::IssueBody(issue, exchange.show_internal));
  return response;
}

void SendAnswer(Exchange& exchange, IssueOr<executor::Response> outcome) {
  executor::Response response = ResponseOf(exchange, std::move(outcome));
  exchange.stream = nullptr;
  if (response.streamed) {
    // The client has half an answer: only a cut connection tells it that there is no other half.
    if (response.failed) return exchange.writer.Abort();
    for (std::string& piece : response.body) exchange.writer.Write(std::move(piece));
    return exchange.writer.Finish();
  }
  http::Body body;
  for (std::string& piece : response.body) body.Append(std::move(piece));
  const int status = exchange.real_status && response.failed ? response.http_status : 200;
  exchange.SendJson(status, std::move(body), true, response.set_cookies);
}

// Operations of one body, run one after another; answers joined in order.
class Batch : public std::enable_shared_from_this<Batch> {
 public:
  Batch(SharedCore core, SharedExchange exchange, GraphqlBody body)
      : core_(std::move(core)), exchange_(std::move(exchange)), body_(std::move(body)) {}

  void Next() {
    if (at_ == body_.operations.size()) return Finish();
    auto operation = std::make_shared<GraphqlRequest>(std::move(body_.operations[at_]));
    core_->operations->Run(exchange_, operation, [self = shared_from_this()](auto answer) {
      executor::Response one = ResponseOf(*self->exchange_, std::move(answer));
      if (self->at_++ > 0) self->out_.Append(",");
      for (std::string& piece : one.body) self->out_.Append(std::move(piece));
      std::move(one.set_cookies.begin(), one.set_cookies.end(), std::back_inserter(self->cookies_));
      self->Next();
    });
  }

 private:
  void Finish() {
    http::Body body("[");
    for (http::Body::Chunk& chunk : out_.TakeChunks()) body.Append(std::move(chunk.text));
    body.Append("]");
    exchange_->SendJson(200, std::move(body), true, cookies_);
  }

  const SharedCore core_;
  const SharedExchange exchange_;
  GraphqlBody body_;
  size_t at_ = 0;
  http::Body out_;
  std::vector<std::string> cookies_;
};

Issue TooManyOperations(size_t most) {
  return {.code = "bad-request",
          .message = StrCat("a batch may hold ", most, " operations at most"),
          .path = "$"};
}

void RunBody(const SharedCore& core, const SharedExchange& exchange) {
  IssueOr<GraphqlBody> body = ParseGraphqlBody(exchange->body);
  if (!body.ok()) return SendAnswer(*exchange, body.issue());
  if (body->batch) {
    const size_t most = core->options.max_batch;
    if (body->operations.size() > most) return SendAnswer(*exchange, TooManyOperations(most));
    return std::make_shared<Batch>(core, exchange, std::move(body).value())->Next();
  }
  exchange->stream = std::make_shared<HttpAnswer>(*exchange);
  core->operations->Run(exchange,
                        std::make_shared<GraphqlRequest>(std::move(body->operations.front())),
                        [exchange](auto outcome) { SendAnswer(*exchange, std::move(outcome)); });
}

}  // namespace

bool IsGraphqlPath(std::string_view path) {
  return path == "/v1/graphql" || path == "/v1alpha1/graphql";
}

void ServeGraphql(const SharedCore& core, http::Request& request, const SharedExchange& exchange) {
  exchange->client_headers = ForwardedHeaders(FieldsOf(request));
  exchange->CancelOnClose();
  exchange->body = std::move(request.body);
  Identify(core, request, exchange, exchange->body, [core, exchange](const Issue* fault) {
    if (fault != nullptr) return SendAnswer(*exchange, *fault);
    RunBody(core, exchange);
  });
}

}  // namespace joinery::edge
