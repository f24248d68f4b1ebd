#pragma once

#include <map>
#include <string>
#include <string_view>

namespace joinery::metadata {

// A place in a file; line and column start at 1, 0: the whole file.
struct Place {
  std::string file;
  int line = 0;
  int column = 0;

  friend bool operator==(const Place&, const Place&) = default;
};

// Where the parts of a document were written, by their path ("$.sources[0].tables[3].table"). Of a
// member it is the place of its name.
class SourceMap {
 public:
  void Set(std::string path, Place place) {
    places_.insert_or_assign(std::move(path), std::move(place));
  }

  // What was called `path` is the document itself.
  void MakeRoot(std::string_view path) {
    decltype(places_) moved;
    for (auto& [name, place] : places_) {
      if (name.starts_with(path)) moved.emplace("$" + name.substr(path.size()), std::move(place));
    }
    places_ = std::move(moved);
  }

  // The place of the part, or of the nearest one around it; an empty one when nothing is known.
  Place Find(std::string_view path) const {
    for (;;) {
      if (const auto it = places_.find(path); it != places_.end()) return it->second;
      const size_t end = path.find_last_of(".[");
      if (end == path.npos) return {};
      path = path.substr(0, end);
    }
  }

 private:
  std::map<std::string, Place, std::less<>> places_;
};

}  // namespace joinery::metadata
