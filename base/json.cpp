#include "base/json.hpp"

#include "base/text.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <cmath>

namespace base {

namespace {

using Json = nlohmann::ordered_json;

void append_unicode_escape(std::string& out, unsigned code) {
    static constexpr std::string_view digits = "0123456789abcdef";
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4)
        out += digits[(code >> shift) & 0xF];
}

void append_float(std::string& out, double value) {
    if (!std::isfinite(value)) {
        out += "null";
        return;
    }
    std::array<char, 64> buffer{};
    const double magnitude = std::fabs(value);
    const bool exponent = magnitude != 0 && (magnitude < 1e-6 || magnitude >= 1e21);
    const auto format = exponent ? std::chars_format::scientific : std::chars_format::fixed;
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format).ptr;
    std::string_view digits(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
    // A small negative exponent has one digit in Go: 1e-7, not 1e-07.
    const auto zero = exponent ? digits.find("e-0") : std::string_view::npos;
    if (zero == std::string_view::npos) {
        out += digits;
    } else {
        out += digits.substr(0, zero + 2);
        out += digits.substr(zero + 3);
    }
}

} // namespace

void append_go_text(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        const auto length = utf8_length(text);
        const char first = text.front();
        if (length == 0) {
            out += "\\ufffd";
            text.remove_prefix(1);
            continue;
        }
        const auto sequence = text.substr(0, length);
        if (length == 1) {
            switch (first) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            default:
                if (static_cast<unsigned char>(first) < 0x20 || first == '<' || first == '>' ||
                    first == '&')
                    append_unicode_escape(out, static_cast<unsigned char>(first));
                else
                    out += first;
            }
        } else if (sequence == "\u2028") {
            out += "\\u2028";
        } else if (sequence == "\u2029") {
            out += "\\u2029";
        } else {
            out += sequence;
        }
        text.remove_prefix(length);
    }
    out += '"';
}

namespace {

class Writer {
public:
    Writer(std::string& out, bool indented) : out_(out), indented_(indented) {}

    void write(const Json& value) {
        switch (value.type()) {
        case Json::value_t::object: write_object(value); break;
        case Json::value_t::array: write_array(value); break;
        case Json::value_t::string:
            append_go_text(out_, value.get_ref<const std::string&>());
            break;
        case Json::value_t::boolean: out_ += value.get<bool>() ? "true" : "false"; break;
        case Json::value_t::number_integer:
            out_ += std::to_string(value.get<std::int64_t>());
            break;
        case Json::value_t::number_unsigned:
            out_ += std::to_string(value.get<std::uint64_t>());
            break;
        case Json::value_t::number_float: append_float(out_, value.get<double>()); break;
        default: out_ += "null";
        }
    }

private:
    void write_object(const Json& object) {
        out_ += '{';
        ++depth_;
        bool first = true;
        for (const auto& [key, value] : object.items()) {
            separate(first);
            append_go_text(out_, key);
            out_ += indented_ ? ": " : ":";
            write(value);
        }
        close(first, '}');
    }

    void write_array(const Json& array) {
        out_ += '[';
        ++depth_;
        bool first = true;
        for (const auto& value : array) {
            separate(first);
            write(value);
        }
        close(first, ']');
    }

    void separate(bool& first) {
        if (!first)
            out_ += ',';
        first = false;
        break_line();
    }

    void close(bool empty, char bracket) {
        --depth_;
        if (!empty)
            break_line();
        out_ += bracket;
    }

    void break_line() {
        if (!indented_)
            return;
        out_ += '\n';
        out_.append(depth_, '\t');
    }

    std::string& out_;
    bool indented_;
    std::size_t depth_ = 0;
};

/// Refuses documents that are nested deeper than anything we read, before they are built.
class DepthLimit {
public:
    explicit DepthLimit(int limit) : limit_(limit) {}
    bool operator()(int depth, Json::parse_event_t event, Json& /*parsed*/) {
        const bool opens =
            event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
        // What opens at the top has depth 0.
        exceeded_ = exceeded_ || (opens && depth >= limit_);
        return !exceeded_;
    }
    bool exceeded() const { return exceeded_; }

private:
    int limit_;
    bool exceeded_ = false;
};

} // namespace

std::string to_go_json(const Json& document) {
    std::string out;
    Writer(out, false).write(document);
    return out;
}

std::string to_go_json_indented(const Json& document) {
    std::string out;
    Writer(out, true).write(document);
    return out;
}

Result<Json> parse_json(std::string_view text, int limit) {
    DepthLimit depth(limit);
    try {
        auto document = Json::parse(text, std::ref(depth));
        if (depth.exceeded())
            return Error(Errc::invalid_argument,
                         "nested deeper than " + std::to_string(limit) + " levels");
        return document;
    } catch (const Json::exception& exception) {
        // The library repeats what it read last, however long that is.
        constexpr std::size_t longest_reason = 256;
        return Error(Errc::invalid_argument,
                     "not valid JSON: " + std::string(exception.what()).substr(0, longest_reason));
    }
}

} // namespace base
