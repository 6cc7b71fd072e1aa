#include "agent/tables/document_builder.hpp"

namespace agent::tables {

namespace {

// Looking for a key in ordered_json is linear, so a great object would cost its square.
constexpr std::size_t max_object_keys = 1000;
// Of all strings together: more than a file can hold by itself, so only aliases can get there.
constexpr std::size_t max_text_bytes = 4 << 20;

} // namespace

using base::Errc;
using base::Error;

base::Result<> DocumentBuilder::begin(Json part) {
    TRY(weigh(part, open_.size() + 1));
    note_line();
    open_.push_back({std::move(part), std::nullopt});
    return {};
}

const DocumentBuilder::Json& DocumentBuilder::end() {
    auto part = std::move(open_.back().part);
    open_.pop_back();
    return place(std::move(part));
}

base::Result<> DocumentBuilder::key(std::string name) {
    auto& object = open_.back();
    bytes_ += name.size();
    if (object.part.contains(name)) {
        object.key = std::move(name);
        return refuse("is there twice");
    }
    if (object.part.size() >= max_object_keys)
        return Error(Errc::too_large,
                     path() + ": more than " + std::to_string(max_object_keys) + " keys");
    object.key = std::move(name);
    note_line();
    return {};
}

base::Result<> DocumentBuilder::value(Json value) {
    TRY(weigh(value, open_.size() + 1));
    note_line();
    place(std::move(value));
    return {};
}

const DocumentBuilder::Json& DocumentBuilder::place(Json value) {
    if (open_.empty())
        return root_.emplace(std::move(value));
    auto& parent = open_.back();
    if (parent.part.is_array()) {
        parent.part.push_back(std::move(value));
        return parent.part.back();
    }
    auto& placed = parent.part[*parent.key] = std::move(value);
    parent.key.reset();
    return placed;
}

base::Result<> DocumentBuilder::weigh(const Json& value, std::size_t depth) {
    if (++nodes_ > max_document_nodes)
        return Error(Errc::too_large,
                     "more than " + std::to_string(max_document_nodes) + " values");
    if (value.is_string())
        bytes_ += value.get_ref<const std::string&>().size();
    if (bytes_ > max_text_bytes)
        return Error(Errc::too_large, "more than " + std::to_string(max_text_bytes) +
                                          " bytes of text once aliases are resolved");
    if (!value.is_structured())
        return {};
    if (depth > max_document_depth)
        return Error(Errc::too_large,
                     "nested deeper than " + std::to_string(max_document_depth) + " levels");
    for (const auto& [name, child] : value.items()) {
        bytes_ += value.is_object() ? name.size() : 0;
        TRY(weigh(child, depth + 1));
    }
    return {};
}

std::string DocumentBuilder::path() const {
    std::string path;
    for (const auto& open : open_) {
        if (open.part.is_array())
            path += '[' + std::to_string(open.part.size()) + ']';
        else if (open.key)
            path += (path.empty() ? "" : ".") + shorten(*open.key, 64);
    }
    return path;
}

/// Of a field the line of its key counts, which comes first.
void DocumentBuilder::note_line() {
    if (lines_)
        lines_->try_emplace(path(), line_);
}

Error DocumentBuilder::refuse(std::string reason) const {
    return {Errc::invalid_argument, path() + ": " + std::move(reason)};
}

std::string shorten(std::string_view text, std::size_t limit) {
    std::string line(text.substr(0, limit));
    if (text.size() > limit) {
        // Not in the middle of a UTF-8 sequence.
        while (!line.empty() && (static_cast<unsigned char>(text[line.size()]) & 0xC0) == 0x80)
            line.pop_back();
        line += "...";
    }
    for (auto& letter : line)
        if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F)
            letter = ' ';
    return line;
}

} // namespace agent::tables
