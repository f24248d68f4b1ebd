#pragma once

#include <grpcpp/grpcpp.h>

#include <string>

#include "base/call_context.h"
#include "base/issue.h"
#include "base/status.h"
#include "plan/connector.h"
#include "plan/finding.h"
#include "plan/new_version.h"
#include "plan/schema_change.h"
#include "proto/joinery/v1/connector.pb.h"
#include "proto/joinery/v1/planner.pb.h"

// Between our types and the messages of proto/joinery/v1; the only place where both are known.
namespace joinery::kit {

grpc::Status ToGrpc(const Status& status);
Status FromGrpc(const grpc::Status& status);

void SetDeadline(const CallContext& context, grpc::ClientContext& client);

v1::Issue ToWire(const Issue& issue);
Issue FromWire(const v1::Issue& issue);

// All but the fragment.
v1::ExecuteRequest ToWire(const plan::ExecuteRequest& request);
// InvalidArgument: what is encoded inside does not decode. The fragment is left empty.
StatusOr<plan::ExecuteRequest> FromWire(const v1::ExecuteRequest& request, plan::SourceKind kind);

v1::Finding ToWire(const plan::Finding& finding);
plan::Finding FromWire(const v1::Finding& finding);

v1::SchemaChange ToWire(const plan::SchemaChange& change);
plan::SchemaChange FromWire(const v1::SchemaChange& change);

v1::Source ToWire(const plan::SourceConfig& source);
StatusOr<plan::SourceConfig> FromWire(const v1::Source& source, plan::SourceKind kind);

v1::WatchResponse ToWire(const plan::NewVersion& version);
plan::NewVersion FromWire(const v1::WatchResponse& response);

}  // namespace joinery::kit
