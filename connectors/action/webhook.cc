#include "connectors/action/webhook.h"

#include <utility>

#include "base/strings.h"
#include "json/scan.h"
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

json::Value JsonOrText(const std::string& text) {
  StatusOr<json::Value> parsed = json::Parse(text);
  return parsed.ok() ? *std::move(parsed) : json::Value(text);
}

// Hasura's `internal` of a failed call.
std::string Internal(std::string_view reason, const CallRecord& call, const HttpResponse* response,
                     const json::Value* error = nullptr) {
  json::Value out = json::Value::Object();
  out.Set("error", error != nullptr ? *error : json::Value(reason));
  json::Value request = json::Value::Object();
  request.Set("url", call.url);
  request.Set("body", JsonOrText(call.body));
  json::Value headers = json::Value::Array();
  for (const auto& [name, value] : call.headers) {
    json::Value header = json::Value::Object();
    header.Set("name", name);
    header.Set("value", value);
    headers.Append(std::move(header));
  }
  request.Set("headers", std::move(headers));
  out.Set("request", std::move(request));
  if (response == nullptr) {
    out.Set("response", json::Value::Null());
    return json::ToString(out);
  }
  json::Value answer = json::Value::Object();
  answer.Set("status", response->status);
  answer.Set("body", JsonOrText(response->body));
  json::Value type = json::Value::Object();
  type.Set("name", "Content-Type");
  type.Set("value", response->content_type);
  answer.Set("headers", json::Value::Array({std::move(type)}));
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

plan::SourceError Unreachable(const CallRecord& call, const HttpResponse& response) {
  json::Value detail = json::Value::Object();
  detail.Set("type", "http_exception");
  detail.Set("message", response.outcome == HttpResponse::Outcome::kTimeout ? std::string("ResponseTimeout")
                                                                            : response.failure);
  return Error("unexpected", "http exception when calling webhook",
               Internal("", call, nullptr, &detail));
}

// A 4xx answer is the handler's own error for the client.
plan::SourceError Refused(const CallRecord& call, const HttpResponse& response) {
  const StatusOr<json::Value> body = json::Parse(response.body);
  const auto message = body.ok() ? body->FindString("message") : std::nullopt;
  if (!message) {
    return Error("parse-failed",
                 body.ok() ? "key \"message\" not found" : "not a valid json response from webhook",
                 Internal("unexpected response", call, &response));
  }
  plan::SourceError error;
  error.message = *message;
  if (const auto code = body->FindString("code")) error.code = *code;
  if (const json::Value* extensions = body->Find("extensions"); extensions != nullptr && extensions->is_object()) {
    error.extensions = json::ToString(*extensions);
    if (const auto code = extensions->FindString("code")) error.code = *code;
  }
  return error;
}

std::string_view WordFor(char first) {
  return first == '[' ? "array" : first == '{' ? "object" : "";
}

}  // namespace

std::string BuildPayload(const plan::ActionFragment& fragment, const plan::ExecuteRequest& request,
                         size_t slot) {
  std::string out = "{\"session_variables\":";
  AppendParameter(out, request.parameters[fragment.session]);
  out.append(",\"input\":{");
  bool first = true;
  const auto member = [&](std::string_view name) {
    if (!first) out.push_back(',');
    first = false;
    json::AppendQuoted(out, name);
    out.push_back(':');
  };
  for (const plan::ActionFragment::Input& input : fragment.inputs) {
    const plan::ParameterValue& value = request.parameters[input.parameter];
    if (value.kind == plan::ParameterValue::Kind::kAbsent) continue;
    member(input.name);
    AppendParameter(out, value);
  }
  if (fragment.batch) {
    const plan::KeyBatch& batch = request.batches[*fragment.batch];
    for (size_t c = 0; c < fragment.key_inputs.size() && c < batch.columns.size(); ++c) {
      member(fragment.key_inputs[c]);
      out.append(batch.columns[c][slot]);
    }
  }
  out.append("},\"action\":{\"name\":");
  json::AppendQuoted(out, fragment.name);
  out.push_back('}');
  if (fragment.request_query) {
    out.append(",\"request_query\":");
    AppendParameter(out, request.parameters[*fragment.request_query]);
  }
  out.push_back('}');
  return out;
}

void ReadWebhookAnswer(const plan::ActionFragment& fragment, const CallRecord& call,
                       HttpResponse response, uint32_t slot, Projector& projector) {
  plan::ExecuteResult& result = projector.result();
  const auto fail = [&](plan::SourceError error) {
    error.root = 0;
    error.slot = slot;
    result.errors.push_back(std::move(error));
    const uint64_t begin = result.bytes.size();
    result.bytes.append("null");
    result.values[0][slot] = {begin, result.bytes.size(), static_cast<uint32_t>(result.holes.size())};
  };
  for (std::string& cookie : response.set_cookies) result.set_cookies.push_back(std::move(cookie));
  if (response.outcome != HttpResponse::Outcome::kAnswered) return fail(Unreachable(call, response));
  if (response.status >= 400 && response.status < 500) return fail(Refused(call, response));
  if (response.status < 200 || response.status >= 300) {
    const json::Value detail(
        StrCat("expecting 2xx or 4xx status code, but found ", response.status));
    return fail(Error("unexpected", "internal error", Internal("", call, &response, &detail)));
  }
  const std::string_view text = response.body;
  const size_t begin = json::SkipBlanks(text, 0);
  if (!json::IsValid(text) || begin >= text.size()) {
    return fail(Error("unexpected", "not a valid json response from webhook",
                      Internal("unexpected response", call, &response)));
  }
  const bool composite = !fragment.value.projection.raw;
  const bool list = fragment.value.list_depth > 0;
  const std::string_view got = WordFor(text[begin]);
  const bool null = text[begin] == 'n' && !fragment.value.non_null.empty() && !fragment.value.non_null[0];
  if (composite && !null) {
    if (got.empty()) {
      return fail(Error("parse-failed",
                        "expecting object or array of objects for action webhook response",
                        Internal("unexpected response", call, &response)));
    }
    const std::string_view wanted = list ? "array" : "object";
    if (got != wanted) {
      return fail(Error("unexpected",
                        StrCat("expecting ", wanted, " for action webhook response but got ", got),
                        Internal("unexpected response", call, &response)));
    }
  }
  const uint64_t value_begin = result.bytes.size();
  const size_t holes = result.holes.size();
  const size_t end = json::EndOfValue(text, begin);
  if (auto problem = projector.Value(fragment.value, text, begin, end)) {
    result.bytes.resize(value_begin);
    result.holes.resize(holes);
    return fail(Error("unexpected", *std::move(problem), Internal("unexpected response", call, &response)));
  }
  result.values[0][slot] = {value_begin, result.bytes.size(), static_cast<uint32_t>(holes)};
}

}  // namespace joinery::connectors::action
