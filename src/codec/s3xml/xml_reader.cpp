// SPDX-License-Identifier: Apache-2.0
#include "codec/s3xml/xml_reader.h"

#include <fmt/format.h>

#include <charconv>
#include <vector>

namespace pinflow::s3xml {
namespace {

constexpr std::size_t kEntityBytesMax = 10;  // "&#x10FFFF;" without its first and last

std::unexpected<Error> broken(std::string_view why) {
    return fail(Errc::corrupt, fmt::format("the answer is not the XML of S3: {}", why));
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == ':';
}

void append_utf8(std::string& text, std::uint32_t code) {
    auto add = [&](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
    if (code < 0x80) return add(code);
    if (code < 0x800) {
        add(0xC0 | code >> 6);
    } else if (code < 0x10000) {
        add(0xE0 | code >> 12);
        add(0x80 | (code >> 6 & 0x3F));
    } else {
        add(0xF0 | code >> 18);
        add(0x80 | (code >> 12 & 0x3F));
        add(0x80 | (code >> 6 & 0x3F));
    }
    add(0x80 | (code & 0x3F));
}

// "#65" or "#x41".
Status append_number(std::string& text, std::string_view digits) {
    int base = 10;
    digits.remove_prefix(1);
    if (digits.starts_with('x')) {
        base = 16;
        digits.remove_prefix(1);
    }
    std::uint32_t code = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, base);
    bool is_whole = error == std::errc{} && end == digits.data() + digits.size();
    bool is_surrogate = code >= 0xD800 && code < 0xE000;
    if (!is_whole || code == 0 || code > 0x10FFFF || is_surrogate)
        return broken("a character reference that is none");
    append_utf8(text, code);
    return {};
}

Status append_entity(std::string& text, std::string_view name) {
    if (name.starts_with('#')) return append_number(text, name);
    constexpr std::pair<std::string_view, char> kKnown[] = {
        {"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
    for (auto [known, character] : kKnown) {
        if (name != known) continue;
        text.push_back(character);
        return {};
    }
    return broken("an entity that XML does not have");
}

Status append_text(std::string& text, std::string_view raw) {
    while (!raw.empty()) {
        std::size_t at = raw.find('&');
        text += raw.substr(0, at);
        if (at == std::string_view::npos) return {};
        raw.remove_prefix(at + 1);
        std::size_t end = raw.substr(0, kEntityBytesMax).find(';');
        if (end == std::string_view::npos) return broken("an & without its ;");
        TRY_STATUS(append_entity(text, raw.substr(0, end)));
        raw.remove_prefix(end + 1);
    }
    return {};
}

class Reader {
public:
    Reader(std::string_view xml, const VisitElement& visit) : rest_(xml), visit_(visit) {}

    Status run() {
        while (!rest_.empty()) TRY_STATUS(step());
        if (!open_.empty()) return broken("it ends inside an element");
        if (!has_root_) return broken("it holds no element");
        return {};
    }

private:
    struct Open {
        std::size_t path_bytes;  // of the path without this element
        std::string text;
    };

    Status step() {
        if (rest_.starts_with("<!--")) return skip("-->");
        if (rest_.starts_with("<?")) return skip("?>");
        if (rest_.starts_with("<![CDATA[")) return take_raw_text();
        if (rest_.starts_with("<!")) return broken("a document type");
        if (rest_.starts_with("</")) return close();
        if (rest_.starts_with('<')) return open();
        return take_text();
    }

    Status skip(std::string_view end) {
        std::size_t at = rest_.find(end);
        if (at == std::string_view::npos) return broken("it ends too early");
        rest_.remove_prefix(at + end.size());
        return {};
    }

    Status take_raw_text() {
        constexpr std::string_view kBegin = "<![CDATA[";
        std::size_t end = rest_.find("]]>");
        if (end == std::string_view::npos) return broken("it ends too early");
        if (open_.empty()) return broken("text outside of its elements");
        open_.back().text += rest_.substr(kBegin.size(), end - kBegin.size());
        rest_.remove_prefix(end + 3);
        return {};
    }

    Status take_text() {
        std::string_view raw = rest_.substr(0, rest_.find('<'));
        rest_.remove_prefix(raw.size());
        if (!open_.empty()) return append_text(open_.back().text, raw);
        for (char c : raw)
            if (!is_space(c)) return broken("text outside of its elements");
        return {};
    }

    std::string_view take_name() {
        std::size_t size = 0;
        while (size < rest_.size() && is_name_character(rest_[size])) ++size;
        std::string_view name = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return name;
    }

    Status open() {
        rest_.remove_prefix(1);
        std::string_view name = take_name();
        if (name.empty()) return broken("a < that begins nothing");
        if (open_.empty() && has_root_) return broken("a second root");
        if (open_.size() == kDepthMax) return broken("it is nested too deeply");
        has_root_ = true;
        open_.push_back({path_.size(), {}});
        if (!path_.empty()) path_ += '/';
        path_ += name;
        TRY_STATUS(skip_attributes());
        bool is_empty = rest_.starts_with("/>");
        rest_.remove_prefix(is_empty ? 2 : 1);
        return is_empty ? leave() : Status{};
    }

    // Up to ">" or "/>".
    Status skip_attributes() {
        while (true) {
            std::size_t spaces = 0;
            while (spaces < rest_.size() && is_space(rest_[spaces])) ++spaces;
            rest_.remove_prefix(spaces);
            if (rest_.starts_with('>') || rest_.starts_with("/>")) return {};
            if (spaces == 0 || take_name().empty() || !rest_.starts_with('='))
                return broken("an element that does not end");
            rest_.remove_prefix(1);
            char quote = rest_.empty() ? '\0' : rest_.front();
            std::size_t end = rest_.find(quote, 1);
            if ((quote != '"' && quote != '\'') || end == std::string_view::npos)
                return broken("an attribute without quotes");
            rest_.remove_prefix(end + 1);
        }
    }

    Status close() {
        rest_.remove_prefix(2);
        std::string_view name = take_name();
        if (open_.empty()) return broken("an end without its beginning");
        std::size_t begin = open_.back().path_bytes;
        std::string_view expected = std::string_view(path_).substr(begin == 0 ? 0 : begin + 1);
        if (name != expected) return broken("an end that is another element's");
        while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
        if (!rest_.starts_with('>')) return broken("an end that does not end");
        rest_.remove_prefix(1);
        return leave();
    }

    Status leave() {
        Open element = std::move(open_.back());
        open_.pop_back();
        TRY_STATUS(visit_(path_, std::move(element.text)));
        path_.resize(element.path_bytes);
        return {};
    }

    std::string_view rest_;
    const VisitElement& visit_;
    std::string path_;
    std::vector<Open> open_;
    bool has_root_ = false;
};

}  // namespace

Status read_elements(std::string_view xml, const VisitElement& visit) {
    return Reader(xml, visit).run();
}

std::string_view root_of(std::string_view xml) {
    for (std::size_t at = xml.find('<'); at != std::string_view::npos; at = xml.find('<', at + 1)) {
        std::size_t end = at + 1;
        while (end < xml.size() && is_name_character(xml[end])) ++end;
        if (end > at + 1) return xml.substr(at + 1, end - at - 1);
    }
    return {};
}

}  // namespace pinflow::s3xml
