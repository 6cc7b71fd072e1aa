// NRI's frames: those that an engine has sent and taken are read and written to the byte, however they are
// cut; and what is too long or nobody's ends it.

#include "doors/nri/wire.hpp"

#include <gtest/gtest.h>

namespace doors_test {
namespace {

using base::Errc;
using nri::Frame;
using nri::FrameDecoder;
using nri::FrameType;

/// A piece of a connection, with nothing of our encoder.
std::string piece(char connection, std::string_view bytes) {
    std::string written{'\0', '\0', '\0', connection, '\0', '\0'};
    written += static_cast<char>(bytes.size() >> 8);
    written += static_cast<char>(bytes.size() & 0xff);
    return written.append(bytes);
}

TEST(NriFrames, AreReadAndWrittenAsTheyWereRecorded) {
    for (const auto* name :
         {"00-out-RegisterPlugin", "01-in-response", "02-in-Configure", "03-out-Configure-reply",
          "04-in-Synchronize", "05-out-Synchronize-reply", "06-in-CreateContainer",
          "18-in-CreateContainer"}) {
        const auto bytes = recorded(name);
        const auto frames = frames_of(bytes);
        ASSERT_EQ(frames.size(), 1U) << name;
        EXPECT_EQ(nri::encode(frames.front()), bytes) << name;
    }
    const auto create = frames_of(recorded("18-in-CreateContainer")).front();
    EXPECT_EQ(create.connection, nri::engine_asks);
    EXPECT_EQ(create.stream, 17U);
    EXPECT_EQ(create.type, FrameType::request);
    EXPECT_EQ(create.flags, 0);
    EXPECT_EQ(create.data.size(), 763U);
}

TEST(NriFrames, AreTheSameWhereverTheirBytesAreCut) {
    const auto bytes = recorded("01-in-response") + recorded("02-in-Configure") +
                       recorded("06-in-CreateContainer");
    const auto whole = frames_of(bytes);
    ASSERT_EQ(whole.size(), 3U);
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        FrameDecoder decoder;
        std::vector<Frame> frames;
        ASSERT_TRUE(decoder.read(std::string_view(bytes).substr(0, cut), frames));
        ASSERT_TRUE(decoder.read(std::string_view(bytes).substr(cut), frames));
        ASSERT_EQ(frames, whole) << "cut at " << cut;
    }
}

// The engine writes through a buffer of 4 KiB: what is longer comes in pieces, between which may be others.
TEST(NriFrames, ArePutTogetherFromPiecesOfTheirConnection) {
    const std::string header{'\0', '\0', '\0', '\4', '\0', '\0', '\0', '\3', '\1', '\0'};
    const std::string other{'\0', '\0', '\0', '\0', '\0', '\0', '\0', '\1', '\2', '\0'};
    FrameDecoder decoder;
    std::vector<Frame> frames;
    const auto bytes = piece(1, header.substr(0, 3)) + piece(2, other.substr(0, 9)) +
                       piece(1, header.substr(3) + "ab") + piece(1, "") +
                       piece(2, other.substr(9)) + piece(1, "cd" + header + "efgh");
    ASSERT_TRUE(decoder.read(bytes, frames));
    ASSERT_EQ(frames.size(), 3U);
    EXPECT_EQ(frames[0], (Frame{2, 1, FrameType::response, 0, ""}));
    EXPECT_EQ(frames[1], (Frame{1, 3, FrameType::request, 0, "abcd"}));
    EXPECT_EQ(frames[2], (Frame{1, 3, FrameType::request, 0, "efgh"}));
}

// The engine gives up a connection with a piece that is larger than its buffer.
TEST(NriFrames, AreSentInPiecesThatTheEngineCanRead) {
    const Frame frame{1, 5, FrameType::response, 0, std::string(10'000, 'x')};
    const auto bytes = nri::encode(frame);
    EXPECT_EQ(frames_of(bytes).front(), frame);
    std::vector<std::size_t> sizes;
    for (std::size_t at = 0; at < bytes.size(); at += 8 + sizes.back())
        sizes.push_back(static_cast<unsigned char>(bytes[at + 6]) * 256U +
                        static_cast<unsigned char>(bytes[at + 7]));
    EXPECT_EQ(sizes, (std::vector<std::size_t>{4096, 4096, 1818}));
}

struct Refused {
    const char* what;
    std::string bytes;
    Errc code;
};

TEST(NriFrames, ThatAreTooLongOrNobodysEndIt) {
    const std::vector<Refused> table{
        {"connection 3", piece(3, "x"), Errc::protocol},
        {"connection 0", piece(0, "x"), Errc::protocol},
        {"a piece of 4 MiB and 11 bytes", {"\0\0\0\1\0\x40\0\x0b", 8}, Errc::too_large},
        {"a message of 4 MiB and a byte", piece(1, {"\0\x40\0\1\0\0\0\1\1\0", 10}),
         Errc::too_large},
        {"a message without end", piece(1, {"\xff\xff\xff\xff\0\0\0\1\1\0", 10}), Errc::too_large},
        {"type 4", piece(1, {"\0\0\0\0\0\0\0\1\4\0", 10}), Errc::protocol},
        {"text", "HTTP/1.1 400 Bad Request\r\n", Errc::protocol},
    };
    for (const auto& [what, bytes, code] : table) {
        FrameDecoder decoder;
        std::vector<Frame> frames;
        const auto read = decoder.read(bytes, frames);
        ASSERT_FALSE(read) << what;
        EXPECT_EQ(read.error().code(), code) << what;
        EXPECT_TRUE(frames.empty()) << what;
    }
}

TEST(NriFrames, OfTheLargestSizeAreRead) {
    const Frame frame{1, 1, FrameType::request, 0, std::string(nri::most_data, 'x')};
    EXPECT_EQ(frames_of(nri::encode(frame)).front(), frame);
}

} // namespace
} // namespace doors_test
