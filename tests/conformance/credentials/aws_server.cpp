#include "tests/conformance/credentials/aws_server.hpp"

#include "base/fd_linux.hpp"
#include "tests/integration/support/command.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <stdexcept>

extern char** environ;

namespace conformance {

using integration::must;
using integration::Words;

namespace {

pid_t spawn(Words words, int out) {
    std::vector<char*> arguments;
    for (auto& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    pid_t child = -1;
    const int failed =
        ::posix_spawnp(&child, arguments[0], &files, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&files);
    if (failed != 0)
        throw std::runtime_error("cannot start " + words[0]);
    return child;
}

/// "port 40123\n"; what the program says first, or nothing when it ends.
std::string first_line(int pipe) {
    std::string line;
    for (char letter = 0; ::read(pipe, &letter, 1) == 1 && letter != '\n';)
        line += letter;
    return line;
}

} // namespace

AwsServer::AwsServer(const std::vector<std::string>& addresses, const Tls& tls) {
    // It must not outlive a test program that crashes.
    Words words{"setpriv", "--pdeathsig", "KILL", "/usr/bin/python3", "-B", AWS_SERVER};
    for (const auto& [option, field] : {std::pair{"--access-key-id", "AccessKeyId"},
                                        std::pair{"--secret-access-key", "SecretAccessKey"}})
        words.insert(words.end(), {option, base_key().at(field)});
    words.insert(words.end(), {"--address", "127.0.0.1"});
    for (const auto& address : addresses)
        words.insert(words.end(), {"--address", address});
    if (!tls.certificate.empty()) {
        words.insert(words.end(), {"--certificate", tls.certificate, "--key", tls.key});
        scheme_ = "https";
    }

    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        throw std::runtime_error("no pipe");
    const base::Fd out(ends[0]);
    base::Fd in(ends[1]);
    pid_ = spawn(words, in.get());
    in.reset();
    const auto line = first_line(out.get());
    if (!line.starts_with("port "))
        throw std::runtime_error("aws_server.py does not start");
    port_ = static_cast<std::uint16_t>(std::stoi(line.substr(5)));
}

AwsServer::~AwsServer() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

std::string AwsServer::url(const std::string& address) const {
    return scheme_ + "://" + address + ':' + std::to_string(port_);
}

Json AwsServer::base_key() {
    return {{"AccessKeyId", "AKIABASE"}, {"SecretAccessKey", "the+secret/of/the/base+key"}};
}

std::string AwsServer::curl(const std::string& path, const std::string& body) const {
    Words words{"curl", "-sfk", "--max-time", "10", url() + path};
    if (!body.empty())
        words.insert(words.end(), {"--data", body});
    return must(words);
}

void AwsServer::control(const std::string& changes) const {
    curl("/control", changes);
}

Json AwsServer::calls() const {
    return Json::parse(curl("/calls"));
}

Json AwsServer::calls_of(const std::string& operation) const {
    auto found = Json::array();
    for (const auto& call : calls())
        if (call.value("operation", "") == operation)
            found.push_back(call);
    return found;
}

Json AwsServer::issued_for(const std::string& role) const {
    auto found = Json::array();
    for (const auto& call : calls_of("AssumeRole"))
        if (call.at("parameters").value("RoleArn", "") == role && !call.at("issued").is_null())
            found.push_back(call.at("issued"));
    return found;
}

std::string host_address() {
    return integration::shell(
        "ip -json -4 address show dev docker0 | jq -er '.[].addr_info[0].local'");
}

} // namespace conformance
