#include "services/joinery/cli/report.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/strings.h"
#include "json/value.h"
#include "json/write.h"

namespace joinery::cli {
namespace {

using json::Value;
using Severity = plan::Finding::Severity;

std::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kNote:
      return "note";
  }
  return "note";
}

// Changes are told by what they mean for clients.
std::string_view SeverityName(const ReportedFinding& one) {
  if (one.roles.empty()) return SeverityName(one.finding.severity);
  switch (one.finding.severity) {
    case Severity::kError:
      return "breaking";
    case Severity::kWarning:
      return "dangerous";
    case Severity::kNote:
      return "safe";
  }
  return "safe";
}

std::string PlaceText(const metadata::Place& place) {
  if (place.line == 0) return place.file;
  return StrCat(place.file, ":", place.line, ":", place.column);
}

size_t CountOf(const Report& report, Severity severity) {
  return static_cast<size_t>(std::ranges::count_if(
      report.findings,
      [&](const ReportedFinding& one) { return one.finding.severity == severity; }));
}

// --- Human

std::string Human(const Report& report) {
  std::string out;
  for (const ReportedFinding& one : report.findings) {
    const auto& [finding, place, roles] = one;
    if (!place.file.empty()) StrAppend(out, PlaceText(place), ": ");
    StrAppend(out, SeverityName(one), ": ", ReplaceAll(Trim(finding.message), "\n", "\n  "), " [",
              finding.rule, "]\n");
    if (!roles.empty()) StrAppend(out, "  roles: ", Join(roles, ", "), "\n");
  }
  StrAppend(out, report.verdict, "\n");
  return out;
}

// --- JSON

std::string Json(const Report& report) {
  Value findings = Value::Array();
  for (const ReportedFinding& reported : report.findings) {
    const auto& [finding, place, roles] = reported;
    Value one = Value::Object({{"severity", Value(SeverityName(reported))},
                               {"rule", Value(finding.rule)},
                               {"message", Value(finding.message)}});
    if (!finding.object.empty()) one.Set("object", finding.object);
    if (!finding.path.empty()) one.Set("path", finding.path);
    if (!roles.empty()) {
      Value names = Value::Array();
      for (const std::string& role : roles) names.Append(role);
      one.Set("roles", std::move(names));
    }
    if (!place.file.empty()) {
      one.Set("file", place.file);
      if (place.line > 0) {
        one.Set("line", place.line);
        one.Set("column", place.column);
      }
    }
    findings.Append(std::move(one));
  }
  const auto count = [&](Severity severity) {
    return Value(static_cast<int64_t>(CountOf(report, severity)));
  };
  const Value out = Value::Object({{"verb", Value(report.verb)},
                                   {"subject", Value(report.subject)},
                                   {"errors", count(Severity::kError)},
                                   {"warnings", count(Severity::kWarning)},
                                   {"notes", count(Severity::kNote)},
                                   {"findings", std::move(findings)}});
  return json::ToPrettyString(out) + "\n";
}

// --- SARIF

Value SarifText(std::string_view text) { return Value::Object({{"text", Value(text)}}); }

Value SarifLocation(const ReportedFinding& one) {
  Value out = Value::Object();
  if (!one.place.file.empty()) {
    Value physical =
        Value::Object({{"artifactLocation", Value::Object({{"uri", Value(one.place.file)}})}});
    if (one.place.line > 0) {
      physical.Set("region", Value::Object({{"startLine", Value(one.place.line)},
                                            {"startColumn", Value(one.place.column)}}));
    }
    out.Set("physicalLocation", std::move(physical));
  }
  if (!one.finding.object.empty()) {
    Value logical = Value::Object({{"fullyQualifiedName", Value(one.finding.object)}});
    out.Set("logicalLocations", Value::Array({std::move(logical)}));
  }
  return out;
}

std::string Sarif(const Report& report) {
  std::map<std::string, size_t> rules;
  for (const ReportedFinding& one : report.findings) rules.emplace(one.finding.rule, 0);
  Value rule_list = Value::Array();
  for (auto& [rule, index] : rules) {
    index = rule_list.items().size();
    rule_list.Append(Value::Object({{"id", Value(rule)}}));
  }
  Value results = Value::Array();
  for (const ReportedFinding& one : report.findings) {
    const plan::Finding& finding = one.finding;
    std::string message = finding.message;
    if (!one.roles.empty()) StrAppend(message, " (roles: ", Join(one.roles, ", "), ")");
    results.Append(
        Value::Object({{"ruleId", Value(finding.rule)},
                       {"ruleIndex", Value(static_cast<int64_t>(rules.at(finding.rule)))},
                       {"level", Value(SeverityName(finding.severity))},
                       {"message", SarifText(message)},
                       {"locations", Value::Array({SarifLocation(one)})}}));
  }
  const Value driver = Value::Object({{"name", Value("joinery")},
                                      {"semanticVersion", Value("0.1.0")},
                                      {"rules", std::move(rule_list)}});
  const Value run = Value::Object({{"tool", Value::Object({{"driver", driver}})},
                                   {"columnKind", Value("unicodeCodePoints")},
                                   {"results", std::move(results)}});
  const Value out =
      Value::Object({{"$schema", Value("https://json.schemastore.org/sarif-2.1.0.json")},
                     {"version", Value("2.1.0")},
                     {"runs", Value::Array({run})}});
  return json::ToPrettyString(out) + "\n";
}

// --- JUnit

std::string Xml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
        out += "&#10;";
        break;
      case '\t':
        out += "&#9;";
        break;
      default:
        // XML has no place for other control characters.
        if (static_cast<unsigned char>(c) >= 0x20) out += c;
    }
  }
  return out;
}

std::string JunitCase(const Report& report, const ReportedFinding& one) {
  const plan::Finding& finding = one.finding;
  const std::string name = finding.object.empty() ? finding.rule : finding.object;
  std::string out =
      StrCat("    <testcase classname=\"", Xml(report.verb), "\" name=\"", Xml(name), "\"");
  if (!one.place.file.empty()) {
    StrAppend(out, " file=\"", Xml(one.place.file), "\"");
    if (one.place.line > 0) StrAppend(out, " line=\"", one.place.line, "\"");
  }
  std::string text = finding.message;
  if (!one.place.file.empty()) text = StrCat(PlaceText(one.place), ": ", text);
  if (!one.roles.empty()) StrAppend(text, "\nroles: ", Join(one.roles, ", "));
  if (finding.severity == Severity::kError) {
    StrAppend(out, ">\n      <failure type=\"", Xml(finding.rule), "\" message=\"",
              Xml(finding.message), "\">", Xml(text), "</failure>\n    </testcase>\n");
  } else {
    StrAppend(out, ">\n      <system-out>", SeverityName(one), ": ", Xml(text),
              "</system-out>\n    </testcase>\n");
  }
  return out;
}

std::string Junit(const Report& report) {
  const size_t tests = std::max<size_t>(1, report.findings.size());
  const size_t failures = CountOf(report, Severity::kError);
  const std::string counts = StrCat("tests=\"", tests, "\" failures=\"", failures, "\"");
  std::string out =
      StrCat("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites ", counts,
             ">\n  <testsuite name=\"joinery metadata ", Xml(report.verb), "\" ", counts, ">\n");
  for (const ReportedFinding& one : report.findings) out += JunitCase(report, one);
  if (report.findings.empty()) {
    StrAppend(out, "    <testcase classname=\"", Xml(report.verb), "\" name=\"",
              Xml(report.subject), "\"/>\n");
  }
  return out + "  </testsuite>\n</testsuites>\n";
}

}  // namespace

std::optional<OutputForm> ReadOutputForm(std::string_view name) {
  if (name == "human") return OutputForm::kHuman;
  if (name == "json") return OutputForm::kJson;
  if (name == "sarif") return OutputForm::kSarif;
  if (name == "junit") return OutputForm::kJunit;
  return std::nullopt;
}

std::string FormatReport(Report report, OutputForm form) {
  std::ranges::stable_sort(report.findings, {}, [](const ReportedFinding& one) {
    return std::tie(one.place.file, one.place.line, one.place.column, one.finding.severity,
                    one.finding.object, one.finding.message);
  });
  switch (form) {
    case OutputForm::kHuman:
      return Human(report);
    case OutputForm::kJson:
      return Json(report);
    case OutputForm::kSarif:
      return Sarif(report);
    case OutputForm::kJunit:
      return Junit(report);
  }
  return {};
}

}  // namespace joinery::cli
