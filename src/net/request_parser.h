// SPDX-License-Identifier: Apache-2.0
// Beast's parser, made strict, filling an HttpRequest directly. Included by few: Beast is heavy.
#pragma once

#include <boost/beast/http/basic_parser.hpp>

#include "record/http.h"

namespace pinflow::net {

// Why a request is not served.
struct Refusal {
    int status = 0;  // 0: none
    const char* message = "";
};

class RequestParser final : public boost::beast::http::basic_parser<true> {
public:
    RequestParser(HttpRequest& request, std::size_t headers_max);

    // Bytes taken of `bytes`; look at refused(), is_header_done() and is_done() after it. With the
    // head and nothing behind it first, then whatever follows it.
    std::size_t feed(std::string_view bytes);

    bool refused() const { return refusal_.status != 0; }
    const Refusal& why() const { return refusal_; }

    // Applies to what is fed after the head.
    void limit_body(std::size_t bytes_max) { body_bytes_max_ = bytes_max; }
    std::size_t body_bytes_max() const { return body_bytes_max_; }

    bool is_http10() const { return version_ == 10; }
    bool expects_continue() const { return expects_continue_; }

private:
    using Error = boost::beast::error_code;
    using Text = boost::beast::string_view;

    void refuse(int status, const char* message, Error& error);
    void check_framing(boost::beast::http::field field, std::string_view value, Error& error);
    void grow_body(std::string_view bytes, Error& error);

    void on_request_impl(boost::beast::http::verb, Text method, Text target, int version,
                         Error& error) override;
    void on_response_impl(int, Text, int, Error&) override {}
    void on_field_impl(boost::beast::http::field field, Text name, Text value,
                       Error& error) override;
    void on_header_impl(Error& error) override;
    void on_body_init_impl(boost::optional<std::uint64_t> const&, Error&) override {}
    std::size_t on_body_impl(Text body, Error& error) override;
    void on_chunk_header_impl(std::uint64_t size, Text extensions, Error& error) override;
    std::size_t on_chunk_body_impl(std::uint64_t, Text body, Error& error) override;
    void on_finish_impl(Error&) override {}

    HttpRequest& request_;
    std::size_t headers_max_;
    std::size_t body_bytes_max_ = 0;
    std::size_t extension_bytes_ = 0;
    std::size_t trailers_ = 0;
    int version_ = 11;
    int hosts_ = 0;
    int lengths_ = 0;
    int encodings_ = 0;
    bool in_trailer_ = false;
    bool expects_continue_ = false;
    Refusal refusal_;
};

}  // namespace pinflow::net
