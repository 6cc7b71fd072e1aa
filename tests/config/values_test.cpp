#include "agent/config/choices.hpp"
#include "agent/config/values.hpp"

#include <gtest/gtest.h>

namespace agent::config {
namespace {

using namespace std::chrono_literals;

template <class T>
T read(std::string_view text) {
    T value{};
    const auto done = from_string(text, value);
    EXPECT_TRUE(done) << (done ? "" : done.error().what());
    return value;
}

template <class T>
std::string fault(std::string_view text) {
    T value{};
    const auto done = from_string(text, value);
    return done ? "no error" : done.error().what();
}

TEST(Duration, ReadsGosSyntax) {
    EXPECT_EQ(read<Duration>("10m"), 10min);
    EXPECT_EQ(read<Duration>("1h30m"), 90min);
    EXPECT_EQ(read<Duration>("1.5s"), 1500ms);
    EXPECT_EQ(read<Duration>("20ms"), 20ms);
    EXPECT_EQ(read<Duration>("0"), 0ms);
    EXPECT_EQ(read<Duration>("0s"), 0ms);
    EXPECT_EQ(read<Duration>("1500us"), 2ms);
    EXPECT_EQ(read<Duration>("1s3000000ns"), 1003ms);
    EXPECT_EQ(read<Duration>("2000\u00B5s"), 2ms);
    EXPECT_EQ(read<Duration>("2000\u03BCs"), 2ms);
}

TEST(Duration, RefusesWhatIsNone) {
    for (const auto* text :
         {"", "abc", "30", "-1s", "1 s", "1d", "s", "1s2", "1..5s", "1e3s", "+1s"})
        EXPECT_EQ(fault<Duration>(text),
                  "expected a duration such as 10m, got '" + std::string(text) + "'");
    EXPECT_EQ(fault<Duration>("99999999h"),
              "expected a duration of at most ten years, got '99999999h'");
}

TEST(Duration, PrintsWhatItReads) {
    for (const auto* text : {"0", "500ms", "1s500ms", "1m", "1h30m", "2h", "36h"})
        EXPECT_EQ(to_string(read<Duration>(text)), text);
}

TEST(Size, ReadsCountsAndUnits) {
    EXPECT_EQ(read<Size>("0").bytes, 0u);
    EXPECT_EQ(read<Size>("1000").bytes, 1000u);
    EXPECT_EQ(read<Size>("64KiB").bytes, 65536u);
    EXPECT_EQ(read<Size>("2MiB").bytes, 2u << 20);
    for (const auto* text :
         {"", "KiB", "1.5KiB", "-1", "1KB", "64 KiB", "99999999999999GiB", "18446744073709551616"})
        EXPECT_EQ(fault<Size>(text),
                  "expected a size such as 64KiB, got '" + std::string(text) + "'");
    for (const auto* text : {"0", "1000", "64KiB", "3GiB", "1025"})
        EXPECT_EQ(to_string(read<Size>(text)), text);
}

TEST(Ipv4Network, ReadsAddressAndMask) {
    EXPECT_EQ(read<Ipv4Network>("169.254.172.0/22"), (Ipv4Network{0xA9FEAC00, 22}));
    EXPECT_EQ(read<Ipv4Network>("0.0.0.0/0"), (Ipv4Network{0, 0}));
    EXPECT_EQ(read<Ipv4Network>("255.255.255.255/32"), (Ipv4Network{0xFFFFFFFF, 32}));
    EXPECT_EQ(to_string(Ipv4Network{0xA9FEAC00, 22}), "169.254.172.0/22");
    for (const auto* text :
         {"", "1.2.3.4", "1.2.3/8", "1.2.3.4.5/8", "1.2.3.256/32", "1.2.3.4/33", "1.2.3.4/",
          "a.b.c.d/8", "1.2.3.4/-1", "::/0", "1..2.3/8", "1.2.3.0004/32"})
        EXPECT_EQ(fault<Ipv4Network>(text),
                  "expected an IPv4 network such as 169.254.172.0/22, got '" + std::string(text) +
                      "'");
    EXPECT_EQ(fault<Ipv4Network>("10.0.0.1/8"),
              "expected a network without host bits (10.0.0.0/8), got '10.0.0.1/8'");
}

TEST(Bool, ReadsGosSpellings) {
    for (const auto* text : {"1", "t", "T", "TRUE", "true", "True"})
        EXPECT_TRUE(read<bool>(text));
    for (const auto* text : {"0", "f", "F", "FALSE", "false", "False"})
        EXPECT_FALSE(read<bool>(text));
    for (const auto* text : {"", "yes", "on", "tRUE", "2"})
        EXPECT_EQ(fault<bool>(text), "expected true or false, got '" + std::string(text) + "'");
}

TEST(Number, HasItsTypesRange) {
    EXPECT_EQ(read<std::uint16_t>("65535"), 65535);
    EXPECT_EQ(fault<std::uint16_t>("65536"), "expected a number from 0 to 65535, got '65536'");
    EXPECT_EQ(fault<std::uint32_t>("-1"), "expected a number from 0 to 4294967295, got '-1'");
    EXPECT_EQ(fault<std::uint32_t>("12x"), "expected a number from 0 to 4294967295, got '12x'");
}

TEST(List, ReadsCommasAndJson) {
    EXPECT_EQ(read<List>("a, b ,,c"), (List{"a", "b", "c"}));
    EXPECT_EQ(read<List>(R"( ["a", "b,c"])"), (List{"a", "b,c"}));
    EXPECT_EQ(read<List>(""), List{});
    EXPECT_EQ(fault<List>("[1]"), R"(expected a list such as a,b or ["a","b"], got '[1]')");
    EXPECT_EQ(fault<List>("[\"a\""), R"(expected a list such as a,b or ["a","b"], got '["a"')");
    EXPECT_EQ(to_string(List{"a", "b"}), R"(["a","b"])");
    EXPECT_EQ(to_string(List{}), "[]");
}

TEST(Tags, ReadAJsonObjectOfTexts) {
    EXPECT_EQ(read<Tags>(R"({"b": "2", "a": ""})"), (Tags{{"a", ""}, {"b", "2"}}));
    EXPECT_EQ(read<Tags>("{}"), Tags{});
    for (const auto* text : {"", "[]", "x", R"({"a": 1})", R"({"a": "1", "a": "2"})"})
        EXPECT_EQ(fault<Tags>(text),
                  R"(expected an object such as {"key":"value"}, got ')" + std::string(text) + "'");
    EXPECT_EQ(to_string(Tags{{"a", "1"}}), R"({"a":"1"})");
    EXPECT_EQ(to_string(Tags{}), "{}");
}

TEST(LogLevel, ReadsEcsWords) {
    using base::log::Level;
    EXPECT_EQ(read<Level>("crit"), Level::error);
    EXPECT_EQ(fault<Level>("trace"),
              "expected debug, info, warn, error, crit or none, got 'trace'");
    for (const auto* text : {"debug", "info", "warn", "error", "none"})
        EXPECT_EQ(to_string(read<Level>(text)), text);
}

TEST(Values, AreUntouchedByAFailure) {
    Duration duration = 5s;
    EXPECT_FALSE(from_string("x", duration));
    EXPECT_EQ(duration, 5s);
    Tags tags{{"a", "b"}};
    EXPECT_FALSE(from_string("x", tags));
    EXPECT_EQ(tags.size(), 1u);
}

TEST(Values, AreShownShortenedInErrors) {
    EXPECT_EQ(fault<bool>(std::string(5000, 'x')),
              "expected true or false, got '" + std::string(64, 'x') + "...'");
    EXPECT_EQ(fault<std::string>("a\nb"), "expected text without control characters");
}

TEST(PortRange, IsFirstAndLast) {
    EXPECT_EQ(read<PortRange>("49153-65535"), (PortRange{49153, 65535}));
    EXPECT_EQ(read<PortRange>("80-80"), (PortRange{80, 80}));
    EXPECT_EQ(read<PortRange>("80"), (PortRange{80, 80}));
    EXPECT_EQ(to_string(read<PortRange>("1-2")), "1-2");
    for (const auto* text :
         {"", "-", "0", "80-", "-80", "0-80", "81-80", "1-65536", "1-2-3", "1 - 2", "a-b"})
        EXPECT_EQ(fault<PortRange>(text),
                  "expected ports such as 49153-65535, got '" + std::string(text) + "'");
}

TEST(Ports, AreAListOfNumbers) {
    EXPECT_EQ(read<Ports>("[22,8080]"), (Ports{22, 8080}));
    EXPECT_EQ(read<Ports>(" [ 22 , 8080 ] "), (Ports{22, 8080}));
    EXPECT_EQ(read<Ports>(R"(["22","8080"])"), (Ports{22, 8080})) << "a sequence of YAML";
    EXPECT_EQ(read<Ports>("22,8080"), (Ports{22, 8080}));
    EXPECT_EQ(read<Ports>("[]"), Ports());
    EXPECT_EQ(to_string(Ports{22, 8080}), "[22,8080]");
    for (const auto* text : {"x", "[22,x]", "65536", "-1", "[22", "22 80", "\"22"})
        EXPECT_EQ(fault<Ports>(text),
                  "expected ports such as [22,8080], got '" + std::string(text) + "'");
}

TEST(Rate, IsPerSecondAndAtOnce) {
    EXPECT_EQ(read<Rate>("40,60"), (Rate{40, 60}));
    EXPECT_EQ(read<Rate>("  10 ,5  "), (Rate{10, 5}));
    EXPECT_EQ(to_string(read<Rate>("1,2")), "1,2");
    for (const auto* text : {"", "10", "10,", " ,10", "10,10,10", "-10,-10", "-10,10", "0,1", "1,0",
                             "1.5,2", "a,b", "4294967296,1"})
        EXPECT_EQ(fault<Rate>(text), "expected a rate and a burst above 0, such as 40,60, got '" +
                                         std::string(text) + "'");
}

TEST(Secret, IsNeverShown) {
    EXPECT_EQ(read<Secret>("MARKER\n").text, "MARKER\n");
    EXPECT_EQ(to_string(read<Secret>("MARKER")), "<hidden>");
    EXPECT_EQ(to_string(Secret()), "");
}

TEST(Choices, AreTheirWords) {
    EXPECT_EQ(read<PullBehavior>("prefer-cached"), PullBehavior::prefer_cached);
    for (const auto* text : {"default", "always", "once", "prefer-cached"})
        EXPECT_EQ(to_string(read<PullBehavior>(text)), text);
    EXPECT_EQ(fault<PullBehavior>("Always"),
              "expected default, always, once or prefer-cached, got 'Always'");
    EXPECT_EQ(read<EngineAuthType>("docker"), EngineAuthType::docker);
    for (const auto* text : {"", "dockercfg", "docker"})
        EXPECT_EQ(to_string(read<EngineAuthType>(text)), text);
    EXPECT_EQ(fault<EngineAuthType>("MARKER"), "expected dockercfg or docker");
    EXPECT_EQ(read<Switch>("1"), Switch::on);
    for (const auto* text : {"auto", "true", "false"})
        EXPECT_EQ(to_string(read<Switch>(text)), text);
    EXPECT_EQ(fault<Switch>("maybe"), "expected auto, true or false, got 'maybe'");
}

} // namespace
} // namespace agent::config
