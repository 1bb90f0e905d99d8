// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace pinflow::airflow {

struct AirflowSettings {
    std::string url;       // of its page: "https://airflow.example:8080", with a path if it has one
    std::string user;      // for Airflow 3 a token is asked with it, for Airflow 2 it goes along
    std::string password;  // never printed
    std::string token;     // a bearer token instead of both; never printed
    std::string dag_id;
    std::int64_t timeout_ms = 10'000;  // of each answer
};

// invalid_argument, naming the setting (airflow.url, …), for what cannot be asked at all.
Status check_settings(const AirflowSettings& settings);

}  // namespace pinflow::airflow
