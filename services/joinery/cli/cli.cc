#include "services/joinery/cli/cli.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/strings.h"
#include "services/joinery/cli/run.h"
#include "services/kit/settings.h"

namespace joinery::cli {
namespace {

constexpr char kUsageText[] =
    R"(usage: joinery metadata VERB [ARGUMENTS] [FLAGS]

  apply PATH          replace the server's metadata by a folder or file
  export FOLDER       write the server's metadata into a folder (Hasura CLI, config v3)
  reload              let the server read all its sources again
  inconsistent        what the server leaves out, and why

flags:
  --endpoint URL      the server (HASURA_GRAPHQL_ENDPOINT, or `endpoint` in config.yaml)
  --admin-secret S    (HASURA_GRAPHQL_ADMIN_SECRET, or `admin_secret` in config.yaml)
  --allow-inconsistent  apply: also what is not consistent
  --output FORM       human (default), json, sarif or junit

exit codes: 0 fine, 1 findings, 2 wrong usage, 3 could not be done
)";

struct Verb {
  std::string_view name;
  size_t words;
  StatusOr<int> (*run)(const Run&);
};
constexpr std::array<Verb, 4> kVerbs = {{{"apply", 1, Apply},
                                         {"export", 1, Export},
                                         {"reload", 0, Reload},
                                         {"inconsistent", 0, Inconsistent}}};

int Complain(ExitCode code, std::string_view message) {
  std::fprintf(stderr, "joinery metadata: %.*s\n", static_cast<int>(message.size()),
               message.data());
  return code;
}

// False: a flag makes no sense.
bool ReadFlags(kit::Settings& settings, Run& run) {
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
  StatusOr<kit::Settings> settings = kit::Settings::Parse(
      {words.begin() + 1, words.end()},
      {"endpoint", "admin-secret", "allow-inconsistent!", "output"}, &run.words);
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
