#pragma once

#include <string>
#include <string_view>

#include "json/value.h"

namespace joinery::json {

// Appends `text` as a JSON string, quotes included. Bytes that need no escape are copied in runs.
void AppendQuoted(std::string& out, std::string_view text);

// Appends `text` escaped as the inside of a JSON string, without the quotes.
void AppendEscaped(std::string& out, std::string_view text);

// Compact JSON.
void Write(const Value& value, std::string& out);
std::string ToString(const Value& value);

// Two blanks of indentation, for people.
std::string ToPrettyString(const Value& value);

// The text with members of each object sorted by name: equal documents give equal texts.
std::string ToCanonicalString(const Value& value);

}  // namespace joinery::json
