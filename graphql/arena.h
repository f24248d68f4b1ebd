#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace joinery::graphql {

// Memory that grows and is freed all at once: the home of syntax trees and schemas.
//
// Objects in it are never destroyed, so they must be trivially destructible. Addresses are stable,
// also when the Arena itself is moved. Not thread-safe while it is being filled; what it holds may
// be read by any number of threads afterwards.
class Arena {
 public:
  Arena() = default;
  Arena(Arena&&) = default;
  Arena& operator=(Arena&&) = default;

  void* Allocate(size_t bytes, size_t alignment) {
    const uintptr_t start = (reinterpret_cast<uintptr_t>(next_) + alignment - 1) & ~(alignment - 1);
    if (next_ == nullptr || start + bytes > reinterpret_cast<uintptr_t>(end_)) {
      return AllocateInNewBlock(bytes, alignment);
    }
    next_ = reinterpret_cast<std::byte*>(start + bytes);
    return reinterpret_cast<void*>(start);
  }

  template <typename T, typename... Args>
  T* New(Args&&... args) {
    static_assert(std::is_trivially_destructible_v<T>);
    return new (Allocate(sizeof(T), alignof(T))) T{std::forward<Args>(args)...};
  }

  // Uninitialized room for `count` objects.
  template <typename T>
  T* NewArray(size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    return static_cast<T*>(Allocate(sizeof(T) * count, alignof(T)));
  }

  // A copy of `text` that lives as long as the arena; never with a null `data()`.
  std::string_view Copy(std::string_view text) {
    if (text.empty()) return std::string_view("", 0);
    char* copy = NewArray<char>(text.size());
    std::memcpy(copy, text.data(), text.size());
    return {copy, text.size()};
  }

  // Memory taken from the system so far.
  size_t bytes() const { return bytes_; }

 private:
  static constexpr size_t kFirstBlock = 4 * 1024;
  static constexpr size_t kLargestBlock = 256 * 1024;

  void* AllocateInNewBlock(size_t bytes, size_t alignment) {
    const size_t size = bytes + alignment > block_size_ ? bytes + alignment : block_size_;
    // Left uninitialized: every byte is written by who asked for it.
    blocks_.push_back(std::unique_ptr<std::byte[]>(new std::byte[size]));
    bytes_ += size;
    if (block_size_ < kLargestBlock) block_size_ *= 2;
    next_ = blocks_.back().get();
    end_ = next_ + size;
    return Allocate(bytes, alignment);
  }

  std::vector<std::unique_ptr<std::byte[]>> blocks_;
  std::byte* next_ = nullptr;
  std::byte* end_ = nullptr;
  size_t block_size_ = kFirstBlock;
  size_t bytes_ = 0;
};

// A fixed run of nodes in an Arena. As cheap to copy as a span, but T may still be incomplete.
template <typename T>
class NodeList {
 public:
  NodeList() = default;
  NodeList(const T* data, size_t size) : data_(data), size_(static_cast<uint32_t>(size)) {}

  // Copies `nodes` into the arena.
  static NodeList Copy(Arena& arena, const T* nodes, size_t count) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (count == 0) return {};
    T* copy = arena.NewArray<T>(count);
    std::uninitialized_copy_n(nodes, count, copy);
    return {copy, count};
  }

  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  const T* data() const { return data_; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const T& operator[](size_t i) const { return data_[i]; }
  const T& front() const { return *data_; }
  const T& back() const { return data_[size_ - 1]; }

 private:
  const T* data_ = nullptr;
  uint32_t size_ = 0;
};

}  // namespace joinery::graphql
