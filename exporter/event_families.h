// The metric families of events. Internal to exporter.
#pragma once

#include <vector>

#include "exporter/family_writer.h"
#include "exporter/snapshot.h"

namespace tern::exporter {

void write_event_families(FamilyWriter& out, const EventSample& sample);
// Writes nothing where there is no webhook.
void write_webhook_families(FamilyWriter& out, const std::vector<WebhookSample>& webhooks);

}  // namespace tern::exporter
