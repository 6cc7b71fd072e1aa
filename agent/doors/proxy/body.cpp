#include "agent/doors/proxy/body.hpp"

#include <algorithm>

namespace agent::doors::proxy {

namespace {

/// A size of more digits is more than anybody sends.
constexpr int most_size_digits = 15;

} // namespace

Body::Body(const Framing& framing) {
    chunked_ = framing.kind == Framing::Kind::chunked;
    left_ = framing.kind == Framing::Kind::length ? framing.length : 0;
    if (chunked_)
        stage_ = Stage::size;
    else if (left_ > 0)
        stage_ = Stage::data;
}

std::size_t Body::take(std::string_view bytes, std::string* content) {
    std::size_t taken = 0;
    while (taken < bytes.size() && stage_ != Stage::ended && stage_ != Stage::broken) {
        if (stage_ == Stage::data)
            taken += take_data(bytes.substr(taken), content);
        else
            take_frame(bytes[taken++]);
    }
    return taken;
}

std::size_t Body::take_data(std::string_view bytes, std::string* content) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    if (content != nullptr)
        content->append(bytes.substr(0, size));
    left_ -= size;
    if (left_ == 0)
        stage_ = chunked_ ? Stage::data_end : Stage::ended;
    return size;
}

void Body::take_frame(char c) {
    switch (stage_) {
    case Stage::data_end:
        if (c == '\n')
            stage_ = Stage::size;
        else if (c != '\r' || return_)
            stage_ = Stage::broken;
        return_ = c == '\r';
        break;
    case Stage::size: take_size(c); break;
    case Stage::extension:
        if (c == '\n')
            end_size();
        break;
    case Stage::trailer: take_trailer(c); break;
    default: break;
    }
}

void Body::take_size(char c) {
    int digit = -1;
    if (c >= '0' && c <= '9')
        digit = c - '0';
    else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
        digit = (c | 0x20) - 'a' + 10;
    if (digit >= 0 && digits_ < most_size_digits) {
        left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
        ++digits_;
    } else if (digits_ == 0 || digit >= 0) {
        stage_ = Stage::broken;
    } else if (c == '\n') {
        end_size();
    } else if (c == ';' || c == '\r' || c == ' ' || c == '\t') {
        stage_ = Stage::extension;
    } else {
        stage_ = Stage::broken;
    }
}

void Body::end_size() {
    stage_ = left_ > 0 ? Stage::data : Stage::trailer;
    digits_ = 0;
    blank_ = true;
    return_ = false;
}

void Body::take_trailer(char c) {
    if (c == '\n') {
        if (blank_)
            stage_ = Stage::ended;
        blank_ = true;
    } else if (c != '\r') {
        blank_ = false;
    }
}

std::string without_chunks(std::string_view body) {
    std::string content;
    Body frames({Framing::Kind::chunked, 0});
    frames.take(body, &content);
    return content;
}

} // namespace agent::doors::proxy
