// The part of Boost.Asio for TLS that need not be compiled with every file that uses it.
#include <boost/asio/ssl/impl/src.hpp>
