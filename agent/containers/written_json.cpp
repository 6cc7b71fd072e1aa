#include "agent/containers/written_json.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <optional>

namespace agent::containers {

using base::Errc;
using base::Error;
using base::Result;

namespace {

using Kind = WrittenValue::Kind;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// The value of a hexadecimal digit; -1 for what is none.
int hex_value(char c) {
    if (is_digit(c))
        return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Reads one document from front to back.
class JsonScanner {
public:
    explicit JsonScanner(std::string_view text) : text_(text) {}

    Result<WrittenValue> read() {
        skip_blanks();
        WrittenValue value;
        TRY(read_value(value, 0));
        skip_blanks();
        if (at_ != text_.size())
            return wrong();
        return value;
    }

private:
    Error wrong() const {
        return {Errc::invalid_argument, "not valid JSON at byte " + std::to_string(at_)};
    }
    bool sees(char c) const { return at_ < text_.size() && text_[at_] == c; }
    bool take(char c) {
        const bool there = sees(c);
        at_ += there ? 1 : 0;
        return there;
    }
    void skip_blanks() {
        while (sees(' ') || sees('\t') || sees('\n') || sees('\r'))
            ++at_;
    }

    Result<> read_value(WrittenValue& into, int depth) {
        if (++values_ > most_written_values)
            return Error(Errc::too_large,
                         "more than " + std::to_string(most_written_values) + " values");
        into.begin = at_;
        TRY(sees('{') || sees('[') ? read_whole(into, depth) : read_scalar(into));
        into.end = at_;
        return {};
    }

    Result<> read_whole(WrittenValue& into, int depth) {
        if (depth >= deepest_written_json)
            return Error(Errc::invalid_argument,
                         "nested deeper than " + std::to_string(deepest_written_json) + " levels");
        into.kind = sees('{') ? Kind::object : Kind::array;
        const char close = sees('{') ? '}' : ']';
        ++at_;
        skip_blanks();
        if (take(close))
            return {};
        do {
            skip_blanks();
            auto& member = into.members.emplace_back();
            if (into.kind == Kind::object)
                TRY(read_key(member.key));
            TRY(read_value(member.value, depth + 1));
            skip_blanks();
        } while (take(','));
        return take(close) ? Result<>() : wrong();
    }

    Result<> read_key(std::string& key) {
        WrittenValue name;
        name.begin = at_;
        TRY(read_string());
        name.end = at_;
        key = text_of(text_, name);
        skip_blanks();
        if (!take(':'))
            return wrong();
        skip_blanks();
        return {};
    }

    Result<> read_scalar(WrittenValue& into) {
        if (sees('"')) {
            into.kind = Kind::string;
            return read_string();
        }
        for (const std::string_view word : {"null", "true", "false"})
            if (text_.substr(at_).starts_with(word)) {
                into.kind = word == "null" ? Kind::null : Kind::boolean;
                at_ += word.size();
                return {};
            }
        into.kind = Kind::number;
        return read_number();
    }

    Result<> read_string() {
        if (!take('"'))
            return wrong();
        while (at_ < text_.size() && !sees('"')) {
            if (static_cast<unsigned char>(text_[at_]) < ' ')
                return wrong();
            if (take('\\')) {
                TRY(read_escape());
                continue;
            }
            ++at_;
        }
        return take('"') ? Result<>() : wrong();
    }

    /// What follows a backslash.
    Result<> read_escape() {
        constexpr std::string_view letters = "\"\\/bfnrt";
        if (at_ < text_.size() && letters.find(text_[at_]) != std::string_view::npos) {
            ++at_;
            return {};
        }
        if (!take('u'))
            return wrong();
        for (int i = 0; i < 4; ++i, ++at_)
            if (at_ >= text_.size() || hex_value(text_[at_]) < 0)
                return wrong();
        return {};
    }

    bool take_digits() {
        const auto first = at_;
        while (at_ < text_.size() && is_digit(text_[at_]))
            ++at_;
        return at_ > first;
    }

    Result<> read_number() {
        take('-');
        if (!take('0') && !take_digits())
            return wrong();
        if (take('.') && !take_digits())
            return wrong();
        if (take('e') || take('E')) {
            if (!take('+'))
                take('-');
            if (!take_digits())
                return wrong();
        }
        return {};
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t values_ = 0;
};

constexpr std::string_view replacement = "\xEF\xBF\xBD";

void append_utf8(std::string& out, unsigned code) {
    const auto byte = [&](unsigned bits) { out += static_cast<char>(bits); };
    if (code < 0x80) {
        byte(code);
    } else if (code < 0x800) {
        byte(0xC0 | (code >> 6));
        byte(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        byte(0xE0 | (code >> 12));
        byte(0x80 | ((code >> 6) & 0x3F));
        byte(0x80 | (code & 0x3F));
    } else {
        byte(0xF0 | (code >> 18));
        byte(0x80 | ((code >> 12) & 0x3F));
        byte(0x80 | ((code >> 6) & 0x3F));
        byte(0x80 | (code & 0x3F));
    }
}

/// The code of "\uXXXX" at the front; nothing where there is none.
std::optional<unsigned> unicode_escape(std::string_view text) {
    if (!text.starts_with("\\u") || text.size() < 6)
        return std::nullopt;
    unsigned code = 0;
    for (const char c : text.substr(2, 4))
        code = code * 16 + static_cast<unsigned>(hex_value(c));
    return code;
}

/// Takes an escape from the front of what a scanner has passed.
void unescape(std::string_view& text, std::string& out) {
    constexpr std::string_view letters = "bfnrt";
    constexpr std::string_view meanings = "\b\f\n\r\t";
    const auto code = unicode_escape(text);
    if (!code) {
        const auto letter = letters.find(text[1]);
        out += letter == std::string_view::npos ? text[1] : meanings[letter];
        text.remove_prefix(2);
        return;
    }
    text.remove_prefix(6);
    if (*code < 0xD800 || *code > 0xDFFF) {
        append_utf8(out, *code);
        return;
    }
    const auto second = unicode_escape(text);
    const bool is_pair = *code < 0xDC00 && second && *second >= 0xDC00 && *second <= 0xDFFF;
    if (!is_pair) {
        out += replacement;
        return;
    }
    text.remove_prefix(6);
    append_utf8(out, 0x10000 + ((*code - 0xD800) << 10) + (*second - 0xDC00));
}

} // namespace

Result<WrittenValue> read_written_json(std::string_view text) {
    if (text.size() > largest_written_json)
        return Error(Errc::too_large,
                     "longer than " + std::to_string(largest_written_json) + " bytes");
    return JsonScanner(text).read();
}

std::string text_of(std::string_view json, const WrittenValue& value) {
    auto text = json.substr(value.begin + 1, value.end - value.begin - 2);
    std::string out;
    while (!text.empty()) {
        if (text.front() == '\\') {
            unescape(text, out);
            continue;
        }
        const auto length = base::utf8_length(text);
        out += length == 0 ? replacement : text.substr(0, length);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

void JsonEdits::replace(const WrittenValue& value, std::string text) {
    edits_.push_back({value.begin, value.end, std::move(text)});
}

void JsonEdits::append(const WrittenValue& whole, std::string_view member) {
    const auto place = whole.members.empty() ? whole.begin + 1 : whole.members.back().value.end;
    const auto before = std::ranges::find_if(
        edits_, [&](const Edit& edit) { return edit.begin == place && edit.end == place; });
    if (before == edits_.end()) {
        edits_.push_back({place, place, whole.members.empty() ? "" : ","});
        edits_.back().text += member;
        return;
    }
    before->text.append(",").append(member);
}

std::string JsonEdits::apply(std::string_view json) const {
    auto edits = edits_;
    std::ranges::sort(edits, {}, &Edit::begin);
    std::string out;
    std::size_t at = 0;
    for (const auto& edit : edits) {
        out += json.substr(at, edit.begin - at);
        out += edit.text;
        at = edit.end;
    }
    out += json.substr(at);
    return out;
}

} // namespace agent::containers
