#pragma once

#include "planner/metadata/model.h"

namespace joinery::metadata {

// Takes what is there a second time under its name out of the lists, and tells it in
// `metadata.duplicates`.
void TakeDuplicates(Metadata& metadata);

}  // namespace joinery::metadata
