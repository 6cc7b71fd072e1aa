#pragma once
// A registry of the test's own: Debian's docker-registry on a free port of the loopback, with a
// login and an access log. Its destruction ends it and removes what it keeps.

#include "fakes/temporary_folder.hpp"

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace agent::image {

class LocalRegistry {
public:
    static constexpr std::string_view user = "tester";
    static constexpr std::string_view password = "right-MARKER";

    /// Starts it and waits until it listens. Throws where it does not.
    LocalRegistry();
    ~LocalRegistry();
    LocalRegistry(const LocalRegistry&) = delete;
    LocalRegistry& operator=(const LocalRegistry&) = delete;

    /// "127.0.0.1:<port>".
    std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
    void start();
    void stop();
    /// How many of all requests until now had this in their line.
    std::size_t requests(std::string_view part);

private:
    /// Starts it and waits until it listens; false where it has ended instead, as it does when somebody
    /// has its port.
    bool comes_up();
    /// The status of a GET, 0 when nobody answers.
    int get(const std::string& target) const;

    fakes::TemporaryFolder folder_;
    std::uint16_t port_ = 0;
    pid_t process_ = -1;
    int asked_ = 0;
};

} // namespace agent::image
