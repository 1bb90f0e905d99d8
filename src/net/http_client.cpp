// SPDX-License-Identifier: Apache-2.0
#include "net/http_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace pinflow::net {
namespace {

constexpr std::size_t kHeadBytesMax = 256 << 10;
constexpr long kConnectionsKept = 4;
constexpr int kPollMs = 1'000;  // curl asks to be looked at earlier when it has a deadline

struct EasyDeleter {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct MultiDeleter {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct ListDeleter {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct UrlDeleter {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using HeaderList = std::unique_ptr<curl_slist, ListDeleter>;

std::string url_part(CURLU* url, CURLUPart part) {
    char* text = nullptr;
    if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return "";
    std::string copy = text;
    curl_free(text);
    return copy;
}

// The host of an http(s) URL, in lower case. The text of a URL with a password is not repeated.
Result<std::string> host_of(const std::string& text) {
    std::unique_ptr<CURLU, UrlDeleter> url(curl_url());
    CURLUcode code = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0);
    if (code != CURLUE_OK) {
        return fail(Errc::invalid_argument,
                    fmt::format("{}: not a URL: {}", text, curl_url_strerror(code)));
    }
    if (!url_part(url.get(), CURLUPART_USER).empty()) {
        return fail(Errc::invalid_argument, "a URL must not carry a user name or password");
    }
    std::string scheme = to_lower(url_part(url.get(), CURLUPART_SCHEME));
    if (scheme != "http" && scheme != "https") {
        return fail(Errc::invalid_argument,
                    fmt::format("{}: the URL must begin with http:// or https://", text));
    }
    return to_lower(url_part(url.get(), CURLUPART_HOST));
}

bool is_loopback(std::string_view host) {
    bool is_numeric = host.find_first_not_of("0123456789.") == std::string_view::npos;
    return host == "localhost" || host.ends_with(".localhost") || host == "[::1]" ||
           (is_numeric && host.starts_with("127."));
}

bool is_token(std::string_view text) {
    return !text.empty() &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F && c != ':'; });
}

bool is_header_value(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

// Headers that curl makes itself, from the body that is really there.
bool is_made_by_curl(std::string_view lower_name) {
    return lower_name == "content-length" || lower_name == "transfer-encoding" ||
           lower_name == "expect";
}

void append(HeaderList& list, const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    CHECK(longer != nullptr, "out of memory");
    (void)list.release();
    list.reset(longer);
}

Result<HeaderList> header_list(const HttpRequest& request) {
    HeaderList list;
    for (const HttpHeader& header : request.headers) {
        if (!is_token(header.name) || !is_header_value(header.value)) {
            return fail(Errc::invalid_argument,
                        fmt::format("header {}: not a header", header.name));
        }
        if (is_made_by_curl(to_lower(header.name))) continue;
        // "Name;" is how curl is told to send an empty value.
        append(list, header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
    }
    append(list, "Expect:");  // no round trip to ask whether the body is welcome
    if (!request.header("content-type")) append(list, "Content-Type:");  // else curl claims a form
    return list;
}

// The server showed a certificate, and it is not good for us: asking again gives the same.
bool is_about_trust(CURLcode code) {
    return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
           code == CURLE_SSL_ISSUER_ERROR;
}

bool is_repeatable(std::string_view method) { return method == "GET" || method == "HEAD"; }

}  // namespace

bool may_have_been_sent(Errc code) {
    return code != Errc::unavailable && code != Errc::permission &&
           code != Errc::invalid_argument && code != Errc::internal;
}

// What one request needs while it is under way; curl's callbacks are given a pointer to it.
struct HttpClient::Transfer {
    HttpClientSettings settings;
    std::unique_ptr<CURLM, MultiDeleter> multi;  // holds the connections
    std::unique_ptr<CURL, EasyDeleter> easy;

    HttpResponse answer;
    std::size_t head_bytes = 0;
    std::array<char, CURL_ERROR_SIZE> problem{};
    bool has_whole_head = false;
    bool is_too_large = false;
    bool is_repeatable = false;
    bool has_begun = false;

    template <class T>
    void set(CURLoption option, T value) {
        CHECK(curl_easy_setopt(easy.get(), option, value) == CURLE_OK, "curl refuses an option");
    }
    void begin(const std::string& url, const HttpRequest& request, const HeaderList& headers,
               bool is_local);
    void set_method(const HttpRequest& request);
    void set_callbacks();
    CURLcode perform(const std::stop_token& stop);
    Error failure(const std::string& url, CURLcode code, bool was_stopped) const;

    bool has_sent_something() const {
        long bytes = 0;
        curl_easy_getinfo(easy.get(), CURLINFO_REQUEST_SIZE, &bytes);
        return bytes > 0;
    }

    bool take_head(std::string_view line);
    bool take_body(std::string_view bytes);
    bool may_begin();
};

// A status line begins the answer anew: what came before was an interim one (100 Continue).
bool HttpClient::Transfer::take_head(std::string_view line) {
    if (line.starts_with("HTTP/")) answer = {};
    has_whole_head = trim(line).empty();
    head_bytes += line.size();
    if (head_bytes > kHeadBytesMax) return !(is_too_large = true);
    std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || line.starts_with("HTTP/")) return true;
    answer.headers.push_back(
        {std::string(line.substr(0, colon)), std::string(trim(line.substr(colon + 1)))});
    return true;
}

bool HttpClient::Transfer::take_body(std::string_view bytes) {
    if (bytes.size() > settings.answer_bytes_max - answer.body.size())
        return !(is_too_large = true);
    answer.body.append(bytes);
    return true;
}

// When a kept connection ends before the answer's first byte, curl sends the request once more on a
// new one, POSTs too, and tells nobody. It asks here first: yes only if that cannot store twice.
bool HttpClient::Transfer::may_begin() {
    return !std::exchange(has_begun, true) || is_repeatable || !has_sent_something();
}

void HttpClient::Transfer::set_callbacks() {
    using Write = std::size_t (*)(char*, std::size_t, std::size_t, void*);
    Write head = [](char* data, std::size_t, std::size_t size, void* self) -> std::size_t {
        return static_cast<Transfer*>(self)->take_head({data, size}) ? size : 0;
    };
    Write body = [](char* data, std::size_t, std::size_t size, void* self) -> std::size_t {
        return static_cast<Transfer*>(self)->take_body({data, size}) ? size : CURL_WRITEFUNC_ERROR;
    };
    curl_prereq_callback begin_again = [](void* self, char*, char*, int, int) -> int {
        return static_cast<Transfer*>(self)->may_begin() ? CURL_PREREQFUNC_OK
                                                         : CURL_PREREQFUNC_ABORT;
    };
    set(CURLOPT_HEADERFUNCTION, head);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, body);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_PREREQFUNCTION, begin_again);
    set(CURLOPT_PREREQDATA, this);
    set(CURLOPT_ERRORBUFFER, problem.data());
}

void HttpClient::Transfer::set_method(const HttpRequest& request) {
    bool has_body = !request.body.empty() || request.method == "POST" || request.method == "PUT";
    if (request.method == "HEAD") {
        set(CURLOPT_NOBODY, 1L);
        return;
    }
    if (has_body) {
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
        set(CURLOPT_POSTFIELDS,
            request.body.c_str());  // not copied: the request outlives the transfer
    }
    set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void HttpClient::Transfer::begin(const std::string& url, const HttpRequest& request,
                                 const HeaderList& headers, bool is_local) {
    answer = {};
    head_bytes = 0;
    problem[0] = '\0';
    has_whole_head = is_too_large = has_begun = false;
    is_repeatable = net::is_repeatable(request.method);
    curl_easy_reset(easy.get());
    set_callbacks();
    set_method(request);
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_HTTPHEADER, headers.get());
    set(CURLOPT_USERAGENT, "pinflow");
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings.connect_timeout.count()));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(settings.total_timeout.count()));
    if (is_local) set(CURLOPT_PROXY, "");
    if (!settings.ca_file.empty()) set(CURLOPT_CAINFO, settings.ca_file.c_str());
}

// The multi interface rather than curl_easy_perform, because only it can be woken from a stop.
CURLcode HttpClient::Transfer::perform(const std::stop_token& stop) {
    CURLcode result = CURLE_ABORTED_BY_CALLBACK;
    std::stop_callback wake(stop, [this] { curl_multi_wakeup(multi.get()); });
    CURLMcode code = curl_multi_add_handle(multi.get(), easy.get());
    int running = 1;
    while (code == CURLM_OK && running > 0 && !stop.stop_requested()) {
        code = curl_multi_perform(multi.get(), &running);
        if (code == CURLM_OK && running > 0) {
            code = curl_multi_poll(multi.get(), nullptr, 0, kPollMs, nullptr);
        }
    }
    int queued = 0;
    while (CURLMsg* message = curl_multi_info_read(multi.get(), &queued)) {
        if (message->msg == CURLMSG_DONE) result = message->data.result;
    }
    curl_multi_remove_handle(multi.get(), easy.get());
    // An end within the headers is a success to curl.
    return result == CURLE_OK && !has_whole_head ? CURLE_PARTIAL_FILE : result;
}

Error HttpClient::Transfer::failure(const std::string& url, CURLcode code, bool was_stopped) const {
    std::string why = problem[0] != '\0' ? problem.data() : curl_easy_strerror(code);
    if (code == CURLE_URL_MALFORMAT)
        return {Errc::invalid_argument, fmt::format("{}: {}", url, why)};
    if (is_too_large) {
        return {Errc::too_large,
                fmt::format("{}: the answer is over {} bytes", url, settings.answer_bytes_max)};
    }
    if (was_stopped)
        return {Errc::cancelled, fmt::format("{}: stopped before the answer was there", url)};
    if (is_about_trust(code))
        return {Errc::permission, fmt::format("{}: {}; nothing was sent", url, why)};
    if (!has_sent_something()) {
        return {Errc::unavailable, fmt::format("{}: {}; nothing was sent", url, why)};
    }
    if (code == CURLE_OPERATION_TIMEDOUT) {
        return {Errc::timed_out,
                fmt::format("{}: no whole answer within {} ms; whether the request took effect "
                            "is unknown",
                            url, settings.total_timeout.count())};
    }
    return {Errc::io,
            fmt::format("{}: the connection ended after the request was sent ({}); whether it took "
                        "effect is unknown",
                        url, why)};
}

HttpClient::HttpClient(std::unique_ptr<Transfer> transfer) : transfer_(std::move(transfer)) {}
HttpClient::~HttpClient() = default;

Result<std::unique_ptr<HttpClient>> HttpClient::open(HttpClientSettings settings) {
    static const CURLcode library =
        curl_global_init(CURL_GLOBAL_DEFAULT);  // once, whatever the thread
    auto transfer = std::make_unique<Transfer>();
    transfer->settings = std::move(settings);
    transfer->multi.reset(curl_multi_init());
    transfer->easy.reset(curl_easy_init());
    if (library != CURLE_OK || !transfer->multi || !transfer->easy) {
        return fail(Errc::internal, "the HTTP library (libcurl) does not start");
    }
    curl_multi_setopt(transfer->multi.get(), CURLMOPT_MAXCONNECTS, kConnectionsKept);
    return std::unique_ptr<HttpClient>(new HttpClient(std::move(transfer)));
}

Result<HttpResponse> HttpClient::send(const std::string& url, const HttpRequest& request,
                                      std::stop_token stop) {
    TRY(std::string host, host_of(url));
    if (!is_token(request.method)) return fail(Errc::invalid_argument, url + ": not a method");
    auto headers = header_list(request);
    if (!headers) return with_context(std::move(headers).error(), url);
    transfer_->begin(url, request, *headers, is_loopback(host));
    CURLcode code = transfer_->perform(stop);
    if (code != CURLE_OK) {
        return std::unexpected(transfer_->failure(url, code, stop.stop_requested()));
    }
    long status = 0;
    curl_easy_getinfo(transfer_->easy.get(), CURLINFO_RESPONSE_CODE, &status);
    transfer_->answer.status = static_cast<int>(status);
    return std::move(transfer_->answer);
}

}  // namespace pinflow::net
