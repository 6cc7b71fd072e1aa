#include "agent/doors/proxy/request_framing.hpp"

namespace agent::doors::proxy {

namespace {

bool is_create(Call call) {
    return call == Call::create_container || call == Call::create_service ||
           call == Call::update_service;
}

CreateKind kind_of(Call call) {
    switch (call) {
    case Call::create_service: return CreateKind::service;
    case Call::update_service: return CreateKind::service_update;
    default: return CreateKind::container;
    }
}

} // namespace

std::string_view to_string(Untouched reason) {
    switch (reason) {
    case Untouched::not_wanted: return "not_wanted";
    case Untouched::not_ready: return "not_ready";
    case Untouched::no_image: return "no_image";
    case Untouched::engine: return "engine";
    case Untouched::bad_body: return "bad_body";
    case Untouched::late: return "late";
    case Untouched::too_large: return "too_large";
    case Untouched::no_body: return "no_body";
    }
    return "";
}

RequestFraming::RequestFraming(const Limits& limits) : limits_(limits) {}

RequestFraming::Decision RequestFraming::next(std::string_view bytes) {
    if (stage_ == Stage::head)
        return next_head(bytes);
    if (stage_ == Stage::create)
        return next_create(bytes);
    const auto size = body_.take(bytes);
    if (body_.is_broken())
        return {Verdict::opaque, 0, false};
    if (body_.has_ended())
        begin_head();
    return {Verdict::pass, size, false};
}

RequestFraming::Decision RequestFraming::next_head(std::string_view bytes) {
    const auto end = head_end_.find(bytes.substr(0, limits_.head_bytes));
    if (!end)
        return {bytes.size() < limits_.head_bytes ? Verdict::read_more : Verdict::opaque, 0, false};
    const auto head = read_request_head(bytes.substr(0, *end));
    // "PRI * HTTP/2.0" is none of HTTP/1, and CONNECT would make a tunnel.
    if (!head || head->body.kind == Framing::Kind::unclear || head->method == "CONNECT")
        return {Verdict::opaque, 0, false};
    target_ = read_target(head->method, head->target);
    request_ = {target_.call, std::string(head->method), std::string(loggable_path(head->target)),
                target_.call == Call::attach || head->wants_upgrade, std::nullopt};
    head_size_ = *end;
    body_size_ = 0;
    body_ = Body(head->body);
    chunked_ = head->body.kind == Framing::Kind::chunked;
    if (is_create(target_.call)) {
        if (body_.has_ended())
            return pass_create(Untouched::no_body);
        if (head->body.length > limits_.body_bytes)
            return pass_create(Untouched::too_large);
        stage_ = Stage::create;
        is_asked_ = head->expects_continue;
        return next_create(bytes);
    }
    stage_ = Stage::body;
    if (body_.has_ended())
        begin_head();
    return {Verdict::pass, *end, true};
}

RequestFraming::Decision RequestFraming::next_create(std::string_view bytes) {
    // One byte more than may be is looked at, however many are there: what comes of them is the same.
    const auto more = limits_.body_bytes + 1 - body_size_;
    body_size_ += body_.take(bytes.substr(head_size_ + body_size_, more));
    if (body_.is_broken())
        return {Verdict::opaque, 0, false};
    if (body_size_ > 0)
        is_asked_ = false; // it did not wait
    if (body_size_ > limits_.body_bytes)
        return pass_create(Untouched::too_large);
    return {body_.has_ended() ? Verdict::create : Verdict::read_more, 0, false};
}

/// Head and what is there of the body; more of it follows.
RequestFraming::Decision RequestFraming::pass_create(Untouched reason) {
    request_.untouched = reason;
    const auto size = head_size_ + body_size_;
    stage_ = Stage::body;
    is_asked_ = false;
    if (body_.has_ended())
        begin_head();
    return {Verdict::pass, size, true};
}

WholeCreate RequestFraming::whole_create(std::string_view bytes) const {
    WholeCreate create;
    create.bytes = bytes.substr(0, head_size_ + body_size_);
    create.head = bytes.substr(0, head_size_);
    const auto body = create.bytes.substr(head_size_);
    create.request = {kind_of(target_.call), target_.name, target_.version,
                      chunked_ ? without_chunks(body) : std::string(body)};
    return create;
}

void RequestFraming::begin_head() {
    stage_ = Stage::head;
    head_end_ = {};
    is_asked_ = false;
}

} // namespace agent::doors::proxy
