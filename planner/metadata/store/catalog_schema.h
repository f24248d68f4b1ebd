#pragma once

#include "base/status.h"
#include "planner/metadata/store/postgres_session.h"

namespace joinery::metadata {

// The tables of schema hdb_catalog, laid out as Hasura v2 lays them out, so that either can start
// on the other's database. Facts: hasura/graphql-engine, server/src-rsr.
inline constexpr int kCatalogVersion = 48;
// Since then the metadata is one document; what is older, Hasura has to bring up first.
inline constexpr int kOldestCatalogVersion = 43;

// Creates the catalog, or brings it to kCatalogVersion. FailedPrecondition: it is older or newer
// than that can be done for.
Status PrepareCatalog(PostgresSession::Transaction& transaction);

// FailedPrecondition: this is no version that Joinery works on.
Status CheckCatalogVersion(const std::string& version);

}  // namespace joinery::metadata
