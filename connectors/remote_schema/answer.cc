#include "connectors/remote_schema/answer.h"

#include <unordered_map>
#include <utility>

#include "base/strings.h"
#include "connectors/kit/project.h"
#include "json/scan.h"
#include "json/value.h"
#include "json/write.h"

namespace joinery::connectors::remote_schema {
namespace {

struct Place {
  uint32_t root = 0;
  uint32_t slot = 0;
};

class AnswerReader {
 public:
  AnswerReader(const plan::Fragment& fragment, const plan::ExecuteRequest& request)
      : fragment_(std::get<plan::GraphqlFragment>(fragment.body)),
        projector_(fragment, fragment_.key_members) {
    auto& values = projector_.result().values;
    for (uint32_t root = 0; root < fragment_.roots.size(); ++root) {
      const auto& batch = fragment_.roots[root].batch;
      const size_t slots = batch ? request.batches[*batch].size() : 1;
      values.emplace_back(slots);
      for (uint32_t slot = 0; slot < slots; ++slot) {
        if (batch) {
          numbered_.push_back({root, slot});
        } else {
          named_.emplace(fragment_.roots[root].alias, Place{root, slot});
        }
      }
    }
  }

  plan::ExecuteResult Read(HttpResponse response, const std::string& url) {
    result().set_cookies = std::move(response.set_cookies);
    if (response.outcome != HttpResponse::Outcome::kAnswered) {
      return Failed(Unreachable(response, url));
    }
    const std::string_view text = response.body;
    const size_t start = json::SkipBlanks(text, 0);
    if (!json::IsValid(text) || start >= text.size() || text[start] != '{') {
      return Failed(response.status == 200
                        ? Error("unexpected", "Remote server response is not valid JSON", url, response)
                        : Error("remote-schema-error", HttpMessage(url), url, response));
    }
    std::vector<json::MemberSpan> members;
    json::ReadMembers(text, start, members);
    const json::MemberSpan* data = nullptr;
    const json::MemberSpan* errors = nullptr;
    for (const json::MemberSpan& member : members) {
      if (member.name == "data") data = &member;
      if (member.name == "errors" && text[member.begin] == '[') errors = &member;
    }
    if (errors != nullptr) ReadErrors(text, *errors);
    if (data == nullptr && result().errors.empty()) {
      return Failed(response.status == 200
                        ? Error("unexpected", "\"data\" field not found in remote response", url, response)
                        : Error("remote-schema-error", HttpMessage(url), url, response));
    }
    if (data != nullptr && text[data->begin] == '{') ReadData(text, data->begin);
    FillMissing();
    return std::move(result());
  }

 private:
  plan::ExecuteResult& result() { return projector_.result(); }

  static std::string HttpMessage(const std::string& url) {
    return StrCat("HTTP exception occurred while sending the request to \"", url, "\"");
  }

  static plan::SourceError Error(std::string code, std::string message, const std::string& url,
                                 const HttpResponse& response) {
    plan::SourceError error;
    error.code = std::move(code);
    error.message = std::move(message);
    json::Value internal = json::Value::Object();
    internal.Set("url", url);
    internal.Set("status", response.status);
    // The start of what came is enough to see what it was.
    internal.Set("body", std::string_view(response.body).substr(0, 2000));
    error.internal = json::ToString(internal);
    return error;
  }

  static plan::SourceError Unreachable(const HttpResponse& response, const std::string& url) {
    plan::SourceError error;
    error.code = "remote-schema-error";
    error.message = HttpMessage(url);
    json::Value internal = json::Value::Object();
    internal.Set("type", "http_exception");
    switch (response.outcome) {
      case HttpResponse::Outcome::kTimeout:
        internal.Set("message", "ResponseTimeout");
        break;
      case HttpResponse::Outcome::kTooLarge:
        error.message = "the remote server's response is larger than allowed";
        internal.Set("message", "ResponseTooLarge");
        break;
      case HttpResponse::Outcome::kCancelled:
        error.message = "the request was cancelled";
        internal.Set("message", "Cancelled");
        break;
      default:
        internal.Set("message", response.failure);
    }
    error.internal = json::ToString(internal);
    return error;
  }

  plan::ExecuteResult Failed(plan::SourceError error) {
    result().errors.push_back(std::move(error));
    FillMissing();
    return std::move(result());
  }

  const Place* PlaceOf(std::string_view alias) const {
    if (!numbered_.empty() && alias.starts_with('f')) {
      const auto number = ParseInt64(alias.substr(1));
      if (number && *number >= 0 && static_cast<size_t>(*number) < numbered_.size()) {
        return &numbered_[static_cast<size_t>(*number)];
      }
    }
    const auto named = named_.find(std::string(alias));
    return named == named_.end() ? nullptr : &named->second;
  }

  void ReadData(std::string_view text, size_t begin) {
    std::vector<json::MemberSpan> members;
    json::ReadMembers(text, begin, members);
    for (const json::MemberSpan& member : members) {
      if (const Place* place = PlaceOf(member.name)) ReadValue(text, member, *place);
    }
  }

  void ReadValue(std::string_view text, json::MemberSpan at, const Place& place) {
    const plan::GraphqlRoot& root = fragment_.roots[place.root];
    for (const std::string& step : root.path) {
      if (text[at.begin] == 'n') break;
      if (text[at.begin] != '{') return StepError(place, step);
      std::vector<json::MemberSpan> members;
      json::ReadMembers(text, at.begin, members);
      const auto next = std::find_if(members.begin(), members.end(),
                                     [&](const auto& member) { return member.name == step; });
      if (next == members.end()) return StepError(place, step);
      at = *next;
    }
    plan::Slice& slice = result().values[place.root][place.slot];
    const uint64_t value_begin = result().bytes.size();
    const uint32_t first_hole = static_cast<uint32_t>(result().holes.size());
    if (text[at.begin] == 'n') {
      result().bytes.append("null");
    } else if (projector_.Value(root.value, text, at.begin, at.end)) {
      return;
    }
    slice = {value_begin, result().bytes.size(), first_hole};
  }

  void StepError(const Place& place, const std::string& step) {
    plan::SourceError error;
    error.message = StrCat("no object found on the way to \"", step, "\" in the remote response");
    error.root = place.root;
    error.slot = place.slot;
    result().errors.push_back(std::move(error));
  }

  void ReadErrors(std::string_view text, const json::MemberSpan& list) {
    std::vector<json::Extent> items;
    json::ReadItems(text, list.begin, items);
    for (const json::Extent& item : items) {
      const std::string_view raw = text.substr(item.begin, item.end - item.begin);
      const auto parsed = json::Parse(raw);
      if (!parsed.ok()) continue;
      plan::SourceError error;
      error.original = raw;
      error.message = parsed->FindString("message").value_or("an error without a message");
      if (const json::Value* extensions = parsed->Find("extensions")) {
        error.extensions = json::ToString(*extensions);
        if (const auto code = extensions->FindString("code")) error.code = *code;
      }
      if (const json::Value* path = parsed->Find("path"); path != nullptr && path->is_array()) {
        SetPath(path->items(), error);
      }
      result().errors.push_back(std::move(error));
    }
  }

  void SetPath(const std::vector<json::Value>& path, plan::SourceError& error) {
    if (path.empty() || !path[0].is_string()) return;
    const Place* place = PlaceOf(path[0].string());
    if (place == nullptr) return;
    error.root = place->root;
    error.slot = place->slot;
    // The steps of the definition's own way are not the client's.
    const size_t own = fragment_.roots[place->root].path.size();
    for (size_t i = 1 + own; i < path.size(); ++i) {
      if (path[i].is_string()) {
        error.path.emplace_back(path[i].string());
      } else if (const auto index = path[i].int64()) {
        error.path.emplace_back(static_cast<size_t>(*index));
      }
    }
  }

  // Values that did not come are null; without an error that says why they get one.
  void FillMissing() {
    bool told = !result().errors.empty();
    std::optional<plan::Slice> null;
    for (uint32_t root = 0; root < result().values.size(); ++root) {
      for (uint32_t slot = 0; slot < result().values[root].size(); ++slot) {
        plan::Slice& slice = result().values[root][slot];
        if (slice.end > slice.begin) continue;
        if (!null) {
          const uint64_t begin = result().bytes.size();
          result().bytes.append("null");
          null = plan::Slice{begin, result().bytes.size(), static_cast<uint32_t>(result().holes.size())};
        }
        slice = *null;
        if (told) continue;
        plan::SourceError error;
        error.message = "the remote server's response lacks a field that was asked for";
        error.root = root;
        error.slot = slot;
        result().errors.push_back(std::move(error));
      }
    }
  }

  const plan::GraphqlFragment& fragment_;
  Projector projector_;
  std::vector<Place> numbered_;
  std::unordered_map<std::string, Place> named_;
};

}  // namespace

plan::ExecuteResult ReadAnswer(const plan::Fragment& fragment, const plan::ExecuteRequest& request,
                               HttpResponse response, const std::string& url) {
  return AnswerReader(fragment, request).Read(std::move(response), url);
}

}  // namespace joinery::connectors::remote_schema
