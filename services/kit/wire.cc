#include "services/kit/wire.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "json/write.h"
#include "plan/codec.h"

namespace joinery::kit {

grpc::Status ToGrpc(const Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(MessageOf(status)));
}

Status FromGrpc(const grpc::Status& status) {
  return MakeStatus(static_cast<StatusCode>(status.error_code()), status.error_message());
}

void SetDeadline(const CallContext& context, grpc::ClientContext& client) {
  if (context.deadline == CallContext::Clock::time_point::max()) return;
  client.set_deadline(std::chrono::system_clock::now() + context.remaining());
}

v1::Issue ToWire(const Issue& issue) {
  v1::Issue out;
  out.set_code(issue.code);
  out.set_message(issue.message);
  out.set_path(issue.path);
  out.set_internal_json(issue.internal);
  out.set_http_status(issue.http_status);
  return out;
}

Issue FromWire(const v1::Issue& issue) {
  return {.code = issue.code(),
          .message = issue.message(),
          .path = issue.path(),
          .internal = issue.internal_json(),
          .http_status = issue.http_status()};
}

namespace {

void SetHeaders(const std::shared_ptr<const plan::Headers>& headers,
                google::protobuf::RepeatedPtrField<v1::Header>& out) {
  if (headers == nullptr) return;
  for (const auto& [name, value] : *headers) {
    v1::Header& header = *out.Add();
    header.set_name(name);
    header.set_value(value);
  }
}

std::shared_ptr<const plan::Headers> GetHeaders(
    const google::protobuf::RepeatedPtrField<v1::Header>& headers) {
  auto out = std::make_shared<plan::Headers>();
  for (const v1::Header& header : headers) out->emplace_back(header.name(), header.value());
  return out;
}

}  // namespace

v1::ExecuteRequest ToWire(const plan::ExecuteRequest& request) {
  v1::ExecuteRequest out;
  out.set_source(request.source.name);
  out.set_parameters(plan::Encode(request.parameters));
  out.set_key_batches(plan::Encode(request.batches));
  out.set_access(request.access == plan::Access::kRead ? v1::ACCESS_READ : v1::ACCESS_WRITE);
  SetHeaders(request.session, *out.mutable_session());
  SetHeaders(request.client_headers, *out.mutable_client_headers());
  out.set_schema_version(request.schema_version);
  out.set_begins_within_ms(static_cast<uint32_t>(request.begins_within.count()));
  return out;
}

StatusOr<plan::ExecuteRequest> FromWire(const v1::ExecuteRequest& request, plan::SourceKind kind) {
  plan::ExecuteRequest out;
  out.source = {kind, request.source()};
  ASSIGN_OR_RETURN(out.parameters,
                   plan::Decode<std::vector<plan::ParameterValue>>(request.parameters()));
  ASSIGN_OR_RETURN(out.batches, plan::Decode<std::vector<plan::KeyBatch>>(request.key_batches()));
  out.access = request.access() == v1::ACCESS_READ ? plan::Access::kRead : plan::Access::kWrite;
  out.session = GetHeaders(request.session());
  out.client_headers = GetHeaders(request.client_headers());
  out.schema_version = request.schema_version();
  out.begins_within = std::chrono::milliseconds(request.begins_within_ms());
  return out;
}

namespace {

// Both enums count from the worst; zero says nothing on the wire.
template <typename To, typename From>
To SeverityToWire(From severity) {
  return static_cast<To>(static_cast<int>(severity) + 1);
}
template <typename To, typename From>
To SeverityFromWire(From severity) {
  return static_cast<To>(std::clamp(static_cast<int>(severity), 1, 3) - 1);
}

}  // namespace

v1::Finding ToWire(const plan::Finding& finding) {
  v1::Finding out;
  out.set_severity(SeverityToWire<v1::Finding::Severity>(finding.severity));
  out.set_rule(finding.rule);
  out.set_message(finding.message);
  out.set_object(finding.object);
  out.set_path(finding.path);
  return out;
}

plan::Finding FromWire(const v1::Finding& finding) {
  return {.severity = SeverityFromWire<plan::Finding::Severity>(finding.severity()),
          .rule = finding.rule(),
          .message = finding.message(),
          .object = finding.object(),
          .path = finding.path()};
}

v1::SchemaChange ToWire(const plan::SchemaChange& change) {
  v1::SchemaChange out;
  out.set_severity(SeverityToWire<v1::SchemaChange::Severity>(change.severity));
  out.set_kind(change.kind);
  out.set_coordinate(change.coordinate);
  out.set_message(change.message);
  for (const std::string& role : change.roles) out.add_roles(role);
  return out;
}

plan::SchemaChange FromWire(const v1::SchemaChange& change) {
  return {.severity = SeverityFromWire<plan::SchemaChange::Severity>(change.severity()),
          .kind = change.kind(),
          .coordinate = change.coordinate(),
          .message = change.message(),
          .roles = {change.roles().begin(), change.roles().end()}};
}

v1::Source ToWire(const plan::SourceConfig& source) {
  v1::Source out;
  out.set_name(source.name.name);
  out.set_definition_json(json::ToString(source.definition));
  return out;
}

StatusOr<plan::SourceConfig> FromWire(const v1::Source& source, plan::SourceKind kind) {
  plan::SourceConfig out;
  out.name = {kind, source.name()};
  ASSIGN_OR_RETURN(out.definition, json::Parse(source.definition_json()));
  return out;
}

v1::WatchResponse ToWire(const plan::NewVersion& version) {
  v1::WatchResponse out;
  out.set_schema_version(version.schema_version);
  out.set_previous_schema_version(version.previous);
  for (const std::string& role : version.changed_roles) out.add_changed_roles(role);
  return out;
}

plan::NewVersion FromWire(const v1::WatchResponse& response) {
  return {.schema_version = response.schema_version(),
          .previous = response.previous_schema_version(),
          .changed_roles = {response.changed_roles().begin(), response.changed_roles().end()}};
}

}  // namespace joinery::kit
