#pragma once
// Cuts what the engine sends into the answers to the client's requests, and says when the connection is no
// longer HTTP's. All of it passes as it is; it holds no bytes. Pure.

#include "agent/doors/proxy/body.hpp"
#include "agent/doors/proxy/head.hpp"
#include "agent/doors/proxy/limits.hpp"

#include <cstddef>
#include <string_view>

namespace agent::doors::proxy {

class ResponseFraming {
public:
    enum class Verdict {
        read_more, ///< keep the bytes, and show them again with more behind them
        pass,      ///< the first `size` of them are the client's
        opaque,    ///< as pass, and all that follows belongs to a stream, in both directions
    };
    struct Decision {
        Verdict verdict = Verdict::read_more;
        std::size_t size = 0;
        bool ends = false; ///< the answer is whole with these bytes
    };

    explicit ResponseFraming(const Limits& limits);

    /// Of bytes that were not passed yet, one or more. `to_head`: they answer a HEAD request.
    Decision next(std::string_view bytes, bool to_head);
    /// Of the answer that is passing; 0 where it could not be read.
    int status() const { return status_; }

private:
    Decision next_head(std::string_view bytes, bool to_head);

    const Limits& limits_;
    HeadEnd head_end_;
    Body body_;
    bool in_body_ = false;
    int status_ = 0;
};

} // namespace agent::doors::proxy
