#include "agent/containers/host_ports.hpp"

#include "agent/containers/host_port_claims.hpp"
#include "base/fd_linux.hpp"
#include "containers/document_example.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <set>

namespace agent::containers {
namespace {

using base::Errc;
using base::Error;
using definition::Protocol;

std::optional<std::uint16_t> find(PortRange range, std::size_t count, std::uint16_t start,
                                  const std::set<std::uint16_t>& taken) {
    return find_free_ports(range, count, start,
                           [&](std::uint16_t port) { return !taken.contains(port); });
}

TEST(FindFreePorts, LooksFromTheStartOnAndThenFromTheBeginning) {
    EXPECT_EQ(find({100, 110}, 3, 105, {}), 105);
    EXPECT_EQ(find({100, 110}, 3, 105, {106}), 107);
    EXPECT_EQ(find({100, 110}, 3, 109, {}), 100) << "a row does not go over the end";
    EXPECT_EQ(find({100, 110}, 3, 105, {107, 110}), 100);
    EXPECT_EQ(find({100, 110}, 3, 105, {101, 107, 110}), 102);
    EXPECT_EQ(find({100, 110}, 3, 105, {101, 103, 107, 110}), 104) << "begins before, ends behind";
    EXPECT_EQ(find({65530, 65535}, 6, 65535, {}), 65530);
}

TEST(FindFreePorts, FindsNothingWhereNoRowIsLongEnough) {
    EXPECT_EQ(find({100, 110}, 3, 105, {102, 105, 108}), std::nullopt);
    EXPECT_EQ(find({100, 110}, 12, 100, {}), std::nullopt);
    EXPECT_EQ(find({65535, 65535}, 2, 65535, {}), std::nullopt);
    EXPECT_EQ(find({100, 110}, 11, 107, {}), 100);
}

TEST(FindFreePorts, StaysWithinTheRangeAndEnds) {
    int asked = 0;
    const auto found = find_free_ports({100, 110}, 5, 104, [&](std::uint16_t port) {
        ++asked;
        EXPECT_GE(port, 100);
        EXPECT_LE(port, 110);
        return false;
    });
    EXPECT_EQ(found, std::nullopt);
    EXPECT_LE(asked, 11 + 5);
}

TEST(ParsePortRange, ReadsWhatTheKernelWrites) {
    EXPECT_EQ(parse_port_range("32768\t60999\n"), (PortRange{32768, 60999}));
    EXPECT_EQ(parse_port_range("1 65535"), (PortRange{1, 65535}));
    for (const auto* text : {"", "1", "a b", "0 10", "20 10", "1 65536", "-1 5", "\t1 2"})
        EXPECT_EQ(parse_port_range(text), std::nullopt) << text;
}

/// A socket that has a port of the host, and the next one free.
class TakenPort {
public:
    TakenPort(int family, int type) : socket_(::socket(family, type | SOCK_CLOEXEC, 0)) {
        const int on = 1;
        if (family == AF_INET6)
            ::setsockopt(socket_.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
        sockaddr_in6 address{};
        address.sin6_family = static_cast<sa_family_t>(family);
        socklen_t length = family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(::bind(socket_.get(), any, length), 0);
        if (type == SOCK_STREAM) {
            EXPECT_EQ(::listen(socket_.get(), 1), 0);
        }
        EXPECT_EQ(::getsockname(socket_.get(), any, &length), 0);
        number_ = ntohs(address.sin6_port);
    }
    std::uint16_t number() const { return number_; }

private:
    base::Fd socket_;
    std::uint16_t number_ = 0;
};

/// What is chosen for two ports where only the taken one and its neighbour come into question.
base::Result<std::vector<std::uint16_t>> choose_at(const TakenPort& taken, Protocol protocol) {
    const PortRange two{static_cast<std::uint16_t>(taken.number() - 1), taken.number()};
    return choose_host_ports({port_range(80, 81, protocol)}, two, {});
}

TEST(ChooseHostPorts, PortsThatSomebodyHasAreNotChosen) {
    const TakenPort tcp(AF_INET, SOCK_STREAM);
    const TakenPort tcp6(AF_INET6, SOCK_STREAM);
    const TakenPort udp(AF_INET, SOCK_DGRAM);
    const auto refused = choose_at(tcp, Protocol::tcp);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Errc::exhausted);
    EXPECT_EQ(refused.error().what(), "no 2 free host ports in a row for tcp between " +
                                          std::to_string(tcp.number() - 1) + " and " +
                                          std::to_string(tcp.number()));
    EXPECT_FALSE(choose_at(tcp6, Protocol::tcp)) << "Docker binds IPv6 too";
    EXPECT_FALSE(choose_at(udp, Protocol::udp));
}

TEST(ChooseHostPorts, ChoosesWhatTheDefinitionLeavesOpenAndNeverThePortsOfAnother) {
    auto said = port_range(90, 91);
    said.host_port = 90;
    const std::vector<definition::PortMapping> mappings{port_mapping(80, 0), port_range(7000, 7009),
                                                        said, port_range(8000, 8009)};
    for (int i = 0; i < 20; ++i) {
        const auto ports = choose_host_ports(mappings, PortRange{20000, 20100}, {});
        ASSERT_TRUE(ports) << ports.error().what();
        ASSERT_EQ(ports->size(), 4U);
        EXPECT_EQ((*ports)[2], 90);
        EXPECT_GE(std::abs((*ports)[1] - (*ports)[3]), 10);
        EXPECT_EQ(chosen_ports(mappings, *ports).size(), 21U) << "all of them differ";
        for (const auto& [protocol, number] : chosen_ports(mappings, *ports)) {
            EXPECT_GE(number, 20000);
            EXPECT_LE(number, 20100);
        }
    }
}

TEST(ChooseHostPorts, WithoutARangeDockerChoosesSinglePorts) {
    const auto ports =
        choose_host_ports({port_mapping(80, 0), port_mapping(81, 8081)}, std::nullopt, {});
    ASSERT_TRUE(ports) << ports.error().what();
    EXPECT_EQ(*ports, (std::vector<std::uint16_t>{0, 8081}));
    EXPECT_TRUE(chosen_ports({port_mapping(80, 0), port_mapping(81, 8081)}, *ports).empty());
}

TEST(ChooseHostPorts, PortsThatTheDefinitionNamesAreNotChosen) {
    const std::vector<definition::PortMapping> mappings{port_range(7000, 7001),
                                                        port_mapping(80, 20002)};
    for (int i = 0; i < 20; ++i) {
        const auto ports = choose_host_ports(mappings, PortRange{20000, 20003}, {});
        ASSERT_TRUE(ports) << ports.error().what();
        EXPECT_EQ(ports->front(), 20000);
    }
}

TEST(ChooseHostPorts, PortsThatAreTakenAreNotChosen) {
    const HostPortSet taken{{Protocol::tcp, 20000}, {Protocol::udp, 20001}};
    for (int i = 0; i < 20; ++i) {
        const auto ports = choose_host_ports({port_mapping(80, 0)}, PortRange{20000, 20001}, taken);
        ASSERT_TRUE(ports) << ports.error().what();
        EXPECT_EQ(ports->front(), 20001);
    }
    const auto none = choose_host_ports({port_mapping(80, 0)}, PortRange{20000, 20000}, taken);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().what(), "no free host port for tcp between 20000 and 20000");
}

TEST(ChooseHostPorts, SameNumbersOfTheOtherProtocolAreOthers) {
    const std::vector<definition::PortMapping> both{port_range(80, 84),
                                                    port_range(80, 84, Protocol::udp)};
    const auto ports = choose_host_ports(both, PortRange{20000, 20004}, {});
    ASSERT_TRUE(ports) << ports.error().what();
    EXPECT_EQ(*ports, (std::vector<std::uint16_t>{20000, 20000}));
}

TEST(ChooseHostPorts, KernelsRangeIsTheDefault) {
    const auto ports = choose_host_ports({port_range(80, 81)}, std::nullopt, {});
    ASSERT_TRUE(ports) << ports.error().what();
    EXPECT_GE(ports->front(), 1024);
}

TEST(CheckReserved, NamesThePort) {
    const HostPortSet reserved{{Protocol::tcp, 22}};
    const auto refused = check_reserved({port_mapping(80, 8080), port_mapping(22, 22)}, reserved);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().what(),
              "port 22 of the host (tcp) is reserved, see ECS_RESERVED_PORTS");
    EXPECT_TRUE(
        check_reserved({port_mapping(22, 0), port_mapping(22, 22, Protocol::udp)}, reserved));
}

TEST(HostPortClaims, KeepAPortForOneUntilItIsReleased) {
    HostPortClaims claims;
    const HostPortSet port{{Protocol::tcp, 20000}};
    EXPECT_TRUE(claims.claim("a", port));
    EXPECT_TRUE(claims.claim("a", port)) << "its own";
    EXPECT_EQ(claims.of_others("b"), port);
    EXPECT_TRUE(claims.of_others("a").empty());
    EXPECT_FALSE(claims.claim("b", port));
    claims.release("a");
    EXPECT_TRUE(claims.claim("b", port));
    EXPECT_TRUE(claims.claim("b", {})) << "which gives back what it had";
    EXPECT_TRUE(claims.of_others("a").empty());
}

TEST(IsPortConflict, KnowsWhatEnginesSay) {
    for (const auto* what :
         {"docker start container x: 500 Internal Server Error: driver failed programming external "
          "connectivity on endpoint x (fff7): Bind for 0.0.0.0:39001 failed: port is already "
          "allocated",
          "docker start container x: 500 Internal Server Error: driver failed programming external "
          "connectivity on endpoint x (e778): Error starting userland proxy: listen tcp4 "
          "0.0.0.0:39002: bind: address already in use",
          "docker start container x: 500 Internal Server Error: failed to set up container "
          "networking: failed to bind host port 0.0.0.0:3306/tcp: address already in use"})
        EXPECT_TRUE(is_port_conflict(Error(Errc::internal, what))) << what;
    EXPECT_FALSE(is_port_conflict(Error(Errc::conflict, "The container name is already in use")));
    EXPECT_FALSE(is_port_conflict(Error(Errc::internal, "exec: no such file")));
}

} // namespace
} // namespace agent::containers
