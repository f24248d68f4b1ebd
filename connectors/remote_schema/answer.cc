#include "connectors/remote_schema/answer.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/strings.h"
#include "connectors/kit/json_document.h"
#include "connectors/kit/project.h"
#include "connectors/kit/shown_body.h"
#include "json/value.h"
#include "json/write.h"

namespace joinery::connectors::remote_schema {
namespace {

using Node = JsonDocument::Node;
using Outcome = HttpResponse::Outcome;

constexpr size_t kMaxErrors = 10'000;

// The transport's view of a failed request.
std::string Internal(const HttpResponse& response, const std::string& url) {
  json::Value internal = json::Value::Object();
  internal.Set("type", "http_exception");
  switch (response.outcome) {
    case Outcome::kTimeout:
      internal.Set("message", "ResponseTimeout");
      break;
    case Outcome::kTooLarge:
      internal.Set("message", "ResponseTooLarge");
      break;
    case Outcome::kCancelled:
      internal.Set("message", "Cancelled");
      break;
    case Outcome::kFailed:
      internal.Set("message", response.failure);
      break;
    case Outcome::kAnswered: {
      internal.Set("message", "StatusCodeException");
      json::Value answer = json::Value::Object();
      answer.Set("status", response.status);
      answer.Set("body", ShownBody(response.body));
      internal.Set("response", std::move(answer));
    }
  }
  json::Value request = json::Value::Object();
  request.Set("url", url);
  internal.Set("request", std::move(request));
  return json::ToString(internal);
}

plan::SourceError Error(std::string code, std::string message, std::string internal) {
  plan::SourceError error;
  error.code = std::move(code);
  error.message = std::move(message);
  error.internal = std::move(internal);
  return error;
}

// Reads the responses of one execution into one result.
class AnswerReader {
 public:
  AnswerReader(const plan::ExecuteRequest& request, const std::string& url)
      : request_(request),
        url_(url),
        fragment_(std::get<plan::GraphqlFragment>(request.fragment->body)),
        projector_(*request.fragment, fragment_.key_members) {
    for (uint32_t root = 0; root < fragment_.roots.size(); ++root) {
      const auto& batch = fragment_.roots[root].batch;
      const size_t slots = batch ? request.batches[*batch].size() : 1;
      result().values.emplace_back(slots);
      blamed_.emplace_back(slots, false);
    }
  }

  void Read(const Part& part, HttpResponse response) {
    part_ = &part;
    named_.clear();
    if (part.first) {
      for (uint32_t root = 0; root < fragment_.roots.size(); ++root) {
        if (fragment_.roots[root].batch) continue;
        named_.emplace(fragment_.roots[root].alias, Place{root, 0});
      }
    }
    // Cookies of joined calls are nobody's.
    if (!named_.empty()) result().set_cookies = std::move(response.set_cookies);
    if (std::optional<plan::SourceError> error = ReadBody(response)) FailAll(*std::move(error));
    FillMissing();
  }

  plan::ExecuteResult Finish() { return std::move(result()); }

 private:
  plan::ExecuteResult& result() { return projector_.result(); }

  // An error: nothing of the response is of use.
  std::optional<plan::SourceError> ReadBody(HttpResponse& response) {
    const std::string& source = request_.source.name;
    switch (response.outcome) {
      case Outcome::kAnswered:
        break;
      case Outcome::kTooLarge:
        return Error(
            "remote-schema-error",
            StrCat("the response of remote schema \"", source, "\" is larger than allowed"),
            Internal(response, url_));
      case Outcome::kCancelled:
        return Error("unexpected", "the request was cancelled", "");
      default:
        return Error("remote-schema-error", UnreachableText(source), Internal(response, url_));
    }
    const bool empty = Trim(response.body).empty();
    std::string copy = response.status == 200 ? std::string() : response.body;
    StatusOr<JsonDocument> document = JsonDocument::Parse(std::move(response.body));
    response.body = std::move(copy);
    if (document.ok() && document->is_object(JsonDocument::kRoot)) {
      document_ = &*document;
      const JsonDocument::Member data = document->Find(JsonDocument::kRoot, "data");
      const JsonDocument::Member errors = document->Find(JsonDocument::kRoot, "errors");
      const bool has_errors =
          errors && document->is_array(errors.value) && document->FirstItem(errors.value) != 0;
      if (has_errors) ReadErrors(errors.value);
      has_data_ = data && document->is_object(data.value);
      if (has_data_) ReadData(data.value);
      if (has_data_ || has_errors) return std::nullopt;
    }
    if (response.status != 200) {
      return Error("remote-schema-error", UnreachableText(source), Internal(response, url_));
    }
    if (!document.ok()) {
      return Error("unexpected",
                   StrCat("Remote server response is not valid JSON: ",
                          empty ? "the body is empty" : "syntax error"),
                   "");
    }
    return Error("unexpected", "\"data\" field not found in remote response", "");
  }

  // The whole part has no value.
  void FailAll(plan::SourceError error) {
    if (part_->whole) {
      blamed_all_ = true;
      result().errors.push_back(std::move(error));
      return;
    }
    const auto fail = [&](const Place& place) {
      error.root = place.root;
      error.slot = place.slot;
      blamed_[place.root][place.slot] = true;
      result().errors.push_back(error);
      error.internal.clear();
    };
    for (const auto& [alias, place] : named_) fail(place);
    for (const Place& place : part_->aliased) fail(place);
  }

  // Where the value of an alias belongs.
  std::optional<Place> PlaceOf(std::string_view alias) const {
    if (!part_->aliased.empty() && alias.starts_with('f')) {
      const auto number = ParseInt64(alias.substr(1));
      if (number && *number >= 0 && static_cast<size_t>(*number) < part_->aliased.size()) {
        return part_->aliased[static_cast<size_t>(*number)];
      }
    }
    const auto named = named_.find(alias);
    return named == named_.end() ? std::nullopt : std::optional<Place>(named->second);
  }

  void ReadData(Node data) {
    result().bytes.reserve(result().bytes.size() + document_->raw(data).size());
    for (auto member = document_->FirstMember(data); member;
         member = document_->NextMember(member)) {
      if (const auto place = PlaceOf(member.name)) ReadValue(member.value, *place);
    }
  }

  void ReadValue(Node node, const Place& place) {
    const plan::GraphqlRoot& root = fragment_.roots[place.root];
    for (const std::string& step : root.path) {
      if (document_->is_null(node)) break;
      const auto next =
          document_->is_object(node) ? document_->Find(node, step) : JsonDocument::Member();
      if (!next) {
        Blame(place, StrCat("expected an object with field \"", step, "\" in the remote response"));
        return projector_.Null(place.root, place.slot);
      }
      node = next.value;
    }
    if (document_->is_null(node)) return projector_.Null(place.root, place.slot);
    if (auto problem = projector_.Value(root.value, *document_, node, place.root, place.slot)) {
      Blame(place, StrCat("unexpected remote response: ", *problem));
    }
  }

  void Blame(const Place& place, std::string message) {
    plan::SourceError error;
    error.message = std::move(message);
    error.root = place.root;
    error.slot = place.slot;
    blamed_[place.root][place.slot] = true;
    result().errors.push_back(std::move(error));
  }

  void ReadErrors(Node list) {
    for (Node item = document_->FirstItem(list); item != 0; item = document_->NextItem(item)) {
      if (result().errors.size() >= kMaxErrors) return;
      ReadError(document_->raw(item));
    }
  }

  void ReadError(std::string_view raw) {
    StatusOr<json::Value> parsed = json::Parse(raw);
    plan::SourceError error;
    if (!parsed.ok() || !parsed->is_object()) {
      error.message = "the remote server answered an error that is no object";
      parsed = json::Value::Object();
    } else {
      error.original = raw;
      error.message = parsed->FindString("message").value_or("an error without a message");
    }
    if (const json::Value* extensions = parsed->Find("extensions");
        extensions != nullptr && extensions->is_object()) {
      error.extensions = json::ToString(*extensions);
      if (const auto code = extensions->FindString("code")) error.code = *code;
    }
    const std::optional<Place> place = SetPath(*parsed, error);
    if (place) {
      blamed_[place->root][place->slot] = true;
    } else if (part_->whole) {
      blamed_all_ = true;
    } else {
      return FailAll(std::move(error));
    }
    result().errors.push_back(std::move(error));
  }

  // Translates the upstream's path: our alias and the way of the definition go, the client's rest
  // stays.
  std::optional<Place> SetPath(json::Value& parsed, plan::SourceError& error) const {
    json::Value* path = parsed.Find("path");
    if (path == nullptr || !path->is_array() || path->items().empty()) return std::nullopt;
    json::Value& alias = path->items().front();
    if (!alias.is_string()) return std::nullopt;
    const std::optional<Place> place = PlaceOf(alias.string());
    if (!place) return std::nullopt;
    error.root = place->root;
    error.slot = place->slot;
    const plan::GraphqlRoot& root = fragment_.roots[place->root];
    for (size_t i = 1 + root.path.size(); i < path->items().size(); ++i) {
      const json::Value& step = path->items()[i];
      if (step.is_string()) {
        error.path.emplace_back(step.string());
      } else if (const auto index = step.int64(); index && *index >= 0) {
        error.path.emplace_back(static_cast<size_t>(*index));
      }
    }
    if (root.batch) {
      // As Hasura 2.0 named it: the joined field and the key's number.
      const size_t number = static_cast<size_t>(*ParseInt64(alias.string().substr(1)));
      alias = json::Value(StrCat(root.value.response_key, "__", part_->offset + number));
      error.original = json::ToString(parsed);
    }
    return place;
  }

  // Values that did not come are null; without an error that says why they get one.
  void FillMissing() {
    const auto fill = [&](const Place& place) {
      const plan::Slice& slice = result().values[place.root][place.slot];
      if (slice.end > slice.begin) return;
      projector_.Null(place.root, place.slot);
      if (blamed_all_ || blamed_[place.root][place.slot]) return;
      Blame(place, has_data_ ? "the remote server's response lacks a field that was asked for"
                             : "no data, because of an error in another field of the same request");
    };
    for (const auto& [alias, place] : named_) fill(place);
    for (const Place& place : part_->aliased) fill(place);
  }

  const plan::ExecuteRequest& request_;
  const std::string& url_;
  const plan::GraphqlFragment& fragment_;
  Projector projector_;
  // Places of which an error tells.
  std::vector<std::vector<bool>> blamed_;
  bool blamed_all_ = false;
  // Of the response that is being read.
  const Part* part_ = nullptr;
  const JsonDocument* document_ = nullptr;
  bool has_data_ = false;
  std::unordered_map<std::string, Place, StringHash, std::equal_to<>> named_;
};

}  // namespace

plan::ExecuteResult ReadAnswer(const plan::ExecuteRequest& request, const std::vector<Part>& parts,
                               std::vector<HttpResponse> responses, const std::string& url) {
  AnswerReader reader(request, url);
  for (size_t i = 0; i < parts.size(); ++i) reader.Read(parts[i], std::move(responses[i]));
  return reader.Finish();
}

std::string UnreachableText(std::string_view source) {
  return StrCat("HTTP exception occurred while sending the request to \"", source, "\"");
}

}  // namespace joinery::connectors::remote_schema
