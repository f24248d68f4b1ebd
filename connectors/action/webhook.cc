#include "connectors/action/webhook.h"

#include <optional>
#include <utility>

#include "base/strings.h"
#include "connectors/kit/json_document.h"
#include "connectors/kit/shown_body.h"
#include "json/value.h"
#include "json/write.h"

namespace joinery::connectors::action {
namespace {

void AppendParameter(std::string& out, const plan::ParameterValue& value) {
  if (value.kind == plan::ParameterValue::Kind::kJson) {
    out.append(value.bytes);
  } else {
    json::AppendQuoted(out, value.bytes);
  }
}

bool IsAbsent(const plan::ActionFragment::Input& input, const plan::ExecuteRequest& request) {
  return input.value.size() == 1 && input.value[0].kind == plan::TextPiece::Kind::kParameter &&
         request.parameters[input.value[0].index].kind == plan::ParameterValue::Kind::kAbsent;
}

void AppendInput(const plan::ActionFragment::Input& input, const plan::ActionFragment& fragment,
                 const plan::ExecuteRequest& request, size_t slot, std::string& out) {
  for (const plan::TextPiece& piece : input.value) {
    switch (piece.kind) {
      case plan::TextPiece::Kind::kText:
        out.append(piece.text);
        break;
      case plan::TextPiece::Kind::kKey:
        out.append(request.batches[*fragment.batch].columns[piece.index][slot]);
        break;
      case plan::TextPiece::Kind::kParameter:
        AppendParameter(out, request.parameters[piece.index]);
    }
  }
}

json::Value JsonOrText(const std::string& text) {
  StatusOr<json::Value> parsed = json::Parse(text);
  return parsed.ok() ? *std::move(parsed) : json::Value(ShownBody(text));
}

json::Value HeaderList(const plan::Headers& headers) {
  json::Value out = json::Value::Array();
  for (const auto& [name, value] : headers) {
    out.Append(json::Value::Object({{"name", json::Value(name)}, {"value", json::Value(value)}}));
  }
  return out;
}

// Hasura's `internal` of a failed call. `response`: null when there was none.
std::string Internal(json::Value reason, const CallRecord& call, const HttpResponse* response) {
  json::Value request = json::Value::Object();
  request.Set("url", call.url);
  request.Set("body", JsonOrText(call.body));
  request.Set("headers", HeaderList(call.headers));
  json::Value answer;
  if (response != nullptr) {
    plan::Headers headers;
    if (!response->content_type.empty())
      headers.emplace_back("Content-Type", response->content_type);
    for (const std::string& cookie : response->set_cookies)
      headers.emplace_back("Set-Cookie", cookie);
    answer = json::Value::Object();
    answer.Set("status", response->status);
    answer.Set("body", JsonOrText(response->body));
    answer.Set("headers", HeaderList(headers));
  }
  json::Value out = json::Value::Object();
  out.Set("error", std::move(reason));
  out.Set("request", std::move(request));
  out.Set("response", std::move(answer));
  return json::ToString(out);
}

plan::SourceError Error(std::string code, std::string message, std::string internal) {
  plan::SourceError error;
  error.code = std::move(code);
  error.message = std::move(message);
  error.internal = std::move(internal);
  return error;
}

std::string TransportText(const HttpResponse& response) {
  switch (response.outcome) {
    case HttpResponse::Outcome::kTimeout:
      return "ResponseTimeout";
    case HttpResponse::Outcome::kTooLarge:
      return "ResponseTooLarge";
    default:
      return response.failure;
  }
}

plan::SourceError Unreachable(const CallRecord& call, const HttpResponse& response) {
  json::Value detail = json::Value::Object();
  detail.Set("type", "http_exception");
  detail.Set("message", TransportText(response));
  return Error("unexpected", "http exception when calling webhook",
               Internal(std::move(detail), call, nullptr));
}

// A 4xx answer is the handler's own error for the client.
plan::SourceError Refused(const CallRecord& call, const HttpResponse& response) {
  const StatusOr<json::Value> body = json::Parse(response.body);
  std::string problem;
  if (!body.ok()) {
    problem = "not a valid json response from webhook";
  } else if (!body->is_object()) {
    problem = StrCat("parsing error response of webhook failed, expected Object, but encountered ",
                     json::KindName(body->kind()));
  } else if (!body->FindString("message")) {
    problem = "parsing error response of webhook failed, key \"message\" not found";
  }
  if (!problem.empty()) {
    return Error("parse-failed", std::move(problem),
                 Internal("unexpected response", call, &response));
  }
  plan::SourceError error;
  error.message = *body->FindString("message");
  if (const auto code = body->FindString("code")) error.code = *code;
  if (const json::Value* extensions = body->Find("extensions");
      extensions != nullptr && extensions->is_object()) {
    error.extensions = json::ToString(*extensions);
    if (const auto code = extensions->FindString("code")) error.code = *code;
  }
  return error;
}

// What is wrong with the answer's outer shape, which is told before anything inside.
std::optional<plan::SourceError> WrongShape(const plan::Projection::Field& field,
                                            const JsonDocument& answer) {
  constexpr JsonDocument::Node kRoot = JsonDocument::kRoot;
  if (field.projection.raw) return std::nullopt;
  const bool nullable = field.non_null.empty() || !field.non_null[0];
  if (answer.is_null(kRoot) && nullable) return std::nullopt;
  bool composite = answer.is_object(kRoot) || answer.is_array(kRoot);
  if (answer.is_array(kRoot) && field.list_depth <= 1) {
    for (auto item = answer.FirstItem(kRoot); item != 0; item = answer.NextItem(item)) {
      composite = composite && (answer.is_object(item) || answer.is_null(item));
    }
  }
  if (!composite) {
    return Error("parse-failed", "expecting object or array of objects for action webhook response",
                 "");
  }
  const std::string_view wanted = field.list_depth > 0 ? "array" : "object";
  const std::string_view got = answer.is_array(kRoot) ? "array" : "object";
  if (wanted == got) return std::nullopt;
  return Error("unexpected",
               StrCat("expecting ", wanted, " for action webhook response but got ", got), "");
}

}  // namespace

std::string BuildPayload(const plan::ActionFragment& fragment, const plan::ExecuteRequest& request,
                         size_t slot, bool with_query) {
  std::string out = "{\"action\":{\"name\":";
  json::AppendQuoted(out, fragment.name);
  out.append("},\"input\":{");
  bool first = true;
  const auto member = [&](std::string_view name) {
    if (!first) out.push_back(',');
    first = false;
    json::AppendQuoted(out, name);
    out.push_back(':');
  };
  for (const plan::ActionFragment::Input& input : fragment.inputs) {
    if (IsAbsent(input, request)) continue;
    member(input.name);
    AppendInput(input, fragment, request, slot, out);
  }
  out.append("},\"session_variables\":");
  const plan::ParameterValue& session = request.parameters[fragment.session];
  if (session.kind == plan::ParameterValue::Kind::kJson) {
    out.append(session.bytes);
  } else {
    out.append("{}");
  }
  if (with_query && fragment.request_query &&
      request.parameters[*fragment.request_query].kind != plan::ParameterValue::Kind::kAbsent) {
    out.append(",\"request_query\":");
    AppendParameter(out, request.parameters[*fragment.request_query]);
  }
  out.push_back('}');
  return out;
}

void ReadWebhookAnswer(const plan::ActionFragment& fragment,
                       const std::function<CallRecord()>& call, HttpResponse response,
                       uint32_t slot, Projector& projector) {
  plan::ExecuteResult& result = projector.result();
  const auto fail = [&](plan::SourceError error) {
    error.root = 0;
    error.slot = slot;
    result.errors.push_back(std::move(error));
    projector.Null(0, slot);
  };
  const auto unexpected = [&](plan::SourceError error) {
    error.internal = Internal("unexpected response", call(), &response);
    fail(std::move(error));
  };
  // Cookies of joined calls are nobody's.
  if (!fragment.batch) {
    result.set_cookies.insert(result.set_cookies.end(), response.set_cookies.begin(),
                              response.set_cookies.end());
  }
  if (response.outcome != HttpResponse::Outcome::kAnswered)
    return fail(Unreachable(call(), response));
  if (response.status >= 400 && response.status < 500) return fail(Refused(call(), response));
  if (response.status < 200 || response.status >= 300) {
    std::string detail = StrCat("expecting 2xx or 4xx status code, but found ", response.status);
    return fail(
        Error("unexpected", "internal error", Internal(std::move(detail), call(), &response)));
  }
  const StatusOr<JsonDocument> answer = JsonDocument::Parse(response.body);
  if (!answer.ok()) {
    return unexpected(Error("unexpected", "not a valid json response from webhook", ""));
  }
  if (auto error = WrongShape(fragment.value, *answer)) return unexpected(*std::move(error));
  if (auto problem = projector.Value(fragment.value, *answer, JsonDocument::kRoot, 0, slot)) {
    unexpected(Error("unexpected", *std::move(problem), ""));
  }
}

}  // namespace joinery::connectors::action
