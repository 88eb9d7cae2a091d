// The decode functions of the attribute table. The length of `value` has passed its row's rule.
#pragma once

#include "bgpd/wire/attributes.h"

namespace tern::wire {

// Forgets the values and keeps the memory. as_path stays, for decode_as_path() to refill in place.
void clear_values(PathAttributes& attributes);

ValueFault decode_origin(Bytes value, Decoding& decoding);
ValueFault decode_as_path(Bytes value, Decoding& decoding);
ValueFault decode_next_hop(Bytes value, Decoding& decoding);
ValueFault decode_med(Bytes value, Decoding& decoding);
ValueFault decode_local_pref(Bytes value, Decoding& decoding);
ValueFault decode_atomic_aggregate(Bytes value, Decoding& decoding);
ValueFault decode_aggregator(Bytes value, Decoding& decoding);
ValueFault decode_communities(Bytes value, Decoding& decoding);
ValueFault decode_originator_id(Bytes value, Decoding& decoding);
ValueFault decode_cluster_list(Bytes value, Decoding& decoding);
ValueFault decode_mp_reach(Bytes value, Decoding& decoding);    // mp_nlri.cc
ValueFault decode_mp_unreach(Bytes value, Decoding& decoding);  // mp_nlri.cc
ValueFault decode_extended_communities(Bytes value, Decoding& decoding);
ValueFault decode_as4_path(Bytes value, Decoding& decoding);
ValueFault decode_as4_aggregator(Bytes value, Decoding& decoding);
ValueFault decode_ipv6_extended_communities(Bytes value, Decoding& decoding);
ValueFault decode_aigp(Bytes value, Decoding& decoding);
ValueFault decode_large_communities(Bytes value, Decoding& decoding);
ValueFault decode_only_to_customer(Bytes value, Decoding& decoding);

}  // namespace tern::wire
