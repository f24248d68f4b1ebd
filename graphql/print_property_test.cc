#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

#include "base/strings.h"
#include "graphql/lexer.h"
#include "graphql/parser.h"
#include "graphql/printer.h"

namespace joinery::graphql {
namespace {

// Writes random documents as text, with blanks and comments where the grammar lets them be.
class Writer {
 public:
  std::string Executable() {
    std::string out;
    const int definitions = *rc::gen::inRange(1, 4);
    for (int i = 0; i < definitions; ++i) {
      StrAppend(out, Pick({"query Q", "mutation M", "subscription S", "fragment F on T"}));
      StrAppend(out, i, ' ');
      if (out.ends_with(StrCat("T", i, ' '))) out.append(Directives(false));
      out.append(Blank()).append(Selections(3));
    }
    return out;
  }

  std::string TypeSystem() {
    std::string out;
    const int definitions = *rc::gen::inRange(1, 5);
    for (int i = 0; i < definitions; ++i) StrAppend(out, TypeDefinition(), Blank(), '\n');
    return out;
  }

 private:
  static std::string Pick(std::vector<std::string> choices) {
    return *rc::gen::elementOf(std::move(choices));
  }
  static bool Chance(int percent) { return *rc::gen::inRange(0, 100) < percent; }
  std::string Blank() { return Pick({" ", "\n", "\t", ", ", " # comment \" { \n", "\r\n"}); }
  std::string Name() { return Pick({"a", "_b", "on", "type", "query", "fragment", "x1", "Input"}); }

  template <typename Each>
  std::string Many(int most, Each each) {
    std::string out;
    const int count = *rc::gen::inRange(1, most + 1);
    for (int i = 0; i < count; ++i) StrAppend(out, Blank(), each());
    return out;
  }

  std::string StringLiteral() {
    if (Chance(30)) {
      return StrCat("\"\"\"",
                    Pick({"", "x", "\n  a\n    b\n  ", " lead", "tail\n", "q\\\"\"\"q",
                          "\n\n x \n\n", "back\\slash", "tab\there", "é\r\n\n ü"}),
                    "\"\"\"");
    }
    return StrCat('"',
                  Pick({"", "plain", "\\n\\t\\\\", "\\\"", "\\u00e9", "\\uD83D\\uDE00", "é😀",
                        "\\u0000\\u007f", "\\u{1F600}", " two\\n lines "}),
                  '"');
  }

  std::string Value(int depth, bool constant) {
    const int kind = *rc::gen::inRange(0, depth > 0 ? 9 : 7);
    switch (kind) {
      case 0:
        return constant ? std::string("1") : StrCat("$", Name());
      case 1:
        return Pick({"0", "-1", "42", "123456789012345678901234567890"});
      case 2:
        return Pick({"1.5", "-0.0", "1e10", "2.5E-3"});
      case 3:
        return StringLiteral();
      case 4:
        return Pick({"true", "false"});
      case 5:
        return "null";
      case 6:
        return Pick({"RED", "on", "type"});
      case 7:
        return StrCat('[', Chance(30) ? "" : Many(3, [&] { return Value(depth - 1, constant); }),
                      Blank(), ']');
      default:
        return StrCat(
            '{',
            Chance(30)
                ? ""
                : Many(3, [&] { return StrCat(Name(), Blank(), ':', Value(depth - 1, constant)); }),
            Blank(), '}');
    }
  }

  std::string Arguments(bool constant) {
    if (Chance(50)) return {};
    return StrCat('(', Many(3, [&] { return StrCat(Name(), ':', Blank(), Value(2, constant)); }),
                  ')');
  }

  std::string Directives(bool constant) {
    if (Chance(60)) return {};
    return Many(2, [&] { return StrCat('@', Name(), Arguments(constant)); });
  }

  std::string Selections(int depth) {
    return StrCat('{', Many(3, [&] { return Selection(depth); }), Blank(), '}');
  }

  std::string Selection(int depth) {
    const int kind = *rc::gen::inRange(0, 6);
    if (kind == 0) return StrCat("...", Pick({"F0", "x"}), Directives(false));
    if (kind == 1 && depth > 0) {
      return StrCat("...", Chance(50) ? " on T" : "", Directives(false), Selections(depth - 1));
    }
    return StrCat(Chance(30) ? StrCat(Name(), ':') : std::string(), Name(), Arguments(false),
                  Directives(false),
                  depth > 0 && Chance(40) ? Selections(depth - 1) : std::string());
  }

  std::string Description() {
    return Chance(70) ? std::string() : StrCat(StringLiteral(), Blank());
  }
  std::string Type(int depth) {
    const std::string core =
        depth == 0 || Chance(60) ? Name() : StrCat('[', Type(depth - 1), Blank(), ']');
    return core + (Chance(40) ? "!" : "");
  }
  std::string InputValue() {
    return StrCat(Description(), Name(), ':', Type(2),
                  Chance(40) ? StrCat(" = ", Value(2, true)) : std::string(), Directives(true));
  }
  std::string FieldDefinition() {
    const std::string arguments =
        Chance(40) ? StrCat('(', Many(2, [&] { return InputValue(); }), ')') : std::string();
    return StrCat(Description(), Name(), arguments, ':', Type(2), Directives(true));
  }
  std::string Block(const std::string& inside) { return StrCat('{', inside, Blank(), '}'); }

  std::string TypeDefinition() {
    const std::string implements = Chance(30) ? " implements & I & J" : "";
    const std::string fields = Block(Many(3, [&] { return FieldDefinition(); }));
    const std::string inputs = Block(Many(3, [&] { return InputValue(); }));
    const std::string values = Block(Many(3, [&] {
      return StrCat(Description(), Pick({"RED", "on", "input"}), Directives(true));
    }));
    const std::string members = Pick({" = A", " = | A | B", "= A|B|C"});
    const bool extend = Chance(20);
    const std::string head = extend ? "extend " : Description();
    switch (*rc::gen::inRange(0, 8)) {
      case 0:
        return StrCat(head, "scalar S", extend ? " @d" : Directives(true));
      case 1:
        return StrCat(head, "type T", implements, Directives(true), fields);
      case 2:
        return StrCat(head, "interface T", implements, Directives(true), fields);
      case 3:
        return StrCat(head, "union U", Directives(true), members);
      case 4:
        return StrCat(head, "enum E", Directives(true), values);
      case 5:
        return StrCat(head, "input N", Directives(true), inputs);
      case 6:
        return StrCat(head, "schema", Directives(true), "{ query: Q mutation: M }");
      default:
        return StrCat(extend ? std::string() : head, "directive @d",
                      Chance(50) ? StrCat('(', InputValue(), ')') : std::string(),
                      Chance(50) ? " repeatable" : "", " on FIELD | QUERY");
    }
  }
};

// The tokens of a text, but for what may be left out: a separator before the first of several
// names.
std::vector<std::string> Tokens(const std::string& text) {
  std::vector<std::string> out;
  Arena arena;
  Lexer lexer(text, arena);
  for (Token token = lexer.Next(); token.kind != TokenKind::kEnd; token = lexer.Next()) {
    const bool is_string =
        token.kind == TokenKind::kString || token.kind == TokenKind::kBlockString;
    if (token.kind == TokenKind::kPipe || token.kind == TokenKind::kAmpersand) continue;
    out.push_back(StrCat(is_string ? "string " : "", token.text));
  }
  return out;
}

// Printing what was parsed and parsing that gives the same tree: both styles of the second tree are
// those of the first.
void CheckRoundTrip(const std::string& text) {
  const ParseResult first = ParseDocument(text);
  if (!first.ok()) RC_FAIL(StrCat(first.error.message, "\n", text));
  const std::string compact = ToString(*first.document, PrintStyle::kCompact);
  const std::string pretty = ToString(*first.document, PrintStyle::kPretty);
  for (const std::string& printed : {compact, pretty}) {
    RC_ASSERT(Tokens(printed) == Tokens(text));
    const ParseResult again = ParseDocument(printed);
    if (!again.ok()) RC_FAIL(StrCat(again.error.message, "\n", printed));
    RC_ASSERT(ToString(*again.document, PrintStyle::kCompact) == compact);
  }
  RC_ASSERT(ToString(*ParseDocument(pretty).document, PrintStyle::kPretty) == pretty);
}

TEST(PrintPropertyTest, ExecutableDocumentsRoundTrip) {
  EXPECT_TRUE(rc::check("executable", [] { CheckRoundTrip(Writer().Executable()); }));
}

TEST(PrintPropertyTest, TypeSystemDocumentsRoundTrip) {
  EXPECT_TRUE(rc::check("type system", [] { CheckRoundTrip(Writer().TypeSystem()); }));
}

TEST(PrintPropertyTest, AnyTextSurvivesAsAString) {
  EXPECT_TRUE(rc::check("strings", [](const std::string& ascii) {
    std::string text = ascii;
    for (char& c : text) c = static_cast<char>(c & 0x7f);
    std::string literal;
    PrintString(text, literal);
    Arena arena;
    const ast::Value* value = ParseValue(arena, literal);
    RC_ASSERT(value != nullptr);
    RC_ASSERT(std::string(value->text) == text);
  }));
}

}  // namespace
}  // namespace joinery::graphql
