// SPDX-License-Identifier: Apache-2.0
// simdjson's on-demand reader finds the structure; it checks only what it is asked for, so this
// walk asks for everything: an error in a field nobody wants still refuses the record, as in Spark.
// Long because the walk is one recursion, and simdjson, which is slow to compile, stays in this unit.
#include "codec/records/document.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>

#include "codec/records/decoder.h"
#include "codec/records/reasons.h"
#include "codec/records/tokens.h"

namespace pinflow::records {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t kGuessesMax = 256;

std::string_view trim_right(std::string_view text) {
    std::size_t end = text.find_last_not_of(" \t\r\n");
    return text.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

// What an integer token is worth to a column of that type; nothing if it does not fit.
std::optional<std::int64_t> whole_of(std::string_view token, TokenKind kind, ColumnType type) {
    bool is_whole = type == ColumnType::int32 || type == ColumnType::int64;
    if (!is_whole || kind != TokenKind::integer) return std::nullopt;
    std::optional<std::int64_t> whole = whole_number(token);
    if (whole && type == ColumnType::int32 && *whole != static_cast<std::int32_t>(*whole))
        return std::nullopt;
    return whole;
}

std::string_view reason_of(simdjson::error_code error) {
    if (error == simdjson::UTF8_ERROR) return kNotUtf8;
    if (error == simdjson::EMPTY) return kEmpty;
    return kNotJson;
}

}  // namespace

class DocumentReader::Walk {
public:
    explicit Walk(Schema slots) : slots_(std::move(slots)) {}

    DocumentForm read(std::string_view document);

    std::string_view reason;
    std::string_view text;
    std::vector<Cell> cells;
    std::vector<std::string_view> raws;
    std::vector<double> items;
    std::vector<std::uint8_t> items_valid;
    std::size_t slot_count() const { return slots_.size(); }

private:
    using Value = ondemand::value;

    void copy_padded(std::string_view document);
    bool prepare(std::string_view document);
    DocumentForm read_form(ondemand::document& document);
    bool read_array(ondemand::array array);
    bool read_object(ondemand::object object, int depth);
    bool read_field(Value value, const Field& field, Cell& cell, int depth);
    bool read_string(Value value, std::string_view token, ColumnType type, Cell& cell);
    bool read_scalar(std::string_view token, ColumnType type, Cell& cell);
    bool read_list(Value value, Cell& cell, int depth);
    bool read_container_text(Value value, Cell& cell, int depth);
    bool check(Value value, int depth);
    bool check_object(ondemand::object object, int depth);
    bool check_array(ondemand::array array, int depth);
    bool check_scalar(std::string_view token, TokenKind kind);
    template <class Stringlike>
    std::optional<std::string_view> unescape(Stringlike&& text_value, std::string_view token);

    bool read_name(ondemand::field& field, std::string_view& name);
    std::optional<std::size_t> guess_slot(const char* name, std::size_t ordinal) const;
    std::optional<std::size_t> slot_of(std::string_view name, std::size_t ordinal);
    const char* location_of_next();
    bool is_at_end();
    bool refuse(std::string_view why) {
        if (reason.empty()) reason = why;
        return false;
    }

    Schema slots_;
    std::vector<std::size_t> guesses_;  // the slot that the n-th field was last time
    ondemand::parser parser_;
    ondemand::document document_;
    std::string padded_;
    bool has_surrogates_ = false;  // the document escapes surrogates: check each text
};

void DocumentReader::Walk::copy_padded(std::string_view document) {
    if (document.starts_with("\xEF\xBB\xBF")) document.remove_prefix(3);  // as Jackson does
    if (padded_.size() < document.size() + simdjson::SIMDJSON_PADDING) {
        padded_.resize(2 * document.size() + simdjson::SIMDJSON_PADDING);
    }
    std::memcpy(padded_.data(), document.data(), document.size());
    std::memset(padded_.data() + document.size(), ' ', simdjson::SIMDJSON_PADDING);
    text = std::string_view(padded_).substr(0, document.size());
}

bool DocumentReader::Walk::prepare(std::string_view document) {
    reason = {};
    cells.clear();
    raws.clear();
    items.clear();
    items_valid.clear();
    if (document.size() > kDocumentBytesMax) return refuse(kTooLarge);
    copy_padded(document);
    if (trim_right(text).empty()) return refuse(kEmpty);
    has_surrogates_ =
        text.find("\\ud") != std::string_view::npos || text.find("\\uD") != std::string_view::npos;
    if (parser_.capacity() < text.size()) {
        // One level more than is allowed, so that the limit is ours to name.
        if (auto error = parser_.allocate(2 * text.size() + 4096, kDepthMax + 2))
            return refuse(reason_of(error));
    }
    auto error = parser_.iterate(text.data(), text.size(), padded_.size()).get(document_);
    return error ? refuse(reason_of(error)) : true;
}

DocumentForm DocumentReader::Walk::read(std::string_view document) {
    if (!prepare(document)) return DocumentForm::refused;
    DocumentForm form = read_form(document_);
    if (form == DocumentForm::refused || !reason.empty()) return DocumentForm::refused;
    return form;
}

DocumentForm DocumentReader::Walk::read_form(ondemand::document& document) {
    std::string_view token = trim_right(document.raw_json_token().value_unsafe());
    char first = token.empty() ? ' ' : token.front();
    if (first == '{') {
        ondemand::object object;
        if (auto error = document.get_object().get(object))
            return refuse(reason_of(error)), DocumentForm::refused;
        raws.push_back(trim_right(text));
        return read_object(object, 1) && is_at_end() ? DocumentForm::records
                                                     : DocumentForm::refused;
    }
    if (first == '[') {
        ondemand::array array;
        if (auto error = document.get_array().get(array))
            return refuse(reason_of(error)), DocumentForm::refused;
        return read_array(array) && is_at_end() ? DocumentForm::records : DocumentForm::refused;
    }
    if (first == '"' &&
        token.data() + token.size() == trim_right(text).data() + trim_right(text).size()) {
        std::optional<std::string_view> content = unescape(document, token);
        if (!content) return DocumentForm::refused;
        text = *content;
        return DocumentForm::text;
    }
    refuse(classify(token) == TokenKind::invalid ? kNotJson : kNotObject);
    return DocumentForm::refused;
}

// Spark takes all elements or, when one of them is no object, none.
bool DocumentReader::Walk::read_array(ondemand::array array) {
    bool is_mixed = false;
    for (auto element : array) {
        Value value;
        if (auto error = element.get(value)) return refuse(reason_of(error));
        const char* begin = value.raw_json_token().data();
        if (*begin == '{') {
            ondemand::object object;
            if (auto error = value.get_object().get(object)) return refuse(reason_of(error));
            if (!read_object(object, 2)) return false;
            raws.push_back(
                trim_right({begin, static_cast<std::size_t>(location_of_next() - begin)}));
        } else {
            is_mixed = true;
            if (!check(value, 1)) return false;
        }
    }
    if (is_mixed) return refuse(kMixedArray);
    return raws.empty() ? refuse(kEmptyArray) : true;
}

bool DocumentReader::Walk::read_object(ondemand::object object, int depth) {
    std::size_t first = cells.size();
    cells.resize(first + slots_.size());
    std::size_t ordinal = 0;
    for (auto entry : object) {
        ondemand::field field;
        if (auto error = std::move(entry).get(field)) return refuse(reason_of(error));
        std::optional<std::size_t> slot = guess_slot(field.key().raw(), ordinal);
        if (!slot) {
            std::string_view name;
            if (!read_name(field, name)) return false;
            slot = slot_of(name, ordinal);
        }
        ++ordinal;
        bool is_read = slot ? read_field(field.value(), slots_[*slot], cells[first + *slot], depth)
                            : check(field.value(), depth);
        if (!is_read) return false;
    }
    return true;
}

bool DocumentReader::Walk::read_name(ondemand::field& field, std::string_view& name) {
    if (auto error = field.unescaped_key().get(name)) return refuse(reason_of(error));
    bool is_whole = !has_surrogates_ || simdjson::validate_utf8(name);
    return is_whole ? true : refuse(kLoneSurrogate);
}

// Fields of one source come in one order, so the slot of the n-th field is mostly that of last
// time: then its name need not be unescaped. `name` points behind the opening quote.
std::optional<std::size_t> DocumentReader::Walk::guess_slot(const char* name,
                                                            std::size_t ordinal) const {
    if (ordinal >= guesses_.size()) return std::nullopt;
    const std::string& guess = slots_[guesses_[ordinal]].name;
    std::string_view rest(name, static_cast<std::size_t>(padded_.data() + padded_.size() - name));
    bool is_same = rest.starts_with(guess) && rest.substr(guess.size()).starts_with('"');
    return is_same ? std::optional(guesses_[ordinal]) : std::nullopt;
}

std::optional<std::size_t> DocumentReader::Walk::slot_of(std::string_view name,
                                                         std::size_t ordinal) {
    auto found = std::ranges::find(slots_, name, &Field::name);
    if (found == slots_.end()) return std::nullopt;
    auto slot = static_cast<std::size_t>(found - slots_.begin());
    if (ordinal < kGuessesMax) {
        if (guesses_.size() <= ordinal) guesses_.resize(ordinal + 1, 0);
        guesses_[ordinal] = slot;
    }
    return slot;
}

bool DocumentReader::Walk::read_field(Value value, const Field& field, Cell& cell, int depth) {
    std::string_view token = trim_right(value.raw_json_token());
    if (token.starts_with('"')) return read_string(value, token, field.type, cell);
    bool is_array = token.starts_with('[');
    if (!is_array && !token.starts_with('{')) return read_scalar(token, field.type, cell);
    if (field.type == ColumnType::text) return read_container_text(value, cell, depth);
    if (field.type == ColumnType::float64_list && is_array) return read_list(value, cell, depth);
    cell.set_wrong_type();
    return check(value, depth);
}

bool DocumentReader::Walk::read_string(Value value, std::string_view token, ColumnType type,
                                       Cell& cell) {
    std::optional<std::string_view> content = unescape(value, token);
    if (!content) return false;
    std::optional<double> named;
    if (type == ColumnType::text) {
        cell.set_text(*content);
    } else if (type == ColumnType::float64 && (named = named_real(*content))) {
        cell.set_real(*named);
    } else {
        cell.set_wrong_type();
    }
    return true;
}

bool DocumentReader::Walk::read_scalar(std::string_view token, ColumnType type, Cell& cell) {
    TokenKind kind = classify(token);
    if (!check_scalar(token, kind)) return false;
    if (kind == TokenKind::null) {
        cell.set_null();
    } else if (type == ColumnType::text) {
        cell.set_text(token);  // a number or truth value as its JSON text
    } else if (type == ColumnType::boolean && kind == TokenKind::boolean) {
        cell.set_integer(token == "true" ? 1 : 0);
    } else if (type == ColumnType::float64 && kind != TokenKind::boolean) {
        cell.set_real(real_number(token));
    } else if (std::optional<std::int64_t> whole = whole_of(token, kind, type)) {
        cell.set_integer(*whole);
    } else {
        cell.set_wrong_type();
    }
    return true;
}

// One element of the wrong type makes the whole list null.
bool DocumentReader::Walk::read_list(Value value, Cell& cell, int depth) {
    if (depth + 1 > kDepthMax) return refuse(kTooDeep);
    ondemand::array array;
    if (auto error = value.get_array().get(array)) return refuse(reason_of(error));
    std::size_t first = items.size();
    bool fits = true;
    const Field item{.name = {}, .type = ColumnType::float64};
    for (auto element : array) {
        Value item_value;
        if (auto error = element.get(item_value)) return refuse(reason_of(error));
        Cell item_cell;
        if (!read_field(item_value, item, item_cell, depth + 1)) return false;
        fits = fits && item_cell.state != Cell::State::wrong_type;
        items.push_back(item_cell.real);
        items_valid.push_back(item_cell.has_value() ? 1 : 0);
    }
    if (!fits) return cell.set_wrong_type(), true;
    cell.set_integer(static_cast<std::int64_t>(first));
    cell.item_count = static_cast<std::uint32_t>(items.size() - first);
    return true;
}

bool DocumentReader::Walk::read_container_text(Value value, Cell& cell, int depth) {
    const char* begin = value.raw_json_token().data();
    if (!check(value, depth)) return false;
    cell.set_text(trim_right({begin, static_cast<std::size_t>(location_of_next() - begin)}));
    return true;
}

bool DocumentReader::Walk::check(Value value, int depth) {
    std::string_view token = trim_right(value.raw_json_token());
    if (token.starts_with('{') || token.starts_with('[')) {
        if (depth + 1 > kDepthMax) return refuse(kTooDeep);
        if (token.front() == '{') {
            ondemand::object object;
            if (auto error = value.get_object().get(object)) return refuse(reason_of(error));
            return check_object(object, depth + 1);
        }
        ondemand::array array;
        if (auto error = value.get_array().get(array)) return refuse(reason_of(error));
        return check_array(array, depth + 1);
    }
    if (token.starts_with('"')) return unescape(value, token).has_value();
    return check_scalar(token, classify(token));
}

bool DocumentReader::Walk::check_object(ondemand::object object, int depth) {
    for (auto entry : object) {
        ondemand::field field;
        if (auto error = std::move(entry).get(field)) return refuse(reason_of(error));
        std::string_view name;
        if (!read_name(field, name)) return false;
        if (!check(field.value(), depth)) return false;
    }
    return true;
}

bool DocumentReader::Walk::check_array(ondemand::array array, int depth) {
    for (auto element : array) {
        Value value;
        if (auto error = element.get(value)) return refuse(reason_of(error));
        if (!check(value, depth)) return false;
    }
    return true;
}

bool DocumentReader::Walk::check_scalar(std::string_view token, TokenKind kind) {
    if (kind == TokenKind::invalid) return refuse(kNotJson);
    return token.size() > kNumberCharsMax ? refuse(kNumberTooLong) : true;
}

// Most texts have no escape: they are read where they lie. The reader is told to pass the text all
// the same: what it skips unasked it checks less.
template <class Stringlike>
std::optional<std::string_view> DocumentReader::Walk::unescape(Stringlike&& text_value,
                                                               std::string_view token) {
    if (token.size() < 2 || token.back() != '"') return refuse(kNotJson), std::nullopt;
    if (std::memchr(token.data(), '\\', token.size()) == nullptr) {
        ondemand::raw_json_string passed;
        if (auto error = text_value.get_raw_json_string().get(passed))
            return refuse(reason_of(error)), std::nullopt;
        return token.substr(1, token.size() - 2);
    }
    std::string_view content;
    if (auto error = text_value.get_string().get(content)) {
        return refuse(has_surrogates_ ? kLoneSurrogate : reason_of(error)), std::nullopt;
    }
    if (has_surrogates_ && !simdjson::validate_utf8(content))
        return refuse(kLoneSurrogate), std::nullopt;
    return content;
}

const char* DocumentReader::Walk::location_of_next() {
    const char* location = nullptr;
    if (document_.current_location().get(location)) return padded_.data() + text.size();
    return location;
}

bool DocumentReader::Walk::is_at_end() {
    const char* location = nullptr;
    return document_.current_location().get(location) ? true : refuse(kTextAfter);
}

DocumentReader::DocumentReader(Schema slots) : walk_(std::make_unique<Walk>(std::move(slots))) {}
DocumentReader::~DocumentReader() = default;
DocumentReader::DocumentReader(DocumentReader&&) noexcept = default;
DocumentReader& DocumentReader::operator=(DocumentReader&&) noexcept = default;

DocumentForm DocumentReader::read(std::string_view document) { return walk_->read(document); }
std::string_view DocumentReader::reason() const { return walk_->reason; }
std::string_view DocumentReader::text() const { return walk_->text; }
std::size_t DocumentReader::record_count() const { return walk_->raws.size(); }
std::string_view DocumentReader::raw(std::size_t index) const { return walk_->raws[index]; }

std::span<const Cell> DocumentReader::record(std::size_t index) const {
    return std::span(walk_->cells).subspan(index * walk_->slot_count(), walk_->slot_count());
}
std::span<const double> DocumentReader::items(const Cell& cell) const {
    return std::span(walk_->items).subspan(static_cast<std::size_t>(cell.integer), cell.item_count);
}
std::span<const std::uint8_t> DocumentReader::items_valid(const Cell& cell) const {
    return std::span(walk_->items_valid)
        .subspan(static_cast<std::size_t>(cell.integer), cell.item_count);
}

}  // namespace pinflow::records
