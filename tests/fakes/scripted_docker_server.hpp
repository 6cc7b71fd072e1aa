#pragma once
// A Docker Engine that says exactly what a test tells it to, over a real Unix socket: old and new
// shapes, hangs, halves, garbage. Over a TCP port of the loopback it stands for any other service. A test adds replies, each used once, by the beginning of the
// request line that they answer; a request without a reply gets 500 "not in the script".
//
// Threading: serves on threads of its own; all public functions may be called from the test's
// thread. Its destruction closes everything.

#include "agent/http/transport.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace fakes {

/// What the server does with a connection once a request was read.
struct ServerAction {
    enum class Kind {
        send,  ///< writes the bytes
        feed,  ///< writes what feed() brings, until end_feed()
        hang,  ///< writes nothing more, until the client goes
        close, ///< closes the connection
    };
    Kind kind = Kind::send;
    std::string bytes;
};

ServerAction send(std::string bytes);
ServerAction feed();
ServerAction hang();
ServerAction hang_up();

/// A whole answer with a JSON body and Content-Length.
ServerAction answer(int status, std::string_view json);
/// The head of a chunked answer, and one chunk of it; last_chunk ends it.
ServerAction chunked_head();
std::string chunk(std::string_view bytes);
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

class ScriptedDockerServer {
public:
    enum class Door { unix_socket, tcp };
    explicit ScriptedDockerServer(Door door = Door::unix_socket);
    ~ScriptedDockerServer();
    ScriptedDockerServer(const ScriptedDockerServer&) = delete;
    ScriptedDockerServer& operator=(const ScriptedDockerServer&) = delete;

    const std::string& socket_path() const { return socket_path_; }
    /// To its Unix socket.
    std::unique_ptr<agent::http::Transport> transport(base::Executor loop) const {
        return agent::http::make_transport(std::move(loop), {socket_path_, {}});
    }
    /// "http://127.0.0.1:<port>", for Door::tcp.
    std::string url() const;

    /// After the actions the connection is kept for the next request, unless they end it.
    void on(std::string request, std::vector<ServerAction> actions);
    /// Answers `GET /_ping` and `GET /version` once.
    void on_connect(std::string_view api, std::string_view oldest_api);

    void feed(std::string bytes);
    void end_feed();

    /// Request lines in the order of arrival: "GET /_ping".
    std::vector<std::string> requests() const;
    /// The whole head and body of the last request, and of all of them.
    std::string last_request() const;
    std::vector<std::string> whole_requests() const;
    std::size_t connections() const;
    /// How many connections are over, whoever ended them. Of a feed it is seen when there is more of it.
    std::size_t hang_ups() const;
    /// Waits until so many connections were closed by the client; false after 5 s.
    bool wait_for_hang_ups(std::size_t count);

private:
    struct Reply {
        std::string request;
        std::vector<ServerAction> actions;
    };

    void accept_all();
    void serve(int socket);
    bool act(int socket, const ServerAction& action);
    bool send_feed(int socket);
    std::vector<ServerAction> take_reply(const std::string& request);

    std::string folder_;
    std::string socket_path_;
    int listener_ = -1;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::list<Reply> replies_;
    std::vector<std::string> requests_;
    std::vector<std::string> whole_requests_;
    std::deque<std::string> feed_;
    bool feed_ended_ = false;
    bool stopping_ = false;
    std::size_t hang_ups_ = 0;
    std::vector<int> sockets_;
    std::list<std::thread> threads_;
    std::thread acceptor_;
};

} // namespace fakes
