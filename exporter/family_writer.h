// Builds metric families one at a time and writes each as text as soon as it is complete.
// Internal to the exposition: prometheus-cpp's headers end here.
#pragma once

#include <prometheus/metric_family.h>

#include <concepts>
#include <initializer_list>
#include <ostream>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "exporter/snapshot.h"

namespace tern::exporter {

using Labels = std::initializer_list<std::pair<const char*, std::string_view>>;

class FamilyWriter {
 public:
  // `out` and `domain` must outlive the writer. domain: the label `domain` of all series; empty:
  // they have none.
  FamilyWriter(std::ostream& out, std::string_view domain)
      : out_(out), domain_(domain), family_(1) {}

  // fill() calls add() for every series; a family without series is not written.
  template <std::invocable Fill>
  void counter(const char* name, const char* help, Fill&& fill) {
    write(prometheus::MetricType::Counter, name, help, std::forward<Fill>(fill));
  }
  template <std::invocable Fill>
  void gauge(const char* name, const char* help, Fill&& fill) {
    write(prometheus::MetricType::Gauge, name, help, std::forward<Fill>(fill));
  }

  // One series without labels, as most of the daemon's are.
  template <typename Number>
  requires std::is_arithmetic_v<Number>
  void counter(const char* name, const char* help, Number value) {
    counter(name, help, [&] { add({}, value); });
  }
  template <typename Number>
  requires std::is_arithmetic_v<Number>
  void gauge(const char* name, const char* help, Number value) {
    gauge(name, help, [&] { add({}, value); });
  }
  void histogram(const char* name, const char* help, const Histogram& histogram) {
    write(prometheus::MetricType::Histogram, name, help, [&] { add_histogram(histogram); });
  }

  // Only inside of fill().
  template <typename Number>
  void add(Labels labels, Number value) {
    add_value(labels, static_cast<double>(value));
  }

 private:
  template <typename Fill>
  void write(prometheus::MetricType type, const char* name, const char* help, Fill&& fill) {
    begin(type, name, help);
    std::forward<Fill>(fill)();
    end();
  }
  void add_value(Labels labels, double value);
  void begin(prometheus::MetricType type, const char* name, const char* help);
  void add_histogram(const Histogram& histogram);
  void add_domain(prometheus::ClientMetric& metric) const;
  void end();

  std::ostream& out_;
  const std::string_view domain_;
  std::vector<prometheus::MetricFamily> family_;  // always one; the serializer takes a vector
};

}  // namespace tern::exporter
