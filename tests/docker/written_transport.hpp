#pragma once
// A Transport that leads to a conversation with the engine that is written down (fakes/transcript.hpp): what
// the client has to say, in this order, and what it is told.
//
//   GET /_ping                                   | 200 OK
//   POST /v1.43/containers/create?name=a {"b":1} | 201 {"Id":"c"}
//   GET /v1.43/events?filters={}                 | 200
//                                                | {"Type":"container"}
//                                                | end
//
// Targets are written without %XX. "!" opens what breaks the conversation: "! unavailable", "! timeout". A
// stream whose lines are at an end has nothing yet to tell, unless the last is "end" or breaks it.

#include "agent/http/transport.hpp"
#include "fakes/transcript.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace agent::docker {

class WrittenTransport final : public http::Transport {
public:
    explicit WrittenTransport(std::string_view transcript) {
        for (auto& turn : fakes::read_transcript(transcript))
            turns_.push_back(std::move(turn));
    }
    WrittenTransport(const WrittenTransport&) = delete;
    WrittenTransport& operator=(const WrittenTransport&) = delete;
    /// The conversation was had to its end.
    ~WrittenTransport() override {
        for (const auto& turn : turns_)
            ADD_FAILURE() << "not said: " << turn.said;
    }

    base::Async<base::Result<http::Response>> exchange(http::Request request) override {
        const auto turn = next(request);
        co_return response_of(turn.answered.front());
    }

    base::Async<base::Result<http::StreamAnswer>> open_stream(http::Request request,
                                                              http::QueueLimits) override {
        const auto turn = next(request);
        http::StreamAnswer answer;
        CO_TRY(answer.response, response_of(turn.answered.front()));
        if (answer.response.status < 300)
            answer.lines = std::make_unique<WrittenLines>(
                std::deque<std::string>(turn.answered.begin() + 1, turn.answered.end()));
        co_return std::move(answer);
    }

private:
    class WrittenLines final : public http::LineStream {
    public:
        explicit WrittenLines(std::deque<std::string> lines) : lines_(std::move(lines)) {}
        base::Async<base::Result<http::StreamItem>>
        next(std::chrono::steady_clock::duration) override {
            http::StreamItem item;
            if (lines_.empty())
                co_return item;
            if (lines_.front().starts_with('!'))
                co_return failure_of(lines_.front());
            item.line = std::move(lines_.front());
            lines_.pop_front();
            const bool is_end = item.line == "end";
            item.kind = is_end ? http::StreamItem::Kind::end : http::StreamItem::Kind::line;
            co_return item;
        }

    private:
        std::deque<std::string> lines_;
    };

    static base::Error failure_of(std::string_view line) {
        const bool late = line == "! timeout";
        return {late ? base::Errc::timeout : base::Errc::unavailable, std::string(line)};
    }

    static base::Result<http::Response> response_of(const std::string& line) {
        if (line.starts_with('!'))
            return failure_of(line);
        http::Response response;
        response.status = std::strtol(line.c_str(), nullptr, 10);
        if (const auto blank = line.find(' '); blank != std::string::npos)
            response.body = line.substr(blank + 1);
        return response;
    }

    fakes::Turn next(const http::Request& request) {
        auto said = request.method + ' ' + fakes::without_escapes(request.target);
        if (!request.body.empty())
            said += ' ' + request.body;
        if (turns_.empty()) {
            ADD_FAILURE() << "said beyond the end: " << said;
            return {{}, {"! unavailable"}};
        }
        auto turn = std::move(turns_.front());
        turns_.pop_front();
        EXPECT_EQ(said, turn.said);
        return turn;
    }

    std::deque<fakes::Turn> turns_;
};

} // namespace agent::docker
