#include "model/claims.hpp"

#include <algorithm>

namespace model {

void Claims::replace(const std::vector<Claim>& before, const std::vector<Claim>& after) {
    for (const auto& claim : before)
        if (std::find(after.begin(), after.end(), claim) == after.end())
            withdraw(claim);
    for (const auto& claim : after)
        if (std::find(before.begin(), before.end(), claim) == before.end())
            lay(claim);
}

void Claims::lay(const Claim& claim) {
    auto& claims = by_key_[claim.key];
    const auto place = std::upper_bound(
        claims.begin(), claims.end(), claim,
        [](const Claim& left, const Claim& right) { return left.since < right.since; });
    claims.insert(place, claim);
}

void Claims::withdraw(const Claim& claim) {
    const auto found = by_key_.find(claim.key);
    if (found == by_key_.end())
        return;
    std::erase(found->second, claim);
    if (found->second.empty())
        by_key_.erase(found);
}

const Claim* Claims::find(std::string_view key) const {
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : &found->second.back();
}

std::vector<std::string_view> Claims::keys(std::string_view beginning) const {
    std::vector<std::string_view> found;
    for (auto entry = by_key_.lower_bound(beginning);
         entry != by_key_.end() && entry->first.starts_with(beginning); ++entry)
        found.emplace_back(entry->first);
    return found;
}

} // namespace model
