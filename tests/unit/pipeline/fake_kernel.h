// A NextHopSource with the routes of a test instead of the kernel's routes.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "bgpd/pipeline/next_hop_route.h"

namespace tern::pipeline {

class FakeKernel final : public NextHopSource {
 public:
  std::optional<NextHopRoute> look_up(const IpAddress& address) override {
    ++asked;
    if (!answers) return std::nullopt;
    const auto found = routes.find(address);
    return found == routes.end() ? NextHopRoute{} : found->second;
  }
  std::optional<unsigned> interface_up(const std::string& name) override {
    const auto found = interfaces.find(name);
    if (found == interfaces.end()) return std::nullopt;
    return found->second;
  }
  void set_metric(const IpAddress& address, InteriorCost metric) {
    NextHopRoute& route = routes[address];
    route.state = NextHopState::Kernel;
    route.metric = metric;
    route.prefix = alone(address);
    route.interface = 2;
  }

  std::map<IpAddress, NextHopRoute> routes;
  std::map<std::string, unsigned> interfaces;  // interfaces that are up, with their indices
  bool answers = true;
  int asked = 0;  // look-ups so far
};

}  // namespace tern::pipeline
