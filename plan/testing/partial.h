#pragma once

#include <memory>
#include <string>
#include <vector>

#include "plan/connector.h"
#include "plan/planner.h"

// Bases of test doubles: what a test does not override says so when it is asked all the same.
namespace joinery::plan::testing {

inline Status NotPartOfTheTest() { return Unimplemented("this test asks for nothing of the kind"); }

class PartialConnector : public Connector {
 public:
  void Execute(const CallContext&, EventLoop*, ExecuteRequest, ExecuteCallback done) override {
    done(NotPartOfTheTest());
  }
  StatusOr<json::Value> Explain(const CallContext&, const ExecuteRequest&) override {
    return NotPartOfTheTest();
  }
  StatusOr<IntrospectResult> Introspect(const CallContext&, const SourceConfig&) override {
    return NotPartOfTheTest();
  }
  StatusOr<json::Value> Administer(const CallContext&, const SourceConfig&,
                                   const json::Value&) override {
    return NotPartOfTheTest();
  }
  void SetSources(std::vector<SourceConfig>, uint64_t) override {}
};

class PartialPlanner : public Planner {
 public:
  StatusOr<IssueOr<PlanResponse>> Plan(const CallContext&, const PlanRequest&) override {
    return NotPartOfTheTest();
  }
  StatusOr<IssueOr<json::Value>> Explain(const CallContext&, const json::Value&) override {
    return NotPartOfTheTest();
  }
  StatusOr<std::vector<DocumentError>> Validate(const CallContext&, const std::string&,
                                                const std::string&) override {
    return NotPartOfTheTest();
  }
  StatusOr<IssueOr<std::string>> SchemaSdl(const CallContext&, const std::string&) override {
    return NotPartOfTheTest();
  }
  StatusOr<IssueOr<std::string>> SchemaIntrospection(const CallContext&,
                                                     const std::string&) override {
    return NotPartOfTheTest();
  }
  StatusOr<MetadataResponse> Metadata(const CallContext&, const MetadataRequest&) override {
    return NotPartOfTheTest();
  }
  StatusOr<RestEndpoints> Endpoints(const CallContext&) override { return NotPartOfTheTest(); }
  StatusOr<bool> Consistent(const CallContext&) override { return true; }
  StatusOr<Freshness> GetFreshness(const CallContext&) override { return NotPartOfTheTest(); }
  std::shared_ptr<void> Watch(VersionChanged) override { return nullptr; }
  std::shared_ptr<void> WatchSources(SourceKind, SourcesChanged) override { return nullptr; }
};

}  // namespace joinery::plan::testing
