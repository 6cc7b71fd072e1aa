#pragma once
// How long the rounds are whose length is a matter of patience: `./dev test` has short ones, `./dev test --full`
// those that a release needs.

#include <cstdlib>

namespace integration {

inline int in_round(int shortly, int in_full) {
    return std::getenv("ECS_TEST_FULL") == nullptr ? shortly : in_full;
}

} // namespace integration
