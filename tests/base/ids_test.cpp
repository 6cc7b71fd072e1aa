#include "base/ids.hpp"

#include <gtest/gtest.h>

#include <set>

namespace base {
namespace {

TEST(Ids, HexHasTwoDigitsAByteAndIsNeverTheSame) {
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        const auto id = random_hex(16);
        EXPECT_EQ(id.size(), 32U);
        EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos) << id;
        EXPECT_TRUE(seen.insert(id).second);
    }
    EXPECT_EQ(random_hex(0), "");
}

TEST(Ids, UuidHasItsShapeVersionAndVariant) {
    const auto uuid = random_uuid();
    ASSERT_EQ(uuid.size(), 36U);
    for (const std::size_t dash : {8U, 13U, 18U, 23U})
        EXPECT_EQ(uuid[dash], '-');
    EXPECT_EQ(uuid[14], '4');
    EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos) << uuid;
    EXPECT_NE(uuid, random_uuid());
}

TEST(Ids, NameUuidFollowsFromTheNameAlone) {
    EXPECT_EQ(name_uuid("abc"), name_uuid("abc"));
    EXPECT_NE(name_uuid("abc"), name_uuid("abd"));
    EXPECT_EQ(name_uuid("abc").size(), 36U);
    EXPECT_EQ(name_uuid("abc")[14], '5');
}

} // namespace
} // namespace base
