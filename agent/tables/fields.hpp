#pragma once
// How ECS's objects are read, written and listed by tables: a row per field says whether it is
// honoured, taken without effect, only printed by ECS or refused, and how its value gets into the
// plain struct and back. One table serves parsing, the canonical form and the list of honoured
// fields, so none of them can forget a field. Pure; any thread.

#include "agent/tables/place.hpp"
#include "agent/tables/written.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace agent::tables {

enum class Support {
    required,    ///< honoured, and must be there
    honoured,    ///< may be absent
    passed_over, ///< taken without effect; its path is handed out when it says something
    constant,    ///< may say one thing only, so there is no word to lose about it
    refused,     ///< ECS knows it and this host does not do it: see FieldRow::unsupported
};

template <class T>
struct FieldRow {
    std::string_view name;
    Support support = Support::refused;
    base::Result<> (*read)(const Json& value, const Place& place, T& into) = nullptr;
    /// The value as the canonical form has it; null leaves the field out.
    Json (*write)(const T& from) = nullptr;
    /// Lists the fields of the object (or of a list's objects) that the field holds.
    void (*list)(const std::string& path, std::vector<std::string>& into) = nullptr;
    std::string_view instead = {}; ///< refused: what to do instead, or what its lack means
    /// refused: what becomes of it when it says something and the host says nothing of it.
    Unsupported unsupported = Unsupported::refuse;
    bool secret = false;
};

/// The rows of an object, and what is asked of it when all of its fields have been read.
template <class T>
struct Table {
    using Object = T;
    std::span<const FieldRow<T>> rows;
    base::Result<> (*check)(T& object, const Place& place) = nullptr;
};

/// How ECS prints a field that was not set: null, "", [], {} or false.
bool is_empty(const Json& value);

/// Whether a name is one by which people write remarks into JSON: "$schema", "_comment", "//".
bool is_remark(std::string_view name);

/// The parts of an object or a list while they are read. Where all faults are told, the rest is read
/// although one part is wrong.
class Parts {
public:
    explicit Parts(const Place& place) : reading_(place.reading) {}

    /// Whether the reading goes on.
    bool add(const base::Result<>& part) {
        if (part)
            return true;
        if (first_)
            first_ = part;
        if (reading_)
            reading_->findings.note_fault(part.error());
        return reading_ != nullptr;
    }
    /// The first fault.
    const base::Result<>& result() const { return first_; }

private:
    Reading* reading_;
    base::Result<> first_;
};

/// Reads one field by its row.
template <class T>
base::Result<> read_field(const Json& field, const Place& place, const FieldRow<T>& row, T& into) {
    if (row.support == Support::refused && !is_empty(field))
        return leave_out(place, row.unsupported, row.instead);
    if (row.read && !field.is_null()) {
        auto read = row.read(field, place, into);
        const bool is_blank = field == "" || field == 0 || field == "0";
        const bool says_nothing = is_lenient(place) && row.support != Support::required && is_blank;
        if (!read && says_nothing) {
            note(place, "says nothing, as good as absent");
            return {};
        }
        if (!read)
            return read;
    }
    if (row.support == Support::passed_over && !is_empty(field) && place.reading)
        place.reading->findings.passed_over.push_back(place.path);
    return {};
}

template <class T>
base::Result<> read_field_of(const std::string& name, const Json& field, const Place& place,
                             const Table<T>& table, T& into) {
    const auto row = std::ranges::find(table.rows, name, &FieldRow<T>::name);
    auto inner = join(place, name);
    if (row != table.rows.end()) {
        inner.secret = inner.secret || row->secret;
        return read_field(field, inner, *row, into);
    }
    if (!is_lenient(place) || !is_remark(name))
        return refuse(inner, "unknown field");
    note(inner, "a remark, not read");
    return {};
}

/// Reads an object by its table, in document order, then asks for the required fields. What is well-formed
/// of it is in `into` also where something else is not.
template <class T>
base::Result<> read_object(const Json& value, const Place& place, const Table<T>& table, T& into) {
    if (!value.is_object())
        return expected(place, "an object", value);
    Parts parts(place);
    for (const auto& [name, field] : value.items())
        if (!parts.add(read_field_of(name, field, place, table, into)))
            return parts.result();
    for (const auto& row : table.rows)
        if (row.support == Support::required &&
            (!value.contains(row.name) || value[std::string(row.name)].is_null()) &&
            !parts.add(refuse(join(place, row.name), "required")))
            return parts.result();
    TRY(parts.result());
    return table.check ? table.check(into, place) : base::Result<>();
}

/// Reads each element of a list with `read(element, place, item) -> Result<>`. Of one that is wrong there is what
/// is well-formed.
template <class Element, class Read>
base::Result<> read_elements(const Json& value, const Place& place, std::vector<Element>& into,
                             Read read) {
    if (!value.is_array())
        return expected(place, "a list", value);
    Parts parts(place);
    for (std::size_t i = 0; i < value.size(); ++i) {
        // What was taken out keeps its place, so that the others keep theirs.
        if (value[i].is_discarded())
            continue;
        Element item;
        const bool goes_on = parts.add(read(value[i], join(place, i), item));
        if (!goes_on)
            return parts.result();
        into.push_back(std::move(item));
    }
    return parts.result();
}

/// As read_elements, with `read(element, place) -> Result<Element>`.
template <class Element, class Read>
base::Result<> read_list(const Json& value, const Place& place, std::vector<Element>& into,
                         Read read) {
    return read_elements(
        value, place, into,
        [&](const Json& element, const Place& where, Element& item) -> base::Result<> {
            TRY(item, read(element, where));
            return {};
        });
}

/// Reads each member of an object with `read(member, place) -> Result<Element>`, in document order. One that is wrong
/// is not among them.
template <class Element, class Read>
base::Result<> read_members(const Json& value, const Place& place,
                            std::vector<std::pair<std::string, Element>>& into, Read read) {
    if (!value.is_object())
        return expected(place, "an object", value);
    Parts parts(place);
    for (const auto& [name, member] : value.items()) {
        auto element = read(member, join(place, name));
        if (element)
            into.emplace_back(name, std::move(*element));
        else if (!parts.add(std::move(element).error()))
            break;
    }
    return parts.result();
}

template <class T>
Json write_object(const Table<T>& table, const T& from) {
    auto object = Json::object();
    for (const auto& row : table.rows)
        if (row.write)
            if (auto value = row.write(from); !value.is_null())
                object[std::string(row.name)] = std::move(value);
    return object;
}

template <class T>
void list_fields(const Table<T>& table, const std::string& path, std::vector<std::string>& into) {
    for (const auto& row : table.rows) {
        if (row.support != Support::required && row.support != Support::honoured)
            continue;
        into.push_back(path + (path.empty() ? "" : ".") + std::string(row.name));
        if (row.list)
            row.list(std::string(into.back()), into);
    }
}

template <class Class, class Value>
Class class_of(Value Class::*);
template <class Class, class Value>
Value value_of(Value Class::*);
template <auto Member>
using ClassOf = decltype(class_of(Member));
template <auto Member>
using ValueOf = decltype(value_of(Member));
/// The object that a table describes: `TableOf` is a function that returns it.
template <auto TableOf>
using ObjectOf = typename decltype(TableOf())::Object;

/// Stores what `Read(value, place)` returns.
template <auto Member, auto Read>
base::Result<> store(const Json& value, const Place& place, ClassOf<Member>& into) {
    TRY(auto read, Read(value, place));
    into.*Member = std::move(read);
    return {};
}

template <auto Member>
Json write_unless_default(const ClassOf<Member>& from) {
    return from.*Member == ClassOf<Member>().*Member ? Json() : written(from.*Member);
}

/// A field that is only read: of a document that has no canonical form.
template <auto Member, auto Read>
constexpr FieldRow<ClassOf<Member>> only_read(std::string_view name,
                                              Support support = Support::honoured) {
    return {name, support, store<Member, Read>};
}

template <auto Member, auto Read>
constexpr FieldRow<ClassOf<Member>> required(std::string_view name) {
    return {name, Support::required, store<Member, Read>,
            [](const ClassOf<Member>& from) { return written(from.*Member); }};
}

template <auto Member, auto Read>
constexpr FieldRow<ClassOf<Member>> honoured(std::string_view name) {
    return {name, Support::honoured, store<Member, Read>, write_unless_default<Member>};
}

/// A list of objects, each read by a table.
template <auto Member, auto TableOf>
constexpr FieldRow<ClassOf<Member>> objects(std::string_view name,
                                            Support support = Support::honoured) {
    return {name, support,
            [](const Json& value, const Place& place, ClassOf<Member>& into) {
                return read_elements(
                    value, place, into.*Member,
                    [](const Json& element, const Place& where, ObjectOf<TableOf>& object) {
                        return read_object(element, where, TableOf(), object);
                    });
            },
            [](const ClassOf<Member>& from) {
                Json list;
                for (const auto& object : from.*Member)
                    list.push_back(write_object(TableOf(), object));
                return list;
            },
            [](const std::string& path, std::vector<std::string>& into) {
                list_fields(TableOf(), path + "[]", into);
            }};
}

/// One object, kept in a member of its own type or in an optional of it. {} is as good as absent.
template <auto Member, auto TableOf>
constexpr FieldRow<ClassOf<Member>> object(std::string_view name) {
    return {name, Support::honoured,
            [](const Json& value, const Place& place, ClassOf<Member>& into) -> base::Result<> {
                ObjectOf<TableOf> read;
                if (value.is_object() && value.empty())
                    return {};
                const auto result = read_object(value, place, TableOf(), read);
                if (value.is_object())
                    into.*Member = std::move(read);
                return result;
            },
            [](const ClassOf<Member>& from) {
                const auto& value = from.*Member;
                if (value == ValueOf<Member>())
                    return Json();
                if constexpr (std::is_same_v<ValueOf<Member>, ObjectOf<TableOf>>)
                    return write_object(TableOf(), value);
                else
                    return write_object(TableOf(), *value);
            },
            [](const std::string& path, std::vector<std::string>& into) {
                list_fields(TableOf(), path, into);
            }};
}

/// An object in the document whose fields are kept beside those of the object around it.
template <auto TableOf>
constexpr FieldRow<ObjectOf<TableOf>> part(std::string_view name) {
    using T = ObjectOf<TableOf>;
    return {name, Support::honoured,
            [](const Json& value, const Place& place, T& into) {
                return read_object(value, place, TableOf(), into);
            },
            [](const T& from) {
                auto fields = write_object(TableOf(), from);
                return fields.empty() ? Json() : fields;
            },
            [](const std::string& path, std::vector<std::string>& into) {
                list_fields(TableOf(), path, into);
            }};
}

/// `check` may refuse a value that is malformed, or that does not fit this host.
template <class T>
constexpr FieldRow<T> passed_over(std::string_view name,
                                  base::Result<> (*check)(const Json&, const Place&,
                                                          T&) = nullptr) {
    return {name, Support::passed_over, check};
}

template <class T>
constexpr FieldRow<T> refused(std::string_view name, std::string_view instead) {
    FieldRow<T> row{name, Support::refused};
    row.instead = instead;
    return row;
}

/// As refused(), but what is lost without it is a convenience: it is left out with a notice.
template <class T>
constexpr FieldRow<T> left_out(std::string_view name, std::string_view instead) {
    auto row = refused<T>(name, instead);
    row.unsupported = Unsupported::notice;
    return row;
}

/// The same row, but no value below it is repeated in an error.
template <class T>
constexpr FieldRow<T> secret(FieldRow<T> row) {
    row.secret = true;
    return row;
}

} // namespace agent::tables
