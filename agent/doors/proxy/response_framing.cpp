#include "agent/doors/proxy/response_framing.hpp"

namespace agent::doors::proxy {

namespace {

constexpr int switching_protocols = 101;

bool has_no_body(int status, bool to_head) {
    return to_head || status == 204 || status == 304;
}

} // namespace

ResponseFraming::ResponseFraming(const Limits& limits) : limits_(limits) {}

ResponseFraming::Decision ResponseFraming::next(std::string_view bytes, bool to_head) {
    if (!in_body_)
        return next_head(bytes, to_head);
    const auto size = body_.take(bytes);
    if (body_.is_broken())
        return {Verdict::opaque, bytes.size(), false};
    in_body_ = !body_.has_ended();
    return {Verdict::pass, size, !in_body_};
}

ResponseFraming::Decision ResponseFraming::next_head(std::string_view bytes, bool to_head) {
    status_ = 0;
    const auto end = head_end_.find(bytes.substr(0, limits_.head_bytes));
    if (!end) {
        if (bytes.size() < limits_.head_bytes)
            return {};
        return {Verdict::opaque, bytes.size(), false};
    }
    head_end_ = {};
    const auto head = read_response_head(bytes.substr(0, *end));
    if (!head)
        return {Verdict::opaque, bytes.size(), false};
    // "100 Continue" and the like: the answer is still to come.
    if (head->status < 200 && head->status != switching_protocols)
        return {Verdict::pass, *end, false};
    status_ = head->status;
    if (status_ == switching_protocols)
        return {Verdict::opaque, *end, false};
    if (has_no_body(status_, to_head))
        return {Verdict::pass, *end, true};
    // A body that only the connection's end ends is a stream. So the engine begins the streams of attach and
    // exec; a refused or detached one has a length.
    using Kind = Framing::Kind;
    if (head->body.kind == Kind::none || head->body.kind == Kind::unclear)
        return {Verdict::opaque, *end, false};
    body_ = Body(head->body);
    in_body_ = !body_.has_ended();
    return {Verdict::pass, *end, !in_body_};
}

} // namespace agent::doors::proxy
