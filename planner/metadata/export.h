#pragma once

#include "json/value.h"

namespace joinery::metadata {

// The document as export_metadata shows it: top-level members in their order, empty ones left out,
// table names as objects.
json::Value ExportDocument(const json::Value& document);

}  // namespace joinery::metadata
