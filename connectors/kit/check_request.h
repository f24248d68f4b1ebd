#pragma once

#include "base/status.h"
#include "plan/connector.h"

namespace joinery::connectors {

// Whether parameters and batches are as many as the fragment says, and all columns of a batch of
// one length. InvalidArgument otherwise: the caller is at fault, not the source.
Status CheckRequest(const plan::ExecuteRequest& request);

}  // namespace joinery::connectors
