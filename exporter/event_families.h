// The metric families of events, circuits and ingress. Internal to exporter.
#pragma once

#include <vector>

#include "exporter/family_writer.h"
#include "exporter/snapshot.h"

namespace tern::exporter {

void write_event_families(FamilyWriter& out, const EventSample& sample);
// Writes nothing where there is no webhook.
void write_webhook_families(FamilyWriter& out, const std::vector<WebhookSample>& webhooks);
void write_circuit_families(FamilyWriter& out, const CircuitSample& sample);
void write_ingress_families(FamilyWriter& out, const IngressSample& sample);

}  // namespace tern::exporter
