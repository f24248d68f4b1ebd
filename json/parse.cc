#include <simdjson.h>

#include "base/strings.h"
#include "json/value.h"

namespace joinery::json {
namespace {

namespace sj = simdjson::ondemand;

// simdjson reports by error code in this mode and never throws.
class Reader {
 public:
  explicit Reader(int max_depth) : max_depth_(max_depth) {}

  simdjson::error_code Read(sj::value source, int depth, Value& out) {
    if (depth > max_depth_) return simdjson::DEPTH_ERROR;
    sj::json_type type;
    if (auto error = source.type().get(type)) return error;
    switch (type) {
      case sj::json_type::array:
        return ReadArray(source, depth, out);
      case sj::json_type::object:
        return ReadObject(source, depth, out);
      case sj::json_type::string: {
        std::string_view text;
        if (auto error = source.get_string().get(text)) return error;
        out = Value(text);
        return simdjson::SUCCESS;
      }
      default:
        return ReadScalar(source, type, out);
    }
  }

  static simdjson::error_code ReadScalar(auto& source, sj::json_type type, Value& out) {
    if (type == sj::json_type::number) {
      const std::string_view token = Trim(source.raw_json_token());
      if (!IsNumber(token)) return simdjson::NUMBER_ERROR;
      out = Value::Number(token);
      return simdjson::SUCCESS;
    }
    if (type == sj::json_type::boolean) {
      bool flag = false;
      if (auto error = source.get_bool().get(flag)) return error;
      out = Value(flag);
      return simdjson::SUCCESS;
    }
    if (Trim(source.raw_json_token()) != "null") return simdjson::N_ATOM_ERROR;
    out = Value();
    return simdjson::SUCCESS;
  }

  static bool IsNumber(std::string_view text) {
    size_t i = 0;
    const auto digits = [&] {
      const size_t start = i;
      while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
      return i - start;
    };
    if (i < text.size() && text[i] == '-') ++i;
    const bool zero = i < text.size() && text[i] == '0';
    const size_t whole = digits();
    if (whole == 0 || (zero && whole > 1)) return false;
    if (i < text.size() && text[i] == '.') {
      ++i;
      if (digits() == 0) return false;
    }
    if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
      ++i;
      if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
      if (digits() == 0) return false;
    }
    return i == text.size();
  }

  simdjson::error_code ReadArray(auto& source, int depth, Value& out) {
    out = Value::Array();
    sj::array array;
    if (auto error = source.get_array().get(array)) return error;
    for (auto element : array) {
      sj::value item;
      if (auto error = element.get(item)) return error;
      if (auto error = Read(item, depth + 1, out.items().emplace_back())) return error;
    }
    return simdjson::SUCCESS;
  }

  simdjson::error_code ReadObject(auto& source, int depth, Value& out) {
    out = Value::Object();
    sj::object object;
    if (auto error = source.get_object().get(object)) return error;
    for (auto element : object) {
      sj::field field;
      if (auto error = std::move(element).get(field)) return error;
      std::string_view name;
      if (auto error = field.unescaped_key().get(name)) return error;
      const std::string kept(name);
      Value value;
      if (auto error = Read(field.value(), depth + 1, value)) return error;
      out.Set(kept, std::move(value));
    }
    return simdjson::SUCCESS;
  }

 private:
  int max_depth_;
};

}  // namespace

StatusOr<Value> Parse(std::string_view text, int max_depth) {
  if (Trim(text).empty()) return InvalidArgument("not enough input");
  const simdjson::padded_string padded(text);
  sj::parser parser;
  sj::document document;
  Value out;
  simdjson::error_code error = parser.iterate(padded).get(document);
  if (!error) {
    sj::json_type type;
    error = document.type().get(type);
    Reader reader(max_depth);
    if (!error && type == sj::json_type::array) {
      error = reader.ReadArray(document, 1, out);
    } else if (!error && type == sj::json_type::object) {
      error = reader.ReadObject(document, 1, out);
    } else if (!error && type == sj::json_type::string) {
      std::string_view string;
      error = document.get_string().get(string);
      if (!error) out = Value(string);
    } else if (!error) {
      const std::string_view raw = Trim(text);
      if (raw == "true" || raw == "false") {
        out = Value(raw == "true");
      } else if (raw == "null") {
        out = Value();
      } else if (Reader::IsNumber(raw)) {
        out = Value::Number(raw);
      } else {
        error = simdjson::TAPE_ERROR;
      }
      if (!error) return out;
    }
    const char* rest = nullptr;
    // There is a location only where something is left to read.
    if (!error && !document.current_location().get(rest)) error = simdjson::TAPE_ERROR;
  }
  if (error) return InvalidArgument(StrCat("not valid JSON: ", simdjson::error_message(error)));
  return out;
}

}  // namespace joinery::json
