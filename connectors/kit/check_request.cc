#include "connectors/kit/check_request.h"

namespace joinery::connectors {

Status CheckRequest(const plan::ExecuteRequest& request) {
  if (request.fragment == nullptr) return InvalidArgument("no fragment");
  const plan::Fragment& fragment = *request.fragment;
  if (request.parameters.size() != fragment.parameters) {
    return InvalidArgument("parameters do not match the fragment");
  }
  if (request.batches.size() != fragment.batches.size()) {
    return InvalidArgument("key batches do not match the fragment");
  }
  for (size_t i = 0; i < fragment.batches.size(); ++i) {
    const plan::KeyBatch& batch = request.batches[i];
    // A batch without keys may come without columns.
    if (batch.columns.empty()) continue;
    if (batch.columns.size() != fragment.batches[i].columns) {
      return InvalidArgument("columns of a key batch do not match the fragment");
    }
    for (const auto& column : batch.columns) {
      if (column.size() != batch.size()) {
        return InvalidArgument("columns of a key batch differ in length");
      }
    }
  }
  return OkStatus();
}

}  // namespace joinery::connectors
