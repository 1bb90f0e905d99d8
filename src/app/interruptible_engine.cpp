// SPDX-License-Identifier: Apache-2.0
#include "app/interruptible_engine.h"

#include <algorithm>
#include <utility>

namespace pinflow::app {

class InterruptibleEngine::Session final : public SqlSession {
public:
    Session(InterruptibleEngine& engine, std::unique_ptr<SqlSession> session)
        : engine_(engine), session_(std::move(session)) {
        std::scoped_lock lock(engine_.mutex_);
        engine_.sessions_.push_back(this);
    }
    ~Session() override {
        std::scoped_lock lock(engine_.mutex_);
        std::erase(engine_.sessions_, this);
    }

    Status execute(std::string_view sql) override {
        TRY_STATUS(check());
        return session_->execute(sql);
    }
    Status create_table(std::string_view name, const Schema& schema) override {
        TRY_STATUS(check());
        return session_->create_table(name, schema);
    }
    Status append(std::string_view name, const Rows& rows) override {
        TRY_STATUS(check());
        return session_->append(name, rows);
    }
    Status create_view(std::string_view name, const Schema& schema,
                       const std::vector<std::string>& parquet_paths) override {
        TRY_STATUS(check());
        return session_->create_view(name, schema, parquet_paths);
    }
    Status create_source(std::string_view name, RowSource& source) override {
        TRY_STATUS(check());
        return session_->create_source(name, source);
    }
    Result<Rows> query(std::string_view sql) override {
        TRY_STATUS(check());
        return session_->query(sql);
    }
    Result<ParquetFile> write_parquet(std::string_view sql, const Schema& schema,
                                      const std::string& path) override {
        TRY_STATUS(check());
        return session_->write_parquet(sql, schema, path);
    }
    Result<std::vector<ParquetFile>> write_parquet_files(std::string_view sql, const Schema& schema,
                                                         const std::string& path,
                                                         std::uint64_t file_bytes) override {
        TRY_STATUS(check());
        return session_->write_parquet_files(sql, schema, path, file_bytes);
    }
    void interrupt() override { session_->interrupt(); }

private:
    Status check() const {
        if (!engine_.is_interrupted_) return {};
        return fail(Errc::cancelled, "stopped before it was done");
    }

    InterruptibleEngine& engine_;
    const std::unique_ptr<SqlSession> session_;
};

Result<std::unique_ptr<SqlSession>> InterruptibleEngine::open_session(const SqlSettings& settings) {
    TRY(auto session, engine_.open_session(settings));
    return std::make_unique<Session>(*this, std::move(session));
}

void InterruptibleEngine::interrupt() {
    is_interrupted_ = true;
    std::scoped_lock lock(mutex_);
    for (Session* session : sessions_) session->interrupt();
}

}  // namespace pinflow::app
