// What is said between the engine and the agent through NRI, as transcripts: on the left what the engine
// sends, on the right what is answered ("<stream>: …") and what the agent is told of it.

#include "agent/doors/nri/conversation.hpp"
#include "doors/nri/wire.hpp"
#include "fakes/transcript.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace doors_test {
namespace {

using base::Errc;
using nri::Conversation;
using Lines = std::vector<std::string>;

std::string hexadecimal(std::string_view bytes) {
    std::ostringstream text;
    text << std::hex;
    for (const unsigned char byte : bytes)
        text << byte / 16 << byte % 16;
    return text.str();
}

std::string named(const Conversation::Event& event) {
    if (const auto* introduced = std::get_if<Conversation::Introduced>(&event))
        return "engine " + introduced->runtime.name + ' ' + introduced->runtime.version;
    if (const auto* listed = std::get_if<Conversation::Listed>(&event))
        return "has " + std::to_string(listed->listing.containers.size()) +
               (listed->listing.more ? " and more" : "");
    if (const auto* create = std::get_if<Conversation::Create>(&event))
        return "create " + create->container.name + " as " + std::to_string(create->token);
    return "an unreadable create";
}

/// What is sent for a line of a transcript.
std::string sent_for(const std::string& line) {
    std::istringstream words(line);
    std::uint32_t stream = 0;
    std::string method;
    std::string rest;
    words >> stream >> method >> rest;
    if (method == "accept")
        return recorded("01-in-response");
    if (method == "Configure")
        return configure(stream, rest);
    if (method == "Synchronize")
        return synchronize(stream, {named_container("/a"), named_container("/b")}, rest == "more");
    if (method == "CreateContainer")
        return rest == "garbage" ? call(stream, method, field(2, "\x0a\xff"))
                                 : create(stream, named_container(rest));
    return call(stream, method, rest);
}

Lines heard(Conversation& conversation, const std::string& line) {
    Lines lines;
    const auto events = conversation.receive(sent_for(line));
    for (const auto& frame : frames_of(conversation.take_output())) {
        const auto answer = nri::decode_answer(frame.data).value();
        const auto what = answer.code == 0 ? "ok " + hexadecimal(answer.payload)
                                           : std::to_string(answer.code) + ' ' + answer.message;
        lines.push_back(std::to_string(frame.stream) + ": " +
                        std::string(fakes::without_blanks(what)));
    }
    if (!events)
        lines.push_back(std::string(to_string(events.error().code())) + ": " +
                        events.error().what());
    else
        for (const auto& event : *events)
            lines.push_back(named(event));
    return lines.empty() ? Lines{"-"} : lines;
}

void expect_conversation(std::string_view transcript) {
    Conversation conversation;
    conversation.take_output();
    for (const auto& turn : fakes::read_transcript(transcript))
        EXPECT_EQ(heard(conversation, turn.said), turn.answered) << turn.said;
}

TEST(NriConversation, BeginsWithTheRegistrationThatAnEngineHasTaken) {
    Conversation conversation;
    EXPECT_EQ(hexadecimal(conversation.take_output()),
              hexadecimal(recorded("00-out-RegisterPlugin")));
    EXPECT_EQ(conversation.take_output(), "") << "once";
}

TEST(NriConversation, AnswersAsWasRecorded) {
    Conversation conversation;
    conversation.take_output();
    ASSERT_TRUE(conversation.receive(recorded("01-in-response")));
    ASSERT_TRUE(conversation.receive(recorded("02-in-Configure")));
    EXPECT_EQ(hexadecimal(conversation.take_output()),
              hexadecimal(recorded("03-out-Configure-reply")));
    EXPECT_FALSE(conversation.is_registered());
    const auto listed = conversation.receive(recorded("04-in-Synchronize")).value();
    EXPECT_EQ(hexadecimal(conversation.take_output()),
              hexadecimal(recorded("05-out-Synchronize-reply")));
    EXPECT_TRUE(conversation.is_registered());
    ASSERT_EQ(listed.size(), 1U);
    const auto& listing = std::get<Conversation::Listed>(listed.front()).listing;
    ASSERT_EQ(listing.containers.size(), 3U);
    EXPECT_EQ(listing.containers[2].name, "/plain");
    EXPECT_EQ(listing.containers[0].labels.at("com.amazonaws.ecs.task-definition-family"), "reg");
    EXPECT_FALSE(listing.more);
}

TEST(NriConversation, TellsOfACreateAndAnswersItWithWhatIsGiven) {
    Conversation conversation;
    conversation.take_output();
    const auto events = conversation.receive(recorded("06-in-CreateContainer")).value();
    ASSERT_EQ(events.size(), 1U);
    const auto& asked = std::get<Conversation::Create>(events.front());
    EXPECT_EQ(asked.token, 5U);
    EXPECT_EQ(asked.container.id.substr(0, 12), "6ce4a1341fb2");
    EXPECT_EQ(asked.container.name, "/nri1");
    EXPECT_EQ(asked.container.labels, (std::map<std::string, std::string>{{"who", "me"}}));
    EXPECT_EQ(asked.container.environment, (Lines{"FOO=user", "AWS_REGION=user"}));
    EXPECT_EQ(conversation.take_output(), "") << "it waits";
    nri::Adjustment adjustment;
    adjustment.variables = {{"A", "1"}, {"EMPTY", ""}};
    adjustment.bind = nri::ReadOnlyBind{"/data/x", "/ecs-metadata-x"};
    EXPECT_TRUE(conversation.answer(5, adjustment));
    EXPECT_FALSE(conversation.answer(5, adjustment)) << "it waits no more";
    const auto frames = frames_of(conversation.take_output());
    ASSERT_EQ(frames.size(), 1U);
    EXPECT_EQ(frames[0].stream, 5U);
    const auto mount =
        field(1, "/ecs-metadata-x") + field(2, "bind") + field(3, "/data/x") + field(4, "ro");
    const auto sent =
        field(3, mount) + field(4, field(1, "A") + field(2, "1")) + field(4, field(1, "EMPTY"));
    EXPECT_EQ(hexadecimal(frames[0].data), hexadecimal(field(2, field(1, sent))));
}

TEST(NriConversation, ReadsLabelsOfASwarmTask) {
    Conversation conversation;
    const auto events = conversation.receive(recorded("18-in-CreateContainer")).value();
    const auto& container = std::get<Conversation::Create>(events.at(0)).container;
    EXPECT_EQ(container.labels.at("com.docker.swarm.task.id"), "t6aiug1yf9d7l75zv0je3g8tn");
    EXPECT_EQ(container.labels.at("com.docker.swarm.task"), "");
    EXPECT_EQ(container.environment.size(), 1U);
}

TEST(NriConversation, GivesNothingInAnEmptyMessage) {
    Conversation conversation;
    conversation.take_output();
    ASSERT_TRUE(conversation.receive(create(7, named_container("/x"))));
    EXPECT_TRUE(conversation.answer(7, {}));
    EXPECT_EQ(frames_of(conversation.take_output()).at(0).data, "");
}

TEST(NriConversation, GoesThroughARegistration) {
    expect_conversation(R"(
        1 accept               | -
        1 Configure docker     | 1: ok 1008
                               | engine docker 29.8.0
        3 Synchronize more     | 3: ok 1001
                               | has 2 and more
        5 Synchronize          | 5: ok
                               | has 2
        7 CreateContainer /web | create /web as 7
        9 CreateContainer /db  | create /db as 9
        11 Shutdown            | 11: ok
    )");
}

TEST(NriConversation, SaysOfMethodsThatItHasNotThatTheyAreNotThere) {
    expect_conversation(R"(
        1 RemoveContainer | 1: 12 the agent has no method of that name
        3 StateChange     | 3: ok
        5 Configure docker | 5: ok 1008
                          | engine docker 29.8.0
    )");
}

TEST(NriConversation, LetsACreateThatItCannotReadComeAsItIs) {
    expect_conversation(R"(
        1 CreateContainer garbage | 1: ok
                                  | an unreadable create
        3 CreateContainer /web    | create /web as 3
    )");
}

TEST(NriConversation, EndsWhereTheEngineAsksTwiceByOneNumber) {
    expect_conversation(R"(
        3 CreateContainer /web | create /web as 3
        3 CreateContainer /web | protocol: the engine asks twice by one number
    )");
}

TEST(NriConversation, EndsWhereTheEngineRefuses) {
    Conversation conversation;
    nri::Frame frame{nri::agent_asks, 1, nri::FrameType::response, 0, {}};
    frame.data = field(1, field(1, 3) + field(2, "no such plugin"));
    const auto refused = conversation.receive(nri::encode(frame));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Errc::permission);
    EXPECT_NE(refused.error().what().find("no such plugin"), std::string::npos);
}

// An answer that says no would fail somebody's `docker run`; a connection that ends does not.
TEST(NriConversation, EndsWhereItCannotKnowWhatIsAsked) {
    using nri::FrameType;
    for (const auto& frame :
         {nri::Frame{1, 1, FrameType::request, 0, "\xff"}, // no call
          nri::Frame{1, 1, FrameType::request, 2, {}},     // a stream
          nri::Frame{1, 1, FrameType::data, 0, {}}, nri::Frame{1, 1, FrameType::response, 0, {}},
          nri::Frame{2, 1, FrameType::request, 0, {}},
          nri::Frame{2, 3, FrameType::response, 0, {}}, // to what was not asked
          nri::Frame{2, 1, FrameType::response, 0, "\xff"}}) {
        Conversation conversation;
        conversation.take_output();
        const auto received = conversation.receive(nri::encode(frame));
        ASSERT_FALSE(received);
        EXPECT_EQ(received.error().code(), Errc::protocol);
        EXPECT_EQ(conversation.take_output(), "");
    }
    for (const auto* method : {"Configure", "Synchronize"}) {
        Conversation conversation;
        EXPECT_FALSE(conversation.receive(call(1, method, "\xff"))) << method;
    }
}

} // namespace
} // namespace doors_test
