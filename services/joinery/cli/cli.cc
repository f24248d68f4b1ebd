#include "services/joinery/cli/cli.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/strings.h"
#include "services/joinery/cli/run.h"
#include "services/joinery/schema_options.h"
#include "services/kit/settings.h"

namespace joinery::cli {
namespace {

constexpr char kUsageText[] =
    R"(usage: joinery metadata VERB [ARGUMENTS] [FLAGS]

  validate M          what is wrong with metadata, against a snapshot of its sources
  snapshot M          record what the sources have, for validate and diff without a network
  diff A B            what changes for clients from A to B, per role
  apply M             replace the server's metadata
  export FOLDER       write the server's metadata into a folder (Hasura CLI, config v3)
  reload              let the server read all its sources again
  inconsistent        what the server leaves out, and why

M is a folder, a file, or either at a git revision (REV:path); A and B also a server (http://…).

flags:
  --output FORM       human (default), json, sarif or junit
  --snapshot FILE     of the sources (default: snapshot.json in the metadata folder)
  --live              validate, diff: ask the sources instead
  --role R[,R…]       diff: only these roles
  --fail-on WHAT      exit code 1 for: breaking (default), dangerous, safe or never;
                      validate: error (default), warning or never
  --endpoint URL      the server (HASURA_GRAPHQL_ENDPOINT, or `endpoint` in config.yaml)
  --admin-secret S    (HASURA_GRAPHQL_ADMIN_SECRET, or `admin_secret` in config.yaml)
  --allow-inconsistent  apply: also what is not consistent

exit codes: 0 fine, 1 findings, 2 wrong usage, 3 could not be done
)";

struct Verb {
  std::string_view name;
  size_t words;
  StatusOr<int> (*run)(const Run&);
};
constexpr std::array<Verb, 7> kVerbs = {{{"validate", 1, Validate},
                                         {"snapshot", 1, Snapshot},
                                         {"diff", 2, Diff},
                                         {"apply", 1, Apply},
                                         {"export", 1, Export},
                                         {"reload", 0, Reload},
                                         {"inconsistent", 0, Inconsistent}}};

int Complain(ExitCode code, std::string_view message) {
  std::fprintf(stderr, "joinery metadata: %.*s\n", static_cast<int>(message.size()),
               message.data());
  return code;
}

void ReadFailOn(kit::Settings& settings, Run& run) {
  using Severity = plan::Finding::Severity;
  const std::string text = settings.Text("fail-on", "", "error");
  if (text == "breaking" || text == "error") {
    run.fail_on = Severity::kError;
  } else if (text == "dangerous" || text == "warning") {
    run.fail_on = Severity::kWarning;
  } else if (text == "safe") {
    run.fail_on = Severity::kNote;
  } else if (text == "never") {
    run.fail_on = std::nullopt;
  } else {
    settings.AddMistake(StrCat("--fail-on: there is no \"", text, "\""));
  }
}

// False: a flag makes no sense.
bool ReadFlags(kit::Settings& settings, Run& run) {
  run.snapshot = settings.Text("snapshot", "");
  run.live = settings.Bool("live", "", false);
  for (const std::string_view role : Split(settings.Text("role", ""), ',')) {
    if (!Trim(role).empty()) run.roles.emplace_back(Trim(role));
  }
  run.schema = ReadSchemaOptions(settings);
  ReadFailOn(settings, run);
  run.endpoint = settings.Text("endpoint", "HASURA_GRAPHQL_ENDPOINT");
  run.admin_secret = settings.Text("admin-secret", "HASURA_GRAPHQL_ADMIN_SECRET");
  run.allow_inconsistent = settings.Bool("allow-inconsistent", "", false);
  const std::string form = settings.Text("output", "", "human");
  if (const auto output = ReadOutputForm(form)) {
    run.output = *output;
  } else {
    settings.AddMistake(StrCat("--output: expected human, json, sarif or junit, not ", form));
  }
  for (const std::string& mistake : settings.mistakes()) Complain(kUsage, mistake);
  return settings.mistakes().empty();
}

}  // namespace

int RunMetadata(const std::vector<std::string>& words) {
  if (words.empty() || words[0] == "help" || words[0] == "--help") {
    std::fputs(kUsageText, words.empty() ? stderr : stdout);
    return words.empty() ? kUsage : kFine;
  }
  const auto verb = std::ranges::find(kVerbs, std::string_view(words[0]), &Verb::name);
  if (verb == kVerbs.end()) {
    Complain(kUsage, StrCat("there is no verb \"", words[0], "\""));
    std::fputs(kUsageText, stderr);
    return kUsage;
  }
  Run run{.verb = words[0]};
  StatusOr<kit::Settings> settings =
      kit::Settings::Parse({words.begin() + 1, words.end()},
                           {"endpoint", "admin-secret", "allow-inconsistent!", "output", "snapshot",
                            "live!", "role", "fail-on"},
                           &run.words);
  if (!settings.ok()) return Complain(kUsage, MessageOf(settings.status()));
  if (!ReadFlags(*settings, run)) return kUsage;
  if (run.words.size() != verb->words) {
    return Complain(kUsage, StrCat(run.verb, " takes ", verb->words, " argument",
                                   verb->words == 1 ? "" : "s", ", not ", run.words.size()));
  }
  const StatusOr<int> code = verb->run(run);
  if (code.ok()) return *code;
  const bool usage = code.status().code() == StatusCode::kInvalidArgument;
  return Complain(usage ? kUsage : kFailed, MessageOf(code.status()));
}

}  // namespace joinery::cli
