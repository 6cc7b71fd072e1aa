// GCC 12 makes wrong code of an await inside a condition (`if (co_await f())`, `while`, `&&`, `||`):
// some of them crash, with no warning. The result is named first (docs/style.md). An await in the
// initialiser of an if, `if (auto x = co_await f(); x)`, is sound.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// Where the word begins; npos when it is not there from `from` on.
std::size_t find_word(std::string_view text, std::string_view word, std::size_t from) {
    for (auto at = text.find(word, from); at != text.npos; at = text.find(word, at + 1)) {
        const auto end = at + word.size();
        if ((at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end])))
            return at;
    }
    return text.npos;
}

/// The end of a literal or comment that begins here; `from` itself when none does.
std::size_t skip_quoted(std::string_view text, std::size_t from) {
    const auto rest = text.substr(from);
    const auto behind = [&](std::string_view end, std::size_t start) {
        const auto at = text.find(end, start);
        return at == text.npos ? text.size() : at + end.size();
    };
    if (rest.starts_with("//"))
        return std::min(text.find('\n', from), text.size());
    if (rest.starts_with("/*"))
        return behind("*/", from + 2);
    if (rest.starts_with("R\"")) {
        const auto open = rest.find('(');
        return behind(")" + std::string(rest.substr(2, open - 2)) + "\"", from + open);
    }
    // 1'000 is no literal of characters.
    const bool digits = from > 0 && is_word(text[from - 1]);
    if (rest.empty() || (rest[0] != '"' && (rest[0] != '\'' || digits)))
        return from;
    auto end = from + 1;
    while (end < text.size() && text[end] != rest[0])
        end += text[end] == '\\' ? 2 : 1;
    return std::min(end + 1, text.size());
}

/// The text with every literal and comment blanked out; lines stay where they are.
std::string code_of(std::string_view text) {
    std::string code;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = skip_quoted(text, at);
        if (end == at) {
            code += text[at++];
            continue;
        }
        for (; at < end; ++at)
            code += text[at] == '\n' ? '\n' : ' ';
    }
    return code;
}

/// The place behind the bracket that closes the one at `open`.
std::size_t close_of(std::string_view code, std::size_t open) {
    int depth = 0;
    for (auto at = open; at < code.size(); ++at) {
        if (code[at] == '(')
            ++depth;
        if (code[at] == ')' && --depth == 0)
            return at + 1;
    }
    return code.size();
}

/// What an if or while decides by: the text in its brackets, without an initialiser.
std::string_view condition_of(std::string_view code, std::size_t open) {
    auto inside = code.substr(open, close_of(code, open) - open);
    const auto initialiser = inside.rfind(';');
    return initialiser == inside.npos ? inside : inside.substr(initialiser);
}

/// The expression around a place, up to the next of `; { }` on either side and without the
/// conditions that lead to it.
std::string_view expression_around(std::string_view code, std::size_t at) {
    const auto before = code.find_last_of(";{}", at);
    auto begin = before == code.npos ? 0 : before + 1;
    for (const std::string_view word : {"else", "if", "while", "for"}) {
        const auto first = code.find_first_not_of(" \n\t", begin);
        if (find_word(code.substr(0, at), word, first) != first)
            continue;
        const auto open = code.find_first_not_of(" \n\t", first + word.size());
        begin = code[open] == '(' ? std::min(close_of(code, open), at) : open;
    }
    return code.substr(begin, std::min(code.find_first_of(";{}", at), code.size()) - begin);
}

int line_of(std::string_view code, std::size_t at) {
    return 1 +
           static_cast<int>(std::count(code.begin(), code.begin() + static_cast<long>(at), '\n'));
}

/// The lines on which an await stands in a condition.
std::set<int> violations_in(std::string_view text) {
    const auto code = code_of(text);
    std::set<int> lines;
    for (const std::string_view word : {"if", "while", "switch"}) {
        for (auto at = find_word(code, word, 0); at != code.npos;
             at = find_word(code, word, at + 1)) {
            const auto open = code.find_first_not_of(" \n\t", at + word.size());
            if (open == code.npos || code[open] != '(')
                continue;
            const auto condition = condition_of(code, open);
            if (find_word(condition, "co_await", 0) != condition.npos)
                lines.insert(line_of(code, at));
        }
    }
    for (auto at = find_word(code, "co_await", 0); at != code.npos;
         at = find_word(code, "co_await", at + 1)) {
        const auto expression = expression_around(code, at);
        const auto has = [&](std::string_view sign) {
            return expression.find(sign) != expression.npos;
        };
        // The `&&` of a reference has no blank before it.
        if (has(" && ") || has(" &&\n") || has(" || ") || has(" ||\n"))
            lines.insert(line_of(code, at));
    }
    return lines;
}

TEST(CoroutineRules, NoAwaitStandsInACondition) {
    const fs::path root = ECS_SOURCE_DIR;
    std::ostringstream list;
    int files = 0;
    int awaits = 0;
    for (const auto* room :
         {"base", "model", "ipam", "metadatafile", "handlers", "agent", "tests"}) {
        for (const auto& entry : fs::recursive_directory_iterator(root / room)) {
            const auto extension = entry.path().extension();
            if (!entry.is_regular_file() || (extension != ".cpp" && extension != ".hpp"))
                continue;
            std::ostringstream text;
            text << std::ifstream(entry.path()).rdbuf();
            ++files;
            awaits += text.str().find("co_await") != std::string::npos;
            for (const int line : violations_in(text.str()))
                list << entry.path().string() << ':' << line << '\n';
        }
    }
    EXPECT_EQ(list.str(), "")
        << "name the result first: const bool done = co_await f(); if (done) …";
    EXPECT_GT(files, 200);
    EXPECT_GT(awaits, 30) << "the sources were not read";
}

TEST(CoroutineRules, FindsEveryFormOfTheTrap) {
    const char* const traps[] = {
        "if (co_await f())\n    g();",
        "if (!co_await f(a, (b)))\n    g();",
        "while (co_await next()) {\n}",
        "if (a &&\n    co_await f())\n    g();",
        "if (auto x = g(); co_await f(x))\n    h();",
        "switch (co_await f()) {\n}",
        "co_return co_await f() && g;",
        "co_return ended &&\n    co_await f();",
        "const bool x = a || co_await f();",
        "do {\n} while (co_await f());",
    };
    for (const auto* trap : traps)
        EXPECT_EQ(violations_in(trap).size(), 1U) << trap;
    EXPECT_EQ(violations_in("a();\n\nif (co_await f())\n    b();"), std::set<int>{3});
}

TEST(CoroutineRules, LetsEverythingElsePass) {
    const char* const sound[] = {
        "const bool done = co_await f();\nif (!done)\n    g();",
        "if (auto x = co_await f(); x)\n    g();",
        "// if (co_await f())\ng();",
        "log(\"if (co_await f()) && that\");",
        "const auto* text = R\"(if (co_await f()))\";",
        "if (a && b)\n    co_await f();",
        "for (int i = 0; a && b; ++i)\n    co_await f();",
        "if (a)\n    g();\nelse if (a || b)\n    co_await f();",
        "if (a)\n    co_return co_await f();",
        "CO_TRY(const auto x, co_await f());\nif (x && y)\n    z();",
        "auto g = [](Work&& work) -> Async<void> { co_await work(); };",
        "while (a || b) {\n    co_await f();\n}",
    };
    for (const auto* text : sound)
        EXPECT_TRUE(violations_in(text).empty()) << text;
}

} // namespace
