// SPDX-License-Identifier: Apache-2.0
#include "dash/status_json.h"

#include <string_view>

#include "base/text.h"
#include "codec/json/writer.h"

namespace pinflow::dash {
namespace {

// In the order a pin meets them. Readings of other words come last, under "process".
constexpr std::string_view kStations[] = {"gateway", "log", "sink", "stream", "batch"};

std::string_view station_of(std::string_view metric) {
    auto words = split(metric, '_');
    for (std::string_view station : kStations) {
        if (words.size() > 1 && words[1] == station) return station;
    }
    return "process";
}

// pinflow_sink_objects_total{topic="u.pin"} -> "objects, u.pin"
std::string plain_name(const MeterReading& reading) {
    auto words = split(reading.name, '_');
    std::string text;
    for (std::size_t i = station_of(reading.name) == "process" ? 1 : 2; i < words.size(); ++i) {
        if (words[i] == "total") continue;
        if (!text.empty()) text += ' ';
        text += words[i];
    }
    for (const auto& [name, value] : reading.labels) text += ", " + value;
    return text;
}

void write_station(json::JsonWriter& writer, std::string_view station,
                   const std::vector<MeterReading>& readings) {
    writer.begin_object();
    writer.key("name");
    writer.value(station);
    writer.key("counts");
    writer.begin_array();
    for (const MeterReading& reading : readings) {
        if (station_of(reading.name) != station) continue;
        writer.begin_object();
        writer.key("name");
        writer.value(plain_name(reading));
        writer.key("value");
        writer.value(reading.value);
        writer.end_object();
    }
    writer.end_array();
    writer.end_object();
}

}  // namespace

std::string stations_json(const std::vector<MeterReading>& readings) {
    json::JsonWriter writer;
    writer.begin_array();
    for (std::string_view station : kStations) write_station(writer, station, readings);
    write_station(writer, "process", readings);
    writer.end_array();
    return std::move(writer).take();
}

}  // namespace pinflow::dash
