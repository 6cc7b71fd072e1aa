#include "agent/tables/document_builder.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace agent::tables {

namespace {

using Json = nlohmann::ordered_json;

/// The text as the parser takes it, character by character; knows how far that has come.
class Characters {
public:
    class Iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = char;
        using difference_type = std::ptrdiff_t;
        using pointer = const char*;
        using reference = char;

        Iterator(Characters& of, const char* at) : of_(&of), at_(at) {}
        char operator*() const {
            of_->taken_ = at_;
            return *at_;
        }
        Iterator& operator++() {
            ++at_;
            return *this;
        }
        bool operator==(const Iterator& other) const { return at_ == other.at_; }
        bool operator!=(const Iterator& other) const { return at_ != other.at_; }

    private:
        Characters* of_;
        const char* at_;
    };

    explicit Characters(std::string_view text)
        : text_(text), taken_(text.data()), counted_(text.data()) {}

    Iterator begin() { return {*this, text_.data()}; }
    Iterator end() { return {*this, text_.data() + text_.size()}; }

    /// The line of the character before the one that was taken last: behind a number the parser looks
    /// one further.
    std::size_t line() {
        line_ += static_cast<std::size_t>(std::count(counted_, taken_, '\n'));
        counted_ = taken_;
        return line_;
    }

private:
    std::string_view text_;
    const char* taken_;
    const char* counted_; ///< lines are counted up to here
    std::size_t line_ = 1;
};

/// Feeds the builder from nlohmann's parser; the first refusal ends the parse.
class JsonEvents : public nlohmann::json_sax<Json> {
public:
    JsonEvents(Characters& characters, Lines* lines) : characters_(characters), builder_(lines) {}

    bool null() override { return done(here().value(nullptr)); }
    bool boolean(bool value) override { return done(here().value(value)); }
    bool number_integer(number_integer_t value) override { return done(here().value(value)); }
    bool number_unsigned(number_unsigned_t value) override { return done(here().value(value)); }
    bool number_float(number_float_t value, const string_t& /*text*/) override {
        return done(here().value(value));
    }
    bool string(string_t& value) override { return done(here().value(std::move(value))); }
    bool binary(binary_t& /*value*/) override { return false; }
    bool start_object(std::size_t /*count*/) override { return done(here().begin_object()); }
    bool start_array(std::size_t /*count*/) override { return done(here().begin_array()); }
    bool key(string_t& name) override { return done(here().key(std::move(name))); }
    bool end_object() override { return end(); }
    bool end_array() override { return end(); }

    bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                     const nlohmann::detail::exception& exception) override {
        std::string_view what = exception.what();
        // "[json.exception.parse_error.101] parse error at line 1, column 2: …"
        constexpr std::string_view lead = "parse error ";
        if (const auto found = what.find(lead); found != std::string_view::npos)
            what.remove_prefix(found + lead.size());
        error_ = base::Error(base::Errc::invalid_argument, "not valid JSON " + shorten(what));
        return false;
    }

    base::Result<Json> result(bool parsed) {
        if (!parsed)
            return error_;
        return builder_.finish();
    }

private:
    DocumentBuilder& here() {
        builder_.at_line(characters_.line());
        return builder_;
    }
    bool done(base::Result<> result) {
        if (result)
            return true;
        error_ = std::move(result).error();
        return false;
    }
    bool end() {
        builder_.end();
        return true;
    }

    Characters& characters_;
    DocumentBuilder builder_;
    base::Error error_;
};

} // namespace

base::Result<Json> read_json(std::string_view text, Lines* lines) {
    Characters characters(text);
    JsonEvents events(characters, lines);
    const bool parsed = Json::sax_parse(characters.begin(), characters.end(), &events);
    return events.result(parsed);
}

} // namespace agent::tables
