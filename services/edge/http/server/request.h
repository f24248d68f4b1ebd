#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace joinery::edge::http {

enum class Method : uint8_t { kGet, kHead, kPost, kPut, kDelete, kPatch, kOptions, kOther };

Method MethodFromName(std::string_view name);

enum class Version : uint8_t { kHttp10, kHttp11, kHttp2 };

struct HeaderField {
  std::string_view name;
  std::string_view value;
};

// A list of header fields that a caller hands in for the time of one call. It looks at the fields
// and owns nothing: only ever a parameter, never a variable made from {…}.
class HeaderSpan {
 public:
  HeaderSpan() = default;
  HeaderSpan(std::initializer_list<HeaderField> fields)  // NOLINT: meant to be written as {…}.
      : fields_(fields.begin(), fields.size()) {}
  HeaderSpan(const std::vector<HeaderField>& fields) : fields_(fields) {}  // NOLINT
  HeaderSpan(std::span<const HeaderField> fields) : fields_(fields) {}     // NOLINT

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  size_t size() const { return fields_.size(); }

 private:
  std::span<const HeaderField> fields_;
};

// The header fields of a request, in the order they came in. Names are lower-case; values carry no
// white space around them. HTTP/2's `:authority` appears as `host`.
class Headers {
 public:
  // The first field of that name, upper or lower case; nullopt when there is none.
  std::optional<std::string_view> Find(std::string_view name) const;
  // The same, with an empty text for none.
  std::string_view Get(std::string_view name) const;
  // How many fields have that name.
  size_t Count(std::string_view name) const;

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  size_t size() const { return fields_.size(); }

  void Add(std::string_view lower_case_name, std::string_view value) {
    fields_.push_back({lower_case_name, value});
  }
  void Clear() { fields_.clear(); }

 private:
  std::vector<HeaderField> fields_;
};

// One request with its whole body. The server owns it; it and every view into it stay valid as long
// as a ResponseWriter of the same exchange exists. Loop thread only.
struct Request {
  Method method = Method::kOther;
  Version version = Version::kHttp11;
  bool is_tls = false;
  std::string_view method_name;  // As sent, such as "PURGE".
  std::string_view path;         // As sent, without the query; "/v1/graphql". Not percent-decoded.
  std::string_view query;        // Behind '?', which is not part of it; empty for none.
  Headers headers;
  // May be moved away. Its capacity exceeds its size by at least kBodyPadding bytes, so that a
  // padded JSON scanner needs no copy.
  std::string body;
  std::string_view remote_address;  // "127.0.0.1" or "::1"; no port.
  uint16_t remote_port = 0;

  static constexpr size_t kBodyPadding = 64;
};

}  // namespace joinery::edge::http
