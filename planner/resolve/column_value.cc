#include "planner/resolve/column_value.h"

#include <array>
#include <cmath>
#include <string_view>

#include "base/strings.h"

namespace joinery::planner {
namespace {

using json::Value;

enum class Expected { kInteger, kNumber, kString, kBoolean, kAny, kGeometry, kRaster, kLabelPath };

struct TypeRule {
  std::string_view type;
  Expected expected;
};

constexpr std::array<TypeRule, 17> kRules = {{{"int2", Expected::kInteger},
                                              {"int4", Expected::kInteger},
                                              {"int8", Expected::kInteger},
                                              {"float4", Expected::kNumber},
                                              {"float8", Expected::kNumber},
                                              {"numeric", Expected::kNumber},
                                              {"money", Expected::kNumber},
                                              {"bool", Expected::kBoolean},
                                              {"json", Expected::kAny},
                                              {"jsonb", Expected::kAny},
                                              {"geometry", Expected::kGeometry},
                                              {"geography", Expected::kGeometry},
                                              {"raster", Expected::kRaster},
                                              {"ltree", Expected::kLabelPath},
                                              {"text", Expected::kString},
                                              {"varchar", Expected::kString},
                                              {"citext", Expected::kString}}};

Expected ExpectedFor(const plan::SqlType& type) {
  for (const TypeRule& rule : kRules) {
    if (rule.type == type.name) return rule.expected;
  }
  return Expected::kString;
}

// Haskell's way of showing a number that is out of range: scientific notation.
std::string Scientific(const Value& number) {
  const std::string& text = number.number_text();
  std::string digits;
  int exponent = 0;
  bool seen_point = false, negative = false;
  size_t i = 0;
  for (; i < text.size() && text[i] != 'e' && text[i] != 'E'; ++i) {
    if (text[i] == '-') {
      negative = true;
    } else if (text[i] == '.') {
      seen_point = true;
    } else {
      digits.push_back(text[i]);
      if (!seen_point) ++exponent;
    }
  }
  if (i < text.size()) exponent += std::atoi(text.c_str() + i + 1);
  const size_t first = digits.find_first_not_of('0');
  if (first == std::string::npos) return "0.0";
  exponent -= static_cast<int>(first);
  digits.erase(0, first);
  while (digits.size() > 1 && digits.back() == '0') digits.pop_back();
  std::string out = negative ? "-" : "";
  out.push_back(digits[0]);
  out.push_back('.');
  out.append(digits.size() > 1 ? digits.substr(1) : "0");
  if (exponent != 1) StrAppend(out, "e", exponent - 1);
  return out;
}

MaybeIssue WrongKind(std::string_view parsed, std::string_view expected, const Value& value,
                     const std::string& path) {
  return ParseFailed(StrCat("parsing ", parsed, " failed, expected ", expected,
                            ", but encountered ", json::KindName(value.kind())),
                     path);
}

MaybeIssue CheckInteger(const plan::SqlType& type, const Value& value, const std::string& path) {
  if (value.is_string()) return {};
  if (!value.is_number()) return WrongKind("Integer", "Number", value, path);
  const std::optional<int64_t> whole = value.int64();
  const bool fits = whole && (type.name == "int8" ||
                              (type.name == "int4" && *whole == static_cast<int32_t>(*whole)) ||
                              (type.name == "int2" && *whole == static_cast<int16_t>(*whole)));
  if (fits) return {};
  return ParseFailed(StrCat("The value ", Scientific(value),
                            " lies outside the bounds or is not an integer.  Maybe it is a float, "
                            "or is there integer overflow?"),
                     path);
}

MaybeIssue Geometry(std::string message, const std::string& path) {
  return ParseFailed(std::move(message), path);
}

MaybeIssue CheckPosition(const Value& value, const std::string& path) {
  if (!value.is_array()) return WrongKind("Position", "Array", value, path);
  if (value.items().size() < 2) return Geometry("A Position needs at least 2 elements", path);
  for (const Value& item : value.items()) {
    if (!item.is_number()) return WrongKind("Double", "Number", item, path);
  }
  return {};
}

MaybeIssue CheckPositions(const Value& value, int depth, bool ring, bool line,
                          const std::string& path) {
  if (depth == 0) return CheckPosition(value, path);
  if (!value.is_array()) return WrongKind("Coordinates", "Array", value, path);
  const auto& items = value.items();
  if (depth == 1 && line && items.size() < 2) {
    return Geometry("A LineString needs at least 2 Positions", path);
  }
  if (depth == 1 && ring && items.size() < 4) {
    return Geometry("A LinearRing needs at least 4 Positions", path);
  }
  for (const Value& item : items)
    RETURN_IF_ISSUE(CheckPositions(item, depth - 1, ring, line, path));
  if (depth == 1 && ring && !(items.front() == items.back())) {
    return Geometry("the first and last locations have to be equal for a LinearRing", path);
  }
  return {};
}

struct Shape {
  std::string_view type;
  int depth;
  bool ring;
  bool line;
};
constexpr std::array<Shape, 6> kShapes = {{{"Point", 0, false, false},
                                           {"MultiPoint", 1, false, false},
                                           {"LineString", 1, false, true},
                                           {"MultiLineString", 2, false, true},
                                           {"Polygon", 2, true, false},
                                           {"MultiPolygon", 3, true, false}}};

MaybeIssue CheckGeoJson(const Value& value, const std::string& path) {
  if (value.is_string()) return {};
  if (!value.is_object()) return WrongKind("Geometry", "Object", value, path);
  const auto type = value.FindString("type");
  if (!type) return ParseFailed("key \"type\" not found", path);
  if (*type == "GeometryCollection") {
    const Value* members = value.Find("geometries");
    if (members == nullptr) return ParseFailed("key \"geometries\" not found", path);
    for (const Value& member : members->items()) RETURN_IF_ISSUE(CheckGeoJson(member, path));
    return {};
  }
  for (const Shape& shape : kShapes) {
    if (shape.type != *type) continue;
    const Value* coordinates = value.Find("coordinates");
    if (coordinates == nullptr) return ParseFailed("key \"coordinates\" not found", path);
    return CheckPositions(*coordinates, shape.depth, shape.ring, shape.line, path);
  }
  return Geometry(StrCat("unexpected geometry type: ", *type), path);
}

MaybeIssue CheckLabelPath(const Value& value, const std::string& path) {
  if (!value.is_string()) return WrongKind("Text", "String", value, path);
  if (value.string().empty()) return {};
  for (std::string_view label : Split(value.string(), '.')) {
    if (label.empty()) {
      return ParseFailed(
          "Expecting label path: a sequence of zero or more labels separated by dots, for example "
          "L1.L2.L3",
          path);
    }
  }
  return {};
}

MaybeIssue CheckRaster(const Value& value, const std::string& path) {
  if (!value.is_string()) return WrongKind("RasterWKB", "String", value, path);
  if (value.string().find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
    return ParseFailed("invalid hexadecimal representation of raster well known binary format",
                       path);
  }
  return {};
}

}  // namespace

MaybeIssue CheckColumnValue(const plan::SqlType& type, const Value& value,
                            const std::string& path) {
  if (value.is_null()) return {};
  if (type.dimensions > 0) {
    if (value.is_string()) return {};
    if (!value.is_array()) return WrongKind("Array", "Array", value, path);
    plan::SqlType element = type;
    --element.dimensions;
    for (size_t i = 0; i < value.items().size(); ++i) {
      RETURN_IF_ISSUE(CheckColumnValue(element, value.items()[i], StrCat(path, "[", i, "]")));
    }
    return {};
  }
  switch (ExpectedFor(type)) {
    case Expected::kAny:
      return {};
    case Expected::kInteger:
      return CheckInteger(type, value, path);
    case Expected::kNumber:
      if (value.is_number() || value.is_string()) return {};
      return WrongKind("Double", "Number", value, path);
    case Expected::kBoolean:
      if (value.is_bool() || value.is_string()) return {};
      return WrongKind("Bool", "Boolean", value, path);
    case Expected::kGeometry:
      return CheckGeoJson(value, path);
    case Expected::kRaster:
      return CheckRaster(value, path);
    case Expected::kLabelPath:
      return CheckLabelPath(value, path);
    case Expected::kString:
      if (value.is_string()) return {};
      return WrongKind("Text", "String", value, path);
  }
  return {};
}

}  // namespace joinery::planner
