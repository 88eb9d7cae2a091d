#include "exporter/family_writer.h"

#include <prometheus/text_serializer.h>

#include <cstddef>
#include <cstdint>

#include "exporter/label_text.h"

namespace tern::exporter {

void FamilyWriter::begin(prometheus::MetricType type, const char* name, const char* help) {
  prometheus::MetricFamily& family = family_.front();
  family.name = name;
  family.help = help;
  family.type = type;
  family.metric.clear();
}

void FamilyWriter::add_value(Labels labels, double value) {
  prometheus::ClientMetric& metric = family_.front().metric.emplace_back();
  metric.label.reserve(labels.size() + (domain_.empty() ? 0 : 1));
  for (const auto& [name, text] : labels) metric.label.push_back({name, label_text(text)});
  add_domain(metric);
  if (family_.front().type == prometheus::MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
}

void FamilyWriter::add_histogram(const Histogram& histogram) {
  prometheus::ClientMetric& metric = family_.front().metric.emplace_back();
  add_domain(metric);
  prometheus::ClientMetric::Histogram& shown = metric.histogram;
  // A histogram without observations may have no counts: all are 0.
  const auto count = [&](std::size_t bucket) {
    return bucket < histogram.counts.size() ? histogram.counts[bucket] : 0;
  };
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < histogram.bounds.size(); ++i) {
    cumulative += count(i);
    shown.bucket.push_back({cumulative, histogram.bounds[i]});
  }
  // The serializer adds the +Inf bucket from sample_count.
  shown.sample_count = cumulative + count(histogram.bounds.size());
  shown.sample_sum = histogram.sum;
}

void FamilyWriter::add_domain(prometheus::ClientMetric& metric) const {
  if (!domain_.empty()) metric.label.push_back({"domain", label_text(domain_)});
}

void FamilyWriter::end() {
  if (!family_.front().metric.empty()) prometheus::TextSerializer().Serialize(out_, family_);
}

}  // namespace tern::exporter
