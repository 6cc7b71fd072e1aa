#include "agent/tasks/declaration.hpp"

#include "agent/definition/parse.hpp"
#include "base/log.hpp"

#include <algorithm>
#include <utility>

namespace agent::tasks {

namespace log = base::log;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

/// A task that ended later than this after its start has not failed at once.
constexpr auto longest_delay = milliseconds(60'000);

} // namespace

void Declaration::update(definition::TaskFile read) {
    report(read);
    if (!read.definition)
        return;
    if (wanted && *wanted != *read.definition) {
        // What failed before says nothing about what stands there now.
        delay_ = {};
        not_before = {};
    }
    wanted = std::move(*read.definition);
}

void Declaration::report(const definition::TaskFile& read) {
    report_replaced(read);
    const auto& findings = read.findings;
    std::string report;
    std::string fields;
    if (!read.definition)
        report = read.definition.error().what();
    else
        for (const auto& field : findings.passed_over)
            fields += (fields.empty() ? "" : ", ") + field;
    for (const auto& notice : findings.notices)
        report += '\n' + to_string(notice);
    if (report + fields == reported_)
        return;
    reported_ = report + fields;
    if (!read.definition) {
        auto reason = read.definition.error().what();
        if (const auto count = findings.faults.size(); count > 1)
            reason += "; check-config lists " + std::to_string(count - 1) + " more";
        log::error("a task definition is refused; what runs for it goes on", {{"reason", reason}});
        return;
    }
    if (!fields.empty())
        log::info("a task definition has fields that change nothing here",
                  {{"file", file}, {"fields", fields}});
    for (const auto& notice : findings.notices)
        log::info("a task definition is not taken as it stands there",
                  {{"file", file}, {"notice", to_string(notice)}});
}

void Declaration::report_replaced(const definition::TaskFile& read) {
    if (!read.definition)
        return;
    std::string report;
    for (const auto& each : read.replaced)
        report += (report.empty() ? "" : "; ") + to_string(each);
    if (report == replaced_)
        return;
    replaced_ = report;
    if (!report.empty())
        log::info("a task definition is run as this host says",
                  {{"file", file}, {"replaced", report}});
}

bool Declaration::wants_current() const {
    return wanted ? *wanted == *current->definition : seen;
}

bool Declaration::is_done() const {
    return wanted->run_once && started == definition::canonical_form(*wanted);
}

bool Declaration::hold_back(const model::Task* task) {
    const bool runs = current && task != nullptr && task->desired == model::TaskStatus::running;
    const bool changed = runs && !wants_current();
    const bool held = changed && task->protected_until && *task->protected_until > base::now();
    const bool before = held_until_.has_value();
    held_until_ = held ? task->protected_until : std::nullopt;
    if (held == before)
        return held;
    if (held)
        log::info("a change of a file is held back, since its task is protected",
                  {{"file", file},
                   {"task", task->arn},
                   {"change", wanted ? "it says something else" : "it is gone"},
                   {"until", base::to_rfc3339(*held_until_)}});
    else
        log::info("a change of a file is held back no more",
                  {{"file", file},
                   {"reason", !runs      ? "its task has ended"
                              : !changed ? "it says again what runs"
                                         : "its task is not protected any more"}});
    return held;
}

void Declaration::note_end(std::chrono::nanoseconds lifetime, milliseconds first_delay) {
    // What was not let in while the task was protected does not wait, either.
    if (current->stopping || !wants_current())
        delay_ = {};
    else if (delay_ == delay_.zero() || lifetime >= longest_delay)
        delay_ = first_delay;
    else
        delay_ = std::min<milliseconds>(delay_ * 2, longest_delay);
    not_before = steady_clock::now() + delay_;
    current.reset();
}

} // namespace agent::tasks
