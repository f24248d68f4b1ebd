#include <thread>

#include "base/log.h"
#include "base/strings.h"
#include "planner/metadata/default_source.h"
#include "planner/metadata/store/file_store.h"
#include "planner/metadata/store/memory_store.h"
#include "planner/metadata/store/postgres_store.h"
#include "services/joinery/options.h"

namespace joinery {
namespace {

constexpr char kDatabaseUrl[] = "HASURA_GRAPHQL_DATABASE_URL";
// How long a database may take to come up beside us, and how often it is asked.
constexpr std::chrono::seconds kPatience{30};
constexpr std::chrono::milliseconds kPause{500};

bool MayComeUp(const Status& status) {
  return status.code() == StatusCode::kUnavailable ||
         status.code() == StatusCode::kDeadlineExceeded;
}

StatusOr<std::unique_ptr<metadata::Store>> OpenDatabase(const StoreOptions& options) {
  const json::Value first = metadata::EmptyDocument(options.default_database_env);
  const auto until = std::chrono::steady_clock::now() + kPatience;
  auto store = metadata::OpenPostgresStore(options.database_url, first);
  while (!store.ok() && MayComeUp(store.status()) && std::chrono::steady_clock::now() < until) {
    Log(LogLevel::kWarn, "metadata-store",
        {{"message", MessageOf(store.status())}, {"consequence", "trying again"}});
    std::this_thread::sleep_for(kPause);
    store = metadata::OpenPostgresStore(options.database_url, first);
  }
  if (store.ok()) return store;
  return MakeStatus(store.status().code(),
                    StrCat("the metadata database cannot be used: ", MessageOf(store.status()),
                           " (it is the one of --metadata-database-url, "
                           "HASURA_GRAPHQL_METADATA_DATABASE_URL or ",
                           kDatabaseUrl, "; --metadata reads the metadata from files instead)"));
}

StatusOr<std::unique_ptr<metadata::Store>> Open(const StoreOptions& options) {
  if (!options.path.empty()) {
    return metadata::OpenFileStore({.path = options.path,
                                    .writable = options.writable,
                                    .default_database_env = options.default_database_env});
  }
  if (!options.database_url.empty()) return OpenDatabase(options);
  return metadata::MakeMemoryStore(metadata::EmptyDocument(options.default_database_env));
}

}  // namespace

StoreOptions ReadStoreOptions(kit::Settings& settings) {
  StoreOptions out;
  out.path = settings.Text("metadata", "HASURA_GRAPHQL_METADATA_DIR");
  out.writable = settings.Bool("metadata-writable", "JOINERY_METADATA_WRITABLE", false);
  const std::string default_url = settings.Text("", kDatabaseUrl);
  if (!default_url.empty()) out.default_database_env = kDatabaseUrl;
  out.database_url = settings.Text("metadata-database-url", "HASURA_GRAPHQL_METADATA_DATABASE_URL");
  if (out.database_url.empty()) out.database_url = default_url;
  return out;
}

Status OpenStore(const StoreOptions& options, planner::EngineOptions& engine) {
  ASSIGN_OR_RETURN(std::shared_ptr<metadata::Store> store, Open(options));
  ASSIGN_OR_RETURN(auto start, store->LoadOther({}));
  if (!start) return FailedPrecondition("the metadata database holds no metadata");
  engine.store = std::move(store);
  engine.start = *std::move(start);
  return OkStatus();
}

}  // namespace joinery
