#include "tests/unit/session/neighbour.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>

#include "bgpd/wire/open.h"

namespace tern::session {
namespace {

constexpr std::size_t kRead = 65536;

sockaddr_in at(const std::string& address, std::uint16_t port) {
  sockaddr_in made{};
  made.sin_family = AF_INET;
  made.sin_port = htons(port);
  (void)::inet_pton(AF_INET, address.c_str(), &made.sin_addr);
  return made;
}

}  // namespace

Prefix prefix_of(std::uint32_t number) { return Prefix::v4(0x0A000000U + (number << 8U), 24); }

IpAddress SocketNeighbour::address(std::uint32_t number) {
  return *IpAddress::parse("127.0.1." + std::to_string(number));
}

SocketNeighbour::SocketNeighbour(std::uint32_t number, std::uint16_t port)
    : number_(number), port_(port) {}
SocketNeighbour::~SocketNeighbour() { close(); }

void SocketNeighbour::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  established_ = false;
}

bool SocketNeighbour::connect() {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (std::chrono::steady_clock::now() < end) {
    if (try_connect()) return true;
    close();
  }
  return false;
}

bool SocketNeighbour::try_connect() {
  if (!burst()) return false;
  for (int i = 0; i < 100 && socket_ >= 0 && !established_; ++i) listen(20);
  return established_;
}

bool SocketNeighbour::is_closed() {
  for (int i = 0; i < 500 && socket_ >= 0; ++i) listen(20);
  return socket_ < 0;
}

bool SocketNeighbour::burst() {
  close();
  in_.clear();
  advertised_.clear();
  notification_.reset();
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer_ > 0) {
    (void)::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_, sizeof receive_buffer_);
  }
  const sockaddr_in from = at(address(number_).to_string(), 0);
  const sockaddr_in to = at("127.0.0.1", port_);
  (void)::setsockopt(socket_, IPPROTO_IP, IP_TTL, &ttl_, sizeof ttl_);
  if (::bind(socket_, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) return false;
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) return false;
  wire::OpenMessage open;
  open.my_as = static_cast<std::uint16_t>(asn(number_));
  open.hold_time_seconds = hold_time_;
  open.identifier = number_;
  open.capabilities = capabilities_;
  open.capabilities.four_octet_as = asn(number_);
  std::vector<std::byte> out;
  wire::encode_open(open, out);
  wire::encode_keepalive(out);
  return send(out);
}

bool SocketNeighbour::send(std::span<const std::byte> messages) {
  while (!messages.empty()) {
    if (socket_ < 0) return false;
    pollfd wait{socket_, POLLIN | POLLOUT, 0};
    if (::poll(&wait, 1, 10'000) <= 0) return false;
    if ((wait.revents & POLLIN) != 0 && !hear()) return false;
    if ((wait.revents & POLLOUT) == 0) continue;
    const ssize_t sent =
        ::send(socket_, messages.data(), messages.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) return false;
    messages = messages.subspan(static_cast<std::size_t>(sent));
  }
  return true;
}

void SocketNeighbour::listen(int milliseconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    if (socket_ < 0 || left.count() <= 0) return;
    pollfd wait{socket_, POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(left.count())) > 0 && !hear()) return;
  }
}

// False once the connection is gone.
bool SocketNeighbour::hear() {
  const std::size_t had = in_.size();
  in_.resize(had + kRead);
  const ssize_t got = ::recv(socket_, in_.data() + had, kRead, MSG_DONTWAIT);
  in_.resize(had + static_cast<std::size_t>(got > 0 ? got : 0));
  if (got <= 0) {
    close();
    return false;
  }
  wire::Bytes bytes(in_);
  for (;;) {
    const auto next = wire::next_message(bytes, wire::kMaxMessage);
    const auto* frame = std::get_if<wire::Frame>(&next);
    if (frame == nullptr) break;
    take(*frame);
    bytes = bytes.subspan(frame->message.size());
  }
  in_.erase(in_.begin(), in_.end() - static_cast<std::ptrdiff_t>(bytes.size()));
  return true;
}

void SocketNeighbour::take(const wire::Frame& frame) {
  if (frame.type == wire::MessageType::Keepalive) established_ = true;
  if (frame.type == wire::MessageType::Notification && frame.body.size() >= 2) {
    notification_ = {std::to_integer<int>(frame.body[0]), std::to_integer<int>(frame.body[1])};
  }
  if (frame.type != wire::MessageType::Update) return;
  (void)wire::decode_update(frame.body, {}, update_);
  for (const Nlri& nlri : update_.withdrawn) advertised_.erase(nlri.prefix);
  announcements_ += update_.announced.size();
  for (const Nlri& nlri : update_.announced) {
    advertised_[nlri.prefix] = update_.attributes.as_path.to_string();
  }
}

bool SocketNeighbour::announce(std::uint32_t first, std::uint32_t last, std::uint32_t flavour) {
  std::vector<std::byte> messages;
  append_announcements(number_, first, last, flavour, messages);
  return send(messages);
}

bool SocketNeighbour::end_table(Family family) {
  std::vector<std::byte> message;
  wire::encode_end_of_rib(family, message);
  return send(message);
}

void append_announcements(std::uint32_t number, std::uint32_t first, std::uint32_t last,
                          std::uint32_t flavour, std::vector<std::byte>& out) {
  constexpr std::uint32_t kTogether = 8;
  PathAttributes attributes;
  attributes.next_hop.global = IpAddress::v4(0xC6336400U + number);  // 198.51.100.number
  std::vector<Nlri> prefixes;
  for (std::uint32_t i = first; i < last; i += kTogether) {
    attributes.as_path = AsPath::sequence(
        {SocketNeighbour::asn(number), 100 + (i / kTogether + flavour) % 50, 200 + flavour % 7});
    attributes.med = i / kTogether;
    prefixes.clear();
    for (std::uint32_t j = i; j < std::min(last, i + kTogether); ++j) {
      prefixes.push_back(unicast(prefix_of(j)));
    }
    (void)wire::encode_announcements(attributes, prefixes, {true, false, wire::kMaxMessage}, out);
  }
}

void append_withdrawals(std::uint32_t first, std::uint32_t last, std::vector<std::byte>& out) {
  std::vector<Nlri> prefixes;
  for (std::uint32_t i = first; i < last; ++i) prefixes.push_back(unicast(prefix_of(i)));
  (void)wire::encode_withdrawals(prefixes, {true, false, wire::kMaxMessage}, out);
}

}  // namespace tern::session
