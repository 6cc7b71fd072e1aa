#include "tests/integration/support/nri_runtime.hpp"

#include "tests/integration/support/command.hpp"
#include "tests/integration/support/http_get.hpp"
#include "tests/integration/support/wait.hpp"

#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace integration {

namespace {

std::string control_in(const std::string& directory) {
    return directory + "/control.sock";
}

} // namespace

NriRuntime::NriRuntime(std::string program, std::string directory)
    : program_(std::move(program)), directory_(std::move(directory)) {
    std::filesystem::create_directories(directory_);
}

NriRuntime::~NriRuntime() {
    kill9();
}

void NriRuntime::start(const std::string& name) {
    const auto control = control_in(directory_);
    const auto log = directory_ + "/log";
    std::filesystem::remove(control);
    pid_ =
        start_program({"setpriv", "--pdeathsig", "KILL", program_, socket(), control, name}, log);
    if (!eventually(std::chrono::seconds(10), [&] { return bool(connect_to(control)); }))
        throw std::runtime_error("the runtime does not start: " +
                                 run({"tail", "-n", "5", log}).out);
}

void NriRuntime::kill9() {
    if (pid_ <= 0)
        return;
    ::kill(pid_, SIGKILL);
    ::waitpid(std::exchange(pid_, -1), nullptr, 0);
}

Json NriRuntime::create(const Json& container) const {
    return command("/create", Json::array({container})).at(0);
}

Json NriRuntime::create_at_once(const Json& containers) const {
    return command("/create/at-once", containers);
}

void NriRuntime::have(const Json& containers) const {
    command("/have", containers);
}

void NriRuntime::forget() const {
    command("/forget", Json::array());
}

Json NriRuntime::command(const std::string& path, const Json& containers) const {
    const auto body = containers.dump();
    // By this version the answer has a length, or ends with the connection.
    const auto answer =
        exchange(connect_to(control_in(directory_)),
                 "POST " + path + " HTTP/1.0\r\nContent-Length: " + std::to_string(body.size()) +
                     "\r\n\r\n" + body);
    if (answer.status != 200)
        throw std::runtime_error("the runtime answers " + path + " with " +
                                 std::to_string(answer.status) + ": " + answer.body);
    return answer.json();
}

} // namespace integration
