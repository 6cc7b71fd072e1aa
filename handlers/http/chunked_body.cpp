#include "handlers/http/chunked_body.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace handlers::http {

namespace {

constexpr std::string_view line_end = "\r\n";

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < ' ' && c != '\t') || byte == 0x7f;
}

/// "Name: value". A line that goes on with the one before it is none.
bool is_field(std::string_view line) {
    const auto name_end = line.find_first_of(": \t");
    return name_end != std::string_view::npos && name_end > 0 && line[name_end] == ':';
}

} // namespace

ChunkedBody::Progress ChunkedBody::refuse(unsigned status) {
    refusal_status_ = status;
    return Progress::refuse;
}

ChunkedBody::Progress ChunkedBody::feed(std::string_view& bytes, std::string& body) {
    for (;;) {
        if (part_ == Part::data) {
            const auto piece = bytes.substr(0, data_left_);
            body.append(piece);
            bytes.remove_prefix(piece.size());
            data_left_ -= piece.size();
            if (data_left_ > 0)
                return Progress::read_more;
            part_ = Part::data_end;
        }
        if (part_ == Part::data_end) {
            const auto end = bytes.substr(0, line_end.size());
            if (!line_end.starts_with(end))
                return refuse(400);
            if (end.size() < line_end.size())
                return Progress::read_more;
            bytes.remove_prefix(end.size());
            part_ = Part::head;
        }
        std::string_view line;
        if (const auto step = next_line(bytes, line); step != Progress::complete)
            return step;
        if (part_ == Part::head) {
            if (const auto step = begin_chunk(line); step != Progress::complete)
                return step;
        } else if (line.empty()) {
            return Progress::complete;
        } else if (!is_field(line)) {
            return refuse(400);
        }
    }
}

ChunkedBody::Progress ChunkedBody::next_line(std::string_view& bytes, std::string_view& line) {
    const auto feed = bytes.find('\n', scanned_);
    const bool ended = feed != std::string_view::npos;
    const auto size = ended ? feed + 1 : bytes.size();
    if (size > line_bytes_left_)
        return refuse(400);
    scanned_ = ended ? 0 : size;
    if (!ended)
        return Progress::read_more;
    line = bytes.substr(0, size);
    bytes.remove_prefix(size);
    line_bytes_left_ -= size;
    if (!line.ends_with(line_end))
        return refuse(400);
    line.remove_suffix(line_end.size());
    return std::any_of(line.begin(), line.end(), is_control) ? refuse(400) : Progress::complete;
}

/// "1f", or "1f;name=value": extensions, of which none is known.
ChunkedBody::Progress ChunkedBody::begin_chunk(std::string_view line) {
    std::uint64_t size = 0;
    const auto* end = line.data() + line.size();
    const auto [digits_end, failure] = std::from_chars(line.data(), end, size, 16);
    std::string_view extensions(digits_end, end);
    extensions.remove_prefix(std::min(extensions.find_first_not_of(" \t"), extensions.size()));
    const bool alone = digits_end == end;
    if (failure == std::errc::invalid_argument || (!alone && !extensions.starts_with(';')))
        return refuse(400);
    if (failure == std::errc::result_out_of_range || size > body_bytes_left_)
        return refuse(413);
    body_bytes_left_ -= size;
    data_left_ = size;
    line_bytes_left_ = line_bytes_;
    part_ = size > 0 ? Part::data : Part::trailer;
    return Progress::complete;
}

} // namespace handlers::http
