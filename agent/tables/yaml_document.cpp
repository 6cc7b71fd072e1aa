#include "agent/tables/document_builder.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <sstream>

namespace agent::tables {

namespace {

using base::Errc;
using base::Error;
using Json = nlohmann::ordered_json;

/// Whether the tag is YAML's own for the kind: "str", "seq", "map".
bool is_core_tag(std::string_view tag, std::string_view kind) {
    constexpr std::string_view prefix = "tag:yaml.org,2002:";
    return tag.starts_with(prefix) && tag.substr(prefix.size()) == kind;
}

/// CloudFormation's, which have a short form.
constexpr std::array<std::string_view, 18> functions{
    "And",    "Base64", "Cidr",   "Condition",   "Equals", "FindInMap",
    "GetAZs", "GetAtt", "If",     "ImportValue", "Join",   "Not",
    "Or",     "Ref",    "Select", "Split",       "Sub",    "Transform"};

/// Carries a refusal out of yaml-cpp's callbacks, which have no other way to end a parse.
struct Refusal {
    Error error;
};

std::string at(const YAML::Mark& mark) {
    return "line " + std::to_string(mark.line + 1) + ", column " + std::to_string(mark.column + 1);
}

bool all_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// A plain scalar's value by YAML 1.2's core schema, without its octal and hexadecimal forms: those
/// read differently in YAML 1.1, so they stay text and are refused where a number is expected.
Json typed(const std::string& text) {
    if (text == "true" || text == "True" || text == "TRUE")
        return true;
    if (text == "false" || text == "False" || text == "FALSE")
        return false;
    std::string_view number = text;
    const bool negative = number.starts_with('-');
    if (negative || number.starts_with('+'))
        number.remove_prefix(1);
    const auto first = number.substr(0, 1);
    if (!all_digits(first) || (number.size() > 1 && first == "0" && all_digits(number)))
        return text;
    const auto* end = number.data() + number.size();
    std::int64_t integer = 0;
    if (const auto [stop, failure] = std::from_chars(number.data(), end, integer);
        stop == end && failure == std::errc{})
        return negative ? -integer : integer;
    double real = 0;
    if (const auto [stop, failure] = std::from_chars(number.data(), end, real);
        stop == end && failure == std::errc{})
        return negative ? -real : real;
    return text;
}

/// Feeds the builder from yaml-cpp's events and resolves aliases by copying what they name.
class YamlEvents : public YAML::EventHandler {
public:
    YamlEvents(PlainScalars scalars, Tags tags, Lines* lines)
        : scalars_(scalars), tags_(tags), builder_(lines) {}

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (started_)
            refuse(mark, "a second document; one file declares one");
        started_ = true;
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        put(mark, anchor, nullptr);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end())
            refuse(mark, "an alias inside of what it names");
        put(mark, 0, found->second);
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        builder_.at_line(line_of(mark));
        if (builder_.expects_key()) {
            if (value == "<<")
                refuse(mark, "merge keys (<<) are not supported");
            check(mark, builder_.key(value));
            return;
        }
        put(mark, anchor, scalar(mark, tag, value));
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value /*style*/) override {
        start(mark, tag, "seq", anchor);
        check(mark, builder_.begin_array());
    }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value /*style*/) override {
        start(mark, tag, "map", anchor);
        check(mark, builder_.begin_object());
    }
    void OnSequenceEnd() override { end(); }
    void OnMapEnd() override { end(); }

    /// Null for a file without a document.
    Json finish() { return builder_.complete() ? builder_.finish() : Json(); }

private:
    [[noreturn]] static void refuse(const YAML::Mark& mark, std::string_view reason) {
        throw Refusal{Error(Errc::invalid_argument, at(mark) + ": " + std::string(reason))};
    }
    static void check(const YAML::Mark& mark, base::Result<> result) {
        if (!result)
            throw Refusal{std::move(result).error() + at(mark)};
    }

    static std::size_t line_of(const YAML::Mark& mark) {
        return static_cast<std::size_t>(mark.line) + 1;
    }

    /// The name of the function that a tag is short for, "" for no such tag.
    std::string function_of(std::string_view tag) const {
        if (tags_ == Tags::refused || !tag.starts_with('!'))
            return {};
        tag.remove_prefix(1);
        if (std::ranges::find(functions, tag) == functions.end())
            return {};
        return (tag == "Ref" || tag == "Condition" ? "" : "Fn::") + std::string(tag);
    }

    Json scalar(const YAML::Mark& mark, const std::string& tag, const std::string& value) const {
        // "!" stands for quoted and block scalars, "?" for plain ones.
        if (tag == "!" || is_core_tag(tag, "str"))
            return value;
        if (const auto function = function_of(tag); !function.empty())
            return {{function, argument(function, value)}};
        if (!tag.empty() && tag != "?")
            refuse(mark, "the tag '" + shorten(tag, 64) + "' is not supported");
        return scalars_ == PlainScalars::typed ? typed(value) : Json(value);
    }

    /// `!GetAtt a.b` names an attribute of a resource, every other function has the text.
    static Json argument(const std::string& function, const std::string& value) {
        const auto dot = value.find('.');
        if (function != "Fn::GetAtt" || dot == std::string::npos)
            return value;
        return {value.substr(0, dot), value.substr(dot + 1)};
    }

    void put(const YAML::Mark& mark, YAML::anchor_t anchor, Json value) {
        builder_.at_line(line_of(mark));
        if (builder_.expects_key())
            refuse(mark, "a key must be a plain or quoted text");
        if (anchor != 0)
            anchors_[anchor] = value;
        check(mark, builder_.value(std::move(value)));
    }

    void start(const YAML::Mark& mark, const std::string& tag, std::string_view kind,
               YAML::anchor_t anchor) {
        if (builder_.expects_key())
            refuse(mark, "a key must be a plain or quoted text");
        const auto function = function_of(tag);
        if (function.empty() && !tag.empty() && tag != "?" && tag != "!" && !is_core_tag(tag, kind))
            refuse(mark, "the tag '" + shorten(tag, 64) + "' is not supported");
        builder_.at_line(line_of(mark));
        if (!function.empty()) {
            check(mark, builder_.begin_object());
            check(mark, builder_.key(function));
        }
        open_.push_back({anchor, !function.empty()});
    }

    void end() {
        const auto [anchor, is_argument] = open_.back();
        open_.pop_back();
        const auto* part = &builder_.end();
        if (is_argument)
            part = &builder_.end();
        if (anchor != 0)
            anchors_[anchor] = *part;
    }

    struct Open {
        YAML::anchor_t anchor;
        bool is_argument; ///< of a function, which ends with it
    };

    PlainScalars scalars_;
    Tags tags_;
    DocumentBuilder builder_;
    bool started_ = false;
    std::map<YAML::anchor_t, Json> anchors_;
    std::vector<Open> open_;
};

/// yaml-cpp takes 0x04 for the end of the input and guesses at UTF-16; neither may cut a file
/// short.
base::Result<> check_text(std::string_view text) {
    const auto control = std::ranges::find_if(
        text, [](char c) { return c >= 0 && c < ' ' && c != '\t' && c != '\n' && c != '\r'; });
    if (control != text.end())
        return Error(Errc::invalid_argument,
                     "not valid YAML: control character at line " +
                         std::to_string(1 + std::count(text.begin(), control, '\n')));
    try {
        // The JSON writer is the validator of UTF-8 that is at hand.
        (void)Json(std::string(text)).dump();
    } catch (const Json::exception&) {
        return Error(Errc::invalid_argument, "not valid YAML: not UTF-8");
    }
    return {};
}

} // namespace

base::Result<Json> read_yaml(std::string_view text, PlainScalars scalars, Tags tags, Lines* lines) {
    TRY(check_text(text));
    std::istringstream stream{std::string(text)};
    YamlEvents events(scalars, tags, lines);
    try {
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(events)) {
        }
        return events.finish();
    } catch (const Refusal& refusal) {
        return refusal.error;
    } catch (const YAML::Exception& exception) {
        return Error(Errc::invalid_argument,
                     "not valid YAML: " + at(exception.mark) + ": " + shorten(exception.msg));
    }
}

} // namespace agent::tables
