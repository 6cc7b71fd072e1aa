#pragma once
// A small AWS on this machine, aws_server.py: STS and an S3 that check every signature, and tell who
// has asked for what. Owned by a test.

#include "tests/integration/support/docker.hpp"

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace conformance {

using integration::Json;

class AwsServer {
public:
    /// Files in PEM; without them it speaks without TLS.
    struct Tls {
        std::string certificate;
        std::string key;
    };

    /// Listens on 127.0.0.1, and on these addresses under the same port.
    explicit AwsServer(const std::vector<std::string>& addresses, const Tls& tls = {});
    ~AwsServer();
    AwsServer(const AwsServer&) = delete;
    AwsServer& operator=(const AwsServer&) = delete;

    std::string url(const std::string& address = "127.0.0.1") const;

    /// The key that it knows from the beginning, as a static provider reads it.
    static Json base_key();

    /// How STS behaves from now on: the JSON of its POST /control.
    void control(const std::string& changes) const;
    /// All calls so far.
    Json calls() const;
    /// Those of one operation of STS.
    Json calls_of(const std::string& operation) const;
    /// What was issued for a role, in order.
    Json issued_for(const std::string& role) const;

private:
    /// GET, or POST where there is a body.
    std::string curl(const std::string& path, const std::string& body = {}) const;

    std::string scheme_ = "http";
    std::uint16_t port_ = 0;
    pid_t pid_ = -1;
};

/// The host's address on Docker's default bridge, which containers in every mode reach.
std::string host_address();

} // namespace conformance
