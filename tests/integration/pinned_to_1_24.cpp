// The lifecycle once more, by the oldest version of the engine's API that is spoken.

#include <cstdlib>

namespace {

const int pinned = ::setenv("ECS_TEST_DOCKER_API_VERSION", "1.24", 1);

} // namespace
