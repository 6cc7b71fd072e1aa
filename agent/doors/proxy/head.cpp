#include "agent/doors/proxy/head.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace agent::doors::proxy {

namespace {

bool equals(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return std::tolower(static_cast<unsigned char>(x)) ==
               std::tolower(static_cast<unsigned char>(y));
    });
}

/// Takes the next line off, with its end.
std::string_view take_line(std::string_view& rest) {
    const auto feed = rest.find('\n');
    const auto line = rest.substr(0, feed == rest.npos ? feed : feed + 1);
    rest.remove_prefix(line.size());
    return line;
}

std::string_view without_end(std::string_view line) {
    if (line.ends_with('\n'))
        line.remove_suffix(1);
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    return line;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto first = text.find_first_not_of(blanks);
    if (first == text.npos)
        return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool is_field_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

struct HeadField {
    std::string_view text; ///< all its lines
    std::string_view name;
    std::string_view value;
};

/// Takes the next field off, with the lines that it goes on on; nothing at the empty line, and where
/// there is no field.
std::optional<HeadField> take_field(std::string_view& rest) {
    const auto all = rest;
    const auto colon = all.substr(0, all.find('\n')).find(':');
    if (colon == all.npos || !is_field_name(all.substr(0, colon)))
        return std::nullopt;
    do
        take_line(rest);
    while (rest.starts_with(' ') || rest.starts_with('\t'));
    HeadField field;
    field.text = all.substr(0, all.size() - rest.size());
    field.name = all.substr(0, colon);
    field.value = trimmed(field.text.substr(colon + 1));
    return field;
}

/// What the fields say of the body, one after the other.
class FramingFields {
public:
    explicit FramingFields(bool http_1_1) : http_1_1_(http_1_1) {}

    void take(const HeadField& field) {
        if (equals(field.name, "Content-Length"))
            take_length(field.value);
        else if (equals(field.name, "Transfer-Encoding"))
            take_encoding(field.value);
    }

    /// Chunks count more than a length, as for Go.
    Framing framing() const {
        if (unclear_)
            return {Framing::Kind::unclear, 0};
        if (chunked_)
            return {Framing::Kind::chunked, 0};
        return length_ ? Framing{Framing::Kind::length, *length_} : Framing{};
    }

private:
    void take_length(std::string_view value) {
        std::uint64_t number = 0;
        const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
        const bool whole = read.ec == std::errc() && read.ptr == value.data() + value.size();
        unclear_ = unclear_ || !whole || number > INT64_MAX || (length_ && *length_ != number);
        length_ = number;
    }
    void take_encoding(std::string_view value) {
        unclear_ = unclear_ || chunked_ || !http_1_1_ || !equals(value, "chunked");
        chunked_ = true;
    }

    bool http_1_1_;
    bool unclear_ = false;
    bool chunked_ = false;
    std::optional<std::uint64_t> length_;
};

/// "HTTP/1.1": 1.0 is false, any later 1.x true, nothing for other protocols.
std::optional<bool> is_http_1_1(std::string_view protocol) {
    if (protocol.size() != 8 || !protocol.starts_with("HTTP/1.") ||
        std::isdigit(static_cast<unsigned char>(protocol[7])) == 0)
        return std::nullopt;
    return protocol[7] != '0';
}

std::string_view without_blank_lines(std::string_view head) {
    head.remove_prefix(std::min(head.find_first_not_of("\r\n"), head.size()));
    return head;
}

} // namespace

std::optional<RequestHead> read_request_head(std::string_view head) {
    auto rest = without_blank_lines(head);
    const auto line = without_end(take_line(rest));
    const auto first = line.find(' ');
    const auto second = first == line.npos ? first : line.find(' ', first + 1);
    if (second == line.npos)
        return std::nullopt;
    RequestHead request;
    request.method = line.substr(0, first);
    request.target = line.substr(first + 1, second - first - 1);
    const auto http_1_1 = is_http_1_1(line.substr(second + 1));
    if (!http_1_1 || !is_field_name(request.method) || request.target.empty())
        return std::nullopt;
    request.http_1_1 = *http_1_1;
    FramingFields framing(*http_1_1);
    while (const auto field = take_field(rest)) {
        framing.take(*field);
        if (equals(field->name, "Expect"))
            request.expects_continue = *http_1_1 && equals(field->value, "100-continue");
        else if (equals(field->name, "Upgrade"))
            request.wants_upgrade = true;
    }
    if (!without_end(rest).empty())
        return std::nullopt;
    request.body = framing.framing();
    return request;
}

std::optional<ResponseHead> read_response_head(std::string_view head) {
    auto rest = head;
    const auto line = without_end(take_line(rest));
    const auto http_1_1 = is_http_1_1(line.substr(0, line.find(' ')));
    constexpr std::size_t status_begin = 9;
    const auto status = line.substr(std::min(status_begin, line.size()), 3);
    ResponseHead response;
    const auto read =
        std::from_chars(status.data(), status.data() + status.size(), response.status);
    if (!http_1_1 || read.ec != std::errc() || response.status < 100)
        return std::nullopt;
    FramingFields framing(*http_1_1);
    while (const auto field = take_field(rest))
        framing.take(*field);
    if (!without_end(rest).empty())
        return std::nullopt;
    response.body = framing.framing();
    return response;
}

std::optional<std::size_t> HeadEnd::find(std::string_view bytes) {
    if (!begun_) {
        scanned_ = std::min(bytes.find_first_not_of("\r\n", scanned_), bytes.size());
        begun_ = scanned_ < bytes.size();
    }
    for (;;) {
        // A line feed with an empty line behind it.
        const auto feed = bytes.find('\n', scanned_);
        if (feed == bytes.npos) {
            scanned_ = bytes.size();
            return std::nullopt;
        }
        const auto next = bytes.substr(feed + 1, 2);
        if (next.starts_with('\n'))
            return feed + 2;
        if (next == "\r\n")
            return feed + 3;
        if (next.empty() || next == "\r") {
            scanned_ = feed; // the empty line may still come
            return std::nullopt;
        }
        scanned_ = feed + 1;
    }
}

std::string with_length(std::string_view head, std::size_t length) {
    std::string text;
    const auto field = "Content-Length: " + std::to_string(length);
    text.reserve(head.size() + field.size() + 2);
    auto rest = without_blank_lines(head);
    const auto first = take_line(rest);
    text += first;
    while (const auto kept = take_field(rest))
        if (!equals(kept->name, "Content-Length") && !equals(kept->name, "Transfer-Encoding") &&
            !equals(kept->name, "Trailer") && !equals(kept->name, "Expect"))
            text += kept->text;
    text += field;
    text += first.ends_with("\r\n") ? "\r\n" : "\n";
    return text.append(rest);
}

} // namespace agent::doors::proxy
