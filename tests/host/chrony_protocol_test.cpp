// chronyd's packets: what real ones say, and what is no answer.

#include "agent/host/chrony_protocol.hpp"

#include "recorded_tracking.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace agent::host {
namespace {

using base::Errc;

std::string refusal_of(const std::vector<std::uint8_t>& packet,
                       std::uint32_t sequence = recorded_sequence) {
    const auto drift = read_tracking(packet, sequence);
    if (drift)
        return "taken";
    EXPECT_EQ(drift.error().code(), Errc::protocol);
    return drift.error().what();
}

TEST(ChronyProtocol, AsksForTrackingWithRoomForTheAnswer) {
    const auto request = tracking_request(0xA1B2C3D4);
    EXPECT_EQ(request.size(), synchronised_answer().size());
    const std::vector<std::uint8_t> begin{6, 1, 0, 0, 0, 33, 0, 0, 0xA1, 0xB2, 0xC3, 0xD4};
    EXPECT_EQ(std::vector<std::uint8_t>(request.begin(), request.begin() + 12), begin);
    EXPECT_TRUE(
        std::all_of(request.begin() + 12, request.end(), [](auto byte) { return byte == 0; }));
}

TEST(ChronyProtocol, ReadsTheErrorOfASynchronisedClock) {
    const auto drift = read_tracking(synchronised_answer(), recorded_sequence);
    ASSERT_TRUE(drift) << drift.error().what();
    EXPECT_TRUE(drift->synchronized);
    // As its client printed them: offset, dispersion, half of the delay.
    EXPECT_NEAR(drift->error_bound_ms, 0.00297 + 0.00128 + 0.008882 / 2, 0.00002);
    ASSERT_TRUE(drift->reference);
    EXPECT_EQ(base::to_rfc3339(*drift->reference), "2026-11-23T03:34:48.539556684Z");
}

TEST(ChronyProtocol, ReadsThatNothingWasComparedYet) {
    const auto drift = read_tracking(unsynchronised_answer(), recorded_sequence);
    ASSERT_TRUE(drift) << drift.error().what();
    EXPECT_FALSE(drift->synchronized);
    EXPECT_FALSE(drift->reference);
    EXPECT_EQ(drift->error_bound_ms, 1500) << "1 s of dispersion, 1 s of delay";
}

TEST(ChronyProtocol, KnowsTimesBehindTheYear2106) {
    auto packet = synchronised_answer();
    packet[56] = packet[57] = packet[58] = 0;
    packet[59] = 1;
    packet[60] = packet[61] = packet[62] = packet[63] = 0;
    const auto drift = read_tracking(packet, recorded_sequence);
    ASSERT_TRUE(drift && drift->reference);
    EXPECT_EQ(base::to_rfc3339(*drift->reference).substr(0, 20), "2106-02-07T06:28:16.");
    packet[59] = 2;
    EXPECT_FALSE(read_tracking(packet, recorded_sequence)->reference) << "after all our time";
    packet[59] = 0;
    packet[64] = 0xFF;
    EXPECT_FALSE(read_tracking(packet, recorded_sequence)->reference) << "4 s of nanoseconds";
}

TEST(ChronyProtocol, RefusesWhatIsCutOffAtAnyLength) {
    const auto whole = synchronised_answer();
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const std::vector<std::uint8_t> packet(whole.begin(),
                                               whole.begin() + static_cast<std::ptrdiff_t>(length));
        EXPECT_EQ(refusal_of(packet), "chronyd's answer is cut off") << length;
    }
}

TEST(ChronyProtocol, RefusesOtherVersionsQuestionsAndKinds) {
    const auto changed = [](std::size_t at, std::uint8_t byte) {
        auto packet = synchronised_answer();
        packet[at] = byte;
        return packet;
    };
    EXPECT_EQ(refusal_of(changed(0, 5)), "chronyd's answer has version 5 of its protocol, not 6");
    EXPECT_EQ(refusal_of(changed(1, 1)), "chronyd's answer is to another question");
    EXPECT_EQ(refusal_of(changed(5, 34)), "chronyd's answer is to another question");
    EXPECT_EQ(refusal_of(synchronised_answer(), 7), "chronyd's answer is to another question");
    EXPECT_EQ(refusal_of(changed(7, 6)), "chronyd's answer tells something else");
    EXPECT_EQ(refusal_of(changed(96, 0xF1)), "chronyd's answer has a negative error");
}

TEST(ChronyProtocol, SaysWhichStatusARefusalHad) {
    EXPECT_EQ(refusal_of(version_refused()), "chronyd's answer is a refusal, status 18");
    EXPECT_EQ(refusal_of(not_allowed()), "chronyd's answer is a refusal, status 2");
}

} // namespace
} // namespace agent::host
