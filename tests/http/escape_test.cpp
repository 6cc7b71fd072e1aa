#include "agent/http/escape.hpp"

#include <gtest/gtest.h>

namespace agent::http {

TEST(Escape, EncodesAllButUnreservedCharacters) {
    EXPECT_EQ(escape("a-b_c.d~9"), "a-b_c.d~9");
    EXPECT_EQ(escape("../x?y&z=%\xc3\xa9+"), "..%2Fx%3Fy%26z%3D%25%C3%A9%2B");
    EXPECT_EQ(escape("host:5000/img:1@sha256:2", "/:@"), "host:5000/img:1@sha256:2");
}

} // namespace agent::http
