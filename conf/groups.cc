#include "conf/groups.h"

#include <google/protobuf/message.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tern::conf {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Of the fields of a row one is given.
constexpr std::array<std::array<std::string_view, 4>, 3> kExclude{{
    {"md5_password", "md5_password_file"},
    {"gtsm_hops", "multihop"},
    {"metro", "pop", "country", "region"},
}};

bool writes(const YamlNode& node, std::string_view field) {
  if (node.find(field) != nullptr) return true;
  return std::any_of(kExclude.begin(), kExclude.end(), [&](const auto& row) {
    if (std::find(row.begin(), row.end(), field) == row.end()) return false;
    return std::any_of(row.begin(), row.end(), [&](std::string_view other) {
      return !other.empty() && node.find(other) != nullptr;
    });
  });
}

// md5_password is also there when the file it was read from is written.
bool has(const Message& message, const YamlNode& node, const FieldDescriptor& field) {
  if (node.find(field.name()) != nullptr) return true;
  return field.name() == "md5_password" && message.GetReflection()->HasField(message, &field);
}

void take_missing(const Message& group, const YamlNode& group_node, const YamlNode& peer_node,
                  Message& peer) {
  const auto& type = *group.GetDescriptor();
  std::vector<const FieldDescriptor*> taken;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const bool is_settings = &type == proto::Peer::descriptor();
    if (is_settings && belongs_to_peer_alone(field.name())) continue;
    if (!has(group, group_node, field)) continue;
    if (!writes(peer_node, field.name())) {
      taken.push_back(&field);
      continue;
    }
    const YamlNode* const ours = peer_node.find(field.name());
    const YamlNode* const theirs = group_node.find(field.name());
    if (field.is_repeated() || field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (ours == nullptr || theirs == nullptr) continue;
    take_missing(group.GetReflection()->GetMessage(group, &field), *theirs, *ours,
                 *peer.GetReflection()->MutableMessage(&peer, &field));
  }
  if (taken.empty()) return;
  const std::unique_ptr<Message> copy(group.New());
  copy->CopyFrom(group);
  peer.GetReflection()->SwapFields(&peer, copy.get(), taken);
}

}  // namespace

bool belongs_to_peer_alone(std::string_view field) {
  return field == "address" || field == "name" || field == "group";
}

void merge_groups(const YamlNode& root, proto::Configuration& file) {
  const YamlNode* const peers = root.find("peers");
  const YamlNode* const groups = root.find("groups");
  if (peers == nullptr || groups == nullptr) return;
  const auto count = std::min(peers->items.size(), static_cast<std::size_t>(file.peers_size()));
  for (std::size_t i = 0; i < count; ++i) {
    proto::Peer& peer = *file.mutable_peers(static_cast<int>(i));
    const auto group = file.groups().find(peer.group());
    const YamlNode* const node = groups->find(peer.group());
    if (group == file.groups().end() || node == nullptr) continue;
    take_missing(group->second, *node, *peers->items[i], peer);
  }
}

}  // namespace tern::conf
