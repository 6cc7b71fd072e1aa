#include "agent/http/multi.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <map>
#include <new>
#include <unordered_map>

namespace asio = boost::asio;

namespace agent::http {

namespace {

using Descriptor = asio::posix::stream_descriptor;

/// A socket of curl's that we wait on. The number is curl's: it is released, never closed here.
struct Watch {
    explicit Watch(const base::Executor& loop) : descriptor(loop) {}
    Descriptor descriptor;
    int wanted = CURL_POLL_NONE;
    bool reading = false; ///< a wait for input is pending
    bool writing = false;
};

void start_curl_once() {
    static const auto result = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (result != CURLE_OK)
        throw std::bad_alloc();
}

} // namespace

/// Pending waits hold a weak pointer to this and to their Watch: the life token.
struct Multi::Impl : std::enable_shared_from_this<Multi::Impl> {
    explicit Impl(const base::Executor& executor) : loop(executor), timer(executor) {}

    void open();
    void close();
    void watch(curl_socket_t socket, int what);
    void wait(curl_socket_t socket, const std::shared_ptr<Watch>& watched,
              Descriptor::wait_type type);
    void set_timer(long milliseconds);
    void act(curl_socket_t socket, int events);
    void end(CURL* easy, CURLcode code);

    static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
        static_cast<Impl*>(self)->watch(socket, what);
        return 0;
    }
    static int on_timer(CURLM*, long milliseconds, void* self) {
        static_cast<Impl*>(self)->set_timer(milliseconds);
        return 0;
    }

    base::Executor loop;
    asio::steady_timer timer;
    base::Handle<CURLM, &curl_multi_cleanup> multi;
    std::map<CURL*, std::unique_ptr<Transfer>> transfers;
    std::unordered_map<curl_socket_t, std::shared_ptr<Watch>> watches;
};

void Multi::Impl::open() {
    start_curl_once();
    multi.reset(curl_multi_init());
    if (!multi)
        throw std::bad_alloc();
    curl_multi_setopt(multi.get(), CURLMOPT_SOCKETFUNCTION, &Impl::on_socket);
    curl_multi_setopt(multi.get(), CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi.get(), CURLMOPT_TIMERFUNCTION, &Impl::on_timer);
    curl_multi_setopt(multi.get(), CURLMOPT_TIMERDATA, this);
}

void Multi::Impl::close() {
    while (!transfers.empty())
        end(transfers.begin()->first, CURLE_ABORTED_BY_CALLBACK);
    // Idle connections are closed here; whatever is still watched must be let go before.
    for (auto& [socket, watched] : watches)
        watched->descriptor.release();
    watches.clear();
    curl_multi_setopt(multi.get(), CURLMOPT_SOCKETFUNCTION, nullptr);
    curl_multi_setopt(multi.get(), CURLMOPT_TIMERFUNCTION, nullptr);
    multi.reset();
}

void Multi::Impl::watch(curl_socket_t socket, int what) {
    const auto found = watches.find(socket);
    if (what == CURL_POLL_REMOVE) {
        if (found == watches.end())
            return;
        // curl closes the number next, and may get the same one again.
        found->second->descriptor.release();
        watches.erase(found);
        return;
    }
    auto watched = found == watches.end() ? nullptr : found->second;
    if (!watched) {
        watched = std::make_shared<Watch>(loop);
        boost::system::error_code failure;
        watched->descriptor.assign(socket, failure);
        if (failure)
            return; // out of kernel memory: this transfer meets its deadline
        watches.emplace(socket, watched);
    }
    watched->wanted = what;
    if ((what & CURL_POLL_IN) != 0 && !watched->reading)
        wait(socket, watched, Descriptor::wait_read);
    if ((what & CURL_POLL_OUT) != 0 && !watched->writing)
        wait(socket, watched, Descriptor::wait_write);
}

void Multi::Impl::wait(curl_socket_t socket, const std::shared_ptr<Watch>& watched,
                       Descriptor::wait_type type) {
    const bool input = type == Descriptor::wait_read;
    (input ? watched->reading : watched->writing) = true;
    auto ready = [life = weak_from_this(), weak = std::weak_ptr(watched), socket,
                  type](const boost::system::error_code& failure) {
        const auto self = life.lock();
        const auto current = weak.lock();
        if (!self || !current || failure == asio::error::operation_aborted)
            return;
        const bool in = type == Descriptor::wait_read;
        (in ? current->reading : current->writing) = false;
        if ((current->wanted & (in ? CURL_POLL_IN : CURL_POLL_OUT)) == 0)
            return;
        const int events = in ? CURL_CSELECT_IN : CURL_CSELECT_OUT;
        self->act(socket, failure ? CURL_CSELECT_ERR : events);
        // curl says nothing when it wants the same again.
        const auto still = self->watches.find(socket);
        if (still != self->watches.end() && still->second == current)
            self->watch(socket, current->wanted);
    };
    watched->descriptor.async_wait(type, std::move(ready));
}

void Multi::Impl::set_timer(long milliseconds) {
    if (milliseconds < 0) {
        timer.cancel();
        return;
    }
    timer.expires_after(std::chrono::milliseconds(milliseconds));
    timer.async_wait([life = weak_from_this()](const boost::system::error_code& failure) {
        const auto self = life.lock();
        if (self && !failure)
            self->act(CURL_SOCKET_TIMEOUT, 0);
    });
}

void Multi::Impl::act(curl_socket_t socket, int events) {
    int running = 0;
    curl_multi_socket_action(multi.get(), socket, events, &running);
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
        if (message->msg == CURLMSG_DONE)
            end(message->easy_handle, message->data.result);
    }
}

void Multi::Impl::end(CURL* easy, CURLcode code) {
    const auto entry = transfers.extract(easy);
    if (entry.empty())
        return;
    curl_multi_remove_handle(multi.get(), easy);
    entry.mapped()->ended(code);
}

Multi::Multi(base::Executor loop) : impl_(std::make_shared<Impl>(loop)) {
    impl_->open();
}

Multi::~Multi() {
    impl_->close();
}

void Multi::start(std::unique_ptr<Transfer> transfer) {
    auto* easy = transfer->easy();
    impl_->transfers.emplace(easy, std::move(transfer));
    if (curl_multi_add_handle(impl_->multi.get(), easy) != CURLM_OK)
        impl_->end(easy, CURLE_FAILED_INIT);
}

void Multi::stop(const Transfer& transfer) {
    impl_->end(transfer.easy(), CURLE_ABORTED_BY_CALLBACK);
}

} // namespace agent::http
