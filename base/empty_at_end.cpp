#include "base/empty_at_end.hpp"

#include "base/log.hpp"

#include <cstdlib>
#include <iostream>

namespace base {

void assert_empty_at_end(std::string_view registry, std::size_t left) {
    if (left == 0)
        return;
#ifdef ECS_BUGS_ABORT
    // Not by the log, which a test may have taken.
    std::cerr << registry << ": " << left << " left in there at its end\n";
    std::abort();
#else
    log::error("somebody has stayed in a registry that ends; this is a bug",
               {{"registry", registry}, {"left", left}});
#endif
}

} // namespace base
