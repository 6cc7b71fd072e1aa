#pragma once
// A registry that stands still: it accepts and never answers, or it sends half of a layer and no
// more, or the other half a little at a time. No real registry can be made to do so.

#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace agent::image {

class StallingRegistry {
public:
    enum class Where { at_once, in_a_layer, in_a_layer_nearly };
    explicit StallingRegistry(Where where);
    ~StallingRegistry();
    StallingRegistry(const StallingRegistry&) = delete;
    StallingRegistry& operator=(const StallingRegistry&) = delete;

    /// "127.0.0.1:<port>".
    std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
    /// Connections on which it stands still and whose other side has not gone.
    std::size_t stalled() const;

private:
    void accept_all();
    void serve(int socket);
    void stand_still(int socket);

    Where where_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    bool stopping_ = false;
    std::size_t stalled_ = 0;
    std::vector<int> sockets_;
    std::list<std::thread> threads_;
    std::thread acceptor_;
};

} // namespace agent::image
