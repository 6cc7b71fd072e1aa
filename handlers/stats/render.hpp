#pragma once
// A sample as Docker's stats document: its keys, their order and its omissions (http-contract 5).
// Written straight into text, since this is rendered at every request and has a hundred numbers,
// all of them exact. Pure.

#include "model/container.hpp"
#include "model/stats.hpp"

#include <string>

namespace handlers::stats {

/// Is network_rate_stats shown? Version 4 has it.
enum class Rate { hidden, shown };

/// Appends the document of one container.
void append_stats(std::string& out, const model::Container& container,
                  const model::StatsSample& sample, Rate rate);

/// Appends a text between quotes.
void append_text(std::string& out, const std::string& text);

} // namespace handlers::stats
