// SPDX-License-Identifier: Apache-2.0
#include "emulator/worker.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "emulator/backoff.h"

namespace pinflow::emulator {
namespace {

// In [0, 1).
double chance() { return static_cast<double>(random_u64() >> 11) * 0x1p-53; }

// Asking again cannot help: our own request is wrong, or the library does not work.
bool is_ours_to_mend(Errc code) { return code == Errc::invalid_argument || code == Errc::internal; }

}  // namespace

Worker::Worker(Run& run, std::unique_ptr<SourceDb> source, std::unique_ptr<net::HttpClient> client)
    : run_(run), source_(std::move(source)), client_(std::move(client)) {}

Result<std::unique_ptr<Worker>> Worker::open(Run& run) {
    TRY(std::unique_ptr<SourceDb> source, run.ports.open_source(run.cut.get_token()));
    TRY(std::unique_ptr<net::HttpClient> client, net::HttpClient::open(run.settings.client));
    return std::unique_ptr<Worker>(new Worker(run, std::move(source), std::move(client)));
}

Status Worker::work() {
    while (std::optional<TimedDraw> next = run_.next_draw()) {
        if (next->wait.count() > 0 && !run_.ports.wait(next->wait, run_.halt.get_token())) break;
        TRY_STATUS(post_draw(next->draw));
    }
    return {};
}

Status Worker::post_draw(const Draw& draw) {
    drawn_.clear();
    for (std::size_t i = 0; i < run_.settings.forms.size(); ++i) {
        if (run_.cut.stop_requested()) return {};
        const PostForm& form = run_.settings.forms[i];
        auto body = body_of(form, draw.row);
        if (!body && body.error().code == Errc::cancelled) {  // the source has seen the stop first
            run_.halt.request_stop();
            return {};
        }
        if (!body) return std::unexpected(std::move(body).error());
        HttpRequest request{.method = form.method,
                            .headers = {{"Content-Type", form.content_type}},
                            .body = *std::move(body)};
        TRY_STATUS(post(i, draw.row, std::move(request)));
    }
    if (!run_.cut.stop_requested()) run_.tally.add_draw();
    return {};
}

Result<std::string> Worker::body_of(const PostForm& form, std::int64_t row) {
    auto drawn = std::ranges::find(drawn_, form.table, &DrawnRow::table);
    if (drawn == drawn_.end()) {
        auto found = source_->row(form.table, row);
        if (!found) {
            return with_context(std::move(found).error(),
                                fmt::format("row {} of table {}", row, form.table));
        }
        drawn = drawn_.insert(drawn_.end(), {form.table, *std::move(found)});
    }
    auto json = row_json(drawn->row, form.datetimes);
    if (!json)
        return with_context(std::move(json).error(),
                            fmt::format("row {} of table {}", row, form.table));
    return form.before + *json + form.after;
}

Status Worker::post(std::size_t form, std::int64_t row, HttpRequest request) {
    run_.tally.add_post();
    auto judgement = attempt_to_the_end(run_.settings.forms[form], request);
    if (!judgement) {
        run_.tally.add_unfinished(run_.settings.forms[form].name, judgement.error().text);
        return std::unexpected(std::move(judgement).error());
    }
    conclude(form, row, *judgement);
    if (judgement->is_unreachable && !run_.halt.stop_requested()) {
        return fail(
            Errc::unavailable,
            fmt::format(
                "{}; tried {} times. Is the gateway running there? Start it, or give another "
                "base URL",
                judgement->reason, run_.settings.retry.attempts_max));
    }
    return {};
}

// The judgement of the last attempt; its verdict is still try_again where the post ends without
// one.
Result<Judgement> Worker::attempt_to_the_end(const PostForm& form, const HttpRequest& request) {
    const std::string url = run_.settings.base_url + form.path;
    for (int attempt = 1;; ++attempt) {
        auto answer = client_->send(url, request, run_.cut.get_token());
        if (!answer && is_ours_to_mend(answer.error().code)) return std::unexpected(answer.error());
        Judgement judgement = answer ? judge(form.road, *answer) : judge(answer.error());
        if (judgement.may_be_stored) run_.tally.add_in_doubt();
        if (judgement.verdict != Verdict::try_again) return judgement;
        if (judgement.may_be_stored && !run_.settings.retry_in_doubt) return judgement;
        if (attempt >= run_.settings.retry.attempts_max) {
            bool is_sure = !judgement.may_be_stored && !judgement.is_unreachable;
            if (is_sure) judgement.verdict = Verdict::rejected;
            return judgement;
        }
        auto wait = backoff(run_.settings.retry, attempt, chance(), judgement.retry_after);
        if (!run_.ports.wait(wait, run_.halt.get_token())) return judgement;
        run_.tally.add_retry();
    }
}

void Worker::conclude(std::size_t form, std::int64_t row, const Judgement& judgement) {
    const PostForm& posted = run_.settings.forms[form];
    switch (judgement.verdict) {
        case Verdict::accepted:
            run_.tally.add_accepted(posted.road);
            if (run_.ports.on_accepted) {
                run_.ports.on_accepted({.form = form,
                                        .row = row,
                                        .partition = judgement.partition,
                                        .offset = judgement.offset,
                                        .shard_id = judgement.shard_id,
                                        .sequence_number = judgement.sequence_number});
            }
            break;
        case Verdict::rejected: run_.tally.add_rejected(posted.name, judgement.reason); break;
        case Verdict::try_again: run_.tally.add_unfinished(posted.name, judgement.reason); break;
    }
}

}  // namespace pinflow::emulator
