// The visits of a Peer. Internal to bgpd/session, for the files of Peer.
#pragma once

#include <utility>

#include "bgpd/engine/engine.h"
#include "bgpd/session/peer.h"

namespace tern::session {

template <typename Fn>
void Peer::visit(std::size_t routes, Fn&& fn) {
  ++visits_;
  env_.engine.visit(env_.engine.all(), routes, [this, fn = std::forward<Fn>(fn)]() mutable {
    --visits_;
    fn();
  });
}

template <typename Fn>
void Peer::visit_in_session(std::size_t routes, Fn&& fn) {
  visit(routes, [this, session = session_, fn = std::forward<Fn>(fn)]() mutable {
    if (established() && session_ == session) fn();
  });
}

template <typename Fn>
void Peer::check(std::size_t routes, Fn&& fn) {
  ++checks_;
  visit_in_session(routes, [this, fn = std::forward<Fn>(fn)]() mutable {
    --checks_;
    fn();
  });
}

}  // namespace tern::session
