#include "plan/codec.h"

#include <concepts>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/sha256.h"
#include "base/strings.h"
#include "plan/codec_members.h"

namespace joinery::plan {
namespace {

// Structs inside structs; far above what limits on documents let through, far below the stack's
// end.
constexpr int kMaxDepth = 600;

uint64_t ZigZag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
int64_t UnZigZag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

class Writer {
 public:
  template <typename... Members>
  void operator()(const Members&... members) {
    (Put(members), ...);
  }

  std::string out;

 private:
  void Put(bool value) { out.push_back(value ? 1 : 0); }
  void Put(char value) { out.push_back(value); }
  template <std::unsigned_integral T>
  void Put(T value) {
    uint64_t rest = value;
    for (; rest >= 0x80; rest >>= 7) out.push_back(static_cast<char>(rest | 0x80));
    out.push_back(static_cast<char>(rest));
  }
  template <std::signed_integral T>
  void Put(T value) {
    Put(ZigZag(value));
  }
  template <typename T>
  requires std::is_enum_v<T>
  void Put(T value) { Put(static_cast<uint64_t>(value)); }
  void Put(const std::string& value) {
    Put(value.size());
    out.append(value);
  }
  template <typename T>
  void Put(const std::vector<T>& values) {
    Put(values.size());
    for (const auto& value : values) Put(static_cast<const T&>(value));
  }
  template <typename T>
  void Put(const std::optional<T>& value) {
    Put(value.has_value());
    if (value) Put(*value);
  }
  template <typename T>
  void Put(const std::unique_ptr<T>& value) {
    Put(value != nullptr);
    if (value) Put(static_cast<const T&>(*value));
  }
  void Put(const std::shared_ptr<const Fragment>& value) {
    Put(value != nullptr);
    if (value) Put(*value);
  }
  template <typename... Ts>
  void Put(const std::variant<Ts...>& value) {
    Put(value.index());
    std::visit([this](const auto& alternative) { Put(alternative); }, value);
  }
  void Put(const Fragment& value) { VisitBody(*this, value); }
  template <typename T>
  requires std::is_class_v<T>
  void Put(const T& value) { Visit(*this, value); }
};

// Once something is wrong, nothing more is read; `error` says what it was.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <typename... Members>
  void operator()(Members&... members) {
    (Get(members), ...);
  }

  bool done() const { return position_ == bytes_.size(); }
  const char* error = nullptr;

 private:
  bool Fail(const char* what) {
    if (error == nullptr) error = what;
    return false;
  }
  bool Byte(uint8_t& value) {
    if (error != nullptr) return false;
    if (position_ == bytes_.size()) return Fail("ends too early");
    value = static_cast<uint8_t>(bytes_[position_++]);
    return true;
  }
  bool Varint(uint64_t& value) {
    value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      uint8_t byte = 0;
      if (!Byte(byte)) return false;
      if (shift == 63 && byte > 1) return Fail("a number is too large");
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return byte != 0 || shift == 0 || Fail("a number is not canonical");
    }
    return Fail("a number is too large");
  }
  // A count of things of at least one byte each.
  bool Count(uint64_t& count) {
    if (!Varint(count)) return false;
    return count <= bytes_.size() - position_ || Fail("a length is beyond the end");
  }
  bool Flag() {
    uint8_t byte = 0;
    if (Byte(byte) && byte > 1) Fail("a flag is neither 0 nor 1");
    return error == nullptr && byte == 1;
  }

  void Get(bool& value) { value = Flag(); }
  void Get(char& value) {
    uint8_t byte = 0;
    if (Byte(byte)) value = static_cast<char>(byte);
  }
  template <std::unsigned_integral T>
  void Get(T& value) {
    uint64_t wide = 0;
    if (!Varint(wide)) return;
    if (wide > std::numeric_limits<T>::max()) Fail("a number is out of range");
    value = static_cast<T>(wide);
  }
  template <std::signed_integral T>
  void Get(T& value) {
    uint64_t raw = 0;
    if (!Varint(raw)) return;
    const int64_t wide = UnZigZag(raw);
    if (wide < std::numeric_limits<T>::min() || wide > std::numeric_limits<T>::max()) {
      Fail("a number is out of range");
      return;
    }
    value = static_cast<T>(wide);
  }
  template <typename T>
  requires std::is_enum_v<T>
  void Get(T& value) {
    static_assert(static_cast<uint64_t>(kLastOf<T>) > 0, "kLastOf lacks this enum");
    uint64_t raw = 0;
    if (!Varint(raw)) return;
    if (raw > static_cast<uint64_t>(kLastOf<T>)) {
      Fail("an enum is out of range");
      return;
    }
    value = static_cast<T>(raw);
  }
  void Get(std::string& value) {
    uint64_t size = 0;
    if (!Count(size)) return;
    value.assign(bytes_.substr(position_, size));
    position_ += size;
  }
  template <typename T>
  void Get(std::vector<T>& values) {
    uint64_t count = 0;
    if (!Count(count)) return;
    // Grows with what is really there: a lying count must not allocate.
    for (uint64_t i = 0; i < count && error == nullptr; ++i) {
      T value{};
      Get(value);
      values.push_back(std::move(value));
    }
  }
  template <typename T>
  void Get(std::optional<T>& value) {
    if (Flag()) Get(value.emplace());
  }
  template <typename T>
  void Get(std::unique_ptr<T>& value) {
    if (!Flag()) return;
    value = std::make_unique<T>();
    Get(*value);
  }
  void Get(std::shared_ptr<const Fragment>& value) {
    if (!Flag()) return;
    auto fragment = std::make_shared<Fragment>();
    Get(*fragment);
    value = std::move(fragment);
  }
  template <typename... Ts>
  void Get(std::variant<Ts...>& value) {
    uint64_t index = 0;
    if (!Varint(index)) return;
    if (index >= sizeof...(Ts)) {
      Fail("an alternative is out of range");
      return;
    }
    GetAlternative(value, index, std::index_sequence_for<Ts...>());
  }
  template <typename V, size_t... Indexes>
  void GetAlternative(V& value, uint64_t index, std::index_sequence<Indexes...>) {
    ((index == Indexes ? Get(value.template emplace<Indexes>()) : void()), ...);
  }
  void Get(Fragment& value) {
    const size_t begin = position_;
    VisitBody(*this, value);
    if (error != nullptr) return;
    std::string hashed(1, kCodecVersion);
    hashed.append(bytes_.substr(begin, position_ - begin));
    value.id = Sha256(hashed);
  }
  template <typename T>
  requires std::is_class_v<T>
  void Get(T& value) {
    if (error != nullptr) return;
    if (++depth_ > kMaxDepth) {
      Fail("is nested too deeply");
      return;
    }
    Visit(*this, value);
    --depth_;
  }

  std::string_view bytes_;
  size_t position_ = 0;
  int depth_ = 0;
};

}  // namespace

template <typename T>
std::string Encode(const T& value) {
  Writer writer;
  writer.out.push_back(kCodecVersion);
  writer(value);
  return std::move(writer.out);
}

template <typename T>
StatusOr<T> Decode(std::string_view bytes) {
  if (bytes.empty()) return InvalidArgument("encoded plan data is empty");
  if (bytes.front() != kCodecVersion) {
    return InvalidArgument(StrCat("encoded plan data has version ", static_cast<int>(bytes.front()),
                                  ", this process reads ", static_cast<int>(kCodecVersion)));
  }
  Reader reader(bytes.substr(1));
  T value{};
  reader(value);
  if (reader.error == nullptr && !reader.done()) reader.error = "goes on after its end";
  if (reader.error != nullptr) return InvalidArgument(StrCat("encoded plan data ", reader.error));
  return value;
}

template std::string Encode(const Fragment&);
template std::string Encode(const Plan&);
template std::string Encode(const DatabaseCatalog&);
template std::string Encode(const std::vector<KeyBatch>&);
template std::string Encode(const std::vector<ParameterValue>&);
template std::string Encode(const ExecuteResult&);
template StatusOr<Fragment> Decode(std::string_view);
template StatusOr<Plan> Decode(std::string_view);
template StatusOr<DatabaseCatalog> Decode(std::string_view);
template StatusOr<std::vector<KeyBatch>> Decode(std::string_view);
template StatusOr<std::vector<ParameterValue>> Decode(std::string_view);
template StatusOr<ExecuteResult> Decode(std::string_view);

std::shared_ptr<const Fragment> Seal(Fragment fragment) {
  fragment.id = Sha256(Encode(fragment));
  return std::make_shared<const Fragment>(std::move(fragment));
}

}  // namespace joinery::plan
